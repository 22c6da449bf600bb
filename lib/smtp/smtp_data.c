/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The body of a message. In: client bytes while mode is DATA; out: BODY events without the stuffed
 * dots (RFC 5321 section 4.5.2), BODY_END at CRLF.CRLF and nowhere else, oddities once a message.
 *
 * A dot alone between line ends that only some servers take for line ends (CR, LF, a NUL
 * behind the dot) is DOT_AMBIGUOUS: one server goes on reading the message where another takes
 * commands. An oddity is reported before the byte that proves it is taken. The dot that may end the
 * message, and the CR behind it, are taken but in no event until the next byte tells what they are.
 *
 * Text runs through a scanner of 64 bytes a step, which stops only at a byte of note; the walk byte
 * by byte is for those, and for where they are many.
 */
#include "smtp_internal.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK = 64 };

#ifdef __SSE2__
/* A bit for each of 64 bytes. */
static inline uint64_t
bits_of(const __m128i v[4], char c)
{
	const __m128i want = _mm_set1_epi8(c);
	uint64_t bits = 0;

	for (int i = 0; i < 4; i++)
		bits |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v[i], want))
			<< (16 * i);
	return bits;
}

static inline bool
has_nul(const __m128i v[4])
{
	const __m128i least = _mm_min_epu8(_mm_min_epu8(v[0], v[1]), _mm_min_epu8(v[2], v[3]));

	return _mm_movemask_epi8(_mm_cmpeq_epi8(least, _mm_setzero_si128())) != 0;
}

/* Of the bytes that begin a line those that are dots. Lines are few in a block. */
static inline uint64_t
dots_of(const uint8_t *p, uint64_t begins)
{
	uint64_t dots = 0;

	for (; begins != 0; begins &= begins - 1) {
		int at = __builtin_ctzll(begins);

		dots |= (uint64_t)(p[at] == '.') << at;
	}
	return dots;
}

/*
 * How many bytes are plain: every CR is followed by LF, every LF follows a CR, no line begins with
 * a dot (when dots), no NUL. Looks at whole blocks only; the last one overlaps with what is known
 * to be plain, where the byte before a block tells the state. *state goes along.
 */
static size_t
plain_run(const uint8_t *p, size_t n, bool dots, uint8_t *state)
{
	uint64_t cr_before = *state == SMTP_BODY_CR, lf_before = *state == SMTP_BODY_BOL;
	size_t done = 0, at = 0;

	for (; n >= BLOCK && done < n; done = at + BLOCK) {
		uint64_t cr, lf, bad;
		__m128i v[4];

		at = n - done >= BLOCK ? done : n - BLOCK;
		if (at > 0) {
			cr_before = p[at - 1] == '\r';
			lf_before = p[at - 1] == '\n';
		}
		for (int i = 0; i < 4; i++)
			v[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + at + 16 * i));
		cr = bits_of(v, '\r');
		lf = bits_of(v, '\n');
		bad = lf ^ (cr << 1 | cr_before);
		if (dots)
			bad |= dots_of(p + at, lf << 1 | lf_before);
		if (has_nul(v))
			bad |= bits_of(v, 0);
		if (bad != 0) {
			done = at + (size_t)__builtin_ctzll(bad);
			break;
		}
	}
	if (done > 0)
		*state = p[done - 1] == '\r'   ? SMTP_BODY_CR
			 : p[done - 1] == '\n' ? SMTP_BODY_BOL
					       : SMTP_BODY_TEXT;
	return done;
}
#else
static size_t
plain_run(const uint8_t *p, size_t n, bool dots, uint8_t *state)
{
	return 0;
}
#endif

/* Take bytes up to index end. Stops before a byte that is of note, in a state from which the next
 * call finds it again, unless it was told for this message. */
enum smtp_stop
smtp_body_scan(struct smtp_session *s, size_t end)
{
	struct smtp_half *h = &s->half[SMTP_CLIENT];
	bool dots = !s->bdat;
	size_t retry = h->pos;

	for (; h->pos < end; h->pos++) {
		uint8_t c;

		if (h->pos >= retry && s->body <= SMTP_BODY_CR) {
			size_t n = plain_run(h->in + h->pos, end - h->pos, dots, &s->body);

			h->pos += n;
			retry = h->pos + (n < BLOCK / 4 ? BLOCK : 1);
			if (h->pos == end)
				break;
		}
		c = h->in[h->pos];
		if (s->body == SMTP_BODY_CR && c != '\n') {
			if (!s->body_cr)
				return SMTP_STOP_CR;
			s->body = SMTP_BODY_LOOSE;
		}
		if (s->body == SMTP_BODY_LDOT && (c == '\r' || c == '\n' || c == 0))
			return SMTP_STOP_AMBIGUOUS;
		switch (c) {
		case '\r':
			s->body = SMTP_BODY_CR;
			break;
		case '\n':
			if (s->body != SMTP_BODY_CR && !s->body_lf)
				return SMTP_STOP_LF;
			s->body = s->body == SMTP_BODY_CR ? SMTP_BODY_BOL : SMTP_BODY_LOOSE;
			break;
		case '.':
			if (dots && s->body == SMTP_BODY_BOL)
				return SMTP_STOP_DOT;
			s->body = dots && s->body == SMTP_BODY_LOOSE ? SMTP_BODY_LDOT
								     : SMTP_BODY_TEXT;
			break;
		case 0:
			if (!s->body_nul)
				return SMTP_STOP_NUL;
			/* fall through */
		default:
			s->body = SMTP_BODY_TEXT;
		}
	}
	return SMTP_STOP_SPAN;
}

