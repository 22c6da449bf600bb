/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ends of data that servers read differently (SMTP smuggling, CVE-2023-51764 to -51766 and kin):
 * what is no CRLF.CRLF never ends a message, and what some server takes for one stops the session.
 * Behind each stands a second envelope that no server may see as commands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "play.h"

#define SMUGGLED "MAIL FROM:<x@b.example>\r\nRCPT TO:<y@d.example>\r\nDATA\r\nevil\r\n.\r\n"
#define AMBIGUOUS "AMBIGUOUS_END_OF_DATA "
#define CR "BODY_BARE_CR "
#define LF "BODY_BARE_LF "
#define NUL "BODY_NUL_BYTE "

/* clang-format off */
static const struct play_case ends[] = {
	{ "CRLF.CRLF", AT_BODY, { C("text\r\n.\r\n"), S("250 ok\r\n") }, BOTH(NEVER), BOTH(""), 1,
	  0 },
	{ "LF.LF", AT_BODY, { C("text"), C("\n."), C("\n" SMUGGLED) }, { 2, 1 }, { LF AMBIGUOUS,
	  LF }, 0, 0 },
	{ "LF.CRLF", AT_BODY, { C("text"), C("\n."), C("\r\n" SMUGGLED) }, { 2, 1 },
	  { LF AMBIGUOUS, LF }, 0, 0 },
	{ "CRLF.LF", AT_BODY, { C("text\r\n"), C(".\n" SMUGGLED) }, BOTH(1), BOTH(AMBIGUOUS), 0,
	  0 },
	{ "CR.CR", AT_BODY, { C("text\r"), C("."), C("\r" SMUGGLED) }, { 2, 1 }, { CR AMBIGUOUS,
	  CR }, 0, 0 },
	{ "CR.CRLF", AT_BODY, { C("text\r"), C("."), C("\r\n" SMUGGLED) }, { 2, 1 },
	  { CR AMBIGUOUS, CR }, 0, 0 },
	{ "CR.LF", AT_BODY, { C("text\r"), C("."), C("\n" SMUGGLED) }, { 2, 1 }, { CR AMBIGUOUS,
	  CR }, 0, 0 },
	{ "LF.CR", AT_BODY, { C("text"), C("\n."), C("\r" SMUGGLED) }, { 2, 1 }, { LF AMBIGUOUS,
	  LF }, 0, 0 },
	{ "CRLF.CR", AT_BODY, { C("text\r\n"), C(".\r" SMUGGLED) }, BOTH(1), BOTH(AMBIGUOUS), 0,
	  0 },
	{ "CRLF.CRCRLF", AT_BODY, { C("text\r\n"), C(".\r\r\n" SMUGGLED) }, BOTH(1),
	  BOTH(AMBIGUOUS), 0, 0 },
	{ "CRCRLF.CRLF", AT_BODY, { C("text\r"), C("\r\n.\r\n"), S("250 ok\r\n") }, { NEVER, 1 },
	  BOTH(CR), 1, 0 },
	{ "CRCRLF.CRCRLF", AT_BODY, { C("text\r"), C("\r\n"), C(".\r\r\n" SMUGGLED) }, { 2, 1 },
	  { CR AMBIGUOUS, CR }, 0, 0 },
	{ "LFCR.CRLF", AT_BODY, { C("text"), C("\n\r."), C("\r\n" SMUGGLED) }, { 2, 1 },
	  { LF CR AMBIGUOUS, LF }, 0, 0 },
	{ "CRLF NUL.CRLF", AT_BODY, { C("text\r\n"), C("\0.\r\n" SMUGGLED), S("250 ok\r\n") },
	  { NEVER, 1 }, BOTH(NUL), 1, 0 },
	{ "CRLF. CRLF", AT_BODY, { C("text\r\n. \r\n" SMUGGLED), S("250 ok\r\n") }, BOTH(NEVER),
	  BOTH(""), 1, 0 },
	{ "CRLF.NUL CRLF", AT_BODY, { C("text\r\n"), C(".\0\r\n" SMUGGLED) }, BOTH(1),
	  BOTH(AMBIGUOUS), 0, 0 },
	{ "CR NUL LF.CRLF", AT_BODY, { C("text\r"), C("\0\n."), C("\r\n" SMUGGLED) }, { 2, 1 },
	  { CR NUL LF AMBIGUOUS, CR }, 0, 0 },
	{ "CRLF.CR NUL LF", AT_BODY, { C("text\r\n"), C(".\r\0\n" SMUGGLED) }, BOTH(1),
	  BOTH(AMBIGUOUS), 0, 0 },
	{ "NUL CRLF.CRLF", AT_BODY, { C("text"), C("\0\r\n.\r\n"), S("250 ok\r\n") }, { NEVER, 1 },
	  BOTH(NUL), 1, 0 },
	{ "first line .LF", AT_BODY, { C(".\n" SMUGGLED) }, BOTH(0), BOTH(AMBIGUOUS), 0, 0 },
	{ "first line .CRLF", AT_BODY, { C(".\r\n"), S("250 ok\r\n") }, BOTH(NEVER), BOTH(""), 1,
	  0 },
	{ "overlong dot", AT_BODY, { C("text\r\n\xc0\xae\r\n" SMUGGLED), S("250 ok\r\n") },
	  BOTH(NEVER), BOTH(""), 1, 0 },
	{ "fullwidth dot", AT_BODY, { C("text\r\n\xef\xbc\x8e\r\n" SMUGGLED), S("250 ok\r\n") },
	  BOTH(NEVER), BOTH(""), 1, 0 },
	{ "header lines end in LF", AT_BODY, { C("Subject: x"), C("\nTo: y\r\n\n."),
	  C("\n" SMUGGLED) }, { 2, 1 }, { LF AMBIGUOUS, LF }, 0, 0 },
	{ "stuffed dots", AT_BODY, { C("a\r\n..\r\n...\r\n.x\r\n" SMUGGLED), S("250 ok\r\n") },
	  BOTH(NEVER), BOTH(""), 1, 0 },
	{ "CRLF.CRX", AT_BODY, { C("a\r\n"), C(".\rX\r\n" SMUGGLED) }, BOTH(1), BOTH(AMBIGUOUS), 0,
	  0 },
	{ "CRLF. and .CRLF", AT_BODY, { C("a\r\n."), C(".\r\n" SMUGGLED), S("250 ok\r\n") },
	  BOTH(NEVER), BOTH(""), 1, 0 },
	{ "a dot behind text", AT_BODY, { C("Hello"), C("."), C("\r\n" SMUGGLED),
	  S("250 ok\r\n") }, BOTH(NEVER), BOTH(""), 1, 0 },
	{ "CR in a header", AT_BODY, { C("Subject: x\r"), C("Bcc: y\r\n\r\n.\r\n"),
	  S("250 ok\r\n") }, { NEVER, 1 }, BOTH(CR), 1, 0 },
	{ "NUL in a header", AT_BODY, { C("Sub"), C("\0ject: x\r\n\r\n.\r\n"), S("250 ok\r\n") },
	  { NEVER, 1 }, BOTH(NUL), 1, 0 },
	{ "no header", AT_BODY, { C("\r\nbody\r\n.\r\n"), S("250 ok\r\n") }, BOTH(NEVER), BOTH(""),
	  1, 0 },
	{ "commands in a body", AT_BODY, { C("Subject: x\r\n\r\nQUIT\r\n" SMUGGLED),
	  S("250 ok\r\n") }, BOTH(NEVER), BOTH(""), 1, 0 },
};
/* clang-format on */

