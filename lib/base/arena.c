/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bump memory over chunks of a pool. In: sizes and bytes; out: pieces that live until
 * arena_reset. Sessions and transactions own one each. It frees no single piece and never takes
 * more than its cap.
 */
#include "arena.h"

#define ALIGN 8

struct arena_chunk {
	struct arena_chunk *next;
	uint32_t fill; /* bytes used, this header included; a multiple of ALIGN */
};

#define HEADER ((sizeof(struct arena_chunk) + ALIGN - 1) / ALIGN * ALIGN)

void
arena_open(struct arena *a, struct pool *pool, uint32_t cap)
{
	*a = (struct arena){ .pool = pool, .cap = cap };
}

static struct arena_chunk *
add_chunk(struct arena *a, size_t chunk_size)
{
	struct arena_chunk *c;

	if (chunk_size > a->cap - a->used)
		return NULL;
	c = pool_get(a->pool);
	if (c == NULL)
		return NULL;
	c->next = a->chunk;
	c->fill = HEADER;
	a->chunk = c;
	a->used += (uint32_t)chunk_size;
	return c;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t chunk_size = pool_object_size(a->pool);
	struct arena_chunk *c = a->chunk;
	uint8_t *piece;

	if (size == 0)
		size = 1; /* every piece has its own address */
	if (size > chunk_size - HEADER)
		return NULL;
	if (c == NULL || size > chunk_size - c->fill)
		c = add_chunk(a, chunk_size);
	if (c == NULL)
		return NULL;
	piece = (uint8_t *)c + c->fill;
	c->fill += (uint32_t)((size + ALIGN - 1) / ALIGN * ALIGN);
	if (c->fill > chunk_size)
		c->fill = (uint32_t)chunk_size;
	return piece;
}

struct span
arena_copy(struct arena *a, struct span bytes)
{
	void *copy;

	if (bytes.len == 0)
		return SPAN_LIT("");
	copy = arena_alloc(a, bytes.len);
	if (copy == NULL)
		return SPAN_NONE;
	memcpy(copy, bytes.ptr, bytes.len);
	return span_of(copy, bytes.len);
}

void
arena_reset(struct arena *a)
{
	struct arena_chunk *c = a->chunk;

	while (c != NULL) {
		struct arena_chunk *next = c->next;

		pool_put(a->pool, c);
		c = next;
	}
	a->chunk = NULL;
	a->used = 0;
}
