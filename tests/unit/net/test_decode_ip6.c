/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv6: addresses, and chains of extension headers of every kind, order, length and lie. */
#include "frames.h"

/* Headers of 8 bytes: next header, length 0, then what the kind wants. */
#define PADN "\1\4\0\0\0\0"
#define HOP(next) next "\0" PADN
#define OPTIONS(next) next "\0" PADN
#define ROUTING(next, left) next "\0\0" left "\0\0\0\0"
#define FRAGMENT(next, field) next "\0" field "\0\0\0\1"

static void
test_fields(void **state)
{
	struct pkt p = frame_make(&(struct frame_spec){
		.version = 6, .payload = SPAN_LIT("abc"), .flags = NET_ACK, .padding = 2 });

	assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
	assert_int_equal(p.ip_version, 6);
	assert_int_equal(p.ttl, 62);
	assert_int_equal(p.l4_off, 54);
	assert_int_equal(p.payload_off, 74);
	assert_int_equal(p.payload_len, 3);
	assert_int_equal(p.dport, 25);
	assert_false(net_addr_is_v4(&p.src));
	assert_memory_equal(p.src.b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	assert_memory_equal(p.dst.b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x19", 16);
	free(p.data);
}

static void
test_every_cut(void **state)
{
	struct pkt whole = frame_make(&(struct frame_spec){ .version = 6,
							    .next = 60,
							    .ext = SPAN_LIT(OPTIONS("\6")),
							    .payload = SPAN_LIT("abc"),
							    .padding = 4 });

	for (uint32_t len = 14; len <= whole.len; len++) {
		struct pkt p = frame_pkt(NET_LINK_ETHER, span_of(whole.data, len));
		int kind = net_decode(&p, NET_CHECK_SUMS);

		if (len >= whole.len - 4) {
			assert_int_equal(kind, NET_TCP);
			assert_int_equal(p.payload_len, 3);
		} else {
			assert_int_equal(kind, NET_BAD);
			assert_int_equal(p.reason, len < 14 + 40 ? NET_IP_SHORT : NET_IP_LENGTH);
		}
		free(p.data);
	}
	free(whole.data);
}

/* The datagram says to end at each place; the frame goes on. */
static void
test_every_payload_length(void **state)
{
	for (unsigned said = 0; said <= 8 + 20 + 3; said++) {
		struct pkt p = frame_make(&(struct frame_spec){ .version = 6,
								.next = 60,
								.ext = SPAN_LIT(OPTIONS("\6")),
								.payload = SPAN_LIT("abc") });

		frame_set16(p.data + 18, said);
		net_decode(&p, 0);
		if (said < 8)
			assert_int_equal(p.reason, NET_IP6_EXT);
		else if (said < 28)
			assert_int_equal(p.reason, NET_TCP_SHORT);
		else
			assert_int_equal(p.reason, NET_OK);
		free(p.data);
	}
}

struct chain_case {
	unsigned next; /* of the IPv6 header */
	struct span ext;
	enum net_kind kind;
	enum net_reason reason;
	unsigned proto;
};

static void
check_chains(const struct chain_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct chain_case *c = &cases[i];
		struct pkt p = frame_make(&(struct frame_spec){
			.version = 6, .next = c->next, .ext = c->ext, .payload = SPAN_LIT("abc") });

		/* A TCP segment stands behind whatever the chain says. */
		assert_int_equal(net_decode(&p, NET_CHECK_SUMS), c->kind);
		assert_int_equal(p.reason, c->reason);
		assert_int_equal(p.ip_proto, c->proto);
		if (c->kind == NET_TCP) {
			assert_int_equal(p.l4_off, 54 + c->ext.len);
			assert_sums(&p);
		}
		free(p.data);
	}
}

#define CHECK_CHAINS(cases) check_chains(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_chains_with_an_end(void **state)
{
	static const struct chain_case cases[] = {
		{ 0, SPAN_LIT(HOP("\6")), NET_TCP, NET_OK, 6 },
		{ 60, SPAN_LIT(OPTIONS("\6")), NET_TCP, NET_OK, 6 },
		{ 43, SPAN_LIT(ROUTING("\6", "\0")), NET_TCP, NET_OK, 6 },
		{ 135, SPAN_LIT(OPTIONS("\6")), NET_TCP, NET_OK, 6 },
		{ 139, SPAN_LIT(OPTIONS("\6")), NET_TCP, NET_OK, 6 },
		{ 140, SPAN_LIT(OPTIONS("\6")), NET_TCP, NET_OK, 6 },
		{ 0, SPAN_LIT(HOP("\x3c") OPTIONS("\x2b") ROUTING("\x3c", "\0") OPTIONS("\6")),
		  NET_TCP, NET_OK, 6 },
		{ 60, SPAN_LIT("\6\1" PADN "\1\6\0\0\0\0\0\0"), NET_TCP, NET_OK, 6 }, /* 16 bytes */
		{ 60, SPAN_LIT(OPTIONS("\x3b")), NET_IP, NET_OK, 59 },
		{ 60, SPAN_LIT(OPTIONS("\x32")), NET_IP, NET_OK, 50 },
	};

	CHECK_CHAINS(cases);
}

#define EIGHT                                                                                      \
	OPTIONS("\x3c")                                                                            \
	OPTIONS("\x3c") OPTIONS("\x3c") OPTIONS("\x3c") OPTIONS("\x3c") OPTIONS("\x3c")            \
		OPTIONS("\x3c")

static void
test_chains_without(void **state)
{
	static const struct chain_case cases[] = {
		{ 60, SPAN_LIT(EIGHT OPTIONS("\6")), NET_TCP, NET_OK, 6 },
		{ 60, SPAN_LIT(EIGHT OPTIONS("\x3c") OPTIONS("\6")), NET_BAD, NET_IP6_EXT, 60 },
		/* Longer than the datagram. */
		{ 60, SPAN_LIT("\6\x09" PADN), NET_BAD, NET_IP6_EXT, 60 },
		/* Hop-by-hop anywhere but in front. */
		{ 60, SPAN_LIT(OPTIONS("\0") HOP("\6")), NET_BAD, NET_IP6_EXT, 0 },
		{ 0, SPAN_LIT(HOP("\0") HOP("\6")), NET_BAD, NET_IP6_EXT, 0 },
		/* Its address is not the receiver's. */
		{ 43, SPAN_LIT(ROUTING("\6", "\1")), NET_BAD, NET_IP6_EXT, 43 },
		{ 44, SPAN_LIT(FRAGMENT("\x2c", "\0\0") FRAGMENT("\6", "\0\0")), NET_BAD,
		  NET_IP6_EXT, 6 },
	};

	CHECK_CHAINS(cases);
}

static void
test_256_bytes_at_most(void **state)
{
	for (unsigned units = 31; units <= 33; units++) {
		static uint8_t ext[33 * 8];
		struct pkt p;

		ext[0] = 6;
		ext[1] = (uint8_t)(units - 1);
		p = frame_make(&(struct frame_spec){
			.version = 6, .next = 60, .ext = span_of(ext, units * 8) });
		net_decode(&p, NET_CHECK_SUMS);
		assert_int_equal(p.reason, units <= 32 ? NET_OK : NET_IP6_EXT);
		free(p.data);
	}
}

static void
test_fragments(void **state)
{
	static const struct chain_case cases[] = {
		/* Atomic: whole (RFC 6946); reserved bits do not count. */
		{ 44, SPAN_LIT(FRAGMENT("\6", "\0\0")), NET_TCP, NET_OK, 6 },
		{ 44, SPAN_LIT(FRAGMENT("\6", "\0\6")), NET_TCP, NET_OK, 6 },
		{ 44, SPAN_LIT(FRAGMENT("\6", "\0\1")), NET_BAD, NET_FRAGMENT, 6 },
		{ 44, SPAN_LIT(FRAGMENT("\6", "\0\x08")), NET_BAD, NET_FRAGMENT, 6 },
		{ 44, SPAN_LIT(FRAGMENT("\6", "\1\1")), NET_BAD, NET_FRAGMENT, 6 },
		/* First part: the chain goes on behind it. */
		{ 44, SPAN_LIT(FRAGMENT("\x3c", "\0\1") OPTIONS("\6")), NET_BAD, NET_FRAGMENT, 6 },
		{ 44, SPAN_LIT(FRAGMENT("\x3c", "\0\1") OPTIONS("\x11")), NET_IP, NET_OK, 17 },
		{ 60, SPAN_LIT(OPTIONS("\x2c") FRAGMENT("\6", "\0\1")), NET_BAD, NET_FRAGMENT, 6 },
		/* Later parts of who knows what. */
		{ 44, SPAN_LIT(FRAGMENT("\x3c", "\0\x08")), NET_BAD, NET_FRAGMENT, 60 },
		{ 44, SPAN_LIT(FRAGMENT("\x11", "\0\x08")), NET_IP, NET_OK, 17 },
		{ 44, SPAN_LIT(FRAGMENT("\x11", "\0\1")), NET_IP, NET_OK, 17 },
	};

	CHECK_CHAINS(cases);
}

/* RFC 7112: a first fragment must hold the whole chain. */
static void
test_first_fragment_without_its_chain(void **state)
{
	struct pkt p = frame_make(&(struct frame_spec){ .version = 6,
							.next = 44,
							.ext = SPAN_LIT(FRAGMENT("\x3c", "\0\1")),
							.l4 = SPAN_LIT("\6\1" PADN) });

	assert_int_equal(net_decode(&p, 0), NET_BAD);
	assert_int_equal(p.reason, NET_IP6_EXT);
	free(p.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_every_payload_length),
		cmocka_unit_test(test_chains_with_an_end),
		cmocka_unit_test(test_chains_without),
		cmocka_unit_test(test_256_bytes_at_most),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_first_fragment_without_its_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
