/* SPDX-License-Identifier: BSD-3-Clause */
/* Which record goes to which file. */
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "err.h"

static char dir[] = "/tmp/event-writer-XXXXXX";
static char eve[64], smtp_log[64];

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(eve, sizeof(eve), "%s/eve.json", dir);
	snprintf(smtp_log, sizeof(smtp_log), "%s/smtp.log", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(eve);
	unlink(smtp_log);
	return rmdir(dir);
}

/* Lines of a file; each must parse. -1: no such file. */
static int
count_lines(const char *path)
{
	char line[EVENT_LINE_MAX];
	FILE *f = fopen(path, "r");
	int n = 0;

	if (f == NULL)
		return -1;
	for (; fgets(line, sizeof(line), f) != NULL; n++) {
		line[strcspn(line, "\n")] = '\0';
		json_decref(record_parse(line));
	}
	fclose(f);
	return n;
}

static struct event_writer *
create(struct event_writer_settings s)
{
	struct err err;
	struct event_writer *w;

	s.dir = dir;
	w = event_writer_create(&s, &err);
	assert_non_null(w);
	return w;
}

static void
write_one_of_each(struct event_writer *w)
{
	struct event e;

	for (int type = 0; type < EVENT_TYPES; type++) {
		record_open(&e, (enum event_type)type);
		record_text(&e, EVENT_SMTP_MAIL_FROM, "<a@b>");
		event_write(w, &e);
	}
}

static void
test_both_files(void **state)
{
	struct event_writer *w = create((struct event_writer_settings){ .eve = true,
									.smtp_log = true });
	const char *names[] = { "a.b" };
	uint64_t values[] = { 1 };

	(void)state;
	write_one_of_each(w);
	event_write_stats(w, NOON, 1, names, values, 1);
	assert_int_equal(count_lines(eve), 0); /* nothing before the flush */
	assert_int_equal(event_writer_flush(w), 0);
	assert_int_equal(count_lines(eve), EVENT_TYPES + 1);
	assert_int_equal(count_lines(smtp_log), 1);
	assert_int_equal(event_writer_lost(w), 0);
	assert_int_equal(event_writer_destroy(w), 0);
}

static void
test_chosen_types(void **state)
{
	struct event_writer *w = create((struct event_writer_settings){
		.eve = true, .smtp_log = true, .types = 1U << EVENT_ALERT | 1U << EVENT_FLOW });

	(void)state;
	write_one_of_each(w);
	assert_int_equal(event_writer_destroy(w), 0);
	assert_int_equal(count_lines(eve), 2);
	assert_int_equal(count_lines(smtp_log), 1); /* smtp.log has its own switch */
}

static void
test_one_file_only(void **state)
{
	struct event_writer *w = create((struct event_writer_settings){ .eve = true,
									.smtp_log = true });
	struct event e;

	(void)state;
	record_open(&e, EVENT_SMTP);
	record_text(&e, EVENT_SMTP_MAIL_FROM, "<a@b>");
	e.flags |= EVENT_ONLY_EVE;
	event_write(w, &e);
	event_write(w, &e);
	e.flags ^= EVENT_ONLY_EVE | EVENT_ONLY_SMTP_LOG;
	event_write(w, &e);
	assert_int_equal(event_writer_destroy(w), 0);
	assert_int_equal(count_lines(eve), 2);
	assert_int_equal(count_lines(smtp_log), 1);
}

static void
test_append_and_reopen(void **state)
{
	struct event_writer_settings s = { .eve = true };
	struct event_writer *w = create(s);
	char aside[80];
	struct event e;

	(void)state;
	snprintf(aside, sizeof(aside), "%s.1", eve);
	record_open(&e, EVENT_FLOW);
	event_write(w, &e);
	assert_int_equal(event_writer_destroy(w), 0);
	s.append = true;
	w = create(s);
	event_write(w, &e);
	assert_int_equal(rename(eve, aside), 0);
	assert_int_equal(event_writer_reopen(w, NULL), 0);
	event_write(w, &e);
	assert_int_equal(event_writer_destroy(w), 0);
	assert_int_equal(count_lines(aside), 2);
	assert_int_equal(count_lines(eve), 1);
	unlink(aside);
}

static void
test_folder_that_is_none(void **state)
{
	struct event_writer_settings s = { .dir = "/nonexistent", .smtp_log = true };
	struct err err;

	(void)state;
	assert_null(event_writer_create(&s, &err));
	assert_string_equal(err.file, "/nonexistent/smtp.log");
	assert_int_equal(event_writer_destroy(NULL), 0);
}

static void
test_full_device_is_reported(void **state)
{
	struct event_writer_settings s = { .eve = true, .append = true };
	struct event_writer *w;
	struct event e;

	(void)state;
	unlink(eve);
	assert_int_equal(symlink("/dev/full", eve), 0);
	w = create(s);
	record_open(&e, EVENT_FLOW);
	event_write(w, &e);
	assert_int_equal(event_writer_flush(w), -ENOSPC);
	assert_int_equal(event_writer_lost(w), 1);
	assert_int_equal(event_writer_destroy(w), -ENOSPC);
	unlink(eve);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_files),
		cmocka_unit_test(test_chosen_types),
		cmocka_unit_test(test_one_file_only),
		cmocka_unit_test(test_append_and_reopen),
		cmocka_unit_test(test_folder_that_is_none),
		cmocka_unit_test(test_full_device_is_reported),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
