/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What rules remember: flowbits and flowints in the connection, xbits in the transaction or by
 * address, and which groups of a rule have matched. In: a rule and the event under judgement; out:
 * whether its conditions on state hold, and state changed. Memory comes from the caller's arenas and
 * the worker's table; when an arena is out, the judge's limit is set and the caller fails closed.
 */
#include "rules_set.h"

#define US 1000000u
#define BIT_FOREVER_S (24 * 3600u) /* an xbit by address without expire */
#define INT_UNSET INT64_MIN

/* ---- words from an arena ---- */

static uint64_t *
words_alloc(struct arena *arena, size_t bits)
{
	size_t size = (bits + 63) / 64 * 8;
	uint64_t *words = arena != NULL ? arena_alloc(arena, size) : NULL;

	if (words != NULL)
		memset(words, 0, size);
	return words;
}

bool
rules_memory_test(const struct rules_tx *tx, uint32_t bit)
{
	return tx->matched != NULL && bit_test(tx->matched, bit);
}

bool
rules_memory_set(const struct rules_set *set, struct rules_tx *tx, struct arena *arena,
		 uint32_t bit)
{
	if (tx->matched == NULL)
		tx->matched = words_alloc(arena, set->memory_bits);
	if (tx->matched == NULL) {
		tx->limit = true;
		return false;
	}
	bit_set(tx->matched, bit);
	return true;
}

/* ---- bits of a connection or transaction: the first 64 in place, the others from the arena ----
 */

struct bits {
	uint64_t *first, **more;
	struct arena *arena;
	size_t count;
};

static bool
bits_of(struct rules_judge *j, enum rules_bit_track track, struct bits *out)
{
	const struct rules_parsed *p = j->set->parsed;

	if (track == RULES_TRACK_TX && j->tx != NULL)
		*out = (struct bits){ &j->tx->bits, &j->tx->more, j->arena, p->tx_bits };
	else if (track == RULES_TRACK_FLOW && j->flow != NULL)
		*out = (struct bits){ &j->flow->bits, &j->flow->more, j->flow_arena, p->flow_bits };
	else
		return false;
	return true;
}

static bool
bits_test(const struct bits *b, unsigned i)
{
	if (i < 64)
		return (*b->first >> i & 1) != 0;
	return *b->more != NULL && bit_test(*b->more, i - 64);
}

static bool
bits_put(const struct bits *b, unsigned i, bool value)
{
	uint64_t *words = b->first;

	if (i >= 64) {
		if (*b->more == NULL && !value)
			return true;
		if (*b->more == NULL)
			*b->more = words_alloc(b->arena, b->count - 64);
		words = *b->more;
		i -= 64;
	}
	if (words == NULL)
		return false;
	if (value)
		bit_set(words, i);
	else
		bit_clear(words, i);
	return true;
}

/* ---- keys by address ---- */

/* The same pair in both directions. */
void
rules_key_pair(const struct rules_packet *p, struct rules_table_key *key)
{
	bool swap = memcmp(p->src, p->dst, 16) > 0;

	memcpy(key->addr[0], swap ? p->dst : p->src, 16);
	memcpy(key->addr[1], swap ? p->src : p->dst, 16);
}

static struct rules_table_key
bit_key(const struct rules_judge *j, const struct rules_bit *b, unsigned i)
{
	struct rules_table_key key = { .kind = RULES_TABLE_BIT | b->track << 8, .id = b->bit[i] };

	if (b->track == RULES_TRACK_PAIR)
		rules_key_pair(j->packet, &key);
	else
		memcpy(key.addr[0], b->track == RULES_TRACK_SRC ? j->packet->src : j->packet->dst, 16);
	return key;
}

static bool
one_bit_test(struct rules_judge *j, const struct rules_bit *b, unsigned i)
{
	struct rules_table_key key;
	struct bits bits;

	if (b->track == RULES_TRACK_FLOW || b->track == RULES_TRACK_TX)
		return bits_of(j, b->track, &bits) && bits_test(&bits, b->bit[i]);
	key = bit_key(j, b, i);
	return rules_table_find(j->w->table, &key, j->now_us) != NULL;
}

