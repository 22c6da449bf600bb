/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Trees from YAML. In: libyaml's events; out: nodes, each with its place in the text. ydoc.c calls
 * it. Caps hold while the tree grows, so that a small file cannot ask for much memory; an alias is
 * a copy, so that each node has one parent and one path.
 */
#include "ydoc_build.h"

#include <errno.h>
#include <stdlib.h>
#include <yaml.h>

#define ANCHORS_MAX 1024

struct anchor {
	const char *name; /* NULL: not named, or not complete yet */
	const struct ydoc_node *node;
};

/* A list or map that is not over yet. */
struct level {
	struct ydoc_node *node, *last;
	const char *anchor;
	const char *key; /* of the value to come, within a map */
	unsigned key_line, key_col;
};

struct build {
	struct ydoc *d;
	struct err *err;
	struct level level[YDOC_DEPTH_MAX];
	int depth; /* levels open */
	struct anchor anchor[ANCHORS_MAX];
	int anchors;
	int documents;
};

static int
fail(struct build *b, yaml_mark_t at, int code, const char *what)
{
	return err_set_at(b->err, code, b->d->file, (unsigned)at.line + 1, (unsigned)at.column + 1,
			  "%s", what);
}

static int
fail_memory(struct build *b)
{
	return err_set_at(b->err, -ENOMEM, b->d->file, 0, 0, "no memory to read it");
}

/* libyaml knows the line of most errors; of bytes that are no UTF-8 only the offset. */
static int
fail_yaml(struct build *b, const yaml_parser_t *p, struct span text)
{
	yaml_mark_t at = p->problem_mark;

	if (p->error == YAML_MEMORY_ERROR)
		return fail_memory(b);
	if (p->error == YAML_READER_ERROR) {
		at.line = 0;
		at.column = 0;
		for (size_t i = 0; i < p->problem_offset && i < text.len; i++) {
			at.column = text.ptr[i] == '\n' ? 0 : at.column + 1;
			at.line += text.ptr[i] == '\n';
		}
	}
	fail(b, at, -EINVAL, p->problem != NULL ? p->problem : "this is no YAML");
	if (p->context != NULL)
		err_hint(b->err, "%s that began in line %zu", p->context, p->context_mark.line + 1);
	return -EINVAL;
}

static int
make_node(struct build *b, yaml_mark_t at, struct ydoc_node **node)
{
	if (b->d->nodes == YDOC_NODES_MAX)
		return fail(b, at, -E2BIG, "more than 1000000 values, aliases counted in full");
	*node = ydoc_store_alloc(&b->d->store, sizeof(**node));
	if (*node == NULL)
		return fail_memory(b);
	b->d->nodes++;
	(*node)->text = "";
	return 0;
}

/* Puts the node into the open list or map, or makes it the root. */
static void
attach(struct build *b, struct ydoc_node *n)
{
	struct level *up;

	if (b->depth == 0) {
		b->d->root = n;
		return;
	}
	up = &b->level[b->depth - 1];
	n->parent = up->node;
	n->key = up->key;
	n->key_line = up->key_line;
	n->key_col = up->key_col;
	up->key = NULL;
	if (up->last == NULL)
		up->node->child = n;
	else
		up->last->next = n;
	up->last = n;
	up->node->count++;
}

/* A later anchor of the same name wins (YAML 1.2, 3.2.2.2). */
static int
remember(struct build *b, const char *name, const struct ydoc_node *n)
{
	if (name == NULL)
		return 0;
	if (b->anchors == ANCHORS_MAX)
		return err_set_at(b->err, -E2BIG, b->d->file, n->line, n->col,
				  "more than %d anchors", ANCHORS_MAX);
	b->anchor[b->anchors++] = (struct anchor){ name, n };
	return 0;
}

static int
copy_name(struct build *b, const yaml_char_t *name, const char **copy)
{
	*copy = NULL;
	if (name == NULL)
		return 0;
	*copy = ydoc_store_text(&b->d->store, name, strlen((const char *)name));
	return *copy != NULL ? 0 : fail_memory(b);
}

