/* SPDX-License-Identifier: BSD-3-Clause */
/* Reputation: what its files may hold, which network counts, and what iprep asks. */
#include "parse.h"
#include "rules_reputation.h"
#include "rules_set.h"

static const char *
write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return name;
}

static struct rules_source *
read_lists(const char *categories, const char *list)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	const char *lists[] = { write_file("reputation.list", list) };

	assert_non_null(s);
	rules_source_reputation(s, write_file("categories.txt", categories), lists, 1);
	remove("reputation.list");
	remove("categories.txt");
	return s;
}

static int
score(struct rules_source *s, unsigned category, const char *addr)
{
	uint8_t bytes[16];
	unsigned bits;

	assert_true(rules_address(span_str(addr), bytes, &bits));
	return rules_score(s->parsed->reputation, category, bytes);
}

static void
test_longest(void **state)
{
	struct rules_source *s = read_lists(
		"# number,name,description\n1,Spam,Senders of spam\n59,Good,Friends\n",
		"192.0.2.0/24,1,50\n192.0.2.7,1,90\r\n\n192.0.2.9,1,0\n 192.0.2.7 , 59 , 3 \n"
		"0.0.0.0/0,59,1\n2001:db8::/33,1,20\n2001:db8:8000::/33,1,30\n::/0,1,2\n");

	(void)state;
	print_diags(s);
	assert_int_equal(rules_diag_count(s), 0);
	assert_int_equal(score(s, 1, "192.0.2.1"), 50);
	assert_int_equal(score(s, 1, "192.0.2.255"), 50);
	assert_int_equal(score(s, 1, "192.0.2.7"), 90);
	assert_int_equal(score(s, 1, "192.0.2.9"), RULES_NO_SCORE); /* taken out */
	assert_int_equal(score(s, 59, "192.0.2.7"), 3);
	assert_int_equal(score(s, 59, "10.0.0.1"), 1);
	assert_int_equal(score(s, 59, "2001:db8::1"), RULES_NO_SCORE);
	assert_int_equal(score(s, 1, "2001:db8:7fff::"), 20);
	assert_int_equal(score(s, 1, "2001:db8:8000::"), 30);
	assert_int_equal(score(s, 1, "192.0.3.0"), 2); /* ::/0 holds IPv4 too */
	assert_int_equal(score(s, 2, "192.0.2.7"), RULES_NO_SCORE);
	rules_source_destroy(s);
}

/* A list of one bad line: one diagnostic, at that place of that file. */
static void
expect_bad(const char *categories, const char *list, enum rules_severity severity,
	   const char *file, unsigned line, const char *under)
{
	struct rules_source *s = read_lists(categories, list);
	const struct rules_diag *d = rules_diag(s, 0);

	if (rules_diag_count(s) != 1 || d->line != line)
		print_diags(s);
	assert_int_equal(rules_diag_count(s), 1);
	assert_int_equal(d->severity, severity);
	assert_string_equal(d->code, "R055");
	assert_string_equal(d->file, file);
	assert_int_equal(d->line, line);
	assert_int_equal(d->len, strlen(under));
	assert_int_equal(strncmp(d->source + d->col - 1, under, d->len), 0);
	rules_source_destroy(s);
}

static void
test_bad_lines(void **state)
{
	const char *c = "1,Spam,\n", *l = "reputation.list", *k = "categories.txt";

	(void)state;
	expect_bad(c, "192.0.2.1,1,9\nmx.example,1,9\n", RULES_ERROR, l, 2, "mx.example");
	expect_bad(c, "192.0.2.0/33,1,9\n", RULES_ERROR, l, 1, "33");
	expect_bad(c, "192.0.2.0/,1,9\n", RULES_ERROR, l, 1, "192.0.2.0/");
	expect_bad(c, "2001:db8::/129,1,9\n", RULES_ERROR, l, 1, "129");
	expect_bad(c, "192.0.2.1,2,9\n", RULES_ERROR, l, 1, "2");
	expect_bad(c, "192.0.2.1,60,9\n", RULES_ERROR, l, 1, "60");
	expect_bad(c, "192.0.2.1,0,9\n", RULES_ERROR, l, 1, "0");
	expect_bad(c, "192.0.2.1,1,128\n", RULES_ERROR, l, 1, "128");
	expect_bad(c, "# so\n  192.0.2.1, 1, 9, 8\n", RULES_ERROR, l, 2, "9, 8");
	expect_bad(c, "192.0.2.1,1\n", RULES_ERROR, l, 1, "192.0.2.1,1");
	expect_bad(c, "192.0.2.1,1,9\n192.0.2.1/32,1,8\n", RULES_WARNING, l, 2, "192.0.2.1/32");
	expect_bad("1,Spam,\n1,Ham,\n", "", RULES_ERROR, k, 2, "1");
	expect_bad("x,Spam,\n", "", RULES_ERROR, k, 1, "x");
	expect_bad("3\n", "", RULES_ERROR, k, 1, "3");
}

