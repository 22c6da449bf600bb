/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One segment: from the frame to a result, in the order of RFC 9293 section 3.10.7.
 *
 *	options and flags	tcp_opts.c, event_of
 *	state			tcp_state.c says which step below
 *	first	sequence	tcp_window_check
 *	second	RST		reset
 *	fourth	SYN		open, answer, again, knock
 *	fifth	ACK		tcp_window_ack
 *	sixth	URG		cleared in place (RFC 6093 section 6)
 *	seventh	text		text: known bytes are overwritten, new ones held
 *	eighth	FIN		with its text, or fin_only
 *
 * Called by the engine for every frame of a connection. Knows nothing of what the bytes mean.
 *
 * A SYN with another ISN before the server's answer replaces the first: the SYN-ACK must
 * acknowledge the last one. The first SYN-ACK that does so fixes the server's ISN (I5).
 *
 * A RST passes when its sequence number is the one its receiver expects next, the one that it
 * acknowledged last, or the end of what its sender sent. Bytes of its sender that are still held
 * are given up (tcp_release gives them back), and the RST is moved down to what the receiver
 * expects. Afterwards only RSTs and empty segments pass: RFC 5961's challenge ACK and the answer.
 */
#include "tcp_internal.h"

/* Cut the payload and the FIN off: what is left speaks of the other direction only. */
static void
strip(struct tcp_in *in)
{
	if (in->env->monitor)
		return;
	if (in->p->payload_len > 0) {
		net_trim_payload(in->p, 0, 0);
		in->env->notes |= TCP_NOTE_EDITED;
	}
	if ((in->p->flags & NET_FIN) != 0 && in->fin) {
		net_edit_flags(in->p, in->p->flags & (uint8_t)~NET_FIN);
		in->env->notes |= TCP_NOTE_EDITED;
	}
	in->end = in->start;
	in->fin = false;
}

/* A segment must not tell the receiver of bytes that are held: it would take them for lost. */
static void
lower_seq(struct tcp_in *in)
{
	uint64_t seen = tcp_seen_end(in->h);

	if (in->start <= (int64_t)seen || tcp_lenient(in->env))
		return;
	net_edit_seq(in->p, tcp_seq(in->h, seen));
	in->start = in->end = (int64_t)seen;
	in->env->notes |= TCP_NOTE_EDITED;
}

static void
start_half(struct tcp_half *h, uint32_t isn)
{
	h->isn = isn;
	h->acked = h->fwd = h->taken = h->next = 0;
	h->flags |= TCP_STARTED;
}

static enum tcp_result
open(struct tcp_in *in)
{
	strip(in);
	start_half(in->h, in->p->seq);
	in->h->window = in->p->window;
	in->c->state = TCP_SYN_SENT;
	in->env->notes |= TCP_NOTE_SYN;
	return TCP_PASS;
}

static enum tcp_result
answer(struct tcp_in *in)
{
	if (in->p->ack != in->o->isn + 1)
		return tcp_drop(in->env, TCP_BAD_ACK);
	strip(in);
	start_half(in->h, in->p->seq);
	/* The windows of both SYNs, never scaled (RFC 7323 section 2.2). */
	in->o->edge = in->p->ack + in->p->window;
	in->h->edge = in->p->seq + 1 + in->o->window;
	in->h->window = in->p->window;
	in->c->state = TCP_SYN_RECEIVED;
	in->env->notes |= TCP_NOTE_SYNACK;
	return TCP_PASS;
}

/* The same SYN or SYN-ACK once more; another one is somebody else's. */
static enum tcp_result
again(struct tcp_in *in)
{
	bool same = in->p->seq == in->h->isn;

	if ((in->p->flags & NET_ACK) != 0)
		same = same && in->p->ack == in->o->isn + 1;
	if (!same)
		return tcp_drop(in->env, TCP_BAD_STATE);
	strip(in);
	in->env->notes |= TCP_NOTE_RETRANSMIT;
	return TCP_PASS;
}

