/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each key of smtp.normalizer, of smtp.*-cmds and of mime.*-decode-depth, by what it changes: the
 * same dialogue under two configurations; a text must be in the events of one and not of the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "wire.h"

#define ON "smtp: {normalizer: {enabled: yes, "
#define SID(n) "\"gid\":124,\"signature_id\":" #n ","
#define RULE "\"signature_id\":1000,"
#define ALERT(proto, options) "alert " proto " any any -> any any (" options " sid:1000;)\n"

/* A turn: "C" or "S", and what it says. */
#define HELLO                                                                                      \
	"S220 mx\r\n", "CEHLO pc.example.net\r\n",                                                  \
		"S250-mx\r\n250-CHUNKING\r\n250-STARTTLS\r\n250 AUTH NTLM CRAM-MD5 DIGEST-MD5\r\n"
#define ENVELOPE                                                                                   \
	HELLO, "CMAIL FROM:<alice@example.net>\r\n", "S250 Ok\r\n",                                  \
		"CRCPT TO:<bob@example.com>\r\n", "S250 Ok\r\n"
#define MAIL(message) ENVELOPE, "CDATA\r\n", "S354 go\r\n", "C" message "\r\n.\r\n", "S250 Ok\r\n"
#define FILE(encoding, body)                                                                       \
	MAIL("Subject: hi\r\nContent-Type: image/png; name=a.png\r\n"                               \
	     "Content-Transfer-Encoding: " encoding "\r\n\r\n" body)
#define FILE_RULE ALERT("smtp", "file.data; content:\"abcd\"; content:\"efgh\";")
#define AGAIN "R" /* the same client connects anew; what it had stays open */

