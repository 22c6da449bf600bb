/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The session table: one entry for both directions of a connection, in buckets of one cache line.
 *
 *	flow_key_of(t, &pkts[i], &keys[i]);	canonical key and hash, of each of a burst
 *	flow_find(t, keys, n, entries);			whole burst, prefetched
 *	e = flow_insert(t, &keys[i], now_us);		NULL: full
 *	c = flow_data(e);				the caller's bytes
 *
 * The key is canonical (the smaller endpoint first), so both directions and both ports of the wire
 * give one entry; flow_key.swapped says which way this frame goes. The hash is keyed. Bounded:
 * flow_table_create maps all memory, and a search ends after a fixed number of buckets. Entries
 * expire on a timer wheel by flow_arm; when the table is full, flow_evict picks a victim: of the
 * lowest rank in use the longest idle of a few candidates; established and busy last. Not thread
 * safe: one table a worker, nothing shared.
 */
#ifndef FLOW_H
#define FLOW_H

#include "hash.h"
#include "net.h"
#include "wheel.h"

/* 48 bytes, compared by memcmp; padding is always 0. */
struct flow_key {
	struct net_addr low, high; /* by address, then port */
	uint16_t low_port, high_port;
	uint16_t vlan[NET_VLANS];
	uint8_t ip_proto, pad[7];
	/* not part of the identity: */
	uint32_t hash;
	bool swapped; /* this frame goes from high to low */
};
#define FLOW_KEY_SIZE 48

/* What an entry is worth when the table is full; the caller keeps it current. */
enum flow_rank {
	FLOW_LIGHT, /* nothing depends on it: its next frame would make it again */
	FLOW_HALF_OPEN, FLOW_CLOSED, FLOW_DROPPED, FLOW_ESTABLISHED
};

struct flow_table;
struct flow_entry; /* key, timer, rank, last use; then the caller's bytes */

/* entries at most, data_size caller's bytes each (8-aligned, cleared at insert). NULL and errno. */
struct flow_table *flow_table_create(size_t entries, size_t data_size, struct hash_key key,
				     uint64_t now_us);
void flow_table_destroy(struct flow_table *t);

/* Canonical key and hash of one TCP or UDP frame. */
void flow_key_of(const struct flow_table *t, const struct pkt *p, struct flow_key *key);
/* entries[i] = the entry of keys[i], or NULL. n <= 64. */
void flow_find(struct flow_table *t, const struct flow_key *keys, size_t n,
	       struct flow_entry **entries);
/* The key must not be in the table. NULL when full: flow_evict first. */
struct flow_entry *flow_insert(struct flow_table *t, const struct flow_key *key, uint64_t now_us);
void flow_remove(struct flow_table *t, struct flow_entry *e);
/* The entry to give up, still in the table; NULL only when the table is empty. One of rank first
 * while there is any, then of the lowest rank. near: the key that flow_insert had no room for; when
 * only a neighbour's place helps, it is a neighbour. */
struct flow_entry *flow_evict(struct flow_table *t, const struct flow_key *near,
			      enum flow_rank first);

void *flow_data(struct flow_entry *e);
struct flow_entry *flow_of(void *data);
const struct flow_key *flow_entry_key(const struct flow_entry *e);
/* Counts for flow_evict from the next flow_arm on. */
void flow_rank_set(struct flow_entry *e, enum flow_rank rank);
enum flow_rank flow_rank(const struct flow_entry *e);
void flow_touch(struct flow_entry *e, uint64_t now_us);
uint64_t flow_used_us(const struct flow_entry *e); /* last touch, to about 65 ms */

/* (Re)arm the entry's timer; it comes out of flow_expired when its time is over. */
void flow_arm(struct flow_table *t, struct flow_entry *e, uint64_t at_us);
void flow_advance(struct flow_table *t, uint64_t now_us);
struct flow_entry *flow_expired(struct flow_table *t); /* disarmed, still in the table; or NULL */

size_t flow_count(const struct flow_table *t);
/* Entries of one rank, as of their last flow_arm. A limit on half-open sessions asks this. */
size_t flow_count_rank(const struct flow_table *t, enum flow_rank rank);
size_t flow_size(const struct flow_table *t);
/* Bytes of memory an entry costs, buckets included, data included. */
size_t flow_entry_cost(const struct flow_table *t);
/* Walk: *pos starts at 0; NULL at the end. Entries may be removed while walking. */
struct flow_entry *flow_walk(struct flow_table *t, size_t *pos);
/* The same over *look places at most, which it counts down: NULL with *look > 0 is the end. */
struct flow_entry *flow_walk_some(struct flow_table *t, size_t *pos, size_t *look);

#endif
