/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A session under inspection. In: in-order bytes of both directions. Out: how many were taken, how
 * far each direction may be let go, and why not. Called by engine. It turns bytes into SMTP events
 * and moves the release marks; what an event means is decided in the other files of this folder.
 */
#include "inspect_internal.h"

size_t
inspect_size(void)
{
	return sizeof(struct inspect) + smtp_session_size();
}

size_t
inspect_idle_memory(void)
{
	return INSPECT_SMALL_CHUNK; /* banner, HELO */
}

struct inspect *
inspect_open(void *memory, struct inspect_env *env, const struct inspect_who *who)
{
	struct inspect *in = memory;

	memset(in, 0, sizeof(*in));
	in->who = *who;
	in->smtp = smtp_open(in->memory, &env->smtp_limits, env->lines);
	arena_open(&in->small, env->small_chunks, INSPECT_SMALL_CAP);
	arena_open(&in->large, env->large_chunks, env->policy->limits.session_memory);
	return in;
}

/* False: no memory to judge what comes. */
static bool
begin(struct inspect *in, struct inspect_env *env, const struct inspect_at *at,
      struct inspect_verdict *v)
{
	env->at = *at;
	memset(v, 0, sizeof(*v));
	v->policy.kind = POLICY_ACCEPT;
	v->opaque = in->opaque;
	v->mark[0] = in->mark[0];
	v->mark[1] = in->mark[1];
	return inspect_wake(in, env) || inspect_limit(env, v, STATS_DROP_MEMORY);
}

static void
is_smtp(struct inspect *in, struct inspect_env *env)
{
	if (in->known == INSPECT_IS_SMTP)
		return;
	in->known = INSPECT_IS_SMTP;
	stats_add(env->stats, STATS_SMTP_SESSIONS, 1);
}

/* Another protocol: a matter of policy on a guarded port, none of ours elsewhere. */
static bool
is_other(struct inspect *in, struct inspect_env *env, unsigned dir, struct inspect_verdict *v)
{
	const struct policy *p = env->policy;

	in->known = INSPECT_IS_OTHER;
	in->other = smtp_detect_other(dir == 0 ? SMTP_CLIENT : SMTP_SERVER,
				      span_of(in->first[dir], in->first_len[dir]));
	if (in->who.guarded) {
		stats_add(env->stats, STATS_SMTP_NOT_SMTP, 1);
		inspect_log_unexpected(in, env, dir);
	}
	if (!in->who.guarded || p->other_protocol_pass || !p->firewall || p->monitor) {
		in->opaque = true;
		v->opaque = true;
		return true;
	}
	v->broken = true;
	v->reason = STATS_DROP_SMTP;
	return false;
}

/* FTP has SMTP's banner and some of its verbs. AUTH TLS (RFC 4217) tells at its eighth byte. */
static int
or_ftp(struct span first, int what)
{
	if (what != 1 || !span_starts_nocase(first, SPAN_LIT("AUTH")))
		return what;
	if (first.len < 8)
		return 0;
	return smtp_detect_other(SMTP_CLIENT, first) != NULL ? -1 : 1;
}

/*
 * Port-independent recognition: a banner from the server and a verb from the client. On a guarded
 * port it is SMTP unless the first bytes prove otherwise. False: other protocol (see v).
 */
static bool
recognise(struct inspect *in, struct inspect_env *env, unsigned dir, struct span bytes,
	  uint64_t offset, struct inspect_verdict *v)
{
	uint8_t *len = &in->first_len[dir];
	int what;

	while (*len < sizeof(in->first[dir]) && *len >= offset && *len - offset < bytes.len) {
		in->first[dir][*len] = bytes.ptr[*len - offset];
		(*len)++;
	}
	what = smtp_detect(dir == 0 ? SMTP_CLIENT : SMTP_SERVER, span_of(in->first[dir], *len));
	if (dir == 0 && !in->who.guarded)
		what = or_ftp(span_of(in->first[dir], *len), what);
	if (what == SMTP_DETECT_TLS && in->who.guarded) {
		in->other = "tls";
		return true;
	}
	if (what == 0 && !in->who.guarded && *len < sizeof(in->first[dir])) {
		in->unfed[dir] = *len;
		return true;
	}
	if (what == -1 && (in->known != INSPECT_BANNER || !in->who.guarded))
		return is_other(in, env, dir, v);
	if (what == 1 && dir == 1)
		in->known = INSPECT_BANNER;
	else if (what == 1 && (in->who.guarded || in->known == INSPECT_BANNER))
		is_smtp(in, env);
	else if (!in->who.guarded)
		return is_other(in, env, dir, v);
	return true;
}

