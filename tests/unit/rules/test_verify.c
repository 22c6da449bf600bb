/* SPDX-License-Identifier: BSD-3-Clause */
/* The exact check of one value: every keyword that looks into a buffer, through whole rules. */
#include "judge.h"

/* Does a rule with these options fire on this argument of HELO? */
static bool
holds_on(const char *options, struct span value)
{
	char rule[1024];
	uint8_t *copy = malloc(value.len > 0 ? value.len : 1);
	bool fired;

	snprintf(rule, sizeof(rule),
		 "drop:flow smtp:helo any any -> any any (smtp.helo; %s sid:1;)\n", options);
	judge_open(rule);
	memcpy(copy, value.ptr, value.len);
	rules_value(&judge.values, RULES_HELO, span_of(copy, value.len), true);
	judge_event(RULES_AT_HELO);
	fired = judge_sid(0) == 1;
	assert_false(judge.hits.limit);
	free(copy);
	judge_close();
	return fired;
}

static bool
holds(const char *options, const char *value)
{
	return holds_on(options, span_str(value));
}

static void
test_content(void **state)
{
	assert_true(holds("content:\"abc\";", "xabcx"));
	assert_false(holds("content:\"abc\";", "xABCx"));
	assert_true(holds("content:\"aBc\"; nocase;", "xAbCx"));
	assert_true(holds("content:!\"abc\";", "xyz"));
	assert_false(holds("content:!\"abc\";", "abc"));
	assert_true(holds("content:!\"abc\";", ""));
	assert_true(holds_on("content:\"a|00|b\";", SPAN_LIT("xa\0b")));
	assert_true(holds("content:\"abc\"; startswith;", "abcd"));
	assert_false(holds("content:\"abc\"; startswith;", "xabc"));
	assert_true(holds("content:\"abc\"; endswith;", "abcabc"));
	assert_false(holds("content:\"abc\"; endswith;", "abcd"));
	assert_true(holds("content:\"abc\"; startswith; endswith;", "abc"));
	assert_false(holds("content:\"abc\"; startswith; endswith;", "abcabc"));
	assert_true(holds("content:!\"abc\"; startswith;", "xabc"));
	assert_true(holds("content:!\"abc\"; endswith;", "abcx"));
	assert_false(holds("content:\"abc\"; startswith;", "ab"));
	assert_false(holds("content:\"abc\"; endswith;", "bc"));
}

/* A transform hides nothing: neither what stands far behind nor what no buffer takes. */
static void
test_long_transformed(void **state)
{
	uint8_t *value = malloc(65600);

	memset(value, 'x', 65600);
	memcpy(value + 65500, "EVIL", 4);
	assert_true(holds_on("to_lowercase; content:\"evil\";", span_of(value, 65536)));
	judge_open("drop:flow smtp:helo any any -> any any "
		   "(smtp.helo; to_lowercase; content:\"x\"; sid:1;)\n");
	rules_value(&judge.values, RULES_HELO, span_of(value, 65600), true);
	judge_event(RULES_AT_HELO);
	assert_true(judge.hits.limit);
	judge_close();
	free(value);
}

static void
test_offset_and_depth(void **state)
{
	assert_true(holds("content:\"b\"; offset:1;", "ab"));
	assert_false(holds("content:\"a\"; offset:1;", "ab"));
	assert_true(holds("content:\"bc\"; depth:3;", "abcd"));
	assert_false(holds("content:\"cd\"; depth:3;", "abcd"));
	/* depth counts from offset */
	assert_true(holds("content:\"cd\"; offset:2; depth:2;", "abcd"));
	assert_false(holds("content:\"de\"; offset:2; depth:2;", "abcde"));
	assert_false(holds("content:\"x\"; offset:9;", "x"));
	assert_true(holds("content:!\"a\"; offset:1;", "abc"));
}

