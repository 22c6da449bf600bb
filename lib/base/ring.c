/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One producer, one consumer. In: slots filled by the producer; out: the same slots, in order.
 * Workers hand events to the writer through it. It never waits and never overwrites.
 *
 * `tail` counts slots made visible, `head` slots given back; both only grow (and may wrap), their
 * difference is what lies between. Each has its own cache line, with the last value seen of the
 * other's, so that the other's line is read only when the ring looks full or empty.
 *
 *	producer: fill, store tail (release)    consumer: load tail (acquire), read
 *	consumer: read, store head (release)    producer: load head (acquire), fill
 */
#include "ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LINE 64

struct ring {
	/* fixed after creation */
	uint8_t *slots;
	size_t slot_size, count;

	/* producer: rw, consumer: ro */
	_Alignas(LINE) atomic_size_t tail;
	size_t head_seen; /* producer's alone */

	/* consumer: rw, producer: ro */
	_Alignas(LINE) atomic_size_t head;
	size_t tail_seen; /* consumer's alone */
};

struct ring *
ring_create(size_t slot_size, size_t slots)
{
	size_t size = (slot_size + 15) / 16 * 16;
	size_t count = 1;
	struct ring *r;

	while (count < slots && count <= SIZE_MAX / 4)
		count *= 2;
	if (slot_size == 0 || size < slot_size || slots == 0 || size > SIZE_MAX / 4 / count) {
		errno = EINVAL;
		return NULL;
	}
	r = aligned_alloc(LINE, sizeof(*r));
	if (r == NULL)
		return NULL;
	*r = (struct ring){ .slot_size = size, .count = count };
	r->slots = aligned_alloc(LINE, (size * count + LINE - 1) / LINE * LINE);
	if (r->slots == NULL) {
		free(r);
		return NULL;
	}
	atomic_init(&r->tail, 0);
	atomic_init(&r->head, 0);
	return r;
}

void
ring_destroy(struct ring *r)
{
	if (r == NULL)
		return;
	free(r->slots);
	free(r);
}

static void *
slot_at(struct ring *r, size_t position)
{
	return r->slots + (position & (r->count - 1)) * r->slot_size;
}

void *
ring_reserve(struct ring *r)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail - r->head_seen == r->count)
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
	if (tail - r->head_seen == r->count)
		return NULL;
	return slot_at(r, tail);
}

void
ring_commit(struct ring *r)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
}

void *
ring_peek(struct ring *r)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	if (head == r->tail_seen)
		r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
	if (head == r->tail_seen)
		return NULL;
	return slot_at(r, head);
}

void
ring_pop(struct ring *r)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	atomic_store_explicit(&r->head, head + 1, memory_order_release);
}

size_t
ring_count(const struct ring *r)
{
	/* head first: tail can only have grown since, so the difference is never negative. */
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	size_t count = atomic_load_explicit(&r->tail, memory_order_acquire) - head;

	return count < r->count ? count : r->count;
}

size_t
ring_size(const struct ring *r)
{
	return r->count;
}
