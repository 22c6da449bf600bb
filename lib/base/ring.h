/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ring of fixed-size slots between exactly one producer and one consumer thread (C11 atomics,
 * no lock). The producer reserves a slot, fills it and commits; the consumer peeks and pops.
 * Full: reserve gives NULL, the caller counts the loss; nobody ever waits.
 */
#ifndef RING_H
#define RING_H

#include <stdint.h>
#include <stddef.h>

struct ring;

/* slots is rounded up to a power of two. NULL and errno when memory is short. */
struct ring *ring_create(size_t slot_size, size_t slots);
void ring_destroy(struct ring *r);

/* Producer only. */
void *ring_reserve(struct ring *r); /* NULL: full */
void ring_commit(struct ring *r);   /* makes the reserved slot visible */

/* Consumer only. */
void *ring_peek(struct ring *r); /* oldest slot, or NULL when empty */
void ring_pop(struct ring *r);	 /* gives it back */

/* Either side; a snapshot. */
size_t ring_count(const struct ring *r);
size_t ring_size(const struct ring *r);

#endif
