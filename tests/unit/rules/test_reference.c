/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random rules against random transactions, judged twice: by the library, and by a naive evaluator
 * in this file that knows nothing of patterns, candidates, memory bits or streams: it keeps all
 * values and the whole body, tries every place for every condition, and says which rules fire.
 * Every event's list of hits must be the same. A trial is one rule in one transaction.
 *
 *	test_reference [trials [seed]]
 */
#include "judge.h"

#define RULES_EACH 40 /* rules of one set */
#define MAILS_EACH 25 /* transactions judged with it */
#define TRIALS 25000
#define GROUPS 3
#define CONDS 4
#define VALUE 14
#define BODY 48
#define RCPTS 3

static unsigned long trials = TRIALS, seed = 1;
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

enum kind { CONTENT, SIZE, DATAAT, REGEX, BYTE };
enum transform { AS_IS, LOWER, UPPER, DOT, DOT_LOWER, TRANSFORMS };

struct cond {
	enum kind kind;
	bool negated, nocase, starts, ends, has_offset, has_depth, has_distance, has_within;
	bool relative; /* of what is no content */
	char op;       /* SIZE: < > =, or - for up to n + 3; BYTE: < > = */
	int offset, depth, distance, within, n;
	char bytes[4];
};

struct group {
	enum rules_field field;
	enum transform transform;
	bool all;
	struct cond cond[CONDS];
	unsigned conds;
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

static void
random_places(struct cond *c, unsigned relative, bool stream)
{
	int len = (int)strlen(c->bytes);

	if (chance(relative)) {
		c->has_distance = chance(60);
		c->distance = (int)pick(5) - (stream ? 0 : 2);
		c->has_within = !c->has_distance || chance(50);
		c->within = len + (int)pick(4);
		return;
	}
	c->has_offset = chance(25);
	c->offset = c->has_offset ? (int)pick(5) : 0;
	c->has_depth = chance(25);
	c->depth = len + (int)pick(6);
}

static void
random_content(struct cond *c, unsigned relative, bool stream, bool at_end)
{
	random_bytes(c->bytes, 1 + pick(3));
	c->kind = CONTENT;
	c->nocase = chance(30);
	c->negated = chance(20) && at_end;
	c->starts = chance(12);
	c->ends = chance(12) && at_end;
	if (!c->starts && !c->ends)
		random_places(c, stream && c->negated ? 0 : relative, stream);
}

/* Only what a whole value can be asked. */
static void
random_whole(struct cond *c, bool follows)
{
	c->kind = chance(50) ? BYTE : DATAAT;
	c->relative = follows && chance(60);
	c->n = (int)pick(6);
	c->op = "<>="[pick(3)];
	c->negated = chance(30);
	c->bytes[0] = "abcAB."[pick(6)];
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
	bool stream = f == RULES_DATA, any = false, lost = false;

	memset(g, 0, sizeof(*g));
	g->field = f;
	g->transform = stream || chance(75) ? AS_IS : (enum transform)pick(TRANSFORMS);
	g->conds = 1 + pick(CONDS);
	for (unsigned i = 0; i < g->conds; i++) {
		struct cond *c = &g->cond[i];

		if (chance(70)) {
			/* Relative to nothing is relative to the beginning. */
			random_content(c, lost ? 0 : any ? 60 : 10, stream, at_end);
			any |= !c->negated;
			lost &= c->negated;
		} else if (chance(30) && at_end) {
			c->kind = SIZE;
			c->n = 1 + (int)pick(VALUE);
			c->op = "<>=-"[pick(4)];
		} else if (chance(30) && !stream) {
			random_whole(c, any && !lost);
		} else if (chance(50) && at_end) {
			c->kind = DATAAT;
			c->n = (int)pick(VALUE);
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
	}
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
		fprintf(f, " isdataat:%s%d%s;", no, c->n, c->relative ? ",relative" : "");
		return;
	case BYTE:
		fprintf(f, " byte_test:1,%s%c,%d,%d%s;", no, c->op, c->bytes[0], c->n,
			c->relative ? ",relative" : "");
		return;
	case REGEX:
		fprintf(f, " pcre:%s\"/%s/%s%s\";", no, regexes[c->n], c->nocase ? "i" : "",
			c->relative ? "R" : "");
		return;
	default:
		break;
	}
	fprintf(f, " content:%s\"%s\";%s%s%s", no, c->bytes, c->nocase ? " nocase;" : "",
		c->starts ? " startswith;" : "", c->ends ? " endswith;" : "");
	if (c->has_offset)
		fprintf(f, " offset:%d;", c->offset);
	if (c->has_depth)
		fprintf(f, " depth:%d;", c->depth);
	if (c->has_distance)
		fprintf(f, " distance:%d;", c->distance);
	if (c->has_within)
		fprintf(f, " within:%d;", c->within);
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
		fprintf(f, " %s%s;%s", rules_field_name(r->group[g].field),
			r->group[g].all ? ":all" : "", transform_names[r->group[g].transform]);
		for (unsigned i = 0; i < r->group[g].conds; i++)
			print_cond(f, &r->group[g].cond[i]);
	}
	fprintf(f, " sid:%u;)\n", sid);
}

