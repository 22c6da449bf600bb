/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines out of spans. In: a half with bytes at pos; out: one whole line, in place when it lies in
 * one span, else in a buffer of the pool. Called for commands, SASL lines and replies.
 *
 * A line ends at LF; the CR before it belongs to the end (RFC 5321 section 2.3.8). A bare LF ends
 * it, too, since every server reads it so, and is marked. At most SMTP_LINE_SEEN bytes are kept;
 * the rest is looked at and counted up to the limit, and never skipped (F4). Bytes are taken (pos
 * moves) only by smtp_line_done, or when the span ends within the line.
 */
#include "smtp_internal.h"

static bool
has_eight_bit(const uint8_t *p, size_t n)
{
	uint64_t any = 0, word;

	for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		any |= word;
	}
	for (; n > 0; p++, n--)
		any |= *p;
	return (any & UINT64_C(0x8080808080808080)) != 0;
}

/* Look at n more bytes of a line, none of them LF; ended: an LF follows them. */
static void
look(struct smtp_half *h, const uint8_t *p, size_t n, bool ended)
{
	const uint8_t *cr = NULL;

	if (h->len == 0)
		h->first = n > 0 ? p[0] : '\n';
	if (n == 0) {
		if (ended && !(h->seen & SMTP_SEEN_CR_LAST))
			h->seen |= SMTP_SEEN_BARE_LF;
		return;
	}
	if (h->seen & SMTP_SEEN_CR_LAST)
		h->seen = (uint8_t)((h->seen & ~SMTP_SEEN_CR_LAST) | SMTP_SEEN_BARE_CR);
	cr = memchr(p, '\r', n);
	if (cr != NULL && cr < p + n - 1)
		h->seen |= SMTP_SEEN_BARE_CR;
	if (p[n - 1] == '\r')
		h->seen |= SMTP_SEEN_CR_LAST;
	else if (ended)
		h->seen |= SMTP_SEEN_BARE_LF;
	if (memchr(p, 0, n) != NULL)
		h->seen |= SMTP_SEEN_NUL;
	if (has_eight_bit(p, n))
		h->seen |= SMTP_SEEN_EIGHT_BIT;
}

/* Copy n bytes behind what the buffer has. False when the pool is empty. */
static bool
hold(struct smtp_session *s, struct smtp_half *h, const uint8_t *p, size_t n)
{
	size_t have = h->len < SMTP_LINE_SEEN ? h->len : SMTP_LINE_SEEN;

	if (n > SMTP_LINE_SEEN - have)
		n = SMTP_LINE_SEEN - have;
	if (n == 0)
		return true;
	if (h->buf == NULL) {
		h->buf = pool_get(s->lines);
		if (h->buf == NULL)
			return false;
	}
	memcpy(h->buf + have, p, n);
	return true;
}

/* 1 a whole line is at hand, 0 the span ended before it, -1 h->broken. keep false: a line whose
 * text nobody may see is counted, not kept. */
int
smtp_line_take(struct smtp_session *s, struct smtp_half *h, uint32_t max, bool keep)
{
	const uint8_t *p = h->in + h->pos, *lf;
	size_t left = h->in_len - h->pos, room, n;
	bool kept;

	if (h->broken)
		return -1;
	if (h->whole)
		return 1;
	if (left == 0)
		return 0;
	room = h->len < max ? max - h->len : 0;
	lf = memchr(p, '\n', left <= room ? left : room + 1);
	n = lf != NULL ? (size_t)(lf - p) : left < room ? left : room;
	look(h, p, n, lf != NULL);
	kept = (lf != NULL && h->held == 0) || !keep || hold(s, h, p, n);
	h->len += (uint32_t)n;
	if (h->seen & SMTP_SEEN_NUL)
		h->broken = SMTP_ODD_NUL + 1;
	else if (lf == NULL && n < left)
		h->broken = SMTP_ODD_LINE_TOO_LONG + 1;
	else if (!kept)
		h->broken = SMTP_ODD_LINE_MEMORY + 1;
	if (h->broken)
		return -1;
	if (lf != NULL) {
		h->whole = true;
		return 1;
	}
	h->pos += n;
	h->held += (uint32_t)n;
	return 0;
}

/* The line without its end, at most SMTP_LINE_SEEN bytes. */
struct span
smtp_line_text(const struct smtp_half *h)
{
	size_t n = h->len;

	if (n > 0 && (h->seen & SMTP_SEEN_CR_LAST))
		n--;
	if (n > SMTP_LINE_SEEN)
		n = SMTP_LINE_SEEN;
	if (h->buf != NULL && !h->stale)
		return span_of(h->buf, n);
	return h->held == 0 ? span_of(h->in + h->pos, n) : SPAN_NONE;
}

/* Oddities that any whole line can have. */
uint64_t
smtp_line_odd(const struct smtp_half *h)
{
	uint64_t odd = 0;

	if (h->seen & SMTP_SEEN_BARE_CR)
		odd |= SMTP_ODD(BARE_CR);
	if (h->seen & SMTP_SEEN_BARE_LF)
		odd |= SMTP_ODD(BARE_LF);
	if (h->len + 1 > SMTP_LINE_SEEN) /* with its end, as Suricata counts */
		odd |= SMTP_ODD(TRUNCATED_LINE);
	return odd;
}

/* Does smtp_line_text lack a part of the whole line? */
bool
smtp_line_cut(const struct smtp_half *h)
{
	return h->whole && h->len - !!(h->seen & SMTP_SEEN_CR_LAST) > SMTP_LINE_SEEN;
}

/* The whole line was told: take its bytes. Its text stays valid until smtp_line_release. */
void
smtp_line_done(struct smtp_half *h)
{
	h->pos += (size_t)h->len + 1 - h->held;
	h->len = 0;
	h->held = 0;
	h->seen = 0;
	h->whole = false;
	h->judged = false;
	h->stale = h->buf != NULL;
}

/* The bytes of this span are about to be given again: forget what is in place only. */
void
smtp_line_again(struct smtp_half *h)
{
	if (!h->whole || h->held > 0)
		return;
	h->len = 0;
	h->seen = 0;
	h->whole = false;
	h->judged = false;
	h->odd = 0;
}

void
smtp_line_release(struct smtp_session *s, struct smtp_half *h)
{
	if (!h->stale)
		return;
	if (h->secret)
		explicit_bzero(h->buf, SMTP_LINE_SEEN);
	pool_put(s->lines, h->buf);
	h->buf = NULL;
	h->stale = false;
	h->secret = false;
}
