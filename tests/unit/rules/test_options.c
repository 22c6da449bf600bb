/* SPDX-License-Identifier: BSD-3-Clause */
/* Options as such, and the keywords that name, count, remember and look at frames. */
#include "parse.h"

static void
test_meta(void **state)
{
	struct rules_source *s = parse_good(
		APP " (msg:\"a \\\"b\\\" \\; c\"; sid:12; gid:3; rev:4; classtype:trojan-activity; "
		    "reference:url,example.com/a,b; reference:cve,2024-1; metadata:a b, c d; "
		    "metadata:e f; "
		    "target:dest_ip; noalert; enforce:no;)");
	const struct rules_rule *r = &first_rule(s)->pub;

	assert_string_equal(r->msg, "a \"b\" ; c");
	assert_true(r->sid == 12 && r->gid == 3 && r->rev == 4 && r->priority == 1);
	assert_string_equal(r->classtype, "trojan-activity");
	assert_string_equal(r->references[0], "url,example.com/a,b");
	assert_string_equal(r->references[1], "cve,2024-1");
	assert_null(r->references[2]);
	assert_string_equal(r->metadata[0], "a b");
	assert_string_equal(r->metadata[2], "e f");
	assert_null(r->metadata[3]);
	assert_true(r->noalert && !r->enforce && !r->alert);
	assert_int_equal(rules_diag_count(s), 0);
	rules_source_destroy(s);
}

static void
test_defaults(void **state)
{
	struct rules_source *s = parse_good(APP " (sid:12; alert;)");
	const struct rules_rule *r = &first_rule(s)->pub;

	assert_true(r->gid == 1 && r->rev == 1 && r->priority == 3 && r->enforce && r->alert);
	assert_string_equal(r->msg, "");
	assert_string_equal(r->reply, "");
	assert_null(r->references[0]);
	rules_source_destroy(s);
	s = parse_good(APP " (sid:1; priority:7; classtype:trojan-activity;)");
	assert_int_equal(first_rule(s)->pub.priority, 7);
	rules_source_destroy(s);
	s = parse_good(APP " (sid:1; classtype:trojan-activity; priority:7;)");
	assert_int_equal(first_rule(s)->pub.priority, 7);
	rules_source_destroy(s);
}

static void
test_punctuation(void **state)
{
	expect_error(APP " (contnt:\"x\"; sid:1;)", "R014", "contnt");
	expect_error(APP " (smtp.hello; sid:1;)", "R014", "smtp.hello");
	expect_error(APP " (http.uri; sid:1;)", "R042", "http.uri");
	expect_error(APP " (sid:1)", "R009", "1");
	expect_error(APP " (flow:established sid:1;)", "R009", "sid");
	expect_error(APP " (msg:\"x\" sid:1;)", "R009", "sid");
	expect_error(APP " (noalert sid:1;)", "R009", "noalert");
	expect_error(APP " (;sid:1;)", "R009", ";");
	expect_error(APP " (sid:1;;)", "R009", ";");
	expect_error(APP " (msg \"x\"; sid:1;)", "R009", "msg");
	expect_error(APP " (sid:1;", "R007", ";");
	expect_error(APP " (sid:1;) # why", "R008", "# why");
	expect_error(APP " (sid; 3;)", "R020", "sid");
	expect_error(APP " (sid:; msg:\"x\";)", "R020", "sid:");
	expect_error(APP " (sid:1; sid:2;)", "R029", "sid");
	expect_error(APP " (msg:\"x; sid:1;)", "R040", "\"x");
	expect_error(APP " (msg:x; sid:1;)", "R040", "x");
	expect_error(APP " ($; sid:1;)", "R014", "$");
}

