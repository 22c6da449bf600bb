/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A wire of two net_ring ports under the dataplane: what goes in on one side comes out on the
 * other, once and whole, in every shape of workers, spreader and senders.
 */
#include <rte_eth_ring.h>

#include "dp_test.h"

#define SLOTS 1024

static struct rte_ring *in[2], *out[2];
static struct rte_mempool *pool;
static char port_name[2][32];
static struct dp_settings set;

static int
setup(void **state)
{
	static unsigned serial;
	char name[32];
	int i, port;

	(void)state;
	if (pool == NULL)
		pool = rte_pktmbuf_pool_create("test", 4095, 0, 32, 2048 + RTE_PKTMBUF_HEADROOM, 0);
	serial++;
	memset(&stub_plan, 0, sizeof(stub_plan));
	memset(&set, 0, sizeof(set));
	for (i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "in%d.%u", i, serial);
		in[i] = rte_ring_create(name, SLOTS, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
		snprintf(name, sizeof(name), "out%d.%u", i, serial);
		/* several workers' queues end in one ring */
		out[i] = rte_ring_create(name, SLOTS, 0, 0);
		struct rte_ring *outs[4] = { out[i], out[i], out[i], out[i] };
		snprintf(name, sizeof(name), "w%d_%u", i, serial);
		port = rte_eth_from_rings(name, &in[i], 1, outs, 4, 0);
		if (port < 0)
			return -1;
		rte_eth_dev_get_name_by_port((uint16_t)port, port_name[i]);
	}
	static const char *ports[2] = { port_name[0], port_name[1] };
	set.ports = ports;
	set.port_count = 2;
	set.mbufs = 8191;
	set.ring_size = 256;
	set.event_slots = 16;
	set.engine.key = hash_key_fixed();
	return 0;
}

static int
teardown(void **state)
{
	struct rte_mbuf *m = NULL;
	uint16_t id;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		if (rte_eth_dev_get_port_by_name(port_name[i], &id) == 0)
			rte_eth_dev_close(id);
		while (rte_ring_dequeue(in[i], (void **)&m) == 0)
			rte_pktmbuf_free(m);
		while (rte_ring_dequeue(out[i], (void **)&m) == 0)
			rte_pktmbuf_free(m);
		rte_ring_free(in[i]);
		rte_ring_free(out[i]);
	}
	/* nothing is lost on the way, whatever the test did */
	return rte_mempool_avail_count(pool) == 4095 ? 0 : -1;
}

static struct dp *
begin(void)
{
	struct err err = { .text = "" };
	struct dp *dp = dp_create(&set, &err);

	if (dp == NULL)
		fail_msg("%s", err.text);
	return dp;
}

static void
put(unsigned side, uint16_t a, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	assert_non_null(m);
	test_frame((uint8_t *)rte_pktmbuf_append(m, len), len, side == 1, a, 25);
	while (rte_ring_enqueue(in[side], m) != 0)
		usleep(100);
}

/* Until so many frames left by this side, or for two seconds. */
static void
await(unsigned side, unsigned count)
{
	int i;

	for (i = 0; i < 10000 && rte_ring_count(out[side]) < count; i++)
		usleep(200);
	assert_int_equal(rte_ring_count(out[side]), count);
}

static void
await_frames(struct dp *dp, uint64_t count)
{
	struct stats s;
	int i;

	for (i = 0; i < 10000; i++) {
		dp_stats(dp, &s);
		if (s.v[STATS_FRAMES] >= count)
			return;
		usleep(200);
	}
	fail_msg("only %llu frames were seen", (unsigned long long)s.v[STATS_FRAMES]);
}

static void
end(struct dp *dp)
{
	dp_stop(dp, DP_DRAIN);
	test_wait(dp);
	dp_destroy(dp);
}

/* Frames of one connection, numbered by length, both ways; they come out in order, whole, on the
 * other side. */
static void
run_in_order(void)
{
	struct dp *dp = begin();
	struct err err;
	struct stats s;
	struct rte_mbuf *m = NULL;
	uint8_t want[1200];
	unsigned i;

	assert_int_equal(dp_start(dp, &err), 0);
	for (i = 0; i < 200; i++) {
		put(0, 1000, (uint16_t)(60 + i));
		put(1, 1000, (uint16_t)(60 + i));
	}
	await(1, 200);
	await(0, 200);
	for (i = 0; i < 200; i++) {
		assert_int_equal(rte_ring_dequeue(out[1], (void **)&m), 0);
		assert_int_equal(m->pkt_len, 60 + i);
		test_frame(want, 60 + i, false, 1000, 25);
		assert_memory_equal(rte_pktmbuf_mtod(m, void *), want, 60 + i);
		rte_pktmbuf_free(m);
	}
	dp_stats(dp, &s);
	assert_int_equal(s.v[STATS_FRAMES], 400);
	assert_int_equal(s.v[STATS_ACCEPTED], 400);
	assert_int_equal(s.v[STATS_BLOCKED], 0);
	end(dp);
}

static void
one_worker_sends_inline(void **state)
{
	set.tx_mode = DP_TX_INLINE;
	run_in_order();
}

