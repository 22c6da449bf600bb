/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mark moves, held frames leave: tcp_release turns what the receiver may now see into acts.
 *
 *	frame in the list	[start ........... end)
 *	limit at or above end	SEND the frame (its front trimmed when that left before)
 *	limit in between	MAKE [start, limit) out of its bytes, keep the rest as this frame
 *(I5) limit at or below start	stop
 *
 * The limit is the mark, but never beyond what inspection has taken (I1), unless all passes. Every
 * byte that goes is kept first (tcp_sent.c); when there is no room for it, it waits.
 *
 * Frames are sent later than they were stamped: pure ACKs went before them with newer timestamps,
 * and PAWS would refuse the frame (RFC 7323 section 5.3), so its TSval is raised to that value.
 */
#include "tcp_internal.h"

void
tcp_mark(struct tcp_conn *c, unsigned dir, uint64_t offset)
{
	if (offset > c->half[dir].mark)
		c->half[dir].mark = offset;
}

void
tcp_pass_all(struct tcp_conn *c)
{
	c->flags |= TCP_PASSES;
}

struct tcp_act *
tcp_act_new(struct tcp_env *env, enum tcp_act_kind kind, unsigned dir)
{
	struct tcp_act *a = &env->acts[env->act_count++];

	*a = (struct tcp_act){ .kind = kind, .dir = (uint8_t)dir };
	return a;
}

struct tcp_act *
tcp_act_leave(struct tcp_env *env, struct tcp_half *h, struct tcp_segment *s,
	      enum tcp_act_kind kind, unsigned dir, enum tcp_reason reason)
{
	struct tcp_act *a = tcp_act_new(env, kind, dir);

	a->pkt = s->pkt;
	a->edited = s->edited;
	a->reason = (uint8_t)reason;
	tcp_queue_remove(env, h, s);
	return a;
}

bool
tcp_release_give_up(struct tcp_env *env, struct tcp_conn *c, unsigned dir, enum tcp_reason reason)
{
	struct tcp_half *h = &c->half[dir];

	while (h->held != NULL) {
		if (h->held->pkt.len == 0) { /* a piece, see tcp_queue.c */
			tcp_queue_remove(env, h, h->held);
			continue;
		}
		if (env->act_count == env->act_size)
			return false;
		tcp_act_leave(env, h, h->held, TCP_DISCARD, dir, reason);
	}
	return true;
}

/* Segments made for the receiver fit its MSS (RFC 9293 section 3.7.1), options included. */
static uint64_t
most_at_once(const struct tcp_conn *c, unsigned dir, const struct pkt *p)
{
	uint32_t mss = c->half[1 - dir].mss;

	if (mss < TCP_MSS_MIN)
		mss = TCP_MSS_MIN;
	if (mss > TCP_MSS_MAX)
		mss = TCP_MSS_MAX;
	return mss - pkt_tcp_options(p).len;
}

/* [s->start, to) leaves as a segment of its own; the frame keeps the rest. */
static void
make_first_part(struct tcp_env *env, struct tcp_half *h, unsigned dir, struct tcp_segment *s,
		uint64_t to)
{
	struct tcp_act *a = tcp_act_new(env, TCP_MAKE, dir);

	if (!env->capture)
		tcp_opts_raise_stamp(h, &s->pkt);
	a->segment = (struct net_segment){
		.like = &s->pkt,
		.seq = tcp_seq(h, s->start),
		.ack = s->pkt.ack,
		.window = s->pkt.window,
		.flags = NET_ACK | NET_PSH,
		.options = pkt_tcp_options(&s->pkt),
		.payload = span_of(s->bytes, to - s->start),
	};
	a->part = true;
	s->bytes += to - s->start;
	s->start = to;
	if (to < h->fwd)
		return;
	h->fwd = to;
	s->resend = false;
}

/* The whole rest of a frame goes; what of it went before, in made segments or other frames, is cut.
 */
static void
send_rest(struct tcp_env *env, struct tcp_half *h, unsigned dir, struct tcp_segment *s)
{
	uint32_t gone = (uint32_t)(s->bytes - (s->pkt.data + s->pkt.payload_off));
	bool fin = s->fin;
	struct tcp_act *a;

	if (s->end > h->fwd)
		h->fwd = s->end;
	a = tcp_act_leave(env, h, s, TCP_SEND, dir, TCP_OK);
	if (gone > 0) {
		net_trim_payload(&a->pkt, gone, a->pkt.payload_len - gone);
		a->edited = true;
	}
	if (!env->capture && tcp_opts_raise_stamp(h, &a->pkt))
		a->edited = true;
	if (fin)
		h->flags |= TCP_FIN_OUT;
}

