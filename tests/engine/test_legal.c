/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whatever is legal passes, byte for byte, both ways: random sessions (groups of commands sent
 *ahead as RFC 2920 allows, DATA and BDAT, refusals, RSET, NOOP, AUTH, STARTTLS, several mails), cut
 *at random, some segments swapped or doubled, replies at random times. A client that keeps to the
 * rules and a server that answers what it got can never come to a stop.
 *
 *	test_legal [SESSIONS [SEED]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

#define STREAM_MAX 65536
#define STEPS_MAX 512

enum { RECORD = PLAY_PROFILES, ENGINES }; /* ... and one that reads a record */

/* One thing that the client says, and the answer to it. */
struct step {
	size_t said, answered; /* ends in the streams */
	bool sync;	       /* the client waits for this answer before it goes on */
};

struct talk {
	uint8_t bytes[2][STREAM_MAX];
	size_t len[2];
	struct step step[STEPS_MAX];
	size_t steps;
	bool pipelining, chunking, tls;
	uint64_t commands, replies, messages; /* what an observer must count */
};

static uint64_t random_state;

static unsigned
draw(unsigned below)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(random_state >> 33) % below;
}

static void
put(struct talk *t, enum wire_side side, const char *text)
{
	size_t n = strlen(text);

	memcpy(t->bytes[side] + t->len[side], text, n);
	t->len[side] += n;
}

/* What was put so far is one step. */
static void
end_step(struct talk *t, bool sync)
{
	t->replies++;
	t->step[t->steps++] = (struct step){ t->len[WIRE_CLIENT], t->len[WIRE_SERVER], sync };
}

static void
put_reply(struct talk *t, unsigned code)
{
	char line[64];

	for (unsigned more = draw(6) == 0 ? draw(4) : 0; more > 0; more--) {
		snprintf(line, sizeof(line), "%u-line %u\r\n", code, more);
		put(t, WIRE_SERVER, line);
	}
	snprintf(line, sizeof(line), draw(8) == 0 ? "%u\r\n" : "%u 2.0.0 some words\r\n", code);
	put(t, WIRE_SERVER, line);
}

static void
command(struct talk *t, const char *line, unsigned code, bool last)
{
	put(t, WIRE_CLIENT, line);
	put(t, WIRE_CLIENT, "\r\n");
	t->commands++;
	put_reply(t, code);
	end_step(t, last || !t->pipelining || draw(4) == 0);
}

/* Text in lines; dots: those at the begin of a line are doubled. */
static size_t
text(uint8_t *out, size_t room, bool dots)
{
	static const char *const lines[] = {
		"Subject: hello",
		"",
		".",
		"..",
		".x",
		"QUIT",
		"MAIL FROM:<x@y>",
		"250 ok",
		"a line of words",
		"\xc3\xa9t\xc3\xa9",
		"BDAT 5 LAST",
		"--boundary",
		"Content-Type: multipart/mixed; boundary=boundary",
		"a longer line that goes on for a while, so that now and then a cut falls into it",
	};
	size_t len = 0;

	for (unsigned n = draw(20); n > 0 && len + 128 < room; n--) {
		const char *line = lines[draw(sizeof(lines) / sizeof(lines[0]))];

		if (dots && line[0] == '.')
			out[len++] = '.';
		memcpy(out + len, line, strlen(line));
		len += strlen(line);
		memcpy(out + len, "\r\n", 2);
		len += 2;
	}
	return len;
}

static void
body_by_data(struct talk *t, bool taken)
{
	command(t, "DATA", taken ? 354 : 554, true);
	if (!taken)
		return;
	t->len[WIRE_CLIENT] += text(t->bytes[WIRE_CLIENT] + t->len[WIRE_CLIENT], 2048, true);
	put(t, WIRE_CLIENT, ".\r\n");
	t->messages++;
	put_reply(t, draw(5) == 0 ? 554 : 250);
	end_step(t, !t->pipelining || draw(2) == 0);
}

static void
body_by_chunks(struct talk *t)
{
	uint8_t all[2048];
	size_t left = text(all, sizeof(all), false), at = 0;
	bool last;

	do {
		size_t n = draw(3) == 0 ? left : draw((unsigned)left + 1);
		char line[64];

		last = n == left && draw(2) == 0;
		snprintf(line, sizeof(line), "BDAT %zu%s\r\n", n, last ? " LAST" : "");
		put(t, WIRE_CLIENT, line);
		memcpy(t->bytes[WIRE_CLIENT] + t->len[WIRE_CLIENT], all + at, n);
		t->len[WIRE_CLIENT] += n;
		at += n;
		left -= n;
		t->commands++;
		put_reply(t, 250);
		end_step(t, !t->pipelining || draw(3) == 0);
	} while (!last);
	t->messages++;
}

