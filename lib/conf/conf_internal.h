/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of conf share. Internal to conf. */
#ifndef CONF_INTERNAL_H
#define CONF_INTERNAL_H

#include "conf_fields.h"
#include "str.h"
#include "ydoc.h"

/* One reading of one file. */
struct conf_load {
	struct conf *c;
	const struct ydoc *doc;
	struct conf_errors *errors;
	int rc; /* first error */
};

/* ---- conf_error.c: one more error; NULL when memory is short or there are too many ---- */
struct err *conf_error_add(struct conf_errors *errors);
/* At a node's value or key. The path of the key is put before the text. */
struct err *conf_error_value(struct conf_load *l, const struct ydoc_node *n, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
struct err *conf_error_key(struct conf_load *l, const struct ydoc_node *n, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- conf_list.c: 0 or -ENOMEM ---- */
int conf_list_add(struct conf_list *list, const char *text, unsigned line);
void conf_list_free(struct conf_list *list);

/* ---- conf_value.c: one value from text, and back ---- */
/* 0, -ENOMEM, or -EINVAL and why (a half sentence: "should be ..."). */
int conf_value_set(struct conf *c, const struct conf_field *f, const char *text, struct str *why);
void conf_value_print(const struct conf *c, const struct conf_field *f, struct str *text);
/* A member of a list as it is kept; NULL and why when it does not suit. */
const char *conf_item(const struct conf_field *f, const char *text, struct str *why);
/* "25" or "25:30". */
bool conf_port_range(const char *text, uint16_t *low, uint16_t *high);
/* "yes", "no", "number from 1 to 128", "size up to 64MiB", ... */
void conf_range_text(const struct conf_field *f, struct str *text);
/* Bytes with the largest unit that divides them. */
void conf_size_text(uint64_t value, struct str *text);

/* ---- conf_compare.c: the value of one key ---- */
bool conf_field_same(const struct conf *a, const struct conf *b, const struct conf_field *f);

/* ---- conf_vars.c, conf_places.c: values with a shape of their own ---- */
int conf_vars_defaults(struct conf *c);
void conf_vars_load(struct conf_load *l, const struct conf_field *f, const struct ydoc_node *n);
void conf_vars_free(struct conf_vars *vars);
void conf_places_load(struct conf_load *l, const struct conf_field *f, const struct ydoc_node *n);
void conf_places_free(struct conf *c);

#endif
