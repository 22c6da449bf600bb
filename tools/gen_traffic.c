/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen-traffic FILE [PACKETS [SEED [short|mixed|large]]]: a capture of made-up mail, for measuring.
 * Out: a pcap file of at least PACKETS frames (1,000,000), the same bytes for the same arguments.
 *
 * Several hundred sessions are open at a time and their frames interleave, so that tables do not
 * fit a cache by luck. A session has a handshake, one to three mails, and a FIN of both sides; the
 * receiver of data acknowledges every second segment. Half the clients pipeline, half wait for
 * each reply, one in eight sends BDAT. One in eight sessions is IPv6, one in six has a VLAN tag.
 * No frame is lost, repeated or out of order: tests/engine/segmentation is for that.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_SESSIONS 600
#define TURNS 256
#define MSS 1448 /* with a timestamp option; IPv6 has 20 bytes less */
#define POOL (1 << 20)
#define LINE 76
#define BDAT_CHUNK 65536
#define SERVERS 6
#define FRAME_MAX 1600

enum { CLIENT, SERVER };
enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

/* What one side says before the other one speaks. */
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

static struct session sessions[OPEN_SESSIONS];
static char words[POOL], base64[POOL], quoted[POOL];
static uint64_t random_state, now_us = UINT64_C(1764547200000000), packets;
static uint32_t session_count;
static FILE *out;
static const char *mix = "mixed";

static uint32_t
draw(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 16) % below);
}

static void
die(const char *what)
{
	fprintf(stderr, "gen-traffic: %s\n", what);
	exit(1);
}

/* ---- text ---- */

static void
fill_base64(void)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < POOL; i++) {
		size_t column = i % (LINE + 2);

		base64[i] = column == LINE ? '\r' : column == LINE + 1 ? '\n' : digits[draw(64)];
	}
}

/* Lines of words; every 37th line begins with a dot, stuffed. */
static void
fill_lines(char *pool, bool encoded)
{
	static const char *const list[] = {
		"the",
		"order",
		"of",
		"harbour",
		"invoice",
		"please",
		"find",
		"attached",
		"meeting",
		"at",
		"noon",
		"and",
		"report",
		"quarter",
		"thanks",
		"regards",
		"delivery",
		"from",
		"account",
		"team",
		"we",
		"have",
		"received",
		"your",
		"letter",
		"about",
		"next",
		"week",
		"project",
		"schedule",
		"http://www.example.net/news",
		"water",
		"green",
	};
	size_t count = sizeof(list) / sizeof(list[0]), at = 0, column = 0;
	unsigned line = 0;

	while (at < POOL) {
		const char *word = encoded && draw(9) == 0 ? "caf=C3=A9" : list[draw(count)];
		size_t len = strlen(word);

		if (column + len > LINE - 6 || at + len + 8 > POOL) {
			const char *end = encoded && draw(2) == 0 ? "=\r\n" : "\r\n";

			for (const char *p = end; *p != '\0' && at < POOL; p++)
				pool[at++] = *p;
			if (at + 2 < POOL && ++line % 37 == 0) {
				pool[at++] = '.';
				pool[at++] = '.';
			}
			column = 0;
			if (at + 90 > POOL)
				break;
		}
		memcpy(pool + at, word, len);
		at += len;
		pool[at++] = ' ';
		column += len + 1;
	}
	memset(pool + at, '\n', POOL - at);
}

static void
put(struct session *s, const char *bytes, size_t len)
{
	if (s->len + len > s->size) {
		s->size = (s->len + len) * 2;
		s->text = realloc(s->text, s->size);
		if (s->text == NULL)
			die("no memory");
	}
	memcpy(s->text + s->len, bytes, len);
	s->len += len;
}

static void __attribute__((format(printf, 2, 3))) say(struct session *s, const char *format, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	put(s, line, (size_t)n);
}

static void
turn(struct session *s, int side)
{
	size_t begin = s->turn_count > 0 ? s->turns[s->turn_count - 1].end : 0;

	if (s->turn_count == TURNS)
		die("a session has too many turns");
	if (s->len > begin)
		s->turns[s->turn_count++] = (struct turn){ side, begin, s->len };
}

