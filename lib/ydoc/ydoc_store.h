/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of one document: many small pieces, freed at once. Internal to ydoc. */
#ifndef YDOC_STORE_H
#define YDOC_STORE_H

#include <stddef.h>

struct ydoc_block;

/* Zero is empty. */
struct ydoc_store {
	struct ydoc_block *block; /* newest first */
};

/* Cleared, aligned to 8; NULL when memory is short. */
void *ydoc_store_alloc(struct ydoc_store *s, size_t size);
/* len bytes of text and a terminator. */
char *ydoc_store_text(struct ydoc_store *s, const void *text, size_t len);
void ydoc_store_free(struct ydoc_store *s);

#endif
