/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments with everything free, for who does not keep to TCP: what a client may forge, or a third
 * host. In: what differs from an honest segment. Out: a frame through the engine. Used by the
 * evasion tests of TCP.
 */
#ifndef RAW_H
#define RAW_H

#include "wire.h"

#define GOOD "MAIL FROM:<good@b.example>\r\n"
#define EVIL "MAIL FROM:<evil@b.example>\r\n"
#define LEN ((int32_t)sizeof(GOOD) - 1)
#define OPT(text) span_of((const uint8_t *)(text), sizeof(text) - 1)

/* Sequence and ACK numbers count from where the side stands. */
struct raw {
	enum wire_side from;
	int32_t seq, ack;
	uint8_t flags;
	const char *bytes;
	struct span options;
	int window; /* 0: 65535, -1: 0 */
	bool bad_sum;
	bool astray; /* comes in on the other side's port */
	int vlan;    /* 0: no tag, -1: one of priority, without an id */
};
void raw(struct wire *w, struct raw r);

extern const char raw_rules[]; /* senders named evil are refused, silently */

/* Nothing said yet; yaml: NULL or a configuration. */
void raw_open(struct wire *w, const char *yaml);
/* Behind the answer to EHLO. */
void raw_begin(struct wire *w, const char *yaml);
bool raw_server_saw(const struct wire *w, const char *text);
/* Whatever was tried: the session is still judged, and every frame left once. Closes w. */
void raw_still_judged(struct wire *w);

#endif