/* ---- the naive evaluator: one value ---- */

static int
lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool
same(const struct cond *c, const char *at)
{
	for (size_t i = 0; c->bytes[i] != '\0'; i++)
		if (c->nocase ? lower(c->bytes[i]) != lower(at[i]) : c->bytes[i] != at[i])
			return false;
	return true;
}

static bool
placed(const struct cond *c, int begin, int len, int pos)
{
	int end = begin + (int)strlen(c->bytes);

	if ((c->starts && begin != 0) || (c->ends && end != len))
		return false;
	if (c->has_offset && begin < c->offset)
		return false;
	if (c->has_depth && end > c->offset + c->depth)
		return false;
	if (c->has_distance && begin < pos + c->distance)
		return false;
	if (c->has_within && (begin < pos + (c->has_distance ? c->distance : 0) ||
			      end > pos + (c->has_distance ? c->distance : 0) + c->within))
		return false;
	return true;
}

static bool
is_ab(int c)
{
	return c == 'a' || c == 'b';
}

/* Where the expression ends when it begins at i; -1: it does not. Of several ends the first. */
static int
regex_at(const struct cond *c, const char *v, int len, int i)
{
	int ch[4];

	for (int k = 0; k < 4; k++)
		ch[k] = i + k >= len ? -1 : c->nocase ? lower(v[i + k]) : v[i + k];
	switch (c->n) {
	case 0:
		return i == 0 && ch[0] == 'a' ? 1 : -1;
	case 1:
		return i + 1 == len && ch[0] == 'b' ? len : -1;
	case 2:
		return ch[0] == 'a' && ch[1] >= 0 && ch[2] == 'b' ? i + 3 : -1;
	case 3:
		return is_ab(ch[0]) && is_ab(ch[1]) && ch[2] == 'c' ? i + 3 : -1;
	case 4:
		return i == 0 && len == 0 ? 0 : -1;
	default: /* ends in "ac" or "bcc" */
		return ch[0] == 'a' && ch[1] == 'c'		      ? i + 2
		       : ch[0] == 'b' && ch[1] == 'c' && ch[2] == 'c' ? i + 3
								      : -1;
	}
}

static bool
byte_is(const struct cond *c, const char *v, int len, int pos)
{
	int at = (c->relative ? pos : 0) + c->n;

	if (at >= len)
		return false;
	return (c->op == '<'   ? v[at] < c->bytes[0]
		: c->op == '>' ? v[at] > c->bytes[0]
			       : v[at] == c->bytes[0]) != c->negated;
}

static bool
size_is(const struct cond *c, int len)
{
	switch (c->op) {
	case '<':
		return len < c->n;
	case '>':
		return len > c->n;
	case '=':
		return len == c->n;
	default:
		return len >= c->n && len <= c->n + 3;
	}
}

static bool
data_at(const struct cond *c, int len, int pos)
{
	return (c->relative ? pos + c->n <= len : c->n < len) != c->negated;
}

/* Where the condition ends when it begins at i (-1: it does not), for those that have a place. */
static int
ends_at(const struct cond *c, const char *v, int len, int pos, int i)
{
	int size = (int)strlen(c->bytes), base = c->relative ? pos : 0, end;

	if (c->kind == CONTENT)
		return i + size <= len && same(c, v + i) && placed(c, i, len, pos) ? i + size : -1;
	end = i >= base ? regex_at(c, v + base, len - base, i - base) : -1;
	return end < 0 ? -1 : base + end;
}

