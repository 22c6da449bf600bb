/* SPDX-License-Identifier: BSD-3-Clause */
/* Trimming: every part of a payload, in frames of every shape. */
#include "frames.h"

static const struct span payload = SPAN_LIT("MAIL FROM:<>\r\nRCPT");

static void
check_part(const struct frame_spec *spec, uint32_t from, uint32_t count)
{
	struct span part = span_take(span_skip(payload, from), count);
	uint32_t cut = from < payload.len ? from : (uint32_t)payload.len;
	struct pkt p = frame_make(spec), before;

	assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
	before = p;
	net_trim_payload(&p, from, count);
	assert_int_equal(p.payload_len, part.len);
	assert_true(span_eq(pkt_payload(&p), part));
	assert_true(p.seq == before.seq + cut);
	assert_int_equal(p.payload_off, before.payload_off);
	assert_int_equal(p.len, p.payload_off + part.len);
	assert_int_equal(p.flags, before.flags);
	if (p.ip_version == 4)
		assert_int_equal(frame_get16(p.data + p.ip_off + 2), p.len - p.ip_off);
	else
		assert_int_equal(frame_get16(p.data + p.ip_off + 4), p.len - p.ip_off - 40);
	assert_sums(&p);
	assert_in_step(&p);
	free(p.data);
}

static void
test_every_part(void **state)
{
	const struct frame_spec specs[] = {
		{ .version = 4, .payload = payload, .seq = 0xfffffff8, .padding = 3 },
		{ .version = 6, .payload = payload, .seq = 0xfffffff8 },
		{ .version = 4,
		  .payload = payload,
		  .tags = SPAN_LIT("\x81\0\0\5"),
		  .ip4_options = 8 },
		{ .version = 6,
		  .payload = payload,
		  .tags = SPAN_LIT("\x88\xa8\0\5\x81\0\0\6"),
		  .options = SPAN_LIT("\1\1\1\1"),
		  .padding = 7 },
		{ .version = 6,
		  .payload = payload,
		  .next = 60,
		  .ext = SPAN_LIT("\6\0\1\4\0\0\0\0") },
		{ .version = 4, .payload = payload, .link = NET_LINK_RAW },
		{ .version = 4, .payload = payload, .link = NET_LINK_COOKED2, .flags = NET_FIN },
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		for (uint32_t from = 0; from <= payload.len + 1; from++) {
			for (uint32_t count = 0; count <= payload.len + 1; count++)
				check_part(&specs[i], from, count);
		}
		check_part(&specs[i], 0, UINT32_MAX);
		check_part(&specs[i], 3, UINT32_MAX);
		check_part(&specs[i], UINT32_MAX, UINT32_MAX);
	}
}

/* In two steps, as when a segment leaves in three parts. */
static void
test_twice(void **state)
{
	struct pkt p =
		frame_make(&(struct frame_spec){ .version = 4, .payload = payload, .seq = 10 });

	net_decode(&p, NET_CHECK_SUMS);
	net_trim_payload(&p, 5, 9);
	net_trim_payload(&p, 5, 2);
	assert_memory_equal(p.data + p.payload_off, "<>", 2);
	assert_int_equal(p.seq, 20);
	assert_sums(&p);
	assert_in_step(&p);
	free(p.data);
}

/* Edits after a trim follow the new checksum. */
static void
test_edit_after_trim(void **state)
{
	struct pkt p = frame_make(&(struct frame_spec){ .version = 6, .payload = payload });

	net_decode(&p, NET_CHECK_SUMS);
	net_trim_payload(&p, 1, 7);
	net_edit_payload(&p, 1, SPAN_LIT("\xff\xff\xff"));
	net_edit_window(&p, 0);
	assert_sums(&p);
	assert_in_step(&p);
	free(p.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_part),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_edit_after_trim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
