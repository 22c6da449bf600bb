/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client speaks on, the server is gone: we take its place as a receiver (tcp_swallow).
 *
 * Inspection still reads the client's bytes, to find the end of its message; what it has taken is
 * acknowledged with the window that the hold limit allows, and the frames are discarded. So the
 * client finishes its message at its own pace and can be told why it was refused.
 */
#include "tcp_internal.h"

bool
tcp_swallow(struct tcp_env *env, struct tcp_conn *c, const struct pkt *like, unsigned like_dir)
{
	env->act_count = 0;
	tcp_sent_free_all(env, &c->half[0]);
	tcp_sent_free_all(env, &c->half[1]);
	if (!tcp_release_give_up(env, c, 1, TCP_ENDED) || env->act_size - env->act_count < 2)
		return true;
	if ((c->flags & TCP_SWALLOWS) == 0)
		tcp_end_rst(env, c, 0, like, like_dir);
	c->flags |= TCP_SWALLOWS;
	return false;
}

/* What an honest receiver with our buffer would offer. */
static uint16_t
window(const struct tcp_env *env, const struct tcp_conn *c)
{
	bool scaled = (c->half[0].flags & c->half[1].flags & TCP_HAS_SCALE) != 0;
	uint32_t field = tcp_window_hold_limit(env) >> (scaled ? c->half[1].scale : 0);

	return field > UINT16_MAX ? UINT16_MAX : field > 0 ? (uint16_t)field : 1;
}

static void
grant(struct tcp_half *h, const struct tcp_conn *c, uint16_t field)
{
	bool scaled = (c->half[0].flags & c->half[1].flags & TCP_HAS_SCALE) != 0;
	uint32_t edge = tcp_seq(h, h->fwd) + ((uint32_t)field << (scaled ? c->half[1].scale : 0));

	if ((int32_t)(edge - h->edge) > 0)
		h->edge = edge;
}

/* The ACK stands before the frame that it is made like: that one is given back behind it. */
static void
acknowledge(struct tcp_env *env, struct tcp_conn *c, struct tcp_segment *s)
{
	struct tcp_half *h = &c->half[0], *o = &c->half[1];
	struct tcp_act *a = tcp_act_new(env, TCP_MAKE, 1);
	struct tcp_act *frame = tcp_act_leave(env, h, s, TCP_DISCARD, 0, TCP_OK);

	o->window = window(env, c);
	grant(h, c, o->window);
	a->segment = (struct net_segment){
		.like = &frame->pkt,
		.reverse = true,
		.flags = NET_ACK,
		.window = o->window,
		.seq = tcp_seq(o, tcp_seen_end(o)),
		.ack = tcp_seq(h, h->acked),
		.options = span_of(env->options, tcp_opts_stamp(c, 1, env->options)),
	};
}

bool
tcp_swallow_release(struct tcp_env *env, struct tcp_conn *c)
{
	struct tcp_half *h = &c->half[0];

	h->fwd = h->acked = h->taken;
	if ((h->flags & TCP_FIN_IN) != 0 && h->taken == h->next) {
		h->flags |= TCP_FIN_OUT;
		h->acked++;
	}
	while (h->held != NULL && h->held->end <= h->taken) {
		if (env->act_size - env->act_count < 2)
			return true;
		acknowledge(env, c, h->held);
	}
	return false;
}
