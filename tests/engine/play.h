/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dialogues through an engine, whole and byte by byte: what reaches the server, which oddities are
 * told. In: a table of cases; out: failed assertions that name the case. Used by the evasion tests.
 *
 * Whole: turns of one side that follow each other are one segment. Byte by byte: every byte is a
 * segment of its own. Both must tell the same events; byte by byte exactly the turns before the
 * stop reach the server, whole no more than these (a condemned frame is dropped whole).
 */
#ifndef PLAY_H
#define PLAY_H

#include "wire.h"

struct turn {
	enum wire_side from;
	struct span bytes;
};

#define C(text)                                                                                    \
	{                                                                                          \
		WIRE_CLIENT,                                                                       \
		{                                                                                  \
			(const uint8_t *)(text), sizeof(text) - 1                                  \
		}                                                                                  \
	}
#define S(text)                                                                                    \
	{                                                                                          \
		WIRE_SERVER,                                                                       \
		{                                                                                  \
			(const uint8_t *)(text), sizeof(text) - 1                                  \
		}                                                                                  \
	}
#define TURNS_MAX 16

enum play_begin { AT_CONNECT, AT_HELO, AT_RCPT, AT_BODY }; /* what was said before the turns */
enum play_profile { PLAY_DEFAULT, PLAY_STRICT, PLAY_PROFILES };

#define NEVER -1
#define BOTH(x)                                                                                    \
	{                                                                                          \
		x, x                                                                               \
	}

struct play_case {
	const char *id;
	enum play_begin begin;
	struct turn turns[TURNS_MAX];
	int stop[PLAY_PROFILES]; /* turn from which on nothing reaches the server, NEVER: all does
				  */
	const char *
		odd[PLAY_PROFILES]; /* names of oddities told, in order, with a blank behind each */
	int messages;		    /* ends of data let through in the default profile */
	bool waits;		    /* in line the client is held: a record tells other events */
};

/* Opens engines of each profile under these rules; asserts. */
void play_open(const char *rules);
void play_close(void);
/* All ways, all profiles; fails the test at the first difference. */
void play_case(const struct play_case *c);
/* One way; what the server got after the beginning is in play_wire()'s got[], from play_before on.
 */
struct wire *play_run(const struct play_case *c, enum play_profile profile, bool bytes);
/* Rules that let everything pass. */
extern const char play_accept_all[];
/* The dialogue's oddities (not MIME's) told since the last run began, with a blank behind each. */
const char *play_oddities(const struct wire *w);
void play_say(struct wire *w, enum wire_side from, struct span bytes, bool single);
void play_begin(struct wire *w, enum play_begin begin);
/* Is the text anywhere in what the server got? */
bool play_server_saw(const struct wire *w, const char *text);

#endif
