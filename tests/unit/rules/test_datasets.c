/* SPDX-License-Identifier: BSD-3-Clause */
/* Data sets that change: by rules (set, unset), by the management core, over a reload, on disk. */
#include "judge.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>
#include "err.h"
#include "rules_dataset.h"
#include "rules_live.h"

static char folder[] = "/tmp/rules-datasets-XXXXXX";

static uint32_t
mail_from(const char *path)
{
	judge_new_tx();
	judge_value(RULES_MAIL_FROM, path);
	judge_event(RULES_AT_MAIL);
	return judge_sid(0);
}

/* set holds for what is new, isset from then on, unset takes it out again. */
static void
test_set_unset(void **state)
{
	(void)state;
	judge_open("accept:hook smtp:mail any any -> any any (smtp.mail_from; to_lowercase; "
		   "content:\"bye\"; dataset:unset,seen,type string; sid:3;)\n"
		   "accept:hook smtp:mail any any -> any any (smtp.mail_from; to_lowercase; "
		   "dataset:set,seen,type string; sid:1;)\n"
		   "accept:hook smtp:mail any any -> any any (smtp.mail_from; to_lowercase; "
		   "dataset:isset,seen; sid:2;)\n");
	assert_int_equal(mail_from("<a@x>"), 1);
	assert_int_equal(mail_from("<A@X>"), 2);
	assert_int_equal(mail_from("<b@x>"), 1);
	assert_int_equal(mail_from("<bye@x>"), 1); /* not there: unset does not hold */
	assert_int_equal(mail_from("<bye@x>"), 3);
	assert_int_equal(mail_from("<bye@x>"), 1);
	judge_close();
}

/* The act is done when the whole rule fires, and not by a rule that is only watched. */
static void
test_set_needs_the_rule(void **state)
{
	(void)state;
	judge_open("alert smtp any any -> any 25 (smtp.mail_from; dataset:set,seen,type string; "
		   "smtp.rcpt_to; content:\"trap\"; sid:1;)\n"
		   "drop smtp any any -> any 25 (smtp.mail_from; dataset:set,watched,type string; "
		   "enforce:no; sid:2;)\n");
	mail_from("<a@x>");
	assert_int_equal(rules_dataset_lookup(judge.set, "seen", SPAN_LIT("<a@x>"), NULL), 0);
	assert_int_equal(rules_dataset_lookup(judge.set, "watched", SPAN_LIT("<a@x>"), NULL), 0);
	judge_item(RULES_RCPT_TO, "<trap@y>");
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_hits(1, NULL), 1);
	assert_int_equal(rules_dataset_lookup(judge.set, "seen", SPAN_LIT("<a@x>"), NULL), 1);
	judge_close();
}

/* Of several recipients those that match are kept. */
static void
test_set_of_items(void **state)
{
	(void)state;
	judge_open("alert smtp any any -> any 25 (smtp.rcpt_to; content:\"@y\"; "
		   "dataset:set,r,type string; smtp.command; content:\"DATA\"; sid:1;)\n");
	judge_item(RULES_RCPT_TO, "<a@y>");
	judge_item(RULES_RCPT_TO, "<b@z>");
	judge_item(RULES_RCPT_TO, "<c@y>");
	judge_event(RULES_AT_RCPT);
	judge_value(RULES_COMMAND, "DATA");
	judge_event(RULES_AT_DATA);
	assert_int_equal(rules_dataset_lookup(judge.set, "r", SPAN_LIT("<a@y>"), NULL), 1);
	assert_int_equal(rules_dataset_lookup(judge.set, "r", SPAN_LIT("<b@z>"), NULL), 0);
	assert_int_equal(rules_dataset_lookup(judge.set, "r", SPAN_LIT("<c@y>"), NULL), 1);
	judge_close();
}

/* A value that there is no room for is not forgotten in silence: the caller fails closed. */
static void
test_full(void **state)
{
	(void)state;
	judge_open("alert smtp any any -> any 25 (smtp.mail_from; dataset:set,seen,type string,"
		   "hashsize 2; sid:1;)\n");
	mail_from("<a@x>");
	mail_from("<b@x>");
	assert_false(judge.hits.limit);
	mail_from("<c@x>");
	assert_true(judge.hits.limit);
	mail_from("<a@x>"); /* known: needs no room */
	assert_false(judge.hits.limit);
	judge_close();
}

