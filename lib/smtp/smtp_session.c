/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The session: opening, feeding, and which part of the parser speaks next. In: spans of both
 * directions; out: events, one a call. What is due from before (the end of a transaction, TLS)
 * comes first; then the bytes of the direction asked for. The grammar and the rules of the dialogue
 * are elsewhere.
 */
#include "smtp_internal.h"

static const uint8_t nothing[1]; /* what an empty span points to */

size_t
smtp_session_size(void)
{
	return sizeof(struct smtp_session);
}

static void
limits_fill(struct smtp_limits *l)
{
	if (l->line_max == 0)
		l->line_max = SMTP_LINE_MAX;
	if (l->auth_max == 0)
		l->auth_max = SMTP_AUTH_MAX;
	if (l->bdat_max == 0)
		l->bdat_max = SMTP_BDAT_MAX;
	if (l->pending_max == 0)
		l->pending_max = SMTP_PENDING_MAX;
	if (l->pending_max > SMTP_PENDING_CAP)
		l->pending_max = SMTP_PENDING_CAP;
	if (l->pending_max < 2) /* the banner, and one command in follow mode */
		l->pending_max = 2;
}

struct smtp_session *
smtp_open(void *memory, const struct smtp_limits *limits, struct pool *lines)
{
	struct smtp_session *s = memory;

	memset(s, 0, sizeof(*s));
	if (limits != NULL)
		s->limits = *limits;
	limits_fill(&s->limits);
	s->lines = lines;
	s->half[SMTP_CLIENT].in = nothing;
	s->half[SMTP_SERVER].in = nothing;
	s->lock = SMTP_GREETING;
	smtp_await_push(s, SMTP_GREETING);
	return s;
}

/* Nothing of an unfinished line may stay behind: it can be a password. */
static void
drop_line(struct smtp_session *s, struct smtp_half *h)
{
	if (h->buf != NULL) {
		h->stale = true;
		h->secret = true;
	}
	smtp_line_release(s, h);
	h->len = 0;
	h->held = 0;
	h->seen = 0;
	h->whole = false;
	h->judged = false;
}

void
smtp_close(struct smtp_session *s)
{
	drop_line(s, &s->half[SMTP_CLIENT]);
	drop_line(s, &s->half[SMTP_SERVER]);
	smtp_await_close(s);
}

void
smtp_feed(struct smtp_session *s, enum smtp_dir dir, struct span bytes)
{
	struct smtp_half *h = &s->half[dir];

	smtp_line_release(s, h);
	smtp_line_again(h);
	h->base += h->pos;
	h->in = bytes.len > 0 ? bytes.ptr : nothing;
	h->in_len = bytes.len;
	h->pos = 0;
	h->partial = false;
	if (dir == SMTP_CLIENT)
		s->client_waits = false;
}

size_t
smtp_consumed(const struct smtp_session *s, enum smtp_dir dir)
{
	return s->half[dir].pos;
}

void
smtp_finish(struct smtp_session *s, enum smtp_dir dir)
{
	s->half[dir].finished = true;
}

void
smtp_event_begin(const struct smtp_session *s, enum smtp_kind kind, struct smtp_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->kind = kind;
	ev->mode = (enum smtp_mode)s->mode;
	ev->verb = SMTP_UNKNOWN;
}

/* belongs: to the transaction that was the newest of `begun`. */
void
smtp_event_tx(const struct smtp_session *s, uint32_t begun, bool belongs, struct smtp_event *ev)
{
	ev->tx = begun > 0 ? begun - 1 : 0;
	ev->tx_open = belongs && smtp_tx_is_open(s, begun);
}

/* Of the event that was made for a line keep only where and whose it is: TX_BEGIN, or the next
 * ODDITY. */