static void
test_wrong_meta(void **state)
{
	expect_error(APP " (sid:0;)", "R023", "0");
	expect_error(APP " (sid:4294967296;)", "R023", "4294967296");
	expect_error(APP " (sid:4000000001;)", "R023", "4000000001");
	expect_error(APP " (sid:1x;)", "R022", "1x");
	expect_error(APP " (priority:256; sid:1;)", "R023", "256");
	expect_error(APP " (reference:url; sid:1;)", "R022", "url");
	expect_error(APP " (metadata:a,,b; sid:1;)", "R022", "a,,b");
	expect_error(APP " (target:me; sid:1;)", "R022", "me");
	expect_error(APP " (enforce:maybe; sid:1;)", "R022", "maybe");
	expect_error(APP " (alert; noalert; sid:1;)", "R025", "noalert");
	expect_error("accept:hook,alert smtp:rcpt any any -> any any (noalert; sid:1;)", "R025",
		     "noalert");
	expect_error(APP " (sid:1;)\n" APP " (sid:1; rev:2;)", "R026", "1");
}

/* gid makes sids of another kind. */
static void
test_sids(void **state)
{
	struct rules_source *s =
		parse_good(APP " (sid:1;)\n" APP " (sid:1; gid:2;)\n" APP " ()\n" APP " ()\n");

	assert_int_equal(rules_source_parsed(s)->rule[2].pub.sid, RULES_AUTO_SID + 1);
	assert_int_equal(rules_source_parsed(s)->rule[3].pub.sid, RULES_AUTO_SID + 2);
	assert_int_equal(rules_diag_count(s), 2);
	assert_string_equal(rules_diag(s, 0)->code, "R027");
	assert_int_equal(rules_diag(s, 0)->severity, RULES_WARNING);
	rules_source_destroy(s);
}

static void
test_many_sids(void **state)
{
	static char text[3000 * 80];
	char *at = text;
	struct rules_source *s;

	for (unsigned i = 1; i <= 2000; i++)
		at += sprintf(at, "%s (sid:%u;)\n", APP, i * 7);
	sprintf(at, "%s (sid:7000;)\n", APP);
	s = parse_text(text);
	assert_int_equal(rules_error_count(s), 1);
	assert_string_equal(rules_diag(s, 0)->text,
			    "sid 7000 is taken by the rule at t.rules:1000");
	assert_int_equal(rules_source_parsed(s)->count, 2000);
	rules_source_destroy(s);
}

static void
test_unknown_classtype_warns(void **state)
{
	struct rules_source *s = parse_good(APP " (classtype:trojan-activty; sid:1;)");
	const struct rules_diag *d = first_of(s, RULES_WARNING);

	assert_string_equal(d->code, "R031");
	assert_string_equal(d->hint, "did you mean trojan-activity?");
	assert_string_equal(first_rule(s)->pub.classtype, "trojan-activty");
	assert_int_equal(first_rule(s)->pub.priority, 3);
	rules_source_destroy(s);
}

static void
test_reply(void **state)
{
	struct rules_source *s = parse_good(
		"reject:command smtp:rcpt any any -> any any (reply:\"550 5.7.1 no\"; sid:1;)\n"
		"tempfail:command smtp:rcpt any any -> any any (reply:\"451 4.7.1 later\"; "
		"sid:2;)");

	assert_string_equal(first_rule(s)->pub.reply, "550 5.7.1 no");
	rules_source_destroy(s);
	expect_error("reject:command smtp:rcpt any any -> any any (reply:\"450 4.7.1 no\"; sid:1;)",
		     "R022", "\"450 4.7.1 no\"");
	expect_error(
		"tempfail:command smtp:rcpt any any -> any any (reply:\"550 5.7.1 no\"; sid:1;)",
		"R022", "\"550 5.7.1 no\"");
	expect_error("reject:command smtp:rcpt any any -> any any (reply:\"no\"; sid:1;)", "R022",
		     "\"no\"");
	expect_error("reject:command smtp:rcpt any any -> any any (reply:\"250 fine\"; sid:1;)",
		     "R022", "\"250 fine\"");
	expect_error("drop:flow smtp:rcpt any any -> any any (reply:\"550 no no\"; sid:1;)", "R025",
		     "\"550 no no\"");
	expect_error(PKT " (reply:\"550 no no\"; sid:1;)", "R028", "reply");
}

