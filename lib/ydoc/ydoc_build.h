/* SPDX-License-Identifier: BSD-3-Clause */
/* From text to tree. Internal to ydoc. */
#ifndef YDOC_BUILD_H
#define YDOC_BUILD_H

#include "ydoc.h"
#include "ydoc_store.h"

#define YDOC_TEXT_MAX (16 << 20) /* bytes */
#define YDOC_DEPTH_MAX 64	 /* lists and maps within each other */
#define YDOC_NODES_MAX 1000000	 /* aliases count as what they stand for */

struct ydoc {
	struct ydoc_store store;
	char *file;
	struct ydoc_node *root;
	size_t nodes;
};

/* Fills d->root. 0, or -errno and *err. */
int ydoc_build(struct ydoc *d, struct span text, struct err *err);

#endif
