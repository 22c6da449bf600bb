/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What smtp.normalizer asks of lines: verbs by other names, limits, lists, and attacks on old
 * servers. In: a command or reply line that was read; out: its oddities. Called by smtp_command.c,
 * smtp_answer.c and smtp_verb.c; nothing here changes how a line is read, but for verbs' names.
 */
#include "smtp_internal.h"

#define XLINK2STATE_MAX 520 /* bytes of a chunk that Exchange 2000 has room for (MS05-021) */

bool
smtp_listed(const char *const *list, struct span word)
{
	for (; list != NULL && *list != NULL; list++)
		if (span_eq_nocase(word, span_str(*list)))
			return true;
	return false;
}

/* A verb that the grammar does not know, as the configuration knows it. */
enum smtp_verb
smtp_normal_verb(const struct smtp_normal *n, struct span word)
{
	if (smtp_listed(n->data_verbs, word))
		return SMTP_DATA;
	if (smtp_listed(n->chunk_verbs, word))
		return SMTP_BDAT;
	return smtp_listed(n->auth_verbs, word) ? SMTP_AUTH : SMTP_UNKNOWN;
}

/* With its LF, as the limits count. */
static uint32_t
line_length(const struct smtp_half *h)
{
	return h->len + 1;
}

static uint64_t
judge_length(const struct smtp_normal *n, const struct smtp_half *h, const struct smtp_command *c,
	     struct span word)
{
	bool auth = c->verb == SMTP_AUTH || c->verb == SMTP_AUTH_LINE;
	uint64_t odd = 0;

	if (auth && n->auth_max != 0 && line_length(h) > n->auth_max)
		odd |= SMTP_ODD(AUTH_OVER_LIMIT);
	if (c->verb == SMTP_AUTH_LINE)
		return odd;
	for (const struct smtp_verb_limit *v = n->verb_max; v != NULL && v->verb != NULL; v++)
		if (span_eq_nocase(word, span_str(v->verb)))
			return odd | (v->max != 0 && line_length(h) > v->max
					      ? SMTP_ODD(VERB_OVER_LIMIT)
					      : 0);
	if (!auth && n->command_max != 0 && line_length(h) > n->command_max)
		odd |= SMTP_ODD(COMMAND_OVER_LIMIT);
	return odd;
}

/* "{0000006d}": the bytes that follow; without braces all up to the line's end do. */
static uint64_t
chunk_size(struct span value, uint64_t rest)
{
	uint64_t size = 0;

	if (value.len == 0 || value.ptr[0] != '{')
		return rest;
	for (size_t i = 1; i < value.len && i <= 16; i++) {
		uint8_t c = span_lower(value.ptr[i]);

		if (c >= '0' && c <= '9')
			size = size << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			size = size << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	return size;
}

static bool
xlink_begins(struct span arg)
{
	return span_eq_nocase(span_take(arg, smtp_word_len(arg)), SPAN_LIT("FIRST"));
}

/* CVE-2005-0560: a chunk that no first one made room for. */
static bool
xlink_overflows(const struct smtp_session *s, const struct smtp_command *c)
{
	const struct smtp_half *h = &s->half[SMTP_CLIENT];
	ptrdiff_t at = span_find_nocase(c->arg, SPAN_LIT("CHUNK="));
	struct span value;

	if (at < 0 || xlink_begins(c->arg) || (s->xlink_first && s->limits.normal->history))
		return false;
	value = span_skip(c->arg, (size_t)at + 6);
	return chunk_size(value, line_length(h) - (uint64_t)(value.ptr - c->line.ptr)) >
	       XLINK2STATE_MAX;
}

/* Mechanisms for which servers keep nothing that a second one could find (CVE-2011-1720). */
static bool
harmless(struct span mechanism)
{
	static const char *const names[] = { "ANONYMOUS", "PLAIN", "LOGIN", NULL };

	return smtp_listed(names, mechanism);
}

/* FNV-1a of a name in lower case, folded: a session has no room for names. Never 0. */
static uint16_t
name_hash(struct span name)
{
	uint32_t h = 2166136261;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ span_lower(name.ptr[i])) * 16777619;
	h ^= h >> 16;
	return (uint16_t)h != 0 ? (uint16_t)h : 1;
}

