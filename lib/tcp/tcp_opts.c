/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP options: what may pass, what is overwritten with NOPs, and what the rest of the library needs
 * to know of them (scale, MSS, SACK, timestamps).
 *
 * Kept: MSS, window scale and SACK-permitted on a SYN, SACK and timestamps. All else is cleared in
 * place: TCP Fast Open (34) and MP_CAPABLE (30) so that no data takes another way, unknown kinds
 * because nobody can say what they change. A SYN that asks for MD5 (19) or TCP-AO (29) is refused:
 * such a connection could be neither judged nor edited. Clearing never changes a length.
 */
#include "tcp_internal.h"

enum kind {
	KIND_END = 0,
	KIND_NOP = 1,
	KIND_MSS = 2,
	KIND_SCALE = 3,
	KIND_SACK_OK = 4,
	KIND_SACK = 5,
	KIND_STAMP = 8,
	KIND_MD5 = 19,
	KIND_AO = 29,
};
#define STAMP_LEN 10
/* NOP NOP TS 10: the only options of nearly every segment (RFC 7323 appendix A). */
static const uint8_t stamp_head[4] = { KIND_NOP, KIND_NOP, KIND_STAMP, STAMP_LEN };

static uint32_t
get32(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void
put32(uint8_t *b, uint32_t v)
{
	b[0] = (uint8_t)(v >> 24);
	b[1] = (uint8_t)(v >> 16);
	b[2] = (uint8_t)(v >> 8);
	b[3] = (uint8_t)v;
}

static void
clear(struct tcp_in *in, size_t off, size_t len)
{
	uint8_t nops[40];

	if (in->env->monitor)
		return;
	memset(nops, KIND_NOP, sizeof(nops));
	net_edit_tcp_options(in->p, (uint32_t)off, span_of(nops, len));
	in->env->notes |= TCP_NOTE_OPTION_CLEARED | TCP_NOTE_EDITED;
}

/* One option of a SYN. False: it may not pass. */
static bool
learn(struct tcp_half *h, const uint8_t *b, size_t len)
{
	switch (b[0]) {
	case KIND_MSS:
		if (len != 4)
			return false;
		h->mss = (uint16_t)(b[2] << 8 | b[3]);
		return true;
	case KIND_SCALE:
		if (len != 3)
			return false;
		/* Larger values mean 14 (RFC 7323 section 2.3). */
		h->scale = b[2] < TCP_SCALE_MAX ? b[2] : TCP_SCALE_MAX;
		h->flags |= TCP_HAS_SCALE;
		return true;
	case KIND_SACK_OK:
		if (len != 2)
			return false;
		h->flags |= TCP_HAS_SACK;
		return true;
	default:
		return false;
	}
}

static bool
may_pass(struct tcp_in *in, const uint8_t *b, size_t len)
{
	bool syn = (in->p->flags & NET_SYN) != 0;

	switch (b[0]) {
	case KIND_STAMP:
		/* A second one could be the one that the receiver believes. */
		if (len != STAMP_LEN || in->has_stamp)
			return false;
		in->has_stamp = true;
		in->stamp = get32(b + 2);
		return true;
	case KIND_SACK:
		return !syn && len >= 10 && (len - 2) % 8 == 0;
	default:
		return syn && learn(in->h, b, len);
	}
}

enum tcp_reason
tcp_opts_check(struct tcp_in *in)
{
	struct span o = pkt_tcp_options(in->p);
	bool syn = (in->p->flags & NET_SYN) != 0;
	size_t i = 0;

	if (o.len == 12 && !syn && memcmp(o.ptr, stamp_head, sizeof(stamp_head)) == 0) {
		in->has_stamp = true;
		in->stamp = get32(o.ptr + 4);
		return TCP_OK;
	}
	if (syn) {
		in->h->flags &= (uint8_t) ~(TCP_HAS_SCALE | TCP_HAS_SACK | TCP_HAS_STAMP);
		in->h->mss = 536; /* RFC 9293 section 3.7.1 */
	}
	while (i < o.len && o.ptr[i] != KIND_END) {
		size_t len;

		if (o.ptr[i] == KIND_NOP) {
			i++;
			continue;
		}
		len = i + 1 < o.len ? o.ptr[i + 1] : 0;
		if (len < 2 || len > o.len - i)
			return TCP_BAD_OPTIONS;
		if (syn && (o.ptr[i] == KIND_MD5 || o.ptr[i] == KIND_AO))
			return TCP_BAD_OPTIONS;
		if (!may_pass(in, o.ptr + i, len))
			clear(in, i, len);
		i += len;
	}
	if (syn && in->has_stamp)
		in->h->flags |= TCP_HAS_STAMP;
	return TCP_OK;
}

void
tcp_opts_note_stamp(struct tcp_half *h, uint32_t stamp)
{
	if (h->ts == 0 || (int32_t)(stamp - h->ts) > 0)
		h->ts = stamp;
}

/* Where the timestamp option of a checked frame stands, or -1. */
static int
find_stamp(struct span o)
{
	size_t i = 0;

	while (i + STAMP_LEN <= o.len && o.ptr[i] != KIND_END) {
		if (o.ptr[i] == KIND_STAMP)
			return (int)i;
		i += o.ptr[i] == KIND_NOP ? 1 : o.ptr[i + 1];
	}
	return -1;
}

bool
tcp_opts_raise_stamp(struct tcp_half *h, struct pkt *p)
{
	struct span o = pkt_tcp_options(p);
	int at = find_stamp(o);
	uint32_t stamp;
	uint8_t raised[4];

	if (at < 0)
		return false;
	stamp = get32(o.ptr + at + 2);
	if (h->ts == 0 || (int32_t)(h->ts - stamp) <= 0) {
		h->ts = stamp;
		return false;
	}
	put32(raised, h->ts);
	net_edit_tcp_options(p, (uint32_t)at + 2, span_of(raised, sizeof(raised)));
	return true;
}

size_t
tcp_opts_stamp(const struct tcp_conn *c, unsigned from, uint8_t *buf)
{
	if ((c->half[0].flags & c->half[1].flags & TCP_HAS_STAMP) == 0)
		return 0;
	memcpy(buf, stamp_head, sizeof(stamp_head));
	put32(buf + 4, c->half[from].ts);
	put32(buf + 8, c->half[1 - from].ts);
	return 12;
}
