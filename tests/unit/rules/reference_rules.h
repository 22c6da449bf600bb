/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random rules for test_reference.c: as data, and as text for the library. Each asks only what can
 * be told exactly of its field, and refers to nothing that it has not set.
 */
#ifndef REFERENCE_RULES_H
#define REFERENCE_RULES_H

#include "judge.h"

#define RULES_EACH 40 /* rules of one set */
#define GROUPS 3
#define CONDS 6
#define VALUE 14

static unsigned long seed = 1;
static uint64_t random_state;

static unsigned
pick(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 20) % n;
}

static bool
chance(unsigned percent)
{
	return pick(100) < percent;
}

/* ---- rules as the generator makes them ---- */

enum kind { CONTENT, SIZE, DATAAT, REGEX, BYTE, EXTRACT, MATH, JUMP, DECODE };
enum from { HERE, BEGINNING, END };
enum transform { AS_IS, LOWER, UPPER, DOT, DOT_LOWER, TRANSFORMS };

/* A number that is written, or a variable of the group, from 1 on. */
struct num {
	int n;
	unsigned var;
};

struct cond {
	enum kind kind;
	bool negated, nocase, starts, ends, has_offset, has_depth, has_distance, has_within;
	bool relative; /* of what is no content */
	char op;       /* SIZE: < > =, or - for up to n + 3; BYTE: < > =; MATH: + - * / l r */
	struct num offset, depth, distance, within;
	struct num at;	  /* DATAAT and numbers: where */
	struct num value; /* BYTE, MATH: with what; JUMP: how far behind it */
	int n;		  /* SIZE; REGEX: which; DECODE: how many bytes of base64, 0: all */
	unsigned mask, multiplier, align, result; /* numbers */
	unsigned count;				  /* JUMP: bytes, 0 or 1 */
	enum from from;
	char bytes[4];
};

struct group {
	enum rules_field field;
	enum transform transform;
	bool all, or_else;
	struct cond cond[CONDS];
	unsigned conds, vars;
};

struct ref_rule {
	enum rules_hook hook;
	bool enforce, fired;
	struct group group[GROUPS];
	unsigned groups;
	bool matched[GROUPS]; /* so far in the transaction */
};

static struct ref_rule rules[RULES_EACH];

static const char *const regexes[] = { "^a", "b$", "a.b", "[ab][ab]c", "^$", "(?:a|bc)+c" };

static const char *const transform_names[] = { "", " to_lowercase;", " to_uppercase;",
					       " dotprefix;", " dotprefix; to_lowercase;" };

static void
random_bytes(char *out, unsigned len)
{
	static const char letters[] = "aaabbbcAB.";

	for (unsigned i = 0; i < len; i++)
		out[i] = letters[pick(sizeof(letters) - 1)];
	out[len] = '\0';
}

static struct num
random_num(int low, unsigned width, unsigned vars)
{
	if (vars > 0 && chance(40))
		return (struct num){ 0, 1 + pick(vars) };
	return (struct num){ low + (int)pick(width), 0 };
}

static void
random_places(struct cond *c, unsigned relative, bool stream, unsigned vars)
{
	int len = (int)strlen(c->bytes);

	if (chance(relative)) {
		c->has_distance = chance(60);
		if (c->has_distance)
			c->distance = random_num(stream ? 0 : -2, 5, vars);
		c->has_within = !c->has_distance || chance(50);
		c->within = random_num(len, 4, vars);
		return;
	}
	c->has_offset = chance(25);
	if (c->has_offset)
		c->offset = random_num(0, 5, vars);
	c->has_depth = chance(25);
	c->depth = random_num(len, 6, vars);
}

static void
random_content(struct cond *c, unsigned relative, bool stream, bool at_end, unsigned vars)
{
	random_bytes(c->bytes, 1 + pick(3));
	c->kind = CONTENT;
	c->nocase = chance(30);
	c->negated = chance(20) && at_end;
	c->starts = chance(12);
	c->ends = chance(12) && at_end;
	if (!c->starts && !c->ends)
		random_places(c, stream && c->negated ? 0 : relative, stream, vars);
}

