/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4, TCP, UDP, ICMP: every field, every cut, every lie about a length. */
#include "frames.h"

static void
test_fields(void **state)
{
	struct pkt p = frame_make(&(struct frame_spec){ .version = 4,
							.ip4_options = 8,
							.options = SPAN_LIT("\2\4\5\xb4"),
							.seq = 0xfffffff0,
							.flags = NET_ACK | NET_PSH,
							.payload = SPAN_LIT("EHLO x\r\n"),
							.padding = 3 });
	int owner;

	p.frame = &owner;
	p.time_us = 77;
	p.number = 5;
	p.port = 1;
	p.seq = 1; /* what an earlier frame left */
	p.vlan_count = 2;
	assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
	assert_ptr_equal(p.frame, &owner);
	assert_int_equal(p.time_us, 77);
	assert_int_equal(p.number, 5);
	assert_int_equal(p.port, 1);
	assert_int_equal(p.kind, NET_TCP);
	assert_int_equal(p.reason, NET_OK);
	assert_int_equal(p.vlan_count, 0);
	assert_int_equal(p.ip_proto, 6);
	assert_int_equal(p.ttl, 61);
	assert_int_equal(p.flags, NET_ACK | NET_PSH);
	assert_int_equal(p.ip_off, 14);
	assert_int_equal(p.l4_off, 42);
	assert_int_equal(p.payload_off, 66);
	assert_int_equal(p.payload_len, 8);
	assert_int_equal(p.len, 77);
	assert_int_equal(p.sport, 40000);
	assert_int_equal(p.dport, 25);
	assert_true(p.seq == 0xfffffff0);
	assert_int_equal(p.ack, 0x11223344);
	assert_int_equal(p.window, 501);
	assert_true(net_addr_is_v4(&p.src) && net_addr_is_v4(&p.dst));
	assert_memory_equal(p.src.b + 12, "\xc0\0\2\1", 4);
	assert_memory_equal(p.dst.b + 12, "\xc6\x33\x64\x19", 4);
	assert_true(span_eq(pkt_tcp_options(&p), SPAN_LIT("\2\4\5\xb4")));
	assert_true(span_eq(pkt_payload(&p), SPAN_LIT("EHLO x\r\n")));
	free(p.data);
}

/* A capture that kept only the first bytes: bad at every length below the datagram's. */
static void
test_every_cut(void **state)
{
	struct pkt whole = frame_make(&(struct frame_spec){ .version = 4,
							    .ip4_options = 4,
							    .options = SPAN_LIT("\1\1\1\1"),
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
			assert_int_equal(p.reason, len < 14 + 24 ? NET_IP_SHORT : NET_IP_LENGTH);
		}
		free(p.data);
	}
	free(whole.data);
}

struct change {
	unsigned off; /* from the IP header */
	uint8_t value;
	enum net_reason reason;
};

/* One byte of a good frame is changed (20 bytes of IP, 24 of TCP, 3 of payload). */
static void
check_changes(const struct change *changes, size_t count, unsigned checks)
{
	for (size_t i = 0; i < count; i++) {
		struct pkt p = frame_make(&(struct frame_spec){ .version = 4,
								.options = SPAN_LIT("\1\1\1\1"),
								.payload = SPAN_LIT("abc"),
								.padding = 9 });

		p.data[14 + changes[i].off] = changes[i].value;
		net_decode(&p, checks);
		assert_int_equal(p.reason, changes[i].reason);
		assert_int_equal(p.kind, changes[i].reason == NET_OK ? NET_TCP : NET_BAD);
		free(p.data);
	}
}

static void
test_lies(void **state)
{
	static const struct change changes[] = {
		{ 0, 0x65, NET_IP_VERSION },  { 0, 0x05, NET_IP_VERSION },
		{ 0, 0x44, NET_IP_HEADER },   { 0, 0x40, NET_IP_HEADER },
		{ 3, 19, NET_IP_LENGTH },     { 3, 0, NET_IP_LENGTH },
		{ 3, 47 + 9, NET_OK },	      { 3, 47 + 10, NET_IP_LENGTH },
		{ 2, 0xff, NET_IP_LENGTH },   { 3, 20, NET_TCP_SHORT },
		{ 3, 39, NET_TCP_SHORT },     { 3, 40, NET_TCP_HEADER },
		{ 3, 43, NET_TCP_HEADER },    { 3, 44, NET_OK },
		{ 32, 0x40, NET_TCP_HEADER }, { 32, 0x00, NET_TCP_HEADER },
		{ 32, 0x50, NET_OK },	      { 32, 0x70, NET_TCP_HEADER },
		{ 32, 0xf0, NET_TCP_HEADER }, { 6, 0x40, NET_OK }, /* DF */
		{ 6, 0x80, NET_OK },				   /* the reserved bit */
		{ 6, 0x20, NET_FRAGMENT },    { 7, 0x01, NET_FRAGMENT },
		{ 6, 0x1f, NET_FRAGMENT },
	};
	/* Options that would reach behind the frame. */
	static const struct change header[] = { { 0, 0x4f, NET_IP_SHORT } };

	check_changes(changes, sizeof(changes) / sizeof(changes[0]), 0);
	check_changes(header, 1, 0);
}

