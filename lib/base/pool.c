/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects of one size. In: a size and a count; out: objects, and the same objects back. Created at
 * start by whoever owns a budget, used by one thread. It never grows past its count and never
 * gives memory back before pool_destroy.
 *
 * The objects lie in one mapping, so that a secret pool can be kept out of core dumps. They are
 * handed out front to back (`fresh`); what comes back is kept in a list through the objects' first
 * words and goes out again first, so that memory never used is never touched. Under
 * AddressSanitizer every object that came back, and the next fresh one, is poisoned.
 */
#include "pool.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define POISON(ptr, size) ASAN_POISON_MEMORY_REGION(ptr, size)
#define UNPOISON(ptr, size) ASAN_UNPOISON_MEMORY_REGION(ptr, size)
#else
#define POISON(ptr, size) ((void)(ptr), (void)(size))
#define UNPOISON(ptr, size) ((void)(ptr), (void)(size))
#endif

#define NAME_SIZE 32

struct free_object {
	struct free_object *next;
};

struct pool {
	struct free_object *returned;
	uint8_t *fresh, *end; /* rest of the mapping */
	size_t size;	      /* as asked for */
	size_t stride;	      /* with alignment */
	size_t used, count;
	unsigned flags;
	uint8_t *memory;
	char name[NAME_SIZE];
};

/* Without MAP_POPULATE pages come from the kernel when they are first touched. */
static int
map_memory(struct pool *p)
{
	int map = MAP_PRIVATE | MAP_ANONYMOUS |
		  (p->flags & POOL_EAGER ? MAP_POPULATE : MAP_NORESERVE);
	size_t size = p->stride * p->count;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, map, -1, 0);

	if (memory == MAP_FAILED)
		return -ENOMEM;
	p->memory = memory;
	p->fresh = memory;
	p->end = p->fresh + size;
	if ((p->flags & POOL_SECRET) && madvise(memory, size, MADV_DONTDUMP) != 0)
		return -ENOMEM;
	POISON(p->fresh, p->stride);
	return 0;
}

struct pool *
pool_create(const char *name, size_t size, size_t count, unsigned flags)
{
	size_t align = size >= 64 ? 64 : 16;
	size_t stride = (size + align - 1) / align * align;
	struct pool *p;

	if (size == 0 || count == 0 || stride < size || stride > SIZE_MAX / 2 / count) {
		errno = EINVAL;
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->size = size;
	p->stride = stride;
	p->count = count;
	p->flags = flags;
	if (map_memory(p) != 0) {
		pool_destroy(p);
		errno = ENOMEM;
		return NULL;
	}
	return p;
}

void
pool_destroy(struct pool *p)
{
	if (p == NULL)
		return;
	if (p->memory != NULL) {
		UNPOISON(p->memory, (size_t)(p->end - p->memory));
		munmap(p->memory, (size_t)(p->end - p->memory));
	}
	free(p);
}

void *
pool_get(struct pool *p)
{
	void *object;

	if (p->returned != NULL) {
		object = p->returned;
		UNPOISON(object, p->size);
		/* An object may be smaller than a pointer; its stride never is. */
		UNPOISON(object, sizeof(struct free_object));
		p->returned = ((struct free_object *)object)->next;
		if (p->flags & POOL_SECRET)
			memset(object, 0, sizeof(struct free_object));
	} else {
		if (p->fresh == p->end)
			return NULL;
		object = p->fresh;
		p->fresh += p->stride;
		UNPOISON(object, p->size);
		if (p->fresh < p->end)
			POISON(p->fresh, p->stride);
	}
	p->used++;
	return object;
}

void
pool_put(struct pool *p, void *object)
{
	struct free_object *f = object;

	if (object == NULL)
		return;
	assert(p->used > 0);
	if (p->flags & POOL_SECRET)
		explicit_bzero(object, p->size);
	UNPOISON(object, sizeof(*f));
	f->next = p->returned;
	p->returned = f;
	p->used--;
	POISON(object, p->stride);
}

size_t
pool_object_size(const struct pool *p)
{
	return p->size;
}

size_t
pool_used(const struct pool *p)
{
	return p->used;
}

size_t
pool_count(const struct pool *p)
{
	return p->count;
}

const char *
pool_name(const struct pool *p)
{
	return p->name;
}