static void
mail(struct talk *t)
{
	bool sender = draw(10) != 0, taken = false;
	char line[128];

	snprintf(line, sizeof(line), "MAIL FROM:<a%u@b.example>%s", draw(100),
		 draw(2) ? " SIZE=1000" : "");
	command(t, line, sender ? 250 : 550, false);
	for (unsigned n = 1 + draw(draw(8) == 0 ? 40 : 3); n > 0; n--) {
		bool yes = sender && draw(5) != 0;

		snprintf(line, sizeof(line), "RCPT TO:<c%u@d.example>", draw(100));
		command(t, line, yes ? 250 : sender ? 550 : 503, false);
		taken |= yes;
	}
	if (draw(8) == 0)
		return command(t, "RSET", 250, false);
	if (t->chunking && taken && draw(2) == 0) /* else the chunk is out of place */
		body_by_chunks(t);
	else
		body_by_data(t, taken);
	if (!taken || draw(4) == 0) /* else the old envelope stands */
		command(t, "RSET", 250, false);
}

static void
hello(struct talk *t)
{
	bool esmtp = draw(5) != 0;

	t->pipelining = t->chunking = false;
	t->commands++;
	put(t, WIRE_CLIENT, esmtp ? "EHLO client.example\r\n" : "HELO client.example\r\n");
	if (!esmtp) {
		put(t, WIRE_SERVER, "250 mx.example\r\n");
		return end_step(t, true);
	}
	t->pipelining = draw(4) != 0;
	t->chunking = draw(2) == 0;
	put(t, WIRE_SERVER,
	    "250-mx.example\r\n250-SIZE 1000000\r\n250-AUTH PLAIN LOGIN\r\n250-STARTTLS\r\n");
	if (t->pipelining)
		put(t, WIRE_SERVER, "250-PIPELINING\r\n");
	if (t->chunking)
		put(t, WIRE_SERVER, "250-CHUNKING\r\n");
	put(t, WIRE_SERVER, "250 8BITMIME\r\n");
	end_step(t, true);
}

static void
authenticate(struct talk *t)
{
	bool yes = draw(3) != 0;

	if (draw(2) == 0)
		return command(t, "AUTH PLAIN AGEAYg==", yes ? 235 : 535, true);
	command(t, "AUTH LOGIN", 334, true);
	if (draw(4) == 0)
		return command(t, "*", 501, true);
	command(t, "REFUQQ==", 334, true);
	command(t, "UVVJVA==", yes ? 235 : 535, true);
}

/* Records that nobody can read. */
static void
start_tls(struct talk *t)
{
	bool yes = draw(3) != 0;

	command(t, "STARTTLS", yes ? 220 : 454, true);
	if (!yes)
		return;
	t->tls = true;
	for (int side = 0; side < 2; side++) {
		put(t, (enum wire_side)side, "\x16\x03\x01");
		for (unsigned n = draw(400); n > 0; n--)
			t->bytes[side][t->len[side]++] = (uint8_t)draw(256);
	}
	end_step(t, true);
	t->replies--;
}

static void
aside(struct talk *t)
{
	switch (draw(8)) {
	case 0:
		return command(t, "NOOP", 250, true);
	case 1:
		return command(t, "VRFY someone", 252, true);
	case 2:
		return command(t, "XUNKNOWN and more", 500, true);
	case 3:
		return command(t, "HELP", 214, false);
	case 4:
		return command(t, "RSET", 250, false);
	case 5:
		return authenticate(t);
	case 6:
		return hello(t);
	default:
		return start_tls(t);
	}
}

static void
make(struct talk *t)
{
	memset(t, 0, sizeof(*t));
	put_reply(t, 220);
	end_step(t, true);
	hello(t);
	for (unsigned n = 1 + draw(4); n > 0 && !t->tls; n--)
		if (draw(3) == 0)
			aside(t);
		else
			mail(t);
	if (!t->tls)
		command(t, "QUIT", 221, true);
}

/* How far a side may speak now, from what it has got. */
static size_t
may_say(const struct talk *t, const size_t got[2], enum wire_side side)
{
	size_t may = 0;

	for (size_t i = 0; i < t->steps; i++) {
		const struct step *s = &t->step[i];

		if (side == WIRE_SERVER && got[WIRE_SERVER] < s->said)
			break;
		may = side == WIRE_SERVER ? s->answered : s->said;
		if (side == WIRE_CLIENT && s->sync && got[WIRE_CLIENT] < s->answered)
			break;
	}
	return may;
}

