/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of hits of one event: bounded, and never without the rules that decide. In: hits as
 * the judge finds them; out: struct rules_hits for the policy. It judges nothing.
 */
#include "rules_set.h"

#define NO_HIT 0xff

void
rules_hits_open(struct rules_hits *hits)
{
	hits->count = 0;
	hits->lost = 0;
	hits->limit = false;
	memset(hits->decided, NO_HIT, sizeof(hits->decided));
}

static bool
is_decided(const struct rules_hits *hits, unsigned i)
{
	for (unsigned d = 0; d < sizeof(hits->decided); d++)
		if (hits->decided[d] == i)
			return true;
	return false;
}

/* A detection rule that changes the wire counts as decisive too. */
static bool
is_needed(const struct rules_hits *hits, unsigned i)
{
	const struct rules_rule *r = hits->hit[i].rule;

	return is_decided(hits, i) ||
	       (!hits->hit[i].would && r->action != RULES_ALERT && r->action != RULES_LOG);
}

uint8_t
rules_hits_add(struct rules_hits *hits, const struct rules_hit *hit, bool decisive)
{
	unsigned i = hits->count;

	if (i < RULES_HITS) {
		hits->hit[hits->count++] = *hit;
		return (uint8_t)i;
	}
	hits->lost++;
	while (decisive && i-- > 0) {
		if (!is_needed(hits, i)) {
			hits->hit[i] = *hit;
			return (uint8_t)i;
		}
	}
	/* Only decisive ones are left: the caller must not let this pass. */
	if (decisive)
		hits->limit = true;
	return NO_HIT;
}
