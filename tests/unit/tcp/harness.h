/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One connection on a table: segments in by stream offset, what leaves is recorded and counted.
 *
 *	wire_open(&w, &setup); wire_handshake(&w);
 *	r = put(&w, CLIENT, 0, "EHLO x\r\n");		a segment at an offset
 *	flow(&w, CLIENT);				take all, mark all, release
 *	out_text(&w, 0)					payload of the first frame that left
 *	wire_close(&w);					asserts: every frame in left once, no memory
 *lost
 */
#ifndef TCP_HARNESS_H
#define TCP_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tcp.h"

enum { CLIENT, SERVER };

#define OUT_MAX 512
#define STREAM_MAX (1 << 16)

struct out { /* a frame that left */
	unsigned dir;
	bool made, edited;
	struct pkt pkt;
	uint8_t *bytes; /* its frame */
};

struct setup {
	uint32_t isn[2];
	bool capture, midstream, monitor, rewrite;
	struct tcp_limits limits;   /* zero: defaults */
	size_t segments, chunks;    /* pool sizes; zero: plenty */
	size_t act_size;	    /* zero: 64 */
	const char *syn_options[2]; /* hex; NULL: MSS 1460 */
};

struct wire {
	struct setup setup;
	struct tcp_env env;
	struct tcp_conn *c;
	struct tcp_act acts[64];
	struct pkt template;
	uint8_t template_bytes[64];
	uint32_t isn[2];
	uint64_t ack[2]; /* what each side acknowledges next */
	uint16_t window[2];
	struct span options; /* for the segments to come */
	uint64_t now;
	bool take_nothing; /* monitor: put does not give the bytes to inspection */
	struct out out[OUT_MAX];
	size_t out_count;
	size_t in, left, discarded;  /* frames */
	uint8_t seen[2][STREAM_MAX]; /* what inspection was given */
	uint64_t seen_len[2];
};

struct seg {
	unsigned dir;
	uint8_t flags;
	int64_t offset;	 /* of the first byte; -1: the SYN's place */
	int64_t ack;	 /* offset in the other direction */
	uint16_t window; /* 0 with no_window: really 0 */
	bool no_window;
	struct span payload, options;
};

void wire_open(struct wire *w, const struct setup *setup);
void wire_close(struct wire *w);
void wire_handshake(struct wire *w);

enum tcp_result put_seg(struct wire *w, const struct seg *s);
/* Data, a pure ACK, a FIN; acknowledging w->ack. */
enum tcp_result put(struct wire *w, unsigned dir, int64_t offset, const char *text);
enum tcp_result put_span(struct wire *w, unsigned dir, int64_t offset, struct span bytes);
enum tcp_result put_ack(struct wire *w, unsigned dir, int64_t offset, uint64_t ack);
enum tcp_result put_fin(struct wire *w, unsigned dir, int64_t offset, const char *text);
enum tcp_result put_rst(struct wire *w, unsigned dir, int64_t offset);

void take(struct wire *w, unsigned dir); /* give all in-order bytes to inspection */
void release(struct wire *w, unsigned dir);
void flow(struct wire *w, unsigned dir); /* take, mark what is taken, release */
/* tcp_end like a frame of direction like_dir: until it is done. */
void end(struct wire *w, enum tcp_ending how, const char *reply, unsigned like_dir);
void record_acts(struct wire *w); /* what env->acts holds leaves */

/* Frames that left, since the last out_clear. */
const char *out_text(const struct wire *w, size_t i); /* payload, terminated; "" beyond the end */
int64_t out_offset(const struct wire *w, size_t i);
int64_t out_ack(const struct wire *w, size_t i);
void out_clear(struct wire *w);
struct tcp_offsets offsets(const struct wire *w, unsigned dir);
/* Hex digits to bytes, in a buffer that lives until the next call but three. */
struct span hex(const char *digits);

#endif