static void
test_flow(void **state)
{
	struct rules_source *s = parse_options(PKT, "flow:to_server,established,only_stream;");

	assert_int_equal(first_rule(s)->flow,
			 RULES_FLOW_TO_SERVER | RULES_FLOW_ESTABLISHED | RULES_FLOW_ONLY_STREAM);
	rules_source_destroy(s);
	s = parse_options(PKT, "flow:from_server, not_established;");
	assert_int_equal(first_rule(s)->flow, RULES_FLOW_TO_CLIENT | RULES_FLOW_NOT_ESTABLISHED);
	rules_source_destroy(s);
	expect_option_error(PKT, "flow:to_server,to_client;", "R025", "to_client");
	expect_option_error(PKT, "flow:established,not_established;", "R025", "not_established");
	expect_option_error(PKT, "flow:established,established;", "R029", "established");
	expect_option_error(PKT, "flow:establishd;", "R022", "establishd");
	expect_option_error(APP, "flow:to_client;", "R043", "to_client");
	expect_option_error(APP, "flow:not_established;", "R043", "not_established");
	expect_option_error("drop:packet ip:pre_flow any any -> any any", "flow:established;",
			    "R028", "flow");
}

static void
test_packet_keywords(void **state)
{
	struct rules_source *s = parse_options(
		PKT, "tcp.flags:S,CE; ttl:<5; ip_proto:!tcp; vlan.id:!10-20; dsize:>100;");
	const struct rule *r = first_rule(s);

	assert_true(r->has_flags && r->flags_value == 0x02 && r->flags_op == 0);
	assert_int_equal(r->flags_mask, 0x3f);
	assert_int_equal(r->packet_count, 4);
	assert_true(r->packet[0].what == RULES_PN_TTL && r->packet[0].count == 1);
	assert_true(r->packet[0].range[0].high == 4 && !r->packet[0].invert);
	assert_true(r->packet[1].what == RULES_PN_PROTO && r->packet[1].range[0].low == 6);
	assert_true(r->packet[1].invert);
	assert_true(r->packet[2].range[0].low == 10 && r->packet[2].range[0].high == 20);
	assert_true(r->packet[2].invert);
	assert_true(r->packet[3].what == RULES_PN_DSIZE && r->packet[3].range[0].low == 101);
	rules_source_destroy(s);
	s = parse_options(PKT, "flags:+SA;");
	assert_true(first_rule(s)->flags_op == '+' && first_rule(s)->flags_value == 0x12);
	rules_source_destroy(s);
	s = parse_options(PKT, "flags:S,12;");
	assert_true(first_rule(s)->flags_value == 0x02 && first_rule(s)->flags_mask == 0x3f);
	rules_source_destroy(s);
	s = parse_options(PKT, "tcp.flags:0;");
	assert_true(first_rule(s)->has_flags && first_rule(s)->flags_value == 0);
	rules_source_destroy(s);
	expect_option_error(PKT, "tcp.flags:SX;", "R022", "X");
	expect_option_error(PKT, "tcp.flags:S; flags:A;", "R029", "flags");
	expect_option_error(PKT, "ttl:256;", "R023", "256");
	expect_option_error(PKT, "ip_proto:smtp;", "R022", "smtp");
	expect_option_error(APP, "dsize:>5;", "R028", "dsize");
	expect_option_error(PKT, "app-layer-protocol:pop3;", "R042", "pop3");
	expect_option_error(PKT, "app-layer-protocol:!smtp|unknown;", "R025", "!smtp|unknown");
	expect_option_error(PKT, "fragbits:DX;", "R022", "X");
	expect_option_error(PKT, "fragbits:+;", "R022", "+");
	expect_option_error(PKT, "fragoffset:8192;", "R023", "8192");
	expect_option_error(PKT, "stream_size:both,>;", "R022", "both,>");
	expect_option_error(PKT, "stream_size:all,>,1;", "R022", "all");
	expect_option_error(PKT, "stream_size:both,~,1;", "R022", "~");
	expect_option_error(PKT, "stream_size:both,<,0;", "R023", "0");
	expect_option_error(APP, "app-layer-protocol:!smtp;", "R042", "!smtp");
	rules_source_destroy(parse_options(APP, "app-layer-protocol:smtp;"));
}