/* Nothing here changes: only the answer of the other side could tell (RFC 5961 section 4). */
static enum tcp_result
knock(struct tcp_in *in)
{
	strip(in);
	return TCP_PASS;
}

static enum tcp_result
reuse(struct tcp_in *in)
{
	in->env->notes |= TCP_NOTE_REUSED;
	return tcp_drop(in->env, TCP_ENDED);
}

static enum tcp_result
refused(struct tcp_in *in)
{
	bool exact = in->dir == 0 ? in->p->seq == in->h->isn + 1
				  : (in->p->flags & NET_ACK) != 0 && in->p->ack == in->o->isn + 1;

	/* From the client: the answer to an ACK of a connection that the server still has. */
	if (!exact && in->dir == 1)
		return tcp_drop(in->env, TCP_BAD_RST);
	strip(in);
	if (exact) {
		in->h->flags |= TCP_DID_RESET;
		in->c->state = TCP_RESET;
		in->env->notes |= TCP_NOTE_RST | TCP_NOTE_CLOSED;
	}
	return TCP_PASS;
}

static enum tcp_result
reset(struct tcp_in *in)
{
	struct tcp_half *h = in->h;
	uint64_t sent = h->next + ((h->flags & TCP_FIN_IN) != 0);
	bool exact = in->start == (int64_t)tcp_seen_end(h) || in->start == (int64_t)h->acked ||
		     in->start == (int64_t)sent;

	if (tcp_lenient(in->env)) {
		/* It did pass; from far outside it had no effect. */
		if (in->start < (int64_t)h->acked - (int64_t)TCP_WINDOW_MAX ||
		    in->start > (int64_t)sent + (int64_t)TCP_WINDOW_MAX)
			return TCP_PASS;
	} else if (!exact) {
		return tcp_drop(in->env, TCP_BAD_RST);
	}
	strip(in);
	lower_seq(in);
	h->flags |= TCP_DID_RESET;
	in->c->state = TCP_RESET;
	in->env->notes |= TCP_NOTE_RST | TCP_NOTE_CLOSED;
	return TCP_PASS;
}

static enum tcp_result
late(struct tcp_in *in)
{
	bool has_text = in->end > in->start || in->fin;

	if (has_text && (in->h->flags & TCP_DID_RESET) != 0)
		return tcp_drop(in->env, TCP_ENDED);
	/* The other end has not seen the RST: what is left of its segment asks for one. */
	strip(in);
	lower_seq(in);
	return TCP_PASS;
}

/* A FIN right behind all that went on. */
static enum tcp_result
new_fin(struct tcp_in *in)
{
	in->h->flags |= TCP_FIN_IN | TCP_FIN_OUT;
	in->env->notes |= TCP_NOTE_FIN;
	tcp_state_update(in->c);
	return TCP_PASS;
}

/* All of it went on before: it repeats what the receiver may have lost. */
static enum tcp_result
old_text(struct tcp_in *in)
{
	struct tcp_half *h = in->h;

	in->env->notes |= TCP_NOTE_RETRANSMIT;
	if (!in->fin || (h->flags & TCP_FIN_OUT) != 0)
		return TCP_PASS;
	if ((h->flags & TCP_FIN_IN) == 0 && in->end == (int64_t)h->next)
		return new_fin(in);
	/* The FIN is held with its frame. */
	net_edit_flags(in->p, in->p->flags & (uint8_t)~NET_FIN);
	in->env->notes |= TCP_NOTE_EDITED;
	return TCP_PASS;
}

/* It repeats bytes that are held, and perhaps some before them that the receiver lost. */
static enum tcp_result
held_text(struct tcp_in *in)
{
	struct tcp_half *h = in->h;
	bool old = in->start < (int64_t)h->fwd;

	in->env->notes |= TCP_NOTE_RETRANSMIT;
	if (in->fin && (h->flags & TCP_FIN_IN) == 0)
		return tcp_queue_add(in, old); /* the FIN is new */
	if (in->env->capture)
		return tcp_queue_add(in, true);
	if (!old && !in->ack_moved)
		return tcp_drop(in->env, TCP_DUPLICATE);
	if (!old) {
		strip(in);
		lower_seq(in);
		return TCP_PASS;
	}
	if (in->fin)
		net_edit_flags(in->p, in->p->flags & (uint8_t)~NET_FIN);
	net_trim_payload(in->p, 0, (uint32_t)((int64_t)h->fwd - in->start));
	in->env->notes |= TCP_NOTE_EDITED;
	return TCP_PASS;
}

