/* SPDX-License-Identifier: BSD-3-Clause */
/* Bodies in pieces: positions, negation, ends, several files, what is refused, what runs out. */
#include "judge.h"

#include "rules_set.h"

static void
piece(const char *text, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	memcpy(copy, text, len);
	rules_body(judge.w, &judge.flow, &judge.tx, RULES_DATA, span_of(copy, len), &judge.arena);
	free(copy);
	judge_value(RULES_DATA, "");
	judge_event(RULES_REQUEST_DATA);
}

#define DATA_RULE "drop:flow smtp:request_data any any -> any any (smtp.data; %s sid:1;)\n"
#define END_RULE "drop:flow smtp:request_complete any any -> any any (smtp.data; %s sid:1;)\n"

/* The same answer wherever the body is cut, and byte by byte. */
static bool
holds(const char *form, const char *options, const char *body)
{
	size_t len = strlen(body);
	char rule[512];
	int answer = -1;

	snprintf(rule, sizeof(rule), form, options);
	judge_open(rule);
	for (size_t cut = 0; cut <= len + 1; cut++) {
		bool fired = false;

		judge_new_tx();
		if (cut <= len) {
			piece(body, cut);
			fired |= judge_sid(0) == 1;
			piece(body + cut, len - cut);
			fired |= judge_sid(0) == 1;
		} else {
			for (size_t i = 0; i < len; i++)
				piece(body + i, 1);
			fired |= judge_sid(0) == 1;
		}
		judge_event(RULES_REQUEST_COMPLETE);
		fired |= judge_sid(0) == 1;
		assert_true(answer == -1 || answer == fired);
		answer = fired;
		assert_false(judge.hits.limit);
	}
	judge_close();
	return answer;
}

static void
test_positions(void **state)
{
	assert_true(holds(DATA_RULE, "content:\"abc\";", "xxabcxx"));
	assert_false(holds(DATA_RULE, "content:\"abc\";", "xxABCxx"));
	assert_true(holds(DATA_RULE, "content:\"abc\"; nocase;", "xxABCxx"));
	assert_true(holds(DATA_RULE, "content:\"ab\"; startswith;", "abx"));
	assert_false(holds(DATA_RULE, "content:\"ab\"; startswith;", "xab"));
	assert_true(holds(DATA_RULE, "content:\"b\"; offset:3; depth:2;", "bbbxbb"));
	assert_false(holds(DATA_RULE, "content:\"b\"; offset:3; depth:2;", "bbbxxb"));
	assert_true(holds(DATA_RULE, "content:\"a\"; content:\"bc\"; distance:2; within:2;",
			  "a.a..bc"));
	assert_false(holds(DATA_RULE, "content:\"a\"; content:\"bc\"; distance:2; within:2;",
			   "a.a.bca"));
	assert_true(holds(DATA_RULE,
			  "content:\"a\"; content:\"b\"; within:3; content:\"c\"; within:1;",
			  "a..b.a.bc"));
	assert_true(holds(DATA_RULE, "content:\"a\"; content:\"b\"; distance:9;", "a.........b"));
	assert_false(holds(DATA_RULE, "content:\"a\"; content:\"b\"; distance:9;", "a........b"));
	assert_true(holds(DATA_RULE, "content:\"b\"; content:\"a\"; content:\"c\"; distance:0;",
			  "a.c.b"));
	assert_true(holds(DATA_RULE, "content:\"c\"; content:\"a\"; pcre:\"/b{2,3}/\";", "abbc"));
	assert_true(holds(DATA_RULE, "pcre:\"/^Subject: .*viagra/mi\";", "a\nsubject: buy VIAGRA"));
}

static void
test_ends(void **state)
{
	assert_true(holds(END_RULE, "content:!\"abc\";", "ab"));
	assert_false(holds(END_RULE, "content:!\"abc\";", "xabc"));
	assert_true(holds(END_RULE, "content:\"x\"; content:!\"abc\"; offset:2;", "xabc"));
	assert_false(holds(END_RULE, "content:\"x\"; content:!\"abc\"; offset:1;", "xabc"));
	assert_true(holds(END_RULE, "content:\"bc\"; endswith;", "abc"));
	assert_false(holds(END_RULE, "content:\"bc\"; endswith;", "abcd"));
	assert_true(holds(END_RULE, "content:\"a\"; bsize:3;", "abc"));
	assert_false(holds(END_RULE, "content:\"a\"; bsize:>3;", "abc"));
	assert_true(holds(END_RULE, "bsize:0;", ""));
	assert_true(holds(END_RULE, "isdataat:2; isdataat:!3;", "abc"));
	assert_true(holds(END_RULE, "pcre:!\"/b+c/\";", "abd"));
	assert_false(holds(END_RULE, "pcre:!\"/b+c/\";", "abbc"));
}