static void
test_distance_and_within(void **state)
{
	assert_true(holds("content:\"ab\"; content:\"cd\"; distance:0;", "abcd"));
	assert_false(holds("content:\"cd\"; content:\"ab\"; distance:0;", "abcd"));
	assert_true(holds("content:\"ab\"; content:\"cd\"; distance:1;", "abxcd"));
	assert_false(holds("content:\"ab\"; content:\"cd\"; distance:2;", "abxcd"));
	assert_true(holds("content:\"ab\"; content:\"cd\"; within:3;", "abxcd"));
	assert_false(holds("content:\"ab\"; content:\"cd\"; within:2;", "abxcd"));
	assert_true(holds("content:\"ab\"; content:\"cd\"; distance:1; within:2;", "abxcd"));
	assert_false(holds("content:\"ab\"; content:\"cd\"; distance:1; within:2;", "abxxcd"));
	assert_true(holds("content:\"cd\"; content:\"ab\"; distance:-4; within:2;", "abcd"));
	/* The second place of the first content is the right one. */
	assert_true(holds("content:\"a\"; content:\"b\"; within:1;", "axab"));
	assert_true(holds("content:\"a\"; content:\"b\"; within:1; content:\"c\"; within:1;",
			  "abxabc"));
	assert_false(holds("content:\"a\"; content:\"b\"; within:1; content:\"c\"; within:1;",
			   "abxabxc"));
	assert_true(holds("content:\"a\"; content:!\"b\"; within:1;", "abaxab"));
	assert_false(holds("content:\"a\"; content:!\"b\"; within:1;", "abab"));
	/* An absolute content begins anew. */
	assert_true(holds("content:\"cd\"; content:\"ab\"; content:\"x\"; within:1;", "abxcd"));
	/* Relative to nothing is relative to the beginning. */
	assert_true(holds("content:\"b\"; distance:1; within:1;", "ab"));
	assert_false(holds("content:\"a\"; distance:1;", "ab"));
}

static void
test_sizes(void **state)
{
	assert_true(holds("bsize:3;", "abc"));
	assert_false(holds("bsize:3;", "abcd"));
	assert_true(holds("bsize:>3;", "abcd"));
	assert_true(holds("bsize:0;", ""));
	assert_true(holds("isdataat:2;", "abc"));
	assert_false(holds("isdataat:3;", "abc"));
	assert_true(holds("isdataat:!3;", "abc"));
	assert_true(holds("content:\"b\"; isdataat:1,relative;", "abc"));
	assert_false(holds("content:\"c\"; isdataat:1,relative;", "abc"));
	assert_true(holds("content:\"c\"; isdataat:!1,relative;", "abc"));
	assert_true(holds("content:\"c\"; isdataat:!1,relative;", "cc")); /* the second c */
}

static void
test_pcre(void **state)
{
	assert_true(holds("pcre:\"/^a.c$/\";", "abc"));
	assert_true(holds("pcre:\"/^A.C$/i\";", "abc"));
	assert_false(holds("pcre:\"/^b/\";", "abc"));
	assert_true(holds("pcre:!\"/^b/\";", "abc"));
	assert_true(holds("content:\"a\"; pcre:\"/^b/R\";", "abc"));
	assert_false(holds("content:\"a\"; pcre:\"/^c/R\";", "abc"));
	assert_true(holds("content:\"a\"; pcre:\"/^c/R\";", "abac"));
	assert_true(holds("pcre:\"/a+/\"; content:\"c\"; within:1;", "abaac"));
	assert_true(holds("content:\"a\"; pcre:!\"/^b/R\";", "abac"));
	assert_true(holds("pcre:\"/(?<=x)b(?=c)/\";", "xbc")); /* only a prefilter knows it */
	assert_false(holds("pcre:\"/(?<=x)b(?=c)/\";", "abc"));
	assert_true(holds("pcre:\"/^$/\";", ""));
}

