/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * perf_flow [ENTRIES]: nanoseconds a lookup in the session table, beside DPDK's rte_hash with the
 * same keys in the same run. Bursts of 32 in random order: what is there, what is not; the search
 * alone (hashes known), the search up to the first byte of the session's own record (which flow
 * keeps behind the key and rte_hash only points at), and all of that from the frame on, with key
 * and hash made. Best of several rounds, taken in turns, in CPU time. Figures, not a verdict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_memory.h>
#include <rte_prefetch.h>

#include "flow.h"

#define BURST 32
#define ROUNDS 7
#define DATA 352 /* as large as an engine's connection */

struct side {
	struct pkt *frame;
	struct flow_key *key;
	uint32_t *rte_sig;
};

struct bench {
	size_t entries;
	struct flow_table *flow;
	struct rte_hash *rte;
	uint8_t *record; /* of rte_hash */
	struct side there, absent;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
die(const char *what)
{
	fprintf(stderr, "perf_flow: %s\n", what);
	exit(1);
}

static void *
room(size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (p == NULL)
		die("no memory");
	return p;
}

/* Number i as a connection: a client of 10/8 at a random port, one server. */
static struct pkt
frame_of(uint32_t i)
{
	static const struct net_addr any = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10 } };
	struct pkt p = { .kind = NET_TCP, .ip_proto = 6, .src = any, .dst = any, .dport = 25 };

	p.src.b[13] = (uint8_t)(i >> 16);
	p.src.b[14] = (uint8_t)(i >> 8);
	p.src.b[15] = (uint8_t)i;
	p.dst.b[12] = 192;
	p.sport = (uint16_t)(1024 + i * 40503 % 60000);
	return p;
}

static struct side
make_side(const struct bench *b, uint32_t from)
{
	size_t n = b->entries;
	struct side s = { room(n, sizeof(*s.frame)), room(n, sizeof(*s.key)),
			  room(n, sizeof(*s.rte_sig)) };
	uint32_t *order = room(n, sizeof(*order));

	for (size_t i = 0; i < n; i++) {
		size_t other = (size_t)(((uint64_t)rand() << 31 | (uint64_t)rand()) % (i + 1));

		order[i] = order[other];
		order[other] = from + (uint32_t)i;
	}
	for (size_t i = 0; i < n; i++) {
		s.frame[i] = frame_of(order[i]);
		flow_key_of(b->flow, &s.frame[i], &s.key[i]);
		s.rte_sig[i] = rte_hash_hash(b->rte, &s.key[i]);
	}
	free(order);
	return s;
}

/* What flow_key_of does but for the hash, which rte_hash makes. */
static void
plain_key(const struct pkt *p, struct flow_key *key)
{
	bool swapped = memcmp(p->src.b, p->dst.b, sizeof(p->src.b)) > 0;

	memset(key, 0, sizeof(*key));
	key->low = swapped ? p->dst : p->src;
	key->high = swapped ? p->src : p->dst;
	key->low_port = swapped ? p->dport : p->sport;
	key->high_port = swapped ? p->sport : p->dport;
	key->ip_proto = p->ip_proto;
}

/* Lookups return how many were found, which must be all or none. */
typedef size_t lookup(const struct bench *b, const struct side *s, size_t at);

static size_t
flow_search(const struct bench *b, const struct flow_key *key, bool touch)
{
	struct flow_entry *e[BURST];
	size_t found = 0;

	flow_find(b->flow, key, BURST, e);
	for (unsigned i = 0; i < BURST; i++) {
		found += e[i] != NULL;
		if (touch && e[i] != NULL)
			++*(uint64_t *)flow_data(e[i]);
	}
	return found;
}

static size_t
flow_alone(const struct bench *b, const struct side *s, size_t at)
{
	return flow_search(b, &s->key[at], false);
}

static size_t
flow_record(const struct bench *b, const struct side *s, size_t at)
{
	return flow_search(b, &s->key[at], true);
}

static size_t
flow_whole(const struct bench *b, const struct side *s, size_t at)
{
	struct flow_key key[BURST];

	for (unsigned i = 0; i < BURST; i++)
		flow_key_of(b->flow, &s->frame[at + i], &key[i]);
	return flow_search(b, key, true);
}

static size_t
rte_search(const struct bench *b, const struct flow_key *keys, const uint32_t *sig, bool touch)
{
	const void *key[BURST];
	void *data[BURST];
	uint64_t hits = 0;

	for (unsigned i = 0; i < BURST; i++)
		key[i] = &keys[i];
	if (sig != NULL)
		rte_hash_lookup_with_hash_bulk_data(b->rte, key, (hash_sig_t *)(uintptr_t)sig,
						    BURST, &hits, data);
	else
		rte_hash_lookup_bulk_data(b->rte, key, BURST, &hits, data);
	if (touch) {
		for (unsigned i = 0; i < BURST; i++)
			if (hits >> i & 1)
				rte_prefetch0(data[i]);
		for (unsigned i = 0; i < BURST; i++)
			if (hits >> i & 1)
				++*(uint64_t *)data[i];
	}
	return (size_t)__builtin_popcountll(hits);
}

