/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The exposition text: some lines to the letter, then the whole by the rules of the format (0.0.4):
 * HELP, TYPE, then samples of that family; families and label sets once; values back again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "stats.h"

static char text[64 * 1024];

static void
make(void)
{
	static struct stats s;
	struct str out;

	for (unsigned id = 0; id < STATS_COUNT; id++)
		stats_set(&s, id, 1000000 + id);
	stats_set(&s, STATS_FRAMES, UINT64_MAX);
	str_open(&out, text, sizeof(text));
	stats_prometheus(&s, &out);
	assert_false(out.cut);
}

static bool
has_line(const char *line)
{
	const char *at = strstr(text, line);

	return at != NULL && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static void
test_lines(void **state)
{
	char line[200];

	make();
	assert_true(has_line(
		"# HELP postern_decoder_pkts_total Frames handed to the engine (packets)."));
	assert_true(has_line("# TYPE postern_decoder_pkts_total counter"));
	assert_true(has_line("postern_decoder_pkts_total 18446744073709551615"));
	/* "total" once, and none on what goes down again. */
	assert_true(has_line("# TYPE postern_flow_total counter"));
	assert_true(has_line("# TYPE postern_flow_active gauge"));
	assert_null(strstr(text, "total_total"));
	assert_true(has_line("# TYPE postern_drops_total counter"));
	snprintf(line, sizeof(line), "postern_drops_total{reason=\"tcp_flags\"} %u",
		 1000000 + STATS_DROP_TCP_FLAGS);
	assert_true(has_line(line));
	assert_null(strstr(text, "postern_drop_"));
}

static void
test_format(void **state)
{
	char *seen[2 * STATS_COUNT], family[200] = "", name[200], rest[400];
	unsigned samples = 0, count = 0;
	char *line, *save;

	make();
	assert_int_equal(text[strlen(text) - 1], '\n');
	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "# HELP %199s %399[^\n]", name, rest) == 2) {
			strcpy(family, name);
		} else if (sscanf(line, "# TYPE %199s %399s", name, rest) == 2) {
			assert_string_equal(name, family);
			assert_true(strcmp(rest, "counter") == 0 || strcmp(rest, "gauge") == 0);
			if (strcmp(rest, "counter") == 0)
				assert_string_equal(name + strlen(name) - 6, "_total");
		} else {
			assert_int_equal(sscanf(line, "%199s %399s", name, rest), 2);
			assert_true(strncmp(name, family, strlen(family)) == 0);
			assert_true(strcspn(name, "{") == strlen(family));
			assert_int_equal(strspn(rest, "0123456789"), strlen(rest));
			for (unsigned i = 0; i < count; i++)
				assert_string_not_equal(seen[i], name);
			seen[count++] = strdup(name);
			samples++;
		}
	}
	assert_int_equal(samples, STATS_COUNT);
	for (unsigned i = 0; i < count; i++)
		free(seen[i]);
}

static void
test_cut_is_seen(void **state)
{
	static struct stats s;
	struct str out;
	char buf[100];

	str_open(&out, buf, sizeof(buf));
	stats_prometheus(&s, &out);
	assert_true(out.cut);
	assert_int_equal(strlen(buf), sizeof(buf) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_cut_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
