/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers in a buffer: byte_test, byte_jump, byte_extract, byte_math, and the variables that the
 * last two set. In: their values; out: conditions of the sticky buffer under way. Called through
 * rules_keywords.c; rules_operand by every keyword that takes a variable for a number. A variable
 * lives within one sticky buffer of one rule, from the keyword on that sets it.
 */
#include "rules_parse.h"

#include <stdlib.h>

#define BINARY_MAX 8  /* bytes of a binary number */
#define STRING_MAX 23 /* digits of a number in text */
#define OFFSET_MAX 65535

/* ---- variables ---- */

static int
var_find(const struct rules_parser *p, struct span name)
{
	for (size_t i = 0; i < p->vars.count; i++)
		if (span_eq(name, span_str(p->vars.name[i].name)))
			return (int)i;
	return -1;
}

void
rules_vars_clear(struct rules_parser *p)
{
	for (size_t i = 0; i < p->vars.count; i++)
		free(p->vars.name[i].name);
	free(p->vars.name);
	p->vars = (struct rules_names){ NULL, 0 };
}

/* From 1 on; 0: reported. */
static uint8_t
var_new(struct rules_parser *p, struct span name)
{
	if (!rules_name_ok(name) || span_chr(name, ' ') >= 0 ||
	    (name.ptr[0] >= '0' && name.ptr[0] <= '9')) {
		rules_error(p, name.ptr != NULL ? name : p->keyword, "R045",
			    "begin it with a letter, without blanks",
			    "the name of the variable is missing or wrong");
		return 0;
	}
	if (var_find(p, name) >= 0 || p->vars.count == RULES_VARS) {
		rules_error(p, name, var_find(p, name) >= 0 ? "R029" : "R023",
			    "choose another name, or use fewer",
			    var_find(p, name) >= 0 ? "this variable is there already"
						   : "too many variables");
		return 0;
	}
	p->vars.name = rules_regrow(p->vars.name, p->vars.count, sizeof(*p->vars.name));
	p->vars.name[p->vars.count].name = strndup((const char *)name.ptr, name.len);
	if (p->vars.name[p->vars.count].name == NULL)
		rules_no_memory();
	return (uint8_t)++p->vars.count;
}

static bool
is_name(struct span token)
{
	return token.len > 0 &&
	       ((token.ptr[0] | 0x20) >= 'a' ? (token.ptr[0] | 0x20) <= 'z' : token.ptr[0] == '_');
}

static bool
take_var(struct rules_parser *p, struct span name, struct rules_operand *out)
{
	int var = var_find(p, name);

	*out = (struct rules_operand){ .var = (uint8_t)(var + 1) };
	if (var < 0)
		rules_error(p, name, "R044",
			    "set it in front, behind the same buffer: byte_extract:1,0,NAME;",
			    "no variable '%.*s' is set before this", (int)name.len,
			    (const char *)name.ptr);
	return var >= 0;
}

bool
rules_operand(struct rules_parser *p, struct span token, int64_t min, int64_t max,
	      struct rules_operand *out)
{
	*out = (struct rules_operand){ 0 };
	return is_name(token) ? take_var(p, token, out) : rules_int(p, token, min, max, &out->n);
}

/* ---- the words of a value ---- */

struct take {
	struct rules_parser *p;
	const struct rules_keyword *k;
	struct rules_byte b;
	bool string;
	struct span result; /* name of the variable to be */
	unsigned seen;	    /* bits: slots */
};

/* Two words for one slot stand twice, or contradict each other. */
enum slot { RELATIVE, ORDER, STRING, BASE, MASK, TIMES, ALIGN, FROM, POST, BYTES, OFFSET, OPER,
	    RVALUE, RESULT, DCE };
#define NEEDED (1u << BYTES | 1u << OFFSET | 1u << OPER | 1u << RVALUE | 1u << RESULT)

