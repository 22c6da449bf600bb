/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects of one size, allocated once, handed out and taken back in constant time.
 *
 * All memory is mapped at creation, and touched there when POOL_EAGER; else a page costs memory once
 * an object in it has been out. Getting and putting never allocates. Not thread safe.
 */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool;

enum pool_flags {
	POOL_EAGER = 1,	 /* touch all memory now: no page fault later */
	POOL_SECRET = 2, /* holds mail: kept out of core dumps, cleared when given back */
};

/* size > 0 bytes an object, count > 0 objects at most, alignment 16 (64 when size >= 64).
 * NULL and errno when memory is short. */
struct pool *pool_create(const char *name, size_t size, size_t count, unsigned flags);
void pool_destroy(struct pool *p);

/* NULL when all are out. Not cleared. */
void *pool_get(struct pool *p);
void pool_put(struct pool *p, void *object); /* NULL is allowed */

size_t pool_object_size(const struct pool *p); /* bytes */
size_t pool_used(const struct pool *p);	       /* objects out now */
size_t pool_count(const struct pool *p);       /* objects at most */
const char *pool_name(const struct pool *p);

#endif