/* One segment, or two that change places, or one twice. */
static size_t
say(struct wire *w, enum wire_side side, const uint8_t *bytes, size_t left)
{
	size_t n = draw(4) == 0 ? left : 1 + draw(draw(2) ? 20 : 400);

	n = n < left ? n : left;
	n = n < 1400 ? n : 1400;
	if (n > 1 && draw(10) == 0) {
		size_t cut = 1 + draw((unsigned)n - 1);

		wire_at(w, side, (int32_t)cut, bytes + cut, n - cut);
		wire_at(w, side, 0, bytes, cut);
	} else {
		for (unsigned times = draw(10) == 0 ? 2 : 1; times > 0; times--)
			wire_at(w, side, 0, bytes, n);
	}
	wire_advance(w, side, (uint32_t)n);
	return n;
}

static bool
same(const struct wire_bytes *got, const uint8_t *want, size_t len)
{
	return got->len == len && memcmp(got->ptr, want, len) == 0;
}

static bool
counted(const struct wire *w, struct talk *before, const struct talk *t)
{
	before->commands += t->commands;
	before->replies += t->replies;
	before->messages += t->messages;
	return wire_stat(w, STATS_SMTP_COMMANDS) == before->commands &&
	       wire_stat(w, STATS_SMTP_REPLIES) == before->replies &&
	       wire_stat(w, STATS_SMTP_MESSAGES) == before->messages;
}

/* NULL, or what went wrong. all: what the engine has counted so far. */
static const char *
play(struct wire *w, const struct talk *t, struct talk *all)
{
	size_t said[2] = { 0, 0 };

	wire_reconnect(w);
	while (said[0] < t->len[0] || said[1] < t->len[1]) {
		bool record = w->set.capture; /* its frames are the record of what arrived */
		size_t got[2] = { record ? said[1] : w->got[0].len,
				  record ? said[0] : w->got[1].len };
		size_t room[2];
		unsigned side = draw(2);

		for (int i = 0; i < 2; i++)
			room[i] = may_say(t, got, (enum wire_side)i) - said[i];
		if (room[side] == 0)
			side ^= 1;
		if (room[side] == 0)
			return "both sides wait";
		said[side] += say(w, (enum wire_side)side, t->bytes[side] + said[side], room[side]);
	}
	if (!w->set.capture &&
	    !same(&w->got[WIRE_SERVER], t->bytes[WIRE_CLIENT], t->len[WIRE_CLIENT]))
		return "the server did not get what the client said";
	if (!w->set.capture &&
	    !same(&w->got[WIRE_CLIENT], t->bytes[WIRE_SERVER], t->len[WIRE_SERVER]))
		return "the client did not get what the server said";
	if (!counted(w, all, t))
		return "it was read otherwise";
	wire_drain(w);
	wire_forget_events(w);
	return w->frames_in == w->frames_out ? NULL : "a frame was lost";
}

int
main(int argc, char **argv)
{
	uint64_t sessions = argc > 1 ? strtoull(argv[1], NULL, 0) : 3000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	struct wire w[ENGINES];
	struct talk *t = malloc(sizeof(*t)), *all = calloc(ENGINES, sizeof(*all));
	size_t bytes = 0;

	for (int p = 0; p < ENGINES; p++) {
		struct wire_settings s = { .rules = play_accept_all,
					   .strict = p == PLAY_STRICT,
					   .capture = p == RECORD,
					   .client = p == PLAY_STRICT ? "2001:db8::1" : NULL,
					   .server = p == PLAY_STRICT ? "2001:db8::25" : NULL,
					   .isn = { 0xfffffff0u, 0xffffff00u } };

		if (!wire_open(&w[p], &s))
			return 2;
	}
	for (uint64_t i = seed; i < seed + sessions; i++) {
		int p = (int)(i % ENGINES);
		const char *wrong;

		random_state = i * UINT64_C(0x9e3779b97f4a7c15);
		make(t);
		bytes += t->len[0] + t->len[1];
		wrong = play(&w[p], t, &all[p]);
		if (wrong == NULL)
			continue;
		printf("session %llu, profile %d: %s\nclient: %zu of %zu bytes "
		       "arrived\n%.*s\nserver: %zu of "
		       "%zu bytes arrived\n%.*s\n",
		       (unsigned long long)i, p, wrong, w[p].got[WIRE_SERVER].len,
		       t->len[WIRE_CLIENT], (int)t->len[WIRE_CLIENT], (char *)t->bytes[WIRE_CLIENT],
		       w[p].got[WIRE_CLIENT].len, t->len[WIRE_SERVER], (int)t->len[WIRE_SERVER],
		       (char *)t->bytes[WIRE_SERVER]);
		for (size_t e = 0; e < w[p].events; e++)
			printf("%s\n", w[p].event[e]);
		return 1;
	}
	for (int p = 0; p < ENGINES; p++)
		if (!wire_close(&w[p]))
			return 1;
	free(t);
	free(all);
	printf("%llu sessions, %zu bytes\n", (unsigned long long)sessions, bytes);
	return 0;
}
