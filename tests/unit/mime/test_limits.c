/* SPDX-License-Identifier: BSD-3-Clause */
/* Limits and options: what is reached is said, what is left is still given; memory comes back. */
#include "mime_check.h"

struct count {
	unsigned kind[MIME_EV_END + 1];
	unsigned oddities;
	uint64_t bytes, size;
	unsigned digests, undigested, cut; /* the last two: parts */
	uint8_t body_md5[16], md5[16], depth;
};

/* Runs a message of malloc's and frees it. */
static struct count
run(char *text, size_t len, const struct mime_limits *asked, size_t buffers)
{
	struct pool *pool = pool_create("lines", MIME_LINE_SIZE, buffers, 0);
	struct mime_limits limits = *asked;
	struct mime_parser *p;
	struct count c = { .oddities = 0 };
	struct mime_event ev;

	limits.contexts = mime_contexts_create(asked, 1);
	p = mime_open(malloc(mime_size()), &limits, pool);
	for (int half = 0; half < 2; half++) {
		if (half == 0)
			mime_feed(p, span_of(text, len));
		else
			mime_finish(p);
		while (mime_next(p, &ev) == 1) {
			c.kind[ev.kind]++;
			c.bytes += ev.kind == MIME_EV_BODY ? ev.bytes.len : 0;
			if (ev.kind == MIME_EV_ODDITY)
				c.oddities |= 1u << ev.oddity;
			if (ev.kind == MIME_EV_PART_BEGIN && ev.part->depth > c.depth)
				c.depth = ev.part->depth;
			if (ev.kind == MIME_EV_PART_END) {
				c.digests |= ev.part->digests;
				c.undigested += ev.part->digests == 0;
				c.cut += ev.part->cut;
				c.size += ev.part->size;
				memcpy(c.md5, ev.part->md5, sizeof(c.md5));
			}
			memcpy(c.body_md5, ev.body_md5, sizeof(c.body_md5));
		}
	}
	mime_close(p);
	mime_contexts_destroy(limits.contexts);
	assert_int_equal(pool_used(pool), 0);
	pool_destroy(pool);
	free(p);
	free(text);
	return c;
}

static struct count
run_text(const char *text, const struct mime_limits *limits)
{
	return run(strdup(text), strlen(text), limits, 16);
}

static void
depth(void **state)
{
	for (unsigned levels = 1; levels < 40; levels++) {
		const struct mime_limits limits = { .depth_max = 10 };
		char *m = NULL;
		size_t size;
		FILE *f = open_memstream(&m, &size);
		struct count c;

		for (unsigned i = 0; i < levels; i++)
			fprintf(f, "Content-Type: multipart/mixed; boundary=%u.\r\n\r\n--%u.\r\n",
				i, i);
		fprintf(f, "\r\nbottom\r\n");
		fclose(f);
		c = run(m, size, &limits, 16);
		assert_int_equal(c.kind[MIME_EV_PART_BEGIN], 1);
		assert_int_equal(c.depth, levels < 10 ? levels : 10);
		assert_int_equal(!!(c.oddities & 1u << MIME_ODD_DEPTH), levels > 10);
		assert_true(c.bytes >= 8); /* what lies below is given as it is */
	}
}

