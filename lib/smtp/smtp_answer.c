/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server's lines: pairs replies with commands, in order, and lets them take effect (F6). In:
 * server bytes; out: ODDITY, REPLY_LINE, REPLY, PARTIAL, and what a reply leaves due (TX_END, TLS).
 * It trusts the server's word about the state, since the server acts on it.
 */
#include "smtp_internal.h"

static bool
is_yes(unsigned code)
{
	return code >= 200 && code < 300;
}

/*
 * The banner may be missing (a look that begins in the middle): a code that no banner has, while
 * commands wait, answers the first of them.
 */
static void
skip_banner(struct smtp_session *s, unsigned code)
{
	if (smtp_await_head(s) == SMTP_GREETING && code != 220 && code < 400 && s->await_count > 1)
		smtp_await_pop(s);
}

/* A RSET or HELO behind which a transaction was opened on trust is refused. */
static bool
refuses_reset(const struct smtp_session *s, unsigned code)
{
	enum smtp_verb v = smtp_await_head(s);
	bool resets = v == SMTP_RSET || v == SMTP_XCLIENT ||
		      (smtp_verb_is_helo(v) && smtp_await_has(s, SMTP_AWAIT_MARK));

	return resets && !is_yes(code) && s->prev_open && s->reply_tx + 1 == s->tx_count;
}

/*
 * The server takes no commands now, and not what the parser could read instead: octets of XEXCH50
 * behind its 354, replies of ours behind TURN. Or its replies are not those to the commands seen.
 */
static bool
out_of_place(enum smtp_verb v, unsigned code)
{
	return (code == 354 && v != SMTP_DATA) ||
	       (is_yes(code) && (v == SMTP_TURN || v == SMTP_ATRN));
}

static uint64_t
judge(struct smtp_session *s, const struct smtp_reply *r)
{
	const struct smtp_half *h = &s->half[SMTP_SERVER];
	enum smtp_verb v = smtp_await_head(s);
	uint64_t odd = smtp_line_odd(h) | smtp_normal_reply(s);

	if (h->len + 1 > SMTP_LINE_STANDARD)
		odd |= SMTP_ODD(REPLY_LINE_LEN);
	if (r->code == 0)
		return odd | SMTP_ODD(INVALID_REPLY);
	if (s->reply_code != 0 && s->reply_code != r->code)
		odd |= SMTP_ODD(REPLY_CODE_CHANGES);
	if (s->reply_code == 0 && v == SMTP_GREETING && r->code != 220 && !s->welcome_told)
		odd |= SMTP_ODD(NO_WELCOME);
	if (s->reply_code == 0)
		skip_banner(s, r->code);
	if (r->more)
		return odd;
	v = smtp_await_head(s);
	if (v == SMTP_VERBS && r->code != 421)
		odd |= SMTP_ODD(UNMATCHED_REPLY);
	if (v == SMTP_DATA && r->code != 354)
		odd |= SMTP_ODD(DATA_REJECTED);
	if (v == SMTP_STARTTLS && r->code != 220)
		odd |= SMTP_ODD(TLS_REJECTED);
	if (refuses_reset(s, r->code))
		odd |= s->limits.follow || r->code == 421 ? SMTP_ODD(DUPLICATE_FIELDS)
							  : SMTP_ODD(REPLY_OUT_OF_PLACE);
	if (out_of_place(v, r->code))
		odd |= SMTP_ODD(REPLY_OUT_OF_PLACE);
	return odd;
}

static void
said(uint8_t *what, bool yes)
{
	if (yes)
		*what = SMTP_SAID_YES;
	else if (*what == SMTP_SAID_PENDING)
		*what = SMTP_SAID_NOTHING;
}

/* RSET, a HELO in mid-session, XCLIENT: the envelope is gone, or stays. */
static void
reset_effect(struct smtp_session *s, unsigned code, bool belongs)
{
	if (is_yes(code)) {
		if (belongs)
			smtp_tx_end(s, s->reply_tx, SMTP_END_RSET, code);
	} else if (s->reply_tx == s->tx_count) {
		s->tx_reset = false;
	} else {
		smtp_tx_end(s, s->reply_tx, SMTP_END_RSET, code);
	}
}

