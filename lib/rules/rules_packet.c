/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The part of a rule that looks at a frame: protocol, addresses, ports, flow, tcp.flags and the
 * other packet keywords. In: a rule and the event under judgement; out: yes or no. It needs no
 * value and keeps nothing, so it is asked first.
 */
#include "rules_reputation.h"
#include "rules_set.h"

static bool
proto_holds(const struct rules_packet *p, enum rules_proto proto)
{
	switch (proto) {
	case RULES_PROTO_ETHER:
		return true;
	case RULES_PROTO_ARP:
		return p->kind == RULES_P_ARP;
	case RULES_PROTO_TCP:
	case RULES_PROTO_SMTP:
		return p->kind == RULES_P_TCP;
	case RULES_PROTO_UDP:
		return p->kind == RULES_P_UDP;
	case RULES_PROTO_ICMP:
		return p->kind == RULES_P_ICMP;
	default:
		return p->kind >= RULES_P_IP;
	}
}

static bool
ends_hold(const struct rule *r, const uint8_t src[16], uint16_t sport, const uint8_t dst[16],
	  uint16_t dport)
{
	return rules_addrs_match(&r->src, src) && rules_ports_match(&r->sport, sport) &&
	       rules_addrs_match(&r->dst, dst) && rules_ports_match(&r->dport, dport);
}

static bool
header_holds(const struct rules_packet *p, const struct rule *r)
{
	if (r->src.any && r->dst.any && r->sport.any && r->dport.any)
		return true;
	return ends_hold(r, p->src, p->sport, p->dst, p->dport) ||
	       (r->bidirectional && ends_hold(r, p->dst, p->dport, p->src, p->sport));
}

static bool
flow_holds(const struct rules_judge *j, unsigned flow)
{
	const struct rules_packet *p = j->packet;

	if (flow == 0)
		return true;
	return !((flow & RULES_FLOW_TO_SERVER && !j->to_server) ||
		 (flow & RULES_FLOW_TO_CLIENT && j->to_server) ||
		 (flow & RULES_FLOW_ESTABLISHED && !p->established) ||
		 (flow & RULES_FLOW_NOT_ESTABLISHED && p->established) ||
		 (flow & RULES_FLOW_ONLY_STREAM && !p->only_stream) ||
		 (flow & RULES_FLOW_NO_STREAM && p->only_stream) ||
		 (flow & RULES_FLOW_START && !p->flow_start));
}

static bool
tcp_flags_hold(const struct rules_packet *p, const struct rule *r)
{
	uint8_t flags = p->tcp_flags & r->flags_mask;

	if (p->kind != RULES_P_TCP)
		return false;
	switch (r->flags_op) {
	case '+':
		return (flags & r->flags_value) == r->flags_value;
	case '*':
		return (flags & r->flags_value) != 0;
	case '!':
		return (flags & r->flags_value) != r->flags_value;
	default:
		return flags == r->flags_value;
	}
}

static bool
vlan_holds(const struct rules_packet *p, const struct rules_packet_test *t)
{
	bool in = false;

	for (unsigned i = 0; i < p->vlan_count && i < 2; i++)
		in |= rules_in_ranges(t->range, t->count, false, p->vlan[i]);
	return p->vlan_count > 0 && in != t->invert;
}

int64_t
rules_side_number(const struct rules_packet *p, const struct rules_packet_test *t, bool second)
{
	if (t->what == RULES_PN_SCORE)
		return rules_score(t->reputation, t->category, second ? p->dst : p->src);
	return (int64_t)p->stream[second];
}

int64_t
rules_packet_number(const struct rules_packet *p, enum rules_packet_number what)
{
	bool ip = p->ip_version != 0, tcp = p->kind == RULES_P_TCP, icmp = p->kind == RULES_P_ICMP;

	switch (what) {
	case RULES_PN_VLAN_LAYERS:
		return p->vlan_count;
	case RULES_PN_TTL:
		return p->ttl;
	case RULES_PN_PROTO:
		return p->ip_proto;
	case RULES_PN_DSIZE:
		return (int64_t)p->payload.len;
	case RULES_PN_TOS:
		return ip ? p->tos : -1;
	case RULES_PN_ID:
		return p->ip_version == 4 ? p->ip_id : -1;
	case RULES_PN_SEQ:
		return tcp ? (int64_t)p->seq : -1;
	case RULES_PN_ACK:
		return tcp ? (int64_t)p->ack : -1;
	case RULES_PN_WINDOW:
		return tcp ? p->window : -1;
	case RULES_PN_MSS:
		return tcp && p->mss > 0 ? p->mss : -1;
	case RULES_PN_ITYPE:
		return icmp ? p->icmp_type : -1;
	case RULES_PN_ICODE:
		return icmp ? p->icmp_code : -1;
	case RULES_PN_FRAGBITS:
		return p->ip_version == 4 ? p->frag_bits : -1;
	case RULES_PN_FRAGOFFSET:
		return p->ip_version == 4 ? p->frag_offset : -1;
	case RULES_PN_APP:
		return tcp ? p->app : -1;
	default:
		return -1;
	}
}

bool
rules_has_sides(const struct rules_packet *p, const struct rules_packet_test *t)
{
	return t->what == RULES_PN_SCORE ? p->ip_version != 0
	       : t->what == RULES_PN_STREAM && p->flow_known && p->kind == RULES_P_TCP;
}

static bool
sides_hold(const struct rules_packet *p, const struct rules_packet_test *t)
{
	bool first = rules_in_ranges(t->range, t->count, false, rules_side_number(p, t, false));
	bool second = rules_in_ranges(t->range, t->count, false, rules_side_number(p, t, true));

	switch (t->side) {
	case RULES_SIDE_SRC:
		return first;
	case RULES_SIDE_DST:
		return second;
	case RULES_SIDE_BOTH:
		return first && second;
	default:
		return first || second;
	}
}

bool
rules_packet_test_holds(const struct rules_packet *p, const struct rules_packet_test *t)
{
	int64_t n;

	if (t->what == RULES_PN_VLAN)
		return vlan_holds(p, t);
	if (t->what >= RULES_PN_SCORE)
		return rules_has_sides(p, t) && sides_hold(p, t);
	n = rules_packet_number(p, t->what);
	return n >= 0 && rules_in_ranges(t->range, t->count, t->invert, n);
}

static bool
numbers_hold(const struct rules_packet *p, const struct rule *r)
{
	for (unsigned i = 0; i < r->packet_count; i++)
		if (!rules_packet_test_holds(p, &r->packet[i]))
			return false;
	return true;
}

enum rules_packet_part
rules_packet_fails(const struct rules_judge *j, const struct rule *r)
{
	const struct rules_packet *p = j->packet;

	/* An application event is SMTP whatever its rule's protocol says. */
	if (j->tx == NULL && !proto_holds(p, r->proto))
		return RULES_FAILS_PROTO;
	if (j->tx == NULL && !rules_view_holds(p, r))
		return RULES_FAILS_VIEW;
	if (!flow_holds(j, r->flow))
		return RULES_FAILS_FLOW;
	if (!header_holds(p, r))
		return RULES_FAILS_ENDS;
	if (r->has_flags && !tcp_flags_hold(p, r))
		return RULES_FAILS_FLAGS;
	if (r->same_ip && memcmp(p->src, p->dst, sizeof(p->src)) != 0)
		return RULES_FAILS_SAME_IP;
	return numbers_hold(p, r) ? RULES_FAILS_NOT : RULES_FAILS_NUMBER;
}
