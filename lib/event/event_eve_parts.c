/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The objects of EVE events. In: a record; out: alert{}, drop{}, smtp{} and the others with
 * Suricata's names and types. event_eve.c says which type has which. What Suricata has no name for
 * goes into postern{}, and nothing else does.
 */
#include "event_eve.h"

#include "event_time.h"

static void
put_time(struct event_line *l, const char *name, const struct event_writer_settings *s,
	 uint64_t time_us)
{
	char time[EVENT_TIME_SIZE];

	event_time_text(time, time_us, s->utc);
	event_line_text(l, name, span_str(time));
}

/* Is this verdict more than talk? */
static bool
is_enforced(const struct event *e)
{
	return !(e->flags & EVENT_MONITOR);
}

/* A rule's "key value"; a key alone has the value "". */
static struct span
split_metadata(struct span text, struct span *value)
{
	ptrdiff_t blank = span_chr(text, ' ');

	*value = SPAN_NONE;
	if (blank < 0)
		return text;
	*value = span_trim(span_skip(text, (size_t)blank));
	return span_take(text, (size_t)blank);
}

/* Was this key's array already written, at an earlier text? */
static bool
metadata_seen(const struct event *e, struct span key, int before)
{
	struct span text, value;
	int i = -1;

	while (event_text_get(e, EVENT_RULE_METADATA, &i, &text) && i < before) {
		if (span_eq(split_metadata(text, &value), key))
			return true;
	}
	return false;
}

/* alert.metadata: each key once, with all its values. */
static void
put_rule_metadata(struct event_line *l, const struct event *e)
{
	struct span text, value;
	int i = -1;

	if (!event_has_text(e, EVENT_RULE_METADATA))
		return;
	event_line_begin(l, "metadata", '{');
	while (event_text_get(e, EVENT_RULE_METADATA, &i, &text)) {
		struct span key = split_metadata(text, &value);
		int other = i - 1;

		if (metadata_seen(e, key, i))
			continue;
		event_line_begin_named(l, key, '[');
		while (event_text_get(e, EVENT_RULE_METADATA, &other, &text)) {
			if (span_eq(split_metadata(text, &value), key))
				event_line_text(l, NULL, value);
		}
		event_line_end(l, ']');
	}
	event_line_end(l, '}');
}

void
event_eve_alert(struct event_line *l, const struct event_writer_settings *s, const struct event *e)
{
	struct span text = SPAN_NONE;
	int i = -1;

	(void)s;
	event_line_begin(l, "alert", '{');
	event_line_text(l, "action", e->flags & EVENT_BLOCKED && is_enforced(e) ?
			SPAN_LIT("blocked") : SPAN_LIT("allowed"));
	event_line_number(l, "gid", e->gid);
	event_line_number(l, "signature_id", e->sid);
	event_line_number(l, "rev", e->rev);
	event_text_get(e, EVENT_RULE_MSG, &i, &text);
	event_line_text(l, "signature", text);
	i = -1;
	text = SPAN_NONE;
	event_text_get(e, EVENT_RULE_CLASS, &i, &text);
	event_line_text(l, "category", text);
	event_line_number(l, "severity", e->severity);
	if (e->engine != EVENT_ENGINE_NONE)
		event_line_text(l, "engine", e->engine == EVENT_ENGINE_FW ? SPAN_LIT("fw") :
				SPAN_LIT("td"));
	put_rule_metadata(l, e);
	event_eve_put_all(l, "references", e, EVENT_RULE_REF);
	event_line_end(l, '}');
}

