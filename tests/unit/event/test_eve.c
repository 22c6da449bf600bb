/* SPDX-License-Identifier: BSD-3-Clause */
/* Records as EVE objects, read back. */
#include "record.h"

static const struct event_writer_settings capture = { .pcap_cnt = true, .utc = true,
						      .node = "mx-wire" };
static const struct event_writer_settings strict = { .strict = true, .utc = true };

static json_t *
write_record(const struct event_writer_settings *s, const struct event *e)
{
	char *line = event_json(s, e);
	json_t *root;

	assert_non_null(line);
	assert_true(strlen(line) + 1 < EVENT_LINE_MAX);
	root = record_parse(line);
	free(line);
	return root;
}

/* The keys of an object, in order, each with a blank behind it. */
static void
check_keys(json_t *object, const char *want)
{
	char keys[512] = "";
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		strcat(keys, key);
		strcat(keys, " ");
	}
	assert_string_equal(keys, want);
}

static void
test_head(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	record_open(&e, EVENT_SMTP);
	e.flags |= EVENT_HAS_TX | EVENT_TO_SERVER;
	e.pcap_cnt = 12;
	e.vlan_count = 2;
	e.vlan[0] = 10;
	e.vlan[1] = 20;
	e.flow_id = (1ULL << 51) - 1;
	j = write_record(&capture, &e);
	check_keys(j, "timestamp flow_id host pcap_cnt event_type vlan src_ip src_port dest_ip "
		      "dest_port proto ip_v tx_id app_proto direction smtp postern ");
	assert_string_equal(record_string(j, "timestamp"), "2026-11-28T04:00:00.000000+0000");
	assert_int_equal(record_number(j, "flow_id"), 2251799813685247);
	assert_int_equal(record_number(j, "pcap_cnt"), 12);
	assert_int_equal(record_number(j, "vlan[1]"), 20);
	assert_string_equal(record_string(j, "src_ip"), "192.0.2.1");
	assert_int_equal(record_number(j, "src_port"), 40000);
	assert_string_equal(record_string(j, "dest_ip"), "192.0.2.25");
	assert_int_equal(record_number(j, "dest_port"), 25);
	assert_string_equal(record_string(j, "proto"), "TCP");
	assert_int_equal(record_number(j, "tx_id"), 0);
	assert_string_equal(record_string(j, "app_proto"), "smtp");
	assert_string_equal(record_string(j, "direction"), "to_server");
	assert_string_equal(record_string(j, "postern.node"), "mx-wire");
	json_decref(j);
}

static void
test_service_has_no_pcap_cnt(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	record_open(&e, EVENT_SMTP);
	e.pcap_cnt = 12;
	j = write_record(&strict, &e);
	check_keys(j, "timestamp flow_id event_type src_ip src_port dest_ip dest_port proto ip_v "
		      "app_proto smtp ");
	json_decref(j);
}

