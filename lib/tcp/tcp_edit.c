/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Same-length edits of bytes that are held. The held frames themselves are changed; the copy that
 * is kept when they go (tcp_sent.c) is then the edited one, so that every repetition, however it is
 * cut, carries the edit too. Called by the engine between tcp_take and tcp_release.
 */
#include <errno.h>
#include "tcp_internal.h"

static void
edit_segment(struct tcp_segment *s, uint64_t offset, struct span bytes)
{
	uint64_t low = offset > s->start ? offset : s->start;
	uint64_t high = offset + bytes.len < s->end ? offset + bytes.len : s->end;
	uint32_t at;

	if (low >= high)
		return;
	at = (uint32_t)(s->bytes + (low - s->start) - (s->pkt.data + s->pkt.payload_off));
	s->edited = true;
	net_edit_payload(&s->pkt, at, span_of(bytes.ptr + (low - offset), high - low));
}

/* One range holds all edits that are not acknowledged: within it repetitions are not compared. */
static void
note_edit(struct tcp_half *h, uint32_t low, uint32_t high)
{
	if ((h->flags & TCP_EDITED) == 0) {
		h->edit_low = low;
		h->edit_high = high;
		h->flags |= TCP_EDITED;
		return;
	}
	if ((int32_t)(low - h->edit_low) < 0)
		h->edit_low = low;
	if ((int32_t)(high - h->edit_high) > 0)
		h->edit_high = high;
}

int
tcp_edit(struct tcp_env *env, struct tcp_conn *c, unsigned dir, uint64_t offset, struct span bytes)
{
	struct tcp_half *h = &c->half[dir];

	if (env->monitor || bytes.len == 0 || offset < h->fwd || offset > h->next ||
	    bytes.len > h->next - offset)
		return -EINVAL;
	for (struct tcp_segment *s = h->held; s != NULL && s->start < offset + bytes.len;
	     s = s->next)
		edit_segment(s, offset, bytes);
	note_edit(h, (uint32_t)offset, (uint32_t)(offset + bytes.len));
	return 0;
}
