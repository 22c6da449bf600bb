/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client's lines: when one may be read (lockstep, F5), what is odd about it in this place of
 * the dialogue, and what it changes. In: client bytes outside of bodies; out: TX_BEGIN, ODDITY,
 * COMMAND, PARTIAL. A command changes nothing but the queue and what the client itself decides: the
 * rest waits for the reply (smtp_answer.c, F6).
 */
#include "smtp_internal.h"

/* RFC 2920 section 3.1: these may only be the last of a group. */
static bool
ends_group(unsigned v)
{
	return smtp_verb_is_helo((enum smtp_verb)v) || v == SMTP_DATA || v == SMTP_VRFY ||
	       v == SMTP_EXPN || v == SMTP_TURN || v == SMTP_QUIT || v == SMTP_NOOP ||
	       v == SMTP_AUTH || v == SMTP_AUTH_LINE || v == SMTP_STARTTLS;
}

/* Is what follows this command read only once it was answered? */
static bool
locks(const struct smtp_command *c)
{
	return ends_group(c->verb) || c->verb == SMTP_UNKNOWN || c->verb == SMTP_XCLIENT ||
	       c->verb == SMTP_XEXCH50 || c->verb == SMTP_X_LINK2STATE || c->verb == SMTP_ATRN ||
	       (c->verb == SMTP_RSET && c->arg.len > 0) || (c->verb == SMTP_BURL && c->last);
}

static int
tell(struct smtp_session *s, struct smtp_half *h, enum smtp_oddity o, struct smtp_event *ev)
{
	s->wait_told = true;
	if (smtp_oddity_broken(o, s->limits.strict))
		return smtp_fail(s, h, o, ev);
	smtp_event_begin(s, SMTP_EV_ODDITY, ev);
	smtp_event_tx(s, s->tx_count, true, ev);
	ev->oddity = o;
	ev->offset = ev->end_offset = smtp_here(h);
	return 1;
}

/*
 * Client bytes stand at the begin of a line while an answer is due. 1 or -1: something to tell;
 * SMTP_OTHER_SIDE: not now; 0: read on. In follow mode what was sent ahead is read as a server that
 * says yes would read it.
 */
static int
may_speak(struct smtp_session *s, struct smtp_half *h, struct smtp_event *ev)
{
	const struct smtp_half *server = &s->half[SMTP_SERVER];

	if (s->lock == SMTP_GREETING && smtp_here(h) == 0 && h->in[h->pos] == 0x16 &&
	    smtp_here(server) == 0 && !server->broken) {
		s->mode = SMTP_MODE_TLS;
		s->due_tls = true;
		return SMTP_GO_ON;
	}
	if (s->lock == SMTP_STARTTLS)
		return smtp_fail(s, h, SMTP_ODD_TLS_INJECTION, ev);
	if (s->lock == SMTP_GREETING && !s->wait_told)
		return tell(s, h, SMTP_ODD_EARLY_TALKER, ev);
	if (s->lock == SMTP_GREETING && !s->welcome_told) {
		s->welcome_told = true;
		return tell(s, h, SMTP_ODD_NO_WELCOME, ev);
	}
	if (ends_group(s->lock) && !s->wait_told)
		return tell(s, h, SMTP_ODD_PIPELINED_SEQUENCE, ev);
	if (s->limits.follow) {
		if (s->lock != SMTP_DATA)
			return 0;
		s->lock = SMTP_VERBS;
		if (s->rcpt_yes + s->rcpt_wait == 0)
			return 0;
		smtp_body_begin(s, false);
		s->body_ahead++;
		return SMTP_GO_ON;
	}
	return s->lock != SMTP_VERBS || smtp_await_full(s) ? smtp_wait(s, h) : 0;
}

/* A SASL line: between 334 and the final reply; in follow mode also where a 334 may still come. */
static bool
is_auth_line(const struct smtp_session *s, const struct smtp_command *c)
{
	if (s->mode == SMTP_MODE_AUTH)
		return true;
	if (!s->limits.follow || (s->lock != SMTP_AUTH && s->lock != SMTP_AUTH_LINE))
		return false;
	return c->verb == SMTP_UNKNOWN ||
	       (s->lock == SMTP_AUTH && !s->auth_initial && c->arg.len == 0);
}

static void
parse(struct smtp_session *s, const struct smtp_half *h, struct smtp_command *c)
{
	struct span text = smtp_line_text(h);

	smtp_command_parse(s->mode == SMTP_MODE_AUTH ? SPAN_NONE : text, s->limits.normal, c);
	if (is_auth_line(s, c))
		*c = (struct smtp_command){ .verb = SMTP_AUTH_LINE, .initial = text };
}

