/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * perf_mime [MIB]: decoded and raw bytes a second of lib/mime over one large attachment: identity,
 * base64 in lines of 76, quoted-printable text, each fed in TCP-sized pieces and whole. Digests off
 * and (last column) sha256 on. Measured in time of this thread, since others may use the machine.
 * Figures, not a verdict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mime.h"

#define RUNS 5

struct sample {
	uint8_t *bytes;
	size_t len;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A message of one part: its header, then lines of the given kind. */
static struct sample
make(const char *encoding, size_t size)
{
	static const char text[] = "Buses and trains are late; 2 =3D 1 + 1, said he =C3=A9t=C3=A9 "
				   "with blanks =20\r\n";
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct sample s = { malloc(size + 512), 0 };

	if (s.bytes == NULL)
		exit(1);
	s.len = (size_t)sprintf((char *)s.bytes,
				"Content-Type: multipart/mixed; boundary=\"the-boundary\"\r\n\r\n"
				"--the-boundary\r\n"
				"Content-Disposition: attachment; filename=f.bin\r\n"
				"Content-Transfer-Encoding: %s\r\n\r\n",
				encoding);
	while (s.len + sizeof(text) < size) {
		if (encoding[0] != 'b') {
			memcpy(s.bytes + s.len, text, sizeof(text) - 1);
			s.len += sizeof(text) - 1;
			continue;
		}
		for (int i = 0; i < 76; i++)
			s.bytes[s.len++] = (uint8_t)digits[rand() & 63];
		s.bytes[s.len++] = '\r';
		s.bytes[s.len++] = '\n';
	}
	return s;
}

static double
measure_once(struct pool *pool, void *memory, const struct sample *s, size_t piece,
	     unsigned digests)
{
	struct mime_limits limits = { .digests = digests, .urls = true };
	struct span rest = span_of(s->bytes, s->len);
	struct mime_parser *p;
	struct mime_event ev;
	uint64_t size = 0;
	double begin;

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
	return size > 0 ? (double)s->len / begin / 1e9 : 0;
}

/* Raw GB/s, the best of a few: others use the machine too. */
static double
measure(struct pool *pool, void *memory, const struct sample *s, size_t piece, unsigned digests)
{
	double best = 0;

	for (int i = 0; i < RUNS; i++) {
		double one = measure_once(pool, memory, s, piece, digests);

		best = one > best ? one : best;
	}
	return best;
}

int
main(int argc, char **argv)
{
	static const char *const encodings[] = { "8bit", "base64", "quoted-printable" };
	size_t size = (argc > 1 ? (size_t)atoi(argv[1]) : 32) << 20;
	struct pool *pool = pool_create("lines", MIME_LINE_SIZE, 16, POOL_EAGER);
	void *memory = malloc(mime_size());

	if (pool == NULL || memory == NULL)
		return 1;
	printf("%-18s %10s %10s %10s\n", "raw GB/s", "1460 B", "64 KiB", "sha256");
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		struct sample s = make(encodings[i], size);

		printf("%-18s %10.2f %10.2f %10.2f\n", encodings[i],
		       measure(pool, memory, &s, 1460, 0), measure(pool, memory, &s, 65536, 0),
		       measure(pool, memory, &s, 65536, MIME_SHA256));
		free(s.bytes);
	}
	pool_destroy(pool);
	free(memory);
	return 0;
}
