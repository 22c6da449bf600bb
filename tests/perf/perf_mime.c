/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * perf_mime [MIB]: raw bytes a second of lib/mime over one large part, as shares of unencoded text
 * in the same run, which itself stands beside memcpy: attachments by encoding, in TCP-sized pieces
 * and whole, with sha256, and with a decode depth of 64 KiB; texts by charset. Then the memory of a
 * message. Measured in time of this thread, since others may use the machine. Figures, not a verdict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mime.h"

#define RUNS 5
#define WHOLE 65536 /* bytes of a large piece */

struct sample {
	uint8_t *bytes;
	size_t len;
};

static struct mime_charsets *charsets;
static const struct mime_limits plain = { .urls = true };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Lines of one kind, again and again behind a header. */
static struct sample
make(const char *header, const char *line, size_t line_len, const char *before, size_t size)
{
	struct sample s = { malloc(size + 1024), 0 };

	if (s.bytes == NULL)
		exit(1);
	s.len = (size_t)sprintf((char *)s.bytes, "%s\r\n%s", header, before);
	for (; s.len + line_len < size; s.len += line_len)
		memcpy(s.bytes + s.len, line, line_len);
	return s;
}

#define ATTACHED                                                                                   \
	"Content-Type: multipart/mixed; boundary=\"the-boundary\"\r\n\r\n--the-boundary\r\n"           \
	"Content-Disposition: attachment; filename=f.bin\r\n"
#define TEXT "Buses and trains are late; 2 =3D 1 + 1, said he =C3=A9t=C3=A9 with blanks =20\r\n"
#define DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/ABCDEFGHIJKL\r\n"
#define UU_LINE "M0G5S97,@86YD('1R86EN<R!A<F4@;&%T93L@,B ],T0@,2 K(#$L('-A:60@\r\n"
/* "Content-Type: multipart/mixed; boundary=x", a blank line, "--x", a blank line */
#define INNER "Q29udGVudC1UeXBlOiBtdWx0aXBhcnQvbWl4ZWQ7IGJvdW5kYXJ5PXgNCg0KLS14DQoNCiAg"

#define LINE(text) text, sizeof(text) - 1
static const struct {
	const char *name, *header, *line;
	size_t line_len;
	const char *before;
} attachments[] = {
	{ "8bit", ATTACHED, LINE(TEXT), "" },
	{ "base64", ATTACHED "Content-Transfer-Encoding: base64\r\n", LINE(DIGITS), "" },
	{ "quoted-printable", ATTACHED "Content-Transfer-Encoding: quoted-printable\r\n",
	  LINE(TEXT), "" },
	{ "uuencode", ATTACHED "Content-Transfer-Encoding: x-uuencode\r\n", LINE(UU_LINE),
	  "begin 644 f.bin\r\n" },
	{ "multipart in base64",
	  "Content-Type: multipart/mixed; boundary=x\r\nContent-Transfer-Encoding: base64\r\n",
	  LINE(DIGITS), INNER "\r\n" },
};

#define CHARSET(name) "Content-Type: text/plain; charset=" name "\r\n"
static const struct {
	const char *name, *header, *line;
	size_t line_len;
} texts[] = {
	{ "utf-8", CHARSET("utf-8"), LINE(TEXT) },
	{ "iso-8859-1", CHARSET("iso-8859-1"), LINE(TEXT) },
	{ "gb18030", CHARSET("gb18030"), LINE("\xc4\xe3\xba\xc3 and \xc4\xe3\xba\xc3 again\r\n") },
	{ "iso-2022-jp", CHARSET("iso-2022-jp"), LINE("\x1b$BF|K\\F|K\\F|K\\\x1b(B, so\r\n") },
	{ "big5, all invalid", CHARSET("big5"), LINE("\xff\xff\xff\xff\xff\xff\xff\xff") },
};

static double
measure_once(struct pool *pool, void *memory, const struct sample *s, size_t piece,
	     const struct mime_limits *asked)
{
	struct mime_limits limits = *asked;
	struct span rest = span_of(s->bytes, s->len);
	struct mime_parser *p;
	struct mime_event ev;
	uint64_t size = 0;
	double begin;

	limits.charsets = charsets;
	limits.contexts = mime_contexts_create(&limits, 1);
	p = mime_open(memory, &limits, pool);
	begin = now();
	for (; rest.len > 0; rest = span_skip(rest, piece)) {
		mime_feed(p, span_take(rest, piece));
		while (mime_next(p, &ev) == 1)
			size += ev.bytes.len;
	}
	begin = now() - begin;
	mime_close(p);
	mime_contexts_destroy(limits.contexts);
	return size > 0 ? (double)s->len / begin : 0;
}