static void
ends_of_data(void **state)
{
	play_open(play_accept_all);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		play_case(&ends[i]);
	play_close();
}

/* Segments of an end of data in each order, cut at each pair of places, one of them twice. */
static void
cut_and_swapped(void **state)
{
	static const char text[] = "text\r\n.\r\nRSET\r\n";
	static const size_t len = sizeof(text) - 1;
	static const uint8_t order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	play_open(play_accept_all);
	for (size_t a = 1; a < len; a++)
		for (size_t b = a + 1; b < len; b++)
			for (int o = 0; o < 6; o++) {
				const struct play_case begin = { .begin = AT_BODY };
				const size_t at[] = { 0, a, b, len };
				struct wire *w = play_run(&begin, PLAY_DEFAULT, false);

				for (int i = 0; i < 3; i++)
					for (int twice = 0; twice < 1 + (i == o % 3); twice++)
						wire_at(w, WIRE_CLIENT, (int32_t)at[order[o][i]],
							text + at[order[o][i]],
							at[order[o][i] + 1] - at[order[o][i]]);
				wire_advance(w, WIRE_CLIENT, len);
				wire_text(w, WIRE_SERVER, "250 ok\r\n250 ok\r\n");
				assert_int_equal(w->got[WIRE_SERVER].len, len);
				assert_memory_equal(w->got[WIRE_SERVER].ptr, text, len);
				assert_int_equal(wire_events_with(w, "\"event_type\":\"smtp\""), 1);
				assert_string_equal(play_oddities(w), "");
			}
	play_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_of_data),
		cmocka_unit_test(cut_and_swapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