static bool
ref_value(const struct group *g, unsigned i, const char *v, int len, int pos)
{
	const struct cond *c = &g->cond[i];
	bool any = false;

	if (i == g->conds)
		return true;
	if (c->kind == SIZE)
		return size_is(c, len) && ref_value(g, i + 1, v, len, pos);
	if (c->kind == DATAAT)
		return data_at(c, len, pos) && ref_value(g, i + 1, v, len, pos);
	if (c->kind == BYTE)
		return byte_is(c, v, len, pos) && ref_value(g, i + 1, v, len, pos);
	for (int b = 0; b <= len; b++) {
		int end = ends_at(c, v, len, pos, b);

		any |= end >= 0;
		if (end >= 0 && !c->negated && ref_value(g, i + 1, v, len, end))
			return true;
	}
	return c->negated && !any && ref_value(g, i + 1, v, len, pos);
}

/* The value as the group's transform makes it. */
static bool
on(const struct group *g, const char *v)
{
	char out[VALUE + 2];
	bool dot = g->transform == DOT || g->transform == DOT_LOWER;
	int len = snprintf(out, sizeof(out), "%s%s", dot ? "." : "", v);

	for (int i = 0; i < len; i++) {
		if (g->transform == LOWER || g->transform == DOT_LOWER)
			out[i] = (char)lower(out[i]);
		else if (g->transform == UPPER && out[i] >= 'a' && out[i] <= 'z')
			out[i] = (char)(out[i] - 32);
	}
	return ref_value(g, 0, out, len, 0);
}

/* ---- the naive evaluator: a transaction ---- */

static struct {
	char helo[VALUE + 1], sender[VALUE + 1], rcpt[RCPTS][VALUE + 1], body[BODY + 1];
	unsigned rcpts;
	bool has_helo, has_sender, body_begun;
	int body_len; /* so far */
} mail;

/* What only the end decides is false before it. */
static bool
needs_end(const struct group *g)
{
	for (unsigned i = 0; i < g->conds; i++)
		if (g->cond[i].negated || g->cond[i].ends || g->cond[i].kind == SIZE ||
		    g->cond[i].kind == DATAAT)
			return true;
	return false;
}

static bool
ends_in_regex(const struct group *g)
{
	for (unsigned i = 0; i < g->conds; i++)
		if (g->cond[i].kind == REGEX && (g->cond[i].n == 1 || g->cond[i].n == 4))
			return true;
	return false;
}

/* On what is known of the field. */
static bool
known(const struct group *g, bool end)
{
	bool some = false, all = true;

	if (g->field == RULES_HELO)
		return mail.has_helo && on(g, mail.helo);
	if (g->field == RULES_MAIL_FROM)
		return mail.has_sender && on(g, mail.sender);
	if (g->field == RULES_DATA) {
		if (!mail.body_begun || (!end && (needs_end(g) || ends_in_regex(g))))
			return false;
		return ref_value(g, 0, mail.body, mail.body_len, 0);
	}
	for (unsigned i = 0; i < mail.rcpts; i++) {
		some |= on(g, mail.rcpt[i]);
		all &= on(g, mail.rcpt[i]);
	}
	return g->all ? mail.rcpts > 0 && all : some;
}

/* On what the event brings (field). */
static bool
now(const struct group *g, enum rules_field field, bool end)
{
	if (g->field == RULES_DATA && end)
		return known(g, end);
	if (g->field != field || g->all)
		return false;
	if (field == RULES_RCPT_TO)
		return on(g, mail.rcpt[mail.rcpts - 1]);
	return known(g, end);
}

/* Does the rule wait for this field in its hook, or only ask for it? */
static bool
waits(const struct ref_rule *r, const struct group *g)
{
	if (g->all)
		return false;
	if (r->hook == RULES_REQUEST_STARTED)
		return g->field != RULES_DATA;
	if (r->hook == RULES_REQUEST_DATA)
		return g->field == RULES_DATA;
	return r->hook == RULES_HOOK_DETECT;
}

static bool
fires(struct ref_rule *r, enum rules_hook hook, enum rules_field field)
{
	bool end = hook == RULES_REQUEST_COMPLETE, any_waits = false, hot = false, holds = true;

	for (unsigned i = 0; i < r->groups; i++) {
		const struct group *g = &r->group[i];
		bool is_now = now(g, field, end);

		any_waits |= waits(r, g);
		if (is_now)
			r->matched[i] = true;
		if (g->all) {
			bool ok = hook != RULES_REQUEST_STARTED && known(g, end);

			holds &= ok;
			hot |= ok;
			continue;
		}
		hot |= is_now && waits(r, g);
		/* One group alone that waits: only what comes now counts. */
		holds &= is_now || known(g, end) || (r->groups > 1 && waits(r, g) && r->matched[i]);
	}
	if (r->hook != RULES_HOOK_DETECT && r->hook != hook)
		return false;
	return holds && (hot || !any_waits) && !(r->hook == RULES_HOOK_DETECT && r->fired);
}

