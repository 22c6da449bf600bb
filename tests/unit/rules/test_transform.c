/* SPDX-License-Identifier: BSD-3-Clause */
/* Transforms of values: each alone, in chains, in place, and when there is no room. */
#include "parse.h"

/* Both ways a step meets its input: elsewhere, and in the buffer already. */
static void
expect(struct rules_step step, struct span in, struct span out)
{
	uint8_t *buf = malloc(64), *exact = malloc(in.len > 0 ? in.len : 1);
	struct span got;

	memcpy(exact, in.ptr, in.len);
	got = rules_transform(&step, 1, span_of(exact, in.len), buf, 64);
	assert_int_equal(got.len, out.len);
	assert_memory_equal(got.ptr, out.ptr, out.len);
	memcpy(buf, in.ptr, in.len);
	got = rules_transform(&step, 1, span_of(buf, in.len), buf, 64);
	assert_int_equal(got.len, out.len);
	assert_memory_equal(got.ptr, out.ptr, out.len);
	free(buf);
	free(exact);
}

#define EXPECT(of, in, out)                                                                        \
	expect((struct rules_step){ .kind = RULES_T_##of }, SPAN_LIT(in), SPAN_LIT(out))

static void
test_letters_and_blanks(void **state)
{
	EXPECT(LOWER, "AbC\xc3\x9c-1", "abc\xc3\x9c-1");
	EXPECT(UPPER, "AbC{z", "ABC{Z");
	EXPECT(DOTPREFIX, "example.com", ".example.com");
	EXPECT(DOTPREFIX, "", ".");
	EXPECT(STRIP_SPACE, " a\tb \r\n c ", "abc");
	EXPECT(COMPRESS_SPACE, "a  \t b   c ", "a b c ");
	EXPECT(COMPRESS_SPACE, "  a", " a");
}

static void
test_domains(void **state)
{
	EXPECT(DOMAIN, "<bob@mail.a.example.com>", "example.com");
	EXPECT(DOMAIN, "bob@example.com", "example.com");
	EXPECT(DOMAIN, "mx.example.co.uk.", "example.co.uk");
	EXPECT(DOMAIN, "localhost", "localhost");
	EXPECT(DOMAIN, "\"a@b\"@x.example.org", "example.org");
	EXPECT(DOMAIN, "", "");
	EXPECT(TLD, "<bob@mail.example.com>", "com");
	EXPECT(TLD, "localhost", "localhost");
}

static void
test_digests(void **state)
{
	EXPECT(MD5, "abc", "\x90\x01\x50\x98\x3c\xd2\x4f\xb0\xd6\x96\x3f\x7d\x28\xe1\x7f\x72");
	EXPECT(MD5, "", "\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e");
	EXPECT(SHA1, "abc",
	       "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d");
	EXPECT(SHA256, "abc",
	       "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
	       "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad");
}

static void
test_decodings(void **state)
{
	EXPECT(FROM_BASE64, "YWxpY2U=", "alice");
	EXPECT(FROM_BASE64, "YWxpY2U", "alice");
	EXPECT(FROM_BASE64, "YWxp!Y2U=", "ali");
	EXPECT(FROM_BASE64, "", "");
	EXPECT(URL_DECODE, "a%41+%4g%4", "aA %4g%4");
	EXPECT(URL_DECODE, "%00", "\0");
}

static void
test_arguments(void **state)
{
	struct rules_step s = { .kind = RULES_T_XOR, .key = SPAN_LIT("\x01\x20") };

	expect(s, SPAN_LIT("abcde"), SPAN_LIT("`BbDd"));
	expect(s, SPAN_LIT(""), SPAN_LIT(""));
	s = (struct rules_step){ .kind = RULES_T_FROM_BASE64, .base64 = { .offset = 4 } };
	expect(s, SPAN_LIT("YWJjZGVm"), SPAN_LIT("def"));
	expect(s, SPAN_LIT("YWJ"), SPAN_LIT(""));
	s.base64 = (struct rules_base64){ .bytes = 4, .offset = 2 };
	expect(s, SPAN_LIT("--YWJjZGVm"), SPAN_LIT("abc"));
}

static void
test_chain(void **state)
{
	static const struct rules_step chain[] = { { .kind = RULES_T_DOMAIN },
						   { .kind = RULES_T_LOWER },
						   { .kind = RULES_T_DOTPREFIX },
						   { .kind = RULES_T_MD5 } };
	static const struct rules_step dotted = { .kind = RULES_T_MD5 };
	uint8_t buf[64], other[64];
	struct span a =
		rules_transform(chain, 3, SPAN_LIT("<Bob@Mail.EXAMPLE.com>"), buf, sizeof(buf));
	struct span b;

	assert_true(span_eq(a, SPAN_LIT(".example.com")));
	a = rules_transform(chain, 4, SPAN_LIT("<Bob@Mail.EXAMPLE.com>"), buf, sizeof(buf));
	b = rules_transform(&dotted, 1, SPAN_LIT(".example.com"), other, sizeof(other));
	assert_int_equal(a.len, 16);
	assert_true(span_eq(a, b));
}

/* Every transform at every buffer size: nothing is written or read outside. */
static void
test_small_buffers(void **state)
{
	static const char text[] = "aGVsbG8gIHdvcmxk@x.Example.com>%41%";

	struct rules_step step = { .base64 = { .bytes = 9, .offset = 2 }, .key = SPAN_LIT("abc") };

	for (step.kind = 0; step.kind < RULES_TRANSFORMS; step.kind++)
		for (size_t size = 1; size <= 40; size++) {
			uint8_t *buf = malloc(size);
			struct span in = span_of(text, sizeof(text) - 1);
			struct span out = rules_transform(&step, 1, in, buf, size);

			assert_true(out.len <= size ||
				    (out.ptr >= in.ptr && out.ptr < in.ptr + in.len));
			free(buf);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letters_and_blanks),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_decodings),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_small_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
