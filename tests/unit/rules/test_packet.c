/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames: protocols, addresses, ports, packet keywords, payloads, tables, detection rules. */
#include "judge.h"

static void
frame(enum rules_hook hook)
{
	rules_packet(judge.w, judge.packet.flow_known ? &judge.flow : NULL, &judge.packet, hook,
		     true, judge.now_us, &judge.hits);
}

/* Does a rule with this header and these options take the frame under judgement? */
static bool
takes(const char *rule)
{
	struct rules_packet p = judge.packet;
	char text[512];
	bool taken;

	snprintf(text, sizeof(text), "%s\n", rule);
	judge_open(text);
	judge.packet = p;
	frame(RULES_FILTER);
	taken = judge_sid(0) == 1;
	judge_close();
	judge.packet = p;
	return taken;
}

static void
reset(void)
{
	judge_open("accept:packet ip:all any any -> any any (sid:1;)\n");
	judge_close();
}

static void
test_header(void **state)
{
	reset();
	assert_true(takes("accept:packet tcp:all any any -> any any (sid:1;)"));
	assert_true(takes("accept:packet ip:all 192.0.2.0/24 any -> any 25 (sid:1;)"));
	assert_false(takes("accept:packet tcp:all 192.0.2.0/28 any -> any 26 (sid:1;)"));
	assert_false(takes("accept:packet udp:all any any -> any any (sid:1;)"));
	assert_false(takes("accept:packet tcp:all any 25 -> any any (sid:1;)"));
	assert_true(takes("accept:packet tcp:all any 25 <> any any (sid:1;)"));
	assert_true(takes("accept:packet tcp:all !10.0.0.0/8 any -> "
			  "[198.51.100.0/24,!198.51.100.9] any (sid:1;)"));
	judge.packet.kind = RULES_P_ARP;
	assert_true(takes("accept:packet arp:all any any -> any any (sid:1;)"));
	assert_false(takes("accept:packet ip:all any any -> any any (sid:1;)"));
}

static void
test_keywords(void **state)
{
	reset();
	judge.packet.tcp_flags = 0x02;
	judge.packet.ttl = 64;
	judge.packet.payload = SPAN_LIT("12345");
	judge.packet.vlan_count = 2;
	judge.packet.vlan[0] = 5;
	judge.packet.vlan[1] = 7;
	assert_true(takes("accept:packet tcp:all any any -> any any (flags:S; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (flags:SA; sid:1;)"));
	assert_true(takes("accept:packet tcp:all any any -> any any (flags:*SA; sid:1;)"));
	assert_true(takes("accept:packet tcp:all any any -> any any (ttl:>60; sid:1;)"));
	assert_true(takes("accept:packet tcp:all any any -> any any (dsize:5; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (dsize:>5; sid:1;)"));
	judge.packet.ip_version = 4;
	judge.packet.tos = 8;
	judge.packet.ip_id = 77;
	judge.packet.seq = 4000000000u;
	judge.packet.ack = 5;
	judge.packet.window = 512;
	assert_true(takes("accept:packet tcp:all any any -> any any (tos:8; id:77; seq:4000000000; "
			  "ack:5; window:500-600; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (tos:!8; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (id:78; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (seq:4000000001; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (ack:!5; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (window:>512; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (tcp.mss:!1; sid:1;)"));
	judge.packet.mss = 1460;
	assert_true(takes("accept:packet tcp:all any any -> any any (tcp.mss:>1000; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (tcp.mss:<1000; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (sameip; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (itype:!8; sid:1;)"));
	judge.packet.kind = RULES_P_ICMP;
	judge.packet.icmp_type = 8;
	assert_true(takes("accept:packet icmp:all any any -> any any (itype:8; icode:0; sid:1;)"));
	assert_false(takes("accept:packet icmp:all any any -> any any (itype:!8; sid:1;)"));
	assert_false(takes("accept:packet icmp:all any any -> any any (icode:>0; sid:1;)"));
	judge.packet.kind = RULES_P_TCP;
	memcpy(judge.packet.dst, judge.packet.src, sizeof(judge.packet.dst));
	assert_true(takes("accept:packet tcp:all any any -> any any (sameip; sid:1;)"));
	reset();
	judge.packet.vlan_count = 2;
	judge.packet.vlan[0] = 5;
	judge.packet.vlan[1] = 7;
	assert_true(takes("accept:packet tcp:all any any -> any any (vlan.id:7; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (vlan.id:6; sid:1;)"));
	assert_true(takes(
		"accept:packet tcp:all any any -> any any (flow:established,to_server; sid:1;)"));
	assert_false(
		takes("accept:packet tcp:all any any -> any any (flow:not_established; sid:1;)"));
	assert_false(takes("accept:packet tcp:all any any -> any any (flow:to_client; sid:1;)"));
	assert_false(takes("accept:packet tcp:flow_start any any -> any any (sid:1;)"));
	judge.packet.flow_start = true;
	assert_true(takes("accept:packet tcp:flow_start any any -> any any (sid:1;)"));
}

static void
test_payload(void **state)
{
	reset();
	judge.packet.payload = SPAN_LIT("EHLO x\r\n");
	assert_true(takes(
		"drop:packet tcp:all any any -> any any (content:\"EHLO\"; startswith; sid:1;)"));
	assert_false(takes("drop:packet tcp:all any any -> any any (content:\"HELO\"; sid:1;)"));
	assert_true(takes("drop:packet tcp:all any any -> any any (content:!\"HELO\"; sid:1;)"));
	judge.packet.payload = SPAN_NONE;
	assert_false(takes("drop:packet tcp:all any any -> any any (content:\"EHLO\"; sid:1;)"));
}

