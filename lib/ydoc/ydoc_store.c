/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of a document. In: sizes; out: pieces of large blocks that live as long as the document.
 * ydoc_build.c calls it. Nothing is given back before the end.
 */
#include "ydoc_store.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 65536

struct ydoc_block {
	struct ydoc_block *next;
	size_t size, used;
	_Alignas(8) char bytes[];
};

void *
ydoc_store_alloc(struct ydoc_store *s, size_t size)
{
	struct ydoc_block *b = s->block;
	void *piece;

	size = (size + 7) / 8 * 8;
	if (b == NULL || size > b->size - b->used) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		b = calloc(1, sizeof(*b) + room);
		if (b == NULL)
			return NULL;
		b->size = room;
		b->next = s->block;
		s->block = b;
	}
	piece = b->bytes + b->used;
	b->used += size;
	return piece;
}

char *
ydoc_store_text(struct ydoc_store *s, const void *text, size_t len)
{
	char *copy = ydoc_store_alloc(s, len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, text, len);
	return copy;
}

void
ydoc_store_free(struct ydoc_store *s)
{
	while (s->block != NULL) {
		struct ydoc_block *b = s->block;

		s->block = b->next;
		free(b);
	}
}