/* Only what a whole value can be asked. True: it sets a place. */
static bool
random_whole(struct group *g, struct cond *c, bool follows)
{
	c->kind = (enum kind[]){ BYTE, DATAAT, EXTRACT, MATH, MATH, JUMP }[pick(6)];
	c->relative = follows && chance(60);
	c->at = random_num(0, 6, g->vars);
	c->op = c->kind == MATH ? "+-*/lr"[pick(6)] : "<>="[pick(3)];
	c->negated = chance(30) && (c->kind == BYTE || c->kind == DATAAT);
	c->mask = c->kind != EXTRACT && c->kind != DATAAT && chance(60) ? chance(70) ? 3 : 0x30 : 0;
	c->multiplier = chance(80) ? 1 : 2;
	c->count = c->kind != JUMP || chance(70);
	c->from = (enum from)(chance(60) ? HERE : pick(3));
	if (c->kind == BYTE)
		c->value = random_num("abcAB.\1\2"[pick(8)], 1, g->vars);
	else
		c->value = c->kind == JUMP && chance(50) ? (struct num){ 0, 0 }
							  : random_num(c->kind == JUMP ? -2 : 0, 4,
								       g->vars);
	if (c->kind == JUMP || c->kind == EXTRACT)
		c->align = chance(80) ? 0 : c->kind == JUMP ? 4 : 2;
	if (c->kind == EXTRACT || c->kind == MATH)
		c->result = ++g->vars;
	return c->kind >= EXTRACT;
}

/* A text as it may stand in what is decoded of random_bytes. */
static void
random_decoded(char *out, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		out[i] = "\x69\xa6\x9a\x9b\x01\x10\xb6\xdb"[pick(8)];
	out[len] = '\0';
}

static void
random_decode(struct cond *c, bool follows)
{
	c->kind = DECODE;
	c->relative = follows && chance(50);
	c->at.n = chance(60) ? 0 : (int)pick(3);
	c->n = chance(70) ? 0 : 1 + (int)pick(8);
}

static void
random_regex(struct cond *c, bool stream, bool at_end, bool follows)
{
	c->kind = REGEX;
	c->n = (int)pick(6);
	/* An end of bytes that may still grow is no end. */
	if (stream && !at_end && (c->n == 1 || c->n == 4))
		c->n = 0;
	c->negated = chance(30) && at_end;
	c->nocase = chance(25);
	c->relative = !stream && follows && chance(50);
}

/* at_end: what only the end of a stream decides is allowed. */
static void
random_group(struct group *g, enum rules_field f, bool at_end)
{
	/* lost: where the last match ended depends on its kind of greed, or a stream does not know. */
	bool stream = f == RULES_DATA, any = false, lost = false, decoded = false;

	memset(g, 0, sizeof(*g));
	g->field = f;
	g->transform = stream || chance(75) ? AS_IS : (enum transform)pick(TRANSFORMS);
	g->conds = 1 + pick(CONDS);
	for (unsigned i = 0; i < g->conds; i++) {
		struct cond *c = &g->cond[i];

		if (!stream && !decoded && i > 0 && chance(8)) {
			random_decode(c, any && !lost);
			decoded = any = true;
			lost = false;
		} else if (chance(stream ? 70 : 60)) {
			/* Relative to nothing is relative to the beginning. */
			random_content(c, lost ? 0 : any ? 60 : 10, stream, at_end, g->vars);
			if (decoded)
				random_decoded(c->bytes, (unsigned)strlen(c->bytes));
			any |= !c->negated;
			lost &= c->negated;
		} else if (chance(30) && at_end) {
			c->kind = SIZE;
			c->n = 1 + (int)pick(VALUE);
			c->op = "<>=-"[pick(4)];
		} else if (decoded || (chance(60) && !stream)) {
			bool placed = random_whole(g, c, any && !lost);

			any |= placed;
			lost &= !placed;
		} else if (chance(50) && at_end) {
			c->kind = DATAAT;
			c->at = random_num(0, VALUE, g->vars);
			c->negated = chance(30);
		} else {
			random_regex(c, stream, at_end, any && !lost);
			any |= !c->negated;
			lost = c->negated ? lost : stream || c->n == 5;
		}
	}
}

static void
random_rule(struct ref_rule *r)
{
	static const enum rules_hook hooks[] = { RULES_REQUEST_STARTED, RULES_REQUEST_DATA,
						 RULES_REQUEST_COMPLETE, RULES_HOOK_DETECT };
	static const enum rules_field fields[] = { RULES_HELO, RULES_MAIL_FROM, RULES_RCPT_TO,
						   RULES_DATA };

	memset(r, 0, sizeof(*r));
	r->hook = hooks[pick(4)];
	r->enforce = r->hook == RULES_HOOK_DETECT || chance(8);
	r->groups = pick(GROUPS + 1);
	for (unsigned i = 0; i < r->groups; i++) {
		bool body = r->hook != RULES_REQUEST_STARTED;
		enum rules_field f = fields[pick(body ? 4 : 3)];

		random_group(&r->group[i], f, f != RULES_DATA || r->hook != RULES_REQUEST_DATA);
		r->group[i].all = f == RULES_RCPT_TO && body && chance(30);
		r->group[i].or_else = f != RULES_DATA && body && chance(15);
	}
}

