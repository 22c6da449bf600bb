/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The duplicate ACK that a receiver would send for out-of-order segments (RFC 5681 section 3.2,
 * RFC 2018 section 4). Those segments are held here, so the receiver cannot; without it every loss
 * before us would wait for the sender's timer. It says nothing that the receiver did not say: its
 * last ACK and window, and SACK blocks for what only we hold. Called by the engine.
 */
#include "tcp_internal.h"

#define SACK_BLOCKS 4 /* without timestamps; three with them */

struct block {
	uint64_t start, end;
	uint64_t newest; /* arrival of its latest segment */
};

/* Ranges behind the hole, by offset; those that find no place replace the oldest. How many. */
static size_t
find_blocks(const struct tcp_half *h, struct block *blocks, size_t size)
{
	struct block *b = NULL;
	size_t count = 0;

	for (const struct tcp_segment *s = h->held; s != NULL; s = s->next) {
		if (s->start <= h->next || s->end == s->start)
			continue;
		if (b == NULL || s->start > b->end) {
			b = &blocks[0];
			for (size_t i = 1; i < count; i++)
				if (blocks[i].newest < b->newest)
					b = &blocks[i];
			if (count < size)
				b = &blocks[count++];
			*b = (struct block){ s->start, s->end, 0 };
		}
		if (s->end > b->end)
			b->end = s->end;
		if (s->since_us > b->newest)
			b->newest = s->since_us;
	}
	return count;
}

/* The block of the segment that came last goes first (RFC 2018 section 4). */
static void
newest_first(struct block *blocks, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct block first = blocks[0];

		if (blocks[i].newest <= first.newest)
			continue;
		blocks[0] = blocks[i];
		blocks[i] = first;
	}
}

static size_t
put_sack(const struct tcp_half *h, uint8_t *out, size_t max_blocks)
{
	struct block blocks[SACK_BLOCKS];
	size_t count = find_blocks(h, blocks, max_blocks);

	newest_first(blocks, count);
	out[0] = out[1] = 1; /* NOP NOP aligns the blocks */
	out[2] = 5;
	out[3] = (uint8_t)(2 + 8 * count);
	for (size_t i = 0; i < count; i++) {
		uint32_t edges[2] = { tcp_seq(h, blocks[i].start), tcp_seq(h, blocks[i].end) };

		for (size_t k = 0; k < 8; k++)
			out[4 + 8 * i + k] = (uint8_t)(edges[k / 4] >> (24 - 8 * (k % 4)));
	}
	return count > 0 ? 4 + 8 * count : 0;
}

bool
tcp_dup_ack(struct tcp_env *env, struct tcp_conn *c, unsigned dir, const struct pkt *like)
{
	const struct tcp_half *h = &c->half[dir], *r = &c->half[1 - dir];
	size_t len;
	struct tcp_act *a;

	env->act_count = 0;
	if ((h->queued == 0 || tcp_lenient(env)) && (c->flags & TCP_SWALLOWS) == 0)
		return false;
	if ((c->flags & TCP_WAS_ENDED) != 0 ||
	    (c->state != TCP_ESTABLISHED && c->state != TCP_CLOSING))
		return false;
	len = tcp_opts_stamp(c, 1 - dir, env->options);
	if ((h->flags & r->flags & TCP_HAS_SACK) != 0)
		len += put_sack(h, env->options + len, len > 0 ? SACK_BLOCKS - 1 : SACK_BLOCKS);
	a = tcp_act_new(env, TCP_MAKE, 1 - dir);
	a->segment = (struct net_segment){ .like = like,
					   .reverse = true,
					   .flags = NET_ACK,
					   .seq = tcp_seq(r, tcp_seen_end(r)),
					   .ack = tcp_seq(h, tcp_una(h)),
					   .window = r->window,
					   .options = span_of(env->options, len) };
	return true;
}
