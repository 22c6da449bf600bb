/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bits and numbers that rules keep: flowbits, xbits, hostbits, flowint. In: their values; out:
 * struct rules_bit and struct rules_int of the rule, names numbered by the source. Called through
 * rules_keywords.c.
 */
#include "rules_parse.h"

#include <stdio.h>
#include "err.h"

#define BITS_MAX 64 /* conditions and acts of one rule */

static const char *const op_names[] = {
	[RULES_BIT_SET] = "set",	   [RULES_BIT_UNSET] = "unset",
	[RULES_BIT_TOGGLE] = "toggle",	   [RULES_BIT_ISSET] = "isset",
	[RULES_BIT_ISNOTSET] = "isnotset", NULL,
};

static enum rules_space
space_of(enum rules_bit_track track)
{
	return track == RULES_TRACK_FLOW ? RULES_SPACE_FLOW
	       : track == RULES_TRACK_TX ? RULES_SPACE_TX
					 : RULES_SPACE_HOST;
}

static int
bit_op(struct rules_parser *p, struct span word)
{
	char text[32], hint[96];
	const char *near;

	for (int i = 0; op_names[i] != NULL; i++)
		if (rules_is(word, op_names[i]))
			return i;
	snprintf(text, sizeof(text), "%.*s", (int)word.len, (const char *)word.ptr);
	near = err_nearest(text, op_names);
	snprintf(hint, sizeof(hint),
		 near != NULL ? "did you mean %s?"
			      : "write set, unset, toggle, isset or isnotset%s",
		 near != NULL ? near : "");
	rules_error(p, word.ptr != NULL ? word : p->keyword, "R022", hint, "unknown act '%s'",
		    text);
	return -1;
}

/* Remembers that a name is tested or set, so that a test that can never hold is found. */
static void
note_use(struct rules_parser *p, enum rules_space space, unsigned index, bool sets,
	 struct span token)
{
	struct rules_name *n = &p->source->names[space].name[index];

	n->set |= sets;
	if (!sets && n->file == NULL) {
		n->file = p->text->file;
		n->tested = rules_place_of(p->text, token);
	}
}

static bool
take_names(struct rules_parser *p, struct rules_bit *b, struct span names)
{
	enum rules_space space = space_of(b->track);
	bool test = b->op == RULES_BIT_ISSET || b->op == RULES_BIT_ISNOTSET;
	struct rules_list list;

	if (!rules_list_split(p, names, '|', &list))
		return false;
	if (list.count > sizeof(b->bit) / sizeof(b->bit[0]) || (list.count > 1 && !test)) {
		rules_error(p, names, "R022",
			    test ? "write up to 8 names" : "write a keyword for each name",
			    "too many names");
		return false;
	}
	for (size_t i = 0; i < list.count; i++) {
		unsigned index;

		if (!rules_name_ok(list.item[i]) || span_chr(list.item[i], ' ') >= 0) {
			rules_error(p, list.item[i].ptr != NULL ? list.item[i] : p->keyword, "R022",
				    "a name has no blanks, commas or quotation marks",
				    "the name of the bit is missing or wrong");
			return false;
		}
		index = rules_name_index(p->source, space, list.item[i]);
		if (index > UINT16_MAX) {
			rules_error(p, list.item[i], "R023", "use fewer names",
				    "more than 65536 bits");
			return false;
		}
		/* What holds also where nothing sets this bit is no mistake. */
		if (b->op != RULES_BIT_ISNOTSET && list.count == 1)
			note_use(p, space, index, !test, list.item[i]);
		b->bit[b->count++] = (uint16_t)index;
	}
	return true;
}

static void
add_bit(struct rules_parser *p, const struct rules_bit *b)
{
	struct rule *r = p->rule;

	if (r->bit_count == BITS_MAX) {
		rules_error(p, p->keyword, "R023", "split the rule",
			    "more than %d bits in one rule", BITS_MAX);
		return;
	}
	r->bit = rules_grow(r, r->bit, r->bit_count, sizeof(*r->bit));
	r->bit[r->bit_count++] = *b;
}

