/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random connections: both sides send streams cut at random, the wire before and behind us loses,
 * doubles and reorders, senders repeat ranges cut otherwise, and the mark moves at random. Whatever
 * happens: the receiver gets the sender's bytes, none above the mark, none that inspection did not
 * see; una and fwd never move back; every frame leaves once; and in the end all arrives.
 *
 * In evil runs the sender repeats ranges with other bytes: what came first is what arrives.
 */
#include <stdio.h>
#include "harness.h"

#define STREAM 3000
#define PENDING 12
#define CONNECTIONS 2400

struct pending { /* a segment between its sender and us */
	unsigned dir;
	uint32_t from, to;
	bool fin, evil;
};

struct side {		      /* one direction: its sender, its receiver, and what we let through */
	uint8_t text[STREAM]; /* what the sender means */
	uint8_t first[STREAM]; /* what came to us first */
	bool came[STREAM], got[STREAM];
	uint32_t len, sent, una, edge, expects;
	uint32_t max_out; /* highest byte that left */
	bool fin_sent, fin_got;
	struct tcp_offsets last;
};

struct world {
	struct wire wire;
	struct side side[2];
	struct pending pending[PENDING];
	size_t count;
	uint64_t random;
	unsigned loss; /* of 100 */
	bool evil, clean;
};

static uint32_t
roll(struct world *w, uint32_t below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)((w->random >> 11) % below);
}

static bool
chance(struct world *w, unsigned percent)
{
	return roll(w, 100) < percent;
}

/* A frame that left us reaches its receiver: every byte must be one that may. */
static void
receive(struct world *w, const struct out *o)
{
	struct side *s = &w->side[o->dir], *back = &w->side[1 - o->dir];
	struct span text = pkt_payload(&o->pkt);
	uint32_t at = o->pkt.seq - w->wire.isn[o->dir] - 1;
	uint32_t ack = o->pkt.ack - w->wire.isn[1 - o->dir] - 1;
	struct tcp_offsets now = offsets(&w->wire, o->dir);

	if (text.len > 0 && at + text.len > s->max_out) {
		assert_true(at <= s->max_out); /* in order, without a hole */
		s->max_out = at + (uint32_t)text.len;
	}
	assert_true(s->max_out <= now.mark && s->max_out <= now.taken);
	for (size_t i = 0; i < text.len; i++) {
		assert_true(s->came[at + i]);
		/* What was acknowledged meanwhile may be zeroed, never be another byte. */
		if (text.ptr[i] != s->first[at + i] && (at + i >= now.una || text.ptr[i] != 0))
			fail_msg("byte %zu of direction %u is another one", at + i, o->dir);
	}
	if (chance(w, w->loss))
		return;
	for (size_t i = 0; i < text.len; i++)
		if (at + i >= s->expects)
			s->got[at + i] = true;
	while (s->expects < s->len && s->got[s->expects])
		s->expects++;
	if ((o->pkt.flags & NET_FIN) != 0 && s->expects == s->len) {
		assert_int_equal(at + text.len, s->len);
		s->fin_got = true;
	}
	w->wire.ack[1 - o->dir] = s->expects + s->fin_got;
	if (ack > back->una)
		back->una = ack;
	if (ack + o->pkt.window > back->edge)
		back->edge = ack + o->pkt.window;
}

static void
drain(struct world *w)
{
	for (size_t i = 0; i < w->wire.out_count; i++)
		receive(w, &w->wire.out[i]);
	out_clear(&w->wire);
	for (unsigned dir = 0; dir < 2; dir++) {
		struct side *s = &w->side[dir];
		struct tcp_offsets o = offsets(&w->wire, dir);

		assert_true(o.una >= s->last.una && o.fwd >= s->last.fwd && o.next >= s->last.next);
		assert_true(o.una <= o.fwd && o.fwd <= o.taken && o.taken <= o.next);
		assert_int_equal(o.fwd, s->max_out);
		s->last = o;
	}
}

/* A segment reaches us. */
static void
arrive(struct world *w, const struct pending *p)
{
	struct side *s = &w->side[p->dir];
	struct seg g = { .dir = p->dir,
			 .flags = NET_ACK | (p->fin ? NET_FIN : 0),
			 .offset = p->from,
			 .ack = (int64_t)w->wire.ack[p->dir] };
	uint8_t bytes[STREAM];
	enum tcp_result r;

	memcpy(bytes, s->text + p->from, p->to - p->from);
	if (p->evil)
		for (uint32_t i = 0; i < p->to - p->from; i += 1 + roll(w, 40))
			bytes[i] ^= 0x55;
	g.payload = span_of(bytes, p->to - p->from);
	r = put_seg(&w->wire, &g);
	if (r == TCP_DROP) {
		enum tcp_reason reason = w->wire.env.reason;

		assert_true(reason == TCP_DUPLICATE || reason == TCP_QUEUE_FULL);
		assert_true(!w->clean || p->fin); /* only the FIN is repeated there */
	}
	for (uint32_t i = p->from; r == TCP_KEEP && i < p->to; i++)
		if (!s->came[i]) {
			s->came[i] = true;
			s->first[i] = bytes[i - p->from];
		}
	drain(w);
}