static bool
switches(const struct smtp_session *s, const struct smtp_command *c)
{
	return s->limits.normal->history && s->auth_aborted && !harmless(c->arg) &&
	       s->auth_name != name_hash(c->arg);
}

static enum smtp_ends
end_of(const struct smtp_half *h)
{
	return h->seen & SMTP_SEEN_BARE_LF ? SMTP_ENDS_LF : SMTP_ENDS_CRLF;
}

static bool
mixed(const struct smtp_half *h)
{
	return (h->ends | end_of(h)) == (SMTP_ENDS_CRLF | SMTP_ENDS_LF);
}

/* A line was judged: remember its end. */
void
smtp_normal_ended(struct smtp_half *h)
{
	h->ends |= (uint8_t)(mixed(h) ? SMTP_ENDS_TOLD : end_of(h));
}

uint64_t
smtp_normal_command(const struct smtp_session *s, const struct smtp_command *c)
{
	const struct smtp_normal *n = s->limits.normal;
	const struct smtp_half *h = &s->half[SMTP_CLIENT];
	struct span word = span_take(c->name, smtp_word_len(c->name));
	uint64_t odd;

	if (n == NULL)
		return 0;
	odd = judge_length(n, h, c, word);
	if (n->history && mixed(h))
		odd |= SMTP_ODD(MIXED_LINE_ENDS);
	if (c->verb == SMTP_AUTH_LINE)
		return odd;
	if (n->valid != NULL && !smtp_listed(n->valid, word))
		odd |= SMTP_ODD(UNLISTED_COMMAND);
	if (smtp_listed(n->invalid, word))
		odd |= SMTP_ODD(INVALID_COMMAND);
	if (c->verb == SMTP_X_LINK2STATE && n->xlink2state && xlink_overflows(s, c))
		odd |= SMTP_ODD(XLINK2STATE);
	if (c->verb == SMTP_AUTH && switches(s, c))
		odd |= SMTP_ODD(AUTH_SWITCH);
	return odd;
}

uint64_t
smtp_normal_reply(const struct smtp_session *s)
{
	const struct smtp_normal *n = s->limits.normal;
	const struct smtp_half *h = &s->half[SMTP_SERVER];
	uint64_t odd = 0;

	if (n == NULL)
		return 0;
	if (n->reply_max != 0 && line_length(h) > n->reply_max)
		odd |= SMTP_ODD(REPLY_OVER_LIMIT);
	if (n->history && mixed(h))
		odd |= SMTP_ODD(MIXED_LINE_ENDS);
	return odd;
}

/* What later lines are judged by. */
void
smtp_normal_effect(struct smtp_session *s, const struct smtp_command *c)
{
	const struct smtp_half *h = &s->half[SMTP_CLIENT];

	if (c->verb == SMTP_X_LINK2STATE)
		s->xlink_first |= xlink_begins(c->arg);
	if (c->verb == SMTP_AUTH_LINE && h->first == '*' && h->len <= 2)
		s->auth_aborted = s->auth_name != 0;
	if (c->verb != SMTP_AUTH || harmless(c->arg))
		return;
	s->auth_aborted = false;
	s->auth_name = name_hash(c->arg);
}

size_t
smtp_normal_line(struct span line, uint8_t *out)
{
	uint64_t odd = 0;
	size_t word;

	line = smtp_blanks_skip(line, &odd);
	word = smtp_word_len(line);
	if (word > 0)
		memcpy(out, line.ptr, word);
	line = smtp_blanks_skip(span_skip(line, word), &odd);
	while (line.len > 0 && smtp_is_blank(line.ptr[line.len - 1]))
		line.len--;
	if (line.len == 0)
		return word;
	out[word] = ' ';
	memcpy(out + word + 1, line.ptr, line.len);
	return word + 1 + line.len;
}
