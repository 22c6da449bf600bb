/* SPDX-License-Identifier: BSD-3-Clause */
/* Link headers of every kind, whole and cut, and IP that hides behind others. */
#include "frames.h"

#define MACS "\x02\0\0\0\0\x0d\x02\0\0\0\0\x0c"

static void
test_every_link(void **state)
{
	static const uint8_t ip_off[] = { 14, 4, 0, 16, 20 };

	for (enum net_link link = NET_LINK_ETHER; link <= NET_LINK_COOKED2; link++) {
		for (unsigned version = 4; version <= 6; version += 2) {
			bool typed = link != NET_LINK_NULL && link != NET_LINK_RAW;
			struct pkt p =
				frame_make(&(struct frame_spec){ .link = link,
								 .version = version,
								 .payload = SPAN_LIT("QUIT\r\n") });

			assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
			assert_int_equal(p.ip_version, version);
			assert_int_equal(p.ip_off, ip_off[link]);
			assert_int_equal(pkt_link(&p).len, ip_off[link]);
			assert_int_equal(p.ether_type, !typed ? 0 : version == 4 ? 0x0800 : 0x86dd);
			assert_int_equal(p.vlan_count, 0);
			assert_true(span_eq(pkt_payload(&p), SPAN_LIT("QUIT\r\n")));
			free(p.data);
		}
	}
}

struct bare {
	enum net_link link;
	struct span bytes;
	enum net_kind kind;
	enum net_reason reason;
	uint16_t ether_type;
};

static void
check_bare(const struct bare *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct pkt p = frame_pkt(cases[i].link, cases[i].bytes);

		assert_int_equal(net_decode(&p, NET_CHECK_SUMS), cases[i].kind);
		assert_int_equal(p.kind, cases[i].kind);
		assert_int_equal(p.reason, cases[i].reason);
		assert_int_equal(p.ether_type, cases[i].ether_type);
		assert_int_equal(p.ip_version, 0);
		free(p.data);
	}
}

#define CHECK_BARE(cases) check_bare(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_not_ip(void **state)
{
	static const struct bare cases[] = {
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x08\x06"), NET_ARP, NET_OK, 0x0806 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x81\0\0\5\x08\x06"), NET_ARP, NET_OK, 0x0806 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x88\xcc"), NET_OTHER, NET_OK, 0x88cc },
		/* Spanning tree in LLC; SNAP of another organisation; SNAP that is cut. */
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\0\x26\x42\x42\3"), NET_OTHER, NET_OK, 0x26 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\0\x26\xaa\xaa\3\0\0\x0c\x08\0"), NET_OTHER,
		  NET_OK, 0x26 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\0\x26\xaa\xaa\3\0\0\0\x08"), NET_OTHER, NET_OK,
		  0x26 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\0\x26\xaa\xaa\3\0\0\0\x80\x9b"), NET_OTHER,
		  NET_OK, 0x26 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\0\0"), NET_OTHER, NET_OK, 0 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x88\x63"), NET_OTHER, NET_OK, 0x8863 },
		{ NET_LINK_NULL, SPAN_LIT("\7\0\0\0"), NET_OTHER, NET_OK, 0 },
		{ NET_LINK_COOKED, SPAN_LIT("\0\0\0\1\0\6\2\0\0\0\0\xc\0\0\0\4"), NET_OTHER, NET_OK,
		  4 },
		{ 99, SPAN_LIT("\x45"), NET_OTHER, NET_OK, 0 },
	};

	CHECK_BARE(cases);
}

static void
test_hidden_ip(void **state)
{
	static const struct bare cases[] = {
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\0\x26\xaa\xaa\3\0\0\0\x08\0"), NET_BAD,
		  NET_ENCAPSULATED, 0x26 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\0\x26\xaa\xaa\3\0\0\xf8\x86\xdd"), NET_BAD,
		  NET_ENCAPSULATED, 0x26 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\0\x26\xaa\xaa\3\0\0\0\x81\0"), NET_BAD,
		  NET_ENCAPSULATED, 0x26 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\0\x26\6\6\3\x45"), NET_BAD, NET_ENCAPSULATED,
		  0x26 },
		/* A priority tag in front of SNAP: CVE-2021-27853. */
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x81\0\0\0\0\x26\xaa\xaa\3\0\0\0\x08\0"), NET_BAD,
		  NET_ENCAPSULATED, 0x26 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x88\x64\x11\0\0\1\0\2\0\x21\x45"), NET_BAD,
		  NET_ENCAPSULATED, 0x8864 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x88\x47\0\0\x11\x40\x45"), NET_BAD,
		  NET_ENCAPSULATED, 0x8847 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x88\x48\0\0\x11\x40\x45"), NET_BAD,
		  NET_ENCAPSULATED, 0x8848 },
	};

	CHECK_BARE(cases);
}

