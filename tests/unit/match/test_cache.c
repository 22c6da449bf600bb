/* SPDX-License-Identifier: BSD-3-Clause */
/* Compiled databases on disk: used when they are sound and ours, never otherwise. */
#include "scan.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "match_internal.h"

static char dir[64];

static const struct match_pattern pattern = { .text = SPAN_LIT("needle"),
					      .id = 5,
					      .flags = MATCH_LITERAL };

static int
make_dir(void **state)
{
	strcpy(dir, "match-cache-XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int
remove_dir(void **state)
{
	char path[512];
	struct dirent *e;
	DIR *d = opendir(dir);

	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	closedir(d);
	return rmdir(dir);
}

/* The only file of the folder; its number of files. */
static unsigned
cache_file(char *path, size_t size)
{
	struct dirent *e;
	unsigned count = 0;
	DIR *d = opendir(dir);

	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, size, "%s/%s", dir, e->d_name);
		count++;
	}
	closedir(d);
	return count;
}

static void
build_and_scan(void)
{
	struct err err = { 0 };
	int bad;
	struct match_db *db = match_build(&pattern, 1, MATCH_BLOCK, dir, &bad, &err);
	struct match_scratch *s = scan_scratch(db, 0);
	struct scan_list l = { 0 };

	scan_block(db, s, "a needle", &l);
	assert_true(l.count == 1 && scan_has(&l, 5, 8));
	match_scratch_destroy(s);
	match_free(db);
}

static bool
loads(const struct match_pattern *p, enum match_shape shape)
{
	struct match_cache_key key;
	hs_database_t *db;

	match_cache_key(p, 1, shape, &key);
	db = match_cache_load(dir, &key);
	if (db != NULL)
		hs_free_database(db);
	return db != NULL;
}

static void
test_kept(void **state)
{
	char path[512];

	assert_false(loads(&pattern, MATCH_BLOCK));
	build_and_scan();
	assert_int_equal(cache_file(path, sizeof(path)), 1);
	assert_true(loads(&pattern, MATCH_BLOCK));
	build_and_scan(); /* from the file */
	assert_int_equal(cache_file(path, sizeof(path)), 1);
}

static void
test_key_holds_everything(void **state)
{
	struct match_pattern p = pattern;

	build_and_scan();
	assert_false(loads(&pattern, MATCH_STREAM));
	p.id = 6;
	assert_false(loads(&p, MATCH_BLOCK));
	p = pattern;
	p.flags |= MATCH_NOCASE;
	assert_false(loads(&p, MATCH_BLOCK));
	p = pattern;
	p.max_end = 100;
	assert_false(loads(&p, MATCH_BLOCK));
	p = pattern;
	p.text = SPAN_LIT("needlf");
	assert_false(loads(&p, MATCH_BLOCK));
}

/* Every byte of the file matters; a damaged one is made anew. */
static void
test_damaged(void **state)
{
	char path[512];
	FILE *f;
	long size;

	build_and_scan();
	assert_int_equal(cache_file(path, sizeof(path)), 1);
	f = fopen(path, "r+b");
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	for (long at = 0; at < size; at += at < 64 ? 1 : 97) {
		int c;

		fseek(f, at, SEEK_SET);
		c = fgetc(f);
		fseek(f, at, SEEK_SET);
		fputc(c ^ 0x40, f);
		fflush(f);
		assert_false(loads(&pattern, MATCH_BLOCK));
		fseek(f, at, SEEK_SET);
		fputc(c, f);
		fflush(f);
	}
	fclose(f);
	assert_true(loads(&pattern, MATCH_BLOCK));
	assert_int_equal(truncate(path, size - 1), 0);
	assert_false(loads(&pattern, MATCH_BLOCK));
	assert_int_equal(truncate(path, 10), 0);
	assert_false(loads(&pattern, MATCH_BLOCK));
	build_and_scan();
	assert_true(loads(&pattern, MATCH_BLOCK));
}

static void
test_others_may_not_write(void **state)
{
	char path[512];

	build_and_scan();
	assert_int_equal(cache_file(path, sizeof(path)), 1);
	assert_int_equal(chmod(path, 0660), 0);
	assert_false(loads(&pattern, MATCH_BLOCK));
	assert_int_equal(chmod(path, 0600), 0);
	assert_true(loads(&pattern, MATCH_BLOCK));
}

/* A half file that a killed run with our process number left behind is no obstacle. */
static void
test_cut_short(void **state)
{
	char path[512], aside[600];
	FILE *f;

	build_and_scan();
	assert_int_equal(cache_file(path, sizeof(path)), 1);
	snprintf(aside, sizeof(aside), "%.*s.%ld.tmp", (int)(strlen(path) - strlen(".hsdb")), path,
		 (long)getpid());
	assert_int_equal(unlink(path), 0);
	f = fopen(aside, "w");
	assert_non_null(f);
	fclose(f);
	build_and_scan();
	assert_true(loads(&pattern, MATCH_BLOCK));
	assert_int_equal(access(aside, F_OK), -1);
}

/* What is said on stderr while the set is built with this folder. */
static const char *
said(const char *folder)
{
	static char text[1024];
	struct err err = { 0 };
	FILE *f = tmpfile();
	int bad, old = dup(STDERR_FILENO);
	struct match_db *db;
	size_t n;

	dup2(fileno(f), STDERR_FILENO);
	db = match_build(&pattern, 1, MATCH_BLOCK, folder, &bad, &err);
	dup2(old, STDERR_FILENO);
	close(old);
	assert_non_null(db);
	match_free(db);
	rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

/* A cache costs the compilation at worst, and says why. */
static void
test_says(void **state)
{
	char path[512];

	build_and_scan();
	assert_int_equal(cache_file(path, sizeof(path)), 1);
	assert_string_equal(said(dir), "");
	assert_int_equal(truncate(path, 100), 0);
	assert_non_null(strstr(said(dir), "damaged or of another version"));
	assert_string_equal(said(dir), "");
	assert_int_equal(chmod(path, 0666), 0);
	assert_non_null(strstr(said(dir), "others may have written it"));
	assert_string_equal(said(dir), "");
	assert_non_null(strstr(said("no-such-folder"), "cannot keep compiled patterns"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),	  cmocka_unit_test(test_key_holds_everything),
		cmocka_unit_test(test_damaged),	  cmocka_unit_test(test_others_may_not_write),
		cmocka_unit_test(test_cut_short), cmocka_unit_test(test_says),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