static void
test_management(void **state)
{
	struct rules_dataset_info info;
	struct err err;

	(void)state;
	judge_open("drop:flow smtp:mail any any -> any any (smtp.mail_from; "
		   "dataset:isset,bad,type string; sid:1;)\n"
		   "alert smtp any any -> any 25 (smtp.helo; dataset:set,bad; sid:2;)\n"
		   "alert smtp any any -> any 25 (smtp.helo; dataset:set,who,type ip; sid:3;)\n");
	assert_int_equal(rules_dataset_count(judge.set), 2);
	assert_true(rules_dataset_info(judge.set, 1, &info));
	assert_string_equal(info.name, "who");
	assert_string_equal(info.type, "ip");
	assert_false(rules_dataset_info(judge.set, 2, &info));
	assert_int_equal(mail_from("<a@x>"), 0);
	assert_int_equal(rules_dataset_add(judge.set, "bad", SPAN_LIT("<a@x>"), &err), 0);
	assert_int_equal(mail_from("<a@x>"), 1);
	assert_int_equal(rules_dataset_remove(judge.set, "bad", SPAN_LIT("<a@x>"), &err), 0);
	assert_int_equal(mail_from("<a@x>"), 0);
	assert_int_equal(rules_dataset_add(judge.set, "none", SPAN_LIT("x"), &err), -ENOENT);
	assert_non_null(strstr(err.text, "none"));
	assert_int_equal(rules_dataset_add(judge.set, "who", SPAN_LIT("x"), &err), -EINVAL);
	assert_int_equal(rules_dataset_add(judge.set, "who", SPAN_LIT("2001:db8::1"), &err), 0);
	assert_int_equal(
		rules_dataset_lookup(judge.set, "who", SPAN_LIT("[IPv6:2001:DB8::1]"), &err), 1);
	judge_close();
}

/* ---- files ---- */

static char path[96];

static const char *
state_rule(void)
{
	static char rule[512];

	snprintf(path, sizeof(path), "%s/seen", folder);
	snprintf(rule, sizeof(rule),
		 "alert smtp any any -> any 25 (smtp.mail_from; dataset:set,seen,type string,"
		 "state %s; sid:1;)\n",
		 path);
	return rule;
}

static void
expect_file(const char *text)
{
	char got[256];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(got, 1, sizeof(got) - 1, f);
	got[n] = '\0';
	fclose(f);
	assert_string_equal(got, text);
}

/* Saved, loaded by the next start, a loaded value removed, saved again. */
static void
test_state_file(void **state)
{
	struct err err;

	(void)state;
	judge_open(state_rule());
	mail_from("abcd"); /* would pass for base64, too */
	assert_int_equal(rules_datasets_save(judge.set, &err), 0);
	judge_close();
	expect_file("#:text\nabcd\n");

	judge_open(state_rule());
	assert_int_equal(rules_dataset_lookup(judge.set, "seen", SPAN_LIT("abcd"), NULL), 1);
	assert_int_equal(rules_dataset_remove(judge.set, "seen", SPAN_LIT("abcd"), NULL), 0);
	assert_int_equal(rules_dataset_add(judge.set, "seen", SPAN_LIT("# \x01z"), NULL), 0);
	assert_int_equal(rules_datasets_save(judge.set, &err), 0);
	judge_close();
	expect_file("#:base64\nIyABeg==\n");

	judge_open(state_rule());
	assert_int_equal(rules_dataset_lookup(judge.set, "seen", SPAN_LIT("abcd"), NULL), 0);
	assert_int_equal(rules_dataset_lookup(judge.set, "seen", SPAN_LIT("# \x01z"), NULL), 1);
	judge_close();
	unlink(path);
}