void
smtp_event_about(enum smtp_kind kind, struct smtp_half *h, struct smtp_event *ev)
{
	struct smtp_event whole = *ev;

	memset(ev, 0, sizeof(*ev));
	ev->kind = kind;
	ev->verb = whole.verb;
	ev->mode = whole.mode;
	ev->tx = whole.tx;
	ev->tx_open = whole.tx_open;
	ev->offset = whole.offset;
	ev->end_offset = whole.end_offset;
	if (kind == SMTP_EV_ODDITY) {
		ev->oddity = (enum smtp_oddity)__builtin_ctzll(h->odd);
		h->odd &= h->odd - 1;
	}
}

/*
 * Framing of this direction is lost: say so, now and whenever asked. A message or an exchange of AUTH
 * that the client is in goes on for who still reads it, whatever became of the server's side.
 */
int
smtp_fail(struct smtp_session *s, struct smtp_half *h, enum smtp_oddity o, struct smtp_event *ev)
{
	smtp_event_begin(s, SMTP_EV_ODDITY, ev);
	smtp_event_tx(s, s->tx_count, smtp_tx_here(s), ev);
	ev->oddity = o;
	ev->offset = smtp_here(h) - h->held;
	ev->end_offset = ev->offset;
	h->broken = (uint8_t)(o + 1);
	h->in_len = h->pos;
	if (h == &s->half[SMTP_CLIENT] || (s->mode != SMTP_MODE_DATA && s->mode != SMTP_MODE_AUTH))
		s->mode = SMTP_MODE_CLOSED;
	return -1;
}

/* The bytes from pos on must be given again once the other side spoke. */
int
smtp_wait(struct smtp_session *s, struct smtp_half *h)
{
	smtp_line_again(h);
	h->in_len = h->pos;
	if (h == &s->half[SMTP_CLIENT])
		s->client_waits = true;
	return SMTP_OTHER_SIDE;
}

/* Does the first line of a direction, as far as it is known, prove that this is SMTP? */
int
smtp_prove(struct smtp_session *s, enum smtp_dir dir, struct smtp_event *ev)
{
	const struct smtp_half *h = &s->half[dir];
	struct span text;
	int r;

	if (s->proved || smtp_here(h) != h->held)
		return 0;
	text = smtp_line_text(h);
	r = smtp_detect(dir, text);
	if (r == 0 && h->whole)
		r = dir == SMTP_CLIENT ? smtp_verb_word(text) != SMTP_UNKNOWN
				       : span_eq(text, SPAN_LIT("220"));
	if (r != 1)
		return 0;
	s->proved = true;
	smtp_event_begin(s, SMTP_EV_CONNECT, ev);
	return 1;
}

/* A message begins: behind a 354, or with the first chunk. */
void
smtp_body_begin(struct smtp_session *s, bool bdat)
{
	s->mode = SMTP_MODE_DATA;
	s->bdat = bdat;
	s->body = SMTP_BODY_BOL;
	s->body_size = 0;
	s->body_dot = false;
	s->body_cr = false;
	s->body_lf = false;
	s->body_nul = false;
}

/* The message was sent whole; its reply is to come, in LMTP one for each recipient. */
void
smtp_body_done(struct smtp_session *s)
{
	s->mode = SMTP_MODE_COMMAND;
	s->body_dot = false;
	s->tx_sent = true;
	s->sent_rcpts = s->rcpt_yes;
	s->lmtp_left = s->lmtp ? s->rcpt_yes : 0;
}

/*
 * Both sides begin TLS with a record of version 3: the client a handshake, the server a handshake
 * or an alert. Anything else here was injected before TLS, or TLS does not come (RFC 3207 section
 * 6).
 */
