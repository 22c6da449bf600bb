/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * YAML documents. In: a file or text; out: a tree to walk and to ask. The configuration and the
 * ESMTP map are read through it. It gives no meaning to values. ydoc_build.c makes the tree.
 */
#include "ydoc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "str.h"
#include "ydoc_build.h"

static struct ydoc *
build(const char *name, struct span text, struct err *err)
{
	struct ydoc *d = calloc(1, sizeof(*d));

	if (d != NULL)
		d->file = ydoc_store_text(&d->store, name, strlen(name));
	if (d == NULL || d->file == NULL) {
		err_set_at(err, -ENOMEM, name, 0, 0, "no memory to read it");
		errno = ENOMEM;
	} else {
		int rc = ydoc_build(d, text, err);

		if (rc == 0)
			return d;
		errno = -rc;
	}
	ydoc_free(d);
	return NULL;
}

struct ydoc *
ydoc_parse(const char *name, struct span text, struct err *err)
{
	if (text.len > YDOC_TEXT_MAX) {
		err_set_at(err, -EFBIG, name, 0, 0, "more than %d MiB of YAML",
			   YDOC_TEXT_MAX >> 20);
		errno = EFBIG;
		return NULL;
	}
	return build(name, text, err);
}

struct ydoc *
ydoc_load(const char *path, struct err *err)
{
	FILE *f = fopen(path, "re");
	char *text = f != NULL ? malloc(YDOC_TEXT_MAX + 1) : NULL;
	struct ydoc *d = NULL;
	size_t size = 0;
	int code = errno;

	if (text != NULL) {
		size = fread(text, 1, YDOC_TEXT_MAX + 1, f);
		code = ferror(f) ? errno : 0;
	}
	if (f != NULL)
		fclose(f);
	if (text != NULL && code == 0) {
		d = ydoc_parse(path, span_of(text, size), err);
		code = errno;
	} else {
		err_set_at(err, -code, path, 0, 0, "cannot read: %s", strerror(code));
		if (code == ENOENT)
			err_hint(err, "check the path");
	}
	free(text);
	errno = code;
	return d;
}

void
ydoc_free(struct ydoc *d)
{
	if (d == NULL)
		return;
	ydoc_store_free(&d->store);
	free(d);
}

const char *
ydoc_file(const struct ydoc *d)
{
	return d->file;
}

const struct ydoc_node *
ydoc_root(const struct ydoc *d)
{
	return d->root;
}

const struct ydoc_node *
ydoc_get(const struct ydoc_node *map, const char *key)
{
	if (map == NULL || map->kind != YDOC_MAP)
		return NULL;
	for (const struct ydoc_node *n = map->child; n != NULL; n = n->next) {
		if (strcmp(n->key, key) == 0)
			return n;
	}
	return NULL;
}

/* Where n stands among its siblings. */
static size_t
position(const struct ydoc_node *n)
{
	size_t i = 0;

	for (const struct ydoc_node *c = n->parent->child; c != n; c = c->next)
		i++;
	return i;
}

const char *
ydoc_path(const struct ydoc_node *n, char *buf, size_t size)
{
	const struct ydoc_node *way[YDOC_DEPTH_MAX + 1];
	int depth = 0;
	struct str s;

	str_open(&s, buf, size);
	for (; n->parent != NULL && depth <= YDOC_DEPTH_MAX; n = n->parent)
		way[depth++] = n;
	while (depth-- > 0) {
		if (way[depth]->key == NULL) {
			str_printf(&s, "[%zu]", position(way[depth]));
			continue;
		}
		if (s.len > 0)
			str_add_char(&s, '.');
		str_add_escaped(&s, span_str(way[depth]->key));
	}
	return buf;
}