/* The bytes from index `from` to pos, and the dot that was taken off before them. */
int
smtp_body_event(struct smtp_session *s, size_t from, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[SMTP_CLIENT];

	smtp_event_begin(s, SMTP_EV_BODY, ev);
	smtp_event_tx(s, s->tx_count, true, ev);
	ev->partial = true;
	ev->last = s->bdat && s->bdat_last;
	ev->bytes = span_of(h->in + from, h->pos - from);
	ev->offset = h->base + from - s->body_dot;
	ev->end_offset = smtp_here(h);
	s->body_size += ev->bytes.len;
	s->body_dot = false;
	return 1;
}

/* The oddity that the byte at pos proves. Told once a message. */
int
smtp_body_oddity(struct smtp_session *s, enum smtp_stop stop, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[SMTP_CLIENT];
	enum smtp_oddity o = stop == SMTP_STOP_CR   ? SMTP_ODD_BODY_BARE_CR
			     : stop == SMTP_STOP_LF ? SMTP_ODD_BODY_BARE_LF
						    : SMTP_ODD_BODY_NUL;

	s->body_cr |= stop == SMTP_STOP_CR;
	s->body_lf |= stop == SMTP_STOP_LF;
	h->ends |= stop == SMTP_STOP_LF ? SMTP_ENDS_LF : 0;
	s->body_nul |= stop == SMTP_STOP_NUL;
	if (smtp_oddity_broken(o, s->limits.strict))
		return smtp_fail(s, h, o, ev);
	smtp_event_begin(s, SMTP_EV_ODDITY, ev);
	smtp_event_tx(s, s->tx_count, true, ev);
	ev->oddity = o;
	ev->offset = smtp_here(h) - (stop == SMTP_STOP_CR);
	ev->end_offset = ev->offset + 1;
	return 1;
}

/* A lone dot that some servers take for the end: what was taken of it is not to pass. */
static int
ambiguous(struct smtp_session *s, size_t back, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[SMTP_CLIENT];

	size_t here = back < h->pos ? back : h->pos;

	h->pos -= here;
	h->held = (uint32_t)(back - here);
	return smtp_fail(s, h, SMTP_ODD_DOT_AMBIGUOUS, ev);
}

/* CRLF.CRLF, with its LF at pos. */
static int
data_end(struct smtp_session *s, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[SMTP_CLIENT];

	if (!smtp_await_push(s, SMTP_END_OF_DATA | (s->cur_open ? SMTP_AWAIT_TX : 0)))
		return smtp_fail(s, h, SMTP_ODD_PENDING_FULL, ev);
	smtp_event_begin(s, SMTP_EV_BODY_END, ev);
	smtp_event_tx(s, s->tx_count, true, ev);
	ev->offset = smtp_here(h) - 2;
	h->pos++;
	ev->end_offset = smtp_here(h);
	ev->size = s->body_size;
	smtp_body_done(s);
	return 1;
}

int
smtp_data_next(struct smtp_session *s, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[SMTP_CLIENT];

	while (h->pos < h->in_len) {
		size_t from = h->pos;
		uint8_t c = h->in[from];
		enum smtp_stop stop;

		if (s->body == SMTP_BODY_DOT_CR)
			return c == '\n' ? data_end(s, ev) : ambiguous(s, 2, ev);
		if (s->body == SMTP_BODY_DOT) {
			if (c == '\n' || c == 0)
				return ambiguous(s, 1, ev);
			s->body = c == '\r' ? SMTP_BODY_DOT_CR : SMTP_BODY_TEXT;
			h->pos += c == '\r';
			continue;
		}
		stop = smtp_body_scan(s, h->in_len);
		if (h->pos > from)
			return smtp_body_event(s, from, ev);
		if (stop != SMTP_STOP_DOT)
			return stop == SMTP_STOP_AMBIGUOUS ? ambiguous(s, 0, ev)
							   : smtp_body_oddity(s, stop, ev);
		s->body = SMTP_BODY_DOT;
		s->body_dot = true;
		h->pos++;
	}
	return 0;
}