static void
test_missing(void **state)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);

	(void)state;
	rules_source_reputation(s, "no-such-file", NULL, 0);
	assert_int_equal(rules_error_count(s), 1);
	assert_string_equal(rules_diag(s, 0)->code, "R054");
	rules_source_destroy(s);
	expect_error("alert ip any any -> any any (iprep:any,Spam,>,1; sid:1;)\n", "R054", "iprep");
}

/* The first diagnostic of a rule with this iprep; "" for none. */
static void
expect_keyword(const char *value, const char *code, const char *under)
{
	struct rules_source *s = read_lists("1,Spam,\n2,Empty,\n", "192.0.2.1,1,9\n");
	const struct rules_diag *d;
	char text[256];

	snprintf(text, sizeof(text), "alert ip any any -> any any (iprep:%s; sid:1;)\n", value);
	assert_int_equal(rules_source_text(s, "t.rules", span_str(text)), 0);
	d = rules_diag(s, 0);
	if (rules_diag_count(s) != (code[0] != '\0'))
		print_diags(s);
	assert_int_equal(rules_diag_count(s), code[0] != '\0');
	if (d != NULL) {
		assert_string_equal(d->code, code);
		assert_int_equal(d->len, strlen(under));
		assert_int_equal(strncmp(d->source + d->col - 1, under, d->len), 0);
	}
	rules_source_destroy(s);
}

static void
test_keyword(void **state)
{
	(void)state;
	expect_keyword("any,Spam,>,1", "", "");
	expect_keyword("src, Spam, isnotset", "", "");
	expect_keyword("both,Spam,isset", "", "");
	expect_keyword("dst,Spam,<=,127", "", "");
	expect_keyword("all,Spam,>,1", "R022", "all");
	expect_keyword("any,Spma,>,1", "R022", "Spma");
	expect_keyword("any,Spam,~,1", "R022", "~");
	expect_keyword("any,Spam,>,128", "R023", "128");
	expect_keyword("any,Spam,>,127", "R023", "127");
	expect_keyword("any,Spam,<,1", "R023", "1");
	expect_keyword("any,Spam,=,0", "R023", "0");
	expect_keyword("any,Spam,>", "R022", ">");
	expect_keyword("any,Spam,isset,1", "R022", "isset");
	expect_keyword("any,Spam", "R022", "any,Spam");
	expect_keyword("any,Empty,>,1", "R033", "Empty");
}

static bool
holds(const char *value, const char *src, const char *dst)
{
	struct rules_source *s = read_lists("1,Spam,\n", "192.0.2.1,1,9\n198.51.100.0/24,1,50\n");
	struct rules_packet p = { .ip_version = 4 };
	char text[256];
	unsigned bits;
	bool out;

	snprintf(text, sizeof(text), "alert ip any any -> any any (iprep:%s; sid:1;)\n", value);
	assert_int_equal(rules_source_text(s, "t.rules", span_str(text)), 0);
	assert_true(rules_address(span_str(src), p.src, &bits));
	assert_true(rules_address(span_str(dst), p.dst, &bits));
	out = rules_packet_test_holds(&p, &first_rule(s)->packet[0]);
	rules_source_destroy(s);
	return out;
}

static void
test_sides(void **state)
{
	(void)state;
	assert_true(holds("src,Spam,>,8", "192.0.2.1", "10.0.0.1"));
	assert_false(holds("src,Spam,>,9", "192.0.2.1", "10.0.0.1"));
	assert_true(holds("src,Spam,>=,9", "192.0.2.1", "10.0.0.1"));
	assert_true(holds("src,Spam,=,9", "192.0.2.1", "10.0.0.1"));
	assert_false(holds("src,Spam,<,9", "192.0.2.1", "10.0.0.1"));
	assert_false(holds("src,Spam,<,9", "10.0.0.1", "192.0.2.1")); /* none is not little */
	assert_false(holds("dst,Spam,isset", "192.0.2.1", "10.0.0.1"));
	assert_true(holds("dst,Spam,isnotset", "192.0.2.1", "10.0.0.1"));
	assert_true(holds("any,Spam,isset", "192.0.2.1", "10.0.0.1"));
	assert_true(holds("any,Spam,isset", "10.0.0.1", "192.0.2.1"));
	assert_false(holds("both,Spam,isset", "10.0.0.1", "192.0.2.1"));
	assert_true(holds("both,Spam,>,8", "198.51.100.3", "192.0.2.1"));
	assert_false(holds("both,Spam,>,9", "198.51.100.3", "192.0.2.1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longest), cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_missing), cmocka_unit_test(test_keyword),
		cmocka_unit_test(test_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