/* Opaque and nothing waits: the bytes go as they come, in any order. */
static enum tcp_result
pass_text(struct tcp_in *in)
{
	struct tcp_half *h = in->h;

	if (in->end >= (int64_t)h->next) {
		h->next = h->fwd = h->taken = (uint64_t)in->end;
		if (in->fin && (h->flags & TCP_FIN_IN) == 0) {
			h->flags |= TCP_FIN_IN | TCP_FIN_OUT;
			in->env->notes |= TCP_NOTE_FIN;
			tcp_state_update(in->c);
		}
	}
	return TCP_PASS;
}

/* Does it say that the stream goes on behind its FIN, or ends twice? */
static bool
after_fin(const struct tcp_in *in)
{
	const struct tcp_half *h = in->h;

	if ((h->flags & TCP_FIN_IN) != 0)
		return in->end > (int64_t)h->next || (in->fin && in->end != (int64_t)h->next);
	return in->fin && in->end < (int64_t)h->next;
}

/* Monitor: opaque bytes are not even looked at. */
static enum tcp_result
watch(struct tcp_in *in)
{
	if ((in->c->flags & TCP_PASSES) != 0)
		return pass_text(in);
	tcp_queue_watch(in);
	return TCP_PASS;
}

/*
 * Taken up in its middle: bytes before the first that was seen may be new to the receiver, and
 * nobody judged them. What is left of the segment asks for an ACK.
 */
static enum tcp_result
before_start(struct tcp_in *in)
{
	strip(in);
	in->env->notes |= TCP_NOTE_RETRANSMIT;
	return TCP_PASS;
}

static enum tcp_result
text(struct tcp_in *in)
{
	struct tcp_half *h = in->h;
	bool differs;

	if (in->start < 0 && in->end > 0)
		return tcp_drop(in->env, TCP_BAD_WINDOW);
	if (in->start < 0 && (in->c->flags & TCP_LOOSE) != 0 && !tcp_lenient(in->env))
		return before_start(in);
	if (after_fin(in))
		return tcp_drop(in->env, TCP_AFTER_FIN);
	if (in->env->monitor)
		return watch(in);
	differs = tcp_sent_known(in);
	differs = tcp_queue_known(in) || differs; /* each overwrites what it knows */
	if (differs) {
		in->env->notes |= TCP_NOTE_DIFFERS;
		if (!in->env->rewrite_overlaps)
			return tcp_drop(in->env, TCP_OVERLAP);
	}
	if ((in->c->flags & TCP_PASSES) != 0 && h->held == NULL)
		return pass_text(in);
	if (in->end <= (int64_t)h->fwd && in->end > in->start)
		return old_text(in);
	if (in->end <= (int64_t)h->next && in->end > in->start)
		return held_text(in);
	if (in->start < (int64_t)h->next)
		in->env->notes |= TCP_NOTE_RETRANSMIT;
	return tcp_queue_add(in, in->start < (int64_t)h->fwd);
}

/* A FIN without text. */
static enum tcp_result
fin_only(struct tcp_in *in)
{
	struct tcp_half *h = in->h;

	if (after_fin(in))
		return tcp_drop(in->env, TCP_AFTER_FIN);
	if (in->env->monitor)
		return watch(in);
	if ((h->flags & TCP_FIN_OUT) != 0) {
		in->env->notes |= TCP_NOTE_RETRANSMIT;
		return TCP_PASS;
	}
	if ((h->flags & TCP_FIN_IN) != 0) /* held with its frame */
		return tcp_drop(in->env, TCP_DUPLICATE);
	if ((in->c->flags & TCP_PASSES) != 0 && h->held == NULL)
		return pass_text(in);
	if (in->start == (int64_t)h->fwd && h->fwd == h->next)
		return new_fin(in);
	return tcp_queue_add(in, false);
}