static void
print_num(FILE *f, const char *before, const struct num *n)
{
	if (n->var > 0)
		fprintf(f, "%sv%u", before, n->var);
	else
		fprintf(f, "%s%d", before, n->n);
}

/* The four that read a number. */
static void
print_number(FILE *f, const struct cond *c)
{
	if (c->kind == MATH) {
		print_num(f, " byte_math:bytes 1, offset ", &c->at);
		fprintf(f, ", oper %s, result v%u",
			c->op == 'l' ? "<<" : c->op == 'r' ? ">>" : (char[]){ c->op, 0 }, c->result);
		print_num(f, ", rvalue ", &c->value);
	} else if (c->kind == BYTE) {
		fprintf(f, " byte_test:1,%s%c", c->negated ? "!" : "", c->op);
		print_num(f, ",", &c->value);
		print_num(f, ",", &c->at);
	} else {
		fprintf(f, c->kind == JUMP ? " byte_jump:%u" : " byte_extract:%u", c->count);
		print_num(f, ",", &c->at);
		if (c->kind == EXTRACT)
			fprintf(f, ",v%u", c->result);
		if (c->multiplier > 1)
			fprintf(f, ",multiplier %u", c->multiplier);
		if (c->align > 0)
			fprintf(f, c->kind == JUMP ? ",align" : ",align 2");
	}
	if (c->kind == JUMP && c->from != HERE)
		fprintf(f, c->from == END ? ",from_end" : ",from_beginning");
	if (c->kind == JUMP && (c->value.var > 0 || c->value.n != 0))
		print_num(f, ",post_offset ", &c->value);
	if (c->mask > 0)
		fprintf(f, ",bitmask 0x%x", c->mask);
	fprintf(f, "%s;", c->relative ? ",relative" : "");
}

static void
print_cond(FILE *f, const struct cond *c)
{
	const char *no = c->negated ? "!" : "";

	switch (c->kind) {
	case SIZE:
		if (c->op == '-')
			fprintf(f, " bsize:%d-%d;", c->n, c->n + 3);
		else
			fprintf(f, " bsize:%.*s%d;", c->op != '=', &c->op, c->n);
		return;
	case DATAAT:
		print_num(f, c->negated ? " isdataat:!" : " isdataat:", &c->at);
		fprintf(f, c->relative ? ",relative;" : ";");
		return;
	case BYTE:
	case EXTRACT:
	case MATH:
	case JUMP:
		print_number(f, c);
		return;
	case DECODE:
		fprintf(f, " base64_decode:offset %d", c->at.n);
		if (c->n > 0)
			fprintf(f, ", bytes %d", c->n);
		fprintf(f, "%s; base64_data;", c->relative ? ", relative" : "");
		return;
	case REGEX:
		fprintf(f, " pcre:%s\"/%s/%s%s\";", no, regexes[c->n], c->nocase ? "i" : "",
			c->relative ? "R" : "");
		return;
	default:
		break;
	}
	fprintf(f, " content:%s\"|", no);
	for (unsigned i = 0; c->bytes[i] != '\0'; i++)
		fprintf(f, " %02x", (uint8_t)c->bytes[i]);
	fprintf(f, "|\";%s%s%s", c->nocase ? " nocase;" : "", c->starts ? " startswith;" : "", c->ends ? " endswith;" : "");
	for (unsigned i = 0; i < 4; i++) {
		static const char *const names[] = { " offset:", " depth:", " distance:",
						     " within:" };
		const struct num *n[] = { &c->offset, &c->depth, &c->distance, &c->within };

		if ((bool[]){ c->has_offset, c->has_depth, c->has_distance, c->has_within }[i]) {
			print_num(f, names[i], n[i]);
			fprintf(f, ";");
		}
	}
}

static void
print_rule(FILE *f, const struct ref_rule *r, unsigned sid)
{
	if (r->hook == RULES_HOOK_DETECT)
		fprintf(f, "alert smtp any any -> any any (");
	else
		fprintf(f, "accept:hook %s any any -> any any (%s", rules_hook_name(r->hook),
			r->enforce ? "" : "enforce:no;");
	for (unsigned g = 0; g < r->groups; g++) {
		fprintf(f, " %s%s;%s%s", rules_field_name(r->group[g].field),
			r->group[g].all ? ":all" : "", transform_names[r->group[g].transform],
			r->group[g].or_else ? " absent:or_else;" : "");
		for (unsigned i = 0; i < r->group[g].conds; i++)
			print_cond(f, &r->group[g].cond[i]);
	}
	fprintf(f, " sid:%u;)\n", sid);
}

#endif