static const struct effect {
	const char *id;
	const char *quiet, *loud; /* configurations: without and with the text */
	const char *rules, *text;
	const char *turns[32];
} effects[] = {
	{ "enabled", "{}", ON "invalid-cmds: [NOOP]}}", NULL, SID(6), { HELLO, "CNOOP\r\n" } },
	{ "inspection-type: no switch of mechanisms", ON "inspection-type: stateless}}", ON "}}", NULL,
	  SID(14),
	  { HELLO, "CAUTH CRAM-MD5\r\n", "S334 PDE+\r\n", "C*\r\n", "S501 no\r\n",
	    "CAUTH DIGEST-MD5\r\n" } },
	{ "inspection-type: no mixed line ends", ON "inspection-type: stateless}}", ON "}}", NULL,
	  SID(18), { HELLO, "CNOOP\n" } },
	{ "inspection-type: no first chunk", ON "}}", ON "inspection-type: stateless}}", NULL, SID(8),
	  { HELLO, "CX-LINK2STATE FIRST CHUNK={1}\r\n", "S200 go\r\n",
	    "CX-LINK2STATE CHUNK={1000}\r\n" } },
	{ "normalize: none, all", ON "normalize: none}}", ON "normalize: all}}",
	  ALERT("smtp", "smtp.command_line; content:\"NOOP x\"; bsize:6;"), RULE,
	  { HELLO, "CNOOP \t x  \r\n" } },
	{ "normalize: leading blanks", ON "normalize: none}}", ON "normalize: all}}",
	  ALERT("smtp", "smtp.command_line; content:\"MAIL FROM: <a@b>\"; startswith;"), RULE,
	  { HELLO, "C MAIL\tFROM: <a@b>\r\n" } },
	{ "normalize-cmds", ON "normalize-cmds: [RCPT]}}", ON "normalize-cmds: [NOOP]}}",
	  ALERT("smtp", "smtp.command_line; content:\"NOOP x\"; bsize:6;"), RULE,
	  { HELLO, "CNOOP  x\r\n" } },
	{ "normalize is for RCPT, VRFY, EXPN", "{}", ON "}}",
	  ALERT("smtp", "smtp.command_line; content:\"VRFY bob\"; bsize:8;"), RULE,
	  { HELLO, "CVRFY   bob \r\n" } },
	{ "ignore-data: body", ON "ignore-data: yes}}", ON "}}",
	  ALERT("smtp", "smtp.data; content:\"secret\";"), RULE,
	  { MAIL("Subject: hi\r\n\r\nsecret") } },
	{ "ignore-data: files", ON "ignore-data: yes}}", ON "}}", FILE_RULE, RULE,
	  { FILE("7bit", "abcdefgh") } },
	{ "ignore-data: names", ON "ignore-data: yes}}", ON "}}",
	  ALERT("smtp", "file.name; content:\"b.png\";"), RULE,
	  { MAIL("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
		 "Content-Type: image/png; name=b.png\r\n\r\nx\r\n--b--") } },
	{ "ignore-tls-data", ON "ignore-tls-data: yes}}", ON "}}",
	  ALERT("tcp", "content:\"plain\";"), RULE,
	  { HELLO, "CSTARTTLS\r\n", "S220 go\r\n", "C\x16\x03\x01plain", "S\x16\x03\x01x",
	    "Cplain" } },
	{ "max-command-line-len", ON "max-command-line-len: 22}}", ON "max-command-line-len: 21}}", NULL,
	  SID(1), { HELLO, "CNOOP aaaaaaaaaaaaaaa\r\n" } },
	{ "max-command-line-len: 0", ON "}}", ON "max-command-line-len: 512}}", NULL, SID(1),
	  { HELLO,
	    "CNOOP aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "\r\n" } },
	{ "alt-max-command-line-len", ON "}}", ON "alt-max-command-line-len: ['noop:10']}}", NULL, SID(4),
	  { HELLO, "CNOOP aaaa\r\n" } },
	{ "alt-max-command-line-len: in place of the other",
	  ON "max-command-line-len: 10, alt-max-command-line-len: ['NOOP:0', 'EHLO:0']}}",
	  ON "max-command-line-len: 10, alt-max-command-line-len: ['EHLO:0']}}", NULL, SID(1),
	  { HELLO, "CNOOP aaaa\r\n" } },
	{ "max-auth-command-line-len", ON "max-auth-command-line-len: 0}}",
	  ON "max-auth-command-line-len: 13}}", NULL, SID(15), { HELLO, "CAUTH NTLM AA\r\n" } },
	{ "max-header-line-len", ON "max-header-line-len: 14}}", ON "max-header-line-len: 13}}", NULL,
	  SID(2), { MAIL("Subject: abc\r\n\r\na long line of text") } },
	{ "max-header-line-len: a folded field", ON "max-header-line-len: 14}}",
	  ON "max-header-line-len: 13}}", NULL, SID(2),
	  { MAIL("Subject: abc\r\n defghijkl\r\n mnopq\r\n\r\ntext") } },
	{ "max-response-line-len", ON "max-response-line-len: 80}}", ON "max-response-line-len: 40}}",
	  NULL, SID(3),
	  { HELLO, "CNOOP\r\n", "S250 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" } },
	{ "alert-unknown-cmds", ON "}}", ON "alert-unknown-cmds: yes}}", NULL, SID(5),
	  { HELLO, "CXFOO\r\n" } },
	{ "valid-cmds", ON "alert-unknown-cmds: yes, valid-cmds: [xfoo]}}",
	  ON "alert-unknown-cmds: yes}}", NULL, SID(5), { HELLO, "CXFOO\r\n" } },
	{ "invalid-cmds", ON "}}", ON "invalid-cmds: [vrfy]}}", NULL, SID(6),
	  { HELLO, "CVRFY a\r\n" } },
	{ "xlink2state: disable", ON "xlink2state: disable}}", ON "}}", NULL, SID(8),
	  { HELLO, "CX-LINK2STATE CHUNK={1000}\r\n" } },
	{ "xlink2state: drop", ON "}}", ON "xlink2state: drop}}", NULL, "\"event_type\":\"drop\"",
	  { HELLO, "CX-LINK2STATE CHUNK={1000}\r\n" } },
	{ "no-alerts: of lengths", ON "invalid-cmds: [NOOP], no-alerts: yes}}",
	  ON "invalid-cmds: [NOOP]}}", NULL, "\"event_type\":\"alert\"", { HELLO, "CNOOP\r\n" } },
	{ "no-alerts: a drop stays", ON "no-alerts: yes}}", ON "no-alerts: yes, xlink2state: drop}}",
	  NULL, "\"event_type\":\"drop\"", { HELLO, "CX-LINK2STATE CHUNK={1000}\r\n" } },
	{ "disable-sids", ON "disable-sids: [18]}}", ON "disable-sids: [17]}}", NULL, SID(18),
	  { HELLO, "CNOOP\n" } },
	{ "log-mailfrom", ON "max-header-line-len: 1, log-mailfrom: no}}",
	  ON "max-header-line-len: 1}}", NULL,
	  "\"event_type\":\"alert\"|\"mail_from\":\"<alice@example.net>\"",
	  { MAIL("Subject: hi\r\n\r\nx") } },
	{ "log-rcptto", ON "max-header-line-len: 1, log-rcptto: no}}", ON "max-header-line-len: 1}}",
	  NULL, "\"event_type\":\"alert\"|\"rcpt_to\":[\"<bob@example.com>\"]",
	  { MAIL("Subject: hi\r\n\r\nx") } },
	{ "log-filename", ON "log-filename: no}}", ON "}}", FILE_RULE,
	  "\"event_type\":\"alert\"|\"attachment\":[\"a.png\"]", { FILE("7bit", "abcdefgh") } },
	{ "log-email-hdrs", ON "}}", ON "log-email-hdrs: yes}}", FILE_RULE,
	  "\"event_type\":\"alert\"|\"email_hdrs\":\"Subject: hi\\r\\nContent-Type: image/png",
	  { FILE("7bit", "abcdefgh") } },
	{ "email-hdrs-log-depth", ON "log-email-hdrs: yes}}",
	  ON "log-email-hdrs: yes, email-hdrs-log-depth: 10}}", FILE_RULE,
	  "\"email_hdrs\":\"Subject: h\"", { FILE("7bit", "abcdefgh") } },
	{ "memcap", ON "log-email-hdrs: yes, memcap: 3276}}", ON "log-email-hdrs: yes, memcap: 4536}}",
	  FILE_RULE, "\"email_hdrs\":\"Subject: hi", { FILE("7bit", "abcdefgh") } },
	{ "data-cmds", "{}", "smtp: {data-cmds: [XDATA]}", NULL, "\"subject\":\"hi\"",
	  { ENVELOPE, "CXDATA\r\n", "S354 go\r\n", "CSubject: hi\r\n\r\nx\r\n.\r\n", "S250 Ok\r\n" } },
	{ "binary-data-cmds", "{}", "smtp: {binary-data-cmds: [XBDAT]}", NULL, "\"subject\":\"hi\"",
	  { ENVELOPE, "CXBDAT 17 LAST\r\n", "CSubject: hi\r\n\r\nab", "S250 Ok\r\n" } },
	{ "auth-cmds: secrets", "{}", "smtp: {auth-cmds: []}",
	  ALERT("smtp", "smtp.command_line; content:\"c2VjcmV0\";"), RULE,
	  { HELLO, "CX-EXPS NTLM c2VjcmV0\r\n" } },
	{ "b64-decode-depth", "mime: {b64-decode-depth: 7}", "mime: {b64-decode-depth: 8}", FILE_RULE,
	  RULE, { FILE("base64", "YWJjZGVmZ2g=") } },
	{ "a decode depth is told", "mime: {b64-decode-depth: 8, digests: [md5]}",
	  "mime: {b64-decode-depth: 4, digests: [md5]}", NULL, "\"state\":\"TRUNCATED\"|\"size\":4",
	  { FILE("base64", "YWJjZGVmZ2g=") } },
	{ "a decode depth is an anomaly", "mime: {b64-decode-depth: 8}", "mime: {b64-decode-depth: 7}",
	  NULL, "\"MIME_DECODE_DEPTH\"", { FILE("base64", "YWJjZGVmZ2g=") } },
	{ "no size is known of what is cut", "mime: {b64-decode-depth: 7}",
	  "mime: {b64-decode-depth: 8}", ALERT("smtp", "filesize:<100;"), RULE,
	  { FILE("base64", "YWJjZGVmZ2g=") } },
	{ "b64-decode-depth: off", ON "}}\nmime: {b64-decode-depth: off}", ON "}}", NULL, SID(10),
	  { FILE("base64", "YWJj!!ZGVmZ2g=YQ") } },
	{ "qp-decode-depth", "mime: {qp-decode-depth: 7}", "mime: {qp-decode-depth: 8}", FILE_RULE, RULE,
	  { FILE("quoted-printable", "abcd=65fgh") } },
	{ "qp-decode-depth: off", ON "}}\nmime: {qp-decode-depth: off}", ON "}}", NULL, SID(11),
	  { FILE("quoted-printable", "ab=XYcd") } },
	{ "uu-decode-depth", "mime: {uu-decode-depth: 7}", "mime: {uu-decode-depth: 8}", FILE_RULE, RULE,
	  { FILE("x-uuencode", "begin 644 a\r\n(86)C9&5F9V@\r\n`\r\nend") } },
	{ "uu-decode-depth: off", ON "}}\nmime: {uu-decode-depth: off}", ON "}}", NULL, SID(13),
	  { FILE("x-uuencode", "nothing") } },
	{ "bitenc-decode-depth", "mime: {bitenc-decode-depth: 7}", "mime: {bitenc-decode-depth: 8}",
	  FILE_RULE, RULE, { FILE("8bit", "abcdefgh") } },
	{ "bitenc-decode-depth: off", ON "}}\nmime: {bitenc-decode-depth: off}", ON "}}", NULL, SID(12),
	  { FILE("x-what", "text") } },
	{ "limits.messages, for max_mime_mem", ON "}}", "limits: {messages: 1}\n" ON "}}", NULL, SID(9),
	  { ENVELOPE, "CDATA\r\n", "S354 go\r\n", "CSubject: one\r\n\r\nx\r\n", AGAIN,
	    MAIL("Subject: two\r\n\r\nx"), "CQUIT\r\n" } },
};

static void
say(struct wire *w, const char *turn)
{
	if (turn[0] == 'R') {
		wire_reconnect(w);
		return;
	}
	wire_text(w, turn[0] == 'S' ? WIRE_SERVER : WIRE_CLIENT, turn + 1);
}

/* text may be two, with "|" between: one event holds both. */
static bool
told(const struct wire *w, const char *text)
{
	size_t first = strcspn(text, "|");
	char head[64];

	snprintf(head, sizeof(head), "%.*s", (int)first, text);
	if (text[first] == '\0')
		return wire_events_with(w, text) > 0;
	for (size_t i = 0; i < w->events; i++)
		if (strstr(w->event[i], head) != NULL && strstr(w->event[i], text + first + 1) != NULL)
			return true;
	return false;
}

static void
check(const struct effect *e, const char *yaml, bool expected)
{
	struct wire_settings s = { .rules = e->rules, .yaml = yaml };
	struct wire w;

	if (!wire_open(&w, &s))
		fail_msg("%s: does not load: %s", e->id, yaml);
	wire_connect(&w);
	for (size_t i = 0; e->turns[i] != NULL; i++)
		say(&w, e->turns[i]);
	wire_drain(&w);
	for (size_t i = 0; told(&w, e->text) != expected && i < w.events; i++)
		print_message("%s\n", w.event[i]);
	if (told(&w, e->text) != expected)
		fail_msg("%s: %s is %sin the events with %s", e->id, e->text, expected ? "not " : "", yaml);
	assert_true(wire_close(&w));
}

static void
test_effects(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
		check(&effects[i], effects[i].quiet, false);
		check(&effects[i], effects[i].loud, true);
	}
}

/* With ignore-data rules see the message's header still, and end of data is judged. */
static void
test_ignore_data_keeps_the_header(void **state)
{
	static const struct effect e = { .id = "header", .rules = ALERT("smtp", "smtp.data; content:\"hi\";"),
					 .text = RULE, .turns = { MAIL("Subject: hi\r\n\r\nx") } };
	static const struct effect field = { .id = "field", .rules = ALERT("smtp",
					     "email.subject; content:\"hi\";"),
					     .text = RULE, .turns = { MAIL("Subject: hi\r\n\r\nx") } };

	(void)state;
	check(&e, ON "ignore-data: yes}}", true);
	check(&field, ON "ignore-data: yes}}", true);
}

#define INJECTED "CSTARTTLS\r\nRSET\r\n"
#define EVENT_RULE(action)                                                                         \
	action " smtp any any -> any any (app-layer-event:smtp.starttls_injection; sid:1000;)\n"

/* What breaks the framing is judged, too: told, or stopped, though no event follows it. */
static void
test_broken_framing(void **state)
{
	static const struct {
		const char *rules, *config;
		bool alert, drop;
	} table[] = {
		{ EVENT_RULE("alert"), "{}", true, false },
		{ EVENT_RULE("drop"), "{}", true, true },
		{ EVENT_RULE("alert"), "firewall: {enabled: yes, policies: {default-policy: "
				       "accept:hook}}", true, true },
		{ EVENT_RULE("drop"), "mode: monitor", true, false },
		{ NULL, "{}", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct wire_settings s = { .rules = table[i].rules, .yaml = table[i].config };
		static const char *const turns[] = { HELLO, INJECTED };
		struct wire w;

		assert_true(wire_open(&w, &s));
		wire_connect(&w);
		for (size_t n = 0; n < sizeof(turns) / sizeof(turns[0]); n++)
			say(&w, turns[n]);
		wire_drain(&w);
		if (told(&w, RULE "|" "\"event_type\":\"alert\"") != table[i].alert ||
		    told(&w, "\"event_type\":\"drop\"") != table[i].drop ||
		    wire_got(&w, WIRE_SERVER, "RSET\r\n") == table[i].drop)
			fail_msg("case %zu", i);
		assert_true(wire_close(&w));
	}
}

/* A rule of one's own may have the number of an alert that is left out, and no other. */
static void
test_number_is_free(void **state)
{
	static const struct effect e = {
		.id = "own",
		.rules = "alert smtp any any -> any any (msg:\"mine\"; app-layer-event:smtp.bare_lf; "
			 "gid:124; sid:17;)\n",
		.text = "\"signature\":\"mine\"", .turns = { HELLO, "CNOOP\n" },
	};
	struct wire_settings s = { .rules = e.rules, .yaml = ON "}}", .quiet = true };
	struct wire w;

	(void)state;
	assert_false(wire_open(&w, &s));
	check(&e, ON "disable-sids: [17, 18]}}", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_effects),
		cmocka_unit_test(test_ignore_data_keeps_the_header),
		cmocka_unit_test(test_number_is_free),
		cmocka_unit_test(test_broken_framing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
