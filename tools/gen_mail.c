/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The words of gen-traffic's sessions: text, mail, dialogue. In: draw(); out: the turns of a
 * session. It makes no frames.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen_traffic.h"

#define POOL (1 << 20)
#define LINE 76
#define BDAT_CHUNK 65536

static char words[POOL], base64[POOL], quoted[POOL];
static uint32_t session_count;

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

void
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

void
texts_make(void)
{
	fill_base64();
	fill_lines(words, false);
	fill_lines(quoted, true);
}

uint32_t
sessions_begun(void)
{
	return session_count;
}
