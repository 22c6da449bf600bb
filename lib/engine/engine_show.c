/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sessions as `show sessions` tells of them: copies, in bounded pieces of the table. In: the table. Out:
 * struct engine_session. The worker that owns the engine calls it between two bursts; nothing is changed.
 */
#include <string.h>

#include "engine_internal.h"
#include "str.h"

static void
copy_text(char *out, size_t size, struct span text)
{
	struct str s;

	str_open(&s, out, size);
	str_add_escaped(&s, text);
}

static void
session_texts(const struct conn *c, struct engine_session *out)
{
	struct inspect_summary s;

	out->is_smtp = c->is_smtp;
	copy_text(out->app_proto, sizeof(out->app_proto),
		  span_str(c->is_smtp ? "smtp" : c->other));
	if (c->inspect == NULL) {
		copy_text(out->state, sizeof(out->state),
			  span_str(tcp_state_name(engine_conn_state(c))));
		return;
	}
	inspect_summary(c->inspect, &s);
	copy_text(out->state, sizeof(out->state), span_str(s.state));
	copy_text(out->helo, sizeof(out->helo), s.helo);
	copy_text(out->mail_from, sizeof(out->mail_from), s.mail_from);
	copy_text(out->rcpt_to, sizeof(out->rcpt_to), s.rcpt_to);
	copy_text(out->last_command, sizeof(out->last_command), s.last_command);
	copy_text(out->last_reply, sizeof(out->last_reply), s.last_reply);
	out->rcpts = s.rcpts;
	out->tx = s.tx;
	out->memory = (uint32_t)inspect_size() + s.memory;
	out->tls = s.tls;
	out->is_smtp = s.is_smtp;
	copy_text(out->app_proto, sizeof(out->app_proto), span_str(s.is_smtp ? "smtp" : s.other));
}

/* Its inspection ends with the verdict, and with it all texts: the newest ones are remembered. */
void
engine_keep_texts(struct engine *e, struct conn *c)
{
	struct engine_session *kept = &e->kept[e->kept_next];

	memset(kept, 0, sizeof(*kept));
	kept->flow_id = c->flow_id;
	session_texts(c, kept);
	e->kept_next = (e->kept_next + 1) % ENGINE_KEPT;
	c->kept = (uint16_t)(kept - e->kept) + 1;
}

static void
texts_of(const struct engine *e, const struct conn *c, struct engine_session *out)
{
	if (c->kept > 0 && e->kept[c->kept - 1].flow_id == c->flow_id) {
		*out = e->kept[c->kept - 1];
		return;
	}
	memset(out, 0, sizeof(*out));
	session_texts(c, out);
}

bool
engine_session_next(struct engine *e, size_t *pos, struct engine_session *out)
{
	size_t look = SIZE_MAX;

	return engine_session_some(e, pos, &look, out);
}

bool
engine_session_some(struct engine *e, size_t *pos, size_t *look, struct engine_session *out)
{
	struct flow_entry *entry = flow_walk_some(e->flows, pos, look);
	struct conn *c;
	struct pkt like;
	uint64_t since;

	if (entry == NULL)
		return false;
	c = flow_data(entry);
	engine_conn_like(c, &like);
	texts_of(e, c, out);
	out->flow_id = c->flow_id;
	out->client = like.src;
	out->server = like.dst;
	out->client_port = like.sport;
	out->server_port = like.dport;
	out->begin_us = c->begin_us;
	out->used_us = c->last_us;
	memcpy(out->packets, c->packets, sizeof(out->packets));
	memcpy(out->bytes, c->bytes, sizeof(out->bytes));
	copy_text(out->verdict, sizeof(out->verdict),
		  span_str(c->condemned ? "dropped" : c->opaque ? "opaque" : "open"));
	out->sid = c->sid;
	out->held = c->mode == CONN_COVERED && tcp_holding(conn_tcp(c), &since);
	return true;
}