#define TEST (1u << RULES_BYTE_TEST)
#define JUMP (1u << RULES_BYTE_JUMP)
#define EXTRACT (1u << RULES_BYTE_EXTRACT)
#define MATH (1u << RULES_BYTE_MATH)
#define EACH (TEST | JUMP | EXTRACT | MATH)

static const struct word {
	const char *name;
	unsigned of; /* keywords that know it */
	enum slot slot;
	bool argument;
	int what;
} words[] = {
	{ "relative", EACH, RELATIVE, false, 0 },
	{ "big", EACH & ~MATH, ORDER, false, 0 },
	{ "little", EACH & ~MATH, ORDER, false, 1 },
	{ "endian", EACH, ORDER, true, -1 },
	{ "string", EACH & ~MATH, STRING, false, 0 },
	{ "string", MATH, BASE, true, -1 },
	{ "hex", EACH & ~MATH, BASE, false, 16 },
	{ "dec", EACH & ~MATH, BASE, false, 10 },
	{ "oct", EACH & ~MATH, BASE, false, 8 },
	{ "bitmask", EACH & ~EXTRACT, MASK, true, 0 },
	{ "multiplier", JUMP | EXTRACT, TIMES, true, 0 },
	{ "align", JUMP, ALIGN, false, 4 },
	{ "align", EXTRACT, ALIGN, true, -1 },
	{ "from_beginning", JUMP, FROM, false, RULES_FROM_BEGINNING },
	{ "from_end", JUMP, FROM, false, RULES_FROM_END },
	{ "post_offset", JUMP, POST, true, 0 },
	{ "bytes", MATH, BYTES, true, 0 },
	{ "offset", MATH, OFFSET, true, 0 },
	{ "oper", MATH, OPER, true, 0 },
	{ "rvalue", MATH, RVALUE, true, 0 },
	{ "result", MATH, RESULT, true, 0 },
	{ "dce", EACH, DCE, false, 0 },
};

static bool
wrong(struct take *t, struct span token)
{
	rules_error(t->p, token.ptr != NULL ? token : t->p->keyword, "R045", t->k->form,
		    "'%.*s' is not understood", (int)token.len, (const char *)token.ptr);
	return false;
}

/* Decimal or 0x hexadecimal. */
static bool
take_u64(struct take *t, struct span token, uint64_t *out)
{
	char text[24], *end;

	if (!span_starts_nocase(token, SPAN_LIT("0x")))
		return rules_uint(t->p, token, UINT64_MAX, out);
	if (token.len < 3 || token.len > 18) {
		rules_error(t->p, token, "R022", "write up to 16 hexadecimal digits",
			    "no number of 64 bits");
		return false;
	}
	memcpy(text, token.ptr + 2, token.len - 2);
	text[token.len - 2] = '\0';
	*out = strtoull(text, &end, 16);
	if (*end != '\0' || text[0] == '-' || text[0] == '+' || text[0] == ' ') {
		rules_error(t->p, token, "R022", "write hexadecimal digits",
			    "'%.*s' is no number", (int)token.len, (const char *)token.ptr);
		return false;
	}
	return true;
}

static bool
take_value(struct take *t, struct span token)
{
	uint64_t n = 0;
	bool ok = is_name(token) ? take_var(t->p, token, &t->b.value) : take_u64(t, token, &n);

	t->b.value.n = (int64_t)n;
	return ok;
}

static bool
take_count(struct take *t, struct span token)
{
	if (!rules_operand(t->p, token, 0, STRING_MAX, &t->b.count))
		return false;
	/* A jump without a number goes where its other words say. */
	if (t->b.count.n > 0 || t->b.count.var > 0 || t->k->what == RULES_BYTE_JUMP)
		return true;
	rules_error(t->p, token, "R045", "write 1 or more", "no bytes to read");
	return false;
}

static bool
take_offset(struct take *t, struct span token, struct rules_operand *out)
{
	return rules_operand(t->p, token, -OFFSET_MAX, OFFSET_MAX, out);
}

