/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a made-up session says: gen_mail.c makes the words, gen_traffic.c the frames. All choices
 * come from one generator, draw(), so that the same seed gives the same bytes.
 */
#ifndef GEN_TRAFFIC_H
#define GEN_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TURNS 256
#define SERVERS 6

enum { CLIENT, SERVER };

/* What one side says before the other one speaks: bytes of session.text. */
struct turn {
	int side;
	size_t begin, end;
};

struct session {
	bool v6, vlan;
	uint32_t id, server;
	uint16_t port;
	uint32_t next[2]; /* sequence numbers */
	char *text;
	size_t len, size;
	struct turn turns[TURNS];
	unsigned turn_count, turn, unacked, opening, closing;
	size_t at;
};

/* gen_traffic.c */
extern const char *mix; /* short, mixed or large */
uint32_t draw(uint32_t below);
void die(const char *what) __attribute__((noreturn));

/* gen_mail.c: texts_make() first; a session that is begun again keeps its memory. */
void texts_make(void);
void session_begin(struct session *s);
uint32_t sessions_begun(void);

#endif
