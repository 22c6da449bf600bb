/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bump memory of one connection or one transaction: many small pieces, freed at once.
 *
 * Chunks come from a pool (no malloc on the packet path) and the arena has a cap in bytes. When the
 * cap or the pool is reached, arena_alloc gives NULL and the caller counts a named limit.
 * Not thread safe; one owner.
 */
#ifndef ARENA_H
#define ARENA_H

#include "pool.h"
#include "span.h"

struct arena_chunk;

struct arena {
	struct pool *pool;	   /* where chunks come from; objects of any size >= 64 */
	struct arena_chunk *chunk; /* newest first */
	uint32_t used;		   /* bytes of chunks held */
	uint32_t cap;		   /* bytes at most, whole chunks */
};

void arena_open(struct arena *a, struct pool *pool, uint32_t cap);
/* size bytes, aligned to 8, not cleared; NULL at the cap, or when size does not fit a chunk. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy of the bytes; SPAN_NONE (ptr NULL) when there is no room. An empty span copies to a
 * non-NULL pointer, so that "present and empty" stays visible. */
struct span arena_copy(struct arena *a, struct span bytes);
/* Gives all chunks back; the arena may be used again. */
void arena_reset(struct arena *a);
#define arena_close arena_reset

#endif