static void
test_refused(void **state)
{
	static const struct {
		const char *hook, *options, *code;
	} cases[] = {
		{ "request_data", "content:\"a\"; content:\"b\"; distance:-2;", "R201" },
		{ "request_data", "content:\"a\"; content:\"b\"; distance:2000;", "R201" },
		{ "request_complete", "content:\"a\"; content:!\"b\"; within:3;", "R201" },
		{ "request_data", "content:\"a\"; pcre:\"/b/R\";", "R201" },
		{ "request_data", "pcre:\"/b/\"; content:\"c\"; distance:0;", "R201" },
		{ "request_data", "pcre:\"/(?<=a)b/\";", "R201" },
		{ "request_data", "pcre:\"/a$/E\";", "R201" },
		{ "request_data", "content:\"a\"; isdataat:1,relative;", "R201" },
		{ "request_data", "byte_test:1,>,5,0;", "R201" },
		{ "request_data", "absent;", "R201" },
		{ "request_data", "content:!\"a\";", "R202" },
		{ "request_data", "content:\"a\"; endswith;", "R202" },
		{ "request_data", "bsize:>5;", "R202" },
		{ "request_complete", "content:!\"a\";", "" },
		{ "message", "content:\"a\"; endswith;", "" },
	};
	char rule[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(rule, sizeof(rule),
			 "drop:flow smtp:%s any any -> any any (smtp.data; %s sid:1;)\n",
			 cases[i].hook, cases[i].options);
		assert_string_equal(judge_refused(rule), cases[i].code);
	}
	assert_string_equal(
		judge_refused(
			"alert smtp any any -> any any (smtp.helo; pcre:\"/a(b/\"; sid:1;)\n"),
		"R200");
}

/* Once it holds, it holds at each later event of the body; alerts come once. */
static void
test_later_events(void **state)
{
	judge_open("drop:flow,alert smtp:request_data any any -> any any (smtp.data; "
		   "content:\"x\"; sid:1;)\n"
		   "alert smtp any any -> any any (smtp.data; content:\"x\"; smtp.mail_from; "
		   "content:\"m\"; sid:2;)\n"
		   "reject:message smtp:message any any -> any any (smtp.data; content:\"x\"; "
		   "sid:3;)\n");
	judge_value(RULES_MAIL_FROM, "m");
	judge_event(RULES_REQUEST_STARTED);
	piece("a", 1);
	assert_int_equal(judge.hits.count, 0);
	piece("x", 1);
	assert_true(judge_alerted(1));
	assert_true(judge_alerted(2));
	piece("a", 1);
	assert_int_equal(judge_sid(0), 1);
	assert_false(judge_alerted(1));
	assert_int_equal(judge_hits(2, NULL), 0);
	judge_event(RULES_AT_MESSAGE);
	assert_int_equal(judge_sid(0), 3);
	judge_new_tx();
	piece("a", 1);
	assert_int_equal(judge.hits.count, 0);
	judge_close();
}

