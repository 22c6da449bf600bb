/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring of records: order, numbers, losses, texts and their limits, two threads. */
#include "record.h"

#include <pthread.h>
#include <sched.h>

static void
test_fill_and_empty(void **state)
{
	struct event_ring *r = event_ring_create(4);
	struct span text;
	struct event *e;
	int i = -1;

	(void)state;
	assert_non_null(r);
	assert_null(event_peek(r));
	e = event_begin(r, EVENT_SMTP);
	event_text(e, EVENT_SMTP_HELO, SPAN_LIT("mx"));
	assert_null(event_peek(r)); /* not before commit */
	event_commit(r);
	assert_int_equal(event_made(r), 1);
	e = event_peek(r);
	assert_int_equal(e->type, EVENT_SMTP);
	assert_true(event_text_get(e, EVENT_SMTP_HELO, &i, &text));
	assert_true(span_eq(text, SPAN_LIT("mx")));
	assert_false(event_text_get(e, EVENT_SMTP_HELO, &i, &text));
	event_pop(r);
	assert_null(event_peek(r));
	event_ring_destroy(r);
}

static void
test_slot_is_cleared(void **state)
{
	struct event_ring *r = event_ring_create(1);
	struct event *e = event_begin(r, EVENT_ALERT);

	(void)state;
	e->sid = 7;
	e->flags = EVENT_BLOCKED;
	event_text(e, EVENT_RULE_MSG, SPAN_LIT("old"));
	event_commit(r);
	event_pop(r);
	e = event_begin(r, EVENT_FLOW);
	assert_int_equal(e->sid, 0);
	assert_int_equal(e->flags, 0);
	assert_int_equal(e->text_count, 0);
	assert_int_equal(e->room_used, 0);
	event_ring_destroy(r);
}

static void
test_overflow_is_counted_and_leaves_a_gap(void **state)
{
	struct event_ring *r = event_ring_create(2);

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_non_null(event_begin(r, EVENT_FLOW));
		event_commit(r);
	}
	for (int i = 0; i < 3; i++)
		assert_null(event_begin(r, EVENT_FLOW));
	assert_int_equal(event_lost(r), 3);
	assert_int_equal(event_made(r), 2);
	assert_int_equal(event_peek(r)->seq, 0);
	event_pop(r);
	assert_non_null(event_begin(r, EVENT_FLOW));
	event_commit(r);
	assert_int_equal(event_peek(r)->seq, 1);
	event_pop(r);
	assert_int_equal(event_peek(r)->seq, 5); /* 2, 3 and 4 are lost */
	event_ring_destroy(r);
}

static void
test_begin_again_is_the_same_record(void **state)
{
	struct event_ring *r = event_ring_create(2);
	struct event *first = event_begin(r, EVENT_FLOW);

	(void)state;
	assert_ptr_equal(event_begin(r, EVENT_ALERT), first);
	event_commit(r);
	assert_int_equal(event_made(r), 1);
	event_ring_destroy(r);
}

static void
test_long_text_is_cut(void **state)
{
	struct event *e = calloc(1, sizeof(*e));
	size_t size = EVENT_TEXT_MAX + 1;
	char *text = malloc(size); /* exact, so that a reader past the end is seen */

	(void)state;
	memset(text, 'a', size);
	event_text(e, EVENT_SMTP_HELO, span_of(text, size - 1));
	assert_false(e->text[0].cut);
	assert_int_equal(e->text[0].len, EVENT_TEXT_MAX);
	event_text(e, EVENT_SMTP_HELO, span_of(text, size));
	assert_true(e->text[1].cut);
	assert_int_equal(e->text[1].len, EVENT_TEXT_MAX);
	free(text);
	free(e);
}

