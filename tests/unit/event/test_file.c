/* SPDX-License-Identifier: BSD-3-Clause */
/* Log files: batches, rotation, disks that are full. */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event_file.h"

static char dir[] = "/tmp/event-file-XXXXXX";
static char path[64], aside[64];

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(aside, sizeof(aside), "%s/log.1", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(aside);
	return rmdir(dir);
}

/* All of a file; the caller frees. */
static char *
slurp(const char *name, size_t *size)
{
	FILE *f = fopen(name, "r");
	char *text = calloc(1, 4 * EVENT_BATCH);

	assert_non_null(f);
	*size = fread(text, 1, 4 * EVENT_BATCH - 1, f);
	fclose(f);
	return text;
}

static void
check_file(const char *name, const char *want)
{
	size_t size;
	char *text = slurp(name, &size);

	assert_string_equal(text, want);
	free(text);
}

static void
test_lines_and_modes(void **state)
{
	struct event_file f;
	struct stat st;

	(void)state;
	assert_int_equal(event_file_open(&f, dir, "log", false, NULL), 0);
	event_file_add(&f, SPAN_LIT("one"));
	event_file_add(&f, SPAN_LIT("two"));
	check_file(path, ""); /* a batch is written at once */
	assert_int_equal(event_file_flush(&f), 0);
	check_file(path, "one\ntwo\n");
	assert_int_equal(event_file_close(&f), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07, 0); /* mail addresses are nobody else's business */
	assert_int_equal(event_file_open(&f, dir, "log", true, NULL), 0);
	event_file_add(&f, SPAN_LIT("three"));
	assert_int_equal(event_file_close(&f), 0);
	check_file(path, "one\ntwo\nthree\n");
	assert_int_equal(event_file_open(&f, dir, "log", false, NULL), 0);
	assert_int_equal(event_file_close(&f), 0);
	check_file(path, "");
}

/* Where a batch ends, a line ends. */
static void
test_batches_hold_whole_lines(void **state)
{
	size_t size, lines = 0;
	struct event_file f;
	char line[60000];

	(void)state;
	memset(line, 'x', sizeof(line));
	assert_int_equal(event_file_open(&f, dir, "log", false, NULL), 0);
	for (int i = 0; i < 12; i++) {
		char *text;

		event_file_add(&f, span_of(line, sizeof(line)));
		text = slurp(path, &size);
		assert_true(size == 0 || text[size - 1] == '\n');
		assert_int_equal(size % (sizeof(line) + 1), 0);
		lines = size / (sizeof(line) + 1);
		free(text);
	}
	assert_true(lines >= 8);
	assert_int_equal(event_file_close(&f), 0);
	free(slurp(path, &size));
	assert_int_equal(size, 12 * (sizeof(line) + 1));
}

static void
test_rotation(void **state)
{
	struct event_file f;

	(void)state;
	assert_int_equal(event_file_open(&f, dir, "log", false, NULL), 0);
	event_file_add(&f, SPAN_LIT("before"));
	assert_int_equal(rename(path, aside), 0);
	event_file_add(&f, SPAN_LIT("between"));
	assert_int_equal(event_file_reopen(&f, NULL), 0);
	event_file_add(&f, SPAN_LIT("after"));
	assert_int_equal(event_file_close(&f), 0);
	check_file(aside, "before\nbetween\n");
	check_file(path, "after\n");
}

static void
test_no_such_folder(void **state)
{
	struct event_file f;
	struct err err;

	(void)state;
	assert_int_equal(event_file_open(&f, "/nonexistent", "log", false, &err), -ENOENT);
	assert_string_equal(err.file, "/nonexistent/log");
	assert_non_null(strstr(err.text, "No such file"));
	assert_true(err.hint[0] != '\0');
	event_file_add(&f, SPAN_LIT("nowhere")); /* does nothing */
	assert_int_equal(event_file_flush(&f), 0);
	assert_int_equal(event_file_close(&f), 0);
}

static void
test_reopen_that_fails_keeps_the_file(void **state)
{
	struct event_file f;
	struct err err;
	char *good;

	(void)state;
	assert_int_equal(event_file_open(&f, dir, "log", false, NULL), 0);
	good = f.path;
	f.path = "/nonexistent/log";
	assert_int_equal(event_file_reopen(&f, &err), -ENOENT);
	f.path = good;
	event_file_add(&f, SPAN_LIT("still here"));
	assert_int_equal(event_file_close(&f), 0);
	check_file(path, "still here\n");
}

/* The disk ends in mid-line: the half line is taken back, what is lost is counted, and when there
 * is room again the file goes on with a whole line. */
static void
test_disk_full(void **state)
{
	struct rlimit full, before;
	struct event_file f;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(event_file_open(&f, dir, "log", false, NULL), 0);
	full = before;
	full.rlim_cur = 13;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	event_file_add(&f, SPAN_LIT("first"));
	event_file_add(&f, SPAN_LIT("second line"));
	event_file_add(&f, SPAN_LIT("third"));
	assert_int_equal(event_file_flush(&f), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	check_file(path, "first\n");
	assert_int_equal(f.lost, 2);
	event_file_add(&f, SPAN_LIT("fourth"));
	assert_int_equal(event_file_flush(&f), 0);
	check_file(path, "first\nfourth\n");
	assert_int_equal(event_file_close(&f), -EFBIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_and_modes),
		cmocka_unit_test(test_batches_hold_whole_lines),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_no_such_folder),
		cmocka_unit_test(test_reopen_that_fails_keeps_the_file),
		cmocka_unit_test(test_disk_full),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
