/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files into a configuration. In: YAML; out: the fields of the table that it names, and all errors
 * of it. Keys that the file does not have keep what they had. Sense across fields is conf_check's.
 */
#include "conf_internal.h"

#include <errno.h>
#include <stdlib.h>

static void
load_scalar(struct conf_load *l, const struct conf_field *f, const struct ydoc_node *n)
{
	char why[256];
	struct str s;
	int rc;

	str_open(&s, why, sizeof(why));
	if (n->kind != YDOC_SCALAR) {
		conf_error_value(l, n, "should be one value, not a %s",
				 n->kind == YDOC_LIST ? "list" : "map");
		return;
	}
	if (n->null && f->type != CONF_TEXT) {
		err_hint(conf_error_value(l, n, "has no value"), "leave the key out for its default");
		return;
	}
	if (n->quoted && f->type == CONF_BOOL) {
		err_hint(conf_error_value(l, n, "should be yes or no, not a text"),
			 "write it without quotes");
		return;
	}
	rc = conf_value_set(l->c, f, n->null ? "" : n->text, &s);
	if (rc == -ENOMEM)
		l->rc = rc;
	else if (rc != 0)
		conf_error_value(l, n, "'%.64s' %s", n->text, why);
}

static void
load_item(struct conf_load *l, const struct conf_field *f, const struct ydoc_node *n)
{
	const char *text;
	char why[256];
	struct str s;

	str_open(&s, why, sizeof(why));
	if (n->kind != YDOC_SCALAR || n->text[0] == '\0') {
		conf_error_value(l, n, "should be a text");
		return;
	}
	text = conf_item(f, n->text, &s);
	if (text == NULL)
		conf_error_value(l, n, "'%.64s' %s", n->text, why);
	else if (conf_list_add(conf_at(l->c, f), text, n->line) != 0)
		l->rc = -ENOMEM;
}

/* A list replaces what was there. One value alone is a list of one. */
static void
load_list(struct conf_load *l, const struct conf_field *f, const struct ydoc_node *n)
{
	if (n->kind == YDOC_MAP) {
		conf_error_value(l, n, "should be a list, not a map");
		return;
	}
	conf_list_free(conf_at(l->c, f));
	if (n->kind == YDOC_SCALAR && !n->null)
		load_item(l, f, n);
	for (const struct ydoc_node *item = n->child; item != NULL; item = item->next)
		load_item(l, f, item);
}

static void
load_pairs(struct conf_load *l, const struct conf_field *f, const struct ydoc_node *n)
{
	if (n->kind != YDOC_LIST && !n->null) {
		err_hint(conf_error_value(l, n, "should be a list of pairs"),
			 "write for example [[net_af_packet0, net_af_packet1]]");
		return;
	}
	conf_list_free(&l->c->ports);
	for (const struct ydoc_node *pair = n->child; pair != NULL; pair = pair->next) {
		if (pair->kind != YDOC_LIST || pair->count != 2) {
			err_hint(conf_error_value(l, pair, "a wire has two ports"),
				 "write each as [a, b]");
			continue;
		}
		load_item(l, f, pair->child);
		load_item(l, f, pair->child->next);
	}
}

static void
load_field(struct conf_load *l, const struct conf_field *f, const struct ydoc_node *n)
{
	switch (f->type) {
	case CONF_LIST:
	case CONF_PORTS:
		return load_list(l, f, n);
	case CONF_PAIRS:
		return load_pairs(l, f, n);
	case CONF_VARS:
		return conf_vars_load(l, f, n);
	case CONF_POLICIES:
		return conf_places_load(l, f, n);
	default:
		return load_scalar(l, f, n);
	}
}

/* Is there a key of this path, or one below it? The path ends where the key does. */
static const struct conf_field *
find_field(const char *path, bool *below)
{
	size_t len = strlen(path);

	*below = false;
	for (size_t i = 0; i < conf_field_count; i++) {
		if (strncmp(conf_fields[i].path, path, len) != 0)
			continue;
		if (conf_fields[i].path[len] == '\0')
			return &conf_fields[i];
		if (conf_fields[i].path[len] == '.')
			*below = true;
	}
	return NULL;
}