static const struct rules_cond *
number(struct rules_source **s, const char *options)
{
	*s = parse_options("accept:hook smtp:response_complete any any -> any any", options);
	assert_int_equal(first_rule(*s)->group[0].cond[0].kind, RULES_COND_NUM);
	return &first_rule(*s)->group[0].cond[0];
}

static void
test_reply_codes(void **state)
{
	struct rules_source *s;
	const struct rules_cond *c = number(&s, "smtp.response_code:4xx,250,55x;");

	assert_int_equal(c->num.count, 3);
	assert_true(c->num.range[0].low == 400 && c->num.range[0].high == 499);
	assert_true(c->num.range[1].low == 250 && c->num.range[1].high == 250);
	assert_true(c->num.range[2].low == 550 && c->num.range[2].high == 559);
	rules_source_destroy(s);
	c = number(&s, "smtp.response_code:\"250\";");
	assert_true(c->num.range[0].low == 250 && !c->num.invert);
	rules_source_destroy(s);
	c = number(&s, "smtp.response_code:!550;");
	assert_true(c->num.range[0].low == 550 && c->num.invert);
	rules_source_destroy(s);
	c = number(&s, "smtp.response_code:200-299;");
	assert_true(c->num.range[0].low == 200 && c->num.range[0].high == 299);
	rules_source_destroy(s);
	c = number(&s, "smtp.body_size:>10MB;");
	assert_int_equal(c->num.range[0].low, 10 * 1024 * 1024 + 1);
	rules_source_destroy(s);
	c = number(&s, "smtp.tls:!yes;");
	assert_true(c->num.range[0].low == RULES_TLS_YES && c->num.invert);
	rules_source_destroy(s);
	c = number(&s, "filesize:100<>200KB;");
	assert_true(c->num.range[0].low == 101 && c->num.range[0].high == 200 * 1024 - 1);
	rules_source_destroy(s);
	expect_option_error(CMD, "smtp.mode:body;", "R022", "body");
	expect_option_error(BODY, "smtp.body_size:5XB;", "R022", "XB");
	expect_option_error(CMD, "smtp.rcpt_count;", "R020", "smtp.rcpt_count");
}

static void
test_quantifier(void **state)
{
	struct rules_source *s =
		parse_options(APP, "smtp.rcpt_to:all; content:\"x\"; smtp.rcpt_to:any; bsize:>1; "
				   "smtp.rcpt_to; bsize:>2;");
	const struct rules_group *g = first_rule(s)->group;

	assert_int_equal(first_rule(s)->group_count, 3);
	assert_true(g[0].quantifier == RULES_ALL && g[1].quantifier == RULES_ANY &&
		    g[2].quantifier == RULES_ANY);
	rules_source_destroy(s);
	expect_option_error(APP, "smtp.rcpt_to:most; content:\"x\";", "R022", "most");
	expect_option_error(APP, "smtp.helo:all; content:\"x\";", "R021", "all");
}