static void
helo_effect(struct smtp_session *s, unsigned bits, unsigned code)
{
	enum smtp_verb v = (enum smtp_verb)(bits & SMTP_AWAIT_VERB);
	bool yes = is_yes(code);

	said(&s->helo, yes);
	if ((bits & SMTP_AWAIT_TX) && s->reply_tx == s->tx_count)
		said(&s->tx_helo, yes);
	if (yes) {
		s->offers = s->offers_new; /* none behind HELO */
		s->lmtp = v == SMTP_LHLO;
	}
	if (bits & SMTP_AWAIT_MARK)
		reset_effect(s, code, true);
}

static void
data_effect(struct smtp_session *s, unsigned code)
{
	bool ahead = s->body_ahead > 0;

	s->body_ahead -= ahead;
	if (code == 354 && !ahead)
		smtp_body_begin(s, false);
	else if (code != 354 && ahead && s->mode == SMTP_MODE_DATA)
		s->mode = SMTP_MODE_COMMAND;
}

/* The message was accepted or refused: its transaction is over, unless octets of it are to come. */
static void
message_effect(struct smtp_session *s, unsigned code, bool belongs)
{
	if (!belongs)
		return;
	if (s->reply_tx == s->tx_count && !s->tx_sent)
		s->early_code = (uint16_t)code;
	else
		smtp_tx_end(s, s->reply_tx, SMTP_END_REPLY, code);
}

static void
starttls_effect(struct smtp_session *s, unsigned code)
{
	if (code != 220)
		return;
	smtp_tx_end(s, s->tx_count, SMTP_END_TLS, code);
	s->due_tls = !s->half[SMTP_CLIENT].broken; /* never call opaque what was injected */
	s->mode = SMTP_MODE_TLS;
	s->offers = 0;
	s->lock = SMTP_VERBS;
	smtp_await_close(s);
}

static void
auth_effect(struct smtp_session *s, unsigned code)
{
	if (code != 334)
		s->mode = SMTP_MODE_COMMAND;
	else if (s->await_count == 0)
		s->mode = SMTP_MODE_AUTH;
}

/* What this reply changes. bits: what was popped from the queue; s->reply_tx is its transaction. */
static void
effect(struct smtp_session *s, unsigned bits, unsigned code)
{
	enum smtp_verb v = (enum smtp_verb)(bits & SMTP_AWAIT_VERB);
	bool belongs = (bits & SMTP_AWAIT_TX) != 0;
	bool newest = belongs && s->reply_tx == s->tx_count;

	switch (v) {
	case SMTP_HELO:
	case SMTP_EHLO:
	case SMTP_LHLO:
		helo_effect(s, bits, code);
		break;
	case SMTP_MAIL:
	case SMTP_SEND:
	case SMTP_SOML:
	case SMTP_SAML:
		if (newest) {
			said(&s->tx_mail, is_yes(code));
			s->takes_chunks &= !is_yes(code); /* it may have dropped the recipients */
		}
		break;
	case SMTP_RCPT:
		if (newest) {
			s->rcpt_wait--;
			s->rcpt_yes += is_yes(code) && s->rcpt_yes < UINT16_MAX;
			s->takes_chunks |= is_yes(code);
		}
		break;
	case SMTP_BDAT:
		s->takes_chunks &= is_yes(code);
		break;
	case SMTP_DATA:
		data_effect(s, code);
		break;
	case SMTP_END_OF_DATA:
		message_effect(s, code, belongs);
		break;
	case SMTP_XCLIENT:
		if (is_yes(code)) {
			s->helo = SMTP_SAID_NOTHING;
			s->offers = 0;
		}
		/* fall through */
	case SMTP_RSET:
		reset_effect(s, code, belongs);
		break;
	case SMTP_AUTH:
	case SMTP_AUTH_LINE:
		auth_effect(s, code);
		break;
	case SMTP_STARTTLS:
		starttls_effect(s, code);
		break;
	case SMTP_QUIT:
		if (is_yes(code)) {
			if (belongs)
				smtp_tx_end(s, s->reply_tx, SMTP_END_QUIT, code);
			s->mode = SMTP_MODE_CLOSED;
		}
		break;
	default: /* AUTH by a name that is not known: its lines are as secret */
		if (code == 334 && s->await_count == 0 && s->mode == SMTP_MODE_COMMAND) {
			s->mode = SMTP_MODE_AUTH;
			s->auth_login = s->auth_plain = false;
		}
		break;
	}
}

/*
 * The awaited reply leaves the queue. A message may have more than one: in LMTP each recipient has
 * its own (RFC 2033 section 4.2), with PRDR a 353 says that those come, and one for all behind
 * them.
 */