static void
one_bit_put(struct rules_judge *j, const struct rules_bit *b, unsigned i, bool value)
{
	uint64_t expire = b->expire_s != 0 ? b->expire_s : BIT_FOREVER_S;
	struct rules_table_key key;
	struct rules_entry *e;
	struct bits bits;

	if (b->track == RULES_TRACK_FLOW || b->track == RULES_TRACK_TX) {
		if (bits_of(j, b->track, &bits) && !bits_put(&bits, b->bit[i], value))
			j->limit = true;
		return;
	}
	key = bit_key(j, b, i);
	e = value ? NULL : rules_table_find(j->w->table, &key, j->now_us);
	if (value)
		rules_table_add(j->w->table, &key, j->now_us, j->now_us + expire * US);
	else if (e != NULL)
		rules_entry_expire(e);
}

bool
rules_bit_holds(struct rules_judge *j, const struct rules_bit *b)
{
	bool any = false;

	if (b->op != RULES_BIT_ISSET && b->op != RULES_BIT_ISNOTSET)
		return true;
	for (unsigned i = 0; i < b->count && !any; i++)
		any = one_bit_test(j, b, i);
	return any == (b->op == RULES_BIT_ISSET);
}

bool
rules_bits_hold(struct rules_judge *j, const struct rule *r)
{
	for (unsigned n = 0; n < r->bit_count; n++)
		if (!rules_bit_holds(j, &r->bit[n]))
			return false;
	return true;
}

/* ---- integers of a connection ---- */

int64_t
rules_int_value(const struct rules_judge *j, unsigned var)
{
	return j->flow != NULL && j->flow->ints != NULL ? j->flow->ints[var] : INT_UNSET;
}

bool
rules_int_holds(const struct rules_judge *j, const struct rules_int *n)
{
	int64_t value = rules_int_value(j, n->var);
	int64_t other = n->value_var >= 0 ? rules_int_value(j, (unsigned)n->value_var) : n->value;

	switch (n->op) {
	case 's':
		return value != INT_UNSET;
	case 'u':
		return value == INT_UNSET;
	case '=':
	case '+':
	case '-':
		return true;
	default:
		break;
	}
	/* What was never set compares with nothing. */
	if (value == INT_UNSET || other == INT_UNSET)
		return false;
	switch (n->op) {
	case '<':
		return value < other;
	case '>':
		return value > other;
	case 'l':
		return value <= other;
	case 'g':
		return value >= other;
	case 'n':
		return value != other;
	default:
		return value == other;
	}
}

bool
rules_ints_hold(struct rules_judge *j, const struct rule *r)
{
	for (unsigned i = 0; i < r->int_count; i++)
		if (!rules_int_holds(j, &r->integer[i]))
			return false;
	return true;
}

static void
int_apply(struct rules_judge *j, const struct rules_int *n)
{
	size_t count = j->set->parsed->flow_ints;
	int64_t other, *v;

	if ((n->op != '=' && n->op != '+' && n->op != '-') || j->flow == NULL)
		return;
	if (j->flow->ints == NULL) {
		v = j->flow_arena != NULL ? arena_alloc(j->flow_arena, count * sizeof(*v)) : NULL;
		if (v == NULL) {
			j->limit = true;
			return;
		}
		for (size_t i = 0; i < count; i++)
			v[i] = INT_UNSET;
		j->flow->ints = v;
	}
	v = &j->flow->ints[n->var];
	other = n->value_var >= 0 ? rules_int_value(j, (unsigned)n->value_var) : n->value;
	if (other == INT_UNSET)
		return;
	if (n->op == '=') {
		*v = other;
		return;
	}
	/* An integer that was never set counts from 0; sums stop at the ends. */
	if (*v == INT_UNSET)
		*v = 0;
	if (n->op == '+' ? __builtin_add_overflow(*v, other, v)
			 : __builtin_sub_overflow(*v, other, v))
		*v = (n->op == '+') == (other > 0) ? INT64_MAX : INT64_MIN + 1;
}

void
rules_bits_apply(struct rules_judge *j, const struct rule *r)
{
	for (unsigned n = 0; n < r->bit_count; n++) {
		const struct rules_bit *b = &r->bit[n];

		for (unsigned i = 0; i < b->count; i++) {
			if (b->op == RULES_BIT_SET || b->op == RULES_BIT_UNSET)
				one_bit_put(j, b, i, b->op == RULES_BIT_SET);
			else if (b->op == RULES_BIT_TOGGLE)
				one_bit_put(j, b, i, !one_bit_test(j, b, i));
		}
	}
	for (unsigned i = 0; i < r->int_count; i++)
		int_apply(j, &r->integer[i]);
}