static int
tls_next(struct smtp_session *s, enum smtp_dir dir, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[dir];

	for (size_t i = h->pos; h->tls_seen < 2 && i < h->in_len; i++, h->tls_seen++) {
		uint8_t c = h->in[i];
		bool type = c == 0x16 || (c == 0x15 && dir == SMTP_SERVER);

		if (h->tls_seen == 0 ? !type : c != 3) {
			h->held = (uint32_t)(h->tls_seen - (i - h->pos));
			/* what the other side says from here is no plain SMTP, either */
			s->half[!dir].broken = SMTP_ODD_FAILED_PROTOCOL_CHANGE + 1;
			return smtp_fail(s, h, SMTP_ODD_FAILED_PROTOCOL_CHANGE, ev);
		}
	}
	h->pos = h->in_len;
	return 0;
}

/* What happened with the last line, but is an event of its own. */
static bool
due_next(struct smtp_session *s, const struct smtp_half *h, struct smtp_event *ev)
{
	if (s->due_end != 0) {
		smtp_event_begin(s, SMTP_EV_TX_END, ev);
		ev->end = (enum smtp_end)(s->due_end - 1);
		ev->tx = s->due_tx - 1;
		ev->tx_open = true;
		ev->code = s->due_code;
		s->due_end = 0;
	} else if (s->due_tls) {
		smtp_event_begin(s, SMTP_EV_TLS, ev);
		smtp_event_tx(s, s->tx_count, false, ev);
		s->due_tls = false;
	} else {
		return false;
	}
	ev->offset = ev->end_offset = smtp_here(h) - h->held;
	return true;
}

/* Nothing more can be said: end what is open, the older one first. */
static bool
finish_next(struct smtp_session *s, const struct smtp_half *h, struct smtp_event *ev)
{
	bool quit = s->lock == SMTP_QUIT;

	if (!s->half[SMTP_SERVER].finished &&
	    !(s->half[SMTP_CLIENT].finished && s->await_count == 0))
		return false;
	if (s->prev_open)
		smtp_tx_end(s, s->tx_count - 1, SMTP_END_CLOSE, 0);
	else
		smtp_tx_end(s, s->tx_count, quit ? SMTP_END_QUIT : SMTP_END_CLOSE, 0);
	return due_next(s, h, ev);
}

static int
bytes_next(struct smtp_session *s, enum smtp_dir dir, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[dir];
	int r;

	if (h->broken)
		return smtp_fail(s, h, (enum smtp_oddity)(h->broken - 1), ev);
	do {
		if (due_next(s, h, ev))
			return 1;
		if (s->mode == SMTP_MODE_TLS)
			r = tls_next(s, dir, ev);
		else if (dir == SMTP_SERVER)
			r = smtp_answer_next(s, ev);
		else if (s->mode == SMTP_MODE_DATA)
			r = s->bdat ? smtp_bdat_next(s, ev) : smtp_data_next(s, ev);
		else
			r = smtp_command_next(s, ev);
	} while (r == SMTP_GO_ON);
	return r;
}

int
smtp_next(struct smtp_session *s, enum smtp_dir dir, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[dir];
	int r;

	smtp_line_release(s, h);
	r = bytes_next(s, dir, ev);
	if (r <= 0 && h->finished && finish_next(s, h, ev))
		return 1;
	return r;
}

enum smtp_mode
smtp_mode(const struct smtp_session *s)
{
	return (enum smtp_mode)s->mode;
}

unsigned
smtp_offers(const struct smtp_session *s)
{
	return s->offers;
}

uint32_t
smtp_pending(const struct smtp_session *s)
{
	return s->await_count;
}

uint32_t
smtp_tx_count(const struct smtp_session *s)
{
	return s->tx_count;
}

bool
smtp_unfinished(const struct smtp_session *s, enum smtp_dir dir, uint64_t *begin)
{
	const struct smtp_half *h = &s->half[dir];
	unsigned dots = 0;

	if (dir == SMTP_CLIENT && s->mode == SMTP_MODE_DATA && !s->bdat)
		dots = s->body == SMTP_BODY_DOT ? 1 : s->body == SMTP_BODY_DOT_CR ? 2 : 0;
	*begin = smtp_here(h) - h->held - dots;
	return h->held > 0 || dots > 0;
}