/* A cut must not split a character: what stays is as valid as what came. */
static void
test_cut_between_characters(void **state)
{
	static const struct {
		const char *tail; /* ends the text, its last byte falls behind the limit */
		size_t kept;	  /* of these bytes */
	} each[] = {
		{ "\xc3\xa4", 0 }, { "\xe2\x82\xac", 0 }, { "\xf0\x9f\x98\x80", 0 },
		{ "a\xc3\xa4z", 3 }, { "\x80\x80\x80\x80", 3 }, { "\xff\xff", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct event *e = calloc(1, sizeof(*e));
		size_t tail = strlen(each[i].tail), head = EVENT_TEXT_MAX + 1 - tail;
		char *text = malloc(head + tail);

		memset(text, 'a', head);
		memcpy(text + head, each[i].tail, tail);
		event_text(e, EVENT_SMTP_HELO, span_of(text, head + tail));
		assert_true(e->text[0].cut);
		assert_int_equal(e->text[0].len, head + each[i].kept);
		free(text);
		free(e);
	}
}

static void
test_room_ends(void **state)
{
	struct event *e = calloc(1, sizeof(*e));
	char text[EVENT_TEXT_MAX];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (int i = 0; i < 3; i++)
		event_text(e, EVENT_EMAIL_TO, span_of(text, sizeof(text)));
	assert_int_equal(e->room_used, EVENT_ROOM);
	event_text(e, EVENT_EMAIL_TO, SPAN_LIT("x"));
	assert_int_equal(e->text_lost, 1);
	assert_int_equal(e->text_count, 3);
	event_text(e, EVENT_EMAIL_SUBJECT, SPAN_NONE); /* empty: present, needs no room */
	assert_int_equal(e->text_count, 4);
	free(e);
}

static void
test_slots_of_texts_end(void **state)
{
	struct event *e = calloc(1, sizeof(*e));

	(void)state;
	for (int i = 0; i < EVENT_TEXTS + 5; i++)
		event_text(e, EVENT_SMTP_RCPT_TO, SPAN_LIT("<a@b>"));
	assert_int_equal(e->text_count, EVENT_TEXTS);
	assert_int_equal(e->text_lost, 5);
	free(e);
}

#define MANY 20000

static void *
produce(void *arg)
{
	struct event_ring *r = arg;
	char text[16];

	for (unsigned made = 0; made < MANY;) {
		struct event *e = event_begin(r, EVENT_ALERT);

		if (e == NULL) {
			sched_yield();
			continue;
		}
		e->sid = made;
		snprintf(text, sizeof(text), "%u", made);
		event_text(e, EVENT_RULE_MSG, span_str(text));
		event_commit(r);
		made++;
	}
	return NULL;
}

/* The sanitizer for threads looks on: built with -Db_sanitize=thread this is the test of the order
 * in which slots change hands. */
static void
test_two_threads(void **state)
{
	struct event_ring *r = event_ring_create(16);
	uint64_t seq = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, produce, r), 0);
	for (unsigned got = 0; got < MANY;) {
		struct event *e = event_peek(r);
		struct span text;
		char want[16];
		int i = -1;

		if (e == NULL) {
			(void)event_lost(r);
			sched_yield();
			continue;
		}
		assert_int_equal(e->sid, got);
		assert_true(got == 0 || e->seq > seq);
		seq = e->seq;
		snprintf(want, sizeof(want), "%u", got);
		assert_true(event_text_get(e, EVENT_RULE_MSG, &i, &text));
		assert_true(span_eq(text, span_str(want)));
		event_pop(r);
		got++;
	}
	pthread_join(thread, NULL);
	assert_int_equal(event_made(r), MANY);
	assert_int_equal(seq, MANY - 1 + event_lost(r));
	event_ring_destroy(r);
}

static void
test_no_memory_is_said(void **state)
{
	(void)state;
	assert_null(event_ring_create(0));
	assert_null(event_ring_create(SIZE_MAX));
	event_ring_destroy(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fill_and_empty),
		cmocka_unit_test(test_slot_is_cleared),
		cmocka_unit_test(test_overflow_is_counted_and_leaves_a_gap),
		cmocka_unit_test(test_begin_again_is_the_same_record),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test(test_cut_between_characters),
		cmocka_unit_test(test_room_ends),
		cmocka_unit_test(test_slots_of_texts_end),
		cmocka_unit_test(test_two_threads),
		cmocka_unit_test(test_no_memory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
