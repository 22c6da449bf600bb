/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The path of a frame. In: a burst of frames. Out: acts, in order. Called by a dataplane worker.
 * Read it from engine_input downwards; each step has a file of its own.
 *
 *	decode -> pre_flow -> session -> pre_stream -> filter -> TCP -> bytes -> release
 */
#include <string.h>

#include "engine_internal.h"

static void
count_frame(struct engine *e, const struct pkt *p)
{
	static const int by_kind[] = {
		[NET_BAD] = STATS_FRAMES_BAD,
		[NET_TCP] = STATS_FRAMES_TCP,
		[NET_UDP] = STATS_FRAMES_UDP,
		[NET_ICMP] = STATS_FRAMES_ICMP,
		[NET_IP] = -1,
		[NET_ARP] = STATS_FRAMES_ARP,
		[NET_OTHER] = -1,
	};

	stats_add(&e->stats, STATS_FRAMES, 1);
	stats_add(&e->stats, STATS_FRAME_BYTES, p->len);
	if (by_kind[p->kind] >= 0)
		stats_add(&e->stats, (enum stats_id)by_kind[p->kind], 1);
	if (p->ip_version == 4)
		stats_add(&e->stats, STATS_FRAMES_IPV4, 1);
	if (p->ip_version == 6)
		stats_add(&e->stats, STATS_FRAMES_IPV6, 1);
	if (p->vlan_count > 0)
		stats_add(&e->stats, STATS_FRAMES_VLAN, 1);
}

static void
count_notes(struct engine *e, unsigned notes)
{
	static const struct {
		unsigned note;
		enum stats_id id;
	} map[] = {
		{ TCP_NOTE_SYN, STATS_TCP_SYN },
		{ TCP_NOTE_SYNACK, STATS_TCP_SYNACK },
		{ TCP_NOTE_ESTABLISHED, STATS_TCP_SESSIONS },
		{ TCP_NOTE_RST, STATS_TCP_RST },
		{ TCP_NOTE_OUT_OF_ORDER, STATS_TCP_OUT_OF_ORDER },
		{ TCP_NOTE_RETRANSMIT, STATS_TCP_RETRANSMIT },
		{ TCP_NOTE_DIFFERS, STATS_TCP_OVERLAP_DIFFERS },
		{ TCP_NOTE_OPTION_CLEARED, STATS_TCP_OPTION_CLEARED },
		{ TCP_NOTE_URGENT_CLEARED, STATS_TCP_URGENT_CLEARED },
	};

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (notes & map[i].note)
			stats_add(&e->stats, map[i].id, 1);
}

/* Repeating bytes differently is an attack on whoever looks on: no honest stack does it. */
static void
overlap(struct engine *e, struct engine_frame *f)
{
	struct policy_verdict v = { .kind = POLICY_REJECT_FLOW,
				    .cause = POLICY_BY_LIMIT,
				    .hook = RULES_FILTER,
				    .reset_client = true,
				    .reset_server = true };

	engine_condemn(e, f->c, f, &v, STATS_DROP_TCP_OVERLAP, f->now_us);
}

static void
let_go(struct engine *e, struct engine_frame *f)
{
	struct tcp_conn *t = conn_tcp(f->c);
	bool more;

	for (unsigned dir = 0; dir < 2; dir++)
		do {
			more = tcp_release(&e->tcp, t, dir);
			engine_take_acts(e, f->c, STATS_DROP_FLOW, f->now_us);
		} while (more);
}

static void
refused_by_tcp(struct engine *e, struct engine_frame *f)
{
	if (e->tcp.reason == TCP_OVERLAP) {
		overlap(e, f);
		return;
	}
	if (e->tcp.reason == TCP_QUEUE_FULL && !engine_stuck(e, f, true))
		return;
	engine_drop(e, f, engine_tcp_reason(e->tcp.reason));
	/* Held out-of-order bytes: let the sender's fast retransmit work (RFC 2018). */
	if (e->tcp.reason == TCP_QUEUE_FULL && !e->set.capture &&
	    tcp_dup_ack(&e->tcp, conn_tcp(f->c), f->dir, f->p))
		engine_take_acts(e, f->c, STATS_DROP_FLOW, f->now_us);
	let_go(e, f);
}

