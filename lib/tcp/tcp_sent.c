/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes that went on and are not acknowledged (I2): a list of chunks without gaps.
 *
 *	tcp_release keeps what it lets go; tcp_window_ack frees what the receiver has; tcp_input
 *	overwrites whatever repeats these bytes, and zeroes what lies below them (I3).
 *
 * In a capture nobody waits for the ACK that the record lacks: the oldest chunk makes room for the
 * newest, and what repeats the lost bytes is zeroed like acknowledged ones.
 */
#include "tcp_internal.h"

static void
free_first(struct tcp_env *env, struct tcp_half *h)
{
	struct tcp_chunk *first = h->sent;

	h->sent = first->next;
	if (h->sent != NULL)
		h->sent->prev = first->prev;
	pool_put(env->chunks, first);
}

void
tcp_sent_free(struct tcp_env *env, struct tcp_half *h)
{
	uint64_t una = tcp_una(h);

	while (h->sent != NULL && h->sent->offset + h->sent->used <= una)
		free_first(env, h);
	if ((h->flags & TCP_EDITED) != 0 && (int32_t)((uint32_t)una - h->edit_high) >= 0)
		h->flags &= (uint8_t)~TCP_EDITED;
}

void
tcp_sent_free_all(struct tcp_env *env, struct tcp_half *h)
{
	while (h->sent != NULL)
		free_first(env, h);
}

static struct tcp_chunk *
new_chunk(struct tcp_env *env, struct tcp_half *h, uint64_t offset)
{
	struct tcp_chunk *c = pool_get(env->chunks);

	if (c == NULL && env->capture && h->sent != NULL) {
		free_first(env, h);
		c = pool_get(env->chunks);
	}
	if (c == NULL)
		return NULL;
	c->offset = offset;
	c->used = 0;
	c->next = NULL;
	c->prev = c;
	if (h->sent == NULL) {
		h->sent = c;
	} else {
		c->prev = h->sent->prev;
		c->prev->next = c;
		h->sent->prev = c;
	}
	return c;
}

uint64_t
tcp_sent_room(const struct tcp_env *env, const struct tcp_half *h)
{
	uint64_t kept = h->fwd - tcp_una(h);
	uint64_t room = (pool_count(env->chunks) - pool_used(env->chunks)) * TCP_CHUNK_BYTES;

	if (env->capture)
		return UINT64_MAX / 2;
	if (h->sent != NULL)
		room += TCP_CHUNK_BYTES - h->sent->prev->used;
	kept = kept < env->limits.retain_bytes ? env->limits.retain_bytes - kept : 0;
	return kept < room ? kept : room;
}

void
tcp_sent_keep(struct tcp_env *env, struct tcp_half *h, struct span bytes)
{
	uint64_t offset = h->fwd;

	if (h->acked > offset) { /* capture: the receiver is known to have them */
		tcp_sent_free_all(env, h);
		bytes = span_skip(bytes, (size_t)(h->acked - offset));
		offset = h->acked;
	}
	while (bytes.len > 0) {
		struct tcp_chunk *c = h->sent != NULL ? h->sent->prev : NULL;
		struct span part;

		if (env->capture && c != NULL &&
		    offset - h->sent->offset >= env->limits.retain_bytes) {
			free_first(env, h);
			continue;
		}
		if (c == NULL || c->used == TCP_CHUNK_BYTES)
			c = new_chunk(env, h, offset);
		if (c == NULL) /* capture, and other connections have them all */
			return;
		part = span_take(bytes, TCP_CHUNK_BYTES - c->used);
		memcpy(c->bytes + c->used, part.ptr, part.len);
		c->used += part.len;
		offset += part.len;
		bytes = span_skip(bytes, part.len);
	}
}

/* Bytes that the receiver has already: it will drop them, whatever they are. */
static void
zero_below(struct tcp_in *in, uint64_t limit)
{
	static const uint8_t zeros[256];
	/* Where the start was not seen, bytes before our first one are not known to be there. */
	int64_t from = (in->c->flags & TCP_LOOSE) != 0 && in->start < 0 ? 0 : in->start;
	int64_t to = in->end < (int64_t)limit ? in->end : (int64_t)limit;

	while (from < to) {
		size_t n = to - from < (int64_t)sizeof(zeros) ? (size_t)(to - from) : sizeof(zeros);

		net_edit_payload(in->p, (uint32_t)(from - in->start), span_of(zeros, n));
		in->env->notes |= TCP_NOTE_EDITED;
		from += (int64_t)n;
	}
}

bool
tcp_sent_known(struct tcp_in *in)
{
	struct tcp_half *h = in->h;
	uint64_t una = tcp_una(h);
	bool differs = false;

	if (in->start >= (int64_t)h->fwd)
		return false;
	for (struct tcp_chunk *c = h->sent; c != NULL; c = c->next)
		differs |= tcp_overwrite(in, c->offset, span_of(c->bytes, c->used));
	/* Opaque bytes are not kept: what repeats them is not ours to judge. */
	if (h->sent != NULL && h->sent->offset > una)
		una = h->sent->offset;
	else if (h->sent == NULL && (in->c->flags & TCP_PASSES) == 0)
		una = h->fwd;
	zero_below(in, una);
	return differs;
}
