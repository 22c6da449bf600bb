/* SPDX-License-Identifier: BSD-3-Clause */
/* content, its modifiers, pcre, sizes, bytes, transforms of a buffer: what the parser makes of
 * them. */
#include "match_build.h"
#include "parse.h"

static const struct rules_cond *
cond(struct rules_source **s, const char *options)
{
	*s = parse_options(CMD, options);
	assert_true(first_rule(*s)->group_count >= 1);
	assert_true(first_rule(*s)->group[0].cond_count >= 1);
	return &first_rule(*s)->group[0].cond[0];
}

static void
test_bytes(void **state)
{
	static const struct {
		const char *value;
		struct span bytes;
		bool negated;
	} good[] = {
		{ "\"abc\"", SPAN_LIT("abc"), false },
		{ "!\"abc\"", SPAN_LIT("abc"), true },
		{ "! \"abc\"", SPAN_LIT("abc"), true },
		{ "\"a|0d 0A|b\"", SPAN_LIT("a\r\nb"), false },
		{ "\"|0d0a|\"", SPAN_LIT("\r\n"), false },
		{ "\"|00|\"", { (const uint8_t *)"\0", 1 }, false },
		{ "\"a\\;b\\:c\\\"d\\\\e\"", SPAN_LIT("a;b:c\"d\\e"), false },
		{ "\" (x) \"", SPAN_LIT(" (x) "), false },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct rules_source *s;
		char text[128];
		const struct rules_cond *c;

		snprintf(text, sizeof(text), "smtp.command; content:%s;", good[i].value);
		c = cond(&s, text);
		assert_int_equal(c->kind, RULES_COND_CONTENT);
		assert_true(span_eq(c->content.bytes, good[i].bytes));
		assert_int_equal(c->negated, good[i].negated);
		rules_source_destroy(s);
	}
}

static void
test_wrong_bytes(void **state)
{
	expect_option_error(CMD, "smtp.command; content:abc;", "R040", "abc");
	expect_option_error(CMD, "smtp.command; content:\"abc;", "R040", "\"abc");
	expect_option_error(CMD, "smtp.command; content:\"\";", "R022", "\"\"");
	expect_option_error(CMD, "smtp.command; content:\"a\\nb\";", "R022", "\\n");
	expect_option_error(CMD, "smtp.command; content:\"a|0|\";", "R022", "|0|");
	expect_option_error(CMD, "smtp.command; content:\"a|0z|\";", "R022", "z");
	expect_option_error(CMD, "smtp.command; content:\"a|0d\";", "R022", "|0d");
	expect_option_error(CMD, "smtp.command; content:\"a||b\";", "R022", "||");
	expect_option_error(CMD, "content:\"a\";", "R028", "content");
	expect_option_error(CMD, "smtp.mode:data; content:\"a\";", "R028", "content");
}

static void
test_modifiers(void **state)
{
	struct rules_source *s;
	const struct rules_cond *c =
		cond(&s, "smtp.command; content:\"AbC\"; nocase; offset:2; depth:7; "
			 "content:\"d\"; distance:-1; within:5; fast_pattern;");
	const struct rules_content *t = &c->content;

	assert_true(t->nocase && span_eq(t->bytes, SPAN_LIT("abc")));
	assert_true(t->has_offset && t->offset.n == 2 && t->has_depth && t->depth.n == 7);
	assert_false(t->relative || t->has_distance || t->has_within || t->fast);
	t = &c[1].content;
	assert_true(t->relative && t->has_distance && t->distance.n == -1 && t->has_within &&
		    t->within.n == 5 && t->fast);
	assert_false(t->nocase);
	rules_source_destroy(s);

	t = &cond(&s, "smtp.command; content:\"A\"; startswith; endswith; fast_pattern:only;")
		     ->content;
	assert_true(t->starts && t->ends && t->fast && !t->relative);
	rules_source_destroy(s);
}

