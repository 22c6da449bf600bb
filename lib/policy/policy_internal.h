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

/* One diagnostic as one line of JSON. */
void policy_diag_json(const struct rules_diag *d, FILE *out);

#endif
