/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One TCP connection seen from the middle: which segments may pass, which bytes come next, what is
 * held until its verdict (RFC 9293, 7323, 2018, 5961; invariants I1-I10 in docs/packet-path.md).
 *
 * The connection is a table entry of the engine's; this library never sees a flow table, a clock or
 * a rule. Direction 0 is client to server (the client sent the SYN), 1 server to client.
 *
 *	r = tcp_input(env, c, dir, pkt, now);		one segment
 *	    TCP_PASS	nothing in it waits: send it now (frame may have been edited in place)
 *	    TCP_KEEP	the frame is held (in order or not); it will come out of tcp_release
 *	    TCP_DROP	reason in env->reason; the frame is the caller's again
 *	while (tcp_peek(c, dir, &bytes))		in-order bytes not yet taken by inspection
 *		tcp_take(c, dir, n);
 *	tcp_mark(c, dir, offset);			the receiver may see bytes below this offset
 *	tcp_release(env, c, dir);			what that lets go comes as acts, in order
 *
 * Offsets are 64-bit stream offsets of a direction, 0 for the first byte after the SYN.
 *
 *	           una          fwd        mark      taken         next
 *	   acked   |  retained   |  free    |  held   |  held, not  |  out-of-order queue
 *	-----------+-------------+----------+---------+--inspected--+---------------------->
 *
 * I1  a byte goes on once, in order, after the mark passed it.
 * I2  bytes in [una, fwd) are kept; whatever repeats them is overwritten with them in place.
 * I3  bytes below una are zeroed in place and passed, so that a lost ACK is asked for again.
 * I4  una moves only by the receiver's ACKs, never above fwd. An ACK above fwd is dropped (unless
 *     env->capture: there the receiver did see the bytes; una stays clamped to fwd).
 * I5  a frame that was partly let go is continued, never repeated: its first part leaves as a made
 *     segment, the rest as the frame itself, trimmed.
 * I6  payload lengths never change; I7 every hold has a cap with a name; I10 nothing depends on
 *     how the bytes were cut.
 *
 * Memory: retained bytes and held-segment records come from pools in env. Every frame handed in
 * leaves exactly once: PASS, DROP, or later as an act of tcp_release/tcp_end. One owner, no lock.
 */
#ifndef TCP_H
#define TCP_H

#include "net.h"
#include "pool.h"

enum tcp_result { TCP_PASS, TCP_KEEP, TCP_DROP };

enum tcp_reason { /* why TCP_DROP; the engine maps them to stats */
	TCP_OK,
	TCP_BAD_FLAGS, TCP_BAD_STATE, TCP_BAD_WINDOW, TCP_BAD_ACK, TCP_BAD_RST, TCP_BAD_OPTIONS,
	TCP_OVERLAP,	 /* repeats bytes differently: the caller should end the connection */
	TCP_QUEUE_FULL, TCP_DUPLICATE, TCP_AFTER_FIN, TCP_ENDED, TCP_MIDSTREAM, TCP_MEMORY,
	TCP_SHUTDOWN,	 /* the program ends: for tcp_close */
	TCP_REASONS
};

/* What happened beside the result; bits, for counters and events. */
enum tcp_note {
	TCP_NOTE_SYN = 1, TCP_NOTE_SYNACK = 2, TCP_NOTE_ESTABLISHED = 4, TCP_NOTE_RST = 8,
	TCP_NOTE_FIN = 16,	      /* a FIN was taken in order */
	TCP_NOTE_OUT_OF_ORDER = 32, TCP_NOTE_RETRANSMIT = 64, TCP_NOTE_DIFFERS = 128,
	TCP_NOTE_OPTION_CLEARED = 256, TCP_NOTE_URGENT_CLEARED = 512, TCP_NOTE_EDITED = 1024,
	TCP_NOTE_DATA = 2048,	      /* new in-order bytes are there: tcp_peek */
	TCP_NOTE_CLOSED = 4096,	      /* the connection is over in both directions */
	TCP_NOTE_REUSED = 8192,	      /* a SYN on a closed connection: forget it (tcp_close) and
				       * hand the SYN in again */
};

