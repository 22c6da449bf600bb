/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What EVE has no place for. In: a record; out: its postern{} object: why a verdict fell, what the
 * peers were told, how a mail fared at the server. Left out when the events shall be Suricata's
 * only. It never repeats what the other objects have, but for the hook, which Suricata writes for
 * firewall rules alone.
 */
#include "event_eve.h"

static void
put_verdict(struct event_line *l, const struct event *e)
{
	if (e->sid != 0)
		event_line_number(l, "sid", e->sid);
	event_eve_put(l, "rule", e, EVENT_RULE_AT);
	event_eve_put(l, "hook", e, EVENT_HOOK);
	event_eve_put(l, "state", e, EVENT_STATE);
	if (e->type == EVENT_VERDICT)
		event_eve_put(l, "reason", e, EVENT_REASON);
	event_line_number(l, "offset", e->offset);
	event_eve_put(l, "told", e, EVENT_TOLD);
	if (e->flags & EVENT_MONITOR) {
		event_line_bool(l, "monitor", true);
		if (e->flags & (EVENT_BLOCKED | EVENT_REJECTED))
			event_line_text(l, "would", e->flags & EVENT_REJECTED ?
					SPAN_LIT("reject") : SPAN_LIT("drop"));
	} else if (e->flags & EVENT_REJECTED) {
		event_line_bool(l, "rejected", true);
	}
}

/* The dialogue: how the server and we answered it. */
static void
put_dialogue(struct event_line *l, const struct event *e)
{
	event_eve_put(l, "first_command", e, EVENT_SMTP_FIRST_COMMAND);
	event_eve_put_all(l, "rcpt_status", e, EVENT_SMTP_RCPT_STATUS);
	if (e->rcpt_total != 0)
		event_line_number(l, "rcpt_total", e->rcpt_total);
	if (e->reply_code != 0)
		event_line_number(l, "reply_code", e->reply_code);
	event_eve_put(l, "last_reply", e, EVENT_SMTP_LAST_REPLY);
	event_eve_put(l, "queue_id", e, EVENT_SMTP_QUEUE_ID);
	event_eve_put(l, "email_hdrs", e, EVENT_EMAIL_HDRS);
	if (event_has_text(e, EVENT_AUTH_MECHANISM) || event_has_text(e, EVENT_AUTH_USER_HASH)) {
		event_line_begin(l, "auth", '{');
		event_eve_put(l, "mechanism", e, EVENT_AUTH_MECHANISM);
		event_eve_put(l, "user_hash", e, EVENT_AUTH_USER_HASH);
		event_line_end(l, '}');
	}
	if (e->flags & EVENT_IS_SMTP)
		event_line_bool(l, "tls", e->flags & EVENT_TX_IS_TLS);
}

static void
put_transaction(struct event_line *l, const struct event *e)
{
	event_line_number(l, "body_size", e->body_size);
	if (e->trans_depth != 0)
		event_line_number(l, "mail", e->trans_depth);
	if (e->tx_start_us != 0 && e->tx_end_us >= e->tx_start_us)
		event_line_number(l, "latency_us", e->tx_end_us - e->tx_start_us);
	if (e->flags & EVENT_TX_TRUNCATED)
		event_line_bool(l, "truncated", true);
	if (e->flags & EVENT_GAPS)
		event_line_bool(l, "gaps", true);
}

static unsigned
texts_cut(const struct event *e)
{
	unsigned n = e->text_lost;

	for (int i = 0; i < e->text_count; i++)
		n += e->text[i].cut;
	return n;
}

void
event_eve_postern(struct event_line *l, const struct event_writer_settings *s,
		  const struct event *e)
{
	unsigned cut = texts_cut(e);

	if (s->strict)
		return;
	event_line_begin(l, "postern", '{');
	if (s->node != NULL)
		event_line_text(l, "node", span_str(s->node));
	event_line_number(l, "seq", e->seq);
	if (e->type == EVENT_ALERT || e->type == EVENT_DROP || e->type == EVENT_VERDICT)
		put_verdict(l, e);
	if (e->type != EVENT_FLOW && e->type != EVENT_ANOMALY && e->type != EVENT_FILEINFO)
		put_dialogue(l, e);
	if (e->type == EVENT_SMTP)
		put_transaction(l, e);
	if (cut > 0)
		event_line_number(l, "texts_cut", cut);
	event_line_end(l, '}');
}