static void
send_range(struct world *w, unsigned dir, uint32_t from, uint32_t to, bool fin)
{
	struct pending p = { dir, from, to, fin, w->evil && chance(w, 30) };

	if (chance(w, w->loss))
		return;
	if (w->clean) {
		arrive(w, &p);
		return;
	}
	if (w->count < PENDING)
		w->pending[w->count++] = p;
	if (w->count == PENDING || chance(w, 60)) {
		size_t i = roll(w, (uint32_t)w->count);

		p = w->pending[i];
		if (!chance(w, 10)) /* else it comes once more */
			w->pending[i] = w->pending[--w->count];
		arrive(w, &p);
	}
}

static void
send_something(struct world *w, unsigned dir)
{
	struct side *s = &w->side[dir];
	uint32_t limit = s->edge < s->len ? s->edge : s->len;
	uint32_t from, to;

	if (s->sent < limit && (w->clean || chance(w, 60))) {
		to = s->sent + 1 + roll(w, 300);
		from = s->sent;
		s->sent = to = to < limit ? to : limit;
	} else if (s->sent > 0 && !w->clean) {
		/* Again, cut otherwise; sometimes what was acknowledged long ago. */
		from = s->una > s->len ? s->len : s->una;
		if (chance(w, 10))
			from = roll(w, from + 1);
		from += roll(w, s->sent > from ? s->sent - from : 1) & (chance(w, 50) ? ~0u : 0);
		to = from + 1 + roll(w, 500);
		to = to < s->sent ? to : s->sent;
	} else {
		from = to = s->sent;
	}
	if (s->sent == s->len)
		s->fin_sent = s->fin_sent || chance(w, 30);
	if (from < to || (s->fin_sent && to == s->len))
		send_range(w, dir, from, to, s->fin_sent && to == s->len);
}

static void
inspect(struct world *w, unsigned dir, bool all)
{
	struct wire *wire = &w->wire;
	struct tcp_offsets o;

	take(wire, dir);
	o = offsets(wire, dir);
	tcp_mark(wire->c, dir, all ? o.taken : o.fwd + roll(w, (uint32_t)(o.taken - o.fwd) + 1));
	release(wire, dir);
	drain(w);
}

static void
open_world(struct world *w, unsigned number)
{
	struct setup setup = { .segments = 512, .chunks = 64, .rewrite = true };
	struct tcp_limits small = { 24576, 6, 2500 };

	memset(w, 0, offsetof(struct world, wire));
	memset((char *)w + sizeof(w->wire), 0, sizeof(*w) - sizeof(w->wire));
	w->random = 0x9e3779b97f4a7c15u * (number + 1);
	w->clean = number % 8 == 0;
	w->evil = number % 3 == 1 && !w->clean;
	w->loss = w->clean ? 0 : roll(w, 30);
	setup.isn[0] = roll(w, 2) ? 0xffffffffu - roll(w, 3500) : roll(w, UINT32_MAX) + 1;
	setup.isn[1] = roll(w, 2) ? 0x7fffffffu - roll(w, 3500) : roll(w, UINT32_MAX) + 1;
	if (!w->clean && chance(w, 30))
		setup.limits = small;
	wire_open(&w->wire, &setup);
	wire_handshake(&w->wire);
	for (unsigned dir = 0; dir < 2; dir++) {
		w->side[dir].len = roll(w, STREAM) + 1;
		w->side[dir].edge = 2000;
		w->wire.window[dir] = (uint16_t)(1500 + roll(w, 5000));
		for (uint32_t i = 0; i < STREAM; i++)
			w->side[dir].text[i] = (uint8_t)roll(w, 256);
	}
}

static bool
is_done(const struct world *w)
{
	for (unsigned dir = 0; dir < 2; dir++)
		if (!w->side[dir].fin_got || w->side[dir].una <= w->side[dir].len)
			return false;
	return true;
}

static void
run(struct world *w, unsigned number)
{
	unsigned turns;

	open_world(w, number);
	for (turns = 0; turns < 4000 && !is_done(w); turns++) {
		unsigned dir = roll(w, 2);

		if (turns == 300) { /* now let it come to its end */
			w->loss = 0;
			w->evil = false;
		}
		send_something(w, dir);
		if (chance(w, 50))
			inspect(w, dir, turns > 100 && chance(w, 70));
		if (chance(w, 40)) {
			put_ack(&w->wire, dir, w->side[dir].sent + w->side[dir].fin_sent,
				w->wire.ack[dir]);
			drain(w);
		}
	}
	assert_true(is_done(w));
	assert_int_equal(tcp_state(w->wire.c), TCP_CLOSED);
	for (unsigned dir = 0; dir < 2; dir++) {
		struct side *s = &w->side[dir];

		assert_int_equal(s->expects, s->len);
		assert_int_equal(w->wire.seen_len[dir], s->len);
		assert_memory_equal(w->wire.seen[dir], s->first, s->len);
		assert_true(number % 3 == 1 || memcmp(s->first, s->text, s->len) == 0);
		assert_true(tcp_at_fin(w->wire.c, dir));
	}
	wire_close(&w->wire);
}

static void
test_random_connections(void **state)
{
	struct world *w = malloc(sizeof(*w));
	const char *only = getenv("TCP_PROPERTY");

	assert_non_null(w);
	for (unsigned i = only != NULL ? (unsigned)atoi(only) : 0; i < CONNECTIONS; i++) {
		*(unsigned **)state = &i;
		run(w, i);
		if (only != NULL)
			break;
	}
	*state = NULL;
	free(w);
}

/* Says which connection it was: TCP_PROPERTY=number runs that one alone. */
static int
say_number(void **state)
{
	if (*state != NULL)
		fprintf(stderr, "connection %u\n", *(unsigned *)*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_random_connections, say_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
