/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The message. In: unstuffed body bytes and the end of data. Out: body values and MIME events for
 * the rules, what the transaction remembers of the header, file events. Called by inspect.c.
 *
 * A body span is one event of request_data; each header field, file and file end that some rule
 * asks for is another. Nothing is changed in the message.
 */
#include <stdio.h>

#include "inspect_internal.h"

struct body { /* one call */
	struct inspect_event je;
	struct span bytes;    /* of the message, not yet judged */
	uint64_t at;	      /* message bytes before them */
};

static void
begin(struct body *b, struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
      struct inspect_verdict *v)
{
	memset(b, 0, sizeof(*b));
	b->bytes = ev->bytes;
	b->je.in = in;
	b->je.env = env;
	b->je.tx = inspect_tx_find(in, ev->tx);
	if (b->je.tx != NULL && b->je.tx->body_offset == 0)
		b->je.tx->body_offset = ev->offset;
	/* Where the message begins: the same however its bytes were cut. */
	b->je.offset = b->je.tx != NULL ? b->je.tx->body_offset : ev->offset;
	b->at = b->je.tx != NULL ? b->je.tx->body_size : 0;
	b->je.v = v;
	b->je.detect = true;
}

/* What every event of the message carries. brought: sizes are news of this event. */
static void
carry(struct body *b, bool brought)
{
	struct rules_values *v = &b->je.env->values;
	const struct inspect_tx *tx = b->je.tx;

	inspect_carry(&b->je, RULES_MODE_DATA);
	rules_number(v, RULES_BODY_SIZE, (int64_t)tx->body_size, brought);
	rules_number(v, RULES_BODY_LINE_LEN, tx->longest_line, brought);
	rules_number(v, RULES_HEADER_SIZE, tx->header_size, brought);
	rules_number(v, RULES_HEADER_LINE_LEN, tx->longest_header_line, brought);
	rules_number(v, RULES_MIME_PART_COUNT, tx->parts, false);
}

/* An event within the body: header field, file. Rules may decide, defaults are the span's. */
static bool
judge_part(struct body *b)
{
	if (b->je.tx->unread)
		return true;
	b->je.soft = true;
	b->je.hook_count = 0;
	inspect_hook(&b->je, RULES_REQUEST_DATA);
	inspect_hook(&b->je, RULES_COMMAND_REQUEST_STARTED);
	inspect_hook(&b->je, RULES_AT_BODY);
	return inspect_judge(&b->je);
}

/* ---- header fields ---- */

struct field {
	struct span name;
	int rule; /* enum rules_field, -1: none */
	size_t keep; /* offset of a span in struct inspect_email */
};
#define FIELD_OF(text, rule, member)                                                               \
	{ { (const uint8_t *)text, sizeof(text) - 1 }, rule, offsetof(struct inspect_email, member) }

static const struct field fields[] = {
	FIELD_OF("From", RULES_EMAIL_FROM, from),
	FIELD_OF("To", RULES_EMAIL_TO, to),
	FIELD_OF("Cc", RULES_EMAIL_CC, cc),
	FIELD_OF("Subject", RULES_EMAIL_SUBJECT, subject),
	FIELD_OF("Date", RULES_EMAIL_DATE, date),
	FIELD_OF("Message-Id", RULES_EMAIL_MESSAGE_ID, message_id),
	FIELD_OF("X-Mailer", RULES_EMAIL_X_MAILER, x_mailer),
	FIELD_OF("User-Agent", -1, user_agent),
	FIELD_OF("X-User-Agent", -1, user_agent),
	FIELD_OF("In-Reply-To", -1, in_reply_to),
	FIELD_OF("Reply-To", -1, reply_to),
	FIELD_OF("X-Originating-Ip", -1, x_originating_ip),
};

/* Addresses of To and Cc: one more than commas outside quotes and comments. */
static int64_t
count_addresses(struct span value)
{
	bool quoted = false;
	int64_t n = value.len > 0;

	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] == '\\')
			i++;
		else if (value.ptr[i] == '"')
			quoted = !quoted;
		else if (value.ptr[i] == ',' && !quoted)
			n++;
	}
	return n;
}

/*
 * A rule asks for this field, and it cannot be judged whole: a cap must hide nothing. Where no rule
 * asks, the cap is only counted.
 */
