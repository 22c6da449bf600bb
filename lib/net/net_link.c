/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Link headers: Ethernet with VLAN tags, and those of captures. In: the start of a frame; out: the
 * EtherType of what follows and where it begins. net_decode calls it. IP that hides behind LLC,
 * PPPoE or MPLS is refused, not searched: what a host might unpack and we do not judge is a way
 * round the firewall.
 */
#include "net_wire.h"

#define ETHER_TYPE_MIN 0x0600 /* below: an 802.3 length, and LLC follows */
#define ETHER_TYPE_VLAN 0x8100
#define ETHER_TYPE_QINQ 0x88a8
#define ETHER_TYPE_QINQ_OLD 0x9100
#define ETHER_TYPE_MPLS 0x8847
#define ETHER_TYPE_MPLS_MULTICAST 0x8848
#define ETHER_TYPE_PPPOE 0x8864 /* its session frames; discovery (0x8863) carries no IP */

#define COOKED_HEADER 16
#define COOKED2_HEADER 20
#define NULL_HEADER 4

static uint16_t
bad(struct pkt *p, enum net_reason reason)
{
	p->reason = (uint8_t)reason;
	return 0;
}

static bool
is_vlan(uint16_t type)
{
	return type == ETHER_TYPE_VLAN || type == ETHER_TYPE_QINQ || type == ETHER_TYPE_QINQ_OLD;
}

static bool
hides_ip(uint16_t type)
{
	return type == ETHER_TYPE_PPPOE || type == ETHER_TYPE_MPLS ||
	       type == ETHER_TYPE_MPLS_MULTICAST;
}

/* LLC behind an 802.3 length: IP by SNAP (RFC 1042) or by the IP SAP (IEEE 802.2: 06). */
static bool
llc_hides_ip(struct span llc)
{
	struct span snap = SPAN_LIT("\xaa\xaa\x03");
	uint16_t type;

	if (llc.len >= 2 && llc.ptr[0] == 0x06)
		return true;
	if (!span_starts(llc, snap) || llc.len < 8)
		return false;
	/* Organisation 000000 or 0000f8 (IEEE 802.1H), then an EtherType. */
	if (llc.ptr[3] != 0 || llc.ptr[4] != 0 || (llc.ptr[5] != 0 && llc.ptr[5] != 0xf8))
		return false;
	type = load16(llc.ptr + 6);
	return type == ETHER_TYPE_IP4 || type == ETHER_TYPE_IP6 || is_vlan(type) || hides_ip(type);
}

/* VLAN tags, then the type. `type` is the one that stands before *at. */
static uint16_t
tags(struct pkt *p, uint16_t type, uint32_t *at)
{
	for (unsigned seen = 0; is_vlan(type); seen++) {
		uint16_t id;

		if (seen == NET_VLANS)
			return bad(p, NET_VLAN_DEEP);
		if (p->len - *at < 4)
			return bad(p, NET_LINK_SHORT);
		id = load16(p->data + *at) & 0xfff;
		if (id != 0)
			p->vlan[p->vlan_count++] = id;
		type = load16(p->data + *at + 2);
		*at += 4;
	}
	p->ether_type = type;
	if (hides_ip(type))
		return bad(p, NET_ENCAPSULATED);
	if (type < ETHER_TYPE_MIN) {
		if (p->link == NET_LINK_ETHER && llc_hides_ip(span_of(p->data + *at, p->len - *at)))
			return bad(p, NET_ENCAPSULATED);
		return 0;
	}
	return type;
}

/* Address families: 2 is IPv4 everywhere; IPv6 is 10 on Linux, 24, 28 or 30 on the BSDs. */
static uint16_t
family_type(uint32_t family)
{
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return ETHER_TYPE_IP4;
	case 10:
	case 24:
	case 28:
	case 30:
		return ETHER_TYPE_IP6;
	default:
		return 0;
	}
}

static uint16_t
raw(struct pkt *p)
{
	if (p->len == 0)
		return bad(p, NET_IP_SHORT);
	switch (p->data[0] >> 4) {
	case 4:
		return ETHER_TYPE_IP4;
	case 6:
		return ETHER_TYPE_IP6;
	default:
		return bad(p, NET_IP_VERSION);
	}
}

uint16_t
net_link_decode(struct pkt *p, uint32_t *at)
{
	static const uint8_t header[] = {
		[NET_LINK_ETHER] = ETHER_HEADER,
		[NET_LINK_NULL] = NULL_HEADER,
		[NET_LINK_RAW] = 0,
		[NET_LINK_COOKED] = COOKED_HEADER,
		[NET_LINK_COOKED2] = COOKED2_HEADER,
	};

	*at = p->link < sizeof(header) ? header[p->link] : 0;
	if (p->len < *at)
		return bad(p, NET_LINK_SHORT);
	switch (p->link) {
	case NET_LINK_ETHER:
		return tags(p, load16(p->data + 12), at);
	case NET_LINK_NULL:
		return family_type(load32(p->data));
	case NET_LINK_RAW:
		return raw(p);
	case NET_LINK_COOKED:
		return tags(p, load16(p->data + 14), at);
	case NET_LINK_COOKED2:
		return tags(p, load16(p->data), at);
	default:
		return 0;
	}
}
