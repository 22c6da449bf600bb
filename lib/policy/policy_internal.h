/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of lib/policy's build half. */
#ifndef POLICY_INTERNAL_H
#define POLICY_INTERNAL_H

#ifndef POSTERN_LIB_POLICY
#error "policy_internal.h is private to lib/policy"
#endif

#include <stdio.h>

#include "conf.h"
#include "policy.h"
#include "rules_build.h"

/* Fill p->defaults from firewall.policies; returns how many errors it printed. */
size_t policy_defaults(struct policy *p, const struct conf *c, FILE *out, bool json);

/* Warnings of a finished policy: no rule at all, rules that a default policy leaves nothing to. */
struct policy_built;
void policy_reach(const struct policy *p, const struct conf *c, FILE *out, bool json,
		  struct policy_built *built);

/* Fill p->normal and p->normalizer; 0 or -ENOMEM. What was made goes with policy_normal_free. */
int policy_normal(struct policy *p, const struct conf *c);
void policy_normal_free(struct policy *p);
/* The alerts of gid 124 that the configuration asks for, as rules. */
int policy_normal_rules(const struct conf *c, struct rules_source *src);

/* NULL-terminated copies; NULL: no memory. */
const char *const *policy_words(const struct conf_list *list);
void policy_words_free(const char *const *words);

/* One diagnostic as one line of JSON. */
void policy_diag_json(const struct rules_diag *d, FILE *out);

#endif