static uint64_t
judge_envelope(const struct smtp_session *s, const struct smtp_command *c, bool opens)
{
	bool mail = !opens && s->tx_mail != SMTP_SAID_NOTHING;
	bool rcpt = !opens && s->rcpt_yes + s->rcpt_wait > 0;
	uint64_t odd = 0;

	if (smtp_verb_is_mail(c->verb)) {
		odd |= s->helo == SMTP_SAID_NOTHING ? SMTP_ODD(NO_HELO) : 0;
		odd |= mail ? SMTP_ODD(DUPLICATE_FIELDS) : 0;
	} else if (c->verb == SMTP_RCPT) {
		odd |= !mail ? SMTP_ODD(RCPT_BEFORE_MAIL) : 0;
	} else if (c->verb == SMTP_DATA) {
		odd |= !rcpt ? SMTP_ODD(DATA_BEFORE_RCPT) : 0;
		odd |= !opens && s->tx_data ? SMTP_ODD(UNPARSABLE) : 0;
		odd |= !opens && s->tx_bdat ? SMTP_ODD(DATA_BDAT_MIX) : 0;
	} else if (c->verb == SMTP_BDAT) {
		odd |= !rcpt && (opens || !s->tx_bdat) ? SMTP_ODD(DATA_BEFORE_RCPT) : 0;
		odd |= !opens && s->tx_data ? SMTP_ODD(DATA_BDAT_MIX) : 0;
		odd |= !(s->offers & SMTP_OFFER_CHUNKING) ? SMTP_ODD(CHUNKING_NOT_OFFERED) : 0;
		odd |= c->size > s->limits.bdat_max ? SMTP_ODD(BDAT_LEN) : 0;
		odd |= (opens || !s->takes_chunks) && !s->limits.follow
			       ? SMTP_ODD(BDAT_OUT_OF_PLACE)
			       : 0;
	}
	return odd;
}

/* What is odd about this command after all that was said. */
static uint64_t
judge(const struct smtp_session *s, const struct smtp_command *c)
{
	const struct smtp_half *h = &s->half[SMTP_CLIENT];
	bool opens = smtp_tx_opens(s, c->verb);
	bool utf8 = c->utf8 || (!opens && s->tx_utf8);
	uint64_t odd = c->odd | smtp_line_odd(h) | smtp_normal_command(s, c);

	if (c->verb == SMTP_AUTH_LINE)
		return odd & ~SMTP_ODD(TRUNCATED_LINE);
	odd |= judge_envelope(s, c, opens);
	if (c->verb == SMTP_UNKNOWN)
		odd |= SMTP_ODD(UNKNOWN_COMMAND);
	if (smtp_verb_is_helo(c->verb) && smtp_tx_here(s) && s->tx_helo != SMTP_SAID_NOTHING)
		odd |= SMTP_ODD(DUPLICATE_FIELDS);
	if (c->verb == SMTP_AUTH && smtp_auth_in_clear(c->arg))
		odd |= SMTP_ODD(AUTH_CLEAR);
	if ((h->seen & SMTP_SEEN_EIGHT_BIT) && !utf8)
		odd |= SMTP_ODD(EIGHT_BIT);
	if (s->await_count > 0 && s->lock == SMTP_VERBS && !s->ahead_told &&
	    !(s->offers & SMTP_OFFER_PIPELINING))
		odd |= SMTP_ODD(PIPELINING_NOT_OFFERED);
	/* parameters raise the limit (RFC 5321 section 4.5.3.1.4), AUTH has its own (RFC 4954) */
	if (c->verb != SMTP_AUTH && h->len + 1 > SMTP_LINE_STANDARD + c->params.len)
		odd |= SMTP_ODD(COMMAND_LINE_LEN);
	return odd;
}

static void
envelope_effect(struct smtp_session *s, const struct smtp_command *c)
{
	if (smtp_verb_is_mail(c->verb)) {
		if (s->tx_mail == SMTP_SAID_NOTHING)
			s->tx_mail = SMTP_SAID_PENDING;
		s->tx_utf8 |= c->utf8;
		s->tx_binary |= c->binary;
	} else if (c->verb == SMTP_RCPT) {
		s->rcpt_wait++;
	} else if (c->verb == SMTP_DATA) {
		s->tx_data = true;
		s->takes_chunks = false;
	} else if (c->verb == SMTP_BDAT) {
		if (!s->tx_bdat)
			smtp_body_begin(s, true);
		s->tx_bdat = true;
		s->bdat = true;
		s->bdat_left = c->size;
		s->bdat_last = c->last;
		s->mode = SMTP_MODE_DATA;
	} else if (c->verb == SMTP_BURL && c->last) {
		s->tx_sent = true;
	}
}

