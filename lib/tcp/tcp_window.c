/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Windows and acknowledgements: is a segment inside what its receiver granted, does its ACK name
 * bytes that did go on, and how much more may the other side be allowed to send.
 *
 * The advertised window is lowered in place so that what is kept and held stays within the limits
 * (back-pressure instead of eviction); an edge once given is never taken back (RFC 9293 section
 * 3.8.6). Called by tcp_input; looks at no payload.
 */
#include "tcp_internal.h"

uint32_t
tcp_window_hold_limit(const struct tcp_env *env)
{
	/* Each direction has its half: what one side sends never keeps the other's answer out. */
	uint32_t limit = env->limits.hold_bytes / 2;

	return env->capture ? limit * TCP_CAPTURE_SLACK : limit;
}

/* RFC 9293 section 3.10.7.4, first check: but what lies left of the window may pass (I3). */
enum tcp_reason
tcp_window_check(const struct tcp_in *in)
{
	const struct tcp_half *h = in->h;
	int64_t edge = tcp_offset(h, h->edge);

	if (in->start < (int64_t)tcp_una(h) - (int64_t)TCP_WINDOW_MAX && !tcp_lenient(in->env))
		return TCP_BAD_WINDOW;
	if (tcp_lenient(in->env) || (in->c->flags & TCP_LOOSE) != 0)
		return TCP_OK;
	/* A FIN at the edge and a probe of one byte beyond it are what closed windows see. */
	if (in->end <= edge || (in->start <= edge && in->end - in->start <= 1))
		return TCP_OK;
	/* A pure ACK carries the sender's next sequence number: behind its FIN one more. */
	if (in->start == in->end && in->start <= edge + 1)
		return TCP_OK;
	return TCP_BAD_WINDOW;
}

static uint8_t
scale_of(const struct tcp_in *in)
{
	return (in->h->flags & in->o->flags & TCP_HAS_SCALE) != 0 ? in->h->scale : 0;
}

/* The offset up to which o's sender may send without breaking a limit. */
static int64_t
edge_limit(const struct tcp_in *in)
{
	const struct tcp_half *o = in->o;
	uint32_t limit = tcp_window_hold_limit(in->env);
	uint64_t kept = tcp_una(o) + in->env->limits.retain_bytes;
	uint64_t held = o->next + (o->held_bytes < limit ? limit - o->held_bytes : 0);

	/* While nothing waits, bytes only pass through: then only the retained ones count. */
	return (int64_t)(o->held_bytes > 0 && held < kept ? held : kept);
}

/* Not for SYNs: their windows are never scaled (tcp_input.c, answer). */
static void
grant(struct tcp_in *in, int64_t ack)
{
	struct tcp_half *o = in->o;
	uint8_t scale = scale_of(in);
	int64_t given = ack + (int32_t)(o->edge - in->p->ack);
	int64_t edge = ack + ((int64_t)in->p->window << scale);

	if (!tcp_lenient(in->env) && (in->c->flags & TCP_LOOSE) == 0) {
		int64_t limit = edge_limit(in);
		int64_t want = given > limit ? given : limit;

		if (edge > want) {
			/* Rounded up: a window of units of 2^scale must not fall below an edge. */
			int64_t size = want > ack ? want - ack : 0;
			uint16_t field = (uint16_t)((size + (1 << scale) - 1) >> scale);

			if (field < in->p->window) {
				net_edit_window(in->p, field);
				in->env->notes |= TCP_NOTE_EDITED;
				edge = ack + ((int64_t)field << scale);
			}
		}
	}
	if (edge > given)
		o->edge = in->p->ack + (uint32_t)(edge - ack);
	in->h->window = in->p->window;
}

/* RFC 9293 section 3.10.7.4, fifth check; RFC 5961 section 5.2; I4. */
enum tcp_reason
tcp_window_ack(struct tcp_in *in)
{
	struct tcp_half *o = in->o;
	int64_t ack = tcp_offset(o, in->p->ack);

	bool lenient = tcp_lenient(in->env);
	int64_t most = lenient ? (int64_t)o->next + TCP_WINDOW_MAX : (int64_t)tcp_seen_end(o);

	if (ack > most || ack < (int64_t)tcp_una(o) - (int64_t)TCP_WINDOW_MAX)
		return lenient ? TCP_OK : TCP_BAD_ACK;
	if (ack > (int64_t)o->acked) {
		o->acked = (uint64_t)ack;
		in->ack_moved = true;
		tcp_sent_free(in->env, o);
	}
	grant(in, ack);
	return TCP_OK;
}

bool
tcp_stuck(const struct tcp_conn *c, unsigned dir, const struct pkt *refused)
{
	const struct tcp_half *h = &c->half[dir];

	if (h->fwd == h->next || h->taken < h->next || h->mark > h->fwd ||
	    (h->flags & TCP_FIN_IN) != 0 || (c->flags & (TCP_PASSES | TCP_LOOSE | TCP_SWALLOWS)) != 0)
		return false;
	if (refused != NULL)
		return tcp_offset(h, refused->seq) <= (int64_t)h->next;
	return h->acked >= h->fwd && tcp_offset(h, h->edge) <= (int64_t)h->next;
}