void
rules_opt_flowbits(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_bit b = { .track = RULES_TRACK_FLOW };
	struct rules_list list;
	int op;

	if (rules_is(value, "noalert")) {
		p->rule->pub.noalert = true;
		return;
	}
	if (!rules_list_split(p, value, ',', &list) || (op = bit_op(p, list.item[0])) < 0)
		return;
	if (list.count != 2) {
		rules_error(p, value, "R022", k->form, "flowbits has an act and a name");
		return;
	}
	b.op = (enum rules_bit_op)op;
	if (take_names(p, &b, list.item[1]))
		add_bit(p, &b);
}

/* ---- xbits ---- */

static bool
take_track(struct rules_parser *p, struct span word, struct rules_bit *b)
{
	static const struct {
		const char *name;
		enum rules_bit_track track;
	} tracks[] = { { "tx", RULES_TRACK_TX },
		       { "ip_src", RULES_TRACK_SRC },
		       { "ip_dst", RULES_TRACK_DST },
		       { "ip_pair", RULES_TRACK_PAIR } };

	for (size_t i = 0; i < sizeof(tracks) / sizeof(tracks[0]); i++)
		if (rules_is(word, tracks[i].name)) {
			b->track = tracks[i].track;
			return true;
		}
	rules_error(p, word.ptr != NULL ? word : p->keyword, "R022",
		    "write track tx, ip_src, ip_dst or ip_pair", "'%.*s' cannot be tracked",
		    (int)word.len, (const char *)word.ptr);
	return false;
}

static bool
take_xbit_item(struct rules_parser *p, struct span item, struct rules_bit *b, bool *tracked)
{
	struct span arg, word = rules_word(item, &arg);
	uint64_t n;

	if (rules_is(word, "track")) {
		*tracked = true;
		return take_track(p, arg.len > 0 ? arg : item, b);
	}
	if (rules_is(word, "expire")) {
		if (!rules_uint(p, arg.len > 0 ? arg : item, UINT32_MAX, &n))
			return false;
		b->expire_s = (uint32_t)n;
		if (n == 0)
			rules_error(p, item, "R023", "write 1 or more", "expire cannot be 0");
		return n > 0;
	}
	rules_error(p, item.ptr != NULL ? item : p->keyword, "R022", "write track tx, or expire 60",
		    "'%.*s' is not understood", (int)item.len, (const char *)item.ptr);
	return false;
}

void
rules_opt_xbits(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_bit b = { .track = RULES_TRACK_TX };
	bool smtp = p->rule->proto == RULES_PROTO_SMTP, tracked = false;
	struct rules_list list;
	int op;

	if (!rules_list_split(p, value, ',', &list) || (op = bit_op(p, list.item[0])) < 0)
		return;
	if (list.count < 2) {
		rules_error(p, value, "R022", k->form, "xbits has an act and a name");
		return;
	}
	b.op = (enum rules_bit_op)op;
	for (size_t i = 2; i < list.count; i++)
		if (!take_xbit_item(p, list.item[i], &b, &tracked))
			return;
	if (p->header_failed)
		return;
	if (!smtp && b.track == RULES_TRACK_TX) {
		rules_error(p, tracked ? value : p->keyword, "R022",
			    "write track ip_src, ip_dst or ip_pair",
			    "frames have no transaction to track");
		return;
	}
	if (b.track == RULES_TRACK_TX && b.expire_s != 0) {
		rules_error(p, value, "R025", "remove expire, or track ip_src",
			    "bits of a transaction end with it");
		return;
	}
	if (take_names(p, &b, list.item[1]))
		add_bit(p, &b);
}

