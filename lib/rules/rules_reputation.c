/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What iprep asks on the packet path. In: a category and an address; out: its score. One look-up for
 * each length of prefix that the category has, longest first: bounded, whatever the size of the
 * lists. Reading them is rules_reputation_load.c.
 */
#include "rules_reputation.h"
#include "rules_set.h"

#include <stdlib.h>

void
rules_network(unsigned category, const uint8_t addr[16], unsigned prefix, uint8_t key[RULES_NETWORK])
{
	memset(key, 0, RULES_NETWORK);
	key[0] = (uint8_t)category;
	key[1] = (uint8_t)prefix;
	memcpy(key + 2, addr, prefix / 8);
	if (prefix % 8 != 0)
		key[2 + prefix / 8] = (uint8_t)(addr[prefix / 8] & 0xff00 >> prefix % 8);
}

int
rules_score(const struct rules_reputation *r, unsigned category, const uint8_t addr[16])
{
	const struct rules_category *c = &r->category[category];
	uint8_t key[RULES_NETWORK];

	for (unsigned i = 0; i < c->lengths; i++) {
		const struct rules_set_entry *e;

		rules_network(category, addr, c->length[i], key);
		e = rules_set_find(&r->networks, span_of(key, sizeof(key)));
		if (e != NULL)
			return e->score > 0 ? e->score : RULES_NO_SCORE;
	}
	return RULES_NO_SCORE;
}

size_t
rules_networks(const struct rules_set *set)
{
	return set->parsed->reputation != NULL ? set->parsed->reputation->networks.count : 0;
}

void
rules_reputation_free(struct rules_reputation *r)
{
	if (r == NULL)
		return;
	for (unsigned i = 0; i < RULES_CATEGORIES; i++)
		free(r->category[i].name);
	free(r->networks.entry);
	free(r->networks.byte);
	free(r);
}
