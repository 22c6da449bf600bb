/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The worker's loop: receive, let the engine judge, carry out its acts, send. In between, timers
 * and the mailbox. Live frames carry the time of their turn; frames of a capture carry the
 * capture's, and timers run at places that the frames alone decide, so that two runs of a capture
 * are the same.
 */
#include "dp_internal.h"

#define DP_MAIL_TURNS 64 /* a busy worker looks into its mailbox this often */

static void
dp_worker_acts(struct dp_worker *w)
{
	const struct engine_act *acts;
	size_t count;

	acts = engine_acts(w->engine, &count);
	dp_act(w, acts, count);
	engine_acts_done(w->engine);
}

/* The event writer is more than half a ring behind. A capture run waits for it: it loses no event.
 */
static bool
dp_worker_ahead(const struct dp_worker *w)
{
	uint64_t popped = __atomic_load_n(&w->events_popped, __ATOMIC_ACQUIRE);

	return event_made(w->events) - popped > w->dp->set.event_slots / 2;
}

/*
 * Timers. A live worker does one bounded piece a turn, so that frames do not wait for a thousand
 * sessions to expire; a capture run does all that is due, and waits for the event writer.
 */
static void
dp_worker_tick(struct dp_worker *w)
{
	bool more;

	do {
		while (w->wire->record && dp_worker_ahead(w))
			dp_idle(&w->idler);
		more = engine_tick(w->engine, w->now_us);
		dp_worker_acts(w);
	} while (more && w->wire->record);
	w->tick_us = w->now_us + (more ? 1 : DP_TICK_US);
}

/* Frames that the engine would not take although its acts were carried out: it failed, fail closed.
 */
static void
dp_worker_refuse(struct dp_worker *w, struct pkt *p, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		dp_blocked(&w->stats, STATS_DROP_INTERNAL, 1, p[i].len);
		dp_frame_free(w->dp, p[i].frame);
	}
}

/* Early sign of a sender that leaves checksums to a network card that is not there. */
static void
dp_worker_sums(struct dp_worker *w, const struct pkt *p, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (unlikely(p[i].reason == NET_TCP_SUM || p[i].reason == NET_IP_SUM))
			dp_count(&w->bad_sums, 1);
}

static void
dp_worker_input(struct dp_worker *w, struct pkt *p, unsigned n)
{
	unsigned done = 0, stuck = 0;
	size_t taken;

	while (done < n) {
		taken = engine_input(w->engine, p + done, n - done, w->now_us);
		dp_worker_acts(w);
		done += (unsigned)taken;
		if (taken == 0 && ++stuck > 1) {
			dp_worker_refuse(w, p + done, n - done);
			break;
		}
	}
	dp_worker_sums(w, p, done);
}

/* n packets in order of time. Timers that were due before a packet run before it. */
static void
dp_worker_judge(struct dp_worker *w, unsigned n)
{
	unsigned i, from = 0;

	for (i = 0; i < n; i++) {
		if (w->pkts[i].time_us < w->tick_us) {
			if (w->pkts[i].time_us > w->now_us)
				w->now_us = w->pkts[i].time_us;
			continue;
		}
		if (i > from)
			dp_worker_input(w, w->pkts + from, i - from);
		w->now_us = w->pkts[i].time_us;
		dp_worker_tick(w);
		from = i;
	}
	dp_worker_input(w, w->pkts + from, n - from);
}

static unsigned
dp_worker_receive(struct dp_worker *w)
{
	bool ended;
	unsigned n;

	if (w->wire->record && dp_worker_ahead(w))
		return 0;
	if (w->in == NULL)
		return dp_wire_receive(w->wire, w->dp, w->queue, w->burst, &w->source_ended);
	ended = __atomic_load_n(&w->wire->spreader->state, __ATOMIC_ACQUIRE) == DP_ENDED;
	n = rte_ring_sc_dequeue_burst(w->in, (void **)w->burst, DP_BURST, NULL);
	if (n == 0 && ended) /* in this order: what it had put in before it ended is out */
		w->source_ended = true;
	return n;
}

/* One round. False when the source is at its end. */
static bool
dp_worker_turn(struct dp_worker *w)
{
	unsigned n;

	if (!w->wire->record)
		w->now_us = w->dp->wall_us + dp_clock_us();
	n = dp_worker_receive(w);
	dp_count(&w->load.turns, 1);
	if (n > 0) {
		dp_count(&w->load.frames, n);
		n = dp_rx_fill(w, w->burst, n);
		dp_worker_judge(w, n);
		dp_busy(&w->idler);
	} else if (!w->wire->record && w->now_us >= w->tick_us) {
		dp_worker_tick(w);
	}
	dp_lane_flush(w, &w->lane[0]);
	dp_lane_flush(w, &w->lane[1]);
	if (n == 0 || w->load.turns % DP_MAIL_TURNS == 0)
		dp_mail_answer(w);
	if (n == 0) {
		dp_count(&w->load.idle_turns, 1);
		dp_idle(&w->idler);
	}
	return !w->source_ended;
}

/* The end of all sessions. Waits for the event writer as reading does. */
static void
dp_worker_drain(struct dp_worker *w)
{
	bool more;

	do {
		while (dp_worker_ahead(w))
			dp_idle(&w->idler);
		more = engine_drain(w->engine, w->now_us);
		dp_worker_acts(w);
		dp_lane_flush(w, &w->lane[0]);
		dp_lane_flush(w, &w->lane[1]);
	} while (more);
}

int
dp_worker_main(void *arg)
{
	struct dp_worker *w = arg;

	__atomic_store_n(&w->state, DP_LOOPING, __ATOMIC_RELEASE);
	while (dp_worker_turn(w))
		if (w->in == NULL && dp_order(w->dp) != DP_ORDER_GO)
			break; /* behind a spreader: its end is ours, with the ring empty */
	if (w->source_ended && dp_order(w->dp) == DP_ORDER_GO && w->wire->record)
		dp_worker_drain(w);
	else if (dp_order(w->dp) == DP_ORDER_DRAIN)
		dp_worker_drain(w);
	__atomic_store_n(&w->state, DP_ENDED, __ATOMIC_RELEASE);
	return 0;
}
