/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole sessions through one engine: what reaches the server, what the client is left with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire.h"

#define HANDSHAKE                                                                                  \
	"accept:hook tcp:all any any -> any any (flow:not_established; sid:1000;)\n"               \
	"accept:hook tcp:all any any <> any any (flow:established; sid:1001;)\n"
#define REST                                                                                       \
	"accept:hook smtp:request_data any any -> any any (xbits:isset,sender,track tx; "          \
	"xbits:isset,rcpt,track tx; sid:2005;)\n"                                                  \
	"accept:hook smtp:request_complete any any -> any any (sid:2010;)\n"                       \
	"accept:hook smtp:response_started any any -> any any (sid:3000;)\n"                       \
	"accept:hook smtp:response_data any any -> any any (sid:3005;)\n"                          \
	"accept:hook smtp:response_complete any any -> any any (sid:3010;)\n"
#define SENDER                                                                                     \
	"accept:hook,alert smtp:request_started any any -> any any (smtp.mail_from; "              \
	"content:\"@example.com>\"; endswith; xbits:set,sender,track tx; sid:1998;)\n"
#define RCPT                                                                                       \
	"accept:hook,alert smtp:request_started any any -> any any (smtp.rcpt_to; "                \
	"content:\"@example.org>\"; endswith; xbits:set,rcpt,track tx; sid:1999;)\n"
#define BASE                                                                                       \
	HANDSHAKE SENDER RCPT                                                                      \
	"accept:hook smtp:request_started any any -> any any (sid:2000;)\n" REST
/* What is not a known sender or recipient is stopped at its line. */
#define STRICT_ENVELOPE                                                                            \
	HANDSHAKE SENDER RCPT                                                                      \
	"drop:flow smtp:request_started any any -> any any (smtp.mail_from; content:\"@\"; "       \
	"sid:1997;)\n"                                                                             \
	"reject:flow smtp:request_started any any -> any any (smtp.rcpt_to; content:\"@\"; "       \
	"sid:1996;)\n"                                                                             \
	"accept:hook smtp:request_started any any -> any any (sid:2000;)\n" REST

#define ACCEPT_ALL                                                                                 \
	HANDSHAKE                                                                                  \
	"accept:hook smtp:request_started any any -> any any (sid:1;)\n"                           \
	"accept:hook smtp:request_data any any -> any any (sid:2;)\n"                              \
	"accept:hook smtp:request_complete any any -> any any (sid:3;)\n"                          \
	"accept:hook smtp:response_started any any -> any any (sid:4;)\n"                          \
	"accept:hook smtp:response_data any any -> any any (sid:5;)\n"                             \
	"accept:hook smtp:response_complete any any -> any any (sid:6;)\n"

static void
open_wire(struct wire *w, const char *rules)
{
	struct wire_settings s = { .rules = rules };

	assert_true(wire_open(w, &s));
	wire_connect(w);
	wire_text(w, WIRE_SERVER, "220 mx ESMTP\r\n");
	wire_text(w, WIRE_CLIENT, "EHLO client.example\r\n");
	wire_text(w, WIRE_SERVER, "250-mx\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250 CHUNKING\r\n");
	assert_true(wire_got(w, WIRE_CLIENT, "250 CHUNKING\r\n"));
}

static void
envelope(struct wire *w, const char *from, const char *to)
{
	char line[256];

	snprintf(line, sizeof(line), "MAIL FROM:<%s>\r\n", from);
	wire_text(w, WIRE_CLIENT, line);
	wire_text(w, WIRE_SERVER, "250 2.1.0 Ok\r\n");
	snprintf(line, sizeof(line), "RCPT TO:<%s>\r\n", to);
	wire_text(w, WIRE_CLIENT, line);
	wire_text(w, WIRE_SERVER, "250 2.1.5 Ok\r\n");
}

