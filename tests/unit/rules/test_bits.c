/* SPDX-License-Identifier: BSD-3-Clause */
/* flowbits, xbits and flowints: who sees them, how long they live, and a table that is full. */
#include "judge.h"

#include "rules_set.h"

/* Fires rule 1 (the setter) or rule 2 (the tester). */
static bool
event(enum rules_hook hook)
{
	judge_event(hook);
	return judge_sid(0) != 0;
}

static void
test_flowbits(void **state)
{
	unsigned i = 0;

	judge_open("accept:hook smtp:helo any any -> any any (flowbits:set,a; sid:1;)\n"
		   "accept:hook smtp:mail any any -> any any (flowbits:isset,b|a; sid:2;)\n"
		   "accept:hook smtp:rset any any -> any any (flowbits:unset,a; sid:3;)\n"
		   "accept:hook smtp:quit any any -> any any (flowbits:toggle,b; "
		   "flowbits:isnotset,a; sid:4;)\n");
	assert_false(event(RULES_AT_MAIL));
	assert_null(rules_flowbit(judge.set, &judge.flow, &i));
	assert_true(event(RULES_AT_HELO));
	i = 0;
	assert_string_equal(rules_flowbit(judge.set, &judge.flow, &i), "a");
	assert_null(rules_flowbit(judge.set, &judge.flow, &i));
	assert_true(event(RULES_AT_MAIL));
	judge_new_tx(); /* bits of the connection outlive a transaction */
	assert_true(event(RULES_AT_MAIL));
	assert_false(event(RULES_AT_QUIT));
	assert_true(event(RULES_AT_RSET));
	assert_false(event(RULES_AT_MAIL));
	assert_true(event(RULES_AT_QUIT));
	assert_true(event(RULES_AT_MAIL)); /* b */
	assert_true(event(RULES_AT_QUIT));
	assert_false(event(RULES_AT_MAIL));
	judge_close();
}

/* More than 64 names: the others live in the arena. */
static void
test_many_bits(void **state)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (int i = 1; i <= 150; i++) {
		fprintf(f,
			"accept:hook smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"<%d>\"; "
			"flowbits:set,f%d; xbits:set,x%d,track tx; sid:%d;)\n",
			i, i, i, i);
		fprintf(f,
			"accept:hook smtp:mail any any -> any any (smtp.mail_from; "
			"content:\"<%d>\"; "
			"flowbits:isset,f%d; xbits:isset,x%d,track tx; sid:%d;)\n",
			i, i, i, 1000 + i);
	}
	fclose(f);
	judge_open(text);
	for (int i = 1; i <= 150; i += 37) {
		char value[16];

		snprintf(value, sizeof(value), "<%d>", i);
		judge_value(RULES_MAIL_FROM, value);
		assert_false(event(RULES_AT_MAIL));
		judge_value(RULES_RCPT_TO, value);
		assert_true(event(RULES_AT_RCPT));
		judge_value(RULES_MAIL_FROM, value);
		assert_true(event(RULES_AT_MAIL));
		assert_int_equal(judge_sid(0), 1000 + i);
		judge_new_tx(); /* the xbit is gone, the flowbit is not */
		judge_value(RULES_MAIL_FROM, value);
		assert_false(event(RULES_AT_MAIL));
	}
	judge_close();
	free(text);
}

