/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What EVE has no place for. In: a record; out: its postern{} object: why a verdict fell, what the
 * peers were told, how a mail fared at the server. Left out when the events shall be Suricata's
 * only. It never repeats what the other objects have, but for the hook, which Suricata writes for
 * firewall rules alone.
 */
#include "event_agent.h"
#include "event_eve.h"
#include "event_path.h"

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
	if (e->type != EVENT_SMTP)
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
		event_line_bool(l, "ok", e->flags & EVENT_AUTH_OK);
		event_line_end(l, '}');
	}
	if (e->flags & EVENT_IS_SMTP)
		event_line_bool(l, "tls", e->flags & EVENT_TX_IS_TLS);
}

const char *
event_tx_end_name(unsigned end)
{
	static const char *const name[EVENT_ENDS] = { "reply", "reset", "tls", "quit", "close",
						      "replaced" };

	return end < EVENT_ENDS ? name[end] : "unknown";
}

/* The way that the mail came, and the id that the host before us gave it. */
static void
put_way(struct event_line *l, const struct event *e)
{
	struct span field = SPAN_NONE, origin;
	struct event_hop hop;
	int i = -1;

	if (event_agent_is_webmail(e))
		event_line_bool(l, "webmail", true);
	event_eve_put_all(l, "mismatch", e, EVENT_MISMATCH);
	if (!event_text_get(e, EVENT_EMAIL_RECEIVED, &i, &field))
		return;
	event_hop_parse(field, &hop);
	if (hop.id.len > 0)
		event_line_text(l, "upstream_id", hop.id);
	if (event_path_origin(e, &origin))
		event_line_text(l, "origin_ip", origin);
	event_path_put(l, e);
}

/* Time from one step to a later one, when both came. */
static void
put_phase(struct event_line *l, const char *name, uint64_t from_us, uint64_t to_us)
{
	if (from_us != 0 && to_us >= from_us)
		event_line_number(l, name, to_us - from_us);
}

static void
put_transaction(struct event_line *l, const struct event *e)
{
	static const char *const starttls[] = { "none", "offered", "refused", "accepted" };

	event_line_text(l, "starttls", span_str(starttls[e->starttls % 4]));
	if (e->declared_size != 0)
		event_line_number(l, "declared_size", e->declared_size);
	event_line_number(l, "body_size", e->body_size);
	if (e->parts != 0)
		event_line_number(l, "parts", e->parts);
	if (e->trans_depth != 0)
		event_line_number(l, "mail", e->trans_depth);
	event_line_text(l, "end", span_str(event_tx_end_name(e->tx_end)));
	put_phase(l, "latency_us", e->tx_start_us, e->tx_end_us);
	put_phase(l, "envelope_us", e->tx_start_us, e->data_us);
	put_phase(l, "data_us", e->data_us, e->sent_us);
	put_phase(l, "answer_us", e->sent_us, e->answer_us);
	if (e->flags & EVENT_TX_TRUNCATED)
		event_line_bool(l, "truncated", true);
	event_eve_put(l, "banner", e, EVENT_SMTP_BANNER);
	put_way(l, e);
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
	if (e->type == EVENT_ALERT || e->type == EVENT_DROP || e->type == EVENT_VERDICT ||
	    e->type == EVENT_SMTP)
		put_verdict(l, e);
	if (e->type != EVENT_FLOW && e->type != EVENT_ANOMALY && e->type != EVENT_FILEINFO)
		put_dialogue(l, e);
	if (e->type == EVENT_SMTP)
		put_transaction(l, e);
	event_eve_put_all(l, "other_filenames", e, EVENT_FILE_OTHER_NAME);
	if (cut > 0)
		event_line_number(l, "texts_cut", cut);
	event_line_end(l, '}');
}
