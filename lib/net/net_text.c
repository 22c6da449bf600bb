/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names for people. In: addresses, kinds, reasons; out: their text, and addresses read back.
 * Events, the console and rules call it. It resolves no names.
 */
#include <arpa/inet.h>
#include <errno.h>

#include "net_wire.h"
#include "str.h"

#define GROUPS 8

static uint16_t
group(const struct net_addr *a, unsigned i)
{
	return load16(a->b + 2 * i);
}

/* RFC 5952 section 4.2: the longest run of zero groups, the first of equals, never a single one.
 * Returns where it begins, or GROUPS. */
static unsigned
longest_zeros(const struct net_addr *a, unsigned *longest)
{
	unsigned at = GROUPS, run = 0;

	*longest = 1;
	for (unsigned i = 0; i < GROUPS; i++) {
		run = group(a, i) == 0 ? run + 1 : 0;
		if (run > *longest) {
			*longest = run;
			at = i + 1 - run;
		}
	}
	return at;
}

const char *
net_addr_text(const struct net_addr *a, char *buf)
{
	unsigned zeros, longest;
	struct str s;

	str_open(&s, buf, NET_ADDR_TEXT);
	if (net_addr_is_v4(a)) {
		str_printf(&s, "%u.%u.%u.%u", a->b[12], a->b[13], a->b[14], a->b[15]);
		return buf;
	}
	zeros = longest_zeros(a, &longest);
	for (unsigned i = 0; i < GROUPS;) {
		if (i == zeros) {
			str_add(&s, "::");
			i += longest;
			continue;
		}
		if (i > 0 && i != zeros + longest)
			str_add_char(&s, ':');
		str_printf(&s, "%x", group(a, i));
		i++;
	}
	return buf;
}

int
net_addr_parse(struct span text, struct net_addr *a)
{
	struct net_addr out = { .b = { [10] = 0xff, [11] = 0xff } };
	char buf[NET_ADDR_TEXT];
	struct str s;
	bool v6 = span_chr(text, ':') >= 0;

	str_open(&s, buf, sizeof(buf));
	str_add_span(&s, text);
	if (s.cut || span_chr(text, '\0') >= 0)
		return -EINVAL;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, buf, v6 ? out.b : out.b + 12) != 1)
		return -EINVAL;
	*a = out;
	return 0;
}

static const struct {
	const char *name, *text;
} reasons[NET_REASONS] = {
	[NET_OK] = { "ok", "nothing is wrong" },
	[NET_LINK_SHORT] = { "link_short", "the link header is cut" },
	[NET_VLAN_DEEP] = { "vlan_deep", "more VLAN tags than are read" },
	[NET_ENCAPSULATED] = { "encapsulated", "IP hides behind LLC, PPPoE or MPLS" },
	[NET_IP_SHORT] = { "ip_short", "the IP header is cut" },
	[NET_IP_VERSION] = { "ip_version", "not the IP version that was announced" },
	[NET_IP_HEADER] = { "ip_header", "the IP header length is out of range" },
	[NET_IP_LENGTH] = { "ip_length", "the IP total length does not fit the frame" },
	[NET_IP_SUM] = { "ip_sum", "the IPv4 header checksum is wrong" },
	[NET_IP6_EXT] = { "ip6_ext", "the IPv6 extension headers are cut, too many or malformed" },
	[NET_FRAGMENT] = { "fragment", "a fragment of a datagram that may carry TCP" },
	[NET_TCP_SHORT] = { "tcp_short", "the TCP header is cut" },
	[NET_TCP_HEADER] = { "tcp_header", "the TCP data offset is out of range" },
	[NET_TCP_SUM] = { "tcp_sum", "the TCP checksum is wrong" },
	[NET_UDP_LENGTH] = { "udp_length", "the UDP length does not fit the datagram" },
	[NET_ICMP_SHORT] = { "icmp_short", "the ICMP header is cut" },
};

const char *
net_reason_name(enum net_reason r)
{
	return r < NET_REASONS ? reasons[r].name : "unknown";
}

const char *
net_reason_text(enum net_reason r)
{
	return r < NET_REASONS ? reasons[r].text : "unknown";
}

const char *
net_kind_name(enum net_kind k)
{
	static const char *const names[] = {
		[NET_BAD] = "bad",   [NET_TCP] = "tcp", [NET_UDP] = "udp",     [NET_ICMP] = "icmp",
		[NET_IP] = "ip",     [NET_ARP] = "arp", [NET_OTHER] = "other",
	};

	return k <= NET_OTHER ? names[k] : "unknown";
}
