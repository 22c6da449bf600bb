/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A frame that is let go in parts: made segments first, then the frame itself with its rest (I5).
 */
#include "harness.h"

#define TEXT "RCPT TO:<a@b>\r\nDATA\r\nx\r\n"

/* A mark at each offset, and each pair of marks. */
static void
test_every_cut(void **state)
{
	const uint64_t len = strlen(TEXT);

	for (uint64_t a = 0; a <= len; a++)
		for (uint64_t b = a; b <= len; b++) {
			char all[64] = "";
			struct wire w;

			wire_open(&w, NULL);
			wire_handshake(&w);
			put(&w, CLIENT, 0, TEXT);
			take(&w, CLIENT);
			tcp_mark(w.c, CLIENT, a);
			release(&w, CLIENT);
			assert_int_equal(offsets(&w, CLIENT).fwd, a);
			tcp_mark(w.c, CLIENT, b);
			release(&w, CLIENT);
			tcp_mark(w.c, CLIENT, len);
			release(&w, CLIENT);
			for (size_t i = 0; i < w.out_count; i++) {
				assert_int_equal(out_offset(&w, i), strlen(all));
				assert_int_equal(w.out[i].made, i + 1 < w.out_count);
				strcat(all, out_text(&w, i));
			}
			assert_string_equal(all, TEXT);
			assert_int_equal(w.left, w.in);
			wire_close(&w);
		}
}

static void
test_lost_part_is_sent_again(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, TEXT);
	take(&w, CLIENT);
	tcp_mark(w.c, CLIENT, 15);
	release(&w, CLIENT);
	assert_true(w.out[0].made);
	/* The made part was lost; the client repeats its whole segment. */
	out_clear(&w);
	assert_int_equal(put(&w, CLIENT, 0, TEXT), TCP_PASS);
	assert_string_equal(out_text(&w, 0), "RCPT TO:<a@b>\r\n");
	/* ... with more behind it than was there before. */
	out_clear(&w);
	assert_int_equal(put(&w, CLIENT, 0, TEXT "y\r\n"), TCP_KEEP);
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 1);
	assert_string_equal(out_text(&w, 0), "RCPT TO:<a@b>\r\n");
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 1);
	flow(&w, CLIENT);
	assert_string_equal(out_text(&w, 1), "DATA\r\nx\r\ny\r\n");
	assert_int_equal(w.out_count, 2);
	assert_int_equal(w.discarded, 1); /* the first frame: all of it left in others */
	wire_close(&w);
}

/* A repetition that reaches beyond what it repeats, and then another one. */
static void
test_repeated_once_only(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "abcd");
	flow(&w, CLIENT);
	assert_int_equal(put(&w, CLIENT, 0, "abcdefgh"), TCP_KEEP);
	take(&w, CLIENT);
	tcp_mark(w.c, CLIENT, 6);
	release(&w, CLIENT);
	assert_string_equal(out_text(&w, 1), "abcdef");
	assert_int_equal(put(&w, CLIENT, 2, "cdefghij"), TCP_KEEP);
	release(&w, CLIENT);
	assert_string_equal(out_text(&w, 2), "cdef");
	flow(&w, CLIENT);
	assert_string_equal(out_text(&w, 3), "ghij");
	assert_int_equal(w.out_count, 4);
	assert_int_equal(w.discarded, 1);
	wire_close(&w);
}

static void
test_held_is_not_repeated(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "abcdef");
	assert_int_equal(put(&w, CLIENT, 0, "abcdef"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_DUPLICATE);
	assert_int_equal(put(&w, CLIENT, 2, "cd"), TCP_DROP);
	/* Unless it acknowledges something: then that goes on, without the bytes. */
	put(&w, SERVER, 0, "220\r\n");
	flow(&w, SERVER);
	out_clear(&w);
	w.ack[CLIENT] = 5;
	assert_int_equal(put(&w, CLIENT, 2, "cdef"), TCP_PASS);
	assert_string_equal(out_text(&w, 0), "");
	assert_int_equal(out_ack(&w, 0), 5);
	assert_int_equal(out_offset(&w, 0), 0);
	flow(&w, CLIENT);
	assert_string_equal(out_text(&w, 1), "abcdef");
	wire_close(&w);
}

static void
check_parts(const char *server_options)
{
	static uint8_t bytes[60000];
	struct setup setup = { .syn_options = { NULL, server_options } };
	struct wire w;
	uint64_t at = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	wire_open(&w, &setup);
	wire_handshake(&w);
	w.options = hex("0101080a0000000100000001");
	assert_int_equal(put_span(&w, CLIENT, 0, span_of(bytes, sizeof(bytes))), TCP_KEEP);
	take(&w, CLIENT);
	tcp_mark(w.c, CLIENT, 59999);
	release(&w, CLIENT);
	assert_int_equal(w.out_count, (59999 + 523) / 524);
	for (size_t i = 0; i < w.out_count; i++) {
		struct span s = pkt_payload(&w.out[i].pkt);

		assert_int_equal(out_offset(&w, i), at);
		assert_true(s.len + 12 <= 536); /* options count */
		assert_memory_equal(s.ptr, bytes + at, s.len);
		at += s.len;
	}
	tcp_mark(w.c, CLIENT, 60000);
	release(&w, CLIENT);
	assert_int_equal(out_offset(&w, w.out_count - 1), 59999);
	assert_false(w.out[w.out_count - 1].made);
	wire_close(&w);
}

static void
test_parts_fit_the_mss(void **state)
{
	check_parts("02040218"); /* 536 */
	check_parts("01010101"); /* says nothing: 536 */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_lost_part_is_sent_again),
		cmocka_unit_test(test_repeated_once_only),
		cmocka_unit_test(test_held_is_not_repeated),
		cmocka_unit_test(test_parts_fit_the_mss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