static void
test_bytes(void **state)
{
	assert_true(holds_on("byte_test:2,=,258,0;", SPAN_LIT("\x01\x02")));
	assert_true(holds_on("byte_test:2,=,513,0,little;", SPAN_LIT("\x01\x02")));
	assert_false(holds_on("byte_test:2,=,258,1;", SPAN_LIT("\x01\x02")));
	assert_true(holds("byte_test:3,>,100,1,string,dec;", "x250"));
	assert_false(holds("byte_test:3,>,300,1,string,dec;", "x250"));
	assert_true(holds("byte_test:2,=,255,0,string,hex;", "ff"));
	assert_true(holds("byte_test:3,!=,99,0,string,dec;", "250"));
	assert_true(holds("content:\"x\"; byte_test:1,=,0x31,0,relative;", "xax1"));
	assert_true(holds_on("byte_jump:1,0; content:\"b\"; within:1;", SPAN_LIT("\x02xyb")));
	assert_false(holds_on("byte_jump:1,0; content:\"b\"; within:1;", SPAN_LIT("\x01xyb")));
	assert_false(holds_on("byte_jump:1,0;", SPAN_LIT("\xffxyb")));
	assert_true(holds_on("byte_extract:1,0,len; byte_test:1,=,len,1;", SPAN_LIT("\x07\x07")));
	assert_false(holds_on("byte_extract:1,0,len; byte_test:1,=,len,1;", SPAN_LIT("\x07\x08")));
}

static void
test_byte_words(void **state)
{
	/* The mask counts before all else, and its zeros at the end are shifted out. */
	assert_true(holds_on("byte_test:1,=,10,0,bitmask 0xf0;", SPAN_LIT("\xa5")));
	assert_false(holds_on("byte_test:1,=,0xa0,0,bitmask 0xf0;", SPAN_LIT("\xa5")));
	assert_true(holds_on("byte_jump:1,0,bitmask 0x30,multiplier 2; content:\"b\"; within:1;",
			     SPAN_LIT("\x1fxyb")));
	assert_true(holds("byte_jump:1,0,string,dec,from_beginning; content:\"c\"; within:1;",
			  "3abc"));
	assert_true(holds("byte_jump:0,0,from_end,post_offset -2; content:\"yz\"; within:2;",
			  "abxyz"));
	assert_false(holds("byte_jump:0,0,from_end,post_offset -3; content:\"yz\"; within:2;",
			   "abxyz"));
	assert_false(holds("byte_jump:0,0,from_end,post_offset -6;", "abxyz"));
	assert_false(holds("byte_jump:0,0,from_end,post_offset 1;", "abxyz"));
	assert_true(holds("byte_jump:1,0,string,dec,align; content:\"b\"; within:1;", "1xxxxb"));
	assert_true(holds("byte_extract:1,0,n,string,dec,multiplier 3,align 4; content:\"b\"; "
			  "distance:n; within:1;", "1xxxxb"));
	assert_true(holds("byte_extract:1,0,n,string,dec,align 2; content:\"b\"; distance:n; "
			  "within:1;", "1xxb"));
}

static void
test_byte_math(void **state)
{
	static const struct {
		const char *math;
		unsigned result;
	} cases[] = {
		{ "oper +, rvalue 3", 9 },  { "oper -, rvalue 2", 4 },	{ "oper *, rvalue 2", 12 },
		{ "oper /, rvalue 4", 1 },  { "oper <<, rvalue 1", 12 }, { "oper >>, rvalue 1", 3 },
		{ "oper <<, rvalue 64", 0 }, { "oper >>, rvalue 64", 0 },
		{ "oper +, rvalue 1, bitmask 0x4", 2 }, { "oper *, rvalue 0x10", 96 },
	};
	char options[300];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned wrong = 0; wrong < 2; wrong++) {
			uint8_t value[2] = { 6, (uint8_t)(cases[i].result + wrong) };

			snprintf(options, sizeof(options),
				 "byte_math:bytes 1, offset 0, %s, result m; byte_test:1,=,m,1;",
				 cases[i].math);
			assert_int_equal(holds_on(options, span_of(value, 2)), !wrong);
		}
	}
	assert_false(holds("byte_math:bytes 1, offset 0, oper /, rvalue 0, result m;", "6"));
	assert_true(holds("byte_math:bytes 2, offset 1, oper -, rvalue 9, result m, string hex; "
			  "content:\"c\"; offset:m; depth:1;", "x0dac"));
	assert_true(holds_on("byte_math:bytes 2, offset 0, oper +, rvalue 0, result m, endian "
			     "little; content:\"c\"; offset:m;", SPAN_LIT("\3\0xc")));
	assert_true(holds_on("byte_extract:1,0,n; byte_math:bytes n, offset 1, oper +, rvalue n, "
			     "result m; content:\"c\"; offset:m; depth:1;",
			     SPAN_LIT("\2\0\3xxc")));
	/* Less than nothing leads back, where a distance may. */
	assert_true(holds("content:\"b\"; byte_math:bytes 1, offset 0, oper -, rvalue 0x34, result "
			  "m, relative; content:\"a\"; distance:m; within:1;", "ab1"));
	assert_false(holds("content:\"b\"; byte_math:bytes 1, offset 0, oper -, rvalue 0x35, result "
			   "m, relative; content:\"a\"; offset:m;", "ab1"));
}

