/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Edits in place: after each one the checksums are what a full computation gives, to the bit, and
 * struct pkt says what a fresh decode says.
 */
#include "frames.h"

static const struct span tag_sets[] = { SPAN_LIT(""), SPAN_LIT("\x81\0\0\5"),
					SPAN_LIT("\x88\xa8\0\5\x81\0\0\6") };

static uint32_t random_state = 2463534242;

static uint32_t
draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

/* Bytes that like to make carries: mostly 00 and ff. */
static void
draw_bytes(uint8_t *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint32_t r = draw();

		b[i] = r % 3 == 0 ? 0xff : r % 3 == 1 ? 0 : (uint8_t)(r >> 8);
	}
}

static struct pkt
make(unsigned version, unsigned tags, struct span payload)
{
	struct pkt p = frame_make(
		&(struct frame_spec){ .version = version,
				      .tags = tag_sets[tags],
				      .options = SPAN_LIT("\1\1\x08\x0a\0\0\0\1\0\0\0\2"),
				      .ip4_options = version == 4 && tags == 1 ? 4 : 0,
				      .payload = payload,
				      .seq = 0xfffffffe,
				      .flags = NET_ACK | NET_URG,
				      .padding = tags });

	assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
	assert_sums(&p);
	return p;
}

static void
edit_at_random(struct pkt *p)
{
	uint8_t bytes[64];
	uint32_t off, size;

	draw_bytes(bytes, sizeof(bytes));
	switch (draw() % 7) {
	case 0:
	case 1:
		off = draw() % (p->payload_len + 1);
		size = draw() % (p->payload_len - off + 1);
		size = size < sizeof(bytes) ? size : sizeof(bytes);
		net_edit_payload(p, off, span_of(bytes, size));
		assert_memory_equal(p->data + p->payload_off + off, bytes, size);
		break;
	case 2:
		net_edit_flags(p, bytes[0]);
		assert_int_equal(p->flags, bytes[0]);
		break;
	case 3:
		net_edit_window(p, (uint16_t)draw());
		break;
	case 4:
		net_edit_ack(p, draw());
		break;
	case 5:
		net_edit_seq(p, draw());
		break;
	default:
		off = draw() % 12;
		net_edit_tcp_options(p, off, span_of(bytes, draw() % (13 - off)));
	}
}

static void
test_random_edits(void **state)
{
	static const uint8_t payload[41] = { 0xff, 0xff, 0xff, 0xff };

	for (unsigned round = 0; round < 42; round++) {
		struct pkt p =
			make(round % 2 == 0 ? 4 : 6, round % 3, span_of(payload, 20 + round / 2));

		for (unsigned i = 0; i < 400; i++) {
			edit_at_random(&p);
			assert_sums(&p);
			assert_in_step(&p);
		}
		free(p.data);
	}
}

/* The checksum passes through every value, 0 and ffff included, and carries wrap. */
static void
test_every_value(void **state)
{
	for (unsigned version = 4; version <= 6; version += 2) {
		struct pkt p = make(version, 0, SPAN_LIT("abcd"));

		for (unsigned v = 0; v <= 0xffff; v++) {
			net_edit_window(&p, (uint16_t)v);
			assert_sums(&p);
		}
		for (unsigned v = 0; v <= 0xffff; v++) {
			uint8_t bytes[2] = { (uint8_t)(v >> 8), (uint8_t)v };

			net_edit_payload(&p, 1, span_of(bytes, 2)); /* across two words */
			assert_sums(&p);
		}
		free(p.data);
	}
}

static void
test_odd_places(void **state)
{
	struct pkt p = make(4, 0, SPAN_LIT("RCPT TO:<a@b>\r\n"));

	for (uint32_t off = 0; off < p.payload_len; off++) {
		for (uint32_t size = 0; off + size <= p.payload_len; size++) {
			uint8_t bytes[16];

			draw_bytes(bytes, size);
			net_edit_payload(&p, off, span_of(bytes, size));
			assert_memory_equal(p.data + p.payload_off + off, bytes, size);
			assert_sums(&p);
		}
	}
	free(p.data);
}

/* The bytes may come from the frame itself: an answer moved within it. */
static void
test_source_within_the_frame(void **state)
{
	struct pkt p = make(4, 0, SPAN_LIT("abcdefgh"));

	net_edit_payload(&p, 3, span_take(pkt_payload(&p), 5));
	assert_true(span_eq(pkt_payload(&p), SPAN_LIT("abcabcde")));
	assert_sums(&p);
	free(p.data);
}

static void
test_no_byte_outside(void **state)
{
	struct pkt p = make(4, 2, SPAN_LIT("abc")); /* 2 bytes of padding behind */

	net_edit_payload(&p, 2, SPAN_LIT("XYZ"));
	assert_true(span_eq(pkt_payload(&p), SPAN_LIT("abX")));
	assert_memory_equal(p.data + p.len - 2, "\xee\xee", 2);
	net_edit_payload(&p, 3, SPAN_LIT("XYZ"));
	net_edit_payload(&p, UINT32_MAX, SPAN_LIT("XYZ"));
	net_edit_tcp_options(&p, 11, SPAN_LIT("\7\7\7"));
	net_edit_tcp_options(&p, 12, SPAN_LIT("\7\7\7"));
	net_edit_payload(&p, 0, SPAN_NONE);
	assert_true(span_eq(pkt_payload(&p), SPAN_LIT("abX")));
	assert_true(span_eq(pkt_tcp_options(&p), SPAN_LIT("\1\1\x08\x0a\0\0\0\1\0\0\0\7")));
	assert_memory_equal(p.data + p.len - 2, "\xee\xee", 2);
	assert_sums(&p);
	free(p.data);
}

static void
test_urgent(void **state)
{
	struct pkt p = make(6, 0, SPAN_LIT("abc"));

	net_clear_urgent(&p);
	assert_int_equal(p.flags, NET_ACK);
	assert_int_equal(frame_get16(p.data + p.l4_off + 18), 0);
	assert_sums(&p);
	assert_in_step(&p);
	free(p.data);
}

/* The nonce and reserved bits beside the data offset are not ours. */
static void
test_flags_leave_the_offset(void **state)
{
	struct pkt p = make(4, 0, SPAN_LIT("abc"));
	uint8_t before = p.data[p.l4_off + 12] |= 0x0f;

	net_edit_flags(&p, NET_SYN);
	assert_int_equal(p.data[p.l4_off + 12], before);
	assert_int_equal(p.data[p.l4_off + 13], NET_SYN);
	free(p.data);
}

/* A segment that the receiver would have refused must not become good by an edit. */
static void
test_wrong_sum_stays_wrong(void **state)
{
	struct pkt p = make(4, 0, SPAN_LIT("abcdef"));

	p.data[p.l4_off + 17] ^= 0x21;
	for (unsigned i = 0; i < 1000; i++) {
		edit_at_random(&p);
		assert_int_equal(net_verify(&p), -1);
	}
	free(p.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_edits),
		cmocka_unit_test(test_every_value),
		cmocka_unit_test(test_odd_places),
		cmocka_unit_test(test_source_within_the_frame),
		cmocka_unit_test(test_no_byte_outside),
		cmocka_unit_test(test_urgent),
		cmocka_unit_test(test_flags_leave_the_offset),
		cmocka_unit_test(test_wrong_sum_stays_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
