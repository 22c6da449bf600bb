/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A FIN ends a direction when all before it is there, and leaves when all before it has left.
 */
#include "harness.h"

static void
test_pure_fin_passes(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_false(tcp_at_fin(w.c, CLIENT));
	assert_int_equal(put_fin(&w, CLIENT, 0, NULL), TCP_PASS);
	assert_int_equal(w.env.notes & TCP_NOTE_FIN, TCP_NOTE_FIN);
	assert_true(tcp_at_fin(w.c, CLIENT));
	assert_int_equal(tcp_state(w.c), TCP_CLOSING);
	assert_int_equal(put_fin(&w, CLIENT, 0, NULL), TCP_PASS); /* repeated */
	assert_int_equal(w.env.notes & TCP_NOTE_FIN, 0);
	assert_int_equal(put_ack(&w, SERVER, 0, 1), TCP_PASS);
	/* Half open: the server may go on. */
	assert_int_equal(put(&w, SERVER, 0, "221 bye\r\n"), TCP_KEEP);
	flow(&w, SERVER);
	assert_int_equal(put_ack(&w, CLIENT, 1, 9), TCP_PASS);
	assert_int_equal(put_fin(&w, SERVER, 9, NULL), TCP_PASS);
	assert_int_equal(tcp_state(w.c), TCP_CLOSING);
	assert_int_equal(put_ack(&w, CLIENT, 1, 10), TCP_PASS);
	assert_int_equal(w.env.notes & TCP_NOTE_CLOSED, TCP_NOTE_CLOSED);
	assert_int_equal(tcp_state(w.c), TCP_CLOSED);
	/* TIME-WAIT: the last ACK was lost. */
	assert_int_equal(put_fin(&w, SERVER, 9, NULL), TCP_PASS);
	assert_int_equal(put_ack(&w, CLIENT, 1, 10), TCP_PASS);
	assert_int_equal(w.env.notes & TCP_NOTE_CLOSED, 0);
	wire_close(&w);
}

static void
test_waits_with_its_bytes(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_int_equal(put_fin(&w, CLIENT, 0, "QUIT\r\n"), TCP_KEEP);
	assert_false(tcp_at_fin(w.c, CLIENT)); /* not inspected yet */
	take(&w, CLIENT);
	assert_true(tcp_at_fin(w.c, CLIENT));
	tcp_mark(w.c, CLIENT, 4);
	release(&w, CLIENT);
	assert_int_equal(w.out[0].pkt.flags & NET_FIN, 0);
	assert_int_equal(put_fin(&w, CLIENT, 6, NULL), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_DUPLICATE);
	assert_int_equal(put_fin(&w, CLIENT, 0, "QUIT\r\n"), TCP_PASS); /* "QUIT" was lost */
	assert_string_equal(out_text(&w, 1), "QUIT");
	assert_int_equal(w.out[1].pkt.flags & NET_FIN, 0);
	flow(&w, CLIENT);
	assert_string_equal(out_text(&w, 2), "\r\n");
	assert_int_equal(w.out[2].pkt.flags & NET_FIN, NET_FIN);
	assert_int_equal(put_ack(&w, SERVER, 0, 7), TCP_PASS);
	wire_close(&w);
}

static void
test_pure_fin_waits_behind_bytes(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "QUIT\r\n");
	assert_int_equal(put_fin(&w, CLIENT, 6, NULL), TCP_KEEP);
	/* An ACK behind it must not tell of it. */
	put_ack(&w, CLIENT, 7, 0);
	assert_int_equal(out_offset(&w, 0), 0);
	flow(&w, CLIENT);
	assert_string_equal(out_text(&w, 1), "QUIT\r\n");
	assert_int_equal(w.out[2].pkt.flags & NET_FIN, NET_FIN);
	assert_int_equal(out_offset(&w, 2), 6);
	put_ack(&w, CLIENT, 7, 0);
	assert_int_equal(out_offset(&w, 3), 7);
	wire_close(&w);
}

static void
test_before_a_hole(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_int_equal(put_fin(&w, CLIENT, 4, "EF"), TCP_KEEP);
	assert_int_equal(w.env.notes & TCP_NOTE_FIN, 0);
	assert_int_equal(tcp_state(w.c), TCP_ESTABLISHED);
	put(&w, CLIENT, 0, "ABCD");
	assert_int_equal(w.env.notes & TCP_NOTE_FIN, TCP_NOTE_FIN);
	flow(&w, CLIENT);
	assert_memory_equal(w.seen[CLIENT], "ABCDEF", 6);
	assert_true(tcp_at_fin(w.c, CLIENT));
	wire_close(&w);
}

