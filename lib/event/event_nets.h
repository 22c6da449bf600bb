/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks by which notices and the path in smtp.log know whose an address is. */
#ifndef EVENT_NETS_H
#define EVENT_NETS_H

#include "err.h"
#include "event.h"

struct event_nets {
	struct event_net *net;
	size_t count;
};

/* "10.0.0.0/8", "2001:db8::/32", a host alone. 0, or -EINVAL and *err with the key's name. */
int event_nets_open(struct event_nets *nets, const char *key, const char *const *text, size_t count,
		    struct err *err);
void event_nets_close(struct event_nets *nets);
/* The place in the list of the first network that holds the address, or -1. */
int event_nets_find(const struct event_nets *nets, const struct event_addr *a);
/* Not routed in the Internet: private, loopback, link-local, for documentation. */
bool event_addr_is_private(const struct event_addr *a);
/* 0, or -EINVAL. */
int event_addr_parse(struct span text, struct event_addr *a);
bool event_addr_is(struct span text); /* an address, of either version, and nothing else */

#endif
