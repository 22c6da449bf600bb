/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notices: what somebody should look at, found in the records on their way to the files.
 *
 *	n = event_notices_create(&settings, &err);
 *	event_notices_look(n, e, say, arg);	for each record; say() once for each notice
 *	event_notices_destroy(n);
 *
 * SMTP::Blocklist_Error_Message  a server refused the client and named a block list
 * SMTP::Blocklist_Blocked_Host   ... and the client's address
 * SMTP::Suspicious_Origination   a mail comes from a network or country that the operator named
 * SMTP::Software_Found	          a host writes or serves mail with a program that it was not seen
 *				  with before
 *
 * Records of type notice come from workers and are completed here. The same notice about the same host
 * is said once in a while (suppress_us). What was said is kept in a table of fixed size; when it is
 * full, the oldest is forgotten, and counted. One thread, that of the writer; never on the packet path.
 */
#ifndef EVENT_NOTICE_H
#define EVENT_NOTICE_H

#include "event.h"
#include "hash.h"

enum event_software { EVENT_SOFTWARE_OFF, EVENT_SOFTWARE_LOCAL, EVENT_SOFTWARE_ALL };

struct event_nets;
struct event_notice_settings {
	const struct event_nets *local, *suspicious; /* the caller's, for as long as the notices live */
	const char *const *countries; /* codes of two letters, NULL-terminated; NULL: none */
	bool (*country)(void *geo, const struct event_addr *a, char code[3]); /* NULL: no database */
	void *geo;
	enum event_software software; /* of whose mail */
	uint64_t suppress_us;
	struct hash_key key;
};

struct event_notices;

/* NULL and *err. */
struct err;
struct event_notices *event_notices_create(const struct event_notice_settings *s, struct err *err);
void event_notices_destroy(struct event_notices *n);

typedef void event_notice_say(void *arg, const struct event *notice);
void event_notices_look(struct event_notices *n, const struct event *e, event_notice_say *say,
			void *arg);

struct event_notice_counts {
	uint64_t said, suppressed, forgotten;
};
void event_notices_counts(const struct event_notices *n, struct event_notice_counts *c);

#endif