static bool
unseen(struct body *b, uint64_t asked)
{
	struct inspect_env *env = b->je.env;

	if ((env->fields & asked) == 0)
		return true;
	return inspect_limit(env, b->je.v, STATS_DROP_MEMORY);
}

#define ASKED(f) (UINT64_C(1) << (f))
/* All that comes from the message's structure. */
#define ASKED_MESSAGE (ASKED(RULES_FILE_SHA256 + 1) - ASKED(RULES_EMAIL_FROM))

/* False: it found no room. */
static bool
remember_field(struct body *b, const struct field *f, struct span value)
{
	struct inspect_tx *tx = b->je.tx;
	struct span *kept = (struct span *)(void *)((char *)tx->email + f->keep);

	if (kept->ptr == NULL) /* the first one counts, as mail programs show it */
		*kept = inspect_tx_keep(b->je.env, tx, value);
	return kept->ptr != NULL;
}

static const struct field *
field_of(struct span name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (span_eq_nocase(name, fields[i].name))
			return &fields[i];
	return NULL;
}

/* Name and value never exceed what lib/mime keeps of a field. */
static void
bring_header_line(struct body *b, const struct mime_event *m)
{
	struct inspect_env *env = b->je.env;
	struct span value = span_take(m->value, MIME_LINE_SIZE - m->name.len);
	uint8_t *line = env->header_line;

	memcpy(line, m->name.ptr, m->name.len);
	memcpy(line + m->name.len, ": ", 2);
	if (value.len > 0)
		memcpy(line + m->name.len + 2, value.ptr, value.len);
	rules_value(&env->values, RULES_EMAIL_HEADER, span_of(line, m->name.len + 2 + value.len),
		    true);
}

/* What rules ask for of this field, as bits. */
static uint64_t
asked_of(const struct field *f, bool received)
{
	uint64_t asked = ASKED(RULES_EMAIL_HEADER);

	if (f != NULL && f->rule >= 0)
		asked |= ASKED(f->rule);
	if (f != NULL && (f->rule == RULES_EMAIL_TO || f->rule == RULES_EMAIL_CC))
		asked |= ASKED(RULES_TO_COUNT);
	return received ? asked | ASKED(RULES_EMAIL_RECEIVED) : asked;
}

/* What later events carry is kept; what finds no room there could hide from them. */
static bool
keep_field(struct body *b, const struct mime_event *m, const struct field *f, bool received)
{
	struct inspect_tx *tx = b->je.tx;

	if (f != NULL && !remember_field(b, f, m->value) &&
	    !unseen(b, asked_of(f, received) & ~ASKED(RULES_EMAIL_HEADER)))
		return false;
	if (!received)
		return true;
	return (tx->email->received.count < INSPECT_RECEIVED &&
		inspect_list_add(b->je.env, tx, &tx->email->received, m->value,
				 sizeof(struct rules_item))) ||
	       unseen(b, ASKED(RULES_EMAIL_RECEIVED));
}

static bool
on_header(struct body *b, const struct mime_event *m)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	bool message = m->part == NULL || m->part->number == 0;
	const struct field *f = message ? field_of(m->name) : NULL;
	bool received = message && span_eq_nocase(m->name, SPAN_LIT("Received"));
	uint64_t asked = asked_of(f, received);

	tx->has_fields |= message;
	if (!keep_field(b, m, f, received) || (m->cut && !unseen(b, asked)))
		return false;
	if ((env->fields & asked) == 0)
		return true;
	carry(b, false);
	if (f != NULL && f->rule >= 0)
		rules_value(&env->values, (unsigned)f->rule, m->value, true);
	if (asked & ASKED(RULES_TO_COUNT))
		rules_number(&env->values, RULES_TO_COUNT,
			     count_addresses(tx->email->to) + count_addresses(tx->email->cc), true);
	if (received)
		rules_value(&env->values, RULES_EMAIL_RECEIVED, m->value, true);
	if (inspect_wants(env, RULES_EMAIL_HEADER))
		bring_header_line(b, m);
	return judge_part(b);
}

/* ---- parts and files ---- */

static struct span
extension(struct span name)
{
	for (size_t i = name.len; i > 0; i--)
		if (name.ptr[i - 1] == '.')
			return span_skip(name, i);
	return SPAN_NONE;
}

