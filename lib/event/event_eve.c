/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Records as EVE objects. In: a record; out: its members in Suricata's order, first those that all
 * events have, then those of its type. The writer calls it. The objects are in event_eve_parts.c.
 */
#include "event_eve.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "event_time.h"

#define PARTS_MAX 10

static const struct {
	const char *name;
	event_eve_part *part[PARTS_MAX]; /* in this order, ended by NULL */
} by_type[EVENT_TYPES] = {
	[EVENT_ALERT] = { "alert",
			  { event_eve_alert, event_eve_progress, event_eve_smtp, event_eve_email,
			    event_eve_flow, event_eve_verdict, event_eve_firewall,
			    event_eve_metadata, event_eve_postern } },
	[EVENT_DROP] = { "drop",
			 { event_eve_drop, event_eve_smtp, event_eve_email, event_eve_verdict,
			   event_eve_firewall, event_eve_postern } },
	[EVENT_SMTP] = { "smtp", { event_eve_smtp, event_eve_email, event_eve_postern } },
	[EVENT_ANOMALY] = { "anomaly", { event_eve_anomaly, event_eve_postern } },
	[EVENT_FILEINFO] = { "fileinfo",
			     { event_eve_smtp, event_eve_email, event_eve_fileinfo,
			       event_eve_postern } },
	[EVENT_FLOW] = { "flow", { event_eve_flow, event_eve_tcp, event_eve_postern } },
	[EVENT_TLS] = { "tls", { event_eve_tls, event_eve_postern } },
	[EVENT_NOTICE] = { "notice", { event_eve_notice, event_eve_postern } },
	[EVENT_VERDICT] = { "verdict",
			    { event_eve_progress, event_eve_smtp, event_eve_email,
			      event_eve_verdict, event_eve_firewall, event_eve_postern } },
};

const char *
event_type_name(enum event_type t)
{
	return (unsigned)t < EVENT_TYPES ? by_type[t].name : "unknown";
}

static bool
is_mapped(const struct event_addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(a->b, prefix, sizeof(prefix)) == 0;
}

const char *
event_addr_text(const struct event_addr *a, char *buf)
{
	if (is_mapped(a))
		inet_ntop(AF_INET, a->b + 12, buf, EVENT_ADDR_SIZE);
	else
		inet_ntop(AF_INET6, a->b, buf, EVENT_ADDR_SIZE);
	return buf;
}

bool
event_has_text(const struct event *e, enum event_key key)
{
	struct span text;
	int i = -1;

	return event_text_get(e, key, &i, &text);
}

void
event_eve_put(struct event_line *l, const char *name, const struct event *e, enum event_key key)
{
	struct span text;
	int i = -1;

	if (event_text_get(e, key, &i, &text))
		event_line_text(l, name, text);
}

void
event_eve_put_all(struct event_line *l, const char *name, const struct event *e,
		  enum event_key key)
{
	struct span text;
	int i = -1;

	if (!event_has_text(e, key))
		return;
	event_line_begin(l, name, '[');
	while (event_text_get(e, key, &i, &text))
		event_line_text(l, NULL, text);
	event_line_end(l, ']');
}

static void
put_proto(struct event_line *l, uint8_t proto)
{
	char number[4];
	struct str s;

	str_open(&s, number, sizeof(number));
	switch (proto) {
	case IPPROTO_TCP:
		return event_line_text(l, "proto", SPAN_LIT("TCP"));
	case IPPROTO_UDP:
		return event_line_text(l, "proto", SPAN_LIT("UDP"));
	case IPPROTO_SCTP:
		return event_line_text(l, "proto", SPAN_LIT("SCTP"));
	case IPPROTO_ICMP:
		return event_line_text(l, "proto", SPAN_LIT("ICMP"));
	case IPPROTO_ICMPV6:
		return event_line_text(l, "proto", SPAN_LIT("IPv6-ICMP"));
	default:
		str_printf(&s, "%03u", proto);
		return event_line_text(l, "proto", str_span(&s));
	}
}

/* Who talks to whom; nothing for frames that are no IP. */
static void
put_addresses(struct event_line *l, const struct event *e)
{
	bool ports = e->ip_proto == IPPROTO_TCP || e->ip_proto == IPPROTO_UDP ||
		     e->ip_proto == IPPROTO_SCTP;
	char buf[EVENT_ADDR_SIZE];

	if (e->ip_version == 0)
		return;
	event_line_text(l, "src_ip", span_str(event_addr_text(&e->src, buf)));
	if (ports)
		event_line_number(l, "src_port", e->sport);
	event_line_text(l, "dest_ip", span_str(event_addr_text(&e->dst, buf)));
	if (ports)
		event_line_number(l, "dest_port", e->dport);
	put_proto(l, e->ip_proto);
	event_line_number(l, "ip_v", e->ip_version);
}

static void
put_head(struct event_line *l, const struct event_writer_settings *s, const struct event *e)
{
	char time[EVENT_TIME_SIZE];

	event_time_text(time, e->time_us, s->utc);
	event_line_text(l, "timestamp", span_str(time));
	if (e->flow_id != 0)
		event_line_number(l, "flow_id", e->flow_id);
	if (s->node != NULL)
		event_line_text(l, "host", span_str(s->node));
	if (s->pcap_cnt && e->pcap_cnt != 0)
		event_line_number(l, "pcap_cnt", e->pcap_cnt);
	event_line_text(l, "event_type", span_str(event_type_name(e->type)));
	if (e->vlan_count > 0) {
		event_line_begin(l, "vlan", '[');
		for (int i = 0; i < e->vlan_count && i < 2; i++)
			event_line_number(l, NULL, e->vlan[i]);
		event_line_end(l, ']');
	}
	put_addresses(l, e);
	if (e->flags & EVENT_HAS_TX)
		event_line_number(l, "tx_id", e->tx_id);
	if (e->flags & EVENT_IS_SMTP)
		event_line_text(l, "app_proto", SPAN_LIT("smtp"));
	else
		event_eve_put(l, "app_proto", e, EVENT_APP_PROTO);
	if (e->flags & (EVENT_TO_SERVER | EVENT_TO_CLIENT))
		event_line_text(l, "direction", e->flags & EVENT_TO_SERVER ?
				SPAN_LIT("to_server") : SPAN_LIT("to_client"));
}

void
event_eve_line(struct event_line *l, const struct event_writer_settings *s, const struct event *e)
{
	put_head(l, s, e);
	if (e->type < EVENT_TYPES) {
		for (int i = 0; i < PARTS_MAX && by_type[e->type].part[i] != NULL; i++)
			by_type[e->type].part[i](l, s, e);
	}
	event_line_end(l, '}');
}