/* The last word of a path: what people remember of a key. */
static const char *
last_word(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL ? dot + 1 : path;
}

/* The keys that may stand here: the next words of all paths below this one. Caller frees. */
static char **
keys_below(const char *above)
{
	char **key = calloc(conf_field_count + 1, sizeof(*key));
	size_t len = strlen(above), count = 0;

	for (size_t i = 0; key != NULL && i < conf_field_count; i++) {
		const char *rest = conf_fields[i].path;

		if (len > 0 && (strncmp(rest, above, len) != 0 || rest[len] != '.'))
			continue;
		rest += len > 0 ? len + 1 : 0;
		key[count] = strndup(rest, strcspn(rest, "."));
		if (key[count] == NULL)
			break;
		count++;
	}
	return key;
}

/* The nearest key of this place, or the place of a key of this name elsewhere. */
static void
complain_unknown(struct conf_load *l, const struct ydoc_node *n, const char *above)
{
	struct err *e = conf_error_key(l, n, "there is no such key");
	char **keys = keys_below(above);
	const char *near = keys != NULL ? err_nearest(n->key, (const char *const *)keys) : NULL;

	if (near != NULL) {
		err_hint(e, "did you mean '%s'?", near);
	} else {
		const char *words[conf_field_count + 1];

		for (size_t i = 0; i < conf_field_count; i++)
			words[i] = last_word(conf_fields[i].path);
		words[conf_field_count] = NULL;
		near = err_nearest(n->key, words);
		for (size_t i = 0; near != NULL && i < conf_field_count; i++) {
			if (words[i] == near)
				err_hint(e, "did you mean '%s'?", conf_fields[i].path);
		}
	}
	for (size_t i = 0; keys != NULL && keys[i] != NULL; i++)
		free(keys[i]);
	free(keys);
}

/* Depth is bounded by the table. */
static void
load_map(struct conf_load *l, const struct ydoc_node *map, const char *above)
{
	for (const struct ydoc_node *n = map->child; n != NULL; n = n->next) {
		const struct conf_field *f;
		char path[128];
		struct str s;
		bool below;

		str_open(&s, path, sizeof(path));
		str_printf(&s, "%s%s%s", above, above[0] != '\0' ? "." : "", n->key);
		/* A key with a dot would name a path in one word. */
		f = strchr(n->key, '.') == NULL && !s.cut ? find_field(path, &below) : NULL;
		if (f != NULL)
			load_field(l, f, n);
		else if (strchr(n->key, '.') != NULL || s.cut || !below)
			complain_unknown(l, n, above);
		else if (n->kind == YDOC_MAP)
			load_map(l, n, path);
		else if (!n->null)
			conf_error_value(l, n, "should hold further keys, not a value");
	}
}

/* d NULL: its error is the first of the list already. Frees d. */
static int
load_document(struct conf *c, struct ydoc *d, const struct err *broken, struct conf_errors *errors)
{
	struct conf_load l = { .c = c, .doc = d, .errors = errors };
	const struct ydoc_node *root;
	char *file;

	if (d == NULL) {
		int code = errno != 0 ? -errno : -EINVAL;
		struct err *e = conf_error_add(errors);

		if (e != NULL)
			*e = *broken;
		return code;
	}
	root = ydoc_root(d);
	file = strdup(ydoc_file(d));
	if (file == NULL)
		l.rc = -ENOMEM;
	free(c->file);
	c->file = file;
	if (root != NULL && root->kind == YDOC_MAP)
		load_map(&l, root, "");
	else if (root != NULL && !root->null)
		conf_error_value(&l, root, "a configuration is a map of keys and values");
	ydoc_free(d);
	if (l.rc == -ENOMEM)
		err_set(conf_error_add(errors), -ENOMEM, "no memory for the configuration");
	return l.rc;
}

int
conf_load(struct conf *c, const char *path, struct conf_errors *errors)
{
	struct err err;
	struct ydoc *d = ydoc_load(path, &err);

	return load_document(c, d, &err, errors);
}

int
conf_parse(struct conf *c, const char *name, const char *text, size_t len,
	   struct conf_errors *errors)
{
	struct err err;
	struct ydoc *d = ydoc_parse(name, span_of(text, len), &err);

	return load_document(c, d, &err, errors);
}
