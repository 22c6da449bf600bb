/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames and keys for the tests of the session table: number i is always the same connection. */
#ifndef KEYS_H
#define KEYS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "flow.h"

/* xorshift64: the same run every time. */
static inline uint64_t
draw(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Every third connection is IPv6, every fifth has a VLAN; reverse: the frame of the other side. */
static inline struct pkt
frame_of(uint32_t i, bool reverse)
{
	struct pkt p = { .kind = NET_TCP, .ip_proto = 6, .ip_version = i % 3 == 0 ? 6 : 4 };
	struct net_addr client = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1 } };
	struct net_addr server = client;
	uint16_t port = (uint16_t)(i * 7 + 1);

	if (i % 3 == 0)
		memcpy(client.b, "\x20\x01\x0d\xb8\x12\x34\0\0\0\0\0\x77", 12);
	memcpy(client.b + 12, &i, sizeof(i));
	memcpy(server.b, client.b, 12);
	server.b[12] = 192;
	if (i % 5 == 0) {
		p.vlan_count = 1;
		p.vlan[0] = (uint16_t)(i % 4096);
	}
	p.src = reverse ? server : client;
	p.dst = reverse ? client : server;
	p.sport = reverse ? 25 : port;
	p.dport = reverse ? port : 25;
	return p;
}

static inline struct flow_key
key_of(const struct flow_table *t, uint32_t i, bool reverse)
{
	struct pkt p = frame_of(i, reverse);
	struct flow_key key;

	memset(&key, 0xee, sizeof(key));
	flow_key_of(t, &p, &key);
	return key;
}

static inline struct flow_entry *
find_one(struct flow_table *t, const struct flow_key *key)
{
	struct flow_entry *e = (struct flow_entry *)(uintptr_t)1;

	flow_find(t, key, 1, &e);
	return e;
}

#endif