static void
mail_passes(void **state)
{
	struct wire w;

	open_wire(&w, BASE);
	envelope(&w, "alice@example.com", "bob@example.org");
	wire_text(&w, WIRE_CLIENT, "DATA\r\n");
	wire_text(&w, WIRE_SERVER, "354 go\r\n");
	wire_text(&w, WIRE_CLIENT, "From: alice@example.com\r\nSubject: hi\r\n\r\nbody\r\n.\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "\r\nbody\r\n.\r\n"));
	wire_text(&w, WIRE_SERVER, "250 2.0.0 Ok: queued as ABC123\r\n");
	wire_text(&w, WIRE_CLIENT, "QUIT\r\n");
	wire_text(&w, WIRE_SERVER, "221 Bye\r\n");
	wire_fin(&w, WIRE_SERVER);
	wire_fin(&w, WIRE_CLIENT);
	wire_drain(&w);
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	assert_int_equal(wire_events_with(&w, "\"event_type\":\"smtp\""), 1);
	assert_int_equal(wire_events_with(&w, "\"signature_id\":1998"), 1);
	assert_int_equal(wire_events_with(&w, "\"signature_id\":1999"), 1);
	assert_int_equal(wire_events_with(&w, "\"event_type\":\"drop\""), 0);
	assert_int_equal(wire_events_with(&w, "\"event_type\":\"flow\""), 1);
	assert_int_equal(wire_stat(&w, STATS_SMTP_ACCEPTED), 1);
	assert_int_equal(wire_stat(&w, STATS_TCP_RETRANSMIT), 0); /* a FIN of its own repeats nothing */
	assert_true(wire_close(&w));
}

/* The first refused line and all behind it stay here; nothing of the mail reaches the server. */
static void
refused_sender_never_arrives(void **state)
{
	struct wire w;
	size_t before;

	open_wire(&w, STRICT_ENVELOPE);
	before = w.got[WIRE_SERVER].len;
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<spam@example.net>\r\n");
	assert_int_equal(w.got[WIRE_SERVER].len, before);
	assert_false(w.reset[WIRE_CLIENT]);
	wire_text(&w, WIRE_CLIENT, "RCPT TO:<bob@example.org>\r\n");
	assert_int_equal(w.got[WIRE_SERVER].len, before);
	wire_drain(&w);
	assert_int_equal(wire_events_with(&w, "\"event_type\":\"smtp\""), 0);
	assert_true(wire_events_with(&w, "\"event_type\":\"drop\"") >= 1);
	assert_true(wire_events_with(&w, "<spam@example.net>") >= 1);
	assert_true(wire_close(&w));
}

static void
refused_recipient_resets_both(void **state)
{
	struct wire w;

	open_wire(&w, STRICT_ENVELOPE);
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<alice@example.com>\r\n");
	wire_text(&w, WIRE_SERVER, "250 Ok\r\n");
	wire_text(&w, WIRE_CLIENT, "RCPT TO:<bob@example.net>\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "MAIL FROM:<alice@example.com>\r\n"));
	assert_true(w.reset[WIRE_CLIENT]);
	assert_true(w.reset[WIRE_SERVER]);
	assert_true(wire_close(&w));
}

/* Never a partial line: it waits for its end (T22). */
static void
partial_line_is_held(void **state)
{
	struct wire w;
	size_t before;

	open_wire(&w, BASE);
	before = w.got[WIRE_SERVER].len;
	wire_text(&w, WIRE_CLIENT, "MAIL FR");
	assert_int_equal(w.got[WIRE_SERVER].len, before);
	wire_text(&w, WIRE_CLIENT, "OM:<alice@example.com>\r");
	assert_int_equal(w.got[WIRE_SERVER].len, before);
	wire_text(&w, WIRE_CLIENT, "\n");
	assert_true(wire_got(&w, WIRE_SERVER, "MAIL FROM:<alice@example.com>\r\n"));
	assert_true(wire_close(&w));
}

/* A frame that ends in an unfinished line is split: the whole line goes, the rest waits. */
static void
frame_is_split(void **state)
{
	struct wire w;

	open_wire(&w, BASE);
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<alice@example.com>\r\nRCPT TO:<bob@exa");
	assert_true(wire_got(&w, WIRE_SERVER, "MAIL FROM:<alice@example.com>\r\n"));
	wire_text(&w, WIRE_CLIENT, "mple.org>\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "RCPT TO:<bob@example.org>\r\n"));
	assert_true(wire_close(&w));
}

/* F5: what is sent behind DATA waits for the 354, and is a command when it does not come. */
static void
bytes_behind_data_wait(void **state)
{
	struct wire w;

	open_wire(&w, ACCEPT_ALL);
	wire_text(&w, WIRE_CLIENT,
		  "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: x\r\n\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "DATA\r\n"));
	wire_text(&w, WIRE_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "Subject: x\r\n\r\n"));
	wire_text(&w, WIRE_CLIENT, "text\r\n.\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "text\r\n.\r\n"));
	assert_true(wire_close(&w));
}

/* The bytes that would end the message are the rule's to give: request_complete has no rule. */
static void
end_of_data_waits_for_its_verdict(void **state)
{
	static const char rules[] = HANDSHAKE
		"accept:hook smtp:request_started any any -> any any (sid:1;)\n"
		"accept:hook smtp:request_data any any -> any any (sid:2;)\n"
		"drop:flow smtp:request_complete any any -> any any (smtp.body_size:>20; sid:3;)\n"
		"accept:hook smtp:request_complete any any -> any any (sid:7;)\n"
		"accept:hook smtp:response_started any any -> any any (sid:4;)\n"
		"accept:hook smtp:response_data any any -> any any (sid:5;)\n"
		"accept:hook smtp:response_complete any any -> any any (sid:6;)\n";
	struct wire w;

	open_wire(&w, rules);
	envelope(&w, "a@example.com", "b@example.org");
	wire_text(&w, WIRE_CLIENT, "DATA\r\n");
	wire_text(&w, WIRE_SERVER, "354 go\r\n");
	wire_text(&w, WIRE_CLIENT, "a line of the body\r\n");
	wire_text(&w, WIRE_CLIENT, "another line of the body\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "another line of the body\r\n"));
	wire_text(&w, WIRE_CLIENT, ".\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "another line of the body\r\n"));
	assert_true(wire_close(&w));
}

/* Smuggling (CVE-2023-51764 and kin): nothing behind the odd end of data reaches the server. */
static void
smuggling_stops(void **state)
{
	static const char *const ends[] = { "\n.\n", "\n.\r\n", "\r\n.\n", "\r\n.\r\r\n" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct wire w;
		char body[256];

		open_wire(&w, ACCEPT_ALL);
		envelope(&w, "a@example.com", "b@example.org");
		wire_text(&w, WIRE_CLIENT, "DATA\r\n");
		wire_text(&w, WIRE_SERVER, "354 go\r\n");
		snprintf(body, sizeof(body), "text%sMAIL FROM:<x@example.com>\r\n", ends[i]);
		wire_text(&w, WIRE_CLIENT, body);
		wire_text(&w, WIRE_CLIENT, "RCPT TO:<y@example.org>\r\nDATA\r\n");
		assert_int_equal(span_find(span_of(w.got[WIRE_SERVER].ptr, w.got[WIRE_SERVER].len),
					   SPAN_LIT("MAIL FROM:<x@")),
				 -1);
		assert_true(wire_stat(&w, STATS_DROP_SMTP) >= 1);
		assert_true(wire_close(&w));
	}
}

static void
different_retransmission_resets(void **state)
{
	struct wire w;

	open_wire(&w, BASE);
	wire_at(&w, WIRE_CLIENT, 0, "MAIL FROM:<alice@example.com>\r\n", 31);
	wire_at(&w, WIRE_CLIENT, 0, "MAIL FROM:<mallo@example.com>\r\n", 31);
	assert_true(w.reset[WIRE_SERVER]);
	assert_true(wire_stat(&w, STATS_DROP_TCP_OVERLAP) >= 1);
	assert_true(wire_close(&w));
}

static void
monitor_touches_nothing(void **state)
{
	struct wire_settings s = { .rules = STRICT_ENVELOPE, .monitor = true };
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx ESMTP\r\n");
	wire_text(&w, WIRE_CLIENT, "HELO c\r\nMAIL FROM:<spam@example.net>\r\nRC");
	assert_true(wire_got(&w, WIRE_SERVER, "example.net>\r\nRC"));
	wire_text(&w, WIRE_CLIENT, "PT TO:<bob@example.net>\r\n");
	wire_drain(&w);
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	assert_int_equal(w.made, 0);
	assert_true(wire_events_with(&w, "1997") >= 1);
	assert_true(wire_close(&w));
}

static void
starttls_is_opaque(void **state)
{
	struct wire w;

	open_wire(&w, ACCEPT_ALL);
	wire_text(&w, WIRE_CLIENT, "STARTTLS\r\n");
	wire_text(&w, WIRE_SERVER, "220 2.0.0 Ready\r\n");
	wire_say(&w, WIRE_CLIENT, "\x16\x03\x01\x00\x05hello", 10);
	assert_true(wire_got(&w, WIRE_SERVER, "hello"));
	wire_say(&w, WIRE_SERVER, "\x16\x03\x03\x00\x05world", 10);
	assert_true(wire_got(&w, WIRE_CLIENT, "world"));
	wire_drain(&w);
	assert_int_equal(wire_events_with(&w, "\"event_type\":\"smtp\""), 1);
	assert_int_equal(wire_stat(&w, STATS_SMTP_TLS), 1);
	assert_true(wire_close(&w));
}

/* T07: bytes behind STARTTLS before its reply would run as commands under TLS. */
static void
starttls_injection_stops(void **state)
{
	struct wire w;

	open_wire(&w, ACCEPT_ALL);
	wire_text(&w, WIRE_CLIENT, "STARTTLS\r\nMAIL FROM:<a@example.com>\r\n");
	wire_text(&w, WIRE_SERVER, "220 2.0.0 Ready\r\n");
	assert_int_equal(span_find(span_of(w.got[WIRE_SERVER].ptr, w.got[WIRE_SERVER].len),
				   SPAN_LIT("MAIL FROM")),
			 -1);
	assert_true(wire_close(&w));
}

/* Another protocol elsewhere is none of our business, even when it greets with 220. */
static void
other_port_passes(void **state)
{
	struct wire_settings s = { .rules = BASE, .server_port = 2121 };
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 FTP ready\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "220 FTP ready\r\n"));
	wire_text(&w, WIRE_CLIENT, "USER anonymous\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "USER anonymous\r\n"));
	wire_text(&w, WIRE_SERVER, "331 password\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "331 password\r\n"));
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	assert_true(wire_close(&w));
}

/* FTP's AUTH TLS is no SMTP, however it is cut; AUTH of another mechanism is. */
static void
auth_tls_elsewhere_is_ftp(void **state)
{
	static const char *const says[] = { "AUTH TLS\r\n", "AUTH LOGIN\r\n" };
	struct wire_settings s = { .rules = BASE, .server_port = 2121 };

	for (int i = 0; i < 4; i++) {
		const char *text = says[i / 2];
		size_t n = i % 2 != 0 ? 1 : strlen(text);
		struct wire w;

		assert_true(wire_open(&w, &s));
		wire_connect(&w);
		wire_text(&w, WIRE_SERVER, "220 ready\r\n");
		for (size_t at = 0; at < strlen(text); at += n)
			wire_say(&w, WIRE_CLIENT, text + at, n);
		assert_true(wire_got(&w, WIRE_SERVER, text));
		assert_int_equal(wire_stat(&w, STATS_SMTP_SESSIONS), i / 2);
		wire_text(&w, WIRE_SERVER, "234 go\r\n");
		if (i / 2 == 0) {
			wire_text(&w, WIRE_CLIENT, "\x16\x03\x01\x01\x01 hello");
			assert_true(wire_got(&w, WIRE_SERVER, " hello"));
		}
		assert_true(wire_close(&w));
	}
}

/* SMTP on any port: a banner and a verb. */
static void
smtp_on_another_port_is_seen(void **state)
{
	struct wire_settings s = { .rules = STRICT_ENVELOPE, .server_port = 10025 };
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx ESMTP\r\n");
	wire_text(&w, WIRE_CLIENT, "EHLO c\r\n");
	wire_text(&w, WIRE_SERVER, "250 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<spam@example.net>\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "EHLO c\r\n"));
	assert_int_equal(wire_stat(&w, STATS_SMTP_SESSIONS), 1);
	assert_true(wire_close(&w));
}

/* A hole that is never filled ends in a reset, not in a session that is held for ever (N5). */
static void
unfilled_hole_ends(void **state)
{
	struct wire w;

	open_wire(&w, BASE);
	wire_at(&w, WIRE_CLIENT, 10, "PT TO:<bob@example.org>\r\n", 25);
	assert_int_equal(wire_stat(&w, STATS_TCP_OUT_OF_ORDER), 1);
	wire_wait(&w, UINT64_C(400) * 1000000);
	assert_true(wire_stat(&w, STATS_DROP_TCP_TIMEOUT) >= 1);
	assert_true(w.reset[WIRE_SERVER]);
	assert_true(wire_close(&w));
}

static void
broken_frames_are_dropped(void **state)
{
	static const uint8_t junk[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0xff };
	struct wire w;

	open_wire(&w, BASE);
	for (size_t n = 0; n <= sizeof(junk); n++)
		wire_frame(&w, WIRE_CLIENT, junk, n);
	assert_true(wire_stat(&w, STATS_DROP_DECODE) >= 3);
	assert_true(wire_close(&w));
}

static void
packet_policy_decides_for_others(void **state)
{
	static const uint8_t arp[42] = { 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6,
					 0, 1, 8, 0, 6, 4, 0, 1 };
	struct wire_settings s = { .rules = BASE };
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_frame(&w, WIRE_CLIENT, arp, sizeof(arp));
	assert_int_equal(wire_stat(&w, STATS_DROP_PACKET_POLICY), 1);
	assert_true(wire_close(&w));
	s.rules = BASE "accept:packet arp:all any any -> any any (sid:9;)\n";
	assert_true(wire_open(&w, &s));
	wire_frame(&w, WIRE_CLIENT, arp, sizeof(arp));
	assert_int_equal(wire_stat(&w, STATS_ACCEPTED), 1);
	assert_true(wire_close(&w));
}

/* Events of thousands of sessions at the end must not overrun the ring before the writer has a turn. */
static void
drain_ends_a_few_sessions_a_call(void **state)
{
	size_t before, count;
	struct wire w;
	bool more = true;

	open_wire(&w, BASE);
	for (int i = 0; i < 40; i++)
		wire_reconnect(&w);
	assert_true(engine_sessions(w.engine) >= 40);
	while (more) {
		before = event_made(w.ring);
		more = engine_drain(w.engine, w.now_us);
		assert_true(event_made(w.ring) - before <= 8);
		engine_acts(w.engine, &count);
		assert_int_equal(count, 0); /* nothing was held */
	}
	assert_int_equal(engine_sessions(w.engine), 0);
	assert_true(event_made(w.ring) >= 40);
	assert_true(wire_close(&w));
}

/* What waits when the program ends is dropped, and counted as that; a part that left is counted. */
static void
held_at_the_end(void **state)
{
	struct wire w;

	open_wire(&w, BASE);
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<alice@example.com>\r\nRCPT TO:<b");
	assert_true(wire_got(&w, WIRE_SERVER, "MAIL FROM:<alice@example.com>\r\n"));
	assert_int_equal(wire_stat(&w, STATS_TCP_SPLIT), 1);
	assert_int_equal(wire_stat(&w, STATS_DROP_SHUTDOWN), 0);
	wire_drain(&w);
	assert_int_equal(wire_stat(&w, STATS_DROP_SHUTDOWN), 1);
	assert_true(wire_close(&w));
}

/* A rule of frames accepts the whole session before its first byte: no rule of SMTP is asked. */
static void
accepted_at_its_syn(void **state)
{
	struct wire_settings s = { .rules = "accept:flow tcp:all any any -> any 25 (flags:S; sid:1;)\n"
					    "accept:hook tcp:all any any <> any any (sid:2;)\n" };
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx ESMTP\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "220 mx ESMTP\r\n"));
	wire_text(&w, WIRE_CLIENT, "HELO c\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "HELO c\r\n"));
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	assert_true(wire_close(&w));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_passes),
		cmocka_unit_test(accepted_at_its_syn),
		cmocka_unit_test(refused_sender_never_arrives),
		cmocka_unit_test(refused_recipient_resets_both),
		cmocka_unit_test(partial_line_is_held),
		cmocka_unit_test(frame_is_split),
		cmocka_unit_test(bytes_behind_data_wait),
		cmocka_unit_test(end_of_data_waits_for_its_verdict),
		cmocka_unit_test(smuggling_stops),
		cmocka_unit_test(different_retransmission_resets),
		cmocka_unit_test(monitor_touches_nothing),
		cmocka_unit_test(starttls_is_opaque),
		cmocka_unit_test(starttls_injection_stops),
		cmocka_unit_test(auth_tls_elsewhere_is_ftp),
		cmocka_unit_test(other_port_passes),
		cmocka_unit_test(smtp_on_another_port_is_seen),
		cmocka_unit_test(unfilled_hole_ends),
		cmocka_unit_test(broken_frames_are_dropped),
		cmocka_unit_test(packet_policy_decides_for_others),
		cmocka_unit_test(drain_ends_a_few_sessions_a_call),
		cmocka_unit_test(held_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