void
event_eve_drop(struct event_line *l, const struct event_writer_settings *s, const struct event *e)
{
	static const struct {
		const char *name;
		uint8_t bit;
	} flag[] = { { "syn", 2 }, { "ack", 16 }, { "psh", 8 }, { "rst", 4 }, { "urg", 32 },
		     { "fin", 1 } };

	(void)s;
	event_line_begin(l, "drop", '{');
	if (e->ip_version != 0)
		event_line_number(l, "len", e->ip_len);
	if (e->ip_version == 4) {
		event_line_number(l, "tos", e->tos);
		event_line_number(l, "ttl", e->ttl);
		event_line_number(l, "ipid", e->ip_id);
	} else if (e->ip_version == 6) {
		event_line_number(l, "tc", e->tos);
		event_line_number(l, "hoplimit", e->ttl);
	}
	if (e->ip_version != 0 && e->ip_proto == 6) {
		event_line_number(l, "tcpseq", e->tcp_seq);
		event_line_number(l, "tcpack", e->tcp_ack);
		event_line_number(l, "tcpwin", e->tcp_window);
		for (size_t i = 0; i < sizeof(flag) / sizeof(flag[0]); i++)
			event_line_bool(l, flag[i].name, e->frame_flags & flag[i].bit);
	} else if (e->ip_version != 0 && e->ip_proto == 17) {
		event_line_number(l, "udplen", e->l4_len);
	}
	event_eve_put(l, "reason", e, EVENT_REASON);
	event_line_end(l, '}');
}

void
event_eve_verdict(struct event_line *l, const struct event_writer_settings *s,
		  const struct event *e)
{
	uint32_t reset = e->flags & (EVENT_REJECT_CLIENT | EVENT_REJECT_SERVER);

	(void)s;
	event_line_begin(l, "verdict", '{');
	event_line_text(l, "action", e->flags & EVENT_BLOCKED && is_enforced(e) ?
			SPAN_LIT("drop") : SPAN_LIT("accept"));
	if (reset && is_enforced(e)) {
		event_line_text(l, "reject_target", reset == EVENT_REJECT_CLIENT ?
				SPAN_LIT("to_client") : reset == EVENT_REJECT_SERVER ?
				SPAN_LIT("to_server") : SPAN_LIT("both"));
		event_line_begin(l, "reject", '[');
		event_line_text(l, NULL, SPAN_LIT("tcp-reset"));
		event_line_end(l, ']');
	}
	event_line_end(l, '}');
}

void
event_eve_firewall(struct event_line *l, const struct event_writer_settings *s,
		   const struct event *e)
{
	(void)s;
	if (!event_has_text(e, EVENT_HOOK) && !event_has_text(e, EVENT_POLICY))
		return;
	event_line_begin(l, "firewall", '{');
	event_eve_put(l, "hook", e, EVENT_HOOK);
	event_eve_put(l, "policy", e, EVENT_POLICY);
	event_line_end(l, '}');
}

/* A layer is what a parser says of itself; without one the oddity is of a frame or of the stream. */
void
event_eve_anomaly(struct event_line *l, const struct event_writer_settings *s,
		  const struct event *e)
{
	struct span name = SPAN_NONE;
	int i = -1;

	(void)s;
	event_text_get(e, EVENT_ANOMALY_NAME, &i, &name);
	event_line_begin(l, "anomaly", '{');
	if (e->flags & EVENT_IS_SMTP)
		event_line_text(l, "app_proto", SPAN_LIT("smtp"));
	else
		event_eve_put(l, "app_proto", e, EVENT_APP_PROTO);
	if (event_has_text(e, EVENT_ANOMALY_LAYER))
		event_line_text(l, "type", SPAN_LIT("applayer"));
	else
		event_line_text(l, "type", span_starts(name, SPAN_LIT("stream.")) ?
				SPAN_LIT("stream") : SPAN_LIT("decode"));
	event_line_text(l, "event", name);
	event_eve_put(l, "layer", e, EVENT_ANOMALY_LAYER);
	event_line_end(l, '}');
}

void
event_eve_fileinfo(struct event_line *l, const struct event_writer_settings *s,
		   const struct event *e)
{
	struct span name = SPAN_NONE;
	int i = -1;

	(void)s;
	event_text_get(e, EVENT_FILE_NAME, &i, &name);
	event_line_begin(l, "fileinfo", '{');
	event_line_text(l, "filename", name);
	event_eve_put(l, "magic", e, EVENT_FILE_MAGIC);
	event_line_bool(l, "gaps", false); /* what was not seen does not pass */
	event_line_text(l, "state", e->flags & EVENT_FILE_CLOSED ? SPAN_LIT("CLOSED") :
			SPAN_LIT("TRUNCATED"));
	event_eve_put(l, "md5", e, EVENT_FILE_MD5);
	event_eve_put(l, "sha1", e, EVENT_FILE_SHA1);
	event_eve_put(l, "sha256", e, EVENT_FILE_SHA256);
	event_line_bool(l, "stored", false);
	if (e->file_id != 0)
		event_line_number(l, "file_id", e->file_id);
	event_line_number(l, "size", e->file_size);
	if (e->flags & EVENT_HAS_TX)
		event_line_number(l, "tx_id", e->tx_id);
	event_line_end(l, '}');
}