static void
test_threshold(void **state)
{
	struct rules_source *s =
		parse_options(APP, "threshold:type both, track by_both, count 5, seconds 60;");
	const struct rules_threshold *t = &first_rule(s)->threshold;

	assert_true(t->kind == RULES_TH_BOTH && t->track == RULES_BY_BOTH && t->count == 5 &&
		    t->seconds == 60);
	rules_source_destroy(s);
	s = parse_options(APP, "detection_filter:track by_src, count 9, seconds 1;");
	t = &first_rule(s)->threshold;
	assert_true(t->kind == RULES_TH_FILTER && t->track == RULES_BY_SRC && t->count == 9);
	rules_source_destroy(s);
	s = parse_options(APP, "rate:track by_sender_domain, count 9, seconds 1;");
	t = &first_rule(s)->threshold;
	assert_true(t->kind == RULES_TH_FILTER && t->track == RULES_BY_SENDER_DOMAIN && !t->bytes);
	rules_source_destroy(s);
	expect_option_error(APP, "rate:track by_src, count 9 bytes, seconds 1;", "R028",
			    "track by_src, count 9 bytes, seconds 1");
	expect_option_error(PKT, "rate:track by_sender, count 9, seconds 1;", "R028", "by_sender");
	expect_option_error(APP, "rate:type both, track by_src, count 9, seconds 1;", "R022",
			    "type both");
	expect_option_error(APP, "rate:track by_src, count 9, seconds 1, count 8;", "R029", "count");
	expect_option_error(APP, "threshold:type backoff, track by_src, count 1, multiplier 1;",
			    "R023", "1");
	expect_option_error(APP, "threshold:type backoff, track by_src, count 1, seconds 5;", "R022",
			    "type backoff, track by_src, count 1, seconds 5");
	expect_option_error(APP, "threshold:type some, track by_src, count 5, seconds 60;", "R022",
			    "some");
	expect_option_error(APP, "threshold:type limit, track by_me, count 5, seconds 60;", "R022",
			    "by_me");
	expect_option_error(APP, "threshold:type limit, track by_src, count 0, seconds 60;", "R023",
			    "0");
	expect_option_error(APP, "detection_filter:track by_src, count 5;", "R022",
			    "track by_src, count 5");
	expect_option_error(APP,
			    "detection_filter:track by_src, count 5, seconds 5; "
			    "threshold:type limit, track by_src, count 5, seconds 60;",
			    "R025", "threshold");
}

static void
test_bits(void **state)
{
	struct rules_source *s = parse_good(
		APP " (flowbits:set,a; flowbits:isset,b|a; flowbits:noalert; sid:1;)\n" APP
		    " (xbits:set,t; xbits:isnotset,t,track tx; xbits:toggle,h,track ip_src,expire "
		    "60; sid:2;)\n" APP " (hostbits:unset,h,dst; flowbits:set,b; sid:3;)\n");
	const struct rule *r = first_rule(s);
	const struct rules_parsed *p = rules_source_parsed(s);

	assert_true(r[0].bit_count == 2 && r[0].bit[1].count == 2 && r[0].pub.noalert);
	assert_true(r[0].bit[1].bit[0] == 1 && r[0].bit[1].bit[1] == 0);
	assert_true(r[1].bit[0].track == RULES_TRACK_TX && r[1].bit[0].bit[0] == 0);
	assert_true(r[1].bit[2].track == RULES_TRACK_SRC && r[1].bit[2].expire_s == 60 &&
		    r[1].bit[2].op == RULES_BIT_TOGGLE);
	assert_true(r[2].bit[0].track == RULES_TRACK_DST && r[2].bit[0].bit[0] == 0);
	assert_true(p->flow_bits == 2 && p->tx_bits == 1 && p->host_bits == 1);
	assert_string_equal(p->bit_name[0], "a");
	assert_string_equal(p->bit_name[1], "b");
	assert_string_equal(p->bit_name[2], "t");
	assert_string_equal(p->bit_name[3], "h");
	assert_int_equal(rules_diag_count(s), 0);
	rules_source_destroy(s);
	expect_option_error(APP, "flowbits:sett,a;", "R022", "sett");
	expect_option_error(APP, "flowbits:set;", "R022", "set");
	expect_option_error(APP, "flowbits:set,a|b;", "R022", "a|b");
	expect_option_error(APP, "xbits:set,a,track me;", "R022", "me");
	expect_option_error(APP, "xbits:set,a,track tx,expire 5;", "R025",
			    "set,a,track tx,expire 5");
	expect_option_error(APP, "hostbits:set,a,left;", "R022", "left");
	expect_option_error(PKT, "xbits:set,a;", "R022", "xbits");
	expect_option_error(PKT, "xbits:set,a,track tx;", "R022", "set,a,track tx");
}