static void
test_nothing_behind_it(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 8, "evil");
	put_fin(&w, CLIENT, 0, "QUIT\r\n");
	assert_int_equal(put(&w, CLIENT, 6, "more"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_AFTER_FIN);
	assert_int_equal(put_fin(&w, CLIENT, 7, NULL), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_AFTER_FIN);
	assert_int_equal(put_fin(&w, CLIENT, 0, "QUIT"), TCP_DROP); /* an earlier end */
	assert_int_equal(w.env.reason, TCP_AFTER_FIN);
	flow(&w, CLIENT);
	assert_int_equal(w.out_count, 1);
	assert_int_equal(w.seen_len[CLIENT], 6);
	assert_int_equal(w.discarded, 4); /* three drops and the bytes that were queued behind */
	wire_close(&w);
}

/* A FIN in the midst of known bytes is none. */
static void
test_lying_fin(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 2, "CDEF");
	put_fin(&w, CLIENT, 2, "CD");
	put(&w, CLIENT, 0, "AB");
	assert_int_equal(w.env.notes & TCP_NOTE_FIN, 0);
	assert_int_equal(put(&w, CLIENT, 6, "GH"), TCP_KEEP);
	flow(&w, CLIENT);
	assert_memory_equal(w.seen[CLIENT], "ABCDEFGH", 8);
	for (size_t i = 0; i < w.out_count; i++)
		assert_int_equal(w.out[i].pkt.flags & NET_FIN, 0);
	assert_int_equal(put_ack(&w, SERVER, 0, 9), TCP_DROP); /* there was none to acknowledge */
	w.ack[SERVER] = 0;
	assert_int_equal(put_fin(&w, CLIENT, 3, "DEF"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_AFTER_FIN);
	assert_int_equal(put_fin(&w, CLIENT, 5, NULL), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_AFTER_FIN);
	wire_close(&w);
}

/* What came early from beyond the end is given up. */
static void
test_bytes_queued_behind_it(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 5, "evil");
	assert_int_equal(put_fin(&w, CLIENT, 0, NULL), TCP_PASS);
	assert_int_equal(w.env.notes & TCP_NOTE_FIN, TCP_NOTE_FIN);
	flow(&w, CLIENT);
	assert_int_equal(w.out_count, 1);
	assert_int_equal(w.out[0].pkt.flags & NET_FIN, NET_FIN);
	assert_int_equal(w.discarded, 1);
	assert_int_equal(put_ack(&w, SERVER, 0, 1), TCP_PASS);
	wire_close(&w);
}

/* The FIN comes with a repetition of bytes that went on or are held. */
static void
test_with_old_bytes(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "ABCD");
	flow(&w, CLIENT);
	assert_int_equal(put_fin(&w, CLIENT, 2, "CD"), TCP_PASS);
	assert_int_equal(w.env.notes & TCP_NOTE_FIN, TCP_NOTE_FIN);
	wire_close(&w);

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "ABCD");
	assert_int_equal(put_fin(&w, CLIENT, 2, "CD"), TCP_KEEP);
	assert_int_equal(w.env.notes & TCP_NOTE_FIN, TCP_NOTE_FIN);
	flow(&w, CLIENT);
	assert_string_equal(out_text(&w, 0), "ABCD");
	assert_string_equal(out_text(&w, 1), ""); /* the FIN alone */
	assert_int_equal(w.out[1].pkt.flags & NET_FIN, NET_FIN);
	assert_int_equal(out_offset(&w, 1), 4);
	wire_close(&w);
}

/* A held frame reaches beyond a FIN that came before its turn: inspection gets nothing of that, and
 * nothing of it leaves. */
static void
test_held_across_it(void **state)
{
	struct wire w;
	struct span bytes;
	uint64_t offset;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_int_equal(put_fin(&w, CLIENT, 5, "FGHIJ"), TCP_KEEP);
	assert_int_equal(put(&w, CLIENT, 7, "HIJKLM"), TCP_KEEP);
	assert_int_equal(put(&w, CLIENT, 0, "ABCDE"), TCP_KEEP);
	tcp_take(w.c, CLIENT, 8);
	assert_true(tcp_peek(w.c, CLIENT, &bytes, &offset));
	assert_int_equal(bytes.len, 2);
	tcp_take(w.c, CLIENT, 2);
	tcp_mark(w.c, CLIENT, 10);
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 2);
	assert_string_equal(out_text(&w, 1), "FGHIJ");
	assert_int_equal(w.out[1].pkt.flags & NET_FIN, NET_FIN);
	assert_int_equal(w.discarded, 1);
	assert_true(tcp_at_fin(w.c, CLIENT));
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pure_fin_passes),
		cmocka_unit_test(test_waits_with_its_bytes),
		cmocka_unit_test(test_pure_fin_waits_behind_bytes),
		cmocka_unit_test(test_before_a_hole),
		cmocka_unit_test(test_nothing_behind_it),
		cmocka_unit_test(test_lying_fin),
		cmocka_unit_test(test_bytes_queued_behind_it),
		cmocka_unit_test(test_with_old_bytes),
		cmocka_unit_test(test_held_across_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
