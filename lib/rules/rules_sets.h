/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A data set from inside: what rules_sets.c (values), rules_sets_load.c (files) and rules_dataset.c
 * (management) share. Inside lib/rules only.
 */
#ifndef RULES_SETS_H
#define RULES_SETS_H

#include "hash.h"
#include "rules_internal.h"
#include "rules_live.h"

/* First line of a file that was saved: the form of its strings. */
#define RULES_SET_TEXT "#:text"
#define RULES_SET_BASE64 "#:base64"
#define RULES_SET_KEY 32 /* bytes that a key may need when it is not the value itself */

struct rules_set_entry {
	uint64_t hash;
	uint32_t offset, len; /* in bytes; len 0: free */
	int32_t score;
};

struct rules_dataset {
	char *name, *path, *save; /* path, save: NULL when there is none */
	enum rules_dataset_type type;
	bool subdomain, scored, missing_ok;
	bool changes;	/* some rule says set or unset, or there is a file to save */
	uint32_t values, bytes;	 /* hashsize and memcap; 0: not written */
	const char *file;	 /* of the rule that named it first */
	unsigned line, col, len;
	struct hash_key key;
	struct rules_set_entry *entry;
	size_t size, count; /* size: a power of two */
	uint8_t *byte;
	size_t bytes_len, bytes_size;
	struct rules_live *live; /* NULL until the rules are built, and for scores */
};

/* The form in which a value is stored and asked. False: it can be in no such set. */
bool rules_set_key(const struct rules_dataset *d, struct span value, uint8_t buf[RULES_SET_KEY],
		   struct span *key);
/* What was loaded; NULL: not there. */
const struct rules_set_entry *rules_set_find(const struct rules_dataset *d, struct span key);
/* What its file brought. */
void rules_set_load(struct rules_dataset *d, struct span key, int32_t score);
/* The key is in: what was learnt comes before what was loaded. */
bool rules_set_has_key(const struct rules_dataset *d, struct span key);
/* One memory of what is learnt for all sets of one name. -ENOMEM. */
int rules_sets_learn(struct rules_parsed *p);

#endif
