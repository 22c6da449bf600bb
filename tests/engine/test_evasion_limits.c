/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Too long, too many, too slow, and bytes of the server that the client must not believe: limits
 * are held exactly, and what lies below them passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "play.h"

static const struct play_case at_connect = { .begin = AT_CONNECT }, at_helo = { .begin = AT_HELO },
			      at_rcpt = { .begin = AT_RCPT }, at_body = { .begin = AT_BODY };

static struct wire *
begin(const struct play_case *c)
{
	return play_run(c, PLAY_DEFAULT, false);
}

/* In segments of at most 1,400 bytes, as far as anybody listens. */
static void
say(struct wire *w, enum wire_side from, const char *bytes, size_t len)
{
	for (size_t at = 0, n; at < len && !w->reset[from]; at += n) {
		n = len - at < 1400 ? len - at : 1400;
		wire_say(w, from, bytes + at, n);
	}
}

/* "NOOP xxx...", len bytes with its end. */
static char *
long_line(const char *head, size_t len)
{
	char *line = malloc(len + 1);

	memset(line, 'x', len);
	memcpy(line, head, strlen(head));
	memcpy(line + len - 2, "\r\n", 3);
	return line;
}

static void
command_lines(void **state)
{
	static const struct {
		size_t len;
		const char *odd;
		bool passes;
	} lines[] = {
		{ 512, "", true },
		{ 513, "MAX_COMMAND_LINE_LEN_EXCEEDED ", true },
		{ 4096, "MAX_COMMAND_LINE_LEN_EXCEEDED ", true },
		{ 4097, "MAX_COMMAND_LINE_LEN_EXCEEDED TRUNCATED_LINE ", true },
		{ 12289, "MAX_COMMAND_LINE_LEN_EXCEEDED TRUNCATED_LINE ", true },
		{ 12290, "LINE_TOO_LONG ", false },
		{ 16385, "LINE_TOO_LONG ", false },
		{ 70000, "LINE_TOO_LONG ", false },
	};

	play_open(play_accept_all);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct wire *w = begin(&at_helo);
		char *line = long_line("NOOP ", lines[i].len);

		say(w, WIRE_CLIENT, line, lines[i].len);
		assert_string_equal(play_oddities(w), lines[i].odd);
		assert_int_equal(w->got[WIRE_SERVER].len, lines[i].passes ? lines[i].len : 0);
		wire_wait(w, UINT64_C(90) * 1000000);
		assert_int_equal(w->reset[WIRE_SERVER], !lines[i].passes);
		free(line);
	}
	play_close();
}

/* Lines of text may be as long as they like: servers only fold them. */
static void
text_lines(void **state)
{
	static const size_t lens[] = { 998, 999, 1000, 1001, 2049, 16385, 70000, 300000 };

	play_open(play_accept_all);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct wire *w = begin(&at_body);
		char *line = long_line("Subject: ", lens[i]);

		say(w, WIRE_CLIENT, line, lens[i]);
		say(w, WIRE_CLIENT, "\r\n.\r\n", 5);
		wire_text(w, WIRE_SERVER, "250 ok\r\n");
		assert_int_equal(w->got[WIRE_SERVER].len, lens[i] + 5);
		assert_int_equal(wire_events_with(w, "\"event_type\":\"smtp\""), 1);
		free(line);
	}
	play_close();
}

/* Lines that come in pieces with pauses: whole or not at all. */
static void
slow_lines(void **state)
{
	static const char *const piece[] = { "NO", "OP", "\r" };
	struct wire *w;

	play_open(play_accept_all);
	w = begin(&at_helo);
	for (int i = 0; i < 3; i++) {
		wire_text(w, WIRE_CLIENT, piece[i]);
		wire_wait(w, 9000000);
		assert_int_equal(w->got[WIRE_SERVER].len, 0);
	}
	wire_text(w, WIRE_CLIENT, "\n");
	assert_true(wire_got(w, WIRE_SERVER, "NOOP\r\n"));
	w = begin(&at_connect); /* half of a verb is none of it */
	wire_text(w, WIRE_SERVER, "220 mx\r\n");
	wire_text(w, WIRE_CLIENT, "EHLO client.example");
	wire_fin(w, WIRE_CLIENT);
	wire_wait(w, UINT64_C(400) * 1000000);
	assert_int_equal(w->got[WIRE_SERVER].len, 0);
	play_close();
}

/* T08: what stands behind the 220 of STARTTLS would be believed under TLS (CVE-2021-38371). */
static void
replies_behind_starttls(void **state)
{
	static const char *const more[] = { "250 injected\r\n", "250-injected\r\n250 x\r\n", "\r\n",
					    "x" };

	play_open(play_accept_all);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		for (int single = 0; single < 2; single++) {
			struct wire *w = begin(&at_helo);
			char reply[64];

			wire_text(w, WIRE_CLIENT, "STARTTLS\r\n");
			snprintf(reply, sizeof(reply), "220 ready\r\n%s", more[i]);
			play_say(w, WIRE_SERVER, span_str(reply), single);
			assert_int_equal(w->got[WIRE_CLIENT].len, single ? 11 : 0);
			assert_true(w->reset[WIRE_CLIENT] && w->reset[WIRE_SERVER]);
			assert_string_equal(play_oddities(w), "FAILED_PROTOCOL_CHANGE ");
		}
	play_close();
}