static void
bring_some(struct inspect_env *env, enum rules_field f, struct span value)
{
	if (value.len > 0)
		rules_value(&env->values, f, value, true);
}

static void
bring_items(struct inspect_env *env, enum rules_field f, struct rules_item *items, int n)
{
	for (int i = 0; i < n; i++)
		items[i].next = i + 1 < n ? &items[i + 1] : NULL;
	if (n > 0)
		rules_items(&env->values, f, items, items);
}

/* All names of a part, for which one a reader takes is not known here. */
static void
bring_names(struct inspect_env *env, const struct mime_part *part, struct rules_item *names,
	    struct rules_item *exts)
{
	int n = 0, m = 0;

	if (part->filename.len > 0)
		names[n++].value = part->filename;
	for (int i = 0; i < part->other_count; i++)
		names[n++].value = part->other_names[i];
	for (int i = 0; i < n; i++) {
		exts[m].value = extension(names[i].value);
		m += exts[m].value.len > 0;
	}
	bring_items(env, RULES_MIME_FILENAME, names, n);
	bring_items(env, RULES_FILE_NAME, names, part->attachment ? n : 0);
	bring_items(env, RULES_FILE_EXT, exts, part->attachment ? m : 0);
}

static bool
on_part_begin(struct body *b, const struct mime_part *part)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	struct rules_item names[MIME_NAMES], exts[MIME_NAMES];

	tx->parts++;
	tx->sniff_len = 0;
	tx->part_seen = 0;
	tx->text_seen = 0;
	if (part->is_text && inspect_wants(env, RULES_MIME_TEXT))
		rules_text_begin(env->rules, &tx->rules);
	if (part->attachment) {
		rules_file_begin(env->rules, &tx->rules);
		inspect_list_names(env, tx, part);
	}
	carry(b, false);
	bring_some(env, RULES_MIME_TYPE, part->type);
	bring_some(env, RULES_MIME_ENCODING, span_str(mime_encoding_name(part->encoding)));
	bring_names(env, part, names, exts);
	rules_number(&env->values, RULES_MIME_PART_COUNT, tx->parts, true);
	rules_number(&env->values, RULES_MIME_DEPTH, part->depth, true);
	if ((env->values.brought & env->fields) == 0)
		return true;
	return judge_part(b);
}

static bool
on_stream(struct body *b, enum rules_field f, struct span seen)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;

	if (seen.len == 0 || !inspect_wants(env, f) ||
	    !rules_body(env->rules, b->je.in->who.rules, &tx->rules, f, seen, &tx->large))
		return true;
	carry(b, false);
	rules_value(&env->values, f, seen, true);
	return judge_part(b);
}

static bool
on_part_body(struct body *b, const struct mime_event *m)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	struct span seen = inspect_visible(env, tx, m, &tx->part_seen);

	if (tx->sniff_len < sizeof(tx->sniff)) {
		struct span first = span_take(m->bytes, sizeof(tx->sniff) - tx->sniff_len);

		memcpy(tx->sniff + tx->sniff_len, first.ptr, first.len);
		tx->sniff_len += (uint8_t)first.len;
	}
	return !m->part->attachment || on_stream(b, RULES_FILE_DATA, seen);
}

/* Every part of a mail has an id in its log row, as Zeek has it: told apart within a log. Text where
 * the header should be is none. */
static void
name_file(struct body *b, const struct mime_part *part)
{
	struct inspect_tx *tx = b->je.tx;
	bool no_header = !tx->has_fields && (tx->odd_seen_mime >> MIME_ODD_MALFORMED & 1);
	char id[40];
	int len = snprintf(id, sizeof(id), "F%013llx%x.%x",
			   (unsigned long long)b->je.in->who.flow_id, tx->number, part->number);

	if (part->size == 0 || (no_header && part->number == 0))
		return;
	inspect_list_add(b->je.env, tx, &tx->email->fuids, span_of(id, (size_t)len),
			 sizeof(struct rules_item));
}