static void
test_save_fails(void **state)
{
	struct err err;

	(void)state;
	judge_open("alert smtp any any -> any 25 (smtp.mail_from; dataset:set,seen,type string,"
		   "save /nonexistent/seen; sid:1;)\n");
	assert_int_equal(rules_datasets_save(judge.set, &err), 0); /* nothing to write yet */
	mail_from("<a@x>");
	assert_int_equal(rules_datasets_save(judge.set, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/seen"));
	judge_close();
}

/* ---- workers at once ---- */

#define THREADS 4
#define KEYS 2000

static void *
put_all(void *arg)
{
	struct rules_live *l = arg;
	char key[16];

	for (unsigned i = 0; i < KEYS; i++) {
		snprintf(key, sizeof(key), "key %u", i);
		if (!rules_live_put(l, span_str(key), true))
			return NULL;
		if (rules_live_find(l, span_str(key)) != RULES_LIVE_IN)
			return NULL;
	}
	return l;
}

static void
test_threads(void **state)
{
	struct rules_live *l = rules_live_create(THREADS * KEYS, THREADS * KEYS * 16);
	pthread_t thread[THREADS];
	struct span key;
	size_t count = 0, i = 0;
	void *done;

	(void)state;
	for (unsigned t = 0; t < THREADS; t++)
		assert_int_equal(pthread_create(&thread[t], NULL, put_all, l), 0);
	for (unsigned t = 0; t < THREADS; t++) {
		pthread_join(thread[t], &done);
		assert_ptr_equal(done, l);
	}
	while (rules_live_next(l, &i, &key))
		count++;
	assert_int_equal(count, KEYS); /* each once, whoever came first */
	assert_true(rules_live_put(l, SPAN_LIT("key 7"), false));
	assert_int_equal(rules_live_find(l, SPAN_LIT("key 7")), RULES_LIVE_OUT);
	assert_int_equal(rules_live_find(l, SPAN_LIT("key")), RULES_LIVE_UNKNOWN);
	rules_live_release(l);
}

/* Bytes run out before places do. */
static void
test_bytes_run_out(void **state)
{
	struct rules_live *l = rules_live_create(100, 10);

	(void)state;
	assert_true(rules_live_put(l, SPAN_LIT("12345678"), true));
	assert_false(rules_live_put(l, SPAN_LIT("abc"), true));
	assert_true(rules_live_put(l, SPAN_LIT("ab"), true));
	assert_int_equal(rules_live_find(l, SPAN_LIT("abc")), RULES_LIVE_UNKNOWN);
	rules_live_release(l);
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static bool
count_value(void *ctx, struct span text)
{
	(void)text;
	(*(unsigned *)ctx)++;
	return true;
}

/* Loaded values and learnt ones go, and may come again. */
static void
test_clear(void **state)
{
	struct rules_dataset_info info;
	struct err err = { .line = 0 };
	unsigned values = 0;
	char rule[256], file[64];
	FILE *f;

	(void)state;
	snprintf(file, sizeof(file), "%s/clear.lst", folder);
	f = fopen(file, "w");
	assert_non_null(f);
	fputs("<a@x>\n<b@x>\n", f);
	fclose(f);
	snprintf(rule, sizeof(rule), "accept:hook smtp:mail any any -> any any (smtp.mail_from; "
				     "dataset:isset,seen,type string,load %s,save %s; sid:1;)\n", file, file);
	judge_open(rule);
	assert_int_equal(rules_dataset_add(judge.set, "seen", SPAN_LIT("<c@x>"), NULL), 0);
	assert_int_equal(mail_from("<a@x>"), 1);
	assert_int_equal(mail_from("<c@x>"), 1);
	assert_int_equal(rules_dataset_clear(judge.set, "none", &err), -ENOENT);
	assert_int_equal(rules_dataset_clear(judge.set, "seen", &err), 0);
	assert_int_equal(mail_from("<a@x>"), 0);
	assert_int_equal(mail_from("<c@x>"), 0);
	assert_int_equal(rules_dataset_each(judge.set, "seen", count_value, &values, NULL), 0);
	assert_int_equal(values, 0);
	assert_true(rules_dataset_info(judge.set, 0, &info));
	assert_int_equal(info.loaded, 0);
	assert_int_equal(rules_dataset_add(judge.set, "seen", SPAN_LIT("<a@x>"), NULL), 0);
	assert_int_equal(mail_from("<a@x>"), 1);
	assert_int_equal(mail_from("<b@x>"), 0);
	assert_int_equal(rules_datasets_save(judge.set, NULL), 0);
	judge_close();
	judge_open(rule);
	assert_int_equal(mail_from("<a@x>"), 1);
	assert_int_equal(mail_from("<b@x>"), 0);
	judge_close();
	unlink(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_set_unset),
		cmocka_unit_test(test_set_needs_the_rule),
		cmocka_unit_test(test_set_of_items),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_management),
		cmocka_unit_test(test_state_file),
		cmocka_unit_test(test_save_fails),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_bytes_run_out),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
