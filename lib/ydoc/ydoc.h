/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A YAML file as a tree whose nodes know where they stand, so that every message about a
 * configuration names file, line and column. Aliases and anchors work within caps; tags and several
 * documents are refused. Control plane only; over libyaml.
 */
#ifndef YDOC_H
#define YDOC_H

#include "err.h"
#include "span.h"

enum ydoc_kind { YDOC_SCALAR, YDOC_LIST, YDOC_MAP };

struct ydoc_node {
	enum ydoc_kind kind;
	const char *key;	/* within a map, else NULL */
	const char *text;	/* scalar's text, "" for others */
	bool quoted;		/* scalar was written in quotes or as a block: never a bool, number, null */
	bool null;		/* scalar is null, ~ or empty, unquoted */
	unsigned line, col;	/* of the value, 1-based */
	unsigned key_line, key_col;
	const struct ydoc_node *parent, *child, *next; /* first child; next sibling */
	size_t count;		/* children */
};

struct ydoc;

/* Caps: 16 MiB of text, 64 levels, 1,000,000 nodes (aliases expanded). NULL and *err (file:line:col)
 * on a file that cannot be read, is no YAML, exceeds a cap or has a key twice. */
struct ydoc *ydoc_load(const char *path, struct err *err);
/* The same for text at hand; name stands for the file in messages. */
struct ydoc *ydoc_parse(const char *name, struct span text, struct err *err);
void ydoc_free(struct ydoc *d);

const char *ydoc_file(const struct ydoc *d);
/* NULL for an empty file. */
const struct ydoc_node *ydoc_root(const struct ydoc *d);
/* A child of a map by key; NULL. */
const struct ydoc_node *ydoc_get(const struct ydoc_node *map, const char *key);
/* "tcp.limits.hold" from the root, for messages. Returns buf. */
const char *ydoc_path(const struct ydoc_node *n, char *buf, size_t size);

#endif
