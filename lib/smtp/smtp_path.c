/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The path of MAIL and RCPT (RFC 5321 section 4.1.2), and what stands behind it. In: the bytes
 * after "FROM:" or "TO:"; out: path (as written), arg (without <>), params. It finds where the path
 * ends, quoted strings heeded; it does not judge mailboxes, nor normalise them.
 */
#include "smtp_internal.h"

/* Index of the ">" that closes the "<" at 0, or -1. A quoted string may hold ">", and "\" quotes.
 */
static ptrdiff_t
closing(struct span s)
{
	bool quoted = false;

	for (size_t i = 1; i < s.len; i++) {
		if (quoted && s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '"')
			quoted = !quoted;
		else if (s.ptr[i] == '>' && !quoted)
			return (ptrdiff_t)i;
	}
	return -1;
}

/* Blanks, controls or another "<" outside of quotes: servers cut such a path at different places.
 */
static bool
is_plain(struct span inside)
{
	bool quoted = false;

	for (size_t i = 0; i < inside.len; i++) {
		uint8_t c = inside.ptr[i];

		if (c < ' ' || c == 0x7f)
			return false;
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == ' ' || c == '<'))
			return false;
	}
	return !quoted;
}

/* No brackets: the word is the path, as Postfix, Exim and Sendmail have it. */
static struct span
bare_path(struct span rest, struct smtp_command *c)
{
	c->path = span_take(rest, smtp_word_len(rest));
	c->arg = c->path;
	c->odd |= SMTP_ODD(SYNTAX);
	return span_skip(rest, c->path.len);
}

void
smtp_path_parse(struct span rest, struct smtp_command *c)
{
	ptrdiff_t open, close;

	rest = smtp_blanks_skip(rest, &c->odd);
	open = span_chr(rest, '<');
	if (open < 0) {
		rest = bare_path(rest, c);
	} else {
		if (open > 0) /* "name <a@b>": the brackets are what servers look for */
			c->odd |= SMTP_ODD(SYNTAX);
		rest = span_skip(rest, (size_t)open);
		close = closing(rest);
		if (close < 0) {
			c->odd |= SMTP_ODD(SYNTAX);
			close = (ptrdiff_t)smtp_word_len(rest);
			c->arg = span_of(rest.ptr + 1, (size_t)close - 1);
		} else {
			c->arg = span_of(rest.ptr + 1, (size_t)close - 1);
			close++;
		}
		c->path = span_take(rest, (size_t)close);
		rest = span_skip(rest, (size_t)close);
	}
	if (!is_plain(c->arg))
		c->odd |= SMTP_ODD(SYNTAX);
	if (rest.len > 0 && rest.ptr[0] != ' ')
		c->odd |= SMTP_ODD(SYNTAX);
	while (rest.len > 0 && smtp_is_blank(rest.ptr[0]))
		rest = span_skip(rest, 1);
	while (rest.len > 0 && smtp_is_blank(rest.ptr[rest.len - 1]))
		rest.len--;
	c->params = rest;
	smtp_params_read(c);
}