enum tcp_state { /* joint state */
	TCP_NONE, TCP_SYN_SENT, TCP_SYN_RECEIVED, TCP_ESTABLISHED, TCP_CLOSING, /* a FIN was seen */
	TCP_CLOSED, TCP_RESET, TCP_STATES
};

enum tcp_act_kind {
	TCP_SEND,  /* a frame handed in earlier: send it (pkt: perhaps trimmed or edited) */
	TCP_DISCARD, /* a frame handed in earlier whose bytes all left in made segments, or that is
		    * given up: drop it (reason) */
	TCP_MAKE,  /* a segment to be made: segment */
};

struct tcp_act {
	enum tcp_act_kind kind;
	uint8_t dir;		/* the way it travels: 0 to the server */
	uint8_t reason;		/* enum tcp_reason for DISCARD, TCP_OK: consumed */
	bool edited;
	bool part;		/* MAKE: of a held frame's bytes, whose rest is still held */
	struct pkt pkt;		/* SEND, DISCARD */
	struct net_segment segment; /* MAKE; spans valid until the next call with this env */
};

struct tcp_limits {
	uint32_t hold_bytes;	/* bytes of frames held in one connection [262144]; each direction
				 * has its half, out-of-order frames half of that */
	uint16_t queue_count;	/* out-of-order segments of a direction [64] */
	uint32_t retain_bytes;	/* unacknowledged bytes kept, a direction [1 MiB]; the advertised
				 * window is lowered so that they suffice (never shrinking an
				 * edge already given) */
};

/* What all connections of a worker share. */
struct tcp_env {
	struct tcp_limits limits;
	struct pool *segments;	/* of tcp_segment_size() bytes: held frames */
	struct pool *chunks;	/* of TCP_CHUNK bytes: retained bytes; in monitor mode copies of
				 * out-of-order bytes */
	bool capture;		/* the frames are a record of what did pass: see I4; RST and window
				 * checks are lenient */
	bool midstream;		/* take up connections whose start was not seen */
	bool monitor;		/* touch nothing: never edit, never hold; bytes are still put in
				 * order. They lie in the passing frame: call tcp_release before
				 * that goes, it keeps a copy of what is not taken yet */
	bool rewrite_overlaps;	/* bytes repeated differently are overwritten and pass with
				 * TCP_NOTE_DIFFERS instead of TCP_DROP, TCP_OVERLAP */
	/* out: */
	enum tcp_reason reason;
	unsigned notes;		/* enum tcp_note of the last tcp_input */
	struct tcp_act *acts;	/* room for act_size acts (TCP_ACTS_MIN at least), the caller's */
	size_t act_count, act_size; /* tcp_release stops when full: take them and call again */
	uint64_t held_bytes;	/* frames held now, all connections */
	uint8_t options[40];	/* of segments made: tcp_end, tcp_dup_ack */
};

#define TCP_ACTS_MIN 16

#define TCP_CHUNK 2048

struct tcp_conn; /* opaque; tcp_conn_size() bytes inside the caller's session, zeroed = new */

size_t tcp_conn_size(void);
size_t tcp_segment_size(void);

/*
 * One segment of direction dir (the caller knows it: the sender of the first SYN is the client).
 * Edits the frame in place where needed (unless env->monitor).
 */
enum tcp_result tcp_input(struct tcp_env *env, struct tcp_conn *c, unsigned dir, struct pkt *p,
			  uint64_t now_us);

/*
 * In-order bytes not yet taken, as far as they lie in one piece; *offset of the first. False: none.
 * They lie in the held frame: valid until tcp_edit, tcp_release or the next tcp_input.
 */
bool tcp_peek(struct tcp_conn *c, unsigned dir, struct span *bytes, uint64_t *offset);
void tcp_take(struct tcp_conn *c, unsigned dir, size_t count);
/* The sender's FIN comes right behind the bytes taken so far. */
bool tcp_at_fin(const struct tcp_conn *c, unsigned dir);