/* The first bytes were taken before it was clear whose they are: now the parser gets them. */
static void
feed_first(struct inspect *in, unsigned dir, enum smtp_dir side)
{
	struct smtp_event ev;

	if (in->unfed[dir] == 0)
		return;
	smtp_feed(in->smtp, side, span_of(in->first[dir], in->unfed[dir]));
	in->unfed[dir] = 0;
	while (smtp_next(in->smtp, side, &ev) == 1)
		; /* fewer bytes than a line: at most a partial line is told */
}

static void
oddity(struct inspect *in, struct inspect_env *env, unsigned dir, const struct smtp_event *ev)
{
	struct inspect_tx *tx = ev->tx_open ? inspect_tx_find(in, ev->tx) : NULL;
	uint64_t bit = UINT64_C(1) << (ev->oddity & 63);

	stats_add(env->stats, STATS_SMTP_ODDITIES, 1);
	if (ev->oddity == SMTP_ODD_LINE_TOO_LONG || ev->oddity == SMTP_ODD_TRUNCATED_LINE)
		stats_add(env->stats, STATS_LIMIT_LINE, 1);
	if (ev->oddity == SMTP_ODD_PENDING_FULL)
		stats_add(env->stats, STATS_LIMIT_PENDING, 1);
	if (ev->oddity == SMTP_ODD_TLS_REJECTED)
		in->tls = RULES_TLS_REFUSED;
	in->odd[dir] |= bit;
	if (tx != NULL) {
		if (tx->odd_seen & bit)
			return;
		tx->odd_seen |= bit;
	}
	inspect_log_oddity(in, env, tx, dir, smtp_oddity_name(ev->oddity), false);
}

/* No event follows that could bring it to the rules that ask for it. False: one of them stops it. */
static bool
judge_last(struct inspect *in, struct inspect_env *env, unsigned dir, const struct smtp_event *ev,
	   struct inspect_verdict *v)
{
	struct inspect_event je = {
		.in = in, .env = env, .dir = dir, .offset = ev->offset, .v = v, .detect = true,
		.tx = ev->tx_open ? inspect_tx_find(in, ev->tx) : NULL,
	};

	if (!inspect_wants(env, RULES_EVENT))
		return true;
	inspect_carry(&je, RULES_MODE_CLOSED);
	return inspect_judge(&je);
}

/* Framing is lost: nothing more may pass (F8), unless nobody enforces anything. */
static void
broken(struct inspect *in, struct inspect_env *env, unsigned dir, const struct smtp_event *ev,
       struct inspect_verdict *v)
{
	const struct policy *p = env->policy;

	oddity(in, env, dir, ev);
	if (!judge_last(in, env, dir, ev, v))
		return;
	v->offset = ev->offset;
	if (!p->firewall || p->monitor || in->flow_accepted) {
		in->lost[dir] = true; /* the other side may still be read */
		return;
	}
	in->broken = true;
	v->broken = true;
	v->reason = STATS_DROP_SMTP;
}

/* A transaction that the pool has no room for cannot be judged: fail closed. */
static bool
tx_begin(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
	 struct inspect_verdict *v)
{
	is_smtp(in, env);
	stats_add(env->stats, STATS_SMTP_TX, 1);
	return inspect_tx_begin(in, env, ev->tx) != NULL || inspect_limit(env, v, STATS_DROP_MEMORY);
}

static void
tx_end(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev)
{
	struct inspect_tx *tx = inspect_tx_find(in, ev->tx);

	if (ev->end == SMTP_END_TLS)
		in->tls = RULES_TLS_YES;
	if (tx != NULL)
		inspect_tx_end(in, env, tx, ev->end, 0);
}

