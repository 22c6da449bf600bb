/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data sets while the program runs: what the management core may do with them. Control plane only;
 * workers look at the same sets meanwhile, without a lock.
 *
 *	rules_dataset_add(rules, "senders", SPAN_LIT("<a@example.com>"), &err);
 *	rules_dataset_lookup(...), rules_dataset_remove(...)
 *	rules_datasets_save(rules, &err);	state and save files, at exit and when asked
 *
 * Values are text: the string itself, an address, a digest in hexadecimal. Not known here: who asks.
 */
#ifndef RULES_DATASET_H
#define RULES_DATASET_H

#include "rules.h"

struct err;

struct rules_dataset_info {
	const char *name, *type, *file; /* file: "" when it has none */
	size_t loaded;			/* values of the file */
	size_t learnt, room;		/* kept since: values added or removed; how many may be */
};

size_t rules_dataset_count(const struct rules_set *set);
/* The sets in order of their first rule; false behind the last. */
bool rules_dataset_info(const struct rules_set *set, size_t i, struct rules_dataset_info *out);

/* 0; -ENOENT no such set, -EINVAL no value of its type, -ENOSPC full, -EPERM a list of scores. */
int rules_dataset_add(struct rules_set *set, const char *name, struct span value, struct err *err);
int rules_dataset_remove(struct rules_set *set, const char *name, struct span value,
			 struct err *err);
/* All values, loaded ones too; the file stays as it is until the set is saved. */
int rules_dataset_clear(struct rules_set *set, const char *name, struct err *err);
/* 1: in the set; 0: not; or as above. */
int rules_dataset_lookup(const struct rules_set *set, const char *name, struct span value,
			 struct err *err);
/* Every value as text, one call each; stops when the function returns false. -ENOENT. */
int rules_dataset_each(const struct rules_set *set, const char *name,
		       bool (*value)(void *ctx, struct span text), void *ctx, struct err *err);

/* Writes the files of all sets that say state or save; a file is replaced whole or not at all. The
 * first error is told, the others are still written. */
int rules_datasets_save(const struct rules_set *set, struct err *err);

#endif
