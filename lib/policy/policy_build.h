/* SPDX-License-Identifier: BSD-3-Clause */
/* From a configuration to a policy. Control plane only. */
#ifndef POLICY_BUILD_H
#define POLICY_BUILD_H

#include <stdio.h>
#include "conf.h"
#include "policy.h"

struct policy_built {
	struct policy *policy;	 /* NULL: there were errors */
	size_t errors, warnings;
	size_t rules, firewall_rules, detection_rules;
	size_t networks;	 /* of reputation */
};

/*
 * Load the rule files of c (resolved against rule-dir), build everything. Every diagnostic is
 * printed to out (as text, or one JSON object a line). events: names of the parsers' oddities for app-layer-event.
 * Returns 0 or -EINVAL/-ENOMEM; nothing is half done.
 */
int policy_build(const struct conf *c, const char *const *events, FILE *out, bool json,
		 struct policy_built *built);
void policy_free(struct policy *p);

#endif
