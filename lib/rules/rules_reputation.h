/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scores of networks by category, for iprep: read once with the rules, then only looked up. The
 * longest prefix that a category names counts. Inside lib/rules only.
 */
#ifndef RULES_REPUTATION_H
#define RULES_REPUTATION_H

#include "rules_sets.h"

#define RULES_CATEGORIES 60 /* numbers 1 to 59, as Suricata has them */
#define RULES_SCORE_MAX 127
#define RULES_NO_SCORE (-1)

struct rules_category {
	char *name; /* NULL: not defined */
	uint8_t length[129], lengths; /* prefixes that its networks have, longest first */
	size_t networks;
};

struct rules_reputation {
	struct rules_category category[RULES_CATEGORIES];
	struct rules_dataset networks; /* key: rules_network; score */
};

#define RULES_NETWORK 18 /* category, prefix length, masked address */
void rules_network(unsigned category, const uint8_t addr[16], unsigned prefix,
		   uint8_t key[RULES_NETWORK]);
/* RULES_NO_SCORE: not listed, or listed with 0. */
int rules_score(const struct rules_reputation *r, unsigned category, const uint8_t addr[16]);
void rules_reputation_free(struct rules_reputation *r);

#endif
