/* SPDX-License-Identifier: BSD-3-Clause */
/* One transaction as one row of smtp.log. Internal to event. */
#ifndef EVENT_ZEEK_H
#define EVENT_ZEEK_H

#include "event.h"
#include "event_line.h"

/* Hosts from here to the sender: server, client, then one a Received field, top to bottom, none twice
 * in a row. Spans into the record and into this. */
struct event_zeek_path {
	struct span hop[EVENT_TEXTS + 2];
	size_t count;
	char server[48], client[48];
};
/* scope: how far it is followed; NULL: to its end. */
void event_zeek_path(const struct event *e, const struct event_path_scope *scope,
		     struct event_zeek_path *path);

/* Zeek writes a row only for what has a MAIL, a RCPT or a STARTTLS. */
bool event_zeek_wants(const struct event *e);
void event_zeek_line(struct event_line *l, const struct event_path_scope *scope,
		     const struct event *e);

/* ---- texts, event_zeek_text.c ---- */

/* Next mailbox in the argument of MAIL or RCPT, from *rest on; written to buf of rest->len bytes. */
bool event_zeek_mailbox(struct span *rest, char *buf, struct span *mailbox);
/* Next entry with an @ in a To or Cc field, from *rest on. */
bool event_zeek_entry(struct span *rest, struct span *entry);
/* The address that a Received field is taken to come from: the second of those that stand between
 * brackets or blanks, or the only one. */
bool event_zeek_received(struct span field, struct span *address);
/* The first thing in the text that reads as an address. */
bool event_zeek_address(struct span text, struct span *address);

#endif
