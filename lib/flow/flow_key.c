/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who speaks to whom, made the same for both directions. In: a decoded frame. Out: its key, the
 * keyed hash of it, and which way the frame goes. Called for every TCP frame; looks up nothing.
 */
#include "flow_internal.h"

/* Negative when the source is the smaller endpoint. */
static int
compare_ends(const struct pkt *p)
{
	int order = memcmp(p->src.b, p->dst.b, sizeof(p->src.b));

	return order != 0 ? order : (int)p->sport - (int)p->dport;
}

void
flow_key_of(const struct flow_table *t, const struct pkt *p, struct flow_key *key)
{
	memset(key, 0, sizeof(*key));
	key->swapped = compare_ends(p) > 0;
	key->low = key->swapped ? p->dst : p->src;
	key->high = key->swapped ? p->src : p->dst;
	key->low_port = key->swapped ? p->dport : p->sport;
	key->high_port = key->swapped ? p->sport : p->dport;
	for (unsigned i = 0; i < NET_VLANS && i < p->vlan_count; i++)
		key->vlan[i] = p->vlan[i];
	key->ip_proto = p->ip_proto;
	key->hash = (uint32_t)hash_bytes(t->key, key, FLOW_KEY_SIZE);
}
