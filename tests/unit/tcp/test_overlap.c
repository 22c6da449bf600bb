/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two segments that share bytes, in every relation that two intervals can have (Allen's thirteen),
 * with the same bytes and with others, the first one out of order, held, gone on or acknowledged.
 *
 *	first	    [4 --- 8)
 *	second	[s ------------- e)	every 0 <= s < e <= 12
 *
 * The first bytes that came are the only ones that the receiver ever sees.
 */
#include "harness.h"

#define LEN 12
static const char *const honest = "ABCDEFGHIJKL";
static const char *const other = "abcdefghijkl";

enum stage { OUT_OF_ORDER, HELD, GONE, ACKED, STAGES };

static struct span
part(const char *text, unsigned from, unsigned to)
{
	return span_of(text + from, to - from);
}

/* The receiver: every byte that left, each only as expected, or zero where it was acknowledged. */
static void
collect(const struct wire *w, const char *expected, uint64_t una, char *got)
{
	for (size_t i = 0; i < w->out_count; i++) {
		struct span s = pkt_payload(&w->out[i].pkt);
		int64_t at = out_offset(w, i);

		for (size_t k = 0; k < s.len; k++) {
			if (s.ptr[k] == 0 && at + k < una)
				continue;
			assert_int_equal(s.ptr[k], expected[at + k]);
			got[at + k] = (char)s.ptr[k];
		}
	}
}

static void
bring_first(struct wire *w, enum stage stage)
{
	if (stage > OUT_OF_ORDER)
		assert_int_equal(put_span(w, CLIENT, 0, part(honest, 0, 4)), TCP_KEEP);
	assert_int_equal(put_span(w, CLIENT, 4, part(honest, 4, 8)), TCP_KEEP);
	if (stage >= GONE)
		flow(w, CLIENT);
	if (stage == ACKED)
		assert_int_equal(put_ack(w, SERVER, 0, 8), TCP_PASS);
}

static void
check_pair(enum stage stage, unsigned from, unsigned to, bool differs, bool rewrite)
{
	struct setup setup = { .rewrite = rewrite, .isn = { UINT32_MAX - 5, 1 } };
	char expected[LEN + 1], got[LEN + 1] = "";
	unsigned low = stage == OUT_OF_ORDER ? 4 : 0; /* known before the second comes: [low, 8) */
	bool shares = from < 8 && to > low;
	enum tcp_result r;
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	bring_first(&w, stage);
	r = put_span(&w, CLIENT, from, part(differs ? other : honest, from, to));
	assert_int_equal((w.env.notes & TCP_NOTE_DIFFERS) != 0,
			 differs && shares && stage != ACKED);
	if (differs && shares && stage != ACKED && !rewrite) {
		assert_int_equal(r, TCP_DROP);
		assert_int_equal(w.env.reason, TCP_OVERLAP);
	}
	memcpy(expected, honest, LEN + 1);
	for (unsigned i = from; i < to; i++)
		if (r == TCP_KEEP && differs && (i < low || i >= 8))
			expected[i] = other[i];
	/* The sender repeats all, honestly; where the second won, that is overwritten. */
	for (unsigned i = 0; i < 3; i++) {
		w.env.rewrite_overlaps = true;
		put_span(&w, CLIENT, 0, part(honest, 0, LEN));
		flow(&w, CLIENT);
	}
	collect(&w, expected, offsets(&w, CLIENT).una, got);
	assert_string_equal(got, expected);
	assert_int_equal(w.seen_len[CLIENT], LEN);
	assert_memory_equal(w.seen[CLIENT], expected, LEN);
	wire_close(&w);
}

static void
test_pairs(void **state)
{
	for (unsigned stage = 0; stage < STAGES; stage++)
		for (unsigned from = 0; from < LEN; from++)
			for (unsigned to = from + 1; to <= LEN; to++)
				for (unsigned k = 0; k < 4; k++)
					check_pair(stage, from, to, (k & 1) != 0, (k & 2) != 0);
}

/* PYROLYSE: stacks that agree on pairs disagree on three. Every triple out of order, all other. */
static void
test_triples(void **state)
{
	static const char *const text[3] = { "ABCDEFG", "abcdefg", "1234567" };
	struct setup setup = { .rewrite = true };

	for (unsigned n = 0; n < 21 * 21 * 21; n++) {
		char expected[7] = "", got[8] = "";
		unsigned code[3] = { n % 21, n / 21 % 21, n / 441 };
		struct wire w;

		wire_open(&w, &setup);
		wire_handshake(&w);
		for (unsigned i = 0; i < 3; i++) {
			unsigned from = 0, to = code[i] + 1;

			while (to > 6 - from) /* the to-th of the 21 intervals within six bytes */
				to -= 6 - from++;
			to += from;
			/* One byte later, so that all are out of order. */
			put_span(&w, CLIENT, from + 1, part(text[i], from + 1, to + 1));
			for (unsigned k = from + 1; k <= to; k++)
				if (expected[k] == 0)
					expected[k] = text[i][k];
		}
		put_span(&w, CLIENT, 0, part("XYZ", 0, 1));
		expected[0] = 'X';
		flow(&w, CLIENT);
		collect(&w, expected, 0, got);
		assert_int_equal(w.seen_len[CLIENT], strlen(got));
		assert_memory_equal(w.seen[CLIENT], expected, strlen(got));
		wire_close(&w);
	}
}

static void
test_same_bytes_are_no_overlap(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "ABCD");
	assert_int_equal(put(&w, CLIENT, 2, "CDEF"), TCP_KEEP);
	assert_int_equal(w.env.notes & (TCP_NOTE_DIFFERS | TCP_NOTE_EDITED), 0);
	assert_int_equal(w.env.notes & TCP_NOTE_RETRANSMIT, TCP_NOTE_RETRANSMIT);
	flow(&w, CLIENT);
	/* No byte goes twice: the second frame was cut. */
	assert_string_equal(out_text(&w, 0), "ABCD");
	assert_string_equal(out_text(&w, 1), "EF");
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_triples),
		cmocka_unit_test(test_same_bytes_are_no_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