static bool
on_part_end(struct body *b, const struct mime_part *part)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	char hex[20 + 32 + 64 + 128];
	struct str text;

	name_file(b, part);
	if (part->attachment)
		inspect_log_file(b->je.in, env, tx, part);
	carry(b, false);
	bring_some(env, RULES_MIME_FILETYPE, mime_sniff(span_of(tx->sniff, tx->sniff_len)));
	str_open(&text, hex, sizeof(hex));
	str_add_hex(&text, span_of(part->md5, sizeof(part->md5)));
	str_add_hex(&text, span_of(part->sha1, sizeof(part->sha1)));
	str_add_hex(&text, span_of(part->sha256, sizeof(part->sha256)));
	if (part->attachment) {
		rules_number(&env->values, RULES_FILE_SIZE, (int64_t)part->size, true);
		if (part->digests & MIME_MD5)
			bring_some(env, RULES_FILE_MD5, span_of(hex, 32));
		if (part->digests & MIME_SHA1)
			bring_some(env, RULES_FILE_SHA1, span_of(hex + 32, 40));
		if (part->digests & MIME_SHA256)
			bring_some(env, RULES_FILE_SHA256, span_of(hex + 72, 64));
	}
	if ((env->values.brought & env->fields) == 0)
		return true;
	return judge_part(b);
}

static bool
on_url(struct body *b, const struct mime_event *m)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	ptrdiff_t scheme = span_find(m->value, SPAN_LIT("://"));
	struct span url = m->value;

	if (!env->policy->log_url_scheme && scheme >= 0)
		url = span_skip(url, (size_t)scheme + 3);
	if ((!inspect_list_add(env, tx, &tx->email->urls, url, sizeof(struct rules_item)) || m->cut) &&
	    !unseen(b, ASKED(RULES_EMAIL_URL)))
		return false;
	if (!inspect_wants(env, RULES_EMAIL_URL))
		return true;
	carry(b, false);
	rules_value(&env->values, RULES_EMAIL_URL, url, true);
	return judge_part(b);
}

/* Caps of the decoder: what lies behind them, as the fields that could have told of it. */
static uint64_t
hidden_by(enum mime_oddity o)
{
	switch (o) {
	case MIME_ODD_HEADERS:
	case MIME_ODD_PARTS:
	case MIME_ODD_DEPTH:
	case MIME_ODD_NO_BUFFER:
		return ASKED_MESSAGE;
	case MIME_ODD_URLS:
		return ASKED(RULES_EMAIL_URL);
	case MIME_ODD_LONG_FILENAME:
	case MIME_ODD_NAMES:
		return ASKED(RULES_FILE_NAME) | ASKED(RULES_FILE_EXT) | ASKED(RULES_MIME_FILENAME);
	default:
		return 0;
	}
}

static bool
on_oddity(struct body *b, const struct mime_event *m)
{
	struct inspect *in = b->je.in;
	struct inspect_tx *tx = b->je.tx;
	uint32_t bit = UINT32_C(1) << (m->oddity & 31);

	stats_add(b->je.env->stats, STATS_SMTP_ODDITIES, 1);
	in->odd_mime |= bit;
	if ((tx->odd_seen_mime & bit) == 0)
		inspect_log_oddity(in, b->je.env, tx, 0, mime_oddity_name(m->oddity), true);
	tx->odd_seen_mime |= bit;
	return unseen(b, hidden_by(m->oddity));
}

static void
on_end(struct body *b, const struct mime_event *m)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	char hex[33];
	struct str text;

	if (!env->policy->body_md5)
		return;
	str_open(&text, hex, sizeof(hex));
	str_add_hex(&text, span_of(m->body_md5, sizeof(m->body_md5)));
	tx->body_md5 = inspect_tx_keep(env, tx, str_span(&text));
}

static bool
on_mime(struct body *b, const struct mime_event *m)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;

	switch (m->kind) {
	case MIME_EV_HEADER:
		return on_header(b, m);
	case MIME_EV_HEADERS_END:
		if (m->part == NULL || m->part->number == 0) {
			inspect_header_ended(env, tx);
			inspect_mismatch(b->je.in, tx);
		}
		return true;
	case MIME_EV_PART_BEGIN:
		return on_part_begin(b, m->part);
	case MIME_EV_BODY:
		return on_part_body(b, m);
	case MIME_EV_TEXT:
		return on_stream(b, RULES_MIME_TEXT, inspect_visible(env, tx, m, &tx->text_seen));
	case MIME_EV_PART_END:
		return on_part_end(b, m->part);
	case MIME_EV_URL:
		return on_url(b, m);
	case MIME_EV_ODDITY:
		return on_oddity(b, m);
	case MIME_EV_END:
		on_end(b, m);
		return true;
	}
	return true;
}

