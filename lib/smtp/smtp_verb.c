/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A command line taken apart: verb, argument, and for some verbs more. In: the line without its
 * end; out: struct smtp_command with spans into it. Pure: the same line gives the same command.
 *
 * It reads a line as the most tolerant server does (reliability: leading blanks, tabs, several
 * blanks, "MAIL FROM :<a>"), and marks as SYNTAX whatever not all servers take as one and the same
 * (F7). It does not know what was said before; smtp_command.c does.
 */
#include "smtp_internal.h"

/* What C's isspace() knows, since servers part words with it. */
bool
smtp_is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t
smtp_word_len(struct span s)
{
	size_t n = 0;

	while (n < s.len && !smtp_is_blank(s.ptr[n]))
		n++;
	return n;
}

struct span
smtp_blanks_skip(struct span s, uint64_t *odd)
{
	size_t n = 0;

	while (n < s.len && smtp_is_blank(s.ptr[n]))
		n++;
	if (n > 0)
		*odd |= SMTP_ODD(SYNTAX);
	return span_skip(s, n);
}

/* Blanks at the end are tolerated (RFC 5321 section 4.1.1). */
static struct span
trim_end(struct span s)
{
	while (s.len > 0 && smtp_is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* The words "FROM:" or "TO:" behind the verb; rest begins at the verb's end. */
static void
mail_parse(struct span rest, const char *keyword, struct smtp_command *c)
{
	struct span key = span_str(keyword), word;
	bool one_blank = rest.len > 0 && rest.ptr[0] == ' ';

	if (one_blank)
		rest = span_skip(rest, 1);
	rest = smtp_blanks_skip(rest, &c->odd);
	if (!span_starts_nocase(rest, key)) {
		c->odd |= SMTP_ODD(SYNTAX);
		smtp_path_parse(rest, c);
		return;
	}
	word = span_take(rest, key.len);
	rest = smtp_blanks_skip(span_skip(rest, key.len), &c->odd);
	if (one_blank && word.ptr == c->name.ptr + c->name.len + 1)
		c->name.len += 1 + key.len;
	else
		c->name = span_str(smtp_verb_name(c->verb));
	if (rest.len > 0 && rest.ptr[0] == ':')
		rest = span_skip(rest, 1);
	else
		c->odd |= SMTP_ODD(SYNTAX);
	smtp_path_parse(rest, c);
}

/* Is an argument due (1), forbidden (-1), or as one likes (0)? RFC 5321 section 4.1.1. */
static int
wants_argument(enum smtp_verb v)
{
	switch (v) {
	case SMTP_HELO:
	case SMTP_EHLO:
	case SMTP_LHLO:
	case SMTP_VRFY:
	case SMTP_EXPN:
	case SMTP_AUTH:
	case SMTP_ETRN:
	case SMTP_BURL:
		return 1;
	case SMTP_DATA:
	case SMTP_RSET:
	case SMTP_QUIT:
	case SMTP_STARTTLS:
	case SMTP_TURN:
		return -1;
	default:
		return 0;
	}
}

static void
argument_parse(struct span rest, struct smtp_command *c)
{
	int wants = wants_argument(c->verb);

	if (rest.len > 0 && rest.ptr[0] == ' ')
		rest = span_skip(rest, 1);
	c->arg = trim_end(rest);
	if (c->arg.len > 0 && c->verb != SMTP_UNKNOWN)
		c->arg = smtp_blanks_skip(c->arg, &c->odd);
	if ((wants > 0 && c->arg.len == 0) || (wants < 0 && c->arg.len > 0))
		c->odd |= SMTP_ODD(SYNTAX);
	if (smtp_verb_is_helo(c->verb) && smtp_word_len(c->arg) < c->arg.len)
		c->odd |= SMTP_ODD(SYNTAX);
}

/* BURL's LAST ends a message (RFC 4468 section 3.4). */
static bool
ends_in_last(struct span arg)
{
	return span_ends_nocase(arg, SPAN_LIT(" LAST"));
}

void
smtp_command_parse(struct span line, const struct smtp_normal *normal, struct smtp_command *c)
{
	struct span rest;

	*c = (struct smtp_command){ .line = line };
	rest = smtp_blanks_skip(line, &c->odd);
	c->name = span_take(rest, smtp_word_len(rest));
	rest = span_skip(rest, c->name.len);
	c->verb = smtp_verb_word(c->name);
	if (c->verb == SMTP_UNKNOWN && normal != NULL)
		c->verb = smtp_normal_verb(normal, c->name);
	switch (c->verb) {
	case SMTP_MAIL:
	case SMTP_SEND:
	case SMTP_SOML:
	case SMTP_SAML:
		mail_parse(rest, "FROM", c);
		break;
	case SMTP_RCPT:
		mail_parse(rest, "TO", c);
		break;
	case SMTP_BDAT:
		smtp_bdat_parse(rest, c);
		break;
	case SMTP_AUTH:
		argument_parse(rest, c);
		smtp_auth_parse(c);
		break;
	default:
		argument_parse(rest, c);
		c->last = c->verb == SMTP_BURL && ends_in_last(c->arg);
		c->utf8 = (c->verb == SMTP_VRFY || c->verb == SMTP_EXPN) &&
			  span_ends_nocase(c->arg, SPAN_LIT(" SMTPUTF8"));
	}
	if (c->verb == SMTP_UNKNOWN)
		c->odd &= ~SMTP_ODD(SYNTAX);
}
