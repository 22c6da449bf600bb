/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys: both directions of a connection give one, two connections never do, and the hash spreads
 * what real and hostile networks look like.
 */
#include "flow_internal.h"
#include "keys.h"

static struct flow_table *
table_with(struct hash_key key)
{
	struct flow_table *t = flow_table_create(1000, 0, key, 0);

	assert_non_null(t);
	return t;
}

static bool
equal(const struct flow_key *a, const struct flow_key *b)
{
	return memcmp(a, b, FLOW_KEY_SIZE) == 0;
}

static struct pkt
reversed(const struct pkt *p)
{
	struct pkt r = *p;

	r.src = p->dst;
	r.dst = p->src;
	r.sport = p->dport;
	r.dport = p->sport;
	return r;
}

/* Both directions: one key, one hash, opposite ways; low is the smaller endpoint, pad is 0. */
static void
check_pair(const struct flow_table *t, const struct pkt *p)
{
	struct pkt back = reversed(p);
	struct flow_key there, here;
	const struct net_addr *low;
	int order = memcmp(p->src.b, p->dst.b, 16);
	bool down = order > 0 || (order == 0 && p->sport > p->dport);

	memset(&there, 0xee, sizeof(there));
	memset(&here, 0x11, sizeof(here));
	flow_key_of(t, p, &there);
	flow_key_of(t, &back, &here);
	assert_true(equal(&there, &here));
	assert_int_equal(there.hash, here.hash);
	assert_int_equal(there.swapped, down);
	low = down ? &p->dst : &p->src;
	assert_memory_equal(&there.low, low, sizeof(*low));
	assert_int_equal(there.low_port, down ? p->dport : p->sport);
	assert_int_equal(there.high_port, down ? p->sport : p->dport);
	assert_memory_equal(there.pad, "\0\0\0\0\0\0\0", sizeof(there.pad));
	if (order != 0 || p->sport != p->dport)
		assert_true(there.swapped != here.swapped);
}

static void
test_directions(void **state)
{
	struct flow_table *t = table_with(hash_key_fixed());

	for (unsigned round = 0; round < 20000; round++) {
		struct pkt p = frame_of((uint32_t)draw(), draw() & 1);

		/* near ties: addresses that differ in one byte, or in nothing */
		if (round % 2 == 0) {
			p.dst = p.src;
			p.dst.b[draw() % 16] ^= (uint8_t)draw();
		}
		if (round % 4 == 0)
			p.dst = p.src;
		if (round % 8 == 0)
			p.dport = p.sport;
		check_pair(t, &p);
	}
	flow_table_destroy(t);
}

/* Every part of the identity counts, alone. */
static void
test_identity(void **state)
{
	struct flow_table *t = table_with(hash_key_fixed());
	struct pkt p = frame_of(7, false);
	struct flow_key key[39];

	flow_key_of(t, &p, &key[38]);
	for (unsigned i = 0; i < 38; i++) {
		struct pkt q = p;

		if (i < 16)
			q.src.b[i] ^= 1;
		else if (i < 32)
			q.dst.b[i - 16] ^= 1;
		else if (i == 32)
			q.sport ^= 1;
		else if (i == 33)
			q.dport ^= 1;
		else if (i == 34)
			q.ip_proto = 17;
		else if (i == 35)
			q.vlan_count = 1, q.vlan[0] = 9;
		else if (i == 36)
			q.vlan_count = 2, q.vlan[0] = 9, q.vlan[1] = 2;
		else
			q.vlan_count = 2, q.vlan[0] = 1, q.vlan[1] = 9;
		flow_key_of(t, &q, &key[i]);
		check_pair(t, &q);
	}
	for (unsigned i = 0; i < 39; i++)
		for (unsigned j = 0; j < i; j++) {
			assert_false(equal(&key[i], &key[j]));
			assert_int_not_equal(key[i].hash, key[j].hash);
		}
	flow_table_destroy(t);
}

/* What is no part of the identity does not count, ids beyond vlan_count neither. */
static void
test_not_identity(void **state)
{
	struct flow_table *t = table_with(hash_key_fixed());
	struct pkt p = frame_of(7, false), q = p;
	struct flow_key a, b;

	q.vlan[0] = 5;
	q.vlan[1] = 6;
	q.ttl = 9;
	q.flags = NET_FIN;
	q.seq = 77;
	q.port = 1;
	q.len = 1000;
	flow_key_of(t, &p, &a);
	flow_key_of(t, &q, &b);
	assert_true(equal(&a, &b));
	assert_int_equal(a.hash, b.hash);
	p.vlan_count = q.vlan_count = 1;
	p.vlan[0] = 5;
	flow_key_of(t, &p, &a);
	flow_key_of(t, &q, &b);
	assert_true(equal(&a, &b));
	assert_int_equal(a.hash, b.hash);
	assert_int_equal(b.vlan[1], 0);
	flow_table_destroy(t);
}