static void
dup_ack(struct engine *e, struct engine_frame *f)
{
	if ((e->tcp.notes & TCP_NOTE_OUT_OF_ORDER) && !e->set.capture && !e->tcp.monitor &&
	    tcp_dup_ack(&e->tcp, conn_tcp(f->c), f->dir, f->p))
		engine_take_acts(e, f->c, STATS_DROP_FLOW, f->now_us);
}

/* A segment of a covered connection: steps 4 to 9 of docs/packet-path.md. */
static void
covered(struct engine *e, struct engine_frame *f)
{
	struct tcp_conn *t = conn_tcp(f->c);
	enum tcp_result r = tcp_input(&e->tcp, t, f->dir, f->p, f->now_us);
	bool edited = (e->tcp.notes & TCP_NOTE_EDITED) != 0;

	count_notes(e, e->tcp.notes);
	if (r == TCP_DROP) {
		refused_by_tcp(e, f);
		return;
	}
	if (r == TCP_KEEP) {
		f->ours = false;
		stats_add(&e->stats, STATS_HELD, 1);
		dup_ack(e, f);
	}
	if (!engine_bytes(e, f) || !engine_stuck(e, f, false))
		return;
	if (r == TCP_PASS)
		engine_send(e, f->p, edited);
	let_go(e, f);
	if (tcp_state(t) >= TCP_CLOSED)
		engine_inspect_end(e, f->c, f->now_us, f->p->number);
}

static void
on_conn(struct engine *e, struct engine_frame *f)
{
	struct conn *c = f->c;

	c->last_us = f->now_us;
	c->packets[f->dir]++;
	c->bytes[f->dir] += f->p->len;
	f->first = !c->seen[f->dir];
	c->seen[f->dir] = true;
	flow_touch(flow_of(c), engine_table_time(e, f->now_us));
	if (c->condemned) {
		engine_drop(e, f, STATS_DROP_FLOW);
		return;
	}
	if (!engine_packet_rules(e, f, RULES_PRE_STREAM) ||
	    !engine_packet_rules(e, f, RULES_FILTER))
		return;
	if (c->mode == CONN_COVERED) {
		covered(e, f);
	} else {
		engine_light(c, f->dir, f->p);
		engine_send(e, f->p, false);
	}
	if (!c->condemned)
		engine_conn_timer(e, c);
}

/*
 * A SYN on a finished connection is a new connection (RFC 9293 section 3.6.1). So is one to a guarded
 * port where the frames before it made a session that is not inspected as that port's, or one that
 * was picked up in its middle: any stray segment, or a SYN as if from the server, would else take the
 * whole session out of sight.
 */
static bool
reused(struct engine *e, struct engine_frame *f)
{
	enum tcp_state state = engine_conn_state(f->c);
	bool syn = (f->p->flags & (NET_SYN | NET_ACK | NET_RST | NET_FIN)) == NET_SYN;
	bool over = state >= TCP_CLOSED || f->c->condemned;
	bool unseen = (f->c->mode == CONN_LIGHT || !f->c->guarded || tcp_picked_up(conn_tcp(f->c))) &&
		      policy_guards(e->policy, f->p->dport);

	if (!syn || !(over || unseen) || engine_calls_back(e, f->p))
		return false;
	engine_conn_end(e, f->c, f->now_us, EVENT_FLOW_REUSE);
	return true;
}

/*
 * Each end has its side of the wire. What the client sends in the server's name would else open TLS,
 * acknowledge what is held, end sessions that the server goes on with.
 */
static bool
astray(const struct engine *e, const struct engine_frame *f)
{
	return f->c->mode == CONN_COVERED && !e->set.capture && !e->tcp.monitor &&
	       f->p->port != (f->c->client_port ^ f->dir);
}

