/* SPDX-License-Identifier: BSD-3-Clause */
/* The one table of keys. Internal to conf. */
#ifndef CONF_FIELDS_H
#define CONF_FIELDS_H

#include "conf.h"

enum conf_type {
	CONF_BOOL,     /* yes or no */
	CONF_NUMBER,
	CONF_SIZE,     /* bytes: 65536, 64KiB, off (0), unlimited (the largest allowed) */
	CONF_SECONDS,  /* 30, 30s, 5m, 2h, 1d */
	CONF_TEXT,
	CONF_WORD,     /* one of words; the value is its place among them */
	CONF_LIST,     /* of texts, of words when there are some */
	CONF_PORTS,    /* list of ports and ranges a:b */
	CONF_TX,       /* cores.tx: auto, inline or a number; two fields */
	CONF_PAIRS,    /* ports.pairs */
	CONF_VARS,     /* names and values */
	CONF_POLICIES, /* firewall.policies */
};

struct conf_field {
	const char *path; /* "cores.ring-size" */
	enum conf_type type;
	size_t offset;	  /* in struct conf */
	size_t width;	  /* bytes there */
	uint64_t min, max; /* of numbers, sizes, seconds; inclusive */
	const char *standard; /* default as text; of lists with blanks between */
	const char *const *words; /* ended by NULL */
	bool restart;	  /* a reload does not change it */
	const char *help; /* one or two sentences */
};

extern const struct conf_field conf_fields[];
extern const size_t conf_field_count;

/* "bool", "size", ... for people. */
const char *conf_type_name(enum conf_type type);

static inline void *
conf_at(const struct conf *c, const struct conf_field *f)
{
	return (char *)(uintptr_t)c + f->offset;
}

#endif