static void
test_bit_that_nothing_sets(void **state)
{
	struct rules_source *s =
		parse_good(APP " (xbits:isset,tpyo; sid:1;)\n" APP " (xbits:set,typo; sid:2;)");

	assert_int_equal(rules_diag_count(s), 1);
	assert_string_equal(rules_diag(s, 0)->code, "R046");
	assert_memory_equal(rules_diag(s, 0)->source + rules_diag(s, 0)->col - 1, "tpyo", 4);
	rules_source_destroy(s);
	s = parse_good(APP " (xbits:isnotset,never; sid:1;)");
	assert_int_equal(rules_diag_count(s), 0);
	rules_source_destroy(s);
}

static void
test_flowint(void **state)
{
	struct rules_source *s = parse_options(
		APP, "flowint:n,+,1; flowint:n,>=,5; flowint:m,=,n; flowint:k,notset;");
	const struct rules_int *i = first_rule(s)->integer;

	assert_int_equal(first_rule(s)->int_count, 4);
	assert_true(i[0].var == 0 && i[0].op == '+' && i[0].value == 1 && i[0].value_var == -1);
	assert_true(i[1].op == 'g' && i[1].value == 5);
	assert_true(i[2].var == 1 && i[2].op == '=' && i[2].value_var == 0);
	assert_true(i[3].op == 'u');
	assert_int_equal(rules_source_parsed(s)->flow_ints, 3);
	rules_source_destroy(s);
	expect_option_error(APP, "flowint:n,=>,5;", "R022", "=>");
	expect_option_error(APP, "flowint:n,isset,5;", "R022", "n,isset,5");
	expect_option_error(APP, "flowint:n,+;", "R022", "n,+");
}

static void
test_requires(void **state)
{
	struct rules_source *s = parse_good(
		"alert quic any any -> any any (requires:feature lua; quic.sni; sid:1;)\n" APP
		" (requires:keyword smtp.helo, version >= 7.0; sid:2;)\n" APP
		" (requires:version < 7.0 | >= 9; nonsense; sid:3;)\n" APP
		" (requires:version < 7.0 | >= 8; sid:4;)\n" APP
		" (requires:keyword content; sid:6;)\n" APP
		" (msg:\"a requires:feature x\\; b\"; sid:5;)\n");

	assert_int_equal(rules_source_parsed(s)->count, 4);
	assert_int_equal(first_rule(s)->pub.sid, 2);
	assert_int_equal(rules_source_parsed(s)->rule[1].pub.sid, 4);
	assert_int_equal(rules_diag_count(s), 2);
	assert_int_equal(rules_diag(s, 0)->severity, RULES_NOTE);
	rules_source_destroy(s);
	expect_option_error(APP, "requires:moon full;", "R022", "moon full");
	expect_option_error(APP, "requires;", "R020", "requires");
	expect_option_error(APP, "requires:keyword smtp.helo,;", "R022", "keyword smtp.helo,");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meta),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_punctuation),
		cmocka_unit_test(test_wrong_meta),
		cmocka_unit_test(test_sids),
		cmocka_unit_test(test_many_sids),
		cmocka_unit_test(test_unknown_classtype_warns),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_packet_keywords),
		cmocka_unit_test(test_reply_codes),
		cmocka_unit_test(test_quantifier),
		cmocka_unit_test(test_threshold),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_bit_that_nothing_sets),
		cmocka_unit_test(test_flowint),
		cmocka_unit_test(test_requires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
