/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * byte_test, byte_jump, byte_extract. In: their values; out: conditions of the sticky buffer under
 * way. Called through rules_keywords.c. Variables of byte_extract live within one buffer of one
 * rule.
 */
#include "rules_parse.h"

#include <stdlib.h>

#define BINARY_MAX 8  /* bytes of a binary number */
#define STRING_MAX 23 /* digits of a number in text */
#define VARS_MAX 8    /* variables of one buffer */
#define OFFSET_MAX 65535

int
rules_var_find(struct rules_parser *p, struct span name)
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

static void
not_understood(struct rules_parser *p, const struct rules_keyword *k, struct span token)
{
	rules_error(p, token.ptr != NULL ? token : p->keyword, "R045", k->form,
		    "'%.*s' is not understood", (int)token.len, (const char *)token.ptr);
}

/* Words that all three keywords know. */
static bool
common_word(struct span item, struct rules_byte *b)
{
	struct span arg, word = rules_word(item, &arg);

	if (rules_is(item, "relative"))
		b->relative = true;
	else if (rules_is(item, "little"))
		b->little = true;
	else if (rules_is(item, "string"))
		b->string = true;
	else if (rules_is(item, "hex"))
		b->base = 16;
	else if (rules_is(item, "dec"))
		b->base = 10;
	else if (rules_is(item, "oct"))
		b->base = 8;
	else if (rules_is(word, "endian") && rules_is(arg, "little"))
		b->little = true;
	else if (!rules_is(item, "big") && !(rules_is(word, "endian") && rules_is(arg, "big")))
		return false;
	return true;
}

static bool
take_count(struct rules_parser *p, struct span token, struct rules_byte *b)
{
	uint64_t n;

	if (!rules_uint(p, token, STRING_MAX, &n))
		return false;
	b->count = (uint8_t)n;
	if (n == 0)
		rules_error(p, token, "R045", "write 1 or more", "no bytes to read");
	return n > 0;
}

static bool
take_offset(struct rules_parser *p, struct span token, int32_t *out)
{
	int64_t n;

	if (!rules_int(p, token, -OFFSET_MAX, OFFSET_MAX, &n))
		return false;
	*out = (int32_t)n;
	return true;
}

/* What only all words together can show. */
static bool
check(struct rules_parser *p, struct span value, struct rules_byte *b)
{
	if (b->base != 0 && !b->string) {
		rules_error(p, value, "R045", "write string, and then hex, dec or oct",
			    "hex, dec and oct are for numbers in text");
		return false;
	}
	if (b->string && b->base == 0)
		b->base = 10;
	if (!b->string && b->count > BINARY_MAX) {
		rules_error(p, value, "R045", "write string for a number in text",
			    "a binary number has at most %d bytes", BINARY_MAX);
		return false;
	}
	return true;
}

static void
add(struct rules_parser *p, enum rules_cond_kind kind, struct span value,
    const struct rules_byte *b, bool negated)
{
	struct rules_cond *c = rules_cond_add(p, kind, value);

	if (c == NULL)
		return;
	c->byte = *b;
	c->negated = negated;
}

static bool
take_operator(struct rules_parser *p, struct span token, struct rules_byte *b)
{
	static const struct {
		const char *name;
		char op;
	} ops[] = { { "=", '=' },  { "<", '<' }, { ">", '>' }, { "<=", 'l' },
		    { ">=", 'g' }, { "&", '&' }, { "^", '^' } };
	struct span op = token;

	b->negated = rules_negated(&op);
	if (b->negated && op.len == 0) { /* "!" alone: not equal */
		b->op = '=';
		return true;
	}
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (rules_is(op, ops[i].name)) {
			b->op = ops[i].op;
			return true;
		}
	rules_error(p, token.ptr != NULL ? token : p->keyword, "R045",
		    "write =, <, >, <=, >=, & or ^, with ! for not", "'%.*s' is no comparison",
		    (int)token.len, (const char *)token.ptr);
	return false;
}

/* Decimal or 0x hexadecimal. */
static bool
take_value(struct rules_parser *p, struct span token, struct rules_byte *b)
{
	char text[24], *end;

	b->value_var = (int8_t)rules_var_find(p, token);
	if (b->value_var >= 0)
		return true;
	if (!span_starts_nocase(token, SPAN_LIT("0x")))
		return rules_uint(p, token, UINT64_MAX, &b->value);
	if (token.len < 3 || token.len > 18) {
		rules_error(p, token, "R022", "write up to 16 hexadecimal digits",
			    "no number of 64 bits");
		return false;
	}
	memcpy(text, token.ptr + 2, token.len - 2);
	text[token.len - 2] = '\0';
	b->value = strtoull(text, &end, 16);
	if (*end != '\0' || text[0] == '-' || text[0] == '+' || text[0] == ' ') {
		rules_error(p, token, "R022", "write hexadecimal digits", "'%.*s' is no number",
			    (int)token.len, (const char *)token.ptr);
		return false;
	}
	return true;
}