static enum tcp_result
segment(struct tcp_in *in)
{
	enum tcp_reason reason = tcp_window_check(in);

	if (reason == TCP_OK)
		reason = tcp_window_ack(in);
	if (reason != TCP_OK)
		return tcp_drop(in->env, reason);
	tcp_state_update(in->c);
	if ((in->p->flags & NET_URG) != 0 && !in->env->monitor) {
		net_clear_urgent(in->p);
		in->env->notes |= TCP_NOTE_URGENT_CLEARED | TCP_NOTE_EDITED;
	}
	if (in->end > in->start)
		return text(in);
	if (in->fin)
		return fin_only(in);
	lower_seq(in);
	return TCP_PASS;
}

static enum tcp_result
confirm(struct tcp_in *in)
{
	enum tcp_result r;

	/* The server speaks only when it has seen the client's ACK: the record may lack it. */
	if (in->dir == 1 && !tcp_lenient(in->env))
		return tcp_drop(in->env, TCP_BAD_STATE);
	if (in->dir == 0 && !tcp_lenient(in->env) && in->p->ack != in->o->isn + 1)
		return tcp_drop(in->env, TCP_BAD_ACK);
	r = segment(in);
	if (r == TCP_DROP && in->env->reason != TCP_OVERLAP)
		return r;
	if (in->c->state == TCP_SYN_RECEIVED) {
		in->c->state = TCP_ESTABLISHED;
		tcp_state_update(in->c);
	}
	in->env->notes |= TCP_NOTE_ESTABLISHED;
	return r;
}

static void
pick_up_half(struct tcp_half *h, uint32_t seq)
{
	start_half(h, seq - 1);
	h->edge = seq;
}

static enum tcp_result
pick_up(struct tcp_in *in)
{
	if (!in->env->midstream)
		return tcp_drop(in->env, TCP_MIDSTREAM);
	if ((in->p->flags & NET_SYN) != 0) {
		/* Only the client's SYN is missing: what it offered is not known. */
		start_half(in->o, in->p->ack - 1);
		in->c->flags |= TCP_LOOSE;
		return answer(in);
	}
	pick_up_half(in->h, in->p->seq);
	pick_up_half(in->o, in->p->ack);
	in->o->flags &= (uint8_t)~TCP_STARTED; /* its own first segment tells better */
	in->h->mss = in->o->mss = TCP_MSS_DEFAULT;
	if (in->has_stamp) {
		in->h->flags |= TCP_HAS_STAMP;
		in->o->flags |= TCP_HAS_STAMP;
	}
	in->c->flags |= TCP_LOOSE;
	in->c->state = TCP_ESTABLISHED;
	in->env->notes |= TCP_NOTE_ESTABLISHED;
	in->start = 0;
	in->end = in->p->payload_len;
	return segment(in);
}

static enum tcp_result
unanswered(struct tcp_in *in)
{
	if (tcp_lenient(in->env) && in->env->midstream)
		return pick_up(in);
	return in->dir == 1 ? knock(in) : tcp_drop(in->env, TCP_BAD_STATE);
}

typedef enum tcp_result step_fn(struct tcp_in *in);

/* clang-format off */
static step_fn *const steps[TCP_STEPS] = {
	[TCP_STEP_OPEN] = open,
	[TCP_STEP_ANSWER] = answer,
	[TCP_STEP_AGAIN] = again,
	[TCP_STEP_KNOCK] = knock,
	[TCP_STEP_PICK_UP] = pick_up,
	[TCP_STEP_UNANSWERED] = unanswered,
	[TCP_STEP_CONFIRM] = confirm,
	[TCP_STEP_SEGMENT] = segment,
	[TCP_STEP_REFUSED] = refused,
	[TCP_STEP_RESET] = reset,
	[TCP_STEP_LATE] = late,
	[TCP_STEP_REUSE] = reuse,
};
/* clang-format on */

