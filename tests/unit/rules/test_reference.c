/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random rules against random transactions, judged twice: by the library, and by a naive evaluator
 * (reference_value.h, and here for transactions) that knows nothing of patterns, candidates, memory
 * bits or streams: it keeps all values and the whole body, and says which rules fire. Every event's
 * list of hits must be the same. A trial is one rule in one transaction.
 *
 *	test_reference [trials [seed]]
 */
#include "reference_value.h"

#define MAILS_EACH 25 /* transactions judged with one set */
#define TRIALS 25000
#define BODY 48
#define RCPTS 3

static unsigned long trials = TRIALS;

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
		return mail.has_helo ? on(g, mail.helo) : g->or_else;
	if (g->field == RULES_MAIL_FROM)
		return mail.has_sender ? on(g, mail.sender) : g->or_else;
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

/* Decided when no more values can come. */
static bool
is_late(const struct group *g)
{
	return g->all || g->or_else;
}

/* On what the event brings (field). */
static bool
now(const struct group *g, enum rules_field field, bool end)
{
	if (g->field == RULES_DATA && end)
		return known(g, end);
	if (g->field != field || is_late(g))
		return false;
	if (field == RULES_RCPT_TO)
		return on(g, mail.rcpt[mail.rcpts - 1]);
	return known(g, end);
}

/* Does the rule wait for this field in its hook, or only ask for it? */
static bool
waits(const struct ref_rule *r, const struct group *g)
{
	if (is_late(g))
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
		if (is_late(g)) {
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
	mail.has_helo = chance(80);
	if (mail.has_helo) {
		judge_value(RULES_HELO, mail.helo);
		compare(RULES_REQUEST_STARTED, RULES_HELO);
	}
	mail.has_sender = chance(90);
	if (mail.has_sender) {
		judge_value(RULES_MAIL_FROM, mail.sender);
		compare(RULES_REQUEST_STARTED, RULES_MAIL_FROM);
	}
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
