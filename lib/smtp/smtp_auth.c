/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AUTH (RFC 4954) as far as a firewall may look: the mechanism, and the user's name of PLAIN (RFC
 * 4616) and LOGIN. In: the command, or a base64 response; out: the name in a buffer of the pool
 * that is cleared at the next call. Passwords are never kept: what is decoded beside the name is
 * cleared here, and the cut line is all that any event shows.
 */
#include "smtp_internal.h"

/* arg is mechanism SP initial-response: show the first, keep the second for smtp_auth_user. */
void
smtp_auth_parse(struct smtp_command *c)
{
	struct span mechanism = span_take(c->arg, smtp_word_len(c->arg));
	struct span rest = span_skip(c->arg, mechanism.len);

	while (rest.len > 0 && smtp_is_blank(rest.ptr[0]))
		rest = span_skip(rest, 1);
	c->initial = rest;
	c->arg = mechanism;
	if (mechanism.len > 0)
		c->line.len = (size_t)(mechanism.ptr + mechanism.len - c->line.ptr);
}

/* Mechanisms that carry the password, or a token as good as one, in clear text. */
bool
smtp_auth_in_clear(struct span mechanism)
{
	static const char *const clear[] = { "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER" };

	for (size_t i = 0; i < sizeof(clear) / sizeof(clear[0]); i++)
		if (span_eq_nocase(mechanism, span_str(clear[i])))
			return true;
	return false;
}

static int
digit_of(uint8_t c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != 0 ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Strict base64 without blanks; out may be where coded is. Bytes, or SIZE_MAX when it is none. */
size_t
smtp_auth_decode(struct span coded, uint8_t *out)
{
	uint32_t bits = 0;
	size_t n = 0, count = 0;

	if (coded.len % 4 != 0)
		return SIZE_MAX;
	while (count < 2 && coded.len > 0 && coded.ptr[coded.len - 1] == '=') {
		coded.len--;
		count++;
	}
	for (size_t i = 0; i < coded.len; i++) {
		int digit = digit_of(coded.ptr[i]);

		if (digit < 0)
			return SIZE_MAX;
		bits = bits << 6 | (uint32_t)digit;
		if (i % 4 != 0)
			out[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return n;
}

/* message = [authzid] NUL authcid NUL passwd (RFC 4616 section 2): the authcid */
static struct span
plain_user(struct span message)
{
	ptrdiff_t first = span_chr(message, 0), second;
	struct span rest = first < 0 ? SPAN_NONE : span_skip(message, (size_t)first + 1);

	second = span_chr(rest, 0);
	return second > 0 ? span_take(rest, (size_t)second) : SPAN_NONE;
}

/*
 * The user's name in a response; SPAN_NONE when it has none. The client's line buffer is used, in
 * place when the line already lies there, and marked to be cleared.
 */
struct span
smtp_auth_user(struct smtp_session *s, struct span coded, bool plain)
{
	struct smtp_half *h = &s->half[SMTP_CLIENT];
	struct span user = SPAN_NONE;
	size_t n, before, behind;
	uint8_t *out;

	if (coded.len == 0 || coded.len > SMTP_LINE_SEEN)
		return SPAN_NONE;
	if (h->buf != NULL)
		out = h->buf + (coded.ptr - h->buf);
	else
		out = h->buf = pool_get(s->lines);
	if (out == NULL)
		return SPAN_NONE;
	h->secret = true;
	n = smtp_auth_decode(coded, out);
	if (n != SIZE_MAX)
		user = plain ? plain_user(span_of(out, n)) : span_of(out, n);
	before = user.len > 0 ? (size_t)(user.ptr - out) : coded.len;
	behind = before + user.len;
	explicit_bzero(out, before);
	explicit_bzero(out + behind, coded.len - behind);
	return user;
}