static size_t
rte_alone(const struct bench *b, const struct side *s, size_t at)
{
	return rte_search(b, &s->key[at], &s->rte_sig[at], false);
}

static size_t
rte_record(const struct bench *b, const struct side *s, size_t at)
{
	return rte_search(b, &s->key[at], &s->rte_sig[at], true);
}

static size_t
rte_whole(const struct bench *b, const struct side *s, size_t at)
{
	struct flow_key key[BURST];

	for (unsigned i = 0; i < BURST; i++)
		plain_key(&s->frame[at + i], &key[i]);
	return rte_search(b, key, NULL, true);
}

static double
time_of(const struct bench *b, const struct side *s, lookup *f, size_t expected)
{
	size_t lookups = b->entries / BURST * BURST, found = 0;
	double begin = now();

	for (size_t at = 0; at < lookups; at += BURST)
		found += f(b, s, at);
	if (found != expected * lookups)
		die("a lookup was wrong");
	return (now() - begin) / (double)lookups;
}

static void
compare(const struct bench *b, const char *what, const struct side *s, size_t expected,
	lookup *ours, lookup *theirs)
{
	double flow = 1e9, rte = 1e9;

	for (unsigned round = 0; round < ROUNDS; round++) {
		double a = time_of(b, s, ours, expected), c = time_of(b, s, theirs, expected);

		flow = a < flow ? a : flow;
		rte = c < rte ? c : rte;
	}
	printf("%-26s flow %6.1f ns", what, flow);
	printf("  rte_hash %6.1f ns  ratio %.2f\n", rte, rte / flow);
}

/* Without hugetlbfs EAL has small pages; flow asks for transparent huge ones. Give EAL the same: its
 * memory moves, in place, to pages that the kernel may join. */
static int
enlarge(const struct rte_memseg_list *list, const struct rte_memseg *seg, size_t len, void *arg)
{
	int map = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	void *copy = room(1, len);

	(void)list;
	(void)arg;
	memcpy(copy, seg->addr, len);
	if (mmap(seg->addr, len, PROT_READ | PROT_WRITE, map, -1, 0) == MAP_FAILED)
		die("cannot move EAL's memory");
	madvise(seg->addr, len, MADV_HUGEPAGE);
	memcpy(seg->addr, copy, len);
	free(copy);
	return 0;
}

static void
start_eal(void)
{
	char *args[] = { "perf_flow", "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf",
			 "-l", "0", "--log-level=error", "-m", "256" };

	if (rte_eal_init((int)(sizeof(args) / sizeof(args[0])), args) < 0)
		die(rte_strerror(rte_errno));
	rte_memseg_contig_walk(enlarge, NULL);
}

static void
open_bench(struct bench *b)
{
	struct rte_hash_parameters set = { .name = "sessions", .entries = (uint32_t)b->entries,
					   .key_len = FLOW_KEY_SIZE };

	b->flow = flow_table_create(b->entries, DATA, hash_key_random(), 0);
	b->rte = rte_hash_create(&set);
	b->record = mmap(NULL, b->entries * DATA, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b->flow == NULL || b->rte == NULL || b->record == MAP_FAILED)
		die("no memory for the tables");
	madvise(b->record, b->entries * DATA, MADV_HUGEPAGE);
	memset(b->record, 0, b->entries * DATA);
	b->there = make_side(b, 0);
	b->absent = make_side(b, (uint32_t)b->entries);
	for (size_t i = 0; i < b->entries; i++) {
		struct flow_key key;
		struct pkt p = frame_of((uint32_t)i);

		flow_key_of(b->flow, &p, &key);
		if (flow_insert(b->flow, &key, 0) == NULL)
			die("the table is full too early");
		if (rte_hash_add_key_data(b->rte, &key, b->record + i * DATA) != 0)
			die("rte_hash is full");
	}
}

int
main(int argc, char **argv)
{
	struct bench b = { .entries = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000 };

	start_eal();
	open_bench(&b);
	printf("%zu sessions, %zu bytes each without data\n", flow_count(b.flow),
	       flow_entry_cost(b.flow) - DATA);
	compare(&b, "found, search alone", &b.there, 1, flow_alone, rte_alone);
	compare(&b, "found, to the record", &b.there, 1, flow_record, rte_record);
	compare(&b, "found, from the frame on", &b.there, 1, flow_whole, rte_whole);
	compare(&b, "absent, search alone", &b.absent, 0, flow_alone, rte_alone);
	compare(&b, "absent, from the frame on", &b.absent, 0, flow_whole, rte_whole);
	return 0;
}
