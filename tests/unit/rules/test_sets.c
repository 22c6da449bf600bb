/* SPDX-License-Identifier: BSD-3-Clause */
/* Data sets: their files, forms of values, lookups, and what is wrong with them. */
#include <unistd.h>
#include "parse.h"

static char folder[] = "/tmp/rules-sets-XXXXXX";

static void
put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* A rule file in the folder, so that sets beside it are found. */
static struct rules_source *
load(const char *rules)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	char path[128];

	put("t.rules", rules);
	snprintf(path, sizeof(path), "%s/t.rules", folder);
	assert_int_equal(rules_source_file(s, path), 0);
	assert_non_null(rules_source_parsed(s));
	return s;
}

static const struct rules_dataset *
set_of(struct rules_source **s, const char *options)
{
	char rule[512];

	snprintf(rule, sizeof(rule), CMD " (smtp.command_data; %s sid:1;)", options);
	*s = load(rule);
	if (rules_error_count(*s) != 0)
		print_diags(*s);
	assert_int_equal(rules_error_count(*s), 0);
	return first_rule(*s)->group[0].cond[0].dataset.set;
}

static bool
has(const struct rules_dataset *d, const char *value)
{
	return rules_dataset_has(d, span_str(value));
}

static void
expect_set_error(const char *options, const char *code, const char *part)
{
	char rule[512];
	struct rules_source *s;

	snprintf(rule, sizeof(rule), CMD " (smtp.command_data; %s sid:1;)", options);
	s = load(rule);
	if (rules_error_count(s) != 1)
		print_diags(s);
	assert_int_equal(rules_error_count(s), 1);
	assert_string_equal(rules_diag(s, 0)->code, code);
	assert_non_null(strstr(rules_diag(s, 0)->text, part));
	rules_source_destroy(s);
}

static void
test_plain_strings(void **state)
{
	struct rules_source *s;
	const struct rules_dataset *d;

	put("list", "# comment\nalice@example.com\n\n  bob@example.org  \r\nabcd\nlast");
	d = set_of(&s, "dataset:isset,senders,type string,load list;");
	assert_true(has(d, "alice@example.com") && has(d, "bob@example.org") && has(d, "abcd") &&
		    has(d, "last"));
	assert_false(has(d, "carol@example.com") || has(d, "") || has(d, "# comment"));
	assert_int_equal(first_rule(s)->group[0].cond[0].dataset.op, RULES_SET_ISSET);
	rules_source_destroy(s);
}

static void
test_base64_strings(void **state)
{
	struct rules_source *s;
	const struct rules_dataset *d;

	put("b64.csv", "YWxpY2VAZXhhbXBsZS5jb20=\nYm9iQGV4YW1wbGUub3Jn\n");
	d = set_of(&s, "dataset:isnotset,b,type string,load b64.csv;");
	assert_true(has(d, "alice@example.com") && has(d, "bob@example.org"));
	assert_false(has(d, "YWxpY2VAZXhhbXBsZS5jb20="));
	assert_int_equal(first_rule(s)->group[0].cond[0].dataset.op, RULES_SET_ISNOTSET);
	rules_source_destroy(s);
	d = set_of(&s, "dataset:isset,b,type string,load b64.csv,format text;");
	assert_true(has(d, "YWxpY2VAZXhhbXBsZS5jb20="));
	rules_source_destroy(s);
	put("bin", "/w==\n");
	d = set_of(&s, "dataset:isset,b,type string,load bin,format base64;");
	assert_true(rules_dataset_has(d, SPAN_LIT("\xff")));
	rules_source_destroy(s);
	put("mixed", "YWxpY2VAZXhhbXBsZS5jb20=\nbob@example.org\n");
	d = set_of(&s, "dataset:isset,b,type string,load mixed;");
	assert_true(has(d, "bob@example.org") && has(d, "YWxpY2VAZXhhbXBsZS5jb20="));
	rules_source_destroy(s);
	expect_set_error("dataset:isset,b,type string,load mixed,format base64;", "R032",
			 "mixed:2: no base64");
}

