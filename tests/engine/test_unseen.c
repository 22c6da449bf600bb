/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A cap must never hide what a rule asked for: where a value cannot be judged whole, the mail does
 * not pass. Each case hides the same word behind a cap; a rule denies the word; the end of the
 * message must not reach the server. The same mail under rules that ask for nothing of it passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire.h"

#define BEFORE "accept:hook tcp:all any any <> any any (sid:1;)\n"
#define AFTER                                                                                      \
	"accept:hook smtp:request_started any any -> any any (sid:3;)\n"                           \
	"accept:hook smtp:request_data any any -> any any (sid:4;)\n"                              \
	"accept:hook smtp:request_complete any any -> any any (sid:5;)\n"                          \
	"accept:hook smtp:response_started any any -> any any (sid:6;)\n"                          \
	"accept:hook smtp:response_data any any -> any any (sid:7;)\n"                             \
	"accept:hook smtp:response_complete any any -> any any (sid:8;)\n"
#define DENY(asks)                                                                                 \
	BEFORE "reject:flow smtp:request_data any any -> any any (" asks " sid:2;)\n" AFTER
#define ASKS_NOTHING BEFORE AFTER

static char *
repeated(const char *before, const char *format, unsigned count, const char *after)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	fputs(before, f);
	for (unsigned i = 0; i < count; i++)
		fprintf(f, format, i);
	fputs(after, f);
	fclose(f);
	return text;
}

static char *
padded(const char *before, size_t len, const char *after)
{
	char *text = malloc(strlen(before) + len + strlen(after) + 1), *at = stpcpy(text, before);

	memset(at, 'y', len);
	strcpy(at + len, after);
	return text;
}

/* Does the whole message, with its end, reach the server? */
static bool
passes(const char *rules, const char *message)
{
	struct wire_settings s = { .rules = rules };
	size_t len = strlen(message), at = 0;
	struct wire w;
	bool whole;

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "HELO c\r\n");
	wire_text(&w, WIRE_SERVER, "250 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<a@b>\r\n");
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	wire_text(&w, WIRE_CLIENT, "RCPT TO:<c@d>\r\n");
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	wire_text(&w, WIRE_CLIENT, "DATA\r\n");
	wire_text(&w, WIRE_SERVER, "354 go\r\n");
	while (at < len) {
		size_t n = len - at < 1400 ? len - at : 1400;

		wire_say(&w, WIRE_CLIENT, message + at, n);
		at += n;
	}
	wire_text(&w, WIRE_CLIENT, "\r\n.\r\n");
	whole = wire_got(&w, WIRE_SERVER, "\r\n.\r\n");
	assert_true(wire_close(&w));
	return whole;
}

static void
hides(const char *deny, char *message)
{
	assert_true(passes(ASKS_NOTHING, message));
	assert_false(passes(deny, message));
	free(message);
}

#define HEADER DENY("email.header; content:\"evil\";")
#define PAD "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"

/* Header fields that use up the session's memory. */
static void
memory_of_header_fields(void **state)
{
	char *fill = padded("X-A: ", 6300, "\r\n");
	char *text = malloc(80 * strlen(fill) + 64), *at = text;

	for (int i = 0; i < 60; i++)
		at = stpcpy(at, fill);
	free(fill);
	fill = padded("X-B: evil ", 3600, "\r\n\r\ntext");
	stpcpy(at, fill);
	free(fill);
	hides(HEADER, text);
}

static void
end_of_a_long_field(void **state)
{
	hides(HEADER, padded("X-B: ", 9000, " evil\r\n\r\ntext"));
	hides(DENY("email.subject; content:\"evil\";"),
	      padded("Subject: ", 9000, " evil\r\n\r\ntext"));
}

/* Two MiB of header: more than one block may have. */
static void
field_behind_a_huge_header(void **state)
{
	hides(HEADER, repeated("", "X-%u: " PAD PAD PAD "\r\n", 7500, "X-B: evil\r\n\r\ntext"));
}

static void
url_behind_many(void **state)
{
	hides(DENY("email.url; content:\"evil\";"),
	      repeated("Subject: s\r\n\r\n", "http://host%u.example/\r\n", 300,
		       "http://evil.example/\r\n"));
}