static bool
take_operator(struct take *t, struct span token)
{
	static const struct {
		const char *name;
		unsigned of;
		char op;
	} ops[] = { { "=", TEST, '=' },	 { "<", TEST, '<' },  { ">", TEST, '>' },
		    { "<=", TEST, 'l' }, { ">=", TEST, 'g' }, { "&", TEST, '&' },
		    { "^", TEST, '^' },	 { "+", MATH, '+' },  { "-", MATH, '-' },
		    { "*", MATH, '*' },	 { "/", MATH, '/' },  { "<<", MATH, 'l' },
		    { ">>", MATH, 'r' } };
	bool math = t->k->what == RULES_BYTE_MATH;
	struct span op = token;

	t->b.negated = !math && rules_negated(&op);
	if (t->b.negated && op.len == 0) { /* "!" alone: not equal */
		t->b.op = '=';
		return true;
	}
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (rules_is(op, ops[i].name) && ops[i].of >> t->k->what & 1) {
			t->b.op = ops[i].op;
			return true;
		}
	rules_error(t->p, token.ptr != NULL ? token : t->p->keyword, "R045",
		    math ? "write +, -, *, /, << or >>"
			 : "write =, <, >, <=, >=, & or ^, with ! for not",
		    "'%.*s' is no %s", (int)token.len, (const char *)token.ptr,
		    math ? "operator" : "comparison");
	return false;
}

/* endian big, string hex, align 2: the number of one of a few words. */
static bool
take_choice(struct take *t, struct span arg, enum slot slot, int *what)
{
	static const struct {
		const char *name;
		enum slot slot;
		int what;
	} choices[] = { { "big", ORDER, 0 }, { "little", ORDER, 1 }, { "hex", BASE, 16 },
			{ "dec", BASE, 10 }, { "oct", BASE, 8 },     { "2", ALIGN, 2 },
			{ "4", ALIGN, 4 } };

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (choices[i].slot == slot && rules_is(arg, choices[i].name)) {
			*what = choices[i].what;
			return true;
		}
	return wrong(t, arg);
}

static bool
take_mask(struct take *t, struct span arg)
{
	if (!take_u64(t, arg, &t->b.mask))
		return false;
	if (t->b.mask == 0)
		rules_error(t->p, arg, "R045", "write 0xff for the lowest eight bits",
			    "the mask leaves nothing");
	return t->b.mask != 0;
}

static bool
take_multiplier(struct take *t, struct span arg)
{
	uint64_t n;

	if (!rules_uint(t->p, arg, OFFSET_MAX, &n))
		return false;
	t->b.multiplier = (int32_t)n;
	if (n == 0)
		rules_error(t->p, arg, "R045", "write 1 or more", "the multiplier is 0");
	return n > 0;
}

static bool
use_word(struct take *t, const struct word *w, struct span item, struct span arg)
{
	int what = w->what;

	if (what < 0 && !(rules_is(arg, "dce") || take_choice(t, arg, w->slot, &what)))
		return false;
	switch (what < 0 ? DCE : w->slot) {
	case RELATIVE:
		t->b.relative = true;
		return true;
	case ORDER:
		t->b.little = what == 1;
		return true;
	case STRING:
		t->string = true;
		return true;
	case BASE:
		t->b.base = (uint8_t)what;
		t->string |= w->argument;
		return true;
	case MASK:
		return take_mask(t, arg);
	case TIMES:
		return take_multiplier(t, arg);
	case ALIGN:
		t->b.align = (uint8_t)what;
		return true;
	case FROM:
		t->b.from = (enum rules_jump_from)what;
		return true;
	case POST:
		return take_offset(t, arg, &t->b.post);
	case BYTES:
		return take_count(t, arg);
	case OFFSET:
		return take_offset(t, arg, &t->b.offset);
	case OPER:
		return take_operator(t, arg);
	case RVALUE:
		return take_value(t, arg);
	case RESULT:
		t->result = arg;
		return true;
	default:
		rules_error(t->p, item, "R042", "write big or little",
			    "dce takes the byte order from DCERPC, and this firewall reads SMTP");
		return false;
	}
}