static void
test_xbits_by_address(void **state)
{
	judge_open("accept:hook smtp:helo any any -> any any (xbits:set,a,track ip_src,expire 10; "
		   "sid:1;)\n"
		   "accept:hook smtp:mail any any -> any any (xbits:isset,a,track ip_src; sid:2;)\n"
		   "accept:hook smtp:rcpt any any -> any any (xbits:isset,a,track ip_dst; sid:3;)\n"
		   "accept:hook smtp:rset any any -> any any (xbits:unset,a,track ip_src; sid:4;)\n"
		   "accept:hook smtp:auth any any -> any any (xbits:set,p,track ip_pair; sid:5;)\n"
		   "accept:hook smtp:greeting any any -> any any (xbits:isset,p,track ip_pair; "
		   "sid:6;)\n");
	assert_true(event(RULES_AT_HELO));
	memset(&judge.flow, 0, sizeof(judge.flow)); /* another connection of the same client */
	assert_true(event(RULES_AT_MAIL));
	assert_false(event(RULES_AT_RCPT));
	judge.packet.src[15] ^= 1; /* another client */
	assert_false(event(RULES_AT_MAIL));
	judge.packet.src[15] ^= 1;
	judge.now_us += 9999999;
	assert_true(event(RULES_AT_MAIL));
	judge.now_us += 1;
	assert_false(event(RULES_AT_MAIL));
	assert_true(event(RULES_AT_HELO));
	assert_true(event(RULES_AT_RSET));
	assert_false(event(RULES_AT_MAIL));
	assert_true(event(RULES_AT_AUTH));
	/* The pair is the same seen from the other side. */
	for (int i = 0; i < 16; i++) {
		uint8_t c = judge.packet.src[i];

		judge.packet.src[i] = judge.packet.dst[i];
		judge.packet.dst[i] = c;
	}
	judge.packet.to_server = false;
	assert_true(event(RULES_AT_GREETING));
	judge_close();
}

static void
test_flowints(void **state)
{
	judge_open("accept:hook smtp:helo any any -> any any (flowint:n,=,5; sid:1;)\n"
		   "accept:hook smtp:rcpt any any -> any any (flowint:n,+,2; sid:2;)\n"
		   "accept:hook smtp:mail any any -> any any (flowint:n,>,6; sid:3;)\n"
		   "accept:hook smtp:rset any any -> any any (flowint:n,isset; flowint:n,-,7; "
		   "sid:4;)\n"
		   "accept:hook smtp:quit any any -> any any (flowint:n,==,0; sid:5;)\n"
		   "accept:hook smtp:other any any -> any any (flowint:n,notset; sid:6;)\n"
		   "accept:hook smtp:auth any any -> any any (flowint:m,=,n; sid:7;)\n"
		   "accept:hook smtp:data any any -> any any (flowint:m,>=,n; sid:8;)\n");
	assert_true(event(RULES_AT_OTHER));
	assert_false(event(RULES_AT_MAIL));
	assert_false(event(RULES_AT_RSET));
	assert_false(event(RULES_AT_DATA));
	assert_true(event(RULES_AT_HELO));
	assert_false(event(RULES_AT_OTHER));
	assert_false(event(RULES_AT_MAIL));
	assert_true(event(RULES_AT_AUTH));
	assert_true(event(RULES_AT_DATA));
	assert_true(event(RULES_AT_RCPT));
	assert_false(event(RULES_AT_DATA));
	assert_true(event(RULES_AT_MAIL));
	assert_false(event(RULES_AT_QUIT));
	assert_true(event(RULES_AT_RSET));
	assert_true(event(RULES_AT_QUIT));
	judge_close();
}

/* A full table gives up what expires first, never grows, never finds another's entry. */
static void
test_table(void **state)
{
	struct rules_table *t = rules_table_create(512);
	struct rules_table_key key = { .kind = RULES_TABLE_BIT };
	unsigned found = 0;

	for (uint32_t i = 0; i < 2000; i++) {
		key.id = i;
		rules_table_add(t, &key, 1000, 5000 + i)->count = i;
		assert_int_equal(rules_table_find(t, &key, 1000)->count, i);
	}
	for (uint32_t i = 0; i < 2000; i++) {
		struct rules_entry *e;

		key.id = i;
		e = rules_table_find(t, &key, 1000);
		assert_true(e == NULL || e->count == i);
		assert_true(e != NULL || i < 2000 - 8); /* the newest of a bucket are there */
		found += e != NULL;
	}
	assert_int_equal(found, 512);
	key.id = 1999;
	assert_null(rules_table_find(t, &key, 5000 + 1999));
	rules_entry_expire(rules_table_find(t, &key, 1000));
	assert_null(rules_table_find(t, &key, 1000));
	/* The same key again takes its own place. */
	rules_table_add(t, &key, 1000, 9000);
	rules_table_add(t, &key, 1000, 9000)->count = 7;
	assert_int_equal(rules_table_find(t, &key, 1000)->count, 7);
	rules_table_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flowbits),
		cmocka_unit_test(test_many_bits),
		cmocka_unit_test(test_xbits_by_address),
		cmocka_unit_test(test_flowints),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
