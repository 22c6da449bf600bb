/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen-traffic FILE [PACKETS [SEED [short|mixed|large]]]: a capture of made-up mail, for measuring.
 * Out: a pcap file of at least PACKETS frames (1,000,000), the same bytes for the same arguments.
 *
 * Several hundred sessions are open at a time and their frames interleave, so that tables do not
 * fit a cache by luck. A session has a handshake, one to three mails, and a FIN of both sides; the
 * receiver of data acknowledges every second segment. Half the clients pipeline, half wait for
 * each reply, one in eight sends BDAT. One in eight sessions is IPv6, one in six has a VLAN tag.
 * No frame is lost, repeated or out of order: tests/engine/segmentation is for that.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen_traffic.h"

#define OPEN_SESSIONS 600
#define MSS 1448 /* with a timestamp option; IPv6 has 20 bytes less */
#define FRAME_MAX 1600

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

static struct session sessions[OPEN_SESSIONS];
static uint64_t random_state, now_us = UINT64_C(1764547200000000), packets;
static FILE *out;
const char *mix = "mixed";

uint32_t
draw(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 16) % below);
}

void
die(const char *what)
{
	fprintf(stderr, "gen-traffic: %s\n", what);
	exit(1);
}

/* ---- frames ---- */

static void
be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
be32(uint8_t *p, uint32_t v)
{
	be16(p, v >> 16);
	be16(p + 2, v);
}

static uint64_t
sum(uint64_t total, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		total += (uint32_t)p[i] << 8 | p[i + 1];
	return i < len ? total + ((uint32_t)p[i] << 8) : total;
}

static uint16_t
folded(uint64_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

/* The address of one side, 4 or 16 bytes. */
static void
address(const struct session *s, int side, uint8_t *p)
{
	static const uint8_t prefix[8] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0x25, 0, 0 };
	uint32_t low = side == SERVER
			       ? 0xc6336400 | (s->server + 10)
			       : 0x0a000000 | (s->id * UINT32_C(2654435761) >> 12 & 0xfff) << 4 |
					 (s->id & 15);

	if (s->v6) {
		memset(p, 0, 16);
		memcpy(p, prefix, sizeof(prefix));
		be32(p + 12, low);
	} else {
		be32(p, low);
	}
}

static size_t
link_header(const struct session *s, int side, uint8_t *p)
{
	size_t n = 12;

	memcpy(p, side == CLIENT ? "\x02\0\0\0\0\2\x02\0\0\0\0\1" : "\x02\0\0\0\0\1\x02\0\0\0\0\2",
	       12);
	if (s->vlan) {
		be16(p + n, 0x8100);
		be16(p + n + 2, 100 + s->server);
		n += 4;
	}
	be16(p + n, s->v6 ? 0x86dd : 0x0800);
	return n + 2;
}

static size_t
ip_header(const struct session *s, int side, uint8_t *p, size_t payload)
{
	size_t n = s->v6 ? 40 : 20;

	memset(p, 0, n);
	if (s->v6) {
		p[0] = 0x60;
		be16(p + 4, (uint32_t)payload);
		p[6] = 6;
		p[7] = 64;
		address(s, side, p + 8);
		address(s, !side, p + 24);
		return n;
	}
	p[0] = 0x45;
	be16(p + 2, (uint32_t)(n + payload));
	be16(p + 4, (uint32_t)packets);
	p[6] = 0x40;
	p[8] = 64;
	p[9] = 6;
	address(s, side, p + 12);
	address(s, !side, p + 16);
	be16(p + 10, folded(sum(0, p, n)));
	return n;
}

static size_t
tcp_header(const struct session *s, int side, uint8_t *p, unsigned flags)
{
	static const uint8_t syn_options[20] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0,
						 0, 0, 0, 0,	0, 0, 1, 3,  3, 7 };
	size_t n = flags & SYN ? 40 : 32;

	memset(p, 0, n);
	be16(p, side == CLIENT ? s->port : 25);
	be16(p + 2, side == CLIENT ? 25 : s->port);
	be32(p + 4, s->next[side]);
	be32(p + 8, flags & ACK ? s->next[!side] : 0);
	p[12] = (uint8_t)(n / 4 << 4);
	p[13] = (uint8_t)flags;
	be16(p + 14, 64240);
	if (flags & SYN) {
		memcpy(p + 20, syn_options, sizeof(syn_options));
		be32(p + 28, (uint32_t)(now_us / 1000));
		return n;
	}
	memcpy(p + 20, "\1\1\10\12", 4);
	be32(p + 24, (uint32_t)(now_us / 1000));
	be32(p + 28, (uint32_t)(now_us / 1000));
	return n;
}

