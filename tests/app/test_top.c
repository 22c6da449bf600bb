/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows and rates of posternctl top, from answers as the daemon gives them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "top.h"

#define SECOND 1000000

static json_t *
stats(int packets, int rule, int frames, int turns, int idle)
{
	json_t *o = json_pack("{s:i, s:s, s:{s:{s:i}, s:{s:i, s:i}, s:i}, s:[{s:s, s:i, s:i, s:b, s:i, s:i, s:i}]}",
			      "uptime", 7, "mode", "enforce", "stats", "decoder", "pkts", packets, "drop",
			      "rule", rule, "smtp", 3, "one", 1, "lcores", "role", "worker", "lcore", 1,
			      "wire", 0, "running", 1, "frames", frames, "turns", turns, "idle_turns", idle);

	assert_non_null(o);
	return o;
}

static void
take(struct top *t, enum top_tab tab, json_t *o, uint64_t at_us)
{
	assert_int_equal(top_take(t, tab, o, at_us), 0);
	top_choose(t);
}

static double
rate(const struct top *t, enum top_tab tab, const char *key)
{
	const struct top_row *r = top_find(t, tab, key);

	assert_non_null(r);
	return r->rate;
}

static void
rates_are_differences(void **state)
{
	struct top t = { .tab = TOP_DROPS };

	(void)state;
	take(&t, TOP_OVERVIEW, stats(1000, 5, 10, 100, 50), SECOND);
	assert_true(rate(&t, TOP_OVERVIEW, "decoder.pkts") == TOP_NO_RATE);
	take(&t, TOP_OVERVIEW, stats(2000, 5, 20, 200, 125), 3 * SECOND);
	assert_true(rate(&t, TOP_OVERVIEW, "decoder.pkts") == 500);
	assert_true(rate(&t, TOP_DROPS, "rule") == 0);
	assert_true(rate(&t, TOP_WORKERS, "worker 1 0") == 5);
	assert_true(top_find(&t, TOP_WORKERS, "worker 1 0")->busy == 25);
	assert_null(top_find(&t, TOP_DROPS, "decoder.pkts"));

	/* too soon to measure: the rate stays, and the next one counts from here */
	take(&t, TOP_OVERVIEW, stats(2600, 5, 20, 200, 125), 3 * SECOND + 1000);
	assert_true(rate(&t, TOP_OVERVIEW, "decoder.pkts") == 500);
	take(&t, TOP_OVERVIEW, stats(2700, 5, 20, 200, 125), 4 * SECOND + 1000);
	assert_true(rate(&t, TOP_OVERVIEW, "decoder.pkts") == 100);

	/* a daemon that began anew */
	take(&t, TOP_OVERVIEW, stats(10, 0, 0, 0, 0), 5 * SECOND);
	assert_true(rate(&t, TOP_OVERVIEW, "decoder.pkts") == TOP_NO_RATE);
	take(&t, TOP_OVERVIEW, stats(30, 0, 0, 0, 0), 6 * SECOND);
	assert_true(rate(&t, TOP_OVERVIEW, "decoder.pkts") == 20);
	top_close(&t);
}

static json_t *
rules(int first, int second, int third)
{
	return json_pack("{s:[{s:i,s:i,s:s,s:i},{s:i,s:i,s:s,s:i},{s:i,s:i,s:s,s:i}]}", "rules", "gid", 1, "sid",
			 10, "msg", "Spam", "hits", first, "gid", 1, "sid", 20, "msg", "relay\n", "hits",
			 second, "gid", 2, "sid", 10, "msg", "SPAM two", "hits", third);
}

static const char *
shown(const struct top *t)
{
	static char text[200];
	struct str s;
	size_t i;

	str_open(&s, text, sizeof(text));
	for (i = 0; i < t->rows[t->tab].shown_count; i++)
		str_printf(&s, "%s ", t->rows[t->tab].shown[i]->key);
	return text;
}

static void
rules_are_ordered_and_chosen(void **state)
{
	struct top t = { .tab = TOP_RULES, .selected = 2 };
	char line[TOP_LINE];
	struct str s;

	(void)state;
	take(&t, TOP_RULES, rules(1, 100, 50), SECOND);
	take(&t, TOP_RULES, rules(1, 101, 90), 2 * SECOND);
	assert_string_equal(top_sort_name(&t), "hits");
	assert_string_equal(shown(&t), "1:20 2:10 1:10 ");
	top_sort_next(&t);
	assert_string_equal(top_sort_name(&t), "rate");
	top_choose(&t);
	assert_string_equal(shown(&t), "2:10 1:20 1:10 ");
	top_sort_next(&t);
	top_choose(&t);
	assert_string_equal(shown(&t), "1:10 1:20 2:10 ");
	assert_int_equal(t.selected, 2);
	strcpy(t.filter[TOP_RULES], "spam");
	top_choose(&t);
	assert_string_equal(shown(&t), "1:10 2:10 ");
	assert_int_equal(t.selected, 1);
	top_sort_next(&t);
	assert_string_equal(top_sort_name(&t), "hits");

	/* what came from outside is no control byte */
	str_open(&s, line, sizeof(line));
	top_row_text(TOP_RULES, top_find(&t, TOP_RULES, "1:20"), &s);
	assert_non_null(strstr(line, "relay\\"));
	assert_null(strchr(line, '\n'));
	top_close(&t);
}

static void
sessions_ask_by_filter(void **state)
{
	struct top t = { .tab = TOP_SESSIONS };
	char line[TOP_LINE];
	struct str s;

	(void)state;
	strcpy(t.filter[TOP_SESSIONS], "code:5 limit:3");
	top_sort_next(&t);
	top_sort_next(&t);
	str_open(&s, line, sizeof(line));
	assert_true(top_command(&t, TOP_SESSIONS, &s));
	assert_string_equal(line, "show sessions sort:bytes limit:200 code:5 limit:3");

	take(&t, TOP_SESSIONS,
	     json_pack("{s:[{s:I, s:i, s:i, s:i, s:s, s:s, s:b, s:i}]}", "sessions", "flow_id", (json_int_t)1 << 50,
		       "bytes_to_server", 1000, "bytes_to_client", 24, "age", 7300, "state", "data", "mail_from",
		       "<a@b>", "tls", 1, "rule", 9),
	     SECOND);
	str_open(&s, line, sizeof(line));
	top_row_text(TOP_SESSIONS, top_find(&t, TOP_SESSIONS, "1125899906842624"), &s);
	assert_non_null(strstr(line, "   2h    0s data "));
	assert_non_null(strstr(line, "    1.0k       - "));
	assert_non_null(strstr(line, "[tls] [rule 9] <a@b> > "));
	/* an answer without rows */
	take(&t, TOP_SESSIONS, json_object(), 2 * SECOND);
	assert_int_equal(t.rows[TOP_SESSIONS].shown_count, 0);
	top_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_differences),
		cmocka_unit_test(rules_are_ordered_and_chosen),
		cmocka_unit_test(sessions_ask_by_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
