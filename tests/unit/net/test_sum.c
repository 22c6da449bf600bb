/* SPDX-License-Identifier: BSD-3-Clause */
/* Checksums: the RFC's example, then every length and alignment against the plain sum. */
#include "frames.h"

/* RFC 1071 section 3. */
static void
test_the_example(void **state)
{
	assert_int_equal(net_sum(SPAN_LIT("\x00\x01\xf2\x03\xf4\xf5\xf6\xf7"), 0), 0xddf2);
	assert_int_equal(net_sum(SPAN_NONE, 0), 0);
	assert_int_equal(net_sum(SPAN_LIT("\x12"), 0), 0x1200);
}

static void
test_every_length_and_alignment(void **state)
{
	for (size_t size = 0; size <= 130; size++) {
		for (size_t shift = 0; shift < 9; shift++) {
			uint8_t *block = malloc(shift + size);

			for (size_t i = 0; i < shift + size; i++)
				block[i] = (uint8_t)(i * 37 + size * 11 + (i % 3) * 200);
			assert_int_equal(net_sum(span_of(block + shift, size), 0),
					 frame_sum(block + shift, size, 0));
			free(block);
		}
	}
}

static void
test_carries(void **state)
{
	static uint8_t ones[65535];

	memset(ones, 0xff, sizeof(ones));
	for (size_t size = sizeof(ones) - 9; size <= sizeof(ones); size++)
		assert_int_equal(net_sum(span_of(ones, size), 0), frame_sum(ones, size, 0));
	assert_int_equal(net_sum(span_of(ones, 2), 1), 1);
	assert_int_equal(net_sum(span_of(ones, 2), 0xffffffff), 0xffff);
	assert_int_equal(net_sum(SPAN_NONE, 0xffffffff), 0xffff);
	assert_int_equal(net_sum(SPAN_NONE, 0x1ffff), 1);
	assert_int_equal(net_sum(SPAN_LIT("\x00\x02"), 0x10003), 6);
}

static void
test_verify(void **state)
{
	for (unsigned version = 4; version <= 6; version += 2) {
		struct pkt p = frame_make(&(struct frame_spec){
			.version = version, .payload = SPAN_LIT("odd"), .padding = 5 });

		assert_int_equal(net_decode(&p, 0), NET_TCP);
		assert_int_equal(net_verify(&p), 0);
		for (uint32_t i = p.ip_off; i < p.payload_off + p.payload_len; i++) {
			/* The version nibble decides what is verified; hop limit and flow label
			 * of IPv6 are in no sum. */
			bool summed = version == 4 ? i > p.ip_off : i >= p.ip_off + 8u;

			p.data[i] ^= 0x10;
			if (summed)
				assert_int_equal(net_verify(&p), -1);
			p.data[i] ^= 0x10;
		}
		p.data[p.len - 1] ^= 1; /* padding is in no sum */
		assert_int_equal(net_verify(&p), 0);
		free(p.data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example),
		cmocka_unit_test(test_every_length_and_alignment),
		cmocka_unit_test(test_carries),
		cmocka_unit_test(test_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
