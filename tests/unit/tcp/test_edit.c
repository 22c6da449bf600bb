/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Same-length edits: the receiver sees the edited bytes, however the sender repeats them.
 */
#include <errno.h>
#include "harness.h"

#define TEXT "RCPT TO:<x@y>\r\nDATA\r\n"
#define DONE "NOOP xxxxxxxx\r\nDATA\r\n"

static int
edit(struct wire *w, uint64_t offset, const char *text)
{
	return tcp_edit(&w->env, w->c, CLIENT, offset, span_str(text));
}

static void
test_every_cut_of_the_frames(void **state)
{
	for (size_t a = 1; a < strlen(TEXT); a++)
		for (size_t b = a; b < strlen(TEXT); b++) {
			char got[64] = "";
			struct wire w;

			wire_open(&w, NULL);
			wire_handshake(&w);
			put_span(&w, CLIENT, 0, span_of(TEXT, a));
			put_span(&w, CLIENT, a, span_of(&TEXT[a], b - a));
			put_span(&w, CLIENT, b, span_of(&TEXT[b], strlen(TEXT) - b));
			take(&w, CLIENT);
			assert_memory_equal(w.seen[CLIENT], TEXT, strlen(TEXT));
			assert_int_equal(edit(&w, 0, "NOOP xxxxxxxx"), 0);
			flow(&w, CLIENT);
			for (size_t i = 0; i < w.out_count; i++)
				strcat(got, out_text(&w, i));
			assert_string_equal(got, DONE);
			/* Each repetition, cut otherwise: the edited bytes, and no alarm. */
			out_clear(&w);
			assert_int_equal(
				put_span(&w, CLIENT, a - 1, span_of(&TEXT[a - 1], b - a + 2)),
				TCP_PASS);
			assert_int_equal(w.env.notes & TCP_NOTE_DIFFERS, 0);
			assert_memory_equal(out_text(&w, 0), &DONE[a - 1], b - a + 2);
			wire_close(&w);
		}
}

static void
test_repeated_while_held(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, TEXT);
	take(&w, CLIENT);
	assert_int_equal(edit(&w, 0, "NOOP xxxxxxxx"), 0);
	assert_int_equal(put(&w, CLIENT, 0, TEXT "x\r\n"), TCP_KEEP);
	assert_int_equal(w.env.notes & TCP_NOTE_DIFFERS, 0);
	flow(&w, CLIENT);
	assert_string_equal(out_text(&w, 0), DONE);
	assert_true(w.out[0].edited);
	assert_string_equal(out_text(&w, 1), "x\r\n");
	/* Outside the edit other bytes are still an attack. */
	assert_int_equal(put(&w, CLIENT, 15, "QUIT\r\n"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_OVERLAP);
	/* Once acknowledged, the range is forgotten. */
	put_ack(&w, SERVER, 0, 13);
	put(&w, CLIENT, 24, "y\r\n");
	flow(&w, CLIENT);
	assert_int_equal(put(&w, CLIENT, 13, "\n\n"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_OVERLAP);
	wire_close(&w);
}

/* All of the edit but its last byte is acknowledged: of that byte, too, the sender repeats its own. */
static void
test_last_byte_of_an_edit(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, TEXT);
	take(&w, CLIENT);
	assert_int_equal(edit(&w, 0, "NOOP"), 0);
	flow(&w, CLIENT);
	put_ack(&w, SERVER, 0, 3);
	assert_int_equal(put_span(&w, CLIENT, 3, span_of(&TEXT[3], 4)), TCP_PASS);
	assert_int_equal(w.env.notes & TCP_NOTE_DIFFERS, 0);
	assert_memory_equal(out_text(&w, 2), "P", 1);
	wire_close(&w);
}

/* Later and earlier edits beside the first one. */
static void
test_many_edits(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, TEXT);
	take(&w, CLIENT);
	assert_int_equal(edit(&w, 8, "<##>"), 0);
	assert_int_equal(edit(&w, 15, "RSET"), 0);
	assert_int_equal(edit(&w, 0, "NOOP"), 0);
	flow(&w, CLIENT);
	assert_string_equal(out_text(&w, 0), "NOOP TO:<##>>\r\nRSET\r\n");
	assert_int_equal(put(&w, CLIENT, 0, TEXT), TCP_PASS);
	assert_int_equal(w.env.notes & TCP_NOTE_DIFFERS, 0);
	assert_string_equal(out_text(&w, 1), "NOOP TO:<##>>\r\nRSET\r\n");
	wire_close(&w);
}

static void
test_edit_after_a_split(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, TEXT);
	take(&w, CLIENT);
	tcp_mark(w.c, CLIENT, 15);
	release(&w, CLIENT);
	assert_int_equal(edit(&w, 15, "RSET"), 0);
	flow(&w, CLIENT);
	assert_string_equal(out_text(&w, 1), "RSET\r\n");
	wire_close(&w);
}

static void
test_only_what_is_held(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "ABCDEF");
	put(&w, CLIENT, 8, "IJ");
	take(&w, CLIENT);
	tcp_mark(w.c, CLIENT, 2);
	release(&w, CLIENT);
	assert_int_equal(edit(&w, 1, "xx"), -EINVAL);
	assert_int_equal(edit(&w, 5, "xx"), -EINVAL);
	assert_int_equal(edit(&w, 8, "x"), -EINVAL);
	assert_int_equal(edit(&w, 2, ""), -EINVAL);
	assert_int_equal(edit(&w, UINT64_MAX, "xx"), -EINVAL);
	assert_int_equal(edit(&w, 2, "xxxx"), 0);
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut_of_the_frames),
		cmocka_unit_test(test_repeated_while_held),
		cmocka_unit_test(test_last_byte_of_an_edit),
		cmocka_unit_test(test_many_edits),
		cmocka_unit_test(test_edit_after_a_split),
		cmocka_unit_test(test_only_what_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