void
rules_opt_byte_test(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_byte b = { .var = -1, .value_var = -1, .multiplier = 1 };
	struct rules_list list;

	if (!rules_list_split(p, value, ',', &list))
		return;
	if (list.count < 4) {
		rules_error(p, value, "R045", k->form,
			    "byte_test needs count, operator, value, offset");
		return;
	}
	if (!take_count(p, list.item[0], &b) || !take_operator(p, list.item[1], &b) ||
	    !take_value(p, list.item[2], &b))
		return;
	b.var = (int8_t)rules_var_find(p, list.item[3]);
	if (b.var < 0 && !take_offset(p, list.item[3], &b.offset))
		return;
	for (size_t i = 4; i < list.count; i++)
		if (!common_word(list.item[i], &b)) {
			not_understood(p, k, list.item[i]);
			return;
		}
	if (check(p, value, &b))
		add(p, RULES_COND_BYTE_TEST, value, &b, false);
}

/* Words of byte_jump and byte_extract beyond the common ones. */
static void
jump_word(struct rules_parser *p, const struct rules_keyword *k, struct span item, bool jump,
	  struct rules_byte *b)
{
	struct span arg, word = rules_word(item, &arg);
	uint64_t n;

	if (common_word(item, b))
		return;
	if (rules_is(word, "multiplier")) {
		if (!rules_uint(p, arg.len > 0 ? arg : item, OFFSET_MAX, &n))
			return;
		b->multiplier = (int32_t)n;
		if (n == 0)
			rules_error(p, item, "R045", "write 1 or more", "the multiplier is 0");
	} else if (jump && rules_is(word, "post_offset")) {
		take_offset(p, arg.len > 0 ? arg : item, &b->post);
	} else if (jump && rules_is(item, "from_beginning")) {
		b->from_beginning = true;
	} else if (jump && rules_is(item, "align")) {
		b->align = true;
	} else {
		not_understood(p, k, item);
	}
}

void
rules_opt_byte_jump(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_byte b = { .var = -1, .value_var = -1, .multiplier = 1 };
	struct rules_list list;
	unsigned errors = p->errors;

	if (!rules_list_split(p, value, ',', &list))
		return;
	if (list.count < 2) {
		rules_error(p, value, "R045", k->form, "byte_jump needs count and offset");
		return;
	}
	if (!take_count(p, list.item[0], &b) || !take_offset(p, list.item[1], &b.offset))
		return;
	for (size_t i = 2; i < list.count && p->errors == errors; i++)
		jump_word(p, k, list.item[i], true, &b);
	if (p->errors == errors && check(p, value, &b))
		add(p, RULES_COND_BYTE_JUMP, value, &b, false);
}

static int
new_var(struct rules_parser *p, struct span name)
{
	if (!rules_name_ok(name) || span_chr(name, ' ') >= 0 ||
	    (name.ptr[0] >= '0' && name.ptr[0] <= '9')) {
		rules_error(p, name.ptr != NULL ? name : p->keyword, "R045",
			    "begin it with a letter, without blanks",
			    "the name of the variable is missing or wrong");
		return -1;
	}
	if (rules_var_find(p, name) >= 0 || p->vars.count == VARS_MAX) {
		rules_error(p, name, rules_var_find(p, name) >= 0 ? "R029" : "R023",
			    "choose another name, or use fewer",
			    rules_var_find(p, name) >= 0 ? "this variable is there already"
							 : "too many variables");
		return -1;
	}
	p->vars.name = rules_regrow(p->vars.name, p->vars.count, sizeof(*p->vars.name));
	p->vars.name[p->vars.count].name = strndup((const char *)name.ptr, name.len);
	if (p->vars.name[p->vars.count].name == NULL)
		rules_no_memory();
	return (int)p->vars.count++;
}

void
rules_opt_byte_extract(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_byte b = { .var = -1, .value_var = -1, .multiplier = 1 };
	struct rules_list list;
	unsigned errors = p->errors;

	if (!rules_list_split(p, value, ',', &list))
		return;
	if (list.count < 3) {
		rules_error(p, value, "R045", k->form, "byte_extract needs count, offset and name");
		return;
	}
	if (!take_count(p, list.item[0], &b) || !take_offset(p, list.item[1], &b.offset))
		return;
	for (size_t i = 3; i < list.count && p->errors == errors; i++)
		jump_word(p, k, list.item[i], false, &b);
	if (p->errors != errors || !check(p, value, &b))
		return;
	b.var = (int8_t)new_var(p, list.item[2]);
	if (b.var >= 0)
		add(p, RULES_COND_BYTE_EXTRACT, value, &b, false);
}