static void
segment(struct engine *e, struct engine_frame *f, const struct flow_key *key,
	struct flow_entry *entry)
{
	f->c = entry != NULL ? flow_data(entry) : NULL;
	if (f->c != NULL) {
		f->dir = f->c->client_high == key->swapped ? 0 : 1;
		if (reused(e, f))
			f->c = NULL;
	}
	if (f->c == NULL) {
		f->c = engine_conn_begin(e, f, key);
		if (f->c == NULL)
			return; /* dropped, counted */
	}
	if (astray(e, f))
		engine_drop(e, f, STATS_DROP_TCP_SIDE);
	else
		on_conn(e, f);
}

/* Frames that belong to no session: ARP, ICMP, UDP, ...: packet rules alone. */
static void
alone(struct engine *e, struct engine_frame *f)
{
	f->first = true;
	if (engine_packet_rules(e, f, RULES_FILTER))
		engine_send(e, f->p, false);
}

static void
one_frame(struct engine *e, struct pkt *p, const struct flow_key *key, struct flow_entry *entry,
	  uint64_t now_us)
{
	struct engine_frame f = { .p = p, .now_us = now_us, .ours = true };

	count_frame(e, p);
	e->last_us = now_us;
	if (p->kind == NET_BAD) {
		engine_unjudged(e, &f, STATS_DROP_DECODE, false);
		return;
	}
	if (!engine_packet_rules(e, &f, RULES_PRE_FLOW))
		return;
	if (p->kind == NET_TCP)
		segment(e, &f, key, entry);
	else
		alone(e, &f);
}

static void
fetch(const void *begin, size_t size)
{
	for (size_t at = 0; at < size; at += 64)
		__builtin_prefetch((const char *)begin + at, 1);
}

/* The sessions of a whole burst, while the first of its frames is being judged. */
static void
fetch_sessions(struct flow_entry *const *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (entries[i] != NULL)
			fetch(flow_data(entries[i]), ENGINE_FETCH);
}

/* What a coming frame's session points at. A stale entry is harmless: nothing is read through it.
 */
static void
fetch_inspection(struct flow_entry *entry)
{
	const struct conn *c = entry != NULL ? flow_data(entry) : NULL;

	if (c != NULL && c->inspect != NULL)
		fetch(c->inspect, ENGINE_FETCH_INSPECT);
}

size_t
engine_input(struct engine *e, struct pkt *pkts, size_t count, uint64_t now_us)
{
	struct flow_key keys[ENGINE_BURST];
	struct flow_entry *entries[ENGINE_BURST];
	unsigned checks = e->set.checksums ? NET_CHECK_SUMS : 0;
	unsigned changes = e->changes;
	size_t i;

	if (count > ENGINE_BURST)
		count = ENGINE_BURST;
	if (count == 0)
		return 0;
	if (e->base_us == 0) {
		uint64_t first = e->set.capture ? pkts[0].time_us : now_us;

		e->base_us = first > ENGINE_BEFORE_US ? first - ENGINE_BEFORE_US : 1;
	}
	for (i = 0; i < count; i++) {
		memset(&keys[i], 0, sizeof(keys[i]));
		if (net_decode(&pkts[i], checks) == NET_TCP)
			flow_key_of(e->flows, &pkts[i], &keys[i]);
	}
	flow_find(e->flows, keys, count, entries);
	fetch_sessions(entries, count);
	for (i = 0; i < count; i++) {
		uint64_t now = e->set.capture ? pkts[i].time_us : now_us;

		if (i + ENGINE_FETCH_AHEAD < count)
			fetch_inspection(entries[i + ENGINE_FETCH_AHEAD]);
		if (e->set.capture)
			engine_tick(e, now);
		if (!engine_has_room(e))
			break;
		if (changes != e->changes) /* the burst's lookup is stale for this one */
			flow_find(e->flows, &keys[i], 1, &entries[i]);
		one_frame(e, &pkts[i], &keys[i], entries[i], now);
	}
	stats_set(&e->stats, STATS_FLOWS_ACTIVE, flow_count(e->flows));
	return i;
}

const struct engine_act *
engine_acts(const struct engine *e, size_t *count)
{
	*count = e->act_count;
	return e->acts;
}

void
engine_acts_done(struct engine *e)
{
	e->act_count = 0;
	e->made_used = 0;
}