/* RSET, XCLIENT, and a HELO when there is an envelope, end the transaction once they are accepted.
 */
static bool
resets(const struct smtp_session *s, enum smtp_verb v)
{
	return v == SMTP_RSET || v == SMTP_XCLIENT ||
	       (smtp_verb_is_helo(v) && s->tx_mail != SMTP_SAID_NOTHING);
}

static void
helo_effect(struct smtp_session *s, bool here)
{
	if (s->helo == SMTP_SAID_NOTHING)
		s->helo = SMTP_SAID_PENDING;
	if (here && s->tx_helo == SMTP_SAID_NOTHING)
		s->tx_helo = SMTP_SAID_PENDING;
}

/* The command was let go: remember that it awaits a reply, and what it decides by itself. */
static void
effect(struct smtp_session *s, const struct smtp_command *c, bool begins)
{
	bool here = smtp_tx_here(s), reset = here && resets(s, c->verb);
	bool second = !begins && smtp_verb_is_mail(c->verb) && s->tx_mail != SMTP_SAID_NOTHING;
	bool message = (c->verb == SMTP_BDAT || c->verb == SMTP_BURL) && c->last;
	unsigned bits = message ? SMTP_END_OF_DATA | SMTP_AWAIT_MARK : c->verb;

	if (reset && smtp_verb_is_helo(c->verb))
		bits |= SMTP_AWAIT_MARK;
	smtp_await_push(s, bits | (here ? SMTP_AWAIT_TX : 0) | (begins ? SMTP_AWAIT_BEGIN : 0));
	envelope_effect(s, c);
	if (smtp_verb_is_helo(c->verb))
		helo_effect(s, here);
	s->tx_reset |= reset;
	if (c->verb == SMTP_AUTH) {
		s->auth_login = span_eq_nocase(c->arg, SPAN_LIT("LOGIN"));
		s->auth_plain = span_eq_nocase(c->arg, SPAN_LIT("PLAIN"));
		s->auth_initial = c->initial.len > 0;
		s->auth_line = 0;
	}
	if (c->verb == SMTP_AUTH_LINE && s->auth_line < 2)
		s->auth_line++;
	smtp_normal_effect(s, c);
	if (locks(c) || second) { /* which of two senders it has only the server can tell */
		s->lock = (uint8_t)c->verb;
		s->wait_told = false;
	}
}

/* May the next SASL line hold the user's name? Others are counted and not kept. */
static bool
wants_user(const struct smtp_session *s)
{
	return s->auth_line == 0 && !s->auth_initial && (s->auth_login || s->auth_plain);
}

static void
fill(struct smtp_session *s, struct smtp_half *h, struct smtp_command *c, struct smtp_event *ev)
{
	bool auth = c->verb == SMTP_AUTH || c->verb == SMTP_AUTH_LINE;

	ev->verb = c->verb;
	ev->line = c->line;
	ev->name = c->name;
	ev->arg = c->arg;
	ev->path = c->path;
	ev->params = c->params;
	ev->size = c->size;
	ev->last = c->last;
	ev->truncated = !auth && smtp_line_cut(h);
	ev->offset = smtp_here(h) - h->held;
	ev->end_offset = h->whole ? ev->offset + h->len + 1 : smtp_here(h);
	if (auth) {
		h->secret = true;
		ev->mode = c->verb == SMTP_AUTH_LINE ? SMTP_MODE_AUTH : ev->mode;
	}
}

/* The user's name, where this line of the exchange shows it. */
static struct span
user_of(struct smtp_session *s, const struct smtp_command *c)
{
	bool first = c->verb == SMTP_AUTH_LINE && wants_user(s);
	bool plain =
		c->verb == SMTP_AUTH ? span_eq_nocase(c->arg, SPAN_LIT("PLAIN")) : s->auth_plain;
	bool login = c->verb == SMTP_AUTH && span_eq_nocase(c->arg, SPAN_LIT("LOGIN"));

	if (!first && !(c->verb == SMTP_AUTH && (plain || login)))
		return SPAN_NONE;
	return smtp_auth_user(s, c->initial, plain);
}