static void
take_awaited(struct smtp_session *s, unsigned code)
{
	bool message = smtp_await_head(s) == SMTP_END_OF_DATA;

	if (message && code == 353 && s->lmtp_left == 0)
		s->lmtp_left = (uint16_t)(s->sent_rcpts + (s->sent_rcpts < UINT16_MAX));
	else if (message && s->lmtp_left > 1)
		s->lmtp_left--;
	else if (s->await_count > 0)
		effect(s, smtp_await_pop(s), code);
	if (s->half[SMTP_CLIENT].broken)
		s->mode = SMTP_MODE_CLOSED;
}

static void
fill(struct smtp_session *s, struct smtp_half *h, const struct smtp_reply *r, struct smtp_event *ev)
{
	uint32_t begun = s->reply_tx + smtp_await_has(s, SMTP_AWAIT_BEGIN);

	smtp_event_tx(s, begun, smtp_await_has(s, SMTP_AWAIT_TX), ev);
	ev->verb = s->await_count > 0 ? smtp_await_head(s) : SMTP_UNKNOWN;
	ev->last = ev->verb == SMTP_END_OF_DATA && smtp_await_has(s, SMTP_AWAIT_MARK);
	ev->line = smtp_line_text(h);
	ev->text = r->text;
	ev->code = r->code;
	ev->truncated = smtp_line_cut(h);
	ev->offset = smtp_here(h) - h->held;
	ev->end_offset = h->whole ? ev->offset + h->len + 1 : smtp_here(h);
}

/* The keywords of an EHLO reply: all lines but the first. */
static void
offers_read(struct smtp_session *s, const struct smtp_reply *r)
{
	enum smtp_verb v = smtp_await_head(s);

	if (s->reply_code == 0)
		s->offers_new = 0;
	else if (v == SMTP_EHLO || v == SMTP_LHLO)
		s->offers_new |= (uint16_t)smtp_ehlo_offer(r->text);
}

static int
partial(struct smtp_session *s, struct smtp_half *h, struct smtp_event *ev)
{
	struct smtp_reply r;

	if (h->partial || h->held == 0)
		return 0;
	h->partial = true;
	smtp_reply_parse(smtp_line_text(h), &r);
	smtp_event_begin(s, SMTP_EV_PARTIAL, ev);
	fill(s, h, &r, ev);
	ev->partial = true;
	return 1;
}

/* Tell an oddity of the line; which transaction it hurts is not always the one that is answered. */
static int
tell(struct smtp_session *s, struct smtp_half *h, struct smtp_event *ev)
{
	smtp_event_about(SMTP_EV_ODDITY, h, ev);
	if (ev->oddity == SMTP_ODD_DUPLICATE_FIELDS)
		smtp_event_tx(s, s->tx_count, true, ev);
	return 1;
}

static int
whole(struct smtp_session *s, struct smtp_half *h, struct smtp_event *ev)
{
	struct smtp_reply r;
	uint64_t bad;

	smtp_reply_parse(smtp_line_text(h), &r);
	if (!h->judged) {
		if (s->await_count == 0 && s->client_waits && r.code != 421 && r.code != 0)
			return smtp_wait(s, h);
		h->odd = judge(s, &r);
		bad = h->odd & smtp_broken_mask(s->limits.strict);
		if (bad != 0)
			return smtp_fail(s, h, (enum smtp_oddity)__builtin_ctzll(bad), ev);
		h->judged = true;
		smtp_normal_ended(h);
	}
	smtp_event_begin(s, SMTP_EV_REPLY, ev);
	fill(s, h, &r, ev);
	if (h->odd != 0)
		return tell(s, h, ev);
	offers_read(s, &r);
	smtp_line_done(h);
	if (r.code == 0 || r.more) {
		ev->kind = SMTP_EV_REPLY_LINE;
		ev->partial = true;
		s->reply_code = r.code != 0 ? r.code : s->reply_code;
	} else {
		s->reply_code = 0;
		take_awaited(s, r.code);
	}
	return 1;
}

int
smtp_answer_next(struct smtp_session *s, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[SMTP_SERVER];
	int r = smtp_line_take(s, h, s->limits.line_max, true);

	if (smtp_prove(s, SMTP_SERVER, ev))
		return 1;
	if (r < 0)
		return smtp_fail(s, h, (enum smtp_oddity)(h->broken - 1), ev);
	return r > 0 ? whole(s, h, ev) : partial(s, h, ev);
}
