/* SPDX-License-Identifier: BSD-3-Clause */
/* The segments of raw.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raw.h"

const char raw_rules[] = "accept:hook tcp:all any any <> any any (sid:1000;)\n"
			    "drop:flow smtp:request_started any any -> any any (smtp.mail_from; "
			    "content:\"evil\"; sid:1;)\n"
			    "accept:hook smtp:request_started any any -> any any (sid:3;)\n"
			    "accept:hook smtp:request_data any any -> any any (sid:4;)\n"
			    "accept:hook smtp:request_complete any any -> any any (sid:5;)\n"
			    "accept:hook smtp:response_started any any -> any any (sid:6;)\n"
			    "accept:hook smtp:response_data any any -> any any (sid:7;)\n"
			    "accept:hook smtp:response_complete any any -> any any (sid:8;)\n";

void
raw_open(struct wire *w, const char *yaml)
{
	struct wire_settings s = { .rules = raw_rules,
				   .yaml = yaml,
				   .isn = { 0xfffffff0u, 0xffffff80u },
				   .checksums = true };

	assert_true(wire_open(w, &s));
}

void
raw_begin(struct wire *w, const char *yaml)
{
	raw_open(w, yaml);
	wire_connect(w);
	wire_text(w, WIRE_SERVER, "220 mx ESMTP\r\n");
	wire_text(w, WIRE_CLIENT, "EHLO client.example\r\n");
	wire_text(w, WIRE_SERVER, "250-mx\r\n250 PIPELINING\r\n");
	w->got[WIRE_SERVER].len = 0;
}

void
raw(struct wire *w, struct raw r)
{
	uint8_t tagged[18] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 0, 8, 0 };
	uint8_t plain[14] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0 }, frame[2048];
	uint16_t link = r.vlan != 0 ? sizeof(tagged) : sizeof(plain);
	struct pkt like = { .data = r.vlan != 0 ? tagged : plain,
			    .len = link,
			    .link = NET_LINK_ETHER,
			    .kind = NET_TCP,
			    .ip_version = 4,
			    .ip_proto = 6,
			    .ether_type = 0x0800,
			    .ip_off = link,
			    .l4_off = link,
			    .payload_off = link,
			    .src = w->client,
			    .dst = w->server,
			    .sport = w->client_port,
			    .dport = w->server_port };
	struct net_segment s = { .like = &like,
				 .reverse = r.from == WIRE_SERVER,
				 .seq = w->next[r.from] + (uint32_t)r.seq,
				 .ack = w->expect[r.from] + (uint32_t)r.ack,
				 .window = r.window < 0 ? 0 : 65535,
				 .flags = r.flags,
				 .options = r.options,
				 .payload = span_str(r.bytes != NULL ? r.bytes : "") };
	size_t len;

	tagged[15] = r.vlan > 0 ? (uint8_t)r.vlan : 0;
	len = net_build(&s, frame, sizeof(frame));
	assert_true(len > 0);
	if (r.bad_sum)
		frame[len - 1] ^= 1;
	wire_frame(w, r.astray ? (enum wire_side)!r.from : r.from, frame, len);
}

bool
raw_server_saw(const struct wire *w, const char *text)
{
	return span_find(span_of(w->got[WIRE_SERVER].ptr, w->got[WIRE_SERVER].len),
			 span_str(text)) >= 0;
}

void
raw_still_judged(struct wire *w)
{
	wire_text(w, WIRE_CLIENT, EVIL);
	wire_text(w, WIRE_CLIENT, "QUIT\r\n");
	assert_false(raw_server_saw(w, "evil"));
	assert_false(raw_server_saw(w, "QUIT"));
	assert_int_equal(wire_stat(w, STATS_DROP_INTERNAL), 0);
	assert_true(wire_close(w));
}
