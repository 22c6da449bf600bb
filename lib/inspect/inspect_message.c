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

static void
begin(struct inspect_body *b, struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
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

void
inspect_body_carry(struct inspect_body *b, bool brought)
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

bool
inspect_judge_part(struct inspect_body *b)
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
unseen(struct inspect_body *b, uint64_t asked)
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
remember_field(struct inspect_body *b, const struct field *f, struct span value)
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
bring_header_line(struct inspect_body *b, const struct mime_event *m)
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
keep_field(struct inspect_body *b, const struct mime_event *m, const struct field *f, bool received)
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
on_header(struct inspect_body *b, const struct mime_event *m)
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
	inspect_body_carry(b, false);
	if (f != NULL && f->rule >= 0)
		rules_value(&env->values, (unsigned)f->rule, m->value, true);
	if (asked & ASKED(RULES_TO_COUNT))
		rules_number(&env->values, RULES_TO_COUNT,
			     count_addresses(tx->email->to) + count_addresses(tx->email->cc), true);
	if (received)
		rules_value(&env->values, RULES_EMAIL_RECEIVED, m->value, true);
	if (inspect_wants(env, RULES_EMAIL_HEADER))
		bring_header_line(b, m);
	return inspect_judge_part(b);
}

/* ---- URLs, oddities, the end ---- */

static bool
on_url(struct inspect_body *b, const struct mime_event *m)
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
	inspect_body_carry(b, false);
	rules_value(&env->values, RULES_EMAIL_URL, url, true);
	return inspect_judge_part(b);
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
on_oddity(struct inspect_body *b, const struct mime_event *m)
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
on_end(struct inspect_body *b, const struct mime_event *m)
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
on_mime(struct inspect_body *b, const struct mime_event *m)
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
		return inspect_part_begin(b, m->part);
	case MIME_EV_BODY:
		return inspect_part_bytes(b, m);
	case MIME_EV_TEXT:
		return inspect_part_text(b, m);
	case MIME_EV_PART_END:
		return inspect_part_end(b, m->part);
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
judge_span(struct inspect_body *b, uint64_t upto)
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
	inspect_body_carry(b, true);
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
drain(struct inspect_body *b)
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
open_mime(struct inspect_body *b)
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
	struct inspect_body b;
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
	struct inspect_body b;
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
	inspect_body_carry(&b, true);
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