static bool
take_word(struct take *t, struct span item)
{
	struct span arg, name = rules_word(item, &arg);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct word *w = &words[i];

		if (!rules_is(name, w->name) || (w->of >> t->k->what & 1) == 0 ||
		    w->argument != (arg.len > 0))
			continue;
		if (t->seen >> w->slot & 1) {
			rules_error(t->p, item, "R029", "keep one of the two",
				    "'%.*s' repeats or contradicts what stands before it",
				    (int)item.len, (const char *)item.ptr);
			return false;
		}
		t->seen |= 1u << w->slot;
		return use_word(t, w, item, arg);
	}
	return wrong(t, item);
}

/* What stands in front, in an order of its own; returns how many fields that were, 0: reported. */
static size_t
take_fixed(struct take *t, const struct rules_list *list, struct span value)
{
	static const struct {
		size_t count;
		const char *what;
	} fixed[] = { [RULES_BYTE_TEST] = { 4, "count, operator, value, offset" },
		      [RULES_BYTE_JUMP] = { 2, "count and offset" },
		      [RULES_BYTE_EXTRACT] = { 3, "count, offset and name" } };
	size_t n = fixed[t->k->what].count;
	bool test = t->k->what == RULES_BYTE_TEST;

	if (list->count < n) {
		rules_error(t->p, value, "R045", t->k->form, "%s needs %s", t->k->name,
			    fixed[t->k->what].what);
		return 0;
	}
	if (!take_count(t, list->item[0]) || (test && !take_operator(t, list->item[1])) ||
	    (test && !take_value(t, list->item[2])) ||
	    !take_offset(t, list->item[test ? 3 : 1], &t->b.offset))
		return 0;
	if (t->k->what == RULES_BYTE_EXTRACT)
		t->result = list->item[2];
	return n;
}

/* What only all words together can show. */
static bool
check(struct take *t, struct span value)
{
	struct rules_byte *b = &t->b;

	if (t->k->what == RULES_BYTE_MATH && (t->seen & NEEDED) != NEEDED)
		rules_error(t->p, value, "R045", t->k->form,
			    "byte_math needs bytes, offset, oper, rvalue and result");
	else if (b->base != 0 && !t->string)
		rules_error(t->p, value, "R045", "write string, and then hex, dec or oct",
			    "hex, dec and oct are for numbers in text");
	else if (!t->string && b->count.n > BINARY_MAX)
		rules_error(t->p, value, "R045", "write string for a number in text",
			    "a binary number has at most %d bytes", BINARY_MAX);
	else
		return true;
	return false;
}

void
rules_opt_byte(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	static const enum rules_cond_kind kinds[] = {
		RULES_COND_BYTE_TEST, RULES_COND_BYTE_JUMP, RULES_COND_BYTE_EXTRACT,
		RULES_COND_BYTE_MATH
	};
	struct take t = { .p = p, .k = k, .b = { .multiplier = 1, .mask = UINT64_MAX } };
	struct rules_list list;
	struct rules_cond *c;
	size_t i = 0;

	if (!rules_list_split(p, value, ',', &list) ||
	    (k->what != RULES_BYTE_MATH && (i = take_fixed(&t, &list, value)) == 0))
		return;
	for (; i < list.count; i++)
		if (!take_word(&t, list.item[i]))
			return;
	if (!check(&t, value))
		return;
	if (t.string && t.b.base == 0)
		t.b.base = 10;
	c = rules_cond_add(p, kinds[k->what], value);
	if (c == NULL)
		return;
	/* Its name may be used from the next keyword on. */
	if (t.result.ptr != NULL)
		t.b.result = var_new(p, t.result);
	c->byte = t.b;
}