/* The end of a flow, all of it; within an alert only how far it has come. */
void
event_eve_flow(struct event_line *l, const struct event_writer_settings *s, const struct event *e)
{
	static const char *const state[] = { "new", "established", "closed" };
	static const char *const reason[] = { "timeout", "shutdown", "forced", "tcp_reuse" };

	if (e->flow_start_us == 0)
		return;
	event_line_begin(l, "flow", '{');
	event_line_number(l, "pkts_toserver", e->pkts_ts);
	event_line_number(l, "pkts_toclient", e->pkts_tc);
	event_line_number(l, "bytes_toserver", e->bytes_ts);
	event_line_number(l, "bytes_toclient", e->bytes_tc);
	put_time(l, "start", s, e->flow_start_us);
	if (e->type == EVENT_FLOW) {
		uint64_t age = e->flow_end_us > e->flow_start_us ?
			       e->flow_end_us - e->flow_start_us : 0;

		put_time(l, "end", s, e->flow_start_us + age);
		event_line_number(l, "age", age / 1000000);
		event_line_text(l, "state", span_str(state[e->flow_state % 3]));
		event_line_text(l, "reason", span_str(reason[e->flow_reason % 4]));
		event_line_bool(l, "alerted", e->flags & EVENT_ALERTED);
		if (e->flags & EVENT_FLOW_DROPPED)
			event_line_text(l, "action", SPAN_LIT("drop"));
		event_line_number(l, "tx_cnt", e->tx_count);
	}
	event_line_end(l, '}');
}

static void
put_flags(struct event_line *l, const char *name, uint8_t flags)
{
	char hex[3];
	struct str s;

	str_open(&s, hex, sizeof(hex));
	str_add_hex(&s, span_of(&flags, 1));
	event_line_text(l, name, str_span(&s));
}

void
event_eve_tcp(struct event_line *l, const struct event_writer_settings *s, const struct event *e)
{
	static const char *const flag[] = { "fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr" };
	static const char *const state[] = {
		[EVENT_TCP_NONE] = "none", [EVENT_TCP_SYN_SENT] = "syn_sent",
		[EVENT_TCP_SYN_RECV] = "syn_recv", [EVENT_TCP_ESTABLISHED] = "established",
		[EVENT_TCP_FIN_WAIT1] = "fin_wait1", [EVENT_TCP_FIN_WAIT2] = "fin_wait2",
		[EVENT_TCP_TIME_WAIT] = "time_wait", [EVENT_TCP_LAST_ACK] = "last_ack",
		[EVENT_TCP_CLOSE_WAIT] = "close_wait", [EVENT_TCP_CLOSING] = "closing",
		[EVENT_TCP_CLOSED] = "closed",
	};

	(void)s;
	if (e->ip_proto != 6)
		return;
	event_line_begin(l, "tcp", '{');
	put_flags(l, "tcp_flags", e->tcp_flags);
	put_flags(l, "tcp_flags_ts", e->tcp_flags_ts);
	put_flags(l, "tcp_flags_tc", e->tcp_flags_tc);
	for (int i = 0; i < 8; i++) {
		if (e->tcp_flags & 1 << i)
			event_line_bool(l, flag[i], true);
	}
	if (e->tcp_state < sizeof(state) / sizeof(state[0]))
		event_line_text(l, "state", span_str(state[e->tcp_state]));
	event_line_end(l, '}');
}

/* Our TLS is always what STARTTLS began; its handshake is not read. */
void
event_eve_tls(struct event_line *l, const struct event_writer_settings *s, const struct event *e)
{
	(void)s;
	(void)e;
	event_line_begin(l, "tls", '{');
	event_line_text(l, "from_proto", SPAN_LIT("smtp"));
	event_line_end(l, '}');
}

