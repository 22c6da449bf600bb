/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames made anew: read back with checksums, in both directions, and never past the buffer. */
#include "frames.h"

static struct pkt
like(enum net_link link, unsigned version, struct span tags)
{
	struct pkt p = frame_make(&(struct frame_spec){ .link = link,
							.version = version,
							.tags = tags,
							.payload = SPAN_LIT("x"),
							.ip4_options = version == 4 ? 4 : 0,
							.options = SPAN_LIT("\1\1\1\1"),
							.flags = NET_ACK });

	assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
	return p;
}

static void
check_ends(const struct pkt *made, const struct pkt *old, bool reverse)
{
	assert_int_equal(made->sport, reverse ? old->dport : old->sport);
	assert_int_equal(made->dport, reverse ? old->sport : old->dport);
	assert_memory_equal(&made->src, reverse ? &old->dst : &old->src, 16);
	assert_memory_equal(&made->dst, reverse ? &old->src : &old->dst, 16);
	if (made->link == NET_LINK_ETHER) {
		assert_memory_equal(made->data, old->data + (reverse ? 6 : 0), 6);
		assert_memory_equal(made->data + 6, old->data + (reverse ? 0 : 6), 6);
		assert_memory_equal(made->data + 12, old->data + 12, old->ip_off - 12);
	} else {
		assert_memory_equal(made->data, old->data, old->ip_off);
	}
}

/* Build it in a block of just its size, and in none that is smaller. */
static void
check_build(const struct net_segment *s)
{
	size_t ip = s->like->ip_version == 4 ? 20 : 40;
	size_t options = (s->options.len + 3) & ~(size_t)3;
	size_t need = s->like->ip_off + ip + 20 + options + s->payload.len;
	struct pkt made = { .data = malloc(need), .len = (uint32_t)need, .link = s->like->link };

	assert_true(need <= NET_HEADERS_MAX + s->payload.len);
	memset(made.data, 0xa5, need);
	assert_int_equal(net_build(s, made.data, need - 1), 0);
	assert_int_equal(net_build(s, made.data, 0), 0);
	assert_int_equal(net_build(s, made.data, need), need);
	assert_int_equal(net_decode(&made, NET_CHECK_SUMS), NET_TCP);
	assert_sums(&made);
	check_ends(&made, s->like, s->reverse);
	assert_true(made.seq == s->seq && made.ack == s->ack);
	assert_int_equal(made.flags, s->flags);
	assert_int_equal(made.window, s->window);
	assert_int_equal(made.ttl, 64);
	assert_true(span_starts(pkt_tcp_options(&made), s->options));
	for (size_t i = s->options.len; i < options; i++)
		assert_int_equal(pkt_tcp_options(&made).ptr[i], 0);
	assert_true(span_eq(pkt_payload(&made), s->payload));
	free(made.data);
}

static void
test_every_shape(void **state)
{
	static const struct span tags[] = { SPAN_LIT(""), SPAN_LIT("\x81\0\x20\5"),
					    SPAN_LIT("\x88\xa8\0\5\x81\0\0\6") };
	static const struct span payloads[] = { SPAN_LIT(""), SPAN_LIT("a"), SPAN_LIT("\xff\xff"),
						SPAN_LIT("554 5.7.1 no\r\n") };
	static const uint8_t options[40] = { 1, 1, 5, 10, [39] = 1 };

	for (unsigned n = 0; n < 3 * 2 * 4 * 41 * 2; n++) {
		unsigned option_size = n / 2 % 41, payload = n / 82 % 4;
		struct pkt old = like(NET_LINK_ETHER, n / 328 % 2 == 0 ? 4 : 6, tags[n / 656]);

		check_build(&(struct net_segment){ .like = &old,
						   .reverse = n % 2 == 1,
						   .seq = 0xffffffff,
						   .ack = 0x80000000 + n,
						   .window = (uint16_t)(n * 257),
						   .flags = NET_RST | NET_ACK,
						   .options = span_of(options, option_size),
						   .payload = payloads[payload] });
		free(old.data);
	}
}

static void
test_other_links(void **state)
{
	for (enum net_link link = NET_LINK_NULL; link <= NET_LINK_COOKED2; link++) {
		for (unsigned version = 4; version <= 6; version += 2) {
			struct pkt old = like(link, version, SPAN_NONE);

			check_build(&(struct net_segment){
				.like = &old, .reverse = true, .flags = NET_ACK });
			free(old.data);
		}
	}
}

static void
test_ip4_header(void **state)
{
	struct pkt old = like(NET_LINK_ETHER, 4, SPAN_NONE);
	uint8_t buf[200];

	assert_int_equal(net_build(&(struct net_segment){ .like = &old }, buf, sizeof(buf)), 54);
	assert_memory_equal(buf + 14, "\x45\0\0\x28\0\0\x40\0\x40\6", 10);
	free(old.data);
}

static void
test_what_cannot_be(void **state)
{
	static uint8_t big[66000], buf[70000];

	for (unsigned version = 4; version <= 6; version += 2) {
		struct pkt old = like(NET_LINK_ETHER, version, SPAN_NONE);
		size_t most = 65535 - (version == 4 ? 20 : 40) - 20;
		struct net_segment s = { .like = &old, .payload = span_of(big, most) };

		check_build(&s);
		s.payload.len = most + 1;
		assert_int_equal(net_build(&s, buf, sizeof(buf)), 0);
		s.payload.len = SIZE_MAX - 10;
		assert_int_equal(net_build(&s, buf, sizeof(buf)), 0);
		s.payload.len = 0;
		s.options = span_of(big, 41);
		assert_int_equal(net_build(&s, buf, sizeof(buf)), 0);
		s.options.len = SIZE_MAX;
		assert_int_equal(net_build(&s, buf, sizeof(buf)), 0);
		s.options.len = 0;
		old.ip_version = 0; /* like a frame that is no IP */
		assert_int_equal(net_build(&s, buf, sizeof(buf)), 0);
		free(old.data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_shape),
		cmocka_unit_test(test_other_links),
		cmocka_unit_test(test_ip4_header),
		cmocka_unit_test(test_what_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