static void
test_digests(void **state)
{
	struct rules_source *s;
	const struct rules_dataset *d;
	static const uint8_t raw[16] = { 0x44, 0xd8, 0x86, 0x12, 0xfe, 0xa8, 0xa8, 0xf3,
					 0x6d, 0xe8, 0x2e, 0x12, 0x78, 0xab, 0xb0, 0x2f };

	put("eicar.md5", "44d88612fea8a8f36de82e1278abb02f  eicar.com\n");
	d = set_of(&s, "dataset:isset,m,type md5,load eicar.md5;");
	assert_true(has(d, "44d88612fea8a8f36de82e1278abb02f"));
	assert_true(has(d, "44D88612FEA8A8F36DE82E1278ABB02F"));
	assert_true(rules_dataset_has(d, span_of(raw, sizeof(raw))));
	assert_false(has(d, "44d88612fea8a8f36de82e1278abb02e") || has(d, "44d8"));
	rules_source_destroy(s);
	put("bad.md5", "44d88612fea8a8f36de82e1278abb02f\n44d8861\n");
	expect_set_error("dataset:isset,m,type md5,load bad.md5;", "R032", "bad.md5:2: no digest");
	expect_set_error("dataset:isset,m,type sha256,load eicar.md5;", "R032", "no digest");
}

static void
test_file_digests(void **state)
{
	struct rules_source *s = load(
		"alert smtp any any -> any any (msg:\"eicar\"; filemd5:eicar.md5; sid:1530024;)");
	const struct rules_group *g = &first_rule(s)->group[0];

	assert_int_equal(rules_error_count(s), 0);
	assert_int_equal(g->field, RULES_FILE_MD5);
	assert_int_equal(g->cond[0].kind, RULES_COND_DATASET);
	assert_true(has(g->cond[0].dataset.set, "44d88612fea8a8f36de82e1278abb02f"));
	rules_source_destroy(s);
	s = load("alert smtp any any -> any any (filesha256:!nowhere; sid:1;)");
	assert_int_equal(rules_error_count(s), 1);
	assert_string_equal(rules_diag(s, 0)->code, "R032");
	assert_string_equal(rules_diag(s, 0)->hint,
			    "a path is relative to the folder of its rule file");
	rules_source_destroy(s);
}

static void
test_addresses(void **state)
{
	struct rules_source *s;
	const struct rules_dataset *d;

	put("ips", "192.0.2.1\n2001:db8::1\n");
	d = set_of(&s, "dataset:isset,i,type ip,load ips;");
	assert_true(has(d, "192.0.2.1") && has(d, "2001:0db8:0::0001") &&
		    has(d, "::ffff:192.0.2.1"));
	assert_true(has(d, "[192.0.2.1]") && has(d, "[IPv6:2001:db8::1]"));
	assert_false(has(d, "192.0.2.2") || has(d, "mail.example.com"));
	rules_source_destroy(s);
	put("ips", "192.0.2.0/24\n");
	expect_set_error("dataset:isset,i,type ip,load ips;", "R032", "no address");
}

static void
test_subdomains(void **state)
{
	struct rules_source *s;
	const struct rules_dataset *d;

	put("domains", "example.com\nalice@example.org\n");
	d = set_of(&s, "dataset:isset,d,type string,load domains,match subdomain;");
	assert_true(has(d, "example.com") && has(d, "a.b.example.com") &&
		    has(d, "x@mail.example.com") && has(d, "<x@mail.example.com>") &&
		    has(d, "alice@example.org"));
	assert_false(has(d, "badexample.com") || has(d, "example.org") ||
		     has(d, "bob@example.org") || has(d, "com"));
	rules_source_destroy(s);
}

static void
test_reputation(void **state)
{
	struct rules_source *s;
	const struct rules_dataset *d;

	put("rep", "alice@example.com,80\nodd,name@example.com,3\n");
	d = set_of(&s, "datarep:r,>,50,type string,load rep;");
	assert_int_equal(rules_dataset_value(d, SPAN_LIT("alice@example.com")), 80);
	assert_int_equal(rules_dataset_value(d, SPAN_LIT("odd,name@example.com")), 3);
	assert_int_equal(rules_dataset_value(d, SPAN_LIT("bob@example.com")), -1);
	assert_int_equal(first_rule(s)->group[0].cond[0].kind, RULES_COND_DATAREP);
	assert_int_equal(first_rule(s)->group[0].cond[0].dataset.cmp, '>');
	assert_int_equal(first_rule(s)->group[0].cond[0].dataset.value, 50);
	rules_source_destroy(s);
	put("rep", "alice@example.com\n");
	expect_set_error("datarep:r,>,50,type string,load rep;", "R032", "no score");
	expect_set_error("datarep:r,~,50,type string,load rep;", "R022", "~");
}

