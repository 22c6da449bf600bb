/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a rule does not match, in words: inside lib/rules only. Called for rules that do not. */
#ifndef RULES_WHY_TEXT_H
#define RULES_WHY_TEXT_H

#include <stdio.h>

#include "rules_set.h"
#include "str.h"

#define RULES_WHY_TEXT 600 /* bytes of an answer */

void rules_why_text(struct rules_judge *j, const struct set_rule *sr, struct str *s);
void rules_why_packet(const struct rules_judge *j, const struct rule *r, struct str *s);

/* The options that make a part, as they were written, joined by "; ". */
void rules_part_text(const struct rule *r, enum rules_part part, unsigned index, unsigned cond,
		     struct str *s);
/* The option of that keyword; nothing when there is none. */
void rules_option_text(const struct rule *r, const char *keyword, struct str *s);

#endif