static void
extension_of_a_long_name(void **state)
{
	hides(DENY("fileext:\"exe\";"),
	      padded("Content-Type: application/octet-stream\r\n"
		     "Content-Disposition: attachment; filename=\"",
		     400, ".exe\"\r\n\r\ntext"));
}

#define PART "--b\r\nContent-Type: text/plain\r\n\r\n%u\r\n"
#define EVIL                                                                                       \
	"--b\r\nContent-Disposition: attachment; filename=\"a.bin\"\r\n"                           \
	"Content-Transfer-Encoding: base64\r\n\r\nZXZpbCBldmlsIGV2aWw=\r\n--b--\r\n"

static void
file_behind_many_parts(void **state)
{
	hides(DENY("file.data; content:\"evil\";"),
	      repeated("Content-Type: multipart/mixed; boundary=b\r\n\r\n", PART, 1100, EVIL));
}

static void
file_in_the_depth(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (unsigned i = 0; i < 40; i++)
		fprintf(f, "Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i, i);
	fputs("Content-Disposition: attachment; filename=\"a.bin\"\r\n"
	      "Content-Transfer-Encoding: base64\r\n\r\nZXZpbCBldmlsIGV2aWw=\r\n",
	      f);
	fclose(f);
	hides(DENY("file.data; content:\"evil\";"), text);
}

/* The part of a command line that rules do not see. */
static void
end_of_a_long_command(void **state)
{
	static const char rules[] = BEFORE
		"reject:flow smtp:request_started any any -> any any (smtp.helo; "
		"content:\"evil\"; sid:2;)\n" AFTER;
	struct wire_settings s = { .rules = rules };
	char *line = padded("HELO ", 5000, "evil\r\n");
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, line);
	assert_false(wire_got(&w, WIRE_SERVER, "evil\r\n"));
	assert_true(wire_close(&w));
	free(line);
}

/* ... or reply. */
static void
end_of_a_long_reply(void **state)
{
	static const char rules[] = BEFORE
		"reject:flow smtp:response_started any any -> any any (smtp.response; "
		"content:\"evil\"; sid:2;)\n" AFTER;
	struct wire_settings s = { .rules = rules };
	char *line = padded("220 ", 5000, "evil\r\n");
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, line);
	assert_false(wire_got(&w, WIRE_CLIENT, "evil\r\n"));
	assert_true(wire_close(&w));
	free(line);
}

/* One byte and a bare LF are no empty line: the header goes on. */
static void
header_behind_a_short_line(void **state)
{
	hides(DENY("smtp.header_size:>2000;"), padded("A\nX-A: ", 3000, "\r\n\r\ntext"));
	hides(DENY("smtp.header_size:>2000;"), padded("A\r\nX-A: ", 3000, "\r\n\r\ntext"));
	hides(DENY("smtp.header_size:<2000;"), padded("A: b\r\n\r\n", 3000, ""));
	hides(DENY("smtp.header_size:<2000;"), padded("A: b\n\n", 3000, ""));
}

/* Rules that only alert stop nothing, whatever cap is reached. */
static void
alerts_stop_nothing(void **state)
{
	char *text = padded("X-B: ", 9000, " evil\r\n\r\ntext");

	assert_true(passes("alert smtp any any -> any any (email.header; content:\"evil\"; sid:2;)\n",
			   text));
	assert_false(passes("drop smtp any any -> any any (email.header; content:\"evil\"; sid:2;)\n",
			    text));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_of_header_fields),
		cmocka_unit_test(end_of_a_long_field),
		cmocka_unit_test(field_behind_a_huge_header),
		cmocka_unit_test(url_behind_many),
		cmocka_unit_test(extension_of_a_long_name),
		cmocka_unit_test(file_behind_many_parts),
		cmocka_unit_test(file_in_the_depth),
		cmocka_unit_test(end_of_a_long_command),
		cmocka_unit_test(end_of_a_long_reply),
		cmocka_unit_test(header_behind_a_short_line),
		cmocka_unit_test(alerts_stop_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