/* Each attachment is a stream of its own. */
static void
test_files(void **state)
{
	judge_open(
		"alert smtp any any -> any any (file.data; content:\"ab\"; startswith; "
		"content:\"cd\"; distance:0; sid:1;)\n"
		"alert smtp any any -> any any (file.data; content:\"a\"; content:!\"d\"; sid:2;)\n"
		"alert smtp any any -> any any (file.data; bsize:5; sid:3;)\n");
#define FILE_PIECE(text)                                                                           \
	rules_body(judge.w, &judge.flow, &judge.tx, RULES_FILE_DATA, SPAN_LIT(text),               \
		   &judge.arena);                                                                  \
	judge_value(RULES_FILE_DATA, "");                                                          \
	judge_event(RULES_REQUEST_DATA)
	FILE_PIECE("ab");
	rules_file_begin(judge.w, &judge.tx);
	FILE_PIECE("cd"); /* what began in the file before is forgotten */
	assert_int_equal(judge_hits(1, NULL), 0);
	assert_true(judge_alerted(2)); /* the first file had no d */
	FILE_PIECE("ab..cd");
	assert_int_equal(judge_hits(1, NULL), 0);
	rules_file_begin(judge.w, &judge.tx);
	FILE_PIECE("ab..");
	FILE_PIECE(".cd");
	assert_true(judge_alerted(1));
	judge.ev.end = true;
	judge_event(RULES_REQUEST_COMPLETE);
	assert_int_equal(judge_hits(3, NULL), 0);
	judge_new_tx();
	FILE_PIECE("12");
	FILE_PIECE("345");
	judge_event(RULES_REQUEST_COMPLETE);
	assert_true(judge_alerted(3));
	judge_close();
#undef FILE_PIECE
}

/* A message without a byte is an empty value; bytes behind its end are not let go unseen. */
static void
test_empty_message(void **state)
{
	judge_open("drop:flow smtp:request_complete any any -> any any (smtp.data; content:!\"x\"; "
		   "sid:1;)\n");
	judge_event(RULES_REQUEST_COMPLETE); /* a transaction without DATA */
	assert_int_equal(judge_sid(0), 0);
	judge_new_tx();
	rules_number(&judge.values, RULES_MODE, RULES_MODE_DATA, false);
	judge_event(RULES_REQUEST_COMPLETE);
	assert_int_equal(judge_sid(0), 1);
	judge_new_tx();
	rules_number(&judge.values, RULES_MODE, RULES_MODE_DATA, false);
	piece("x", 1);
	judge_event(RULES_REQUEST_COMPLETE);
	assert_int_equal(judge_sid(0), 0);
	judge_event(RULES_REQUEST_COMPLETE); /* not an empty one now */
	assert_int_equal(judge_sid(0), 0);
	assert_false(judge.hits.limit);
	piece("x", 1);
	assert_true(judge.hits.limit);
	judge_close();
}

/* A reply that comes before the end of data does not end the message. */
static void
test_early_reply(void **state)
{
	judge_open("drop:flow smtp:request_data any any -> any any (smtp.data; content:\"abc\"; "
		   "sid:1;)\n");
	piece("ab", 2);
	judge.packet.to_server = false;
	judge_event(RULES_RESPONSE_COMPLETE);
	judge.packet.to_server = true;
	piece("c", 1);
	assert_int_equal(judge_sid(0), 1);
	judge_close();
}

static void
test_streams_are_out(void **state)
{
	struct rules_tx tx[JUDGE_MESSAGES + 1];

	judge_open("drop:flow smtp:request_data any any -> any any (smtp.data; content:\"x\"; "
		   "sid:1;)\n");
	memset(tx, 0, sizeof(tx));
	for (int i = 0; i <= JUDGE_MESSAGES; i++) {
		rules_body(judge.w, &judge.flow, &tx[i], RULES_DATA, SPAN_LIT("a"), &judge.arena);
		assert_true(tx[i].limit == (i == JUDGE_MESSAGES));
	}
	for (int i = 0; i <= JUDGE_MESSAGES; i++)
		rules_tx_close(judge.w, &tx[i]);
	piece("x", 1);
	assert_int_equal(judge_sid(0), 1);
	assert_false(judge.hits.limit);
	judge_close();
}

/* Far more matches in a piece than the worker's list holds: no answer, and said so. */
static void
test_too_many_matches(void **state)
{
	char *text, *body = malloc(RULES_PIECE);
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (int i = 0; i < 40; i++)
		fprintf(f,
			"drop:flow smtp:request_data any any -> any any (smtp.data; content:\"a\"; "
			"offset:%d; "
			"content:\"b\"; within:3; sid:%d;)\n",
			i, i + 1);
	fclose(f);
	judge_open(text);
	memset(body, 'a', RULES_PIECE);
	piece(body, 100);
	assert_false(judge.hits.limit);
	piece(body, RULES_PIECE);
	assert_true(judge.hits.limit);
	judge_close();
	free(body);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_later_events),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_streams_are_out),
		cmocka_unit_test(test_too_many_matches),
		cmocka_unit_test(test_empty_message),
		cmocka_unit_test(test_early_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
