/* SPDX-License-Identifier: BSD-3-Clause */
/* The log: what reaches stderr, read back from a pipe in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

static char caught[4096];

static int saved, pipe_end[2];

static void
begin(void)
{
	saved = dup(STDERR_FILENO);
	assert_int_equal(pipe(pipe_end), 0);
	dup2(pipe_end[1], STDERR_FILENO);
	close(pipe_end[1]);
}

static const char *
end(void)
{
	ssize_t n;

	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(pipe_end[0], caught, sizeof(caught) - 1);
	close(pipe_end[0]);
	assert_true(n >= 0);
	caught[n] = '\0';
	return caught;
}

static void
test_levels(void **state)
{
	assert_int_equal(log_get_level(), LOG_NOTE);
	begin();
	log_error("a %d", 1);
	log_note("b");
	log_info("c");
	log_debug("d");
	assert_string_equal(end(), "error: a 1\nnote: b\n");
	log_set_level(LOG_DEBUG);
	assert_int_equal(log_get_level(), LOG_DEBUG);
	begin();
	log_debug("d");
	log_set_level(LOG_ERROR);
	log_warn("e");
	assert_string_equal(end(), "debug: d\n");
	log_set_level(LOG_NOTE);
}

/* A file name or an address with a line break must not make a second line. */
static void
test_lines_cannot_be_forged(void **state)
{
	begin();
	log_note("file %s", "a\nerror: b\r\x1b[0m\x7f");
	assert_string_equal(end(), "note: file a?error: b??[0m?\n");
}

static void
test_long_lines_are_cut(void **state)
{
	char text[3000];
	const char *line;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	begin();
	log_note("%s", text);
	line = end();
	assert_true(strlen(line) > 900);
	assert_true(strlen(line) <= 1024);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void
test_names(void **state)
{
	assert_int_equal(log_level_by_name("error"), LOG_ERROR);
	assert_int_equal(log_level_by_name("warn"), LOG_WARN);
	assert_int_equal(log_level_by_name("note"), LOG_NOTE);
	assert_int_equal(log_level_by_name("info"), LOG_INFO);
	assert_int_equal(log_level_by_name("debug"), LOG_DEBUG);
	assert_int_equal(log_level_by_name("loud"), -1);
	assert_int_equal(log_level_by_name(""), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_lines_cannot_be_forged),
		cmocka_unit_test(test_long_lines_are_cut),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
