/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One Received field (RFC 5321 section 4.4) taken apart, and the way of a mail as all of them tell it.
 * What a field says is what the host that wrote it says: only those of one's own hosts can be trusted.
 * Internal to event.
 */
#ifndef EVENT_PATH_H
#define EVENT_PATH_H

#include "event.h"
#include "event_line.h"

/* Spans into the field; not given: ptr is NULL. */
struct event_hop {
	struct span from;    /* what the client called itself */
	struct span rdns;    /* what the host looked up for its address */
	struct span from_ip; /* the address that the host saw */
	struct span by, by_ip, with, id, for_rcpt, date;
};

/* Where the text ends: at the first of these characters outside of quotes (RFC 5322 section 3.2.4). */
size_t event_unquoted(struct span s, const char *stops);
void event_hop_parse(struct span field, struct event_hop *hop);
/* "path": an array, last hop first, as the fields stand in the message. Left out without any. */
void event_path_put(struct event_line *l, const struct event *e);
/* The address nearest to the sender that the fields tell: of the lowest field that has one. */
bool event_path_origin(const struct event *e, struct span *address);

#endif
