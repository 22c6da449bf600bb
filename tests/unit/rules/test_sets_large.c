/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Large data sets: what a set of many entries takes to load and to hold, and that a search in it
 * costs no more than in a small one, but for the memory's caches. Prints what it measured.
 *
 *	test_sets_large [entries, default 200000]
 */
#include "judge.h"

#include <malloc.h>
#include <time.h>
#include <unistd.h>

#define SMALL 1000
#define SEARCHES 50000
#ifdef __SANITIZE_ADDRESS__
#define LOAD_US 40.0 /* with every access checked */
#else
#define LOAD_US 2.0 /* an entry; a million in 2 s of processor time */
#endif
#define RATIO 25    /* of a search in the large set to one in the small; linear would be 200 */

static unsigned long large = 200000;

enum form { TEXT, BASE64, ADDRESS, DIGEST };

static const struct {
	const char *name, *keyword;
} kinds[] = {
	[TEXT] = { "strings", "smtp.helo; dataset:isset,large,type string,load large.lst" },
	[BASE64] = { "strings in base64", "smtp.helo; dataset:isset,large,type string,load "
					  "large.lst" },
	[ADDRESS] = { "addresses", "smtp.helo; dataset:isset,large,type ip,load large.lst" },
	[DIGEST] = { "digests", "smtp.helo; dataset:isset,large,type sha256,load large.lst" },
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Entry i as it stands in a file; plain: as it stands in a mail. */
static void
entry(char out[80], enum form form, unsigned long i, bool plain)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[16];

	switch (form) {
	case ADDRESS:
		snprintf(out, 80, "10.%lu.%lu.%lu", i >> 16, i >> 8 & 255, i & 255);
		return;
	case DIGEST:
		snprintf(out, 80, "%064lx", i * 2654435761u);
		return;
	default:
		break;
	}
	snprintf(text, sizeof(text), "host%08lu", i); /* twelve bytes: no padding */
	snprintf(out, 80, "%s", text);
	for (unsigned k = 0; form == BASE64 && !plain && k < 4; k++) {
		unsigned bits = (unsigned)text[3 * k] << 16 | (unsigned)text[3 * k + 1] << 8 |
				(unsigned)text[3 * k + 2];

		snprintf(out + 4 * k, 80 - 4 * k, "%c%c%c%c", digits[bits >> 18],
			 digits[bits >> 12 & 63], digits[bits >> 6 & 63], digits[bits & 63]);
	}
}

static void
write_list(enum form form, unsigned long count)
{
	FILE *f = fopen("large.lst", "w");
	char text[80];

	assert_non_null(f);
	for (unsigned long i = 0; i < count; i++) {
		entry(text, form, i, false);
		fprintf(f, "%s\n", text);
	}
	assert_int_equal(fclose(f), 0);
}

struct figures {
	double load, bytes, search; /* seconds an entry, bytes an entry, seconds a search */
};

/* Every second search is for what is not in the set. */
static double
search(enum form form, unsigned long count)
{
	double begin = now();
	char text[80];

	for (unsigned long i = 0; i < SEARCHES; i++) {
		unsigned long which = i * 7919 % count;

		entry(text, form, i % 2 == 0 ? which : count + which, true);
		judge_value(RULES_HELO, text);
		judge_event(RULES_AT_HELO);
		assert_int_equal(judge_sid(0), i % 2 == 0 ? 1 : 0);
	}
	return (now() - begin) / SEARCHES;
}

static struct figures
measure(enum form form, unsigned long count)
{
	struct figures out;
	char rule[256];
	size_t held = mallinfo2().uordblks + mallinfo2().hblkhd;
	double begin;

	snprintf(rule, sizeof(rule), "drop:flow smtp:helo any any -> any any (%s; sid:1;)\n",
		 kinds[form].keyword);
	write_list(form, count);
	begin = now();
	judge_open(rule);
	out.load = (now() - begin) / (double)count;
	out.bytes = (double)(mallinfo2().uordblks + mallinfo2().hblkhd - held) / (double)count;
	out.search = search(form, count);
	judge_close();
	return out;
}

static void
test_large(void **state)
{
	print_message("%-20s %10s %12s %12s %12s\n", "set", "entries", "load us", "bytes each",
		      "search ns");
	for (unsigned form = 0; form < sizeof(kinds) / sizeof(kinds[0]); form++) {
		struct figures small = measure(form, SMALL), most = measure(form, large);

		print_message("%-20s %10d %12s %12s %12.0f\n", kinds[form].name, SMALL, "", "",
			      small.search * 1e9);
		print_message("%-20s %10lu %12.2f %12.0f %12.0f\n", kinds[form].name, large,
			      most.load * 1e6, most.bytes, most.search * 1e9);
		assert_true(most.load * 1e6 < LOAD_US);
		assert_true(most.search < RATIO * small.search);
	}
}

static char folder[32] = "sets-large-XXXXXX";

static int
enter(void **state)
{
	return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int
leave(void **state)
{
	unlink("large.lst");
	return chdir("..") != 0 || rmdir(folder) != 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_large) };

	if (argc > 1)
		large = strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, enter, leave);
}