/* Bytes that left in other frames meanwhile need not be sent again. */
static void
skip_sent(const struct tcp_half *h, struct tcp_segment *s)
{
	uint64_t to = s->end < h->fwd ? s->end : h->fwd;

	if (s->resend || s->start >= to)
		return;
	s->bytes += to - s->start;
	s->start = to;
}

/* Nothing in it that the receiver still needs. */
static bool
is_spent(const struct tcp_half *h, const struct tcp_segment *s)
{
	return s->start == s->end && (!s->fin || (h->flags & TCP_FIN_OUT) != 0);
}

/* How far the first frame may go: to its end, or as much of it as one made segment holds. */
static uint64_t
may_go(const struct tcp_env *env, const struct tcp_conn *c, unsigned dir,
       const struct tcp_segment *s, uint64_t limit)
{
	const struct tcp_half *h = &c->half[dir];
	uint64_t kept = h->fwd + tcp_sent_room(env, h);
	uint64_t most = s->start + most_at_once(c, dir, &s->pkt);

	if (limit > kept)
		limit = kept;
	if (limit >= s->end || s->end <= h->fwd) /* repeated bytes went before: they may go again */
		return s->end;
	return limit < most ? limit : most;
}

/* One act for the first frame of the list. False: it waits. */
static bool
release_first(struct tcp_env *env, struct tcp_conn *c, unsigned dir)
{
	struct tcp_half *h = &c->half[dir];
	bool all = (c->flags & TCP_PASSES) != 0;
	uint64_t limit = all ? UINT64_MAX : h->mark < h->taken ? h->mark : h->taken;
	struct tcp_segment *s = h->held;
	uint64_t go;

	if ((h->flags & TCP_FIN_IN) != 0 && s->end > h->next) {
		tcp_act_leave(env, h, s, TCP_DISCARD, dir, TCP_AFTER_FIN);
		return true;
	}
	if (s->start > h->fwd && !all)
		return false;
	skip_sent(h, s);
	if (is_spent(h, s)) {
		tcp_act_leave(env, h, s, TCP_DISCARD, dir, TCP_OK);
		return true;
	}
	go = all ? s->end : may_go(env, c, dir, s, limit);
	if (go > h->fwd && !all)
		tcp_sent_keep(env, h, span_of(s->bytes + (h->fwd - s->start), go - h->fwd));
	if (go == s->end)
		send_rest(env, h, dir, s);
	else if (go > s->start)
		make_first_part(env, h, dir, s, go);
	else
		return false;
	return true;
}

/* What passes unseen counts as seen, also between two parts of one release. */
static void
pass_over(const struct tcp_conn *c, struct tcp_half *h)
{
	if ((c->flags & TCP_PASSES) == 0)
		return;
	if (h->fwd > h->next)
		h->next = h->fwd;
	if ((h->flags & TCP_FIN_OUT) != 0)
		h->flags |= TCP_FIN_IN; /* it waited behind a hole */
	if (h->held == NULL)
		h->taken = h->next;
}

bool
tcp_release(struct tcp_env *env, struct tcp_conn *c, unsigned dir)
{
	struct tcp_half *h = &c->half[dir];

	env->act_count = 0;
	if (env->monitor && (c->flags & TCP_PASSES) != 0)
		return !tcp_release_give_up(env, c, dir, TCP_OK);
	if (env->monitor) {
		tcp_queue_keep_passing(env, h);
		return false;
	}
	if (tcp_state(c) == TCP_RESET || ((c->flags & TCP_SWALLOWS) != 0 && dir == 1)) {
		tcp_sent_free_all(env, h);
		return !tcp_release_give_up(env, c, dir, TCP_ENDED);
	}
	if ((c->flags & TCP_SWALLOWS) != 0)
		return tcp_swallow_release(env, c);
	while (h->held != NULL) {
		if (env->act_count == env->act_size) {
			pass_over(c, h);
			return true;
		}
		if (!release_first(env, c, dir))
			break;
	}
	pass_over(c, h);
	tcp_state_update(c);
	return false;
}