static void
test_tables(void **state)
{
	judge_open("drop:packet ip:pre_flow any any -> any any (ttl:1; sid:1;)\n"
		   "drop:packet tcp:pre_stream any any -> any any (flags:SF; sid:2;)\n"
		   "accept:hook tcp:all any any -> any any (sid:3;)\n"
		   "drop tcp any any -> any any (content:\"bad\"; flowbits:set,b; sid:4;)\n"
		   "alert tcp any any -> any any (flowbits:isset,b; sid:5;)\n"
		   "alert smtp any any -> any any (content:\"smtp\"; sid:6;)\n");
	frame(RULES_PRE_FLOW);
	assert_int_equal(judge.hits.count, 0);
	judge.packet.ttl = 1;
	frame(RULES_PRE_FLOW);
	assert_int_equal(judge_sid(0), 1);
	judge.packet.tcp_flags = 3;
	frame(RULES_PRE_STREAM);
	assert_int_equal(judge_sid(0), 2);
	judge.packet.payload = SPAN_LIT("a bad smtp");
	frame(RULES_FILTER);
	assert_int_equal(judge_sid(0), 3);
	assert_true(judge_alerted(4));
	assert_true(judge_alerted(5)); /* drop rules go before alerts */
	assert_true(judge_alerted(6));
	judge.packet.payload = SPAN_LIT("good");
	frame(RULES_FILTER);
	assert_int_equal(judge_hits(4, NULL), 0);
	assert_true(judge_alerted(5));	 /* once a frame, not once a connection */
	judge.packet.flow_known = false; /* frames without a connection have no bits */
	frame(RULES_FILTER);
	assert_int_equal(judge_hits(5, NULL), 0);
	judge_close();
}

#define ASKS(what) takes("accept:packet ip:all any any -> any any (" what "; sid:1;)")
#define ASKS_TCP(what) takes("accept:packet tcp:all any any -> any any (" what "; sid:1;)")

static void
test_fragments(void **state)
{
	(void)state;
	reset();
	judge.packet.frag_bits = 2 | 1;
	judge.packet.frag_offset = 185;
	assert_true(ASKS("fragbits:MD"));
	assert_true(ASKS("fragbits:dm"));
	assert_false(ASKS("fragbits:M"));
	assert_true(ASKS("fragbits:+M"));
	assert_true(ASKS("fragbits:*RM"));
	assert_false(ASKS("fragbits:+RM"));
	assert_true(ASKS("fragbits:!R"));
	assert_false(ASKS("fragbits:!RM"));
	assert_true(ASKS("fragoffset:185"));
	assert_true(ASKS("fragoffset:!0"));
	assert_false(ASKS("fragoffset:<185"));
	judge.packet.ip_version = 6;
	assert_false(ASKS("fragoffset:!0"));
	assert_false(ASKS("fragbits:!R"));
}

static void
test_stream_size(void **state)
{
	(void)state;
	reset();
	judge.packet.flow_known = true;
	judge.packet.stream[0] = 100;
	judge.packet.stream[1] = 20;
	assert_true(ASKS_TCP("stream_size:client,=,100"));
	assert_false(ASKS_TCP("stream_size:client,!=,100"));
	assert_true(ASKS_TCP("stream_size:server,<,21"));
	assert_false(ASKS_TCP("stream_size:server,<,20"));
	assert_true(ASKS_TCP("stream_size:server,!=,0"));
	assert_false(ASKS_TCP("stream_size:both,>,20"));
	assert_true(ASKS_TCP("stream_size:both,>=,20"));
	assert_true(ASKS_TCP("stream_size:either,>,99"));
	assert_false(ASKS_TCP("stream_size:either,>,100"));
	assert_true(ASKS_TCP("stream_size:client,>,99; stream_size:server,<=,20"));
	judge.packet.flow_known = false;
	assert_false(ASKS_TCP("stream_size:client,!=,100"));
}

static void
test_app(void **state)
{
	(void)state;
	reset();
	assert_true(ASKS_TCP("app-layer-protocol:unknown"));
	assert_false(ASKS_TCP("app-layer-protocol:smtp"));
	assert_false(ASKS_TCP("app-layer-protocol:!smtp")); /* it is not known yet */
	assert_true(ASKS_TCP("app-layer-protocol:unknown|smtp"));
	judge.packet.app = rules_app("smtp");
	assert_true(ASKS_TCP("app-layer-protocol:unknown|smtp"));
	assert_false(ASKS_TCP("app-layer-protocol:!smtp"));
	assert_true(ASKS_TCP("app-layer-protocol:!tls|http"));
	judge.packet.app = rules_app("tls");
	assert_false(ASKS_TCP("app-layer-protocol:!tls|http"));
	assert_true(ASKS_TCP("app-layer-protocol:!smtp"));
	judge.packet.app = rules_app("gopher");
	assert_true(ASKS_TCP("app-layer-protocol:failed"));
	assert_true(ASKS_TCP("app-layer-protocol:!smtp"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fragments), cmocka_unit_test(test_stream_size),
		cmocka_unit_test(test_app),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_keywords),
		cmocka_unit_test(test_payload),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
