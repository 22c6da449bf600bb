/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects of one size. In: a size and a count; out: objects, and the same objects back. Created at
 * start by whoever owns a budget, used by one thread. It never grows past its count and never
 * gives memory back before pool_destroy.
 *
 * Slabs come from mmap, so that a secret pool can be kept out of core dumps. A slab is handed out
 * front to back (`fresh`); what comes back is kept in a list through the objects' first words.
 * Under AddressSanitizer every object that is not out is poisoned.
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

#define SLAB_SIZE (256 * 1024) /* of a lazy pool, unless one object is larger */
#define NAME_SIZE 32

struct free_object {
	struct free_object *next;
};

struct pool {
	struct free_object *returned;
	uint8_t *fresh, *fresh_end; /* rest of the newest slab */
	size_t size;		    /* as asked for */
	size_t stride;		    /* with alignment */
	size_t used, count;
	size_t begun; /* objects that the slabs hold so far */
	unsigned flags;
	size_t slab_objects, slab_count, slab_max;
	uint8_t **slab;
	char name[NAME_SIZE];
};

static int add_slab(struct pool *p);

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
	p->slab_objects = stride < SLAB_SIZE ? SLAB_SIZE / stride : 1;
	if ((flags & POOL_EAGER) || p->slab_objects > count)
		p->slab_objects = count;
	p->slab_max = (count + p->slab_objects - 1) / p->slab_objects;
	p->slab = calloc(p->slab_max, sizeof(*p->slab));
	if (p->slab == NULL || ((flags & POOL_EAGER) && add_slab(p) != 0)) {
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
	for (size_t i = 0; i < p->slab_count; i++) {
		UNPOISON(p->slab[i], p->slab_objects * p->stride);
		munmap(p->slab[i], p->slab_objects * p->stride);
	}
	free(p->slab);
	free(p);
}

/* A slab has room for slab_objects; the last may hold fewer, so that count is never exceeded. */
static int
add_slab(struct pool *p)
{
	size_t size = p->slab_objects * p->stride;
	size_t objects = p->count - p->begun;
	int map = MAP_PRIVATE | MAP_ANONYMOUS | ((p->flags & POOL_EAGER) ? MAP_POPULATE : 0);
	void *mem;

	if (objects > p->slab_objects)
		objects = p->slab_objects;
	if (objects == 0)
		return -ENOMEM;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, map, -1, 0);
	if (mem == MAP_FAILED)
		return -ENOMEM;
	if ((p->flags & POOL_SECRET) && madvise(mem, size, MADV_DONTDUMP) != 0) {
		munmap(mem, size);
		return -ENOMEM;
	}
	POISON(mem, size);
	p->slab[p->slab_count++] = mem;
	p->fresh = mem;
	p->fresh_end = p->fresh + objects * p->stride;
	p->begun += objects;
	return 0;
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
		if (p->fresh == p->fresh_end && add_slab(p) != 0)
			return NULL;
		object = p->fresh;
		p->fresh += p->stride;
		UNPOISON(object, p->size);
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