static bool
is_null(const char *text)
{
	return strcmp(text, "") == 0 || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
	       strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

/* Is a key due, not a value? */
static bool
is_key(const struct build *b)
{
	return b->depth > 0 && b->level[b->depth - 1].node->kind == YDOC_MAP &&
	       b->level[b->depth - 1].key == NULL;
}

static int
on_scalar(struct build *b, const yaml_event_t *e)
{
	size_t len = e->data.scalar.length;
	const char *anchor, *text;
	struct ydoc_node *n;
	int rc;

	if (e->data.scalar.tag != NULL)
		return fail(b, e->start_mark, -EINVAL, "tags are not known here");
	if (memchr(e->data.scalar.value, '\0', len) != NULL)
		return fail(b, e->start_mark, -EINVAL, "a text with a NUL");
	text = ydoc_store_text(&b->d->store, e->data.scalar.value, len);
	if (text == NULL)
		return fail_memory(b);
	if (is_key(b)) {
		struct level *up = &b->level[b->depth - 1];

		if (e->data.scalar.anchor != NULL)
			return fail(b, e->start_mark, -EINVAL, "an anchor at a key");
		up->key = text;
		up->key_line = (unsigned)e->start_mark.line + 1;
		up->key_col = (unsigned)e->start_mark.column + 1;
		return 0;
	}
	rc = make_node(b, e->start_mark, &n);
	if (rc == 0)
		rc = copy_name(b, e->data.scalar.anchor, &anchor);
	if (rc != 0)
		return rc;
	n->kind = YDOC_SCALAR;
	n->text = text;
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	n->null = !n->quoted && is_null(text);
	n->line = (unsigned)e->start_mark.line + 1;
	n->col = (unsigned)e->start_mark.column + 1;
	attach(b, n);
	return remember(b, anchor, n);
}

static int
on_begin(struct build *b, const yaml_event_t *e, enum ydoc_kind kind)
{
	const yaml_char_t *tag = kind == YDOC_MAP ? e->data.mapping_start.tag :
						    e->data.sequence_start.tag;
	const yaml_char_t *name = kind == YDOC_MAP ? e->data.mapping_start.anchor :
						     e->data.sequence_start.anchor;
	const char *anchor;
	struct ydoc_node *n;
	int rc;

	if (tag != NULL)
		return fail(b, e->start_mark, -EINVAL, "tags are not known here");
	if (is_key(b))
		return fail(b, e->start_mark, -EINVAL, "a list or map cannot be a key");
	if (b->depth == YDOC_DEPTH_MAX)
		return fail(b, e->start_mark, -E2BIG, "lists and maps nested more than 64 deep");
	rc = make_node(b, e->start_mark, &n);
	if (rc == 0)
		rc = copy_name(b, name, &anchor);
	if (rc != 0)
		return rc;
	n->kind = kind;
	n->line = (unsigned)e->start_mark.line + 1;
	n->col = (unsigned)e->start_mark.column + 1;
	attach(b, n);
	b->level[b->depth++] = (struct level){ .node = n, .anchor = anchor };
	return 0;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct ydoc_node *x = *(const struct ydoc_node *const *)a;
	const struct ydoc_node *y = *(const struct ydoc_node *const *)b;
	int order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	return x->key_line != y->key_line ? (x->key_line < y->key_line ? -1 : 1) :
	       x->key_col < y->key_col ? -1 : 1;
}

/* Sorted, so that a map of many keys does not cost their square. */
static int
check_keys(struct build *b, const struct ydoc_node *map)
{
	const struct ydoc_node **each;
	size_t i = 0;
	int rc = 0;

	if (map->count < 2)
		return 0;
	each = calloc(map->count, sizeof(const struct ydoc_node *));
	if (each == NULL)
		return fail_memory(b);
	for (const struct ydoc_node *n = map->child; n != NULL; n = n->next)
		each[i++] = n;
	qsort(each, map->count, sizeof(const struct ydoc_node *), compare_keys);
	for (i = 1; i < map->count && rc == 0; i++) {
		if (strcmp(each[i - 1]->key, each[i]->key) != 0)
			continue;
		rc = err_set_at(b->err, -EINVAL, b->d->file, each[i]->key_line, each[i]->key_col,
				"key '%.64s' stands here for the second time", each[i]->key);
		err_hint(b->err, "it stands in line %u already", each[i - 1]->key_line);
	}
	free(each);
	return rc;
}

static int
on_end(struct build *b)
{
	struct level *l = &b->level[--b->depth];
	int rc = l->node->kind == YDOC_MAP ? check_keys(b, l->node) : 0;

	return rc == 0 ? remember(b, l->anchor, l->node) : rc;
}

/* What an alias stands for, below the node that is already in place. */
static int
copy_children(struct build *b, yaml_mark_t at, const struct ydoc_node *from, struct ydoc_node *to,
	      int depth)
{
	struct ydoc_node *last = NULL;

	if (from->kind != YDOC_SCALAR && depth >= YDOC_DEPTH_MAX)
		return fail(b, at, -E2BIG, "lists and maps nested more than 64 deep");
	for (const struct ydoc_node *c = from->child; c != NULL; c = c->next) {
		struct ydoc_node *n;
		int rc = make_node(b, at, &n);

		if (rc != 0)
			return rc;
		*n = *c;
		n->parent = to;
		n->child = NULL;
		n->next = NULL;
		if (last == NULL)
			to->child = n;
		else
			last->next = n;
		last = n;
		rc = copy_children(b, at, c, n, depth + 1);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
on_alias(struct build *b, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;
	const struct ydoc_node *from = NULL;
	struct ydoc_node *n;
	int rc;

	if (is_key(b))
		return fail(b, e->start_mark, -EINVAL, "an alias cannot be a key");
	for (int i = b->anchors - 1; i >= 0 && from == NULL; i--) {
		if (strcmp(b->anchor[i].name, name) == 0)
			from = b->anchor[i].node;
	}
	if (from == NULL) {
		fail(b, e->start_mark, -EINVAL, "this alias has no anchor before it");
		err_hint(b->err, "an anchor is known once what it names is over");
		return -EINVAL;
	}
	rc = make_node(b, e->start_mark, &n);
	if (rc != 0)
		return rc;
	*n = (struct ydoc_node){ .kind = from->kind, .text = from->text, .quoted = from->quoted,
				 .null = from->null, .line = from->line, .col = from->col };
	attach(b, n);
	n->count = from->count;
	return copy_children(b, e->start_mark, from, n, b->depth);
}

static int
on_event(struct build *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (b->documents++ > 0)
			return fail(b, e->start_mark, -EINVAL, "a second document in the file");
		return 0;
	case YAML_SCALAR_EVENT:
		return on_scalar(b, e);
	case YAML_ALIAS_EVENT:
		return on_alias(b, e);
	case YAML_SEQUENCE_START_EVENT:
		return on_begin(b, e, YDOC_LIST);
	case YAML_MAPPING_START_EVENT:
		return on_begin(b, e, YDOC_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(b);
	default:
		return 0;
	}
}

static int
run(struct build *b, yaml_parser_t *p, struct span text)
{
	static const unsigned char nothing[1];
	bool over = false;

	yaml_parser_set_encoding(p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(p, text.len > 0 ? text.ptr : nothing, text.len);
	while (!over) {
		yaml_event_t e;
		int rc;

		if (!yaml_parser_parse(p, &e))
			return fail_yaml(b, p, text);
		rc = on_event(b, &e);
		over = e.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int
ydoc_build(struct ydoc *d, struct span text, struct err *err)
{
	struct build *b = calloc(1, sizeof(*b));
	yaml_parser_t p;
	int rc;

	if (b == NULL)
		return err_set_at(err, -ENOMEM, d->file, 0, 0, "no memory to read it");
	b->d = d;
	b->err = err;
	if (yaml_parser_initialize(&p)) {
		rc = run(b, &p, text);
		yaml_parser_delete(&p);
	} else {
		rc = fail_memory(b);
	}
	free(b);
	return rc;
}
