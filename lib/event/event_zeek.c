/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * smtp.log: Zeek's columns and types as JSON lines. In: the record of a transaction; out: its row.
 * The writer calls it. Unset columns are left out, as Zeek's JSON writer does. What we know better
 * (how each RCPT fared, what we did) stands in fields of our own behind Zeek's.
 */
#include "event_zeek.h"

#include "event_eve.h"

/* Texts without repetition, Zeek's set[string]. */
struct set {
	struct span item[EVENT_TEXTS];
	size_t count;
	char room[EVENT_ROOM];
	size_t used;
};

static bool
last_text(const struct event *e, enum event_key key, struct span *text)
{
	bool found = false;
	int i = -1;

	while (event_text_get(e, key, &i, text))
		found = true;
	return found;
}

static void
put_last(struct event_line *l, const char *name, const struct event *e, enum event_key key)
{
	struct span text;

	if (last_text(e, key, &text))
		event_line_text(l, name, text);
}

static void
set_add(struct set *set, struct span text)
{
	for (size_t i = 0; i < set->count; i++) {
		if (span_eq(set->item[i], text))
			return;
	}
	if (set->count == EVENT_TEXTS || text.len > sizeof(set->room) - set->used)
		return;
	memcpy(set->room + set->used, text.ptr, text.len);
	set->item[set->count++] = span_of(set->room + set->used, text.len);
	set->used += text.len;
}

static void
put_set(struct event_line *l, const char *name, const struct set *set)
{
	event_line_begin(l, name, '[');
	for (size_t i = 0; i < set->count; i++)
		event_line_text(l, NULL, set->item[i]);
	event_line_end(l, ']');
}