void
rules_opt_hostbits(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_bit b = { .track = RULES_TRACK_SRC };
	struct rules_list list;
	int op;

	if (!rules_list_split(p, value, ',', &list) || (op = bit_op(p, list.item[0])) < 0)
		return;
	if (list.count < 2 || list.count > 3) {
		rules_error(p, value, "R022", k->form, "hostbits has an act and a name");
		return;
	}
	b.op = (enum rules_bit_op)op;
	if (list.count == 3) {
		if (rules_is(list.item[2], "dst")) {
			b.track = RULES_TRACK_DST;
		} else if (rules_is(list.item[2], "both")) {
			b.track = RULES_TRACK_PAIR;
		} else if (!rules_is(list.item[2], "src")) {
			rules_error(p, list.item[2].len > 0 ? list.item[2] : value, "R022",
				    "write src, dst or both", "'%.*s' is no side",
				    (int)list.item[2].len, (const char *)list.item[2].ptr);
			return;
		}
	}
	if (take_names(p, &b, list.item[1]))
		add_bit(p, &b);
}

/* ---- flowint ---- */

static const struct {
	const char *name;
	char op;
	bool sets, alone;
} int_ops[] = {
	{ "=", '=', true, false },	{ "+", '+', true, false },
	{ "-", '-', true, false },	{ "==", 'e', false, false },
	{ "!=", 'n', false, false },	{ "<", '<', false, false },
	{ ">", '>', false, false },	{ "<=", 'l', false, false },
	{ ">=", 'g', false, false },	{ "isset", 's', false, true },
	{ "notset", 'u', false, true }, { "isnotset", 'u', false, true },
};
#define INT_OPS (sizeof(int_ops) / sizeof(int_ops[0]))

static int
int_op(struct rules_parser *p, struct span word)
{
	for (size_t i = 0; i < INT_OPS; i++)
		if (rules_is(word, int_ops[i].name))
			return (int)i;
	rules_error(p, word.ptr != NULL ? word : p->keyword, "R022",
		    "write =, +, -, ==, !=, <, >, <=, >=, isset or notset", "unknown act '%.*s'",
		    (int)word.len, (const char *)word.ptr);
	return -1;
}

static bool
int_value(struct rules_parser *p, struct span token, struct rules_int *out)
{
	unsigned index;

	if (token.len > 0 && (token.ptr[0] == '-' || (token.ptr[0] >= '0' && token.ptr[0] <= '9')))
		return rules_int(p, token, -UINT32_MAX, UINT32_MAX, &out->value);
	if (!rules_name_ok(token)) {
		rules_error(p, token.ptr != NULL ? token : p->keyword, "R022",
			    "write a number or a name", "the value is missing or wrong");
		return false;
	}
	index = rules_name_index(p->source, RULES_SPACE_INT, token);
	out->value_var = (int16_t)index;
	return true;
}

void
rules_opt_flowint(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_int n = { .value_var = -1 };
	struct rule *r = p->rule;
	struct rules_list list;
	unsigned index;
	int op;

	if (!rules_list_split(p, value, ',', &list))
		return;
	if (list.count < 2) {
		rules_error(p, value, "R022", k->form, "flowint has a name and an act");
		return;
	}
	if (!rules_name_ok(list.item[0])) {
		rules_error(p, value, "R022", k->form, "the name is missing or wrong");
		return;
	}
	op = int_op(p, list.item[1]);
	if (op < 0)
		return;
	if (list.count != (int_ops[op].alone ? 2 : 3)) {
		rules_error(p, value, "R022", k->form, "%s takes %s value", int_ops[op].name,
			    int_ops[op].alone ? "no" : "one");
		return;
	}
	index = rules_name_index(p->source, RULES_SPACE_INT, list.item[0]);
	if (index > INT16_MAX || r->int_count == BITS_MAX) {
		rules_error(p, p->keyword, "R023", "use fewer", "too many flowints");
		return;
	}
	n.var = (uint16_t)index;
	n.op = int_ops[op].op;
	if (!int_ops[op].alone && !int_value(p, list.item[2], &n))
		return;
	r->integer = rules_grow(r, r->integer, r->int_count, sizeof(*r->integer));
	r->integer[r->int_count++] = n;
}