void
event_eve_notice(struct event_line *l, const struct event_writer_settings *s,
		 const struct event *e)
{
	(void)s;
	event_line_begin(l, "notice", '{');
	event_eve_put(l, "note", e, EVENT_ANOMALY_NAME);
	event_eve_put(l, "msg", e, EVENT_NOTE);
	event_eve_put(l, "sub", e, EVENT_NOTE_SUB);
	event_eve_put(l, "host", e, EVENT_NOTE_HOST);
	event_line_bool(l, "local", e->flags & EVENT_NOTE_LOCAL);
	event_eve_put(l, "country", e, EVENT_NOTE_COUNTRY);
	if (event_has_text(e, EVENT_SOFTWARE_NAME)) {
		event_line_begin(l, "software", '{');
		event_eve_put(l, "type", e, EVENT_SOFTWARE_TYPE);
		event_eve_put(l, "name", e, EVENT_SOFTWARE_NAME);
		event_eve_put(l, "version", e, EVENT_SOFTWARE_VERSION);
		event_line_end(l, '}');
	}
	event_line_end(l, '}');
}

void
event_eve_smtp(struct event_line *l, const struct event_writer_settings *s, const struct event *e)
{
	(void)s;
	if (e->type != EVENT_SMTP && !event_has_text(e, EVENT_SMTP_HELO) &&
	    !event_has_text(e, EVENT_SMTP_MAIL_FROM) && !event_has_text(e, EVENT_SMTP_RCPT_TO))
		return;
	event_line_begin(l, "smtp", '{');
	event_eve_put(l, "helo", e, EVENT_SMTP_HELO);
	event_eve_put(l, "mail_from", e, EVENT_SMTP_MAIL_FROM);
	event_eve_put_all(l, "rcpt_to", e, EVENT_SMTP_RCPT_TO);
	event_line_end(l, '}');
}

void
event_eve_email(struct event_line *l, const struct event_writer_settings *s,
		const struct event *e)
{
	static const struct {
		const char *name;
		enum event_key key;
		bool list;
	} field[] = {
		{ "from", EVENT_EMAIL_FROM, false },
		{ "to", EVENT_EMAIL_TO, true },
		{ "cc", EVENT_EMAIL_CC, true },
		{ "subject", EVENT_EMAIL_SUBJECT, false },
		{ "date", EVENT_EMAIL_DATE, false },
		{ "message_id", EVENT_EMAIL_MESSAGE_ID, false },
		{ "x_mailer", EVENT_EMAIL_X_MAILER, false },
		{ "user_agent", EVENT_EMAIL_USER_AGENT, false },
		{ "in_reply_to", EVENT_EMAIL_IN_REPLY_TO, false },
		{ "reply_to", EVENT_EMAIL_REPLY_TO, false },
		{ "x_originating_ip", EVENT_EMAIL_X_ORIGINATING_IP, false },
		{ "received", EVENT_EMAIL_RECEIVED, true },
		{ "attachment", EVENT_EMAIL_ATTACHMENT, true },
		{ "url", EVENT_EMAIL_URL, true },
		{ "body_md5", EVENT_EMAIL_BODY_MD5, false },
	};
	struct span status = SPAN_LIT("PARSE_DONE");
	int i = -1;

	(void)s;
	if (!(e->flags & EVENT_HAS_EMAIL))
		return;
	event_text_get(e, EVENT_EMAIL_STATUS, &i, &status);
	event_line_begin(l, "email", '{');
	event_line_text(l, "status", status);
	for (size_t f = 0; f < sizeof(field) / sizeof(field[0]); f++) {
		if (field[f].list)
			event_eve_put_all(l, field[f].name, e, field[f].key);
		else
			event_eve_put(l, field[f].name, e, field[f].key);
	}
	event_line_end(l, '}');
}

void
event_eve_progress(struct event_line *l, const struct event_writer_settings *s,
		   const struct event *e)
{
	(void)s;
	event_eve_put(l, "ts_progress", e, EVENT_TX_STATE_TS);
	event_eve_put(l, "tc_progress", e, EVENT_TX_STATE_TC);
}

void
event_eve_metadata(struct event_line *l, const struct event_writer_settings *s,
		   const struct event *e)
{
	(void)s;
	if (!event_has_text(e, EVENT_FLOWBIT))
		return;
	event_line_begin(l, "metadata", '{');
	event_eve_put_all(l, "flowbits", e, EVENT_FLOWBIT);
	event_line_end(l, '}');
}