/* A flow's name: "C" and the flow id in 62 digits. */
static void
put_uid(struct event_line *l, uint64_t flow_id)
{
	static const char digit[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char uid[12] = "C"; /* 62^11 > 2^64 */

	for (int i = 11; i >= 1; i--) {
		uid[i] = digit[flow_id % 62];
		flow_id /= 62;
	}
	event_line_text(l, "uid", span_of(uid, sizeof(uid)));
}

static void
put_ids(struct event_line *l, const struct event *e)
{
	char buf[EVENT_ADDR_SIZE];

	put_uid(l, e->flow_id);
	event_line_text(l, "id.orig_h", span_str(event_addr_text(&e->src, buf)));
	event_line_number(l, "id.orig_p", e->sport);
	event_line_text(l, "id.resp_h", span_str(event_addr_text(&e->dst, buf)));
	event_line_number(l, "id.resp_p", e->dport);
}

static void
put_envelope(struct event_line *l, const struct event *e)
{
	struct set rcptto = { .count = 0 };
	char buf[EVENT_TEXT_MAX];
	struct span text, mailbox;
	int i = -1;

	put_last(l, "helo", e, EVENT_SMTP_HELO);
	if (last_text(e, EVENT_SMTP_MAIL_FROM, &text) && event_zeek_mailbox(&text, buf, &mailbox))
		event_line_text(l, "mailfrom", mailbox);
	if (!event_has_text(e, EVENT_SMTP_RCPT_TO))
		return;
	while (event_text_get(e, EVENT_SMTP_RCPT_TO, &i, &text)) {
		while (event_zeek_mailbox(&text, buf, &mailbox))
			set_add(&rcptto, mailbox);
	}
	put_set(l, "rcptto", &rcptto);
}

static void
put_entries(struct event_line *l, const char *name, const struct event *e, enum event_key key)
{
	struct set set = { .count = 0 };
	struct span text, entry;
	int i = -1;

	if (!event_has_text(e, key))
		return;
	while (event_text_get(e, key, &i, &text)) {
		while (event_zeek_entry(&text, &entry))
			set_add(&set, entry);
	}
	put_set(l, name, &set);
}

/* first_received is the lowest field, the first hop in time; second_received the one above. */
static void
put_received(struct event_line *l, const struct event *e)
{
	struct span text, above = SPAN_NONE, lowest = SPAN_NONE;
	int count = 0, i = -1;

	for (; event_text_get(e, EVENT_EMAIL_RECEIVED, &i, &text); count++) {
		above = lowest;
		lowest = text;
	}
	if (count >= 1)
		event_line_text(l, "first_received", lowest);
	if (count >= 2)
		event_line_text(l, "second_received", above);
}

static void
put_headers(struct event_line *l, const struct event *e)
{
	struct span text, address;

	put_last(l, "date", e, EVENT_EMAIL_DATE);
	put_last(l, "from", e, EVENT_EMAIL_FROM);
	put_entries(l, "to", e, EVENT_EMAIL_TO);
	put_entries(l, "cc", e, EVENT_EMAIL_CC);
	put_last(l, "reply_to", e, EVENT_EMAIL_REPLY_TO);
	put_last(l, "msg_id", e, EVENT_EMAIL_MESSAGE_ID);
	put_last(l, "in_reply_to", e, EVENT_EMAIL_IN_REPLY_TO);
	put_last(l, "subject", e, EVENT_EMAIL_SUBJECT);
	if (last_text(e, EVENT_EMAIL_X_ORIGINATING_IP, &text) &&
	    event_zeek_address(text, &address))
		event_line_text(l, "x_originating_ip", address);
	put_received(l, e);
}

/* One more hop, unless it is the one before again. */
static void
put_hop(struct event_line *l, struct span *before, struct span hop)
{
	if (before->len > 0 && span_eq(*before, hop))
		return;
	event_line_text(l, NULL, hop);
	*before = hop;
}

static void
put_path(struct event_line *l, const struct event *e)
{
	enum event_key key = event_has_text(e, EVENT_PATH) ? EVENT_PATH : EVENT_EMAIL_RECEIVED;
	char server[EVENT_ADDR_SIZE], client[EVENT_ADDR_SIZE];
	struct span text, before, hop;
	int i = -1;

	event_line_begin(l, "path", '[');
	event_line_text(l, NULL, span_str(event_addr_text(&e->dst, server)));
	before = span_str(event_addr_text(&e->src, client));
	event_line_text(l, NULL, before);
	while (event_text_get(e, key, &i, &text)) {
		if (key == EVENT_PATH)
			put_hop(l, &before, text);
		else if (event_zeek_received(text, &hop))
			put_hop(l, &before, hop);
	}
	event_line_end(l, ']');
}

/* The last of the fields that name the sender's program. */
static void
put_user_agent(struct event_line *l, const struct event *e)
{
	struct span text, last = SPAN_NONE;
	int mailer = -1, agent = -1;

	while (event_text_get(e, EVENT_EMAIL_X_MAILER, &mailer, &text))
		last = text;
	while (event_text_get(e, EVENT_EMAIL_USER_AGENT, &agent, &text)) {
		if (agent > mailer)
			last = text;
	}
	if (mailer >= 0 || agent >= 0)
		event_line_text(l, "user_agent", last);
}

/* Fields of our own. */
static void
put_additions(struct event_line *l, const struct event *e)
{
	event_line_number(l, "flow_id", e->flow_id);
	if (e->flags & EVENT_HAS_TX)
		event_line_number(l, "tx_id", e->tx_id);
	event_eve_put_all(l, "rcpt_status", e, EVENT_SMTP_RCPT_STATUS);
	event_eve_put(l, "queue_id", e, EVENT_SMTP_QUEUE_ID);
	if (e->flags & EVENT_BLOCKED && !(e->flags & EVENT_MONITOR)) {
		event_line_bool(l, "blocked", true);
		event_eve_put(l, "told", e, EVENT_TOLD);
	}
}

bool
event_zeek_wants(const struct event *e)
{
	return e->type == EVENT_SMTP && !(e->flags & EVENT_ONLY_EVE) &&
	       (e->flags & EVENT_TX_IS_TLS || event_has_text(e, EVENT_SMTP_MAIL_FROM) ||
		event_has_text(e, EVENT_SMTP_RCPT_TO));
}

void
event_zeek_line(struct event_line *l, const struct event *e)
{
	event_line_seconds(l, "ts", e->tx_start_us != 0 ? e->tx_start_us : e->time_us);
	put_ids(l, e);
	event_line_number(l, "trans_depth", e->trans_depth);
	put_envelope(l, e);
	put_headers(l, e);
	put_last(l, "last_reply", e, EVENT_SMTP_LAST_REPLY);
	put_path(l, e);
	put_user_agent(l, e);
	event_line_bool(l, "tls", e->flags & EVENT_TX_IS_TLS);
	event_line_begin(l, "fuids", '[');
	for (int i = -1;;) {
		struct span fuid;

		if (!event_text_get(e, EVENT_FUID, &i, &fuid))
			break;
		event_line_text(l, NULL, fuid);
	}
	event_line_end(l, ']');
	put_additions(l, e);
	event_line_end(l, '}');
}
