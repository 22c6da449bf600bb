/* SPDX-License-Identifier: BSD-3-Clause */
/* What people see: printed diagnostics, long texts of codes, lists of keywords and hooks. */
#include "parse.h"

static char *
printed(const struct rules_diag *d)
{
	static char *text; /* written by the stream, behind the compiler's back */
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	rules_diag_print(d, f);
	fclose(f);
	return text;
}

static void
expect_print(const char *rules, const char *expected)
{
	struct rules_source *s = parse_text(rules);
	char *text = printed(rules_diag(s, 0));

	assert_string_equal(text, expected);
	free(text);
	rules_source_destroy(s);
}

static void
test_print(void **state)
{
	expect_print("accept:hook smtp:rcpt any any -> any any (contnt:\"x\"; sid:1;)\n",
		     "error[R014]: unknown keyword 'contnt'\n"
		     " --> t.rules:1:43\n"
		     "  |\n"
		     "1 | accept:hook smtp:rcpt any any -> any any (contnt:\"x\"; sid:1;)\n"
		     "  |                                           ^^^^^^\n"
		     "  = hint: did you mean content?\n");
}

/* Tabs keep the caret in place; bytes inside a character take no column. */
static void
test_columns(void **state)
{
	expect_print("\n\n\n\n\n\n\n\n\naccept:hook smtp:rcpt any any -> any "
		     "any\t(msg:\"\xc3\xbc\xc3\xbc\"; foo; sid:1;)\n",
		     "error[R014]: unknown keyword 'foo'\n"
		     "  --> t.rules:10:55\n"
		     "   |\n"
		     "10 | accept:hook smtp:rcpt any any -> any any\t(msg:\"\xc3\xbc\xc3\xbc\"; "
		     "foo; sid:1;)\n"
		     "   |                                         \t           ^^^\n"
		     "   = hint: postern --list-keywords names all\n");
}

static void
test_long_lines(void **state)
{
	char rule[1024];
	struct rules_source *s;
	char *text, *line;

	snprintf(rule, sizeof(rule), "%s (msg:\"%0*d\"; foo; metadata:%0*d; sid:1;)\n", APP, 300, 0,
		 300, 0);
	s = parse_text(rule);
	text = printed(rules_diag(s, 0));
	line = strstr(text, "...");
	assert_non_null(line);
	assert_true(strlen(text) < 500);
	assert_non_null(strstr(text, "foo; metadata:"));
	/* The caret stands below what it points to. */
	line = strstr(text, "\n1 | ");
	assert_non_null(line);
	assert_int_equal(strstr(line + 1, "foo;") - (line + 1),
			 strchr(strstr(line + 1, "\n  | ") + 1, '^') -
				 (strstr(line + 1, "\n  | ") + 1));
	free(text);
	rules_source_destroy(s);
}

static void
test_without_a_line(void **state)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	char *text;

	rules_source_file(s, "/nowhere");
	text = printed(rules_diag(s, 0));
	assert_non_null(strstr(text, " --> /nowhere\n"));
	free(text);
	rules_source_destroy(s);
}

/* All errors of all files, in order. */
static void
test_all_errors(void **state)
{
	struct rules_source *s = parse_text(
		"drop:hok smtp:rcpt 1.2.3.400 any -> any 99999 (foo; bar:1; sid:x;)\n" APP
		" (sid:1)\n" APP " (sid:2;)\n");
	static const char *const codes[] = {
		"R011", "R016", "R017", "R014", "R014", "R022", "R009"
	};

	assert_int_equal(rules_error_count(s), sizeof(codes) / sizeof(codes[0]));
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_string_equal(rules_diag(s, i)->code, codes[i]);
	assert_int_equal(rules_source_parsed(s)->count, 1);
	assert_null(rules_diag(s, rules_diag_count(s)));
	rules_source_destroy(s);
}