static void
test_sums(void **state)
{
	static const struct change wrong[] = {
		{ 8, 60, NET_IP_SUM },	   { 11, 0x01, NET_IP_SUM }, { 12, 10, NET_IP_SUM },
		{ 20, 1, NET_TCP_SUM },	   { 44, 'x', NET_TCP_SUM }, { 46, 'x', NET_TCP_SUM },
		{ 37, 0x5a, NET_TCP_SUM },
	};
	static const struct change unchecked[] = { { 8, 60, NET_OK },
						   { 12, 10, NET_OK },
						   { 46, 'x', NET_OK } };

	check_changes(wrong, sizeof(wrong) / sizeof(wrong[0]), NET_CHECK_SUMS);
	check_changes(unchecked, sizeof(unchecked) / sizeof(unchecked[0]), 0);
}

/* Fragments of TCP cannot be judged, first or not; those of others are plain IP. */
static void
test_fragments(void **state)
{
	static const unsigned fields[] = { 0x2000, 0x2001, 0x0001, 0x00b9, 0x6000 };
	static const struct {
		unsigned proto;
		enum net_kind kind;
	} protos[] = { { 6, NET_BAD }, { 17, NET_IP }, { 1, NET_IP }, { 47, NET_IP } };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		for (size_t k = 0; k < sizeof(protos) / sizeof(protos[0]); k++) {
			struct pkt p = frame_make(&(struct frame_spec){
				.version = 4,
				.fragment = fields[i],
				.next = protos[k].proto,
				.l4 = SPAN_LIT("\0\x19\0\x19\0\x0c\0\0data") });

			assert_int_equal(net_decode(&p, NET_CHECK_SUMS), protos[k].kind);
			assert_int_equal(p.reason, protos[k].proto == 6 ? NET_FRAGMENT : NET_OK);
			assert_int_equal(p.ip_proto, protos[k].proto);
			assert_int_equal(p.l4_off, 0);
			assert_int_equal(p.sport, 0);
			assert_true(net_addr_is_v4(&p.src)); /* for whoever reports it */
			free(p.data);
		}
	}
}

struct l4_case {
	unsigned version, proto;
	struct span l4;
	enum net_kind kind;
	enum net_reason reason;
	unsigned sport, dport, payload_len;
};

static void
test_other_protocols(void **state)
{
	static const struct l4_case cases[] = {
		{ 4, 17, SPAN_LIT("\0\x35\x10\0\0\x0a\0\0ab"), NET_UDP, NET_OK, 53, 4096, 2 },
		{ 6, 17, SPAN_LIT("\0\x35\x10\0\0\x09\0\0ab"), NET_UDP, NET_OK, 53, 4096, 1 },
		{ 4, 17, SPAN_LIT("\0\x35\x10\0\0\x08\0\0"), NET_UDP, NET_OK, 53, 4096, 0 },
		{ 4, 17, SPAN_LIT("\0\x35\x10\0\0\x0b\0\0ab"), NET_BAD, NET_UDP_LENGTH, 53, 4096,
		  0 },
		{ 4, 17, SPAN_LIT("\0\x35\x10\0\0\x07\0\0ab"), NET_BAD, NET_UDP_LENGTH, 53, 4096,
		  0 },
		{ 4, 17, SPAN_LIT("\0\x35\x10\0\0\x08\0"), NET_BAD, NET_UDP_LENGTH, 0, 0, 0 },
		{ 4, 17, SPAN_LIT(""), NET_BAD, NET_UDP_LENGTH, 0, 0, 0 },
		{ 4, 1, SPAN_LIT("\3\4\0\0"), NET_ICMP, NET_OK, 3, 4, 0 },
		{ 6, 58, SPAN_LIT("\x87\0\0\0"), NET_ICMP, NET_OK, 135, 0, 0 },
		{ 4, 1, SPAN_LIT("\3\4\0"), NET_BAD, NET_ICMP_SHORT, 0, 0, 0 },
		{ 4, 58, SPAN_LIT("\3\4\0\0"), NET_IP, NET_OK, 0, 0, 0 },
		{ 6, 1, SPAN_LIT("\3\4\0\0"), NET_IP, NET_OK, 0, 0, 0 },
		{ 4, 47, SPAN_LIT(""), NET_IP, NET_OK, 0, 0, 0 },
		{ 6, 50, SPAN_LIT("x"), NET_IP, NET_OK, 0, 0, 0 },
		{ 6, 51, SPAN_LIT("\6\4"), NET_IP, NET_OK, 0, 0, 0 }, /* AH is not looked behind */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct l4_case *c = &cases[i];
		struct pkt p = frame_make(&(struct frame_spec){
			.version = c->version, .next = c->proto, .l4 = c->l4, .padding = 2 });

		assert_int_equal(net_decode(&p, NET_CHECK_SUMS), c->kind);
		assert_int_equal(p.reason, c->reason);
		assert_int_equal(p.ip_proto, c->proto);
		assert_int_equal(p.l4_off, c->version == 4 ? 34 : 54);
		assert_int_equal(p.sport, c->sport);
		assert_int_equal(p.dport, c->dport);
		assert_int_equal(p.payload_len, c->payload_len);
		free(p.data);
	}
}

/* The longest datagram there is. */
static void
test_largest(void **state)
{
	static uint8_t payload[65535 - 40];
	struct pkt p = frame_make(
		&(struct frame_spec){ .version = 4, .payload = span_of(payload, sizeof(payload)) });

	assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
	assert_int_equal(p.payload_len, sizeof(payload));
	free(p.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),	  cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_lies),	  cmocka_unit_test(test_sums),
		cmocka_unit_test(test_fragments), cmocka_unit_test(test_other_protocols),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
