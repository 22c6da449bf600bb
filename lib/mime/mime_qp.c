/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * quoted-printable in stream (RFC 2045 6.7). In: raw body bytes, any cut; out: decoded bytes.
 * mime_decode.c and mime_word.c call it. It never fails: an escape that is none stays as it is
 * written (6.7, "a reasonable approach") and sets `bad`. Lower-case hex digits are taken. Blanks at
 * a line's end were added on the way (rule 3) and are dropped, MIME_QP_BLANKS of them at most.
 *
 * Only three things cannot be judged when the input ends: an escape, a run of blanks, and both
 * (a soft line break with blanks behind '='). Their bytes wait in `held`.
 */
#include "mime_internal.h"

#define WINDOW 1024

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* What was held turns out to be content. */
static size_t
release(struct mime_qp *d, uint8_t *out)
{
	size_t n = d->count;

	memcpy(out, d->held, n);
	d->bad |= d->escape;
	d->count = 0;
	d->escape = false;
	return n;
}

/* One character while an escape is held. *used: whether it was taken. Returns bytes written. */
static size_t
escape(struct mime_qp *d, uint8_t c, uint8_t *out, bool *used)
{
	*used = true;
	if (c == '\n') { /* a soft line break: "=", blanks or CR, LF */
		if (d->count == 2 && mime_hex(d->held[1]) >= 0) {
			*used = false;
			return release(d, out);
		}
		d->count = 0;
		d->escape = false;
		return 0;
	}
	if (d->count == 2 && mime_hex(d->held[1]) >= 0 && mime_hex(c) >= 0) {
		out[0] = (uint8_t)(mime_hex(d->held[1]) << 4 | mime_hex(c));
		d->count = 0;
		d->escape = false;
		return 1;
	}
	if ((d->count == 1 && mime_hex(c) >= 0) ||
	    ((is_blank(c) || c == '\r') && d->count < MIME_QP_BLANKS &&
	     (d->count == 1 || is_blank(d->held[d->count - 1])))) {
		d->held[d->count++] = c;
		return 0;
	}
	*used = false;
	return release(d, out);
}

/* One character while blanks are held: a line end drops them. */
static size_t
blanks(struct mime_qp *d, uint8_t c, uint8_t *out, bool *used)
{
	bool cr = d->held[d->count - 1] == '\r';

	*used = false;
	if (c == '\n') {
		if (cr) /* the CR is the line end's, the blanks before it go */
			out[0] = '\r';
		d->count = 0;
		return cr;
	}
	if (!cr && (is_blank(c) || c == '\r') && d->count < MIME_QP_BLANKS) {
		d->held[d->count++] = c;
		*used = true;
		return 0;
	}
	d->run = !cr && is_blank(c); /* too many: the whole run is content */
	return release(d, out);
}

/* One character that the fast loop leaves. */
static size_t
one(struct mime_qp *d, uint8_t c, uint8_t *out, bool *used)
{
	if (d->count > 0)
		return d->escape ? escape(d, c, out, used) : blanks(d, c, out, used);
	*used = true;
	if (c == '=' || (is_blank(c) && !d->run)) {
		d->held[d->count++] = c;
		d->escape = c == '=';
		d->run = false;
		return 0;
	}
	d->run &= is_blank(c);
	out[0] = c;
	return 1;
}

/* A whole escape at once: what almost all are. Returns the bytes used, 0: not one of those. */
static size_t
whole_escape(const uint8_t *at, size_t len, uint8_t *out, size_t *used)
{
	int high, low;

	if (len < 3 || at[0] != '=')
		return 0;
	if (at[1] == '\r' && at[2] == '\n')
		return 3;
	high = mime_hex(at[1]);
	low = mime_hex(at[2]);
	if (high < 0 || low < 0)
		return 0;
	out[(*used)++] = (uint8_t)(high << 4 | low);
	return 3;
}

/* Copies up to the next '=', eight bytes at a time: escapes are too near for memchr to pay. */
static size_t
copy_plain(const uint8_t *at, size_t len, uint8_t *out)
{
	const uint64_t ones = 0x0101010101010101;
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t word, zero_at_eq;

		memcpy(&word, at + i, 8);
		zero_at_eq = word ^ ones * '=';
		if (((zero_at_eq - ones) & ~zero_at_eq & ones * 0x80) != 0)
			break;
		memcpy(out + i, &word, 8);
	}
	for (; i < len && at[i] != '='; i++)
		out[i] = at[i];
	return i;
}

/* A line, or as much of it as can be judged, decoded to out + *used. Stops before an escape that is
 * not whole and before the blanks at the line's end. Returns the bytes used; no more are written.
 * WINDOW bounds what is looked at for a line's end. */
static size_t
fast(const uint8_t *at, size_t len, uint8_t *out, size_t *used)
{
	size_t n = len < WINDOW ? len : WINDOW, keep, i = 0;
	const uint8_t *lf = memchr(at, '\n', n);

	n = lf != NULL ? (size_t)(lf - at) : n;
	keep = n > 0 && at[n - 1] == '\r' ? n - 1 : n;
	if (keep == 0 || !is_blank(at[keep - 1]))
		keep = lf != NULL ? n + 1 : n;
	while (keep > 0 && is_blank(at[keep - 1]))
		keep--;
	while (i < keep) {
		n = copy_plain(at + i, keep - i, out + *used);
		*used += n;
		i += n;
		if (i == keep)
			break;
		n = whole_escape(at + i, len - i, out, used);
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

size_t
mime_qp_decode(struct mime_qp *d, struct span *in, uint8_t *out, size_t size)
{
	const uint8_t *at = in->ptr, *end = at + in->len;
	size_t used = 0;

	while (at < end && size - used > MIME_QP_BLANKS) {
		bool taken;

		if (d->count == 0 && !d->run) {
			size_t room = size - used - MIME_QP_BLANKS, left = (size_t)(end - at);
			size_t n = fast(at, left < room ? left : room, out, &used);

			at += n;
			if (n > 0)
				continue;
		}
		used += one(d, *at, out + used, &taken);
		at += taken;
	}
	*in = span_of(at, (size_t)(end - at));
	return used;
}

/* The end of the body is a line's end: "=" there is a soft break, blanks go. out: MIME_QP_BLANKS.
 */
size_t
mime_qp_end(struct mime_qp *d, uint8_t *out)
{
	size_t n = 0;

	if (d->escape && d->count == 2 && mime_hex(d->held[1]) >= 0)
		n = release(d, out);
	*d = (struct mime_qp){ .bad = d->bad };
	return n;
}