static void
tls(struct inspect *in, struct inspect_env *env)
{
	is_smtp(in, env);
	in->tls = RULES_TLS_YES;
	stats_add(env->stats, STATS_SMTP_TLS, 1);
	inspect_log_tls(in, env);
}

/* One SMTP event. False: it is not let go, v says why. */
static bool
handle(struct inspect *in, struct inspect_env *env, unsigned dir, const struct smtp_event *ev,
       struct inspect_verdict *v)
{
	if (!inspect_connect(in, env, ev, v))
		return false;
	switch (ev->kind) {
	case SMTP_EV_CONNECT:
		return true;
	case SMTP_EV_TX_BEGIN:
		return tx_begin(in, env, ev, v);
	case SMTP_EV_TX_END:
		tx_end(in, env, ev);
		return true;
	case SMTP_EV_ODDITY:
		oddity(in, env, dir, ev);
		return true;
	case SMTP_EV_TLS:
		tls(in, env);
		return true;
	case SMTP_EV_PARTIAL:
		return inspect_partial(in, env, dir, ev, v);
	case SMTP_EV_COMMAND:
		is_smtp(in, env);
		if (!inspect_command(in, env, ev, v))
			return false;
		break;
	case SMTP_EV_REPLY_LINE:
		if (in->who.guarded)
			is_smtp(in, env);
		if (!inspect_reply(in, env, ev, v))
			return false;
		if (in->reply_waits)
			return true;
		break;
	case SMTP_EV_REPLY:
		if (in->who.guarded)
			is_smtp(in, env);
		if (!inspect_reply(in, env, ev, v))
			return false;
		break;
	case SMTP_EV_BODY:
		if (!inspect_body(in, env, ev, v))
			return false;
		break;
	case SMTP_EV_BODY_END:
		if (!inspect_body_end(in, env, ev, v))
			return false;
		break;
	}
	if (ev->end_offset > in->mark[dir])
		in->mark[dir] = ev->end_offset;
	return true;
}

/* Everything of this direction may go. */
static size_t
pass(struct inspect *in, unsigned dir, struct span bytes, uint64_t offset, struct inspect_verdict *v)
{
	in->mark[dir] = offset + bytes.len;
	v->mark[dir] = in->mark[dir];
	return bytes.len;
}

size_t
inspect_bytes(struct inspect *in, struct inspect_env *env, unsigned dir, struct span bytes,
	      uint64_t offset, const struct inspect_at *at, struct inspect_verdict *v)
{
	enum smtp_dir side = dir == 0 ? SMTP_CLIENT : SMTP_SERVER;
	struct smtp_event ev;
	size_t taken;
	int r;

	if (!begin(in, env, at, v))
		return 0;
	if (in->opaque || in->lost[dir])
		return pass(in, dir, bytes, offset, v);
	if (in->known < INSPECT_IS_SMTP && !recognise(in, env, dir, bytes, offset, v))
		return v->broken ? 0 : pass(in, dir, bytes, offset, v);
	if (v->opaque)
		return pass(in, dir, bytes, offset, v);
	if (in->unfed[dir] == offset + bytes.len) /* too few to tell; a server's may go on */
		return dir == 1 ? pass(in, dir, bytes, offset, v) : bytes.len;
	feed_first(in, dir, side);
	smtp_feed(in->smtp, side, bytes);
	while ((r = smtp_next(in->smtp, side, &ev)) == 1)
		if (!handle(in, env, dir, &ev, v))
			return smtp_consumed(in->smtp, side);
	taken = smtp_consumed(in->smtp, side);
	if (r == -1)
		broken(in, env, dir, &ev, v);
	if (in->lost[dir])
		return pass(in, dir, bytes, offset, v);
	if (smtp_mode(in->smtp) == SMTP_MODE_TLS ||
	    (dir == 1 && !in->who.guarded && in->known <= INSPECT_BANNER))
		in->mark[dir] = offset + taken;
	inspect_rest(in, env);
	v->mark[0] = in->mark[0];
	v->mark[1] = in->mark[1];
	return taken;
}

