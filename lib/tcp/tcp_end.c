/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a connection by our will: RSTs that each side must believe, a last reply, and giving
 * back what is held.
 *
 * A RST is believed only when it stands exactly at the receiver's next byte (RFC 5961 section 3).
 * That is fwd when all arrived, una when it was lost: where these differ, one is made for each.
 *
 * Called by the engine. Nothing that is made here is kept or repeated: a reply that is lost is made
 * again by calling tcp_end again (the sequence numbers stay); a side that still sends is told the
 * end again by a RST for its frame, which stands where that frame's sender expects it.
 */
#include "tcp_internal.h"

/* Segments that one ending makes at most, beside the reply's. */
#define END_SEGMENTS 4

struct ending {
	struct tcp_env *env;
	struct tcp_conn *c;
	const struct pkt *like;
	unsigned like_dir;
};

static struct net_segment *
make(const struct ending *e, unsigned to, uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct tcp_act *a = tcp_act_new(e->env, TCP_MAKE, to);

	a->segment = (struct net_segment){ .like = e->like,
					   .reverse = to != e->like_dir,
					   .seq = seq,
					   .ack = ack,
					   .flags = flags };
	return &a->segment;
}

/*
 * Nothing is known of this connection, or it has been ended and somebody missed it: the frame
 * itself says what its ends expect.
 */
static void
rst_from_like(const struct ending *e, unsigned to)
{
	const struct pkt *p = e->like;
	uint32_t len;

	/* Nobody's frame: only a way to write the link header. */
	if (p->flags == 0)
		return;
	len = p->payload_len + ((p->flags & NET_SYN) != 0) + ((p->flags & NET_FIN) != 0);

	if (to == e->like_dir)
		make(e, to, NET_RST | NET_ACK, p->seq, p->ack);
	else if ((p->flags & NET_ACK) != 0)
		make(e, to, NET_RST, p->ack, 0);
	else
		make(e, to, NET_RST | NET_ACK, 0, p->seq + len);
}

static void
rst(const struct ending *e, unsigned travels)
{
	const struct tcp_half *h = &e->c->half[travels];
	const struct tcp_half *o = &e->c->half[1 - travels];
	uint32_t ack = tcp_seq(o, o->next + ((o->flags & TCP_FIN_IN) != 0));

	if (e->c->state == TCP_NONE || (e->c->flags & TCP_WAS_ENDED) != 0) {
		rst_from_like(e, travels);
		return;
	}
	/* Before the SYN-ACK the client believes only its ACK (RFC 9293 section 3.10.7.3); the
	 * server may have answered meanwhile. */
	if (e->c->state == TCP_SYN_SENT && travels == 1) {
		make(e, 1, NET_RST | NET_ACK, 0, ack);
		return;
	}
	if (e->c->state == TCP_SYN_SENT) {
		make(e, 0, NET_RST, tcp_seq(h, 0), 0);
		return;
	}
	make(e, travels, NET_RST | NET_ACK, tcp_seq(h, tcp_seen_end(h)), ack);
	if (h->acked < tcp_seen_end(h))
		make(e, travels, NET_RST | NET_ACK, tcp_seq(h, tcp_una(h)), ack);
}

void
tcp_end_rst(struct tcp_env *env, struct tcp_conn *c, unsigned travels, const struct pkt *like,
	    unsigned like_dir)
{
	struct ending e = { env, c, like, like_dir };

	rst(&e, travels);
}

static size_t
reply_piece(const struct tcp_conn *c)
{
	size_t mss = c->half[0].mss < TCP_MSS_MIN ? TCP_MSS_MIN : c->half[0].mss;

	return (mss < TCP_MSS_DEFAULT ? mss : TCP_MSS_DEFAULT) - 12;
}

/* Reply and FIN to the client where the server's next byte would stand. */
static void
make_reply(const struct ending *e, struct span reply)
{
	struct tcp_conn *c = e->c;
	const struct tcp_half *client = &c->half[0], *server = &c->half[1];
	uint32_t seq = tcp_seq(server, server->fwd);
	/* The client's bytes were judged: it need not send them again. */
	uint32_t ack = tcp_seq(client, client->next + ((client->flags & TCP_FIN_IN) != 0));
	size_t options = tcp_opts_stamp(c, 1, e->env->options);

	do {
		struct span piece = span_take(reply, reply_piece(c));
		bool last = piece.len == reply.len;
		struct net_segment *s =
			make(e, 1, NET_ACK | NET_PSH | (last ? NET_FIN : 0), seq, ack);

		s->payload = piece;
		s->options = span_of(e->env->options, options);
		s->window = server->window;
		seq += (uint32_t)piece.len;
		reply = span_skip(reply, piece.len);
	} while (reply.len > 0);
}

/* A reply needs a client that has not been told the end already. */
static bool
can_reply(const struct tcp_conn *c)
{
	return (c->state == TCP_ESTABLISHED || c->state == TCP_CLOSING ||
		c->state == TCP_SYN_RECEIVED) &&
	       (c->half[1].flags & TCP_FIN_OUT) == 0;
}

bool
tcp_end(struct tcp_env *env, struct tcp_conn *c, enum tcp_ending how, struct span reply,
	const struct pkt *like, unsigned like_dir)
{
	struct ending e = { env, c, like, like_dir };
	size_t pieces = reply.len / reply_piece(c) + 1;
	bool replies =
		how == TCP_END_REPLY && can_reply(c) && END_SEGMENTS + pieces <= env->act_size;

	env->act_count = 0;
	for (unsigned dir = 0; dir < 2; dir++) {
		tcp_sent_free_all(env, &c->half[dir]);
		if (!tcp_release_give_up(env, c, dir, TCP_ENDED))
			return true;
	}
	if (env->act_count > 0 && env->act_size - env->act_count < END_SEGMENTS + pieces)
		return true;
	if (replies)
		make_reply(&e, reply);
	if (how == TCP_END_RST_BOTH || how == TCP_END_RST_CLIENT ||
	    (how == TCP_END_REPLY && !replies))
		rst(&e, 1);
	if (how == TCP_END_RST_BOTH || how == TCP_END_RST_SERVER ||
	    (how == TCP_END_REPLY && (c->flags & (TCP_SWALLOWS | TCP_WAS_ENDED)) == 0))
		rst(&e, 0); /* else the server knows */
	c->flags |= TCP_WAS_ENDED;
	return false;
}

bool
tcp_close(struct tcp_env *env, struct tcp_conn *c, enum tcp_reason reason)
{
	env->act_count = 0;
	for (unsigned dir = 0; dir < 2; dir++) {
		tcp_sent_free_all(env, &c->half[dir]);
		if (!tcp_release_give_up(env, c, dir, reason))
			return true;
	}
	return false;
}