static void
test_cut_link(void **state)
{
	static const struct {
		enum net_link link;
		struct span whole;
		enum net_reason at_end; /* of the link header alone */
	} cases[] = {
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x08\0"), NET_IP_SHORT },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x81\0\0\5\x86\xdd"), NET_IP_SHORT },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x88\xa8\0\5\x81\0\0\6\x08\0"), NET_IP_SHORT },
		{ NET_LINK_NULL, SPAN_LIT("\2\0\0\0"), NET_IP_SHORT },
		{ NET_LINK_RAW, SPAN_LIT(""), NET_IP_SHORT },
		{ NET_LINK_COOKED, SPAN_LIT("\0\0\0\1\0\6\2\0\0\0\0\xc\0\0\x08\0"), NET_IP_SHORT },
		{ NET_LINK_COOKED2, SPAN_LIT("\x08\0\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\xc\0\0"),
		  NET_IP_SHORT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t len = 0; len <= cases[i].whole.len; len++) {
			struct pkt p = frame_pkt(cases[i].link, span_take(cases[i].whole, len));

			assert_int_equal(net_decode(&p, 0), NET_BAD);
			assert_int_equal(p.reason, len < cases[i].whole.len ? NET_LINK_SHORT
									    : cases[i].at_end);
			free(p.data);
		}
	}
}

static void
test_tags(void **state)
{
	static const struct {
		struct span tags;
		unsigned count, outer, inner;
	} cases[] = {
		{ SPAN_LIT("\x81\0\x0f\xff"), 1, 0xfff, 0 },
		{ SPAN_LIT("\x81\0\xef\xff"), 1, 0xfff, 0 }, /* priority bits are no id */
		{ SPAN_LIT("\x88\xa8\0\5\x81\0\0\6"), 2, 5, 6 },
		{ SPAN_LIT("\x91\0\0\5\x81\0\0\6"), 2, 5, 6 },
		{ SPAN_LIT("\x81\0\xe0\0"), 0, 0, 0 }, /* a priority tag is no VLAN */
		{ SPAN_LIT("\x81\0\0\0\x81\0\0\7"), 1, 7, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pkt p =
			frame_make(&(struct frame_spec){ .version = 4, .tags = cases[i].tags });

		assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
		assert_int_equal(p.ip_off, 14 + cases[i].tags.len);
		assert_int_equal(p.ether_type, 0x0800);
		assert_int_equal(p.vlan_count, cases[i].count);
		assert_int_equal(p.vlan[0], cases[i].outer);
		assert_int_equal(p.vlan[1], cases[i].inner);
		free(p.data);
	}
}

/* Three tags are too many, priority tags included. */
static void
test_tags_too_deep(void **state)
{
	static const struct span tags[] = { SPAN_LIT("\x81\0\0\1\x81\0\0\2\x81\0\0\3"),
					    SPAN_LIT("\x81\0\0\0\x81\0\0\0\x81\0\0\0") };

	for (size_t i = 0; i < 2; i++) {
		struct pkt p = frame_make(&(struct frame_spec){ .version = 4, .tags = tags[i] });

		assert_int_equal(net_decode(&p, 0), NET_BAD);
		assert_int_equal(p.reason, NET_VLAN_DEEP);
		free(p.data);
	}
}

static void
test_families(void **state)
{
	static const struct {
		const char *family;
		unsigned version;
	} cases[] = {
		{ "\2\0\0\0", 4 },   { "\0\0\0\2", 4 },	  { "\x0a\0\0\0", 6 }, { "\0\0\0\x0a", 6 },
		{ "\x18\0\0\0", 6 }, { "\0\0\0\x18", 6 }, { "\x1c\0\0\0", 6 }, { "\0\0\0\x1e", 6 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pkt p = frame_make(
			&(struct frame_spec){ .link = NET_LINK_NULL, .version = cases[i].version });

		memcpy(p.data, cases[i].family, 4);
		assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
		assert_int_equal(p.ip_version, cases[i].version);
		free(p.data);
	}
}

static void
test_versions_that_lie(void **state)
{
	static const struct bare cases[] = {
		{ NET_LINK_RAW, SPAN_LIT("\x50"), NET_BAD, NET_IP_VERSION, 0 },
		{ NET_LINK_NULL, SPAN_LIT("\2\0\0\0\x60\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		  NET_BAD, NET_IP_VERSION, 0 },
		{ NET_LINK_ETHER, SPAN_LIT(MACS "\x86\xdd\x45\0"), NET_BAD, NET_IP_VERSION,
		  0x86dd },
	};

	CHECK_BARE(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_link), cmocka_unit_test(test_not_ip),
		cmocka_unit_test(test_hidden_ip),  cmocka_unit_test(test_cut_link),
		cmocka_unit_test(test_tags),	   cmocka_unit_test(test_tags_too_deep),
		cmocka_unit_test(test_families),   cmocka_unit_test(test_versions_that_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
