/* SPDX-License-Identifier: BSD-3-Clause */
/* Which program wrote a mail, by what its header says. Internal to event. */
#ifndef EVENT_AGENT_H
#define EVENT_AGENT_H

#include "event.h"

/* The last of the fields that name the program (X-Mailer, User-Agent). */
bool event_agent(const struct event *e, struct span *text);
/* "Apple Mail (2.2102)": name and version; the version is empty when there is none. */
void event_agent_split(struct span text, struct span *name, struct span *version);
/* "mx.example ESMTP Exim 4.96 ...": a server's greeting; false when it names no program that is known. */
bool event_agent_server(struct span banner, struct span *name, struct span *version);
/* Written in a browser: the program is a known webmail's, or the first hop came by HTTP. */
bool event_agent_is_webmail(const struct event *e);
/* The first hop came by HTTP: the host behind it is the browser's. */
bool event_agent_by_http(const struct event *e);

#endif