static void
one_worker_with_a_sender(void **state)
{
	set.tx_mode = DP_TX_CORES;
	set.tx = 1;
	run_in_order();
}

static void
three_workers_and_a_sender_keep_order(void **state)
{
	set.rx = 3;
	set.tx = 1;
	run_in_order();
}

static void
engine_that_takes_little(void **state)
{
	stub_plan.take = 5;
	run_in_order();
}

static void
spread_keeps_directions_together(void **state)
{
	struct dp *dp;
	struct err err;
	unsigned w, used = 0, both[1000] = { 0 }, i;
	size_t k;

	set.rx = 3;
	set.tx_mode = DP_TX_INLINE;
	dp = begin();
	assert_int_equal(dp_workers(dp), 3);
	assert_int_equal(dp_lcores(dp), 4); /* and the spreader */
	assert_int_equal(dp_start(dp, &err), 0);
	for (i = 0; i < 300; i++) {
		put(0, (uint16_t)(2000 + i), 60);
		put(1, (uint16_t)(2000 + i), 60);
	}
	await(0, 300);
	await(1, 300);
	dp_stop(dp, DP_PAUSE); /* engines are read at rest */
	test_wait(dp);
	for (w = 0; w < 3; w++) {
		used += stub_engines[w]->seen_count > 100;
		for (k = 0; k < stub_engines[w]->seen_count; k++) {
			const struct stub_seen *f = &stub_engines[w]->seen[k];
			unsigned c = (f->sport == 25 ? f->dport : f->sport) - 2000u;

			assert_true(c < 300);
			assert_int_equal(f->port, f->sport == 25 ? 1 : 0);
			if (f->port == 0)
				both[c] += 1 + w * 10;
			else
				both[c] += 100 + w * 1000;
		}
	}
	assert_int_equal(used, 3); /* a fair share for each: of 600, at least 100 */
	for (i = 0; i < 300; i++)
		assert_int_equal(both[i] / 100, both[i] % 100);
	dp_destroy(dp);
}

static void
full_transmit_queue_is_counted(void **state)
{
	struct dp *dp = begin();
	struct err err;
	struct stats s;
	unsigned i;

	assert_int_equal(dp_start(dp, &err), 0);
	for (i = 0; i < 2000; i++)
		put(0, 1, 60);
	await_frames(dp, 2000);
	dp_stop(dp, DP_PAUSE);
	test_wait(dp);
	dp_stats(dp, &s);
	assert_int_equal(rte_ring_count(out[1]), SLOTS - 1);
	assert_int_equal(s.v[STATS_DROP_TX_FULL], 2000 - (SLOTS - 1));
	assert_int_equal(s.v[STATS_ACCEPTED], SLOTS - 1);
	assert_int_equal(s.v[STATS_BLOCKED], 2000 - (SLOTS - 1));
	dp_destroy(dp);
}

static void
frames_are_trimmed_dropped_and_made(void **state)
{
	struct dp *dp;
	struct err err;
	struct rte_mbuf *m = NULL;
	struct pkt p = { .link = NET_LINK_ETHER };

	stub_plan.trim = 10;
	stub_plan.make = true;
	dp = begin();
	assert_int_equal(dp_start(dp, &err), 0);
	put(0, 7, 100);
	await(1, 1);
	await(0, 1);
	rte_ring_dequeue(out[1], (void **)&m);
	assert_int_equal(m->pkt_len, 90);
	assert_int_equal(m->data_len, 90);
	rte_pktmbuf_free(m);
	rte_ring_dequeue(out[0], (void **)&m);
	p.data = rte_pktmbuf_mtod(m, uint8_t *);
	p.len = m->pkt_len;
	assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
	assert_int_equal(p.flags, NET_RST | NET_ACK);
	assert_int_equal(p.sport, 25);
	assert_int_equal(p.dport, 7);
	rte_pktmbuf_free(m);
	end(dp);

	stub_plan.trim = 0;
	stub_plan.make = false;
	stub_plan.drop_all = true;
	dp = begin();
	assert_int_equal(dp_start(dp, &err), 0);
	put(0, 7, 100);
	await_frames(dp, 1);
	end(dp);
	assert_int_equal(rte_ring_count(out[1]), 0);
}

/* A chain of buffers is one piece for the engine, and a chain again on the wire, edit included. */
static void
chains_are_gathered_and_scattered(void **state)
{
	static uint8_t frame[9014], got[9014];
	struct rte_mbuf *m, *head = NULL;
	struct err err;
	struct dp *dp;
	size_t at, n;

	test_frame(frame, sizeof(frame), false, 9, 25);
	for (at = 0; at < sizeof(frame); at += n) {
		m = rte_pktmbuf_alloc(pool);
		n = sizeof(frame) - at < 1000 ? sizeof(frame) - at : 1000;
		memcpy(rte_pktmbuf_append(m, (uint16_t)n), frame + at, n);
		if (head == NULL)
			head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
	}
	stub_plan.poke = 5000;
	dp = begin();
	assert_int_equal(dp_start(dp, &err), 0);
	assert_int_equal(rte_ring_enqueue(in[0], head), 0);
	await(1, 1);
	assert_int_equal(stub_engines[0]->seen[0].len, sizeof(frame));
	rte_ring_dequeue(out[1], (void **)&m);
	assert_int_equal(m->pkt_len, sizeof(frame));
	assert_int_equal(rte_mbuf_check(m, 1, (const char *[]){ "" }), 0);
	frame[5000] = 0xee;
	assert_memory_equal(rte_pktmbuf_read(m, 0, sizeof(frame), got), frame, sizeof(frame));
	rte_pktmbuf_free(m);
	end(dp);
}