static void
test_variables(void **state)
{
	assert_true(holds("byte_extract:1,0,n,string,dec; content:\"b\"; offset:n;", "2xb"));
	assert_false(holds("byte_extract:1,0,n,string,dec; content:\"b\"; offset:n;", "3xb"));
	assert_true(holds("byte_extract:1,0,n,string,dec; content:\"b\"; depth:n;", "3xb"));
	assert_false(holds("byte_extract:1,0,n,string,dec; content:\"b\"; depth:n;", "2xb"));
	assert_false(holds("byte_extract:1,0,n,string,dec; content:\"bc\"; depth:n;", "1bc"));
	assert_true(holds("byte_extract:1,0,n,string,dec; content:\"x\"; content:\"b\"; distance:n; "
			  "within:1;", "2xaab"));
	assert_false(holds("byte_extract:1,0,n,string,dec; content:\"x\"; content:\"b\"; distance:n; "
			   "within:1;", "1xaab"));
	assert_true(holds("byte_extract:1,0,n,string,dec; content:\"x\"; content:\"b\"; within:n;",
			  "3xaab"));
	assert_false(holds("byte_extract:1,0,n,string,dec; content:\"x\"; content:\"b\"; within:n;",
			   "2xaab"));
	assert_true(holds("byte_extract:1,0,n,string,dec; isdataat:n;", "2xx"));
	assert_false(holds("byte_extract:1,0,n,string,dec; isdataat:n;", "3xx"));
	assert_true(holds("byte_extract:1,0,n,string,dec; isdataat:!n,relative;", "3xx"));
	assert_true(holds("byte_extract:1,0,n,string,dec; byte_test:1,=,0x62,n;", "2xb"));
	assert_true(holds_on("byte_extract:1,0,n; byte_test:n,=,0x6263,1;", SPAN_LIT("\2bc")));
	assert_false(holds_on("byte_extract:1,0,n; byte_test:n,=,0,1;", SPAN_LIT("\0bc")));
	assert_false(holds_on("byte_extract:1,0,n; byte_test:n,>,0,1;",
			      SPAN_LIT("\x09" "123456789")));
	/* A huge number is no place at all. */
	assert_false(holds_on("byte_extract:8,0,n; content:\"b\"; offset:n;",
			      SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff" "b")));
	assert_true(holds_on("byte_extract:8,0,n; content:\"b\"; depth:n;",
			     SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff" "b")));
	/* The second x is the one whose number leads to b; the absolute content owes it nothing. */
	assert_true(holds("content:\"x\"; byte_extract:1,0,n,relative,string,dec; content:\"y\"; "
			  "content:\"b\"; offset:n; depth:1;", "x0yx6eb"));
}

static void
test_base64(void **state)
{
	/* YWJjZGVm is abcdef. */
	assert_true(holds("base64_decode; base64_data; content:\"abcdef\"; bsize:6;", "YWJjZGVm"));
	assert_false(holds("base64_decode; base64_data; content:\"YWJj\";", "YWJjZGVm"));
	assert_true(holds("base64_decode:bytes 4; base64_data; content:\"abc\"; endswith;",
			  "YWJjZGVm"));
	assert_true(holds("base64_decode:offset 4; base64_data; content:\"def\"; startswith;",
			  "YWJjZGVm"));
	assert_false(holds("base64_decode:offset 8; base64_data; bsize:0;", "YWJjZGVm"));
	assert_false(holds("base64_decode:offset -1; base64_data; bsize:>0;", "YWJjZGVm"));
	assert_false(holds("base64_decode; base64_data; content:!\"x\";", "!!!!"));
	assert_true(holds("content:\"=\"; base64_decode:relative; base64_data; content:\"abc\"; "
			  "startswith;", "k=YWJjZGVm"));
	assert_true(holds("content:\"=\"; base64_decode:offset 1, relative; base64_data; "
			  "content:\"abc\";", "k= YWJj;x"));
	/* The second = is the one; what is decoded has chains of its own. */
	assert_true(holds("content:\"=\"; base64_decode:relative; base64_data; content:\"f\"; "
			  "content:\"a\"; content:\"b\"; within:1;", "k=eHg= l=YWJjZGVm"));
	assert_false(holds("content:\"=\"; base64_decode:relative; base64_data; content:\"f\"; "
			   "content:\"a\"; content:\"c\"; within:1;", "k=eHg= l=YWJjZGVm"));
	/* A variable of the value counts in what is decoded, too. */
	assert_true(holds("byte_extract:1,0,n,string,dec; base64_decode:relative; base64_data; "
			  "content:\"d\"; offset:n; depth:1;", "3YWJjZGVm"));
	assert_true(holds("content:\"x\"; byte_extract:1,0,n,relative,string,dec; "
			  "base64_decode:relative; base64_data; content:\"d\"; offset:n; depth:1;",
			  "x1YWJjZGVm x3YWJjZGVm"));
	assert_true(holds("to_lowercase; content:\"k=\"; base64_decode:relative; base64_data; "
			  "bsize:3;", "K=YWJj"));
}

/* More base64 than is ever decoded: no answer, so the event is not let go. */
static void
test_base64_limit(void **state)
{
	size_t size = 65536 + 1;
	char *value = malloc(size + 1);

	memset(value, 'A', size);
	value[size] = '\0';
	judge_open("drop:flow smtp:helo any any -> any any (smtp.helo; base64_decode; base64_data; "
		   "content:\"x\"; sid:1;)\n"
		   "drop:flow smtp:mail any any -> any any (smtp.mail_from; base64_decode:bytes 65536; "
		   "base64_data; bsize:49152; sid:2;)\n");
	judge_value(RULES_MAIL_FROM, value);
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge_sid(0), 2);
	assert_false(judge.hits.limit);
	judge_value(RULES_HELO, value);
	judge_event(RULES_AT_HELO);
	assert_true(judge.hits.limit);
	free(value);
	judge_close();
}

static void
test_transforms(void **state)
{
	assert_true(holds("to_lowercase; content:\"abc\";", "xABCx"));
	assert_true(holds("to_lowercase; content:\"abc\"; startswith; endswith;", "ABC"));
	assert_false(holds("to_lowercase; content:\"ABC\";", "ABC"));
	assert_true(holds("dotprefix; content:\".example.com\"; endswith;", "example.com"));
	assert_true(holds("dotprefix; content:\".example.com\"; endswith;", "mail.example.com"));
	assert_false(holds("dotprefix; content:\".example.com\"; endswith;", "badexample.com"));
	assert_true(holds("dotprefix; content:\".exa\"; startswith;", "example"));
	assert_true(holds("dotprefix; to_lowercase; content:\".example.com\"; endswith;",
			  "EXAMPLE.com"));
	assert_true(holds("strip_whitespace; content:\"abc\";", "a b c"));
	assert_true(holds("to_md5; content:\"|90 01 50 98|\"; startswith;", "abc"));
}

#define HOSTILE_SIZE 40000

/* Many places for each of many contents: exact as long as that is cheap, then "no answer". */
static void
test_steps(void **state)
{
	char rule[1024] = "drop:flow smtp:helo any any -> any any (smtp.helo; content:\"a\"; ";
	char *value = malloc(HOSTILE_SIZE + 1);

	for (int i = 0; i < 12; i++)
		strcat(rule, "content:\"a\"; within:30; ");
	strcat(rule, "content:\"b\"; within:30; sid:1;)\n");
	memset(value, 'a', HOSTILE_SIZE);
	value[1000] = '\0';
	judge_open(rule);
	judge_value(RULES_HELO, value);
	judge_event(RULES_AT_HELO);
	assert_int_equal(judge_sid(0), 0);
	assert_false(judge.hits.limit);
	value[999] = 'b';
	judge_value(RULES_HELO, value);
	judge_event(RULES_AT_HELO);
	assert_int_equal(judge_sid(0), 1);
	value[999] = value[1000] = 'a';
	value[HOSTILE_SIZE] = '\0';
	judge_value(RULES_HELO, value);
	judge_event(RULES_AT_HELO);
	assert_int_equal(judge_sid(0), 0);
	assert_true(judge.hits.limit);
	free(value);
	judge_close();
}

/* Chains in front of a variable, and those behind its last use, are still solved alone. */
static void
test_steps_with_variables(void **state)
{
	char rule[1024] = "drop:flow smtp:helo any any -> any any (smtp.helo; ";
	char value[1001];

	for (int i = 0; i < 6; i++)
		strcat(rule, "content:\"a\"; ");
	strcat(rule, "byte_extract:1,0,n,relative; content:\"b\"; within:n; ");
	for (int i = 0; i < 6; i++)
		strcat(rule, "content:\"a\"; ");
	strcat(rule, "content:\"c\"; sid:1;)\n");
	memset(value, 'a', sizeof(value));
	value[900] = 'b';
	value[1000] = '\0';
	judge_open(rule);
	judge_value(RULES_HELO, value);
	judge_event(RULES_AT_HELO);
	assert_int_equal(judge_sid(0), 0);
	assert_false(judge.hits.limit);
	value[999] = 'c';
	judge_value(RULES_HELO, value);
	judge_event(RULES_AT_HELO);
	assert_int_equal(judge_sid(0), 1);
	judge_close();
}

/* A place that failed with one number, or in one decoded text, may hold with the next. */
static void
test_no_memo_of_variables(void **state)
{
	char value[1024] = "---------c";

	for (unsigned i = 0; i < 150; i++)
		strcat(value, "x1");
	strcat(value, "x9b");
	assert_true(holds("content:\"x\"; byte_extract:1,0,n,relative,string,dec; content:\"b\"; "
			  "distance:0; content:\"c\"; offset:n; depth:1;", value));
	value[0] = '\0';
	for (unsigned i = 0; i < 150; i++)
		strcat(value, "=YWJj");
	strcat(value, "=ZGVm");
	assert_true(holds("content:\"=\"; base64_decode:bytes 4, relative; base64_data; content:\"d\"; "
			  "content:\"e\"; within:1; content:\"f\";", value));
}

/*
 * What is known to fail of one value says nothing of the next: a long value full of near misses,
 * then shorter ones that match late, all in one worker.
 */
static void
test_memo_is_of_one_value(void **state)
{
	static char value[600];

	judge_open("drop:flow smtp:helo any any -> any any (smtp.helo; content:\"aa\"; "
		   "content:\"a\"; within:3; content:\"ab\"; distance:2; within:5; sid:1;)\n");
	memset(value, 'a', sizeof(value));
	rules_value(&judge.values, RULES_HELO, span_of(value, sizeof(value)), true);
	judge_event(RULES_AT_HELO);
	assert_int_not_equal(judge_sid(0), 1);
	for (size_t len = 250; len < 400; len++) {
		value[len - 1] = 'b';
		rules_value(&judge.values, RULES_HELO, span_of(value, len), true);
		judge_event(RULES_AT_HELO);
		assert_int_equal(judge_sid(0), 1);
		value[len - 1] = 'a';
	}
	judge_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memo_is_of_one_value),
		cmocka_unit_test(test_long_transformed),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_offset_and_depth),
		cmocka_unit_test(test_distance_and_within),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_pcre),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_byte_words),
		cmocka_unit_test(test_byte_math),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_base64_limit),
		cmocka_unit_test(test_transforms),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_no_memo_of_variables),
		cmocka_unit_test(test_steps_with_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