static void
test_codes(void **state)
{
	const struct rules_code *c;

	for (size_t i = 0; (c = rules_code_at(i)) != NULL; i++) {
		assert_ptr_equal(rules_code_explain(c->code), c->text);
		assert_true(strlen(c->title) > 5 && strlen(c->text) > 20);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(rules_code_at(k)->code, c->code);
	}
	assert_null(rules_code_explain("R999"));
}

static void
test_keyword_table(void **state)
{
	const struct rules_keyword *k;

	for (size_t i = 0; (k = rules_keyword_at(i)) != NULL; i++) {
		assert_ptr_equal(rules_keyword_find(span_str(k->name)), k);
		assert_true(k->tables != 0 && strlen(k->help) > 3);
		assert_int_equal(k->argument == RULES_ARG_NONE, k->form[0] == '\0');
		assert_null(rules_keyword_foreign(span_str(k->name)));
	}
	for (int f = 0; f < RULES_FIELDS; f++)
		assert_int_equal(rules_field_by_name(span_str(rules_field_name(f))), f);
}

/* What Suricata's manual has for ip, tcp and smtp: here, or with a word that says what to do. */
static void
test_no_keyword_is_unknown(void **state)
{
	static const char *const names[] = {
		"msg", "sid", "rev", "gid", "classtype", "reference", "priority", "metadata", "target",
		"requires", "ttl", "ipopts", "sameip", "ip_proto", "ipv4.hdr", "ipv6.hdr", "id", "geoip",
		"fragbits", "fragoffset", "tos", "tcp.flags", "flags", "seq", "ack", "window", "tcp.mss",
		"tcp.wscale", "tcp.hdr", "itype", "icode", "icmp_id", "icmp_seq", "icmpv4.hdr",
		"icmpv6.hdr", "icmpv6.mtu", "content", "nocase", "depth", "startswith", "endswith",
		"offset", "distance", "within", "rawbytes", "isdataat", "absent", "bsize", "dsize",
		"byte_test", "byte_math", "byte_jump", "byte_extract", "entropy", "rpc", "replace", "pcre",
		"fast_pattern", "prefilter", "dotprefix", "domain", "tld", "strip_whitespace",
		"compress_whitespace", "to_lowercase", "to_md5", "to_uppercase", "to_sha1", "to_sha256",
		"pcrexform", "url_decode", "xor", "header_lowercase", "strip_pseudo_headers",
		"from_base64", "luaxform", "gunzip", "zlib_deflate", "subslice", "flowbits", "flow",
		"flowint", "flow.age", "flow.pkts_toclient", "flow.bytes_toserver", "bypass", "file.data",
		"file_data", "file.name", "fileext", "file.magic", "filemagic", "filestore", "filemd5",
		"filesha1", "filesha256", "filesize", "filename", "base64_decode", "base64_data",
		"smtp.helo", "smtp.mail_from", "smtp.rcpt_to", "email.from", "email.subject", "email.to",
		"email.cc", "email.date", "email.message_id", "email.x_mailer", "email.url",
		"email.received", "email.body_md5", "app-layer-protocol", "app-layer-event",
		"app-layer-state", "decode-event", "stream-event", "engine-event", "xbits", "hostbits",
		"noalert", "threshold", "detection_filter", "config", "dataset", "datarep", "lua", "tag",
		"vlan.id", "vlan.layers", "frame", "pkt_data", "tls.sni", "ja3.hash", "http.uri",
		"dns.query", "ftp.command", "nfq_set_mark",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (rules_keyword_find(span_str(names[i])) == NULL)
			assert_true(strlen(rules_keyword_foreign(span_str(names[i]))) > 10);
}

static void
test_lists(void **state)
{
	char *text = NULL;
	size_t size, entries = 0;
	FILE *f = open_memstream(&text, &size);

	rules_list_keywords(f, true);
	fclose(f);
	assert_non_null(strstr(text, "{\"name\": \"content\", \"kind\": \"content\", \"form\": "
				     "\"[!]\\\"text|0d 0a|\\\"\""));
	for (const char *at = text; (at = strstr(at, "{\"name\"")) != NULL; at++)
		entries++;
	assert_int_equal(entries, rules_keyword_count());
	free(text);

	f = open_memstream(&text, &size);
	rules_list_hooks(f, true);
	fclose(f);
	assert_non_null(
		strstr(text, "\"smtp:rcpt\", \"family\": \"state\", \"direction\": \"to_server\""));
	assert_non_null(strstr(text, "\"reject:command\""));
	free(text);

	f = open_memstream(&text, &size);
	rules_list_hooks(f, false);
	rules_list_keywords(f, false);
	fclose(f);
	assert_non_null(strstr(text, "smtp:command:request_complete"));
	assert_non_null(strstr(text, "smtp.command_data"));
	free(text);
}

/* A file of nonsense ends in time: what is too much is counted, not kept. */
static void
test_too_many(void **state)
{
	static char text[20000 * 12 + 1];
	struct rules_source *s;

	for (size_t i = 0; i < 20000; i++)
		memcpy(text + i * 12, "nonsense (;\n", 12);
	s = parse_text(text);
	assert_true(rules_error_count(s) >= 20000);
	assert_int_equal(rules_diag_count(s), RULES_DIAGS_MAX + 1);
	assert_string_equal(rules_diag(s, RULES_DIAGS_MAX)->code, "R049");
	assert_int_equal(rules_diag(s, RULES_DIAGS_MAX)->severity, RULES_NOTE);
	rules_source_destroy(s);
}

/* An error behind many warnings is seen. */
static void
test_many_warnings(void **state)
{
	static char text[3000 * 64 + 64];
	char *at = text;
	struct rules_source *s;

	for (unsigned i = 0; i < 3000; i++)
		at += sprintf(at, APP " ()\n");
	sprintf(at, APP " (foo;)\n");
	s = parse_text(text);
	assert_int_equal(rules_error_count(s), 1);
	assert_int_equal(rules_diag_count(s), RULES_DIAGS_MAX + 2);
	assert_string_equal(first_of(s, RULES_ERROR)->code, "R014");
	assert_int_equal(first_of(s, RULES_ERROR)->line, 3001);
	rules_source_destroy(s);
}

static size_t
built(const char *rule, bool monitor, const char *code)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	struct rules_set *set;
	size_t count;

	rules_source_text(s, "t.rules", span_str(rule));
	set = rules_build(s, NULL, monitor);
	count = set != NULL ? rules_count(set) : 0;
	assert_int_equal(rules_error_count(s), code != NULL ? 1 : 0);
	if (code != NULL)
		assert_string_equal(first_of(s, RULES_ERROR)->code, code);
	rules_source_destroy(s);
	rules_free(set);
	return count;
}

/* What cannot be done on the wire is refused, not silently left undone. */
static void
test_what_cannot_be_enforced(void **state)
{
	static const char rcpt[] = "reject:command smtp:rcpt any any -> any any (sid:1;)";

	assert_int_equal(built(rcpt, false, "R037"), 0);
	assert_int_equal(built(rcpt, true, NULL), 1);
	assert_int_equal(
		built("tempfail:message smtp:message any any -> any any (sid:1;)", false, "R037"),
		0);
	assert_int_equal(built("mask smtp:greeting any any -> any any (sid:1;)", false, "R037"), 0);
	assert_int_equal(
		built("mask smtp:greeting any any -> any any (enforce:no; sid:1;)", false, NULL),
		1);
	assert_int_equal(built("reject:flow smtp:rcpt any any -> any any (sid:1;)", false, NULL),
			 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_without_a_line),
		cmocka_unit_test(test_all_errors),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_no_keyword_is_unknown),
		cmocka_unit_test(test_keyword_table),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_many_warnings),
		cmocka_unit_test(test_what_cannot_be_enforced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