static void
test_a_set_is_shared(void **state)
{
	struct rules_source *s = load(
		CMD " (smtp.command_data; dataset:isset,d,type string,load domains; sid:1;)\n" CMD
		    " (smtp.helo; dataset:isset,d; sid:2;)\n" CMD
		    " (smtp.helo; dataset:isset,d,match subdomain; sid:3;)\n");
	const struct rule *r = first_rule(s);

	assert_int_equal(rules_error_count(s), 0);
	assert_ptr_equal(r[0].group[0].cond[0].dataset.set, r[1].group[0].cond[0].dataset.set);
	assert_true(has(r[2].group[0].cond[0].dataset.set, "a.example.com"));
	assert_false(has(r[1].group[0].cond[0].dataset.set, "a.example.com"));
	assert_int_equal(rules_source_parsed(s)->dataset_count, 2);
	rules_source_destroy(s);
	s = load(CMD " (smtp.helo; dataset:isset,d,type string,load domains; sid:1;)\n" CMD
		     " (smtp.helo; dataset:isset,d,type md5,load domains; sid:2;)\n");
	assert_int_equal(rules_error_count(s), 1);
	assert_string_equal(rules_diag(s, 0)->code, "R025");
	rules_source_destroy(s);
}

static void
test_wrong_sets(void **state)
{
	put("empty", "# nothing\n");
	expect_set_error("dataset:isset,e,type string,load empty;", "R033", "empty");
	expect_set_error("dataset:isset,e,type string,load nowhere;", "R032", "No such file");
	expect_set_error("dataset:isset,e,type string;", "R032", "has no file");
	expect_set_error("dataset:isset;", "R022", "an act and a name");
	expect_set_error("dataset:set,e,type string,hashsize 0;", "R022", "'0'");
	expect_set_error("dataset:set,e,type string,memcap 2gb;", "R023", "2");
	expect_set_error("dataset:set,e,type string,state a,save b;", "R022", "save b");
	expect_set_error("dataset:iset,e,type string,load empty;", "R022", "iset");
	expect_set_error("dataset:isset,e,type text,load empty;", "R022", "text");
	expect_set_error("dataset:isset,e,type string,format json,load empty;", "R022", "json");
	expect_set_error("dataset:isset,e,type string,load;", "R022", "load");
	expect_option_error(CMD, "dataset:isset,x,load y;", "R024", "dataset");
}

/* Bytes of a file never reach a terminal or a JSON line as they are. */
static void
test_what_is_shown_is_clean(void **state)
{
	put("bad.md5", "\x1b[31m\xff\xc3x\n");
	expect_set_error("dataset:isset,m,type md5,load bad.md5;", "R032",
			 "no digest of this kind: '?[31m?\?x'");
}

/* state: the file may come later. */
static void
test_state(void **state)
{
	struct rules_source *s;

	assert_false(has(set_of(&s, "dataset:isset,e,type string,state later;"), "x"));
	rules_source_destroy(s);
}

static void
test_many_values(void **state)
{
	static char text[20000 * 32];
	char *at = text;
	struct rules_source *s;
	const struct rules_dataset *d;

	for (unsigned i = 0; i < 20000; i++)
		at += sprintf(at, "user%u@example.com\n", i);
	put("many", text);
	d = set_of(&s, "dataset:isset,m,type string,load many;");
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "user%u@example.com", i);
		assert_true(has(d, text));
		snprintf(text, sizeof(text), "user%u@example.org", i);
		assert_false(has(d, text));
	}
	rules_source_destroy(s);
}

static void
test_names_of_files_and_events(void **state)
{
	struct rules_source *s = parse_options(
		BODY, "filename:\"In.Exe\"; fileext:!\"EXE\"; app-layer-event:smtp.bare_lf;");
	const struct rules_group *g = first_rule(s)->group;

	assert_true(g[0].field == RULES_FILE_NAME && g[1].field == RULES_FILE_EXT &&
		    g[2].field == RULES_EVENT);
	assert_true(span_eq(g[0].cond[0].content.bytes, SPAN_LIT("in.exe")) &&
		    !g[0].cond[0].content.starts && g[0].cond[0].content.nocase);
	assert_true(g[1].cond[0].negated && g[1].cond[0].content.starts &&
		    g[1].cond[0].content.ends);
	assert_true(span_eq(g[2].cond[0].content.bytes, SPAN_LIT("bare_lf")) &&
		    g[2].cond[0].content.ends);
	rules_source_destroy(s);
	expect_option_error(APP, "app-layer-event:smtp.bare_fl;", "R039", "bare_fl");
	expect_option_error(APP, "app-layer-event:http.x;", "R039", "http.x");
	expect_option_error(BODY, "fileext:exe;", "R040", "exe");
}

static int
make_folder(void **state)
{
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
remove_folder(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_strings),
		cmocka_unit_test(test_base64_strings),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_file_digests),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_subdomains),
		cmocka_unit_test(test_reputation),
		cmocka_unit_test(test_a_set_is_shared),
		cmocka_unit_test(test_wrong_sets),
		cmocka_unit_test(test_what_is_shown_is_clean),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_many_values),
		cmocka_unit_test(test_names_of_files_and_events),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
