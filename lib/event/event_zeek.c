/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * smtp.log: Zeek's columns and types as JSON lines. In: the record of a transaction; out: its row.
 * The writer calls it. Unset columns are left out, as Zeek's JSON writer does. What we know better
 * (how each RCPT fared, what we did) stands in fields of our own behind Zeek's.
 */
#include "event_zeek.h"

#include "event_agent.h"
#include "event_eve.h"
#include "event_nets.h"

/* Texts without repetition, Zeek's set[string]. */
struct set {
	size_t count, used;
	struct span item[EVENT_TEXTS]; /* valid up to count */
	char room[EVENT_ROOM];	       /* ... up to used */
};

/* An initializer would clear the room, too: 15 KiB, three times a row. */
static void
set_open(struct set *set)
{
	set->count = set->used = 0;
}

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
	struct set rcptto;
	char buf[EVENT_TEXT_MAX];
	struct span text, mailbox;
	bool any = false;
	int i = -1;

	set_open(&rcptto);
	put_last(l, "helo", e, EVENT_SMTP_HELO);
	if (last_text(e, EVENT_SMTP_MAIL_FROM, &text) && event_zeek_mailbox(&text, buf, &mailbox))
		event_line_text(l, "mailfrom", mailbox);
	for (unsigned told = 0; told < e->told_rcpts; told++) {
		if (!event_text_get(e, EVENT_SMTP_RCPT_TO, &i, &text))
			break;
	}
	while (event_text_get(e, EVENT_SMTP_RCPT_TO, &i, &text)) {
		any = true;
		while (event_zeek_mailbox(&text, buf, &mailbox))
			set_add(&rcptto, mailbox);
	}
	if (any)
		put_set(l, "rcptto", &rcptto);
}

static void
put_entries(struct event_line *l, const char *name, const struct event *e, enum event_key key)
{
	struct set set;
	struct span text, entry;
	int i = -1;

	if (!event_has_text(e, key))
		return;
	set_open(&set);
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

static bool
may_follow(const struct event_path_scope *scope, struct span hop)
{
	struct event_addr a;
	bool local;

	if (scope == NULL || scope->follow == EVENT_PATH_ALL || event_addr_parse(hop, &a) != 0)
		return true;
	local = event_nets_find(scope->local, &a) >= 0;
	return local == (scope->follow == EVENT_PATH_LOCAL) || event_addr_is_private(&a);
}

void
event_zeek_path(const struct event *e, const struct event_path_scope *scope,
		struct event_zeek_path *path)
{
	struct span text, hop;
	bool follows = scope == NULL || scope->follow != EVENT_PATH_NONE;
	int i = -1;

	path->hop[0] = span_str(event_addr_text(&e->dst, path->server));
	path->hop[1] = span_str(event_addr_text(&e->src, path->client));
	path->count = 2;
	while (follows && event_text_get(e, EVENT_EMAIL_RECEIVED, &i, &text)) {
		if (!event_zeek_received(text, &hop))
			continue;
		follows = may_follow(scope, hop);
		if (!span_eq(path->hop[path->count - 1], hop))
			path->hop[path->count++] = hop;
	}
}

static void
put_path(struct event_line *l, const struct event_path_scope *scope, const struct event *e)
{
	struct event_zeek_path path;

	event_zeek_path(e, scope, &path);
	event_line_begin(l, "path", '[');
	for (size_t i = 0; i < path.count; i++)
		event_line_text(l, NULL, path.hop[i]);
	event_line_end(l, ']');
}

static void
put_rcpt_status(struct event_line *l, const struct event *e)
{
	struct span status;
	unsigned n = 0;
	int i = -1;

	if (!event_has_text(e, EVENT_SMTP_RCPT_STATUS))
		return;
	event_line_begin(l, "rcpt_status", '[');
	for (; event_text_get(e, EVENT_SMTP_RCPT_STATUS, &i, &status); n++)
		if (n >= e->told_rcpts)
			event_line_text(l, NULL, status);
	event_line_end(l, ']');
}

/* Fields of our own. */
static void
put_additions(struct event_line *l, const struct event *e)
{
	bool monitor = e->flags & EVENT_MONITOR;

	event_line_bool(l, "is_webmail", event_agent_is_webmail(e));
	event_line_number(l, "flow_id", e->flow_id);
	if (e->flags & EVENT_HAS_TX)
		event_line_number(l, "tx_id", e->tx_id);
	put_rcpt_status(l, e);
	event_eve_put(l, "queue_id", e, EVENT_SMTP_QUEUE_ID);
	if (e->reply_code != 0)
		event_line_number(l, "reply_code", e->reply_code);
	event_line_number(l, "body_size", e->body_size);
	event_line_text(l, "end", span_str(event_tx_end_name(e->tx_end)));
	event_eve_put(l, "auth_mechanism", e, EVENT_AUTH_MECHANISM);
	event_eve_put(l, "auth_user_hash", e, EVENT_AUTH_USER_HASH);
	if (e->sid != 0)
		event_line_number(l, "sid", e->sid);
	event_eve_put(l, "rule", e, EVENT_RULE_AT);
	if (e->flags & EVENT_BLOCKED)
		event_line_bool(l, monitor ? "would_block" : "blocked", true);
	event_eve_put(l, "reason", e, EVENT_REASON);
	event_eve_put(l, "told", e, EVENT_TOLD);
}

bool
event_zeek_wants(const struct event *e)
{
	return e->type == EVENT_SMTP && !(e->flags & EVENT_ONLY_EVE) &&
	       (e->flags & EVENT_TX_IS_TLS || event_has_text(e, EVENT_SMTP_MAIL_FROM) ||
		event_has_text(e, EVENT_SMTP_RCPT_TO));
}

void
event_zeek_line(struct event_line *l, const struct event_path_scope *scope, const struct event *e)
{
	struct span agent;

	event_line_seconds(l, "ts", e->tx_start_us != 0 ? e->tx_start_us : e->time_us);
	put_ids(l, e);
	event_line_number(l, "trans_depth", e->trans_depth);
	put_envelope(l, e);
	put_headers(l, e);
	put_last(l, "last_reply", e, EVENT_SMTP_LAST_REPLY);
	put_path(l, scope, e);
	if (event_agent(e, &agent))
		event_line_text(l, "user_agent", agent);
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