/* Whole lines out of a pool, at least len bytes. */
static void
lines(struct session *s, const char *pool, size_t len)
{
	size_t begin = draw(POOL / 4), end;
	const char *nl;

	while (pool[begin] != '\n')
		begin++;
	begin++;
	while (len > 0) {
		size_t n = len < POOL / 2 ? len : POOL / 2;

		nl = memchr(pool + begin + n, '\n', POOL - begin - n);
		end = nl != NULL ? (size_t)(nl - pool) + 1 : begin + n;
		put(s, pool + begin, end - begin);
		len -= n;
	}
}

/* ---- mail ---- */

static size_t
log_uniform(size_t low, unsigned doublings)
{
	size_t base = low << draw(doublings);

	return base + draw((uint32_t)base);
}

static size_t
mail_size(void)
{
	bool large = strcmp(mix, "large") == 0 || (strcmp(mix, "mixed") == 0 && draw(100) < 12);

	return large ? log_uniform(32 * 1024, 5) : log_uniform(1024, 4);
}

static void
part(struct session *s, unsigned boundary, const char *type, const char *encoding, const char *name)
{
	say(s, "\r\n--=_part_%u\r\nContent-Type: %s%s%s%s\r\nContent-Transfer-Encoding: %s\r\n",
	    boundary, type, name != NULL ? "; name=\"" : "", name != NULL ? name : "",
	    name != NULL ? "\"" : "", encoding);
	if (name != NULL)
		say(s, "Content-Disposition: attachment; filename=\"%s\"\r\n", name);
	say(s, "\r\n");
}

static void
mail_headers(struct session *s, unsigned from, unsigned to, unsigned id)
{
	static const char *const subjects[] = {
		"Minutes of the meeting",	"Invoice",	 "Re: harbour",
		"=?utf-8?B?w4RuZGVydW5nZW4=?=", "Your delivery", "Quarterly report"
	};

	say(s,
	    "Received: from relay%u.example.net (relay%u.example.net [192.0.2.%u])\r\n"
	    "\tby mx.example.org (Postfix) with ESMTPS id %08X\r\n"
	    "\tfor <user%u@example.org>; Mon, 1 Dec 2025 00:00:00 +0000 (UTC)\r\n",
	    from % 50, from % 50, from % 250 + 1, id, to);
	say(s,
	    "From: \"Sender %u\" <sender%u@host%u.example.net>\r\nTo: <user%u@example.org>\r\n"
	    "Subject: %s %u\r\nDate: Mon, 1 Dec 2025 00:00:00 +0000\r\n"
	    "Message-ID: <%08x.%u@host%u.example.net>\r\nMIME-Version: 1.0\r\n",
	    from, from, from % 97, to, subjects[draw(6)], id, id, from, from % 97);
	say(s, "X-Mailer: Mailer %u.%u\r\nUser-Agent: agent/%u\r\n", draw(9), draw(9), draw(40));
}

