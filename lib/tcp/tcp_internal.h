/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of lib/tcp share: the connection, its two halves, held frames, retained chunks.
 *
 * Nobody outside lib/tcp includes this (white-box tests do). Names: in a struct tcp_in, `h` is the
 * half whose sender sent the frame (its data travels with the frame), `o` the other half (its data
 * is what the frame acknowledges). Offsets: see tcp.h.
 */
#ifndef TCP_INTERNAL_H
#define TCP_INTERNAL_H

#ifndef POSTERN_LIB_TCP
#error "tcp_internal.h belongs to lib/tcp; use tcp.h"
#endif

#include "tcp.h"

/* The largest window there is (RFC 7323 section 2.3): what lies farther away is nonsense. */
#define TCP_WINDOW_MAX (65535u << 14)
#define TCP_SCALE_MAX 14
/* A held frame counts at least this much, so that tiny frames cannot make the lists long. */
#define TCP_HELD_MIN 256
/* A capture holds what did pass: nobody repeats what a cap refuses, so caps are this much wider. */
#define TCP_CAPTURE_SLACK 16
/* Segments made when the receiver's MSS is unknown (RFC 8200 section 5: 1280 always fits). */
#define TCP_MSS_DEFAULT 1220
#define TCP_MSS_MAX 1460 /* Ethernet, IPv4 */
#define TCP_MSS_MIN 88 /* a smaller one would make a split frame a flood (Linux: the same) */

struct tcp_segment { /* one held frame, or (monitor) a piece of one */
	struct tcp_segment *prev, *next; /* by start; the first's prev is the last */
	uint64_t start, end;		 /* offsets of the bytes not yet let go */
	uint8_t *bytes;			 /* of start */
	uint64_t since_us;		 /* arrival */
	void *chunk;			 /* monitor: the chunk that bytes lie in */
	bool fin;			 /* FIN behind end */
	bool resend;			 /* repeats bytes that went on: they go again */
	bool edited;			 /* the frame is not as it came */
	bool passing;			 /* monitor: bytes lie in the frame that is passing now */
	struct pkt pkt;
};

#define TCP_CHUNK_BYTES (TCP_CHUNK - 32)

struct tcp_chunk { /* retained bytes [offset, offset + used) */
	struct tcp_chunk *prev, *next; /* by offset, without gaps; the first's prev is the last */
	uint64_t offset;
	uint64_t used;
	uint8_t bytes[TCP_CHUNK_BYTES];
};
_Static_assert(sizeof(struct tcp_chunk) == TCP_CHUNK, "a chunk is a pool object");

enum tcp_half_flag {
	TCP_STARTED = 1,    /* isn is known */
	TCP_FIN_IN = 2,	    /* FIN taken in order: it stands at offset next */
	TCP_FIN_OUT = 4,    /* ... and the receiver may have seen it */
	TCP_HAS_SCALE = 8,  /* options of this side's SYN */
	TCP_HAS_SACK = 16,
	TCP_HAS_STAMP = 32, /* ts is a value seen */
	TCP_EDITED = 64,    /* [edit_low, edit_high) holds edits that are not acknowledged yet */
	TCP_DID_RESET = 128, /* this side sent the RST */
};

struct tcp_half { /* what one side sent, and what it said of the other's data */
	uint64_t acked; /* receiver's highest ACK; above fwd only in a capture; counts the FIN */
	uint64_t fwd, mark, taken, next;
	struct tcp_segment *held;
	struct tcp_chunk *sent;
	uint32_t isn;
	uint32_t edge;		      /* sequence number: right edge granted by the receiver */
	uint32_t ts;		      /* highest TSval that went on */
	uint32_t edit_low, edit_high; /* low halves of offsets */
	uint32_t held_bytes;	      /* of frames, see TCP_HELD_MIN */
	uint16_t window;	      /* last window field that this side sent on */
	uint16_t mss;		      /* this side's announcement */
	uint16_t queued;	      /* held segments that were out of order when they came */
	uint8_t scale;
	uint8_t flags;
	uint8_t seen;
};

enum tcp_conn_flag {
	TCP_PASSES = 1, /* tcp_pass_all */
	TCP_WAS_ENDED = 2,
	TCP_SWALLOWS = 8, /* tcp_swallow */
	TCP_LOOSE = 4, /* start not seen: no scale known, windows are not checked */
};

struct tcp_conn {
	struct tcp_half half[2];
	uint8_t state;
	uint8_t flags;
};

struct tcp_in { /* one frame on its way through tcp_input */
	struct tcp_env *env;
	struct tcp_conn *c;
	struct tcp_half *h, *o;
	struct pkt *p;
	unsigned dir;
	uint64_t now_us;
	int64_t start, end; /* offsets of the payload; negative: before the first byte */
	bool fin;
	bool ack_moved; /* it acknowledged something new */
	bool has_stamp;
	uint32_t stamp; /* TSval */
};

/* Edits and refusals stop at nothing in a record of what passed, or when only looking on. */
static inline bool
tcp_lenient(const struct tcp_env *env)
{
	return env->capture || env->monitor;
}

static inline uint64_t
tcp_una(const struct tcp_half *h)
{
	return h->acked < h->fwd ? h->acked : h->fwd;
}

static inline uint32_t
tcp_seq(const struct tcp_half *h, uint64_t offset)
{
	return h->isn + 1 + (uint32_t)offset;
}