void
inspect_fin(struct inspect *in, struct inspect_env *env, unsigned dir, const struct inspect_at *at,
	    struct inspect_verdict *v)
{
	enum smtp_dir side = dir == 0 ? SMTP_CLIENT : SMTP_SERVER;
	struct smtp_event ev;

	if (!begin(in, env, at, v) || in->opaque || in->broken)
		return;
	smtp_finish(in->smtp, side);
	while (smtp_next(in->smtp, side, &ev) == 1)
		if (!handle(in, env, dir, &ev, v))
			return;
	v->mark[0] = in->mark[0];
	v->mark[1] = in->mark[1];
}

void
inspect_stuck(struct inspect *in, struct inspect_env *env, unsigned dir, uint64_t end,
	      const struct inspect_at *at, struct inspect_verdict *v)
{
	struct smtp_event ev = { .kind = SMTP_EV_ODDITY, .oddity = SMTP_ODD_LINE_TOO_LONG };

	if (!begin(in, env, at, v))
		return;
	smtp_unfinished(in->smtp, dir == 0 ? SMTP_CLIENT : SMTP_SERVER, &ev.offset);
	broken(in, env, dir, &ev, v);
	if (in->lost[dir])
		pass(in, dir, SPAN_NONE, end, v);
}

void
inspect_close(struct inspect *in, struct inspect_env *env, const struct inspect_at *at,
	      enum stats_id reason)
{
	if (in->closed)
		return;
	in->closed = true;
	env->at = *at;
	if (in->broken && reason == 0)
		reason = STATS_DROP_SMTP;
	inspect_wake(in, env);
	inspect_disconnect(in, env);
	while (in->tx != NULL)
		inspect_tx_end(in, env, in->tx, SMTP_END_CLOSE, reason);
	smtp_close(in->smtp);
	arena_close(&in->small);
	arena_close(&in->large);
}

bool
inspect_is_tls(const struct inspect *in)
{
	return in->tls == RULES_TLS_YES;
}

const char *
inspect_protocol(const struct inspect *in)
{
	if (in->known == INSPECT_IS_SMTP)
		return "smtp";
	return in->other != NULL || in->known != INSPECT_IS_OTHER ? in->other : "failed";
}

void
inspect_accept_flow(struct inspect *in)
{
	in->flow_accepted = true;
}

struct rules_worker *
inspect_rules_worker(const struct inspect_env *env)
{
	return env->rules;
}

const char *
inspect_state_name(const struct inspect *in, const struct inspect_tx *tx)
{
	if (in->known == INSPECT_IS_OTHER)
		return "other";
	if (in->tls == RULES_TLS_YES)
		return "tls";
	if (smtp_mode(in->smtp) == SMTP_MODE_AUTH)
		return "auth";
	if (tx != NULL && tx->request == INSPECT_DATA)
		return "data";
	if (tx != NULL && tx->rcpts.count > 0)
		return "rcpt";
	if (tx != NULL && tx->mail_from.ptr != NULL)
		return "mail";
	if (in->helo.ptr != NULL)
		return "helo";
	return in->greeting.ptr != NULL ? "greeting" : "connect";
}

void
inspect_summary(const struct inspect *in, struct inspect_summary *s)
{
	const struct inspect_tx *tx = in->tx;

	while (tx != NULL && tx->next != NULL)
		tx = tx->next;
	memset(s, 0, sizeof(*s));
	s->state = inspect_state_name(in, tx);
	s->helo = in->helo;
	s->last_command = span_of(in->command_text, in->command_len);
	s->last_reply = inspect_last_reply(in);
	s->tx = in->tx_count;
	s->is_smtp = in->known == INSPECT_IS_SMTP && in->other == NULL; /* TLS from the first byte on */
	s->other = in->other;
	s->tls = in->tls == RULES_TLS_YES;
	s->memory = in->small.used + in->large.used;
	for (const struct inspect_tx *t = in->tx; t != NULL; t = t->next)
		s->memory += (uint32_t)sizeof(*t) + t->arena.used + t->large.used;
	if (tx == NULL)
		return;
	s->mail_from = tx->mail_from;
	s->rcpt_to = tx->rcpts.last != NULL ? tx->rcpts.last->value : SPAN_NONE;
	s->rcpts = tx->rcpt_total;
}