static void
test_wrong_modifiers(void **state)
{
	static const struct {
		const char *options, *code, *under;
	} bad[] = {
		{ "smtp.command; nocase;", "R024", "nocase" },
		{ "smtp.command; content:\"a\"; nocase; nocase;", "R029", "nocase" },
		{ "smtp.command; content:\"a\"; depth:5; within:5;", "R025", "within" },
		{ "smtp.command; content:\"a\"; distance:1; offset:5;", "R025", "offset" },
		{ "smtp.command; content:\"a\"; startswith; depth:5;", "R025", "depth" },
		{ "smtp.command; content:\"a\"; endswith; depth:5;", "R025", "depth" },
		{ "smtp.command; content:\"abc\"; depth:2;", "R034", "2" },
		{ "smtp.command; content:\"abc\"; within:2;", "R034", "2" },
		{ "smtp.command; content:\"abc\"; depth:2x;", "R022", "2x" },
		{ "smtp.command; content:\"abc\"; offset:-1;", "R023", "-1" },
		{ "smtp.command; content:\"abc\"; offset:99999999;", "R023", "99999999" },
		{ "smtp.command; content:\"abc\"; offset;", "R020", "offset" },
		{ "smtp.command; content:\"abc\"; nocase:1;", "R021", "1" },
		{ "smtp.command; content:\"abc\"; offset:3x;", "R022", "3x" },
		{ "smtp.command; content:!\"abc\"; fast_pattern;", "R025", "fast_pattern" },
		{ "smtp.command; content:\"a\"; fast_pattern; content:\"b\"; fast_pattern;", "R029",
		  "fast_pattern" },
		{ "smtp.command; content:\"abc\"; fast_pattern:2,2;", "R023", "2" },
		{ "smtp.command; bsize:3; nocase;", "R024", "nocase" },
		{ "smtp.command; rawbytes;", "R024", "rawbytes" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_option_error(CMD, bad[i].options, bad[i].code, bad[i].under);
}

static void
test_pcre(void **state)
{
	struct rules_source *s;
	const struct rules_cond *c = cond(&s, "smtp.command; pcre:\"/^(a|b)\\/c\\;$/ismxAEG\";");

	assert_int_equal(c->kind, RULES_COND_PCRE);
	assert_true(span_eq(c->regex.text, SPAN_LIT("^(a|b)\\/c\\;$")));
	assert_int_equal(c->regex.flags, MATCH_NOCASE | MATCH_DOTALL | MATCH_MULTILINE |
						 MATCH_EXTENDED | MATCH_ANCHORED |
						 MATCH_DOLLAR_END | MATCH_UNGREEDY);
	assert_null(c->regex.program);
	assert_string_equal(rules_diag_count(s) ? rules_diag(s, 0)->code : "", "");
	rules_source_destroy(s);

	c = cond(&s, "smtp.command; pcre:!/^(HELO|EHLO)$/R;");
	assert_true(c->negated && c->regex.relative);
	assert_true(span_eq(c->regex.text, SPAN_LIT("^(HELO|EHLO)$")));
	rules_source_destroy(s);

	expect_option_error(CMD, "smtp.command; pcre:\"abc\";", "R022", "abc");
	expect_option_error(CMD, "smtp.command; pcre:\"/abc\";", "R022", "/abc");
	expect_option_error(CMD, "smtp.command; pcre:\"//\";", "R022", "//");
	expect_option_error(CMD, "smtp.command; pcre:\"/a/U\";", "R036", "U");
	expect_option_error(CMD, "smtp.command; pcre:\"/a/iz\";", "R036", "z");
	expect_option_error(CMD, "smtp.command; pcre:\"/a/ii\";", "R036", "i");
}

/* A caret of the build stands on the expression: line and column are those of its first byte. */
static void
test_place_of_pcre(void **state)
{
	struct rules_source *s = parse_good(CMD " (smtp.command; pcre:\"/ab/\"; sid:1;)");
	const struct rules_cond *c = &first_rule(s)->group[0].cond[0];

	assert_int_equal(c->line, 1);
	assert_memory_equal(first_rule(s)->pub.text + c->col - 1, "ab/", 3);
	assert_int_equal(c->len, 2);
	rules_source_destroy(s);
}

static void
test_sizes(void **state)
{
	static const struct {
		const char *value;
		int64_t low, high;
		bool invert;
	} good[] = {
		{ "5", 5, 5, false },
		{ ">5", 6, UINT32_MAX, false },
		{ "<5", 0, 4, false },
		{ ">=5", 5, UINT32_MAX, false },
		{ "<=5", 0, 5, false },
		{ "5<>9", 6, 8, false },
		{ "5-9", 5, 9, false },
		{ "!5", 5, 5, true },
		{ "!=5", 5, 5, true },
		{ "=5", 5, 5, false },
		{ "> 0", 1, UINT32_MAX, false },
	};
	struct rules_source *s;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char text[64];
		const struct rules_cond *c;

		snprintf(text, sizeof(text), "smtp.command_data; bsize:%s;", good[i].value);
		c = cond(&s, text);
		assert_int_equal(c->kind, RULES_COND_BSIZE);
		assert_int_equal(c->num.count, 1);
		assert_int_equal(c->num.range[0].low, good[i].low);
		assert_int_equal(c->num.range[0].high, good[i].high);
		assert_int_equal(c->num.invert, good[i].invert);
		rules_source_destroy(s);
	}
	expect_option_error(CMD, "smtp.command; bsize:5<>6;", "R022", "5<>6");
	expect_option_error(CMD, "smtp.command; bsize:<0;", "R022", "<0");
	expect_option_error(CMD, "smtp.command; bsize:9-5;", "R022", "9-5");
	expect_option_error(CMD, "smtp.command; bsize:x;", "R022", "x");
	expect_option_error(CMD, "smtp.command; bsize:>;", "R022", "bsize");
}

static void
test_isdataat_and_absent(void **state)
{
	struct rules_source *s;
	const struct rules_cond *c = cond(&s, "smtp.command; isdataat:!10,relative;");

	assert_int_equal(c->kind, RULES_COND_ISDATAAT);
	assert_true(c->negated && c->isdataat.n.n == 10 && c->isdataat.relative);
	rules_source_destroy(s);
	c = cond(&s, "smtp.helo; absent;");
	assert_int_equal(c->kind, RULES_COND_ABSENT);
	rules_source_destroy(s);
	expect_option_error(CMD, "smtp.helo; absent; content:\"x\";", "R025", "content");
	expect_option_error(CMD, "absent;", "R024", "absent");
	c = cond(&s, "smtp.helo; absent:or_else; content:\"x\";");
	assert_true(c->kind == RULES_COND_ABSENT && c->or_else);
	assert_int_equal(c[1].kind, RULES_COND_CONTENT);
	rules_source_destroy(s);
	expect_option_error(CMD, "smtp.helo; absent:or_else;", "R024", "absent");
	expect_option_error(CMD, "smtp.helo; absent:or_more; content:\"x\";", "R022", "or_more");
	expect_option_error(CMD, "smtp.helo; content:\"x\"; absent:or_else;", "R025", "absent");
	expect_option_error(CMD, "smtp.helo; absent:or_else; absent;", "R025", "absent");
	expect_option_error(CMD, "smtp.rcpt_to:all; absent;", "R025", "absent");
	expect_option_error(DETECT, "pkt_data; absent;", "R042", "absent");
	expect_option_error(CMD, "smtp.helo; isdataat:5,rel;", "R022", "rel");
}

static void
test_byte_values(void **state)
{
	struct rules_source *s;
	const struct rules_cond *c =
		cond(&s, "smtp.command_data; byte_extract:2,0,n,relative,multiplier 3,align 2; "
			 "byte_test:4,!>=,n,8,little,relative; byte_test:3,&,0xff,0,bitmask 0xf0; "
			 "byte_jump:4,-2,string,hex,from_beginning,align,post_offset -1;");

	assert_int_equal(c[0].kind, RULES_COND_BYTE_EXTRACT);
	assert_true(c[0].byte.count.n == 2 && c[0].byte.result == 1 && c[0].byte.relative &&
		    c[0].byte.multiplier == 3 && c[0].byte.base == 0 && c[0].byte.align == 2);
	assert_int_equal(c[1].kind, RULES_COND_BYTE_TEST);
	assert_true(c[1].byte.negated && c[1].byte.op == 'g' && c[1].byte.value.var == 1 &&
		    c[1].byte.offset.n == 8 && c[1].byte.little && c[1].byte.result == 0 &&
		    c[1].byte.mask == UINT64_MAX);
	assert_true(c[2].byte.op == '&' && c[2].byte.value.n == 0xff &&
		    c[2].byte.value.var == 0 && c[2].byte.mask == 0xf0);
	assert_int_equal(c[3].kind, RULES_COND_BYTE_JUMP);
	assert_true(c[3].byte.base == 16 && c[3].byte.from == RULES_FROM_BEGINNING &&
		    c[3].byte.align == 4 && c[3].byte.post.n == -1 && c[3].byte.offset.n == -2);
	rules_source_destroy(s);

	expect_option_error(CMD, "smtp.command; byte_test:4,>,5;", "R045", "4,>,5");
	expect_option_error(CMD, "smtp.command; byte_test:9,>,5,0;", "R045", "9,>,5,0");
	expect_option_error(CMD, "smtp.command; byte_test:4,~,5,0;", "R045", "~");
	expect_option_error(CMD, "smtp.command; byte_test:4,+,5,0;", "R045", "+");
	expect_option_error(CMD, "smtp.command; byte_test:4,>,5,0,hex;", "R045", "4,>,5,0,hex");
	expect_option_error(CMD, "smtp.command; byte_test:4,>,5,0,align;", "R045", "align");
	expect_option_error(CMD, "smtp.command; byte_test:4,>,5,0,bitmask 0;", "R045", "0");
	expect_option_error(CMD, "smtp.command; byte_test:4,>,5,0,bitmask;", "R045", "bitmask");
	expect_option_error(CMD, "smtp.command; byte_test:4,>,5,0,dce;", "R042", "dce");
	expect_option_error(CMD, "smtp.command; byte_test:0,>,5,0;", "R045", "0");
	expect_option_error(CMD, "smtp.command; byte_test:4,>,5,0,little,big;", "R029", "big");
	expect_option_error(CMD, "smtp.command; byte_jump:1,1,middle;", "R045", "middle");
	expect_option_error(CMD, "smtp.command; byte_jump:1,1,from_end,from_beginning;", "R029",
			    "from_beginning");
	expect_option_error(CMD, "smtp.command; byte_jump:1,1,multiplier 0;", "R045", "0");
	expect_option_error(CMD, "smtp.command; byte_extract:1,1,n,align 3;", "R045", "3");
	expect_option_error(CMD, "smtp.command; byte_extract:1,1,n,align;", "R045", "align");
}

static void
test_byte_math(void **state)
{
	static const char ops[] = "+-*/lr";
	static const char *const names[] = { "+", "-", "*", "/", "<<", ">>" };
	char text[200];

	for (unsigned i = 0; i < 6; i++) {
		struct rules_source *s;
		const struct rules_cond *c;

		snprintf(text, sizeof(text),
			 "smtp.command; byte_math:bytes 4, offset -1, oper %s, rvalue 0x10, result m, "
			 "relative, endian little, bitmask 0xff00;", names[i]);
		c = cond(&s, text);
		assert_int_equal(c->kind, RULES_COND_BYTE_MATH);
		assert_true(c->byte.op == ops[i] && c->byte.count.n == 4 &&
			    c->byte.offset.n == -1 && c->byte.value.n == 16 &&
			    c->byte.result == 1 && c->byte.relative && c->byte.little &&
			    c->byte.mask == 0xff00);
		rules_source_destroy(s);
	}
#define MATH "smtp.command; byte_math:bytes 1, offset 0, "
	expect_option_error(CMD, MATH "oper +, rvalue 1;", "R045",
			    "bytes 1, offset 0, oper +, rvalue 1");
	expect_option_error(CMD, MATH "oper %, rvalue 1, result m;", "R045", "%");
	expect_option_error(CMD, MATH "oper <, rvalue 1, result m;", "R045", "<");
	expect_option_error(CMD, MATH "oper +, rvalue m, result m;", "R044", "m");
	expect_option_error(CMD, MATH "oper +, rvalue 1, result m, endian dce;", "R042",
			    "endian dce");
	expect_option_error(CMD, MATH "oper +, rvalue 1, result m, dce;", "R042", "dce");
	expect_option_error(CMD, MATH "oper +, rvalue 1, result 1m;", "R045", "1m");
	expect_option_error(CMD, MATH "oper +, rvalue 1, result m, string bin;", "R045", "bin");
	expect_option_error(CMD, MATH "oper +, rvalue 1, result m, little;", "R045", "little");
	expect_option_error(CMD, MATH "oper +, oper -, rvalue 1, result m;", "R029", "oper -");
	expect_option_error(CMD, MATH "oper +, rvalue 1, result m; byte_extract:1,0,m;", "R029",
			    "m");
}

static void
test_variables(void **state)
{
	struct rules_source *s;
	const struct rules_cond *c = cond(
		&s, "smtp.command; byte_extract:1,0,a; byte_math:bytes a, offset a, oper -, rvalue "
		    "a, result b; content:\"xyz\"; offset:a; depth:b; content:\"x\"; distance:b; "
		    "within:a; isdataat:!b,relative; byte_jump:a,b,post_offset a; byte_test:b,>,a,b;");

	assert_true(c[1].byte.count.var == 1 && c[1].byte.offset.var == 1 &&
		    c[1].byte.value.var == 1 && c[1].byte.result == 2);
	assert_true(c[2].content.offset.var == 1 && c[2].content.depth.var == 2);
	assert_true(c[3].content.distance.var == 2 && c[3].content.within.var == 1);
	assert_true(c[4].isdataat.n.var == 2);
	assert_true(c[5].byte.count.var == 1 && c[5].byte.offset.var == 2 &&
		    c[5].byte.post.var == 1);
	assert_true(c[6].byte.count.var == 2 && c[6].byte.value.var == 1 &&
		    c[6].byte.offset.var == 2);
	rules_source_destroy(s);

	expect_option_error(CMD, "smtp.command; content:\"abc\"; offset:nn;", "R044", "nn");
	expect_option_error(CMD, "smtp.command; content:\"abc\"; within:nn;", "R044", "nn");
	expect_option_error(CMD, "smtp.command; isdataat:!nn,relative;", "R044", "nn");
	expect_option_error(CMD, "smtp.command; byte_test:4,>,nn,0;", "R044", "nn");
	expect_option_error(CMD, "smtp.command; byte_jump:nn,0;", "R044", "nn");
	/* Not before it is set, not in its own value, not behind another buffer. */
	expect_option_error(CMD, "smtp.command; content:\"x\"; offset:nn; byte_extract:1,0,nn;",
			    "R044", "nn");
	expect_option_error(CMD, "smtp.command; byte_extract:1,nn,nn;", "R044", "nn");
	expect_option_error(CMD,
			    "smtp.command; byte_extract:1,1,nn; smtp.helo; byte_test:1,>,nn,0;",
			    "R044", "nn");
	expect_option_error(CMD, "smtp.command; byte_extract:1,1,9x;", "R045", "9x");
	expect_option_error(CMD, "smtp.command; byte_extract:1,1,n; byte_extract:1,1,n;", "R029",
			    "n");
}

static void
test_base64(void **state)
{
	struct rules_source *s;
	const struct rules_cond *c = cond(&s, "smtp.helo; content:\"x\"; base64_decode:bytes 12, offset "
					      "-3, relative; base64_data; content:\"y\"; bsize:5;");

	assert_int_equal(c[1].kind, RULES_COND_BASE64);
	assert_true(c[1].base64.bytes == 12 && c[1].base64.offset == -3 && c[1].base64.relative &&
		    c[1].base64.data);
	assert_int_equal(c[3].kind, RULES_COND_BSIZE);
	assert_int_equal(rules_plain_conds(&first_rule(s)->group[0]), 1);
	rules_source_destroy(s);
	expect_option_error(CMD, "smtp.helo; base64_data; content:\"x\";", "R024", "base64_data");
	expect_option_error(CMD, "smtp.helo; base64_decode;", "R024", "base64_decode");
	expect_option_error(CMD, "smtp.helo; base64_decode; content:\"x\";", "R025", "content");
	expect_option_error(CMD, "smtp.helo; base64_decode; base64_data; base64_data; bsize:1;", "R024",
			    "base64_data");
	expect_option_error(CMD, "smtp.helo; base64_decode; base64_data; base64_decode;", "R029",
			    "base64_decode");
	expect_option_error(CMD, "smtp.helo; base64_decode; base64_data; content:\"x\"; fast_pattern;",
			    "R025", "fast_pattern");
	expect_option_error(CMD, "smtp.helo; base64_decode; base64_data; "
				 "dataset:set,x,type string;", "R042", "dataset");
	expect_option_error(CMD, "smtp.helo; base64_decode:bytes 0; base64_data;", "R022", "0");
	expect_option_error(CMD, "smtp.helo; base64_decode:byte 4; base64_data;", "R022", "byte 4");
	expect_option_error(CMD, "smtp.helo; base64_decode:bytes 70000; base64_data;", "R023",
			    "70000");
}

static void
test_transforms(void **state)
{
	struct rules_source *s =
		parse_options(BODY, "email.from; to_lowercase; domain; content:\"x\";");
	const struct rules_group *g = &first_rule(s)->group[0];

	assert_int_equal(g->transform_count, 2);
	assert_int_equal(g->transforms[0].kind, RULES_T_LOWER);
	assert_int_equal(g->transforms[1].kind, RULES_T_DOMAIN);
	assert_int_equal(g->cond_count, 1);
	rules_source_destroy(s);
	s = parse_options(BODY, "email.from; xor:\"0D0a\"; from_base64:bytes 9, offset 2, mode rfc4648; "
				"content:\"x\";");
	g = &first_rule(s)->group[0];
	assert_true(span_eq(g->transforms[0].key, SPAN_LIT("\r\n")));
	assert_true(g->transforms[1].base64.bytes == 9 && g->transforms[1].base64.offset == 2);
	rules_source_destroy(s);
	expect_option_error(BODY, "email.from; xor:\"0d0\"; bsize:1;", "R022", "\"0d0\"");
	expect_option_error(BODY, "email.from; xor:0d; bsize:1;", "R022", "0d");
	expect_option_error(BODY, "email.from; xor:\"0x\"; bsize:1;", "R022", "\"0x\"");
	expect_option_error(BODY, "email.from; from_base64:mode strict; bsize:1;", "R042", "strict");
	expect_option_error(BODY, "email.from; from_base64:relative; bsize:1;", "R022", "relative");
	expect_option_error(BODY, "email.from; from_base64:offset -1; bsize:1;", "R023", "-1");
	expect_option_error(BODY, "to_lowercase; email.from; content:\"x\";", "R024",
			    "to_lowercase");
	expect_option_error(BODY, "email.from; content:\"x\"; to_md5;", "R024", "to_md5");
	expect_option_error(BODY, "smtp.data; to_lowercase; content:\"x\";", "R042",
			    "to_lowercase");
	expect_option_error(BODY, "email.from; to_md5; to_md5; to_md5; to_md5; to_sha1; bsize:1;",
			    "R023", "to_sha1");
}

static void
test_payload(void **state)
{
	struct rules_source *s = parse_options(PKT, "content:\"x\"; nocase; content:\"y\";");

	assert_int_equal(first_rule(s)->group_count, 1);
	assert_int_equal(first_rule(s)->group[0].field, RULES_PAYLOAD);
	assert_int_equal(first_rule(s)->group[0].cond_count, 2);
	rules_source_destroy(s);
	expect_option_error(PKT, "smtp.helo; content:\"x\";", "R028", "smtp.helo");
	expect_option_error(DETECT, "content:\"x\"; smtp.helo; content:\"y\";", "R028", "content");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),	    cmocka_unit_test(test_wrong_bytes),
		cmocka_unit_test(test_modifiers),   cmocka_unit_test(test_wrong_modifiers),
		cmocka_unit_test(test_pcre),	    cmocka_unit_test(test_place_of_pcre),
		cmocka_unit_test(test_sizes),	    cmocka_unit_test(test_isdataat_and_absent),
		cmocka_unit_test(test_byte_values), cmocka_unit_test(test_byte_math),
		cmocka_unit_test(test_variables),   cmocka_unit_test(test_base64),
		cmocka_unit_test(test_transforms),
		cmocka_unit_test(test_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