/* Sequence number to offset, the one nearest to next (serial arithmetic, RFC 9293 section 3.4). */
static inline int64_t
tcp_offset(const struct tcp_half *h, uint32_t seq)
{
	return (int64_t)h->next + (int32_t)(seq - tcp_seq(h, h->next));
}

/* What the receiver expects next when it has all that went on: behind the FIN once that went. */
static inline uint64_t
tcp_seen_end(const struct tcp_half *h)
{
	return h->fwd + ((h->flags & TCP_FIN_OUT) != 0);
}

static inline enum tcp_result
tcp_drop(struct tcp_env *env, enum tcp_reason reason)
{
	env->reason = reason;
	return TCP_DROP;
}

/* tcp_state.c: what to do with an event in a state. */
enum tcp_event {
	TCP_EV_SYN_CLIENT, TCP_EV_SYN_SERVER, TCP_EV_ANSWER_CLIENT, TCP_EV_ANSWER_SERVER,
	TCP_EV_RST_CLIENT, TCP_EV_RST_SERVER, TCP_EV_SEGMENT_CLIENT, TCP_EV_SEGMENT_SERVER,
	TCP_EVENTS
};
enum tcp_step {
	TCP_STEP_REFUSE,  /* drop with the cell's reason */
	TCP_STEP_OPEN,	  /* client's SYN, first or with another ISN */
	TCP_STEP_ANSWER,  /* server's SYN-ACK */
	TCP_STEP_AGAIN,	  /* SYN or SYN-ACK repeated */
	TCP_STEP_KNOCK,	  /* SYN on a live connection */
	TCP_STEP_PICK_UP, /* no start seen */
	TCP_STEP_UNANSWERED, /* a segment where the SYN-ACK should come */
	TCP_STEP_CONFIRM, /* third part of the handshake */
	TCP_STEP_SEGMENT,
	TCP_STEP_REFUSED, /* RST before the handshake was complete */
	TCP_STEP_RESET,
	TCP_STEP_LATE,	  /* after a RST */
	TCP_STEP_REUSE,
	TCP_STEPS
};
struct tcp_cell {
	uint8_t step;
	uint8_t reason; /* enum tcp_reason, for TCP_STEP_REFUSE */
};
struct tcp_cell tcp_state_cell(enum tcp_state s, enum tcp_event e);
void tcp_state_update(struct tcp_conn *c); /* after a FIN or its ACK */

/* tcp_opts.c: clears what may not pass, learns what the halves need. */
enum tcp_reason tcp_opts_check(struct tcp_in *in);
/* Raise the frame's TSval to what already went on (RFC 7323 section 5: PAWS). True when edited. */
bool tcp_opts_raise_stamp(struct tcp_half *h, struct pkt *p);
void tcp_opts_note_stamp(struct tcp_half *h, uint32_t stamp);
/* TS option for a made segment from h's side; 0 or 12 bytes into buf. */
size_t tcp_opts_stamp(const struct tcp_conn *c, unsigned from, uint8_t *buf);

/* tcp_window.c */
enum tcp_reason tcp_window_check(const struct tcp_in *in);
enum tcp_reason tcp_window_ack(struct tcp_in *in);
uint32_t tcp_window_hold_limit(const struct tcp_env *env); /* bytes held, a direction */

/* tcp_queue.c */
enum tcp_result tcp_queue_add(struct tcp_in *in, bool resend);
void tcp_queue_watch(struct tcp_in *in);
void tcp_queue_forget_passing(struct tcp_env *env, struct tcp_conn *c);
/* Monitor: copy what inspection has not taken of the passing frame. */
void tcp_queue_keep_passing(struct tcp_env *env, struct tcp_half *h);
/* Take out of the list and give the record back. */
void tcp_queue_remove(struct tcp_env *env, struct tcp_half *h, struct tcp_segment *s);
/* Overwrite the frame with what is held already. True when it differed. */
bool tcp_queue_known(struct tcp_in *in);
/* Overwrite [from, from + bytes.len) of the frame where it differs. True when it did. */
bool tcp_overwrite(struct tcp_in *in, uint64_t from, struct span bytes);

/* tcp_sent.c */
/* How many bytes may be kept beyond fwd now. */
uint64_t tcp_sent_room(const struct tcp_env *env, const struct tcp_half *h);
/* Keep bytes at h->fwd, tcp_sent_room at most. */
void tcp_sent_keep(struct tcp_env *env, struct tcp_half *h, struct span bytes);
void tcp_sent_free(struct tcp_env *env, struct tcp_half *h); /* what is acknowledged */
void tcp_sent_free_all(struct tcp_env *env, struct tcp_half *h);
bool tcp_sent_known(struct tcp_in *in);

/* tcp_release.c */
/* Everything held in a direction comes out as DISCARD. False when acts are full. */
bool tcp_release_give_up(struct tcp_env *env, struct tcp_conn *c, unsigned dir,
			 enum tcp_reason reason);
struct tcp_act *tcp_act_new(struct tcp_env *env, enum tcp_act_kind kind, unsigned dir);
/* The frame leaves the list as an act. */
struct tcp_act *tcp_act_leave(struct tcp_env *env, struct tcp_half *h, struct tcp_segment *s,
			      enum tcp_act_kind kind, unsigned dir, enum tcp_reason reason);

/* tcp_swallow.c */
bool tcp_swallow_release(struct tcp_env *env, struct tcp_conn *c);

/* tcp_end.c: one or two RSTs, see there. Room for two acts is the caller's matter. */
void tcp_end_rst(struct tcp_env *env, struct tcp_conn *c, unsigned travels, const struct pkt *like,
		 unsigned like_dir);

#endif