static void
long_replies(void **state)
{
	char *line = long_line("250 ", 1 << 20);
	struct wire *w;

	play_open(play_accept_all);
	w = begin(&at_helo);
	wire_text(w, WIRE_CLIENT, "NOOP\r\n");
	for (int i = 0; i < 6000; i++) /* each line goes on, only the last one answers */
		wire_text(w, WIRE_SERVER, "250-more\r\n");
	assert_false(w->reset[WIRE_CLIENT]);
	say(w, WIRE_CLIENT, "RSET\r\n", 6);
	assert_true(wire_got(w, WIRE_SERVER, "NOOP\r\n")); /* no answer yet */
	wire_text(w, WIRE_SERVER, "250 done\r\n");
	assert_true(wire_got(w, WIRE_SERVER, "RSET\r\n"));
	w = begin(&at_helo);
	wire_text(w, WIRE_CLIENT, "NOOP\r\n");
	say(w, WIRE_SERVER, line, 1 << 20);
	assert_true(w->reset[WIRE_CLIENT] && w->reset[WIRE_SERVER]);
	assert_int_equal(w->got[WIRE_CLIENT].len, 0);
	assert_string_equal(play_oddities(w), "LINE_TOO_LONG ");
	play_close();
	free(line);
}

/* Hundreds of mails, thousands of commands in one session: nothing piles up. */
static void
many_of_all(void **state)
{
	struct wire *w;

	play_open(play_accept_all);
	w = begin(&at_helo);
	for (int i = 0; i < 1000; i++) {
		wire_text(w, WIRE_CLIENT,
			  "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n");
		wire_text(w, WIRE_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
		wire_text(w, WIRE_CLIENT, "Subject: x\r\n\r\n.\r\n");
		wire_text(w, WIRE_SERVER, "250 ok\r\n");
	}
	for (int i = 0; i < 10000; i++) {
		wire_text(w, WIRE_CLIENT, "NOOP\r\n");
		wire_text(w, WIRE_SERVER, "250 ok\r\n");
	}
	assert_true(wire_got(w, WIRE_SERVER, "NOOP\r\n"));
	assert_int_equal(wire_stat(w, STATS_SMTP_MESSAGES), 1000);
	assert_int_equal(wire_stat(w, STATS_LIMIT_SESSION_MEMORY), 0);
	assert_int_equal(wire_stat(w, STATS_BLOCKED), 0);
	play_close();
}

/* Recipients up to the limit, and not one more: it could hide from "all recipients". */
static void
many_recipients(void **state)
{
	struct wire *w;

	play_open(play_accept_all);
	w = begin(&at_rcpt);
	for (int i = 1; i < 1000; i++) {
		wire_text(w, WIRE_CLIENT, "RCPT TO:<c@d.example>\r\n");
		wire_text(w, WIRE_SERVER, "250 ok\r\n");
	}
	assert_int_equal(wire_stat(w, STATS_LIMIT_RCPT), 0);
	assert_int_equal(w->got[WIRE_SERVER].len, 999 * 23);
	wire_text(w, WIRE_CLIENT, "RCPT TO:<c@d.example>\r\n");
	assert_int_equal(wire_stat(w, STATS_LIMIT_RCPT), 1);
	assert_int_equal(w->got[WIRE_SERVER].len, 999 * 23);
	play_close();
}

/* A header of a megabyte, and one of 50,000 fields. */
static void
large_headers(void **state)
{
	char *line = long_line("Subject: ", 1 << 20);
	struct wire *w;

	play_open(play_accept_all);
	w = begin(&at_body);
	say(w, WIRE_CLIENT, line, 1 << 20);
	for (int i = 0; i < 1000; i++) {
		char fields[50 * 8 + 1];

		for (int f = 0; f < 50; f++)
			memcpy(fields + 8 * f, "X-A: b\r\n", 9);
		say(w, WIRE_CLIENT, fields, 400);
	}
	say(w, WIRE_CLIENT, "\r\n.\r\n", 5);
	assert_int_equal(w->got[WIRE_SERVER].len, (1 << 20) + 400000 + 5);
	assert_int_equal(wire_stat(w, STATS_SMTP_MESSAGES), 1);
	play_close();
	free(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines),   cmocka_unit_test(text_lines),
		cmocka_unit_test(slow_lines),	   cmocka_unit_test(replies_behind_starttls),
		cmocka_unit_test(long_replies),	   cmocka_unit_test(many_of_all),
		cmocka_unit_test(many_recipients), cmocka_unit_test(large_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