/* ---- both, event by event ---- */

static void
explain_difference(unsigned i, bool expected)
{
	fprintf(stderr, "seed %lu: rule %u should %sfire\n", seed, i, expected ? "" : "not ");
	print_rule(stderr, &rules[i], i + 1);
	fprintf(stderr, "helo '%s' from '%s' body '%.*s'\n", mail.helo, mail.sender, mail.body_len,
		mail.body);
	for (unsigned k = 0; k < mail.rcpts; k++)
		fprintf(stderr, "rcpt '%s'\n", mail.rcpt[k]);
}

static void
compare(enum rules_hook hook, enum rules_field field)
{
	bool decided = false, expected[RULES_EACH];
	unsigned count = 0;

	for (unsigned i = 0; i < RULES_EACH; i++) {
		bool fire = fires(&rules[i], hook, field);

		expected[i] = fire && (rules[i].hook == RULES_HOOK_DETECT || !decided);
		decided |= expected[i] && rules[i].hook != RULES_HOOK_DETECT && rules[i].enforce;
		rules[i].fired |= expected[i];
		count += expected[i];
	}
	judge_event(hook);
	assert_false(judge.hits.limit);
	for (unsigned i = 0; i < RULES_EACH; i++) {
		unsigned hits = judge_hits(i + 1, NULL);

		/* Of more hits than fit some are lost, but counted. */
		if (judge.hits.lost == 0 && hits != expected[i])
			explain_difference(i, expected[i]);
		assert_true(hits <= expected[i]);
	}
	assert_int_equal(judge.hits.count + judge.hits.lost, count);
}

static void
body_piece(unsigned len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	memcpy(copy, mail.body + mail.body_len, len);
	rules_body(judge.w, &judge.flow, &judge.tx, RULES_DATA, span_of(copy, len), &judge.arena);
	mail.body_len += (int)len;
	mail.body_begun = true;
	rules_value(&judge.values, RULES_DATA, span_of(copy, len), true);
	compare(RULES_REQUEST_DATA, RULES_DATA);
	free(copy);
}

static void
one_mail(void)
{
	unsigned rest = pick(BODY + 1), rcpts = 1 + pick(RCPTS);

	memset(&mail, 0, sizeof(mail));
	for (unsigned i = 0; i < RULES_EACH; i++) {
		rules[i].fired = false;
		memset(rules[i].matched, 0, sizeof(rules[i].matched));
	}
	judge_new_tx();
	random_bytes(mail.helo, pick(VALUE + 1));
	random_bytes(mail.sender, pick(VALUE + 1));
	random_bytes(mail.body, rest);
	mail.has_helo = true;
	judge_value(RULES_HELO, mail.helo);
	compare(RULES_REQUEST_STARTED, RULES_HELO);
	mail.has_sender = true;
	judge_value(RULES_MAIL_FROM, mail.sender);
	compare(RULES_REQUEST_STARTED, RULES_MAIL_FROM);
	while (mail.rcpts < rcpts) {
		random_bytes(mail.rcpt[mail.rcpts++], pick(VALUE + 1));
		judge_item(RULES_RCPT_TO, mail.rcpt[mail.rcpts - 1]);
		compare(RULES_REQUEST_STARTED, RULES_RCPT_TO);
	}
	compare(RULES_REQUEST_DATA, RULES_FIELDS);
	do {
		unsigned len = chance(30) ? 1 : pick(rest + 1);

		len = len < rest ? len : rest;
		body_piece(len);
		rest -= len;
	} while (rest > 0);
	judge.values.present &= ~(UINT64_C(1) << RULES_DATA);
	judge.ev.end = true;
	compare(RULES_REQUEST_COMPLETE, RULES_FIELDS);
}

static void
test_reference(void **state)
{
	char *text;
	size_t size;

	for (unsigned long done = 0; done < trials; done += RULES_EACH * MAILS_EACH) {
		FILE *f = open_memstream(&text, &size);

		random_state = seed++ * UINT64_C(0x9e3779b97f4a7c15);
		for (unsigned i = 0; i < RULES_EACH; i++) {
			random_rule(&rules[i]);
			print_rule(f, &rules[i], i + 1);
		}
		fclose(f);
		judge_open(text);
		for (unsigned i = 0; i < MAILS_EACH; i++)
			one_mail();
		judge_close();
		free(text);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_reference) };

	if (argc > 1)
		trials = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoul(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