/*
 * Judge message bytes up to this offset as one span. Spans end where the message's structure is, at
 * header fields and parts, so that what rules see of it does not depend on how bytes were cut.
 */
static bool
judge_span(struct body *b, uint64_t upto)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	struct span span = span_take(b->bytes, upto > b->at ? upto - b->at : 0);

	if (span.len == 0)
		return true;
	b->bytes = span_skip(b->bytes, span.len);
	b->at += span.len;
	tx->body_size += span.len;
	inspect_tx_measure(env, tx, span);
	inspect_keep_header(env, tx, span);
	if (inspect_wants(env, RULES_DATA) && !tx->unread)
		rules_body(env->rules, b->je.in->who.rules, &tx->rules, RULES_DATA, span, &tx->large);
	carry(b, true);
	if (!tx->unread)
		rules_value(&env->values, RULES_DATA, span, true);
	b->je.soft = false;
	b->je.hook_count = 0;
	inspect_hook(&b->je, RULES_REQUEST_DATA);
	inspect_hook(&b->je, RULES_COMMAND_REQUEST_STARTED);
	inspect_hook(&b->je, RULES_AT_BODY);
	return inspect_judge(&b->je);
}

static bool
drain(struct body *b)
{
	struct mime_event m;

	while (mime_next(b->je.tx->mime, &m) == 1) {
		if (m.kind != MIME_EV_BODY && m.kind != MIME_EV_TEXT && !judge_span(b, m.end))
			return false;
		if (!on_mime(b, &m))
			return false;
	}
	return judge_span(b, UINT64_MAX);
}

/* A message that no parser is free for cannot be judged. */
static bool
open_mime(struct body *b)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	void *memory;

	if (tx->mime != NULL)
		return true;
	if (tx->email == NULL)
		tx->email = arena_alloc(&tx->large, sizeof(*tx->email));
	if (tx->email == NULL)
		return false;
	memset(tx->email, 0, sizeof(*tx->email));
	memory = pool_get(env->parsers);
	if (memory != NULL)
		tx->mime = mime_open(memory, &env->mime_limits, env->lines);
	if (tx->mime == NULL) {
		b->je.in->odd_mime |= UINT32_C(1) << MIME_ODD_NO_BUFFER;
		stats_add(env->stats, STATS_LIMIT_SESSION_MEMORY, 1);
	}
	return tx->mime != NULL;
}

bool
inspect_body(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
	     struct inspect_verdict *v)
{
	struct body b;
	struct inspect_tx *tx;

	begin(&b, in, env, ev, v);
	tx = b.je.tx;
	if (tx == NULL || !open_mime(&b))
		return inspect_limit(env, v, STATS_DROP_MEMORY);
	stats_add(env->stats, STATS_SMTP_BODY_BYTES, ev->bytes.len);
	tx->request = INSPECT_DATA;
	mime_feed(tx->mime, ev->bytes);
	return drain(&b);
}

bool
inspect_body_end(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
		 struct inspect_verdict *v)
{
	struct body b;
	struct inspect_tx *tx;

	begin(&b, in, env, ev, v);
	tx = b.je.tx;
	if (tx == NULL || !open_mime(&b)) /* an empty message opens it here */
		return inspect_limit(env, v, STATS_DROP_MEMORY);
	mime_finish(tx->mime);
	if (!drain(&b))
		return false;
	tx->request = INSPECT_COMPLETE;
	tx->sent_us = env->at.time_us;
	carry(&b, true);
	if (tx->body_md5.ptr != NULL)
		rules_value(&env->values, RULES_EMAIL_BODY_MD5, tx->body_md5, true);
	b.je.soft = false;
	b.je.end = true;
	b.je.hook_count = 0;
	inspect_hook(&b.je, RULES_REQUEST_COMPLETE);
	inspect_hook(&b.je, RULES_COMMAND_REQUEST_COMPLETE);
	inspect_hook(&b.je, RULES_AT_MESSAGE);
	if (!inspect_judge(&b.je))
		return false;
	stats_add(env->stats, STATS_SMTP_MESSAGES, 1);
	mime_close(tx->mime);
	pool_put(env->parsers, tx->mime);
	tx->mime = NULL;
	return true;
}