/* Flags that no honest stack combines (N27), else the event. TCP_EVENTS: nonsense. */
static enum tcp_event
event_of(const struct pkt *p, unsigned dir)
{
	uint8_t f = p->flags & (NET_FIN | NET_SYN | NET_RST | NET_ACK);

	if (f == NET_SYN)
		return TCP_EV_SYN_CLIENT + dir;
	if (f == (NET_SYN | NET_ACK))
		return TCP_EV_ANSWER_CLIENT + dir;
	if (f == NET_RST || f == (NET_RST | NET_ACK))
		return TCP_EV_RST_CLIENT + dir;
	if ((f & NET_ACK) != 0 && (f & (NET_SYN | NET_RST)) == 0)
		return TCP_EV_SEGMENT_CLIENT + dir;
	return TCP_EVENTS;
}

static enum tcp_result
step(struct tcp_in *in, enum tcp_step step)
{
	enum tcp_reason reason = tcp_opts_check(in);

	return reason == TCP_OK ? steps[step](in) : tcp_drop(in->env, reason);
}

/* What a SYN says counts only when it makes the connection. */
static enum tcp_result
step_syn(struct tcp_in *in, enum tcp_step which)
{
	bool makes =
		which == TCP_STEP_OPEN || which == TCP_STEP_ANSWER || which == TCP_STEP_PICK_UP;
	struct tcp_half saved = *in->h;
	enum tcp_result r = step(in, which);

	if (r == TCP_DROP || !makes)
		*in->h = saved;
	return r;
}

static enum tcp_result
judge(struct tcp_in *in)
{
	enum tcp_event event = event_of(in->p, in->dir);
	struct tcp_cell cell;

	if (event == TCP_EVENTS)
		return tcp_drop(in->env, TCP_BAD_FLAGS);
	if ((in->c->flags & TCP_SWALLOWS) != 0 && in->dir == 1)
		return tcp_drop(in->env, TCP_ENDED);
	if ((in->c->flags & TCP_WAS_ENDED) != 0) {
		/* The client's SYN once more does not begin anew. */
		if (event <= TCP_EV_SYN_SERVER && in->p->seq != in->h->isn)
			return reuse(in);
		return tcp_drop(in->env, TCP_ENDED);
	}
	cell = tcp_state_cell(in->c->state, event);
	if (cell.step == TCP_STEP_REFUSE)
		return tcp_drop(in->env, cell.reason);
	return (in->p->flags & NET_SYN) != 0 ? step_syn(in, cell.step) : step(in, cell.step);
}

enum tcp_result
tcp_input(struct tcp_env *env, struct tcp_conn *c, unsigned dir, struct pkt *p, uint64_t now_us)
{
	struct tcp_in in = { .env = env,
			     .c = c,
			     .h = &c->half[dir],
			     .o = &c->half[1 - dir],
			     .p = p,
			     .dir = dir,
			     .now_us = now_us,
			     .fin = (p->flags & NET_FIN) != 0 };
	enum tcp_state before = c->state;
	uint8_t flags = p->flags;
	enum tcp_result r;

	env->reason = TCP_OK;
	env->notes = 0;
	if (env->monitor)
		tcp_queue_forget_passing(env, c);
	if (c->state >= TCP_ESTABLISHED && (in.h->flags & TCP_STARTED) == 0)
		pick_up_half(in.h, p->seq);
	in.start = tcp_offset(in.h, p->seq);
	in.end = in.start + p->payload_len;
	r = judge(&in);
	if (r == TCP_PASS && (c->flags & TCP_SWALLOWS) != 0)
		r = tcp_drop(env, p->payload_len > 0 || in.fin ? TCP_DUPLICATE : TCP_ENDED);
	in.h->seen |= flags;
	if (c->state == TCP_CLOSED && before != TCP_CLOSED)
		env->notes |= TCP_NOTE_CLOSED;
	if (env->monitor)
		return TCP_PASS;
	if (r == TCP_PASS && in.has_stamp)
		tcp_opts_note_stamp(in.h, in.stamp);
	return r;
}
