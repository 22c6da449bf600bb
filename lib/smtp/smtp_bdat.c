/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * BDAT (RFC 3030 section 2): its one allowed form, and the octets of a chunk. In: the line's rest,
 * or client bytes while a chunk is open; out: size and LAST, or BODY and BODY_END events. Octets
 * are counted, never looked at for a line or a dot; a chunk that the server refuses is still a
 * chunk.
 */
#include "smtp_internal.h"

/*
 * bdat-cmd = "BDAT" SP 1*DIGIT [SP "LAST"] CRLF, and no more than ten digits. Signs, tabs, hex,
 * words glued to the number and overlong numbers are read differently by servers: after one of
 * those nobody knows where the chunk ends.
 */
void
smtp_bdat_parse(struct span rest, struct smtp_command *c)
{
	struct span number, word;
	ptrdiff_t blank;

	if (rest.len > 0 && rest.ptr[0] == ' ')
		rest = span_skip(rest, 1);
	else
		c->odd |= SMTP_ODD(INVALID_BDAT);
	c->arg = rest;
	blank = span_chr(rest, ' ');
	number = blank < 0 ? rest : span_take(rest, (size_t)blank);
	word = blank < 0 ? SPAN_NONE : span_skip(rest, (size_t)blank + 1);
	c->last = blank >= 0 && span_eq_nocase(word, SPAN_LIT("LAST"));
	if (number.len > SMTP_BDAT_DIGITS || span_to_u64(number, UINT64_MAX, &c->size) != 0 ||
	    (blank >= 0 && !c->last))
		c->odd |= SMTP_ODD(INVALID_BDAT);
}

/* All octets of a chunk are there. */
static int
chunk_end(struct smtp_session *s, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[SMTP_CLIENT];

	if (s->bdat_last && s->body == SMTP_BODY_CR && !s->body_cr && !s->tx_binary)
		return smtp_body_oddity(s, SMTP_STOP_CR, ev);
	if (!s->bdat_last) {
		s->mode = SMTP_MODE_COMMAND;
		return SMTP_GO_ON;
	}
	smtp_event_begin(s, SMTP_EV_BODY_END, ev);
	smtp_event_tx(s, s->tx_count, true, ev);
	ev->offset = ev->end_offset = smtp_here(h);
	ev->size = s->body_size;
	ev->last = true;
	smtp_body_done(s);
	if (s->early_code != 0)
		smtp_tx_end(s, s->tx_count, SMTP_END_REPLY, s->early_code);
	else if (s->await_count > 0)
		s->lock = SMTP_BDAT;
	s->early_code = 0;
	return 1;
}

int
smtp_bdat_next(struct smtp_session *s, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[SMTP_CLIENT];
	size_t from = h->pos, left = h->in_len - h->pos;
	enum smtp_stop stop = SMTP_STOP_SPAN;

	if (s->bdat_left == 0)
		return chunk_end(s, ev);
	if (left == 0)
		return 0;
	if (left > s->bdat_left)
		left = (size_t)s->bdat_left;
	if (s->tx_binary)
		h->pos += left; /* BODY=BINARYMIME: any octet is legal */
	else
		stop = smtp_body_scan(s, from + left);
	s->bdat_left -= h->pos - from;
	if (h->pos > from)
		return smtp_body_event(s, from, ev);
	return smtp_body_oddity(s, stop, ev);
}