/* The message up to and with its last CRLF, no final dot. */
static void
message(struct session *s, unsigned from, unsigned to)
{
	static const char *const names[] = { "report.pdf", "photo.jpg", "table.xlsx", "archive.zip",
					     "notes.doc",  "plan.odt",	"song.mp3",   "setup.bin" };
	size_t size = mail_size();
	unsigned id = draw(UINT32_MAX), kind = size > 24 * 1024 ? 2 + draw(2) : draw(4);
	char name[40];

	mail_headers(s, from, to, id);
	if (kind == 0) {
		say(s, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
		lines(s, words, size);
		return;
	}
	if (kind == 1) {
		say(s, "Content-Type: text/html; charset=utf-8\r\n"
		       "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
		lines(s, quoted, size);
		return;
	}
	snprintf(name, sizeof(name), "%u-%s", draw(1000), names[draw(8)]);
	say(s, "Content-Type: multipart/mixed; boundary=\"=_part_%u\"\r\n\r\nMIME\r\n", id);
	part(s, id, "text/plain; charset=us-ascii", "7bit", NULL);
	lines(s, words, 600 + size / 32);
	if (kind == 3) {
		part(s, id, "text/html; charset=utf-8", "quoted-printable", NULL);
		lines(s, quoted, 900 + size / 8);
	}
	part(s, id, "application/octet-stream", "base64", name);
	lines(s, base64, size * 3 / 4);
	say(s, "\r\n--=_part_%u--\r\n", id);
}

static void
envelope(struct session *s, bool wait, unsigned from, unsigned rcpts, unsigned to)
{
	say(s, "MAIL FROM:<sender%u@host%u.example.net> SIZE=%u\r\n", from, from % 97, 20000);
	if (wait) {
		turn(s, CLIENT);
		say(s, "250 2.1.0 Ok\r\n");
		turn(s, SERVER);
	}
	for (unsigned i = 0; i < rcpts; i++) {
		say(s, "RCPT TO:<user%u@example.org>\r\n", to + i * 7);
		if (wait) {
			turn(s, CLIENT);
			say(s, "250 2.1.5 Ok\r\n");
			turn(s, SERVER);
		}
	}
}

static void
envelope_replies(struct session *s, unsigned rcpts)
{
	say(s, "250 2.1.0 Ok\r\n");
	for (unsigned i = 0; i < rcpts; i++)
		say(s, "250 2.1.5 Ok\r\n");
}

/* The message was put behind the envelope: cut it into chunks, each with its command and reply. */
static void
by_bdat(struct session *s, size_t begin)
{
	size_t len = s->len - begin, done = 0;
	char *copy = malloc(len);

	if (copy == NULL)
		die("no memory");
	memcpy(copy, s->text + begin, len);
	s->len = begin;
	while (done < len) {
		size_t n = len - done < BDAT_CHUNK ? len - done : BDAT_CHUNK;

		say(s, "BDAT %zu%s\r\n", n, done + n == len ? " LAST" : "");
		put(s, copy + done, n);
		turn(s, CLIENT);
		done += n;
		say(s, "250 2.0.0 %zu octets\r\n", n);
		turn(s, SERVER);
	}
	free(copy);
}

static void
mail(struct session *s, bool wait, bool bdat)
{
	unsigned from = draw(20000), to = draw(5000), rcpts = 1 + draw(5);

	envelope(s, wait, from, rcpts, to);
	if (!bdat)
		say(s, "DATA\r\n");
	turn(s, CLIENT);
	if (!wait)
		envelope_replies(s, rcpts);
	if (bdat) {
		turn(s, SERVER);
		size_t begin = s->len;
		message(s, from, to);
		by_bdat(s, begin);
		return;
	}
	say(s, "354 End data with <CR><LF>.<CR><LF>\r\n");
	turn(s, SERVER);
	message(s, from, to);
	say(s, ".\r\n");
	turn(s, CLIENT);
	say(s, "250 2.0.0 Ok: queued as %08X\r\n", draw(UINT32_MAX));
	turn(s, SERVER);
}

static void
session_begin(struct session *s)
{
	unsigned mails = 1 + (draw(4) == 0 ? draw(3) : 0);
	bool bdat = draw(8) == 0, wait = !bdat && draw(2) == 0;
	char *text = s->text;
	size_t size = s->size;

	memset(s, 0, sizeof(*s));
	s->text = text;
	s->size = size;
	s->id = session_count++;
	s->v6 = draw(8) == 0;
	s->vlan = draw(6) == 0;
	s->server = draw(SERVERS);
	s->port = (uint16_t)(1024 + s->id * 7 % 60000);
	s->next[CLIENT] = draw(UINT32_MAX);
	s->next[SERVER] = draw(UINT32_MAX);
	say(s, "220 mx%u.example.org ESMTP Postfix\r\n", s->server);
	turn(s, SERVER);
	say(s, "EHLO client%u.example.net\r\n", s->id % 3000);
	turn(s, CLIENT);
	say(s,
	    "250-mx%u.example.org\r\n250-PIPELINING\r\n250-SIZE "
	    "10240000\r\n250-ENHANCEDSTATUSCODES\r\n"
	    "250-8BITMIME\r\n250-DSN\r\n250 CHUNKING\r\n",
	    s->server);
	turn(s, SERVER);
	for (unsigned i = 0; i < mails; i++)
		mail(s, wait, bdat);
	say(s, "QUIT\r\n");
	turn(s, CLIENT);
	say(s, "221 2.0.0 Bye\r\n");
	turn(s, SERVER);
}

/* ---- frames ---- */

static void
be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
be32(uint8_t *p, uint32_t v)
{
	be16(p, v >> 16);
	be16(p + 2, v);
}

static uint64_t
sum(uint64_t total, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		total += (uint32_t)p[i] << 8 | p[i + 1];
	return i < len ? total + ((uint32_t)p[i] << 8) : total;
}

static uint16_t
folded(uint64_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

/* The address of one side, 4 or 16 bytes. */
static void
address(const struct session *s, int side, uint8_t *p)
{
	static const uint8_t prefix[8] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0x25, 0, 0 };
	uint32_t low = side == SERVER
			       ? 0xc6336400 | (s->server + 10)
			       : 0x0a000000 | (s->id * UINT32_C(2654435761) >> 12 & 0xfff) << 4 |
					 (s->id & 15);

	if (s->v6) {
		memset(p, 0, 16);
		memcpy(p, prefix, sizeof(prefix));
		be32(p + 12, low);
	} else {
		be32(p, low);
	}
}

static size_t
link_header(const struct session *s, int side, uint8_t *p)
{
	size_t n = 12;

	memcpy(p, side == CLIENT ? "\x02\0\0\0\0\2\x02\0\0\0\0\1" : "\x02\0\0\0\0\1\x02\0\0\0\0\2",
	       12);
	if (s->vlan) {
		be16(p + n, 0x8100);
		be16(p + n + 2, 100 + s->server);
		n += 4;
	}
	be16(p + n, s->v6 ? 0x86dd : 0x0800);
	return n + 2;
}

static size_t
ip_header(const struct session *s, int side, uint8_t *p, size_t payload)
{
	size_t n = s->v6 ? 40 : 20;

	memset(p, 0, n);
	if (s->v6) {
		p[0] = 0x60;
		be16(p + 4, (uint32_t)payload);
		p[6] = 6;
		p[7] = 64;
		address(s, side, p + 8);
		address(s, !side, p + 24);
		return n;
	}
	p[0] = 0x45;
	be16(p + 2, (uint32_t)(n + payload));
	be16(p + 4, (uint32_t)packets);
	p[6] = 0x40;
	p[8] = 64;
	p[9] = 6;
	address(s, side, p + 12);
	address(s, !side, p + 16);
	be16(p + 10, folded(sum(0, p, n)));
	return n;
}

static size_t
tcp_header(const struct session *s, int side, uint8_t *p, unsigned flags)
{
	static const uint8_t syn_options[20] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0,
						 0, 0, 0, 0,	0, 0, 1, 3,  3, 7 };
	size_t n = flags & SYN ? 40 : 32;

	memset(p, 0, n);
	be16(p, side == CLIENT ? s->port : 25);
	be16(p + 2, side == CLIENT ? 25 : s->port);
	be32(p + 4, s->next[side]);
	be32(p + 8, flags & ACK ? s->next[!side] : 0);
	p[12] = (uint8_t)(n / 4 << 4);
	p[13] = (uint8_t)flags;
	be16(p + 14, 64240);
	if (flags & SYN) {
		memcpy(p + 20, syn_options, sizeof(syn_options));
		be32(p + 28, (uint32_t)(now_us / 1000));
		return n;
	}
	memcpy(p + 20, "\1\1\10\12", 4);
	be32(p + 24, (uint32_t)(now_us / 1000));
	be32(p + 28, (uint32_t)(now_us / 1000));
	return n;
}

static void
record(const uint8_t *frame, size_t len)
{
	uint32_t head[4] = { (uint32_t)(now_us / 1000000), (uint32_t)(now_us % 1000000),
			     (uint32_t)len, (uint32_t)len };

	if (fwrite(head, sizeof(head), 1, out) != 1 || fwrite(frame, len, 1, out) != 1)
		die("cannot write");
	packets++;
}

static void
emit(struct session *s, int side, unsigned flags, const char *bytes, size_t len)
{
	size_t tcp_len = (flags & SYN ? 40 : 32) + len, at, tcp;
	size_t addresses = s->v6 ? 32 : 8;
	uint8_t frame[FRAME_MAX];
	uint64_t total;

	at = link_header(s, side, frame);
	at += ip_header(s, side, frame + at, tcp_len);
	tcp = at;
	at += tcp_header(s, side, frame + at, flags);
	if (len > 0)
		memcpy(frame + at, bytes, len);
	total = sum(6 + tcp_len, frame + tcp - addresses, addresses);
	be16(frame + tcp + 16, folded(sum(total, frame + tcp, tcp_len)));
	s->next[side] += (uint32_t)len + ((flags & (SYN | FIN)) != 0);
	record(frame, at + len);
}

static void
data_step(struct session *s)
{
	const struct turn *t = &s->turns[s->turn];
	size_t mss = s->v6 ? MSS - 20 : MSS, left;

	if (s->at < t->begin)
		s->at = t->begin;
	if (s->unacked == 2) {
		s->unacked = 0;
		emit(s, !t->side, ACK, NULL, 0);
		return;
	}
	left = t->end - s->at;
	emit(s, t->side, left <= mss ? ACK | PSH : ACK, s->text + s->at, left < mss ? left : mss);
	s->at += left < mss ? left : mss;
	s->unacked++;
	if (s->at == t->end) {
		s->turn++;
		s->unacked = 0;
	}
}

/* One frame of this session. False: it was its last. */
static bool
step(struct session *s)
{
	if (s->opening < 3) {
		emit(s, s->opening == 1,
		     s->opening == 0   ? SYN
		     : s->opening == 1 ? SYN | ACK
				       : ACK,
		     NULL, 0);
		s->opening++;
		return true;
	}
	if (s->turn < s->turn_count) {
		data_step(s);
		return true;
	}
	emit(s, s->closing == 0 || s->closing == 2 ? SERVER : CLIENT,
	     s->closing < 2 ? FIN | ACK : ACK, NULL, 0);
	return ++s->closing < 3;
}

static void
run(uint64_t wanted)
{
	unsigned open = OPEN_SESSIONS, i;

	for (i = 0; i < OPEN_SESSIONS; i++)
		session_begin(&sessions[i]);
	while (open > 0) {
		unsigned frames = 1 + draw(3);

		i = draw(open);
		while (frames-- > 0) {
			now_us += 1 + draw(9);
			if (step(&sessions[i]))
				continue;
			if (packets < wanted) {
				session_begin(&sessions[i]);
			} else {
				struct session last = sessions[--open];

				sessions[open] = sessions[i];
				sessions[i] = last;
			}
			break;
		}
	}
}

int
main(int argc, char **argv)
{
	static const uint32_t magic[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1 };
	uint64_t wanted = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;

	if (argc < 2 || argc > 5)
		die("usage: gen-traffic FILE [PACKETS [SEED [short|mixed|large]]]");
	random_state =
		(argc > 3 ? strtoull(argv[3], NULL, 10) : 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	if (argc > 4)
		mix = argv[4];
	if (strcmp(mix, "short") != 0 && strcmp(mix, "mixed") != 0 && strcmp(mix, "large") != 0)
		die("the mix is short, mixed or large");
	fill_base64();
	fill_lines(words, false);
	fill_lines(quoted, true);
	out = fopen(argv[1], "wb");
	if (out == NULL || fwrite(magic, sizeof(magic), 1, out) != 1)
		die("cannot write");
	run(wanted);
	if (fclose(out) != 0)
		die("cannot write");
	for (unsigned i = 0; i < OPEN_SESSIONS; i++)
		free(sessions[i].text);
	printf("%" PRIu64 " packets, %" PRIu32 " sessions\n", packets, session_count);
	return 0;
}
