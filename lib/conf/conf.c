/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a configuration: defaults from the table, and the end. Also small questions that
 * several users ask of it.
 */
#include "conf.h"

#include <errno.h>
#include <stdlib.h>

#include "conf_internal.h"

static int
default_list(struct conf *c, const struct conf_field *f)
{
	struct span rest = span_str(f->standard);
	int rc = 0;

	while (rc == 0 && rest.len > 0) {
		ptrdiff_t blank = span_chr(rest, ' ');
		struct span word = blank < 0 ? rest : span_take(rest, (size_t)blank);
		char text[64];
		struct str s;

		str_open(&s, text, sizeof(text));
		str_add_span(&s, word);
		rc = conf_list_add(conf_at(c, f), text, 0);
		rest = span_skip(rest, word.len + 1);
	}
	return rc;
}

int
conf_defaults(struct conf *c)
{
	int rc = 0;

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; rc == 0 && i < conf_field_count; i++) {
		const struct conf_field *f = &conf_fields[i];
		char why[256];
		struct str s;

		str_open(&s, why, sizeof(why));
		if (f->type == CONF_LIST || f->type == CONF_PORTS)
			rc = default_list(c, f);
		else if (f->type != CONF_PAIRS && f->type != CONF_VARS && f->type != CONF_POLICIES)
			rc = conf_value_set(c, f, f->standard, &s);
	}
	if (rc == 0)
		rc = conf_vars_defaults(c);
	if (rc != 0)
		conf_free(c);
	return rc;
}

void
conf_free(struct conf *c)
{
	for (size_t i = 0; i < conf_field_count; i++) {
		const struct conf_field *f = &conf_fields[i];

		if (f->type == CONF_TEXT)
			free(*(char **)conf_at(c, f));
		else if (f->type == CONF_LIST || f->type == CONF_PORTS || f->type == CONF_PAIRS)
			conf_list_free(conf_at(c, f));
		else if (f->type == CONF_VARS)
			conf_vars_free(conf_at(c, f));
	}
	conf_places_free(c);
	free(c->file);
	memset(c, 0, sizeof(*c));
}

void
conf_ports_set(const struct conf_list *ports, uint8_t bits[65536 / 8])
{
	for (size_t i = 0; i < ports->count; i++) {
		uint16_t low, high;

		if (!conf_port_range(ports->text[i], &low, &high))
			continue;
		for (unsigned port = low; port <= high; port++)
			bits[port >> 3] |= (uint8_t)(1u << (port & 7));
	}
}
