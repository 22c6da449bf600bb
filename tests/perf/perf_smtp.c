/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How fast the SMTP parser goes: message bodies in GB/s, dialogue in commands/s. Not a test: it
 * prints, and judges nothing; time is the processor's own. perf_smtp [SECONDS a measurement,
 * default 1]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "smtp.h"

enum { SEGMENT = 1448, BODY = 1 << 20 };

static const char hello[] = "250-mx.example.com\r\n250-PIPELINING\r\n250 CHUNKING\r\n";
static const char group[] =
	"MAIL FROM:<alice@example.com> SIZE=1000\r\nRCPT TO:<bob@example.com>\r\n"
	"RCPT TO:<carol@example.com>\r\nDATA\r\n";
static const char answers[] = "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n250 2.1.5 Ok\r\n354 go on\r\n";

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Events told. */
static uint64_t
say(struct smtp_session *s, enum smtp_dir dir, const void *bytes, size_t len)
{
	struct smtp_event ev;
	uint64_t count = 0;

	smtp_feed(s, dir, span_of(bytes, len));
	while (smtp_next(s, dir, &ev) == 1)
		count++;
	if (smtp_consumed(s, dir) != len)
		abort();
	return count;
}

#define SAY(s, dir, text) say(s, dir, text, sizeof(text) - 1)

static void
begin(struct smtp_session *s)
{
	SAY(s, SMTP_SERVER, "220 mx.example.com\r\n");
	SAY(s, SMTP_CLIENT, "EHLO client.example.com\r\n");
	SAY(s, SMTP_SERVER, hello);
}

/* Lines of `width` bytes; dots: every fourth begins with a stuffed one. */
static char *
make_body(size_t width, bool dots)
{
	char *body = malloc(BODY);

	for (size_t i = 0; i < BODY; i++) {
		size_t at = i % width;

		body[i] = at == width - 2 ? '\r' : at == width - 1 ? '\n' : (char)('a' + i % 26);
		if (dots && at < 2 && (i / width) % 4 == 0)
			body[i] = '.';
	}
	memcpy(body + BODY - 5, "\r\n.\r\n", 5);
	return body;
}

static void
measure_body(const char *what, struct pool *lines, void *memory, size_t width, bool dots,
	     size_t cut, double seconds)
{
	struct smtp_session *s = smtp_open(memory, NULL, lines);
	char *body = make_body(width, dots);
	double start, took;
	uint64_t bytes = 0;

	begin(s);
	start = now();
	do {
		SAY(s, SMTP_CLIENT, group);
		SAY(s, SMTP_SERVER, answers);
		for (size_t i = 0; i < BODY; i += cut)
			say(s, SMTP_CLIENT, body + i, BODY - i < cut ? BODY - i : cut);
		SAY(s, SMTP_SERVER, "250 2.0.0 Ok: queued\r\n");
		bytes += BODY;
		took = now() - start;
	} while (took < seconds);
	printf("%-40s %7.2f GB/s\n", what, (double)bytes / took * 1e-9);
	smtp_close(s);
	free(body);
}

static void
measure_dialogue(const char *what, struct pool *lines, void *memory, bool bytewise, double seconds)
{
	struct smtp_session *s = smtp_open(memory, NULL, lines);
	uint64_t commands = 0, sessions = 0;
	double start = now(), took;

	begin(s);
	do {
		for (size_t i = 0; bytewise && i < sizeof(group) - 1; i++)
			say(s, SMTP_CLIENT, group + i, 1);
		if (!bytewise)
			SAY(s, SMTP_CLIENT, group);
		SAY(s, SMTP_SERVER, answers);
		SAY(s, SMTP_CLIENT, "Subject: x\r\n\r\ntext\r\n.\r\n");
		SAY(s, SMTP_SERVER, "250 2.0.0 Ok: queued\r\n");
		commands += 4;
		sessions++;
		took = now() - start;
	} while (took < seconds);
	printf("%-40s %7.2f M commands/s, %.2f M mails/s\n", what, (double)commands / took * 1e-6,
	       (double)sessions / took * 1e-6);
	smtp_close(s);
}

int
main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
	struct pool *lines = pool_create("lines", SMTP_LINE_SEEN, 4, POOL_EAGER);
	void *memory = malloc(smtp_session_size());

	printf("session: %zu bytes\n", smtp_session_size());
	measure_body("body, lines of 78, segments of 1448", lines, memory, 78, false, SEGMENT,
		     seconds);
	measure_body("body, lines of 78, 64 KiB", lines, memory, 78, false, 65536, seconds);
	measure_body("body, lines of 1000, segments of 1448", lines, memory, 1000, false, SEGMENT,
		     seconds);
	measure_body("body, a stuffed dot each fourth line", lines, memory, 78, true, SEGMENT,
		     seconds);
	measure_dialogue("mails, a command group a segment", lines, memory, false, seconds);
	measure_dialogue("mails, commands byte by byte", lines, memory, true, seconds);
	free(memory);
	pool_destroy(lines);
	return 0;
}
