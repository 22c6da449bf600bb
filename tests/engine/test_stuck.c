/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines that fill the window or the hold before they end: refused at once, by a name of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

#define WINDOW 5000

static const char rules[] =
	"accept:hook tcp:all any any <> any any (sid:1;)\n"
	"accept:hook smtp:request_started any any -> any any (sid:2;)\n"
	"accept:hook smtp:response_started any any -> any any (sid:3;)\n";

static char line[9000];

static void
greet(struct wire *w, const struct wire_settings *s)
{
	memset(line, 'x', sizeof(line));
	memcpy(line, "NOOP ", 5);
	assert_true(wire_open(w, s));
	wire_connect(w);
	wire_text(w, WIRE_SERVER, "220 mx\r\n");
	wire_text(w, WIRE_CLIENT, "EHLO a.example\r\n");
	wire_text(w, WIRE_SERVER, "250 mx\r\n");
	assert_true(wire_got(w, WIRE_CLIENT, "250 mx\r\n"));
}

static void
assert_refused(const struct wire *w)
{
	assert_true(w->reset[WIRE_CLIENT] && w->reset[WIRE_SERVER]);
	assert_true(wire_stat(w, STATS_DROP_SMTP) > 0);
	assert_int_equal(wire_stat(w, STATS_LIMIT_LINE), 1);
	assert_int_equal(wire_stat(w, STATS_DROP_TCP_TIMEOUT), 0);
	assert_int_equal(wire_events_with(w, "LINE_TOO_LONG"), 1);
}

/* One byte less than the window still waits, whoever speaks; the last one ends it. */
static void
window_is_full(void **state)
{
	struct wire_settings s = { .rules = rules, .window = WINDOW };
	struct wire w;

	for (int side = 0; side < 2; side++) {
		size_t before;

		greet(&w, &s);
		if (side == WIRE_SERVER)
			wire_text(&w, WIRE_CLIENT, "NOOP\r\n");
		before = w.got[!side].len;
		memcpy(line, side == WIRE_CLIENT ? "NOOP " : "250 x", 5);
		wire_say(&w, side, line, WINDOW - 1);
		assert_false(w.reset[WIRE_CLIENT] || w.reset[WIRE_SERVER]);
		wire_say(&w, side, "x", 1);
		assert_refused(&w);
		assert_int_equal(w.got[!side].len, before);
		assert_true(wire_close(&w));
	}
}

/* The receiver may still read what lies before it, and then grant more. */
static void
window_opens_again(void **state)
{
	struct wire_settings s = { .rules = rules, .window = WINDOW };
	struct wire w;

	greet(&w, &s);
	/* a short line waits in any window; this one is behind bytes that are not acknowledged */
	wire_at(&w, WIRE_CLIENT, 0, "RSET\r\n", 6);
	w.next[WIRE_CLIENT] += 6;
	wire_at(&w, WIRE_CLIENT, 0, line, WINDOW - 6);
	assert_false(w.reset[WIRE_CLIENT] || w.reset[WIRE_SERVER]);
	wire_advance(&w, WIRE_CLIENT, WINDOW - 6);
	wire_say(&w, WIRE_CLIENT, "\r\n", 2);
	assert_true(wire_got(&w, WIRE_SERVER, "xx\r\n"));
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	assert_true(wire_close(&w));
}

/* A line that any receiver must take whole waits, however small the window is. */
static void
short_line_waits(void **state)
{
	struct wire_settings s = { .rules = rules, .window = 3000 };
	struct wire w;

	greet(&w, &s);
	wire_say(&w, WIRE_CLIENT, line, 3000);
	assert_false(w.reset[WIRE_CLIENT] || w.reset[WIRE_SERVER]);
	assert_int_equal(wire_stat(&w, STATS_LIMIT_LINE), 0);
	wire_say(&w, WIRE_CLIENT, "\n", 1); /* the byte that a closed window is probed with */
	assert_true(wire_got(&w, WIRE_SERVER, "xx\n"));
	assert_true(wire_close(&w));
}

/*
 * Byte by byte a line costs more than its bytes: the cap on frames ends it. A short one, too, where
 * the sender does not heed the window that was lowered for it.
 */
static void
hold_is_full(void **state)
{
	struct wire_settings s = { .rules = rules };
	struct wire w;

	greet(&w, &s);
	for (size_t i = 0; i < sizeof(line) && !w.reset[WIRE_CLIENT]; i++)
		wire_say(&w, WIRE_CLIENT, line + i, 1);
	assert_refused(&w);
	assert_true(wire_close(&w));
	s.yaml = "limits: {session-hold: 65536}\n";
	greet(&w, &s);
	for (size_t i = 0; i < 500 && !w.reset[WIRE_CLIENT]; i++)
		wire_say(&w, WIRE_CLIENT, line + i, 1);
	assert_refused(&w);
	assert_true(wire_close(&w));
}

/* What waits for the other side is no line without end. */
static void
answer_is_awaited(void **state)
{
	struct wire_settings s = { .rules = rules, .window = WINDOW };
	struct wire w;
	size_t fill = 0;

	greet(&w, &s);
	wire_text(&w, WIRE_CLIENT, "NOOP\r\n");
	while (fill + 6 <= WINDOW) {
		wire_say(&w, WIRE_CLIENT, "RSET\r\n", 6);
		fill += 6;
	}
	wire_say(&w, WIRE_CLIENT, "RSET\r\n", WINDOW - fill);
	assert_true(wire_got(&w, WIRE_SERVER, "NOOP\r\n"));
	assert_false(w.reset[WIRE_CLIENT] || w.reset[WIRE_SERVER]);
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "RSET\r\n"));
	assert_true(wire_close(&w));
}

/* Where nothing is enforced the line passes, as it is. */
static void
passes_without_firewall(void **state)
{
	struct wire_settings s = { .window = WINDOW };
	struct wire w;

	greet(&w, &s);
	wire_say(&w, WIRE_CLIENT, line, WINDOW);
	wire_say(&w, WIRE_CLIENT, "x\r\n", 3);
	assert_true(wire_got(&w, WIRE_SERVER, "xx\r\n"));
	assert_false(w.reset[WIRE_CLIENT] || w.reset[WIRE_SERVER]);
	assert_true(wire_close(&w));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(window_is_full),    cmocka_unit_test(window_opens_again),
		cmocka_unit_test(short_line_waits),  cmocka_unit_test(hold_is_full),
		cmocka_unit_test(answer_is_awaited),
		cmocka_unit_test(passes_without_firewall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
