/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a message's header and its envelope do not agree. In: a transaction whose header block is
 * over. Out: oddities for the rules of the events to come (app-layer-event), and names for its record.
 * Lists, forwarders and blind copies look like this, too: it is no anomaly by itself, and nothing is
 * decided here.
 */
#include "inspect_internal.h"

static const struct {
	const char *name, *text;
} names[INSPECT_ODDITY_COUNT] = {
	[INSPECT_ODD_FROM] = { "from_mismatch",
			       "the domain in From is not that of the envelope's sender" },
	[INSPECT_ODD_REPLY_TO] = { "reply_to_mismatch",
				   "the domain in Reply-To is not the one in From" },
	[INSPECT_ODD_RCPT] = { "rcpt_mismatch", "no recipient of the envelope is in To or Cc" },
};

const char *
inspect_oddity_name(enum inspect_oddity o)
{
	return (unsigned)o < INSPECT_ODDITY_COUNT ? names[o].name : "unknown";
}

const char *
inspect_oddity_text(enum inspect_oddity o)
{
	return (unsigned)o < INSPECT_ODDITY_COUNT ? names[o].text : "unknown";
}

/* "Name <user@example.com>": example.com, of the last address in the text. */
static struct span
domain(struct span text)
{
	size_t at = text.len, end;

	while (at > 0 && text.ptr[at - 1] != '@')
		at--;
	if (at == 0)
		return SPAN_NONE;
	for (end = at; end < text.len; end++) {
		uint8_t c = text.ptr[end];

		if (c <= ' ' || c == '>' || c == ',' || c == ';' || c == '(' || c == '"')
			break;
	}
	while (end > at && text.ptr[end - 1] == '.')
		end--;
	return span_of(text.ptr + at, end - at);
}

static bool
is_below(struct span name, struct span top)
{
	return name.len > top.len && name.ptr[name.len - top.len - 1] == '.' &&
	       span_ends_nocase(name, top);
}

/* One of them is missing, or they are the same house: equal, or one a subdomain of the other. */
static bool
agree(struct span a, struct span b)
{
	return a.len == 0 || b.len == 0 || span_eq_nocase(a, b) || is_below(a, b) || is_below(b, a);
}

static bool
names_rcpt(const struct inspect_tx *tx)
{
	for (const struct rules_item *i = tx->rcpts.first; i != NULL; i = i->next) {
		struct span path = i->value;

		if (path.len > 2 && path.ptr[0] == '<' && path.ptr[path.len - 1] == '>')
			path = span_of(path.ptr + 1, path.len - 2);
		if (span_find_nocase(tx->email->to, path) >= 0 ||
		    span_find_nocase(tx->email->cc, path) >= 0)
			return true;
	}
	return false;
}

void
inspect_mismatch(struct inspect *in, struct inspect_tx *tx)
{
	const struct inspect_email *m = tx->email;
	bool named = m->to.len > 0 || m->cc.len > 0;
	bool odd[INSPECT_ODDITY_COUNT] = {
		[INSPECT_ODD_FROM] = !agree(domain(m->from), domain(tx->mail_from)),
		[INSPECT_ODD_REPLY_TO] = !agree(domain(m->reply_to), domain(m->from)),
		[INSPECT_ODD_RCPT] = named && tx->rcpts.count > 0 && !names_rcpt(tx),
	};

	for (unsigned o = 0; o < INSPECT_ODDITY_COUNT; o++) {
		if (!odd[o])
			continue;
		tx->mismatch |= (uint8_t)(1u << o);
		in->odd_mail |= (uint8_t)(1u << o);
	}
}