/* IPv4 and the IPv6 address with the same last bytes are two. */
static void
test_families(void **state)
{
	struct flow_table *t = table_with(hash_key_fixed());
	struct pkt p = frame_of(1, false), q = p;
	struct flow_key a, b;

	memset(q.src.b, 0, 12);
	memset(q.dst.b, 0, 12);
	flow_key_of(t, &p, &a);
	flow_key_of(t, &q, &b);
	assert_false(equal(&a, &b));
	flow_table_destroy(t);
}

/* A fixed key repeats itself; two random ones share no more hashes than chance. */
static void
test_secret(void **state)
{
	struct flow_table *t[4] = { table_with(hash_key_fixed()), table_with(hash_key_fixed()),
				    table_with(hash_key_random()), table_with(hash_key_random()) };
	unsigned same = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		struct flow_key k[4];

		for (unsigned j = 0; j < 4; j++)
			k[j] = key_of(t[j], i, false);
		assert_int_equal(k[0].hash, k[1].hash);
		same += (k[0].hash == k[2].hash) + (k[2].hash == k[3].hash);
	}
	assert_true(same <= 1);
	for (unsigned j = 0; j < 4; j++)
		flow_table_destroy(t[j]);
}

enum { SPREAD = 65536 };

/* Into how many of SPREAD buckets do SPREAD keys fall? Chance says 63.2 %, within 0.3 %. */
static void
check_spread(const char *what, const struct flow_table *t, struct pkt (*make)(uint32_t i))
{
	static uint8_t load[SPREAD];
	unsigned used = 0, most = 0;

	memset(load, 0, sizeof(load));
	for (uint32_t i = 0; i < SPREAD; i++) {
		struct pkt p = make(i);
		struct flow_key key;
		uint32_t b;

		flow_key_of(t, &p, &key);
		b = key.hash / (uint32_t)(UINT64_C(0x100000000) / SPREAD);
		used += load[b]++ == 0;
		most = load[b] > most ? load[b] : most;
	}
	if (used < SPREAD / 1000 * 628 || most > 14)
		fail_msg("%s: %u buckets used, %u in one", what, used, most);
}

static struct pkt
by_port(uint32_t i)
{
	struct pkt p = frame_of(1, false);

	p.sport = (uint16_t)i;
	return p;
}

static struct pkt
by_address(uint32_t i)
{
	struct pkt p = frame_of(1, false);

	memcpy(p.src.b + 12, &i, 4);
	return p;
}

static struct pkt
by_network(uint32_t i)
{
	struct pkt p = frame_of(3, false);

	p.src.b[2] = (uint8_t)(i >> 8);
	p.src.b[3] = (uint8_t)i;
	return p;
}

/* The top bits of two words move together: what cancels out in a plain sum. */
static struct pkt
by_both_ends(uint32_t i)
{
	struct pkt p = frame_of(3, false);

	p.src.b[8] = p.dst.b[8] = (uint8_t)(i >> 8);
	p.src.b[15] = p.dst.b[15] = (uint8_t)i;
	return p;
}

static struct pkt
by_steps(uint32_t i)
{
	struct pkt p = frame_of(1, false);
	uint32_t address = i * 65536;

	memcpy(p.src.b + 12, &address, 4);
	return p;
}

static void
test_spread(void **state)
{
	for (unsigned round = 0; round < 4; round++) {
		struct hash_key key = { draw(), draw() };
		struct flow_table *t = table_with(round == 0 ? hash_key_fixed() : key);

		check_spread("ports", t, by_port);
		check_spread("addresses", t, by_address);
		check_spread("networks", t, by_network);
		check_spread("both ends", t, by_both_ends);
		check_spread("steps", t, by_steps);
		flow_table_destroy(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directions), cmocka_unit_test(test_identity),
		cmocka_unit_test(test_not_identity), cmocka_unit_test(test_families),
		cmocka_unit_test(test_secret), cmocka_unit_test(test_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
