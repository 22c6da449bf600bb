/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as YAML: a tree that hangs together, or an error with a text. Called by libFuzzer or by
 * standalone.c.
 */
#include <stdint.h>

#include "ydoc.h"
#include "require.h"

/* Nodes at n and below. */
static size_t
walk(const struct ydoc_node *n, int depth)
{
	size_t nodes = 1, children = 0;

	require(depth <= 64, "deeper than the cap");
	require(n->text != NULL, "no text");
	require(n->kind != YDOC_SCALAR || n->child == NULL, "a scalar with children");
	require(!n->null || !n->quoted, "null in quotes");
	require(n->line > 0 && n->col > 0, "no place");
	for (const struct ydoc_node *c = n->child; c != NULL; c = c->next, children++) {
		require(c->parent == n, "a child of somebody else");
		require((c->key != NULL) == (n->kind == YDOC_MAP), "keys are for maps");
		/* Twice is refused, so the first is the one; only asked where that is cheap. */
		if (n->kind == YDOC_MAP && n->count < 64)
			require(ydoc_get(n, c->key) == c, "a key that finds another");
		nodes += walk(c, depth + 1);
	}
	require(children == n->count, "children miscounted");
	return nodes;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = { .text = "" };
	struct ydoc *d = ydoc_parse("fuzz", span_of(data, size), &err);

	if (d == NULL)
		require(err.text[0] != '\0', "an error that says nothing");
	else if (ydoc_root(d) != NULL)
		require(walk(ydoc_root(d), 0) <= 1000000, "more nodes than the cap");
	ydoc_free(d);
	return 0;
}