static void
parts(void **state)
{
	for (unsigned n = 1; n < 20; n++) {
		const struct mime_limits limits = { .parts_max = 10 };
		char *m = NULL;
		size_t size;
		FILE *f = open_memstream(&m, &size);
		struct count c;

		fprintf(f, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
		for (unsigned i = 0; i < n; i++)
			fprintf(f, "--b\r\n\r\npart %u\r\n", i);
		fprintf(f, "--b--\r\n");
		fclose(f);
		c = run(m, size, &limits, 16);
		assert_int_equal(c.kind[MIME_EV_PART_BEGIN], n < 10 ? n : 10);
		assert_int_equal(c.kind[MIME_EV_PART_END], c.kind[MIME_EV_PART_BEGIN]);
		assert_int_equal(!!(c.oddities & 1u << MIME_ODD_PARTS), n > 9);
		assert_true(n < 10 || c.bytes > (n - 9) * 6); /* the rest is one body */
	}
}

static void
urls(void **state)
{
	const struct mime_limits few = { .urls = true, .urls_max = 2 }, off = { .urls_max = 2 };
	const char *m = "A: b\r\n\r\nhttp://a http://b http://c\r\n";

	assert_int_equal(run_text(m, &few).kind[MIME_EV_URL], 2);
	assert_int_equal(run_text(m, &off).kind[MIME_EV_URL], 0);
}

static void
decode_off(void **state)
{
	const struct mime_limits limits = { .decode_off = true };

	assert_int_equal(
		run_text("Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\n", &limits).bytes, 6);
	assert_int_equal(run_text("A: b\r\n\r\nbegin 644 a\r\n#86)C\r\nend\r\n", &limits)
				 .kind[MIME_EV_PART_BEGIN],
			 1);
}

#define FILE_IN(encoding, body)                                                                    \
	"--b\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: " encoding           \
	"\r\n\r\n" body "\r\n"

/* Behind the depth of its encoding a part is not decoded, and the parts behind it are. */
static void
decode_depth(void **state)
{
	static const struct {
		enum mime_encoding encoding;
		const char *part; /* of 8 bytes */
	} files[] = {
		{ MIME_IDENTITY, FILE_IN("8bit", "abcdefgh") },
		{ MIME_BASE64, FILE_IN("base64", "YWJjZGVmZ2g=") },
		{ MIME_QP, FILE_IN("quoted-printable", "abcd=65fgh") },
		{ MIME_UU, FILE_IN("x-uuencode", "begin 644 a\r\n(86)C9&5F9V@\r\n`\r\nend") },
		{ MIME_ENCODING_UNKNOWN, FILE_IN("x-what", "abcdefgh") },
	};
	const unsigned count = sizeof(files) / sizeof(files[0]);
	uint64_t depths[MIME_ENCODINGS];
	struct mime_limits limits = { .decode_depth = depths, .digests = MIME_MD5 };
	char text[2048];

	for (unsigned i = 0; i < count * 10; i++) {
		uint64_t depth = i / count;
		struct count c;

		for (unsigned k = 0; k < MIME_ENCODINGS; k++)
			depths[k] = UINT64_MAX;
		depths[files[i % count].encoding] = depth;
		snprintf(text, sizeof(text),
			 "Content-Type: multipart/mixed; boundary=b\r\n\r\n%s%s%s--b--\r\n",
			 files[i % count].part, files[(i + 1) % count].part, files[i % count].part);
		c = run_text(text, &limits);
		assert_int_equal(c.kind[MIME_EV_PART_END], 3);
		assert_int_equal(c.bytes, 8 + 2 * (depth < 8 ? depth : 8));
		assert_int_equal(c.size, c.bytes);
		assert_int_equal(c.cut, depth < 8 ? 2 : 0);
		assert_int_equal(!!(c.oddities & 1u << MIME_ODD_DECODE_DEPTH), depth < 8);
		assert_int_equal(c.undigested, c.cut);
	}
}

/* An encoded container is no leaf: its parts are counted by their own encoding. */
static void
decode_depth_nested(void **state)
{
	const uint64_t depths[MIME_ENCODINGS] = { [MIME_IDENTITY] = 8 };
	const struct mime_limits limits = { .decode_depth = depths };
	struct count c = run_text("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n"
				  "\r\nQTogYg0KDQphYmNkZWZnaA==", &limits);

	assert_int_equal(c.bytes, 8);
	assert_int_equal(c.cut, 0);
}

/* Contexts are used by one message after another; who finds none has no digest, and takes none away. */
static void
contexts(void **state)
{
	struct mime_limits limits = { .body_md5 = true };
	struct pool *pool = pool_create("lines", MIME_LINE_SIZE, 8, 0);
	struct mime_parser *p[3];
	uint8_t md5[2][16];
	struct mime_event ev;

	limits.contexts = mime_contexts_create(&limits, 2);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3; i++)
			p[i] = mime_open(malloc(mime_size()), &limits, pool);
		for (int i = 0; i < 3; i++) {
			mime_feed(p[i], SPAN_LIT("A: b\r\n\r\nabc"));
			if (round == 1) /* given back in mid-message */
				continue;
			while (mime_next(p[i], &ev) == 1)
				;
			mime_finish(p[i]);
			while (mime_next(p[i], &ev) == 1)
				if (ev.kind == MIME_EV_END && i < 2)
					memcpy(md5[i], ev.body_md5, sizeof(md5[i]));
		}
		assert_memory_equal(md5[0], md5[1], sizeof(md5[0]));
		for (int i = 2; i >= 0; i--) {
			mime_close(p[i]);
			free(p[i]);
		}
	}
	mime_contexts_destroy(limits.contexts);
	assert_int_equal(pool_used(pool), 0);
	pool_destroy(pool);
}