static void
test_other_protocols(void **state)
{
	static const struct {
		uint8_t proto;
		const char *name;
		bool ports;
	} each[] = { { 17, "UDP", true }, { 132, "SCTP", true }, { 1, "ICMP", false },
		     { 58, "IPv6-ICMP", false }, { 47, "047", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct event e;
		json_t *j;

		record_open(&e, EVENT_DROP);
		e.ip_proto = each[i].proto;
		e.ip_version = 6;
		memcpy(e.src.b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
		e.l4_len = 8;
		j = write_record(&capture, &e);
		assert_string_equal(record_string(j, "proto"), each[i].name);
		assert_string_equal(record_string(j, "src_ip"), "2001:db8::1");
		assert_int_equal(record_at(j, "src_port") != NULL, each[i].ports);
		assert_int_equal(record_number(j, "drop.udplen"), each[i].proto == 17 ? 8 : -1);
		assert_null(record_at(j, "drop.tcpseq"));
		json_decref(j);
	}
}

static void
test_frame_without_ip(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	record_open(&e, EVENT_DROP);
	e.ip_version = 0;
	e.flow_id = 0;
	record_text(&e, EVENT_REASON, "decode error");
	j = write_record(&strict, &e);
	assert_null(record_at(j, "src_ip"));
	assert_null(record_at(j, "flow_id"));
	check_keys(record_at(j, "drop"), "reason ");
	json_decref(j);
}

static void
fill_alert(struct event *e)
{
	record_open(e, EVENT_ALERT);
	e->flags |= EVENT_HAS_TX | EVENT_BLOCKED | EVENT_FW_RULE;
	e->engine = EVENT_ENGINE_FW;
	e->sid = 1997;
	e->gid = 1;
	e->rev = 2;
	e->severity = 3;
	e->offset = 4711;
	record_text(e, EVENT_RULE_MSG, "a \"known-bad\" recipient");
	record_text(e, EVENT_RULE_AT, "in.rules:12");
	record_text(e, EVENT_HOOK, "smtp:rcpt");
	record_text(e, EVENT_POLICY, "drop:flow,alert");
	record_text(e, EVENT_STATE, "rcpt");
	record_text(e, EVENT_RULE_METADATA, "team mail");
	record_text(e, EVENT_RULE_METADATA, "level high");
	record_text(e, EVENT_RULE_METADATA, "team abuse");
	record_text(e, EVENT_RULE_METADATA, "tested");
	record_text(e, EVENT_RULE_REF, "url,example.org/1");
	record_text(e, EVENT_SMTP_HELO, "mx.example");
	record_text(e, EVENT_SMTP_MAIL_FROM, "<a@example.org>");
	record_text(e, EVENT_SMTP_RCPT_TO, "<b@example.org>");
	record_text(e, EVENT_SMTP_RCPT_TO, "<c@example.org>");
	record_text(e, EVENT_TX_STATE_TS, "request_started");
	record_text(e, EVENT_FLOWBIT, "seen");
	e->flow_start_us = NOON - 2000000;
	e->pkts_ts = 5;
	e->bytes_tc = 900;
}

static void
test_alert(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	fill_alert(&e);
	j = write_record(&capture, &e);
	check_keys(record_at(j, "alert"), "action gid signature_id rev signature category severity "
					  "engine metadata references ");
	assert_string_equal(record_string(j, "alert.action"), "blocked");
	assert_int_equal(record_number(j, "alert.signature_id"), 1997);
	assert_int_equal(record_number(j, "alert.gid"), 1);
	assert_int_equal(record_number(j, "alert.rev"), 2);
	assert_string_equal(record_string(j, "alert.signature"), "a \"known-bad\" recipient");
	assert_string_equal(record_string(j, "alert.category"), "");
	assert_string_equal(record_string(j, "alert.engine"), "fw");
	check_keys(record_at(j, "alert.metadata"), "team level tested ");
	assert_int_equal(json_array_size(record_at(j, "alert.metadata.team")), 2);
	assert_string_equal(record_string(j, "alert.metadata.team[1]"), "abuse");
	assert_string_equal(record_string(j, "alert.metadata.tested[0]"), "");
	assert_string_equal(record_string(j, "alert.references[0]"), "url,example.org/1");
	assert_string_equal(record_string(j, "smtp.rcpt_to[1]"), "<c@example.org>");
	assert_string_equal(record_string(j, "ts_progress"), "request_started");
	check_keys(record_at(j, "flow"),
		   "pkts_toserver pkts_toclient bytes_toserver bytes_toclient start ");
	assert_string_equal(record_string(j, "firewall.hook"), "smtp:rcpt");
	assert_string_equal(record_string(j, "firewall.policy"), "drop:flow,alert");
	assert_string_equal(record_string(j, "metadata.flowbits[0]"), "seen");
	assert_string_equal(record_string(j, "verdict.action"), "drop");
	assert_null(record_at(j, "verdict.reject"));
	check_keys(record_at(j, "postern"), "node seq sid rule hook state offset tls ");
	assert_int_equal(record_number(j, "postern.offset"), 4711);
	assert_null(record_at(j, "email"));
	json_decref(j);
}

static void
test_strict_has_nothing_of_ours(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	fill_alert(&e);
	j = write_record(&strict, &e);
	assert_null(record_at(j, "postern"));
	assert_non_null(record_at(j, "alert"));
	json_decref(j);
}

static void
test_monitor_says_what_would_have_been(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	fill_alert(&e);
	e.flags |= EVENT_MONITOR | EVENT_REJECTED | EVENT_REJECT_CLIENT;
	j = write_record(&capture, &e);
	assert_string_equal(record_string(j, "alert.action"), "allowed");
	assert_string_equal(record_string(j, "verdict.action"), "accept");
	assert_null(record_at(j, "verdict.reject"));
	assert_true(json_is_true(record_at(j, "postern.monitor")));
	assert_string_equal(record_string(j, "postern.would"), "reject");
	json_decref(j);
	e.flags &= ~(uint32_t)EVENT_REJECTED;
	j = write_record(&capture, &e);
	assert_string_equal(record_string(j, "postern.would"), "drop");
	json_decref(j);
}

static void
test_reject_target(void **state)
{
	static const struct {
		uint32_t flags;
		const char *target;
	} each[] = { { EVENT_REJECT_CLIENT, "to_client" }, { EVENT_REJECT_SERVER, "to_server" },
		     { EVENT_REJECT_CLIENT | EVENT_REJECT_SERVER, "both" } };
	struct event e;
	json_t *j;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		record_open(&e, EVENT_VERDICT);
		e.flags |= EVENT_BLOCKED | EVENT_REJECTED | each[i].flags;
		record_text(&e, EVENT_TOLD, "554 5.7.1 no");
		record_text(&e, EVENT_REASON, "rules");
		j = write_record(&capture, &e);
		assert_string_equal(record_string(j, "event_type"), "verdict");
		assert_string_equal(record_string(j, "verdict.reject_target"), each[i].target);
		assert_string_equal(record_string(j, "verdict.reject[0]"), "tcp-reset");
		assert_string_equal(record_string(j, "postern.told"), "554 5.7.1 no");
		assert_string_equal(record_string(j, "postern.reason"), "rules");
		assert_true(json_is_true(record_at(j, "postern.rejected")));
		json_decref(j);
	}
}

static void
test_drop(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	record_open(&e, EVENT_DROP);
	e.flags |= EVENT_BLOCKED;
	e.ip_len = 60;
	e.ttl = 64;
	e.tos = 8;
	e.ip_id = 4321;
	e.tcp_seq = 4000000000;
	e.tcp_ack = 5;
	e.tcp_window = 512;
	e.frame_flags = 0x18;
	record_text(&e, EVENT_REASON, "firewall rules");
	j = write_record(&capture, &e);
	check_keys(record_at(j, "drop"), "len tos ttl ipid tcpseq tcpack tcpwin syn ack psh rst urg "
					 "fin reason ");
	assert_int_equal(record_number(j, "drop.tcpseq"), 4000000000);
	assert_int_equal(record_number(j, "drop.ipid"), 4321);
	assert_true(json_is_true(record_at(j, "drop.psh")));
	assert_true(json_is_true(record_at(j, "drop.ack")));
	assert_true(json_is_false(record_at(j, "drop.syn")));
	assert_true(json_is_false(record_at(j, "drop.fin")));
	assert_string_equal(record_string(j, "drop.reason"), "firewall rules");
	assert_string_equal(record_string(j, "verdict.action"), "drop");
	assert_null(record_at(j, "smtp"));
	json_decref(j);
	e.ip_version = 6;
	j = write_record(&capture, &e);
	check_keys(record_at(j, "drop"), "len tc hoplimit tcpseq tcpack tcpwin syn ack psh rst urg "
					 "fin reason ");
	json_decref(j);
}

static void
test_smtp(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	record_open(&e, EVENT_SMTP);
	e.flags |= EVENT_HAS_TX | EVENT_HAS_EMAIL | EVENT_TX_IS_TLS;
	e.tx_start_us = NOON;
	e.tx_end_us = NOON + 250;
	e.reply_code = 250;
	e.rcpt_total = 3;
	e.trans_depth = 2;
	e.body_size = 1000;
	record_text(&e, EVENT_SMTP_HELO, "mx");
	record_text(&e, EVENT_SMTP_MAIL_FROM, "<>");
	record_text(&e, EVENT_SMTP_RCPT_TO, "<a@b>");
	record_text(&e, EVENT_SMTP_RCPT_STATUS, "250");
	record_text(&e, EVENT_SMTP_RCPT_STATUS, "");
	record_text(&e, EVENT_SMTP_LAST_REPLY, "250 queued as 1");
	record_text(&e, EVENT_SMTP_QUEUE_ID, "1");
	record_text(&e, EVENT_AUTH_MECHANISM, "PLAIN");
	record_text(&e, EVENT_AUTH_USER_HASH, "cafe");
	record_text(&e, EVENT_EMAIL_FROM, "\"A\" <a@b>");
	record_text(&e, EVENT_EMAIL_TO, "b@c");
	record_text(&e, EVENT_EMAIL_URL, "http://one");
	record_text(&e, EVENT_EMAIL_RECEIVED, "from x by y");
	record_text(&e, EVENT_EMAIL_ATTACHMENT, "a.zip");
	j = write_record(&capture, &e);
	check_keys(record_at(j, "smtp"), "helo mail_from rcpt_to ");
	check_keys(record_at(j, "email"), "status from to received attachment url ");
	assert_string_equal(record_string(j, "smtp.mail_from"), "<>");
	assert_string_equal(record_string(j, "email.status"), "PARSE_DONE");
	assert_string_equal(record_string(j, "email.from"), "\"A\" <a@b>");
	assert_string_equal(record_string(j, "email.to[0]"), "b@c");
	check_keys(record_at(j, "postern"), "node seq rcpt_status rcpt_total reply_code last_reply "
					    "queue_id auth tls starttls body_size mail end latency_us path ");
	assert_string_equal(record_string(j, "postern.rcpt_status[1]"), "");
	assert_string_equal(record_string(j, "postern.auth.user_hash"), "cafe");
	assert_true(json_is_true(record_at(j, "postern.tls")));
	assert_int_equal(record_number(j, "postern.latency_us"), 250);
	json_decref(j);
	record_text(&e, EVENT_EMAIL_STATUS, "PARSE_ERROR");
	e.flags |= EVENT_TX_TRUNCATED;
	j = write_record(&capture, &e);
	assert_string_equal(record_string(j, "email.status"), "PARSE_ERROR");
	assert_true(json_is_true(record_at(j, "postern.truncated")));
	json_decref(j);
}

/* After STARTTLS a session has a helo and no mail. */
static void
test_no_email_without_headers(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	record_open(&e, EVENT_SMTP);
	record_text(&e, EVENT_SMTP_HELO, "desktop.example");
	record_text(&e, EVENT_EMAIL_FROM, "left over");
	j = write_record(&capture, &e);
	assert_string_equal(record_string(j, "smtp.helo"), "desktop.example");
	assert_null(record_at(j, "email"));
	assert_null(record_at(j, "smtp.mail_from"));
	assert_null(record_at(j, "smtp.rcpt_to"));
	json_decref(j);
}

static void
test_anomaly(void **state)
{
	static const struct {
		const char *name, *layer, *type;
	} each[] = { { "TRUNCATED_LINE", "proto_parser", "applayer" },
		     { "stream.reassembly_gap", NULL, "stream" },
		     { "decoder.ipv4.trunc_pkt", NULL, "decode" } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct event e;
		json_t *j;

		record_open(&e, EVENT_ANOMALY);
		record_text(&e, EVENT_ANOMALY_NAME, each[i].name);
		if (each[i].layer != NULL)
			record_text(&e, EVENT_ANOMALY_LAYER, each[i].layer);
		j = write_record(&capture, &e);
		assert_string_equal(record_string(j, "anomaly.app_proto"), "smtp");
		assert_string_equal(record_string(j, "anomaly.event"), each[i].name);
		assert_string_equal(record_string(j, "anomaly.type"), each[i].type);
		assert_int_equal(record_at(j, "anomaly.layer") != NULL, each[i].layer != NULL);
		json_decref(j);
	}
}

static void
test_fileinfo(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	record_open(&e, EVENT_FILEINFO);
	e.flags |= EVENT_HAS_TX | EVENT_FILE_CLOSED;
	e.file_size = 10807;
	e.file_id = 3;
	record_text(&e, EVENT_FILE_NAME, "NEWS.txt");
	record_text(&e, EVENT_FILE_SHA256, "00ff");
	j = write_record(&capture, &e);
	check_keys(record_at(j, "fileinfo"),
		   "filename gaps state sha256 stored file_id size tx_id ");
	assert_string_equal(record_string(j, "fileinfo.state"), "CLOSED");
	assert_int_equal(record_number(j, "fileinfo.size"), 10807);
	assert_true(json_is_false(record_at(j, "fileinfo.gaps")));
	json_decref(j);
	e.flags = 0;
	j = write_record(&capture, &e);
	assert_string_equal(record_string(j, "fileinfo.state"), "TRUNCATED");
	json_decref(j);
}

static void
test_flow(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	record_open(&e, EVENT_FLOW);
	e.flow_start_us = NOON - 3500000;
	e.flow_end_us = NOON;
	e.flow_state = EVENT_FLOW_CLOSED;
	e.flow_reason = EVENT_FLOW_SHUTDOWN;
	e.tcp_state = EVENT_TCP_CLOSED;
	e.tcp_flags = 0x1b;
	e.tcp_flags_ts = 0x1a;
	e.tx_count = 2;
	e.pkts_ts = 14;
	j = write_record(&capture, &e);
	check_keys(record_at(j, "flow"), "pkts_toserver pkts_toclient bytes_toserver "
		   "bytes_toclient start end age state reason alerted tx_cnt ");
	assert_int_equal(record_number(j, "flow.age"), 3);
	assert_string_equal(record_string(j, "flow.state"), "closed");
	assert_string_equal(record_string(j, "flow.reason"), "shutdown");
	check_keys(record_at(j, "tcp"),
		   "tcp_flags tcp_flags_ts tcp_flags_tc fin syn psh ack state ");
	assert_string_equal(record_string(j, "tcp.tcp_flags"), "1b");
	assert_string_equal(record_string(j, "tcp.tcp_flags_tc"), "00");
	assert_string_equal(record_string(j, "tcp.state"), "closed");
	json_decref(j);
	e.flags |= EVENT_FLOW_DROPPED | EVENT_ALERTED;
	e.flow_end_us = 1; /* a clock that went back */
	j = write_record(&capture, &e);
	assert_string_equal(record_string(j, "flow.action"), "drop");
	assert_true(json_is_true(record_at(j, "flow.alerted")));
	assert_int_equal(record_number(j, "flow.age"), 0);
	json_decref(j);
}

static void
test_tls_and_notice(void **state)
{
	struct event e;
	json_t *j;

	(void)state;
	record_open(&e, EVENT_TLS);
	j = write_record(&capture, &e);
	assert_string_equal(record_string(j, "tls.from_proto"), "smtp");
	json_decref(j);
	record_open(&e, EVENT_NOTICE);
	record_text(&e, EVENT_ANOMALY_NAME, "session_table_full");
	record_text(&e, EVENT_NOTE, "new sessions pass uninspected");
	j = write_record(&capture, &e);
	assert_string_equal(record_string(j, "notice.note"), "session_table_full");
	assert_string_equal(record_string(j, "notice.msg"), "new sessions pass uninspected");
	json_decref(j);
}

static void
test_cut_texts_are_marked(void **state)
{
	char text[EVENT_TEXT_MAX + 1];
	struct event e;
	json_t *j;

	(void)state;
	memset(text, 'x', sizeof(text));
	record_open(&e, EVENT_SMTP);
	event_text(&e, EVENT_SMTP_HELO, span_of(text, sizeof(text)));
	j = write_record(&capture, &e);
	assert_int_equal(record_number(j, "postern.texts_cut"), 1);
	json_decref(j);
}

/* Whatever bytes fill a record, the line is shorter than EVENT_LINE_MAX and valid. */
static void
test_worst_bytes_fit(void **state)
{
	static const char fill[] = { '"', '\0', '\xff', '\n', '\x7f' };
	char text[EVENT_ROOM / EVENT_TEXTS];

	(void)state;
	for (size_t i = 0; i < sizeof(fill); i++) {
		struct event e;

		memset(text, fill[i], sizeof(text));
		record_open(&e, EVENT_ALERT);
		e.flags = UINT32_MAX & ~(uint32_t)EVENT_MONITOR;
		for (int n = 0; n < EVENT_TEXTS; n++)
			event_text(&e, n % EVENT_KEYS, span_of(text, sizeof(text)));
		for (int type = 0; type < EVENT_TYPES; type++) {
			e.type = (uint8_t)type;
			json_decref(write_record(&capture, &e));
		}
	}
}

/* Received fields stand in the line twice: as they are, and taken apart. */
static void
test_worst_path_fits(void **state)
{
	char field[EVENT_TEXT_MAX];
	struct event e;

	(void)state;
	memset(field, '\xff', sizeof(field));
	memcpy(field, "from ", 5);
	record_open(&e, EVENT_SMTP);
	e.flags |= EVENT_HAS_EMAIL;
	for (int i = 0; i < EVENT_ROOM / EVENT_TEXT_MAX; i++)
		event_text(&e, EVENT_EMAIL_RECEIVED, span_of(field, sizeof(field)));
	json_decref(write_record(&capture, &e));
}

static void
test_type_names(void **state)
{
	(void)state;
	assert_string_equal(event_type_name(EVENT_ALERT), "alert");
	assert_string_equal(event_type_name(EVENT_VERDICT), "verdict");
	for (int i = 0; i < EVENT_TYPES; i++)
		assert_non_null(event_type_name((enum event_type)i));
	assert_string_equal(event_type_name(EVENT_TYPES), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_service_has_no_pcap_cnt),
		cmocka_unit_test(test_other_protocols),
		cmocka_unit_test(test_frame_without_ip),
		cmocka_unit_test(test_alert),
		cmocka_unit_test(test_strict_has_nothing_of_ours),
		cmocka_unit_test(test_monitor_says_what_would_have_been),
		cmocka_unit_test(test_reject_target),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_smtp),
		cmocka_unit_test(test_no_email_without_headers),
		cmocka_unit_test(test_anomaly),
		cmocka_unit_test(test_fileinfo),
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_tls_and_notice),
		cmocka_unit_test(test_cut_texts_are_marked),
		cmocka_unit_test(test_worst_bytes_fit),
		cmocka_unit_test(test_worst_path_fits),
		cmocka_unit_test(test_type_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