static void
record(const uint8_t *frame, size_t len)
{
	uint32_t head[4] = { (uint32_t)(now_us / 1000000), (uint32_t)(now_us % 1000000),
			     (uint32_t)len, (uint32_t)len };

	if (fwrite(head, sizeof(head), 1, out) != 1 || fwrite(frame, len, 1, out) != 1)
		die("cannot write");
	packets++;
}

static void
emit(struct session *s, int side, unsigned flags, const char *bytes, size_t len)
{
	size_t tcp_len = (flags & SYN ? 40 : 32) + len, at, tcp;
	size_t addresses = s->v6 ? 32 : 8;
	uint8_t frame[FRAME_MAX];
	uint64_t total;

	at = link_header(s, side, frame);
	at += ip_header(s, side, frame + at, tcp_len);
	tcp = at;
	at += tcp_header(s, side, frame + at, flags);
	if (len > 0)
		memcpy(frame + at, bytes, len);
	total = sum(6 + tcp_len, frame + tcp - addresses, addresses);
	be16(frame + tcp + 16, folded(sum(total, frame + tcp, tcp_len)));
	s->next[side] += (uint32_t)len + ((flags & (SYN | FIN)) != 0);
	record(frame, at + len);
}

static void
data_step(struct session *s)
{
	const struct turn *t = &s->turns[s->turn];
	size_t mss = s->v6 ? MSS - 20 : MSS, left;

	if (s->at < t->begin)
		s->at = t->begin;
	if (s->unacked == 2) {
		s->unacked = 0;
		emit(s, !t->side, ACK, NULL, 0);
		return;
	}
	left = t->end - s->at;
	emit(s, t->side, left <= mss ? ACK | PSH : ACK, s->text + s->at, left < mss ? left : mss);
	s->at += left < mss ? left : mss;
	s->unacked++;
	if (s->at == t->end) {
		s->turn++;
		s->unacked = 0;
	}
}

/* One frame of this session. False: it was its last. */
static bool
step(struct session *s)
{
	if (s->opening < 3) {
		emit(s, s->opening == 1,
		     s->opening == 0   ? SYN
		     : s->opening == 1 ? SYN | ACK
				       : ACK,
		     NULL, 0);
		s->opening++;
		return true;
	}
	if (s->turn < s->turn_count) {
		data_step(s);
		return true;
	}
	emit(s, s->closing == 0 || s->closing == 2 ? SERVER : CLIENT,
	     s->closing < 2 ? FIN | ACK : ACK, NULL, 0);
	return ++s->closing < 3;
}

static void
run(uint64_t wanted)
{
	unsigned open = OPEN_SESSIONS, i;

	for (i = 0; i < OPEN_SESSIONS; i++)
		session_begin(&sessions[i]);
	while (open > 0) {
		unsigned frames = 1 + draw(3);

		i = draw(open);
		while (frames-- > 0) {
			now_us += 1 + draw(9);
			if (step(&sessions[i]))
				continue;
			if (packets < wanted) {
				session_begin(&sessions[i]);
			} else {
				struct session last = sessions[--open];

				sessions[open] = sessions[i];
				sessions[i] = last;
			}
			break;
		}
	}
}

int
main(int argc, char **argv)
{
	static const uint32_t magic[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1 };
	uint64_t wanted = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;

	if (argc < 2 || argc > 5)
		die("usage: gen-traffic FILE [PACKETS [SEED [short|mixed|large]]]");
	random_state =
		(argc > 3 ? strtoull(argv[3], NULL, 10) : 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	if (argc > 4)
		mix = argv[4];
	if (strcmp(mix, "short") != 0 && strcmp(mix, "mixed") != 0 && strcmp(mix, "large") != 0)
		die("the mix is short, mixed or large");
	texts_make();
	out = fopen(argv[1], "wb");
	if (out == NULL || fwrite(magic, sizeof(magic), 1, out) != 1)
		die("cannot write");
	run(wanted);
	if (fclose(out) != 0)
		die("cannot write");
	for (unsigned i = 0; i < OPEN_SESSIONS; i++)
		free(sessions[i].text);
	printf("%" PRIu64 " packets, %" PRIu32 " sessions\n", packets, sessions_begun());
	return 0;
}