/* Digests of attachments only, and the body as Suricata has it: all behind the first blank line. */
static void
digests(void **state)
{
	static const uint8_t abc[16] = { 0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0,
					 0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72 };
	const struct mime_limits limits = { .digests = MIME_MD5, .body_md5 = true };
	struct count c;

	c = run_text("Content-Disposition: attachment\r\n\r\nabc", &limits);
	assert_int_equal(c.digests, MIME_MD5);
	assert_memory_equal(c.md5, abc, sizeof(abc));
	assert_memory_equal(c.body_md5, abc, sizeof(abc));
	c = run_text("Subject: a\r\n\r\nabc", &limits);
	assert_int_equal(c.digests, 0);
	assert_memory_equal(c.body_md5, abc, sizeof(abc));
	/* a body without a blank line before it */
	c = run_text("abc", &limits);
	assert_memory_equal(c.body_md5, abc, sizeof(abc));
}

/* No buffer to decode in: the body is given as it is. */
static void
no_buffer(void **state)
{
	const struct mime_limits limits = { .depth_max = 1 };
	const char *m = "Content-Transfer-Encoding: base64\r\n\r\nQUJD";
	struct count c = run(strdup(m), strlen(m), &limits, 1);

	assert_int_equal(c.bytes, 4);
	assert_true(c.oddities & 1u << MIME_ODD_NO_BUFFER);
	c = run(strdup(m), strlen(m), &limits, 2);
	assert_int_equal(c.bytes, 3);
	assert_false(c.oddities & 1u << MIME_ODD_NO_BUFFER);
}

/* Encoded messages inside one another: each needs a layer, and there are a few. */
static void
layers(void **state)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *inner = strdup("Subject: innermost\r\n\r\nx");

	for (unsigned n = 1; n < 8; n++) {
		const struct mime_limits limits = { .depth_max = 0 };
		size_t len = strlen(inner), size;
		char *m = NULL;
		FILE *f = open_memstream(&m, &size);
		struct count c;

		fprintf(f, "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: "
			   "base64\r\n\r\n");
		for (size_t i = 0; i < len; i += 3) {
			uint32_t bits = (uint32_t)inner[i] << 16;

			bits |= i + 1 < len ? (uint32_t)inner[i + 1] << 8 : 0;
			bits |= i + 2 < len ? (uint32_t)inner[i + 2] : 0;
			fprintf(f, "%c%c%c%c", digits[bits >> 18], digits[bits >> 12 & 63],
				i + 1 < len ? digits[bits >> 6 & 63] : '=',
				i + 2 < len ? digits[bits & 63] : '=');
		}
		fclose(f);
		free(inner);
		inner = strdup(m);
		c = run(m, size, &limits, 16);
		assert_true(c.oddities & 1u << MIME_ODD_ENCODED_MULTIPART);
		assert_int_equal(!!(c.oddities & 1u << MIME_ODD_DEPTH), n > 3);
		assert_int_equal(c.kind[MIME_EV_PART_BEGIN], 1);
		if (n <= 3)
			assert_int_equal(c.bytes, 1);
	}
	free(inner);
}

/* What is closed and given back holds nothing of its mail, for the next message nor for a dump. */
static void
nothing_stays(void **state)
{
	static const char mail[] = "Content-Disposition: attachment; filename=Secret\r\n"
				   "Content-Transfer-Encoding: base64\r\n\r\nU2VjcmV0IHRleHQ=\r\n";
	struct pool *lines = pool_create("lines", MIME_LINE_SIZE, 4, POOL_SECRET);
	struct pool *parsers = pool_create("parsers", mime_size(), 1, POOL_SECRET);
	struct mime_parser *p = mime_open(pool_get(parsers), &(struct mime_limits){ .urls = true }, lines);
	struct mime_event ev;

	mime_feed(p, span_str(mail));
	while (mime_next(p, &ev) == 1)
		;
	assert_non_null(memmem(p, mime_size(), "Secret", 6));
	mime_close(p);
	pool_put(parsers, p);
	p = pool_get(parsers);
	assert_null(memmem(p, mime_size(), "Secret", 6));
	for (int i = 0; i < 4; i++) {
		void *line = pool_get(lines);

		assert_null(memmem(line, MIME_LINE_SIZE, "Secret", 6));
	}
	pool_destroy(parsers);
	pool_destroy(lines);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth),   cmocka_unit_test(parts),
		cmocka_unit_test(urls),	   cmocka_unit_test(decode_off),
		cmocka_unit_test(decode_depth),
		cmocka_unit_test(decode_depth_nested), cmocka_unit_test(digests), cmocka_unit_test(contexts), cmocka_unit_test(no_buffer),
		cmocka_unit_test(layers),
		cmocka_unit_test(nothing_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
