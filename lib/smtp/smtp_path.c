/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The path of MAIL and RCPT (RFC 5321 section 4.1.2), and what stands behind it. In: the bytes
 * after "FROM:" or "TO:"; out: path (as written), arg (without <>), params. It finds where the path
 * ends, quoted strings heeded; it does not judge mailboxes, nor normalise them: a path that could be
 * written more plainly, so that a pattern for the plain form misses it, is PATH_FORM.
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

/*
 * Blanks, controls or another "<" outside of quotes: servers cut such a path at different places. "\"
 * and comments, which RFC 5321 does not know there: Postfix reads <a@b(@c> as <a@b>.
 */
static uint64_t
odd_inside(struct span inside)
{
	uint64_t odd = 0;
	bool quoted = false;

	for (size_t i = 0; i < inside.len; i++) {
		uint8_t c = inside.ptr[i];

		if (c < ' ' || c == 0x7f || (!quoted && (c == ' ' || c == '<')))
			odd |= SMTP_ODD(SYNTAX);
		else if (!quoted && (c == '(' || c == ')' || c == '\\'))
			odd |= SMTP_ODD(AMBIGUOUS_PATH);
		else if (c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
	}
	return quoted ? odd | SMTP_ODD(SYNTAX) : odd;
}

static bool
has_any(struct span s, const char *set)
{
	for (; *set != '\0'; set++)
		if (span_chr(s, (uint8_t)*set) >= 0)
			return true;
	return false;
}

/*
 * Nothing that a server would strip, complete or look through to find the mailbox: quotes, a route,
 * blanks, no domain or a literal one, a dot at its end.
 */
static bool
is_simple(struct span inside)
{
	ptrdiff_t at = span_chr(inside, '@');

	if (inside.len == 0 || span_eq_nocase(inside, SPAN_LIT("postmaster")))
		return true;
	return at > 0 && !has_any(inside, "\"\\()[]<>,:; \t\v\f\r") &&
	       inside.ptr[inside.len - 1] != '.' && span_chr(span_skip(inside, (size_t)at + 1), '@') < 0;
}

/*
 * What stands before the brackets: words, as a name has, or what makes some servers take another
 * address: the first word (Postfix), the one behind a quoted string or comment (Exim), any brackets.
 */
static bool
is_name(struct span before)
{
	return !has_any(before, "\"\\()=@,:;");
}

/* No brackets: the word is the path, as Postfix, Exim and Sendmail have it. */
static struct span
bare_path(struct span rest, struct smtp_command *c)
{
	c->path = span_take(rest, smtp_word_len(rest));
	c->arg = c->path;
	c->odd |= SMTP_ODD(SYNTAX) | SMTP_ODD(PATH_FORM);
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
			c->odd |= SMTP_ODD(SYNTAX) | SMTP_ODD(PATH_FORM);
		if (!is_name(span_take(rest, (size_t)open)))
			c->odd |= SMTP_ODD(AMBIGUOUS_PATH);
		rest = span_skip(rest, (size_t)open);
		close = closing(rest);
		if (close < 0) {
			c->odd |= SMTP_ODD(SYNTAX) | SMTP_ODD(PATH_FORM);
			close = (ptrdiff_t)smtp_word_len(rest);
			c->arg = span_of(rest.ptr + 1, (size_t)close - 1);
		} else {
			c->arg = span_of(rest.ptr + 1, (size_t)close - 1);
			close++;
		}
		c->path = span_take(rest, (size_t)close);
		rest = span_skip(rest, (size_t)close);
	}
	c->odd |= odd_inside(c->arg);
	if (!is_simple(c->arg))
		c->odd |= SMTP_ODD(PATH_FORM);
	if (rest.len > 0 && rest.ptr[0] != ' ')
		c->odd |= SMTP_ODD(SYNTAX);
	while (rest.len > 0 && smtp_is_blank(rest.ptr[0]))
		rest = span_skip(rest, 1);
	while (rest.len > 0 && smtp_is_blank(rest.ptr[rest.len - 1]))
		rest.len--;
	c->params = rest;
	smtp_params_read(c);
}
