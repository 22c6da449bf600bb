/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules that others leave nothing to, and rules that contradict themselves: inside lib/rules only. */
#ifndef RULES_NEVER_H
#define RULES_NEVER_H

#include "rules_set.h"

/* Does each event or frame that b matches match a, too? Both of one hook, a the earlier. */
bool rules_covers(const struct rule *a, const struct rule *b);
/* The rule that decides wherever this one would; NULL: none. */
const struct rule *rules_shadow(const struct rules_set *set, const struct set_rule *sr);
/* Warnings for the whole set; what is refused anyway need not be asked. */
void rules_warn_never(struct rules_source *s, const struct rules_set *set);

#endif
