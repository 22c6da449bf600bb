/* SPDX-License-Identifier: BSD-3-Clause */
/* One record as one EVE object. Internal to event. */
#ifndef EVENT_EVE_H
#define EVENT_EVE_H

#include "event.h"
#include "event_line.h"

void event_eve_line(struct event_line *l, const struct event_writer_settings *s,
		    const struct event *e);

/* Objects of it, each with its key; left out when the record has nothing for them. */
typedef void event_eve_part(struct event_line *l, const struct event_writer_settings *s,
			    const struct event *e);
event_eve_part event_eve_alert, event_eve_drop, event_eve_verdict, event_eve_firewall,
	event_eve_anomaly, event_eve_fileinfo, event_eve_flow, event_eve_tcp, event_eve_tls,
	event_eve_notice, event_eve_smtp, event_eve_email, event_eve_progress, event_eve_metadata,
	event_eve_postern;

const char *event_tx_end_name(unsigned end); /* enum event_tx_end */
/* "192.0.2.1" or "2001:db8::1". buf has EVENT_ADDR_SIZE bytes. Returns buf. */
#define EVENT_ADDR_SIZE 48
const char *event_addr_text(const struct event_addr *a, char *buf);

/* The first text with this key, if any; all of them as an array, if any. */
void event_eve_put(struct event_line *l, const char *name, const struct event *e,
		   enum event_key key);
void event_eve_put_all(struct event_line *l, const char *name, const struct event *e,
		       enum event_key key);
bool event_has_text(const struct event *e, enum event_key key);

#endif