static int
partial(struct smtp_session *s, struct smtp_half *h, struct smtp_event *ev)
{
	struct smtp_command c;

	if (h->partial || h->held == 0)
		return 0;
	h->partial = true;
	smtp_event_begin(s, SMTP_EV_PARTIAL, ev);
	smtp_event_tx(s, s->tx_count, smtp_tx_here(s), ev);
	parse(s, h, &c);
	fill(s, h, &c, ev);
	ev->size = 0;
	ev->partial = true;
	return 1;
}

/*
 * Must the server speak before this command can be judged? One that would open a third transaction;
 * a second MAIL while it is open whether the first one counts; BDAT and BURL while it is open which
 * envelope they find. Where a server has no recipient, or refused a chunk before, it may answer BDAT
 * with an error and read the octets as commands, against RFC 3030 section 2.
 */
static bool
comes_early(const struct smtp_session *s, const struct smtp_command *c, bool opens)
{
	if ((c->verb == SMTP_BDAT || c->verb == SMTP_BURL) && !s->limits.follow)
		return s->await_count > 0;
	if (opens)
		return s->cur_open && s->prev_open;
	return smtp_verb_is_mail(c->verb) && s->tx_mail == SMTP_SAID_PENDING;
}

/* First look at a whole line. 1: go on telling; else what smtp_next shall say. */
static int
first_look(struct smtp_session *s, struct smtp_half *h, const struct smtp_command *c,
	   struct smtp_event *ev)
{
	bool opens = smtp_tx_opens(s, c->verb);
	bool early = comes_early(s, c, opens);
	uint64_t odd, bad;

	if (early && !s->limits.follow)
		return smtp_wait(s, h);
	odd = judge(s, c);
	bad = odd & smtp_broken_mask(s->limits.strict);
	if (bad == 0 && !smtp_await_room(s)) {
		if (!s->limits.follow && s->await_count > 0)
			return smtp_wait(s, h);
		bad = SMTP_ODD(PENDING_FULL);
	}
	if (bad != 0) {
		/* a passive look sees how the server answers what broke the framing */
		if (s->limits.follow)
			smtp_await_push(s, c->verb | (smtp_tx_here(s) ? SMTP_AWAIT_TX : 0));
		return smtp_fail(s, h, (enum smtp_oddity)__builtin_ctzll(bad), ev);
	}
	if (early && opens)
		smtp_tx_end(s, s->tx_count - 1, SMTP_END_RSET, 0);
	s->ahead_told |= (odd & SMTP_ODD(PIPELINING_NOT_OFFERED)) != 0;
	s->line_begins = s->due_begin = opens;
	if (opens)
		smtp_tx_begin(s);
	h->odd = odd;
	h->judged = true;
	smtp_normal_ended(h);
	return s->due_end ? SMTP_GO_ON : 1;
}

/* Tell a whole line: the transaction it opens, its oddities, itself. */
static int
whole(struct smtp_session *s, struct smtp_half *h, struct smtp_event *ev)
{
	struct smtp_command c;
	int r;

	parse(s, h, &c);
	if (!h->judged) {
		r = first_look(s, h, &c, ev);
		if (r != 1)
			return r;
	}
	smtp_event_begin(s, SMTP_EV_COMMAND, ev);
	smtp_event_tx(s, s->tx_count, smtp_tx_here(s), ev);
	fill(s, h, &c, ev);
	if (s->due_begin || h->odd != 0) {
		smtp_event_about(s->due_begin ? SMTP_EV_TX_BEGIN : SMTP_EV_ODDITY, h, ev);
		s->due_begin = false;
		return 1;
	}
	ev->user = user_of(s, &c);
	effect(s, &c, s->line_begins);
	smtp_line_done(h);
	return 1;
}

int
smtp_command_next(struct smtp_session *s, struct smtp_event *ev)
{
	struct smtp_half *h = &s->half[SMTP_CLIENT];
	bool auth = s->mode == SMTP_MODE_AUTH;
	int r;

	if (!h->whole && h->held == 0) {
		if (h->pos == h->in_len)
			return 0;
		r = s->lock != SMTP_VERBS || smtp_await_full(s) ? may_speak(s, h, ev) : 0;
		if (r != 0)
			return r;
	}
	r = smtp_line_take(s, h, auth ? s->limits.auth_max : s->limits.line_max,
			   !auth || wants_user(s));
	if (smtp_prove(s, SMTP_CLIENT, ev))
		return 1;
	if (r < 0)
		return smtp_fail(s, h, (enum smtp_oddity)(h->broken - 1), ev);
	return r > 0 ? whole(s, h, ev) : partial(s, h, ev);
}