static void
count_question(struct engine *e, void *arg)
{
	*(uint64_t *)arg =
		e->stats.v[STATS_FRAMES] + 1000 * (rte_lcore_id() != rte_get_main_lcore());
}

static void
mailbox_answers_running_and_at_rest(void **state)
{
	struct dp *dp = begin();
	struct err err;
	uint64_t answer = 0;

	assert_int_equal(dp_ask(dp, 0, count_question, &answer), 0);
	assert_int_equal(answer, 0);
	assert_int_equal(dp_start(dp, &err), 0);
	assert_int_equal(dp_start(dp, &err), -EALREADY);
	put(0, 1, 60);
	await(1, 1);
	assert_int_equal(dp_ask(dp, 0, count_question, &answer), 0);
	assert_int_equal(answer, 1001);
	end(dp);
}

/* What is held and known survives a pause; the second start goes on. */
static void
pause_and_go_on(void **state)
{
	struct dp *dp;
	struct err err;
	int i;

	set.rx = 2;
	set.tx = 1;
	dp = begin();
	for (i = 1; i <= 3; i++) {
		assert_int_equal(dp_start(dp, &err), 0);
		put(0, 5, 60);
		await(1, (unsigned)i);
		dp_stop(dp, DP_PAUSE);
		test_wait(dp);
		assert_false(dp_running(dp));
	}
	assert_int_equal(stub_engines[0]->drains + stub_engines[1]->drains, 0);
	assert_int_equal(stub_engines[0]->seen_count + stub_engines[1]->seen_count, 3);
	assert_int_equal(dp_start(dp, &err), 0);
	dp_stop(dp, DP_DRAIN);
	test_wait(dp);
	assert_int_equal(stub_engines[0]->drains, 3);
	dp_destroy(dp);
}

static void
wrong_ports_are_named(void **state)
{
	static const char *ports[2] = { port_name[0], "net_ring_nowhere" };
	static const char *twice[2] = { port_name[0], port_name[0] };
	struct err err = { .text = "" };

	set.ports = ports;
	assert_null(dp_create(&set, &err));
	assert_non_null(strstr(err.text, "net_ring_nowhere"));
	assert_non_null(strstr(err.hint, port_name[0]));
	set.ports = twice;
	assert_null(dp_create(&set, &err));
	assert_non_null(strstr(err.text, "twice"));
	set.port_count = 1;
	assert_null(dp_create(&set, &err));
	assert_non_null(strstr(err.text, "pairs"));
}

static void
too_few_lcores_are_named(void **state)
{
	struct err err = { .text = "" };

	set.rx = 6;
	assert_null(dp_create(&set, &err));
	assert_non_null(strstr(err.text, "6 lcores are there"));
	assert_non_null(strstr(err.hint, "--lcores"));
}

static void
wrong_checksums_are_told_once(void **state)
{
	char buf[256];
	struct dp *dp;
	struct err err;
	int i;

	set.engine.checksums = true; /* test_frame leaves them 0 */
	dp = begin();
	assert_int_equal(dp_start(dp, &err), 0);
	assert_null(dp_checksum_warning(dp, buf, sizeof(buf)));
	for (i = 0; i < 5; i++)
		put(0, 1, 60);
	await(1, 5);
	for (i = 0; i < 1000 && dp_checksum_warning(dp, buf, sizeof(buf)) == NULL; i++)
		usleep(100);
	assert_non_null(strstr(buf, "ethtool -K"));
	assert_null(dp_checksum_warning(dp, buf, sizeof(buf)));
	end(dp);
}

#define WIRE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WIRE_TEST(one_worker_sends_inline),
		WIRE_TEST(one_worker_with_a_sender),
		WIRE_TEST(three_workers_and_a_sender_keep_order),
		WIRE_TEST(engine_that_takes_little),
		WIRE_TEST(spread_keeps_directions_together),
		WIRE_TEST(full_transmit_queue_is_counted),
		WIRE_TEST(frames_are_trimmed_dropped_and_made),
		WIRE_TEST(chains_are_gathered_and_scattered),
		WIRE_TEST(mailbox_answers_running_and_at_rest),
		WIRE_TEST(pause_and_go_on),
		WIRE_TEST(wrong_ports_are_named),
		WIRE_TEST(too_few_lcores_are_named),
		WIRE_TEST(wrong_checksums_are_told_once),
	};

	return cmocka_run_group_tests(tests, test_eal, test_eal_end);
}
