/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts of a message. In: MIME events of a part; out: values and streams for the rules, what the
 * transaction lists of files, file events. Called by inspect_message.c; false: not let go.
 */
#include <stdio.h>

#include "inspect_internal.h"

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

bool
inspect_part_begin(struct inspect_body *b, const struct mime_part *part)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	struct rules_item names[MIME_NAMES], exts[MIME_NAMES];

	tx->parts++;
	tx->sniff_len = 0;
	if (part->is_text && inspect_wants(env, RULES_MIME_TEXT))
		rules_text_begin(env->rules, &tx->rules);
	if (part->attachment) {
		rules_file_begin(env->rules, &tx->rules);
		inspect_list_names(env, tx, part);
	}
	inspect_body_carry(b, false);
	bring_some(env, RULES_MIME_TYPE, part->type);
	bring_some(env, RULES_MIME_ENCODING, span_str(mime_encoding_name(part->encoding)));
	bring_names(env, part, names, exts);
	rules_number(&env->values, RULES_MIME_PART_COUNT, tx->parts, true);
	rules_number(&env->values, RULES_MIME_DEPTH, part->depth, true);
	if ((env->values.brought & env->fields) == 0)
		return true;
	return inspect_judge_part(b);
}

/* A text is read twice: as its bytes are, and as its charset says. */
static bool
on_stream(struct inspect_body *b, enum rules_field f, bool converted, struct span bytes)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	struct rules_flow *flow = b->je.in->who.rules;
	bool changed;

	if (tx->unread || !inspect_wants(env, f))
		return true;
	changed = converted ? rules_converted(env->rules, flow, &tx->rules, bytes, &tx->large)
			    : rules_body(env->rules, flow, &tx->rules, f, bytes, &tx->large);
	if (!changed)
		return true;
	inspect_body_carry(b, false);
	rules_value(&env->values, f, bytes, true);
	return inspect_judge_part(b);
}

bool
inspect_part_bytes(struct inspect_body *b, const struct mime_event *m)
{
	struct inspect_tx *tx = b->je.tx;

	if (tx->sniff_len < sizeof(tx->sniff)) {
		struct span first = span_take(m->bytes, sizeof(tx->sniff) - tx->sniff_len);

		memcpy(tx->sniff + tx->sniff_len, first.ptr, first.len);
		tx->sniff_len += (uint8_t)first.len;
	}
	if (m->part->attachment && !on_stream(b, RULES_FILE_DATA, false, m->bytes))
		return false;
	return !m->part->is_text || on_stream(b, RULES_MIME_TEXT, false, m->bytes);
}

bool
inspect_part_text(struct inspect_body *b, const struct mime_event *m)
{
	return on_stream(b, RULES_MIME_TEXT, true, m->bytes);
}

/*
 * Every part of a mail has an id in its log row, as Zeek has it: told apart within a log. Text where
 * the header should be is none.
 */
static void
name_file(struct inspect_body *b, const struct mime_part *part)
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

bool
inspect_part_end(struct inspect_body *b, const struct mime_part *part)
{
	struct inspect_env *env = b->je.env;
	struct inspect_tx *tx = b->je.tx;
	char hex[20 + 32 + 64 + 128];
	struct str text;

	name_file(b, part);
	stats_add(env->stats, STATS_LIMIT_DECODE_DEPTH, part->cut);
	if (part->attachment)
		inspect_log_file(b->je.in, env, tx, part);
	inspect_body_carry(b, false);
	bring_some(env, RULES_MIME_FILETYPE, mime_sniff(span_of(tx->sniff, tx->sniff_len)));
	str_open(&text, hex, sizeof(hex));
	str_add_hex(&text, span_of(part->md5, sizeof(part->md5)));
	str_add_hex(&text, span_of(part->sha1, sizeof(part->sha1)));
	str_add_hex(&text, span_of(part->sha256, sizeof(part->sha256)));
	if (part->attachment) {
		if (!part->cut)
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
	return inspect_judge_part(b);
}