/* Raw bytes a second, the best of a few: others use the machine too. */
static double
measure(struct pool *pool, void *memory, const struct sample *s, size_t piece,
	const struct mime_limits *limits)
{
	double best = 0;

	for (int i = 0; i < RUNS; i++) {
		double one = measure_once(pool, memory, s, piece, limits);

		best = one > best ? one : best;
	}
	return best;
}

static double
measure_memcpy(const struct sample *s)
{
	static uint8_t to[WHOLE];
	double best = 0;

	for (int i = 0; i < RUNS; i++) {
		struct span rest = span_of(s->bytes, s->len);
		double begin = now(), one;

		for (; rest.len > 0; rest = span_skip(rest, WHOLE)) {
			memcpy(to, rest.ptr, span_take(rest, WHOLE).len);
			__asm__ volatile("" : : "r"(to) : "memory");
		}
		one = (double)s->len / (now() - begin);
		best = one > best ? one : best;
	}
	return best;
}

static double
by_encoding(struct pool *pool, void *memory, size_t size)
{
	static const uint64_t depths[MIME_ENCODINGS] = { 65536, 65536, 65536, 65536, 65536 };
	const struct mime_limits sha256 = { .urls = true, .digests = MIME_SHA256 };
	const struct mime_limits shallow = { .urls = true, .decode_depth = depths };
	double unit = 0;

	printf("%-20s %9s %9s %9s %9s\n", "attachment", "64 KiB", "1460 B", "sha256", "depth");
	for (size_t i = 0; i < sizeof(attachments) / sizeof(attachments[0]); i++) {
		struct sample s = make(attachments[i].header, attachments[i].line,
				       attachments[i].line_len, attachments[i].before, size);
		double whole = measure(pool, memory, &s, WHOLE, &plain);

		if (i == 0) {
			unit = whole;
			printf("%-20s %9.2f\n", "memcpy", measure_memcpy(&s) / unit);
		}
		printf("%-20s %9.2f %9.2f %9.2f %9.2f\n", attachments[i].name, whole / unit,
		       measure(pool, memory, &s, 1460, &plain) / unit,
		       measure(pool, memory, &s, WHOLE, &sha256) / unit,
		       measure(pool, memory, &s, WHOLE, &shallow) / unit);
		free(s.bytes);
	}
	return unit;
}

static void
by_charset(struct pool *pool, void *memory, size_t size, double unit)
{
	const struct mime_limits asked = { .texts = true };

	printf("\n%-20s %9s %9s\n", "text", "as it is", "as UTF-8");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sample s =
			make(texts[i].header, texts[i].line, texts[i].line_len, "", size);

		printf("%-20s %9.2f %9.2f\n", texts[i].name,
		       measure(pool, memory, &s, WHOLE, &(struct mime_limits){ 0 }) / unit,
		       measure(pool, memory, &s, WHOLE, &asked) / unit);
		free(s.bytes);
	}
}

/* What one open message takes: its parser, and at most how many buffers. */
static void
memory_of(struct pool *pool, void *memory)
{
	const struct mime_limits asked = { .texts = true };
	size_t most = 0;

	for (size_t i = 0; i < sizeof(attachments) / sizeof(attachments[0]); i++) {
		struct sample s = make(attachments[i].header, attachments[i].line,
				       attachments[i].line_len, attachments[i].before, 8192);
		struct mime_parser *p = mime_open(memory, &asked, pool);
		struct mime_event ev;

		mime_feed(p, span_of(s.bytes, s.len));
		while (mime_next(p, &ev) == 1)
			most = pool_used(pool) > most ? pool_used(pool) : most;
		mime_close(p);
		free(s.bytes);
	}
	printf("\na message: %zu bytes, and up to %zu buffers of %d here\n", mime_size(), most,
	       MIME_LINE_SIZE);
}

int
main(int argc, char **argv)
{
	size_t size = (argc > 1 ? (size_t)atoi(argv[1]) : 32) << 20;
	struct pool *pool = pool_create("lines", MIME_LINE_SIZE, 16, POOL_EAGER);
	void *memory = malloc(mime_size());
	double unit;

	charsets = mime_charsets_create();
	if (pool == NULL || memory == NULL || charsets == NULL)
		return 1;
	unit = by_encoding(pool, memory, size);
	by_charset(pool, memory, size / 8, unit);
	memory_of(pool, memory);
	printf("1 is %.2f GB/s\n", unit / 1e9);
	mime_charsets_destroy(charsets);
	pool_destroy(pool);
	free(memory);
	return 0;
}