/* Bytes below offset may be seen by the receiver (never moves back), once they are taken. */
void tcp_mark(struct tcp_conn *c, unsigned dir, uint64_t offset);
/* Let everything pass from now on, seen or not (opaque: TLS, other protocols): nothing is held. */
void tcp_pass_all(struct tcp_conn *c);
/*
 * Overwrite bytes that are held and not yet let go (same length edits). They are edited in the held
 * frames and kept so until acknowledged. -EINVAL when [offset, offset + len) is not wholly held.
 */
int tcp_edit(struct tcp_env *env, struct tcp_conn *c, unsigned dir, uint64_t offset,
	     struct span bytes);

/*
 * Does what is held of dir wait for bytes that can never come? It was all inspected, none of it may
 * go, and it fills the window: the receiver has acknowledged what went on. refused: a segment that
 * was dropped as TCP_QUEUE_FULL, where no window but the cap is full. Not asked in monitor mode and
 * of captures.
 */
bool tcp_stuck(const struct tcp_conn *c, unsigned dir, const struct pkt *refused);

/* Acts for what may go now. Returns true when env->acts was too small: call again. */
bool tcp_release(struct tcp_env *env, struct tcp_conn *c, unsigned dir);

enum tcp_ending {
	TCP_END_SILENT,	    /* give up all that is held; further segments are TCP_ENDED */
	TCP_END_RST_BOTH,   /* ... and a RST to each side, exact for each */
	TCP_END_RST_CLIENT, TCP_END_RST_SERVER,
	TCP_END_REPLY,	    /* reply bytes and FIN to the client in the server's sequence, RST to
			     * the server */
};
/*
 * like: any frame of this connection (for the link header), like_dir its direction. On a connection
 * that has been ended already: a lost reply is made again, and a RST answers the late frame like.
 * A reply that act_size has no room for (act_size - 5 segments) becomes a RST.
 */
bool tcp_end(struct tcp_env *env, struct tcp_conn *c, enum tcp_ending how, struct span reply,
	     const struct pkt *like, unsigned like_dir);
/*
 * Refusal in mid-body: the server is told the end now (RST), the client later. What the client
 * still sends is given to inspection as before, acknowledged by made ACKs and discarded (by
 * tcp_release of direction 0), until tcp_end with TCP_END_REPLY answers it. Nothing passes any
 * more: TCP_ENDED; a repeated segment is TCP_DUPLICATE and wants a tcp_dup_ack. Acts; call again
 * while true.
 */
bool tcp_swallow(struct tcp_env *env, struct tcp_conn *c, const struct pkt *like,
		 unsigned like_dir);
/* Give everything back: acts DISCARD for held frames (reason). Call before forgetting c. */
bool tcp_close(struct tcp_env *env, struct tcp_conn *c, enum tcp_reason reason);

enum tcp_state tcp_state(const struct tcp_conn *c);
/* Stream offsets of a direction. */
struct tcp_offsets {
	uint64_t una, fwd, mark, taken, next;
};
void tcp_offsets(const struct tcp_conn *c, unsigned dir, struct tcp_offsets *o);
/* True when frames are held; *since_us the arrival of the oldest. */
bool tcp_holding(const struct tcp_conn *c, uint64_t *since_us);
/* Its start was not seen: taken up in its middle. */
bool tcp_picked_up(const struct tcp_conn *c);
/* Flags seen, or-ed, per direction (for flow events). */
uint8_t tcp_flags_seen(const struct tcp_conn *c, unsigned dir);
/*
 * Duplicate acknowledgement with SACK for held out-of-order data of dir, as the receiver would send
 * it: one act. To be asked after TCP_NOTE_OUT_OF_ORDER, and for TCP_DUPLICATE after tcp_swallow.
 * like: a frame of direction dir. False: nothing to say.
 */
bool tcp_dup_ack(struct tcp_env *env, struct tcp_conn *c, unsigned dir, const struct pkt *like);

const char *tcp_state_name(enum tcp_state s);

#endif
