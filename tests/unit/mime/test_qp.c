/* SPDX-License-Identifier: BSD-3-Clause */
/* quoted-printable: escapes, soft breaks, blanks at line ends, at every cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mime_internal.h"

static void
check_span(struct span in, struct span expected, bool bad)
{
	for (size_t split = 0; split <= in.len; split++) {
		struct mime_qp d = { .bad = false };
		uint8_t out[2048];
		size_t len = 0;

		for (int half = 0; half < 2; half++) {
			struct span s = half == 0 ? span_take(in, split) : span_skip(in, split);
			uint8_t *copy = malloc(s.len > 0 ? s.len : 1), *room = malloc(100);
			struct span rest = span_of(copy, s.len);

			if (s.len > 0)
				memcpy(copy, s.ptr, s.len);
			while (rest.len > 0) {
				size_t n = mime_qp_decode(&d, &rest, room, 100);

				memcpy(out + len, room, n);
				len += n;
			}
			free(copy);
			free(room);
		}
		len += mime_qp_end(&d, out + len);
		assert_int_equal(len, expected.len);
		assert_memory_equal(out, expected.ptr, len);
		assert_int_equal(d.bad, bad);
	}
}

#define CHECK(in, out, bad) check_span(SPAN_LIT(in), SPAN_LIT(out), bad)

static void
plain(void **state)
{
	CHECK("", "", false);
	CHECK("text, no more", "text, no more", false);
	CHECK("one\r\ntwo\nthree", "one\r\ntwo\nthree", false);
	CHECK("=41=42=43", "ABC", false);
	CHECK("a=3Db=3D=\r\nc", "a=b=c", false);
	CHECK("caf=c3=A9", "caf\xc3\xa9", false); /* lower case is taken */
	CHECK("=00=ff", "\0\xff", false);
	CHECK("seven bytes then =3D and eight more bytes =3D",
	      "seven bytes then = and eight more bytes =", false);
}

static void
soft_breaks(void **state)
{
	CHECK("a=\r\nb", "ab", false);
	CHECK("a=\nb", "ab", false);
	CHECK("a= \t\r\nb", "ab", false);
	CHECK("a=\r\n=\r\nb", "ab", false);
	CHECK("a=", "a", false);
	CHECK("a=\r\n", "a", false);
	CHECK("a= ", "a", false);
	CHECK("a=\rb", "a=\rb", true); /* a bare CR is no line end */
}

static void
blanks(void **state)
{
	CHECK("a  \r\nb", "a\r\nb", false);
	CHECK("a \t \nb", "a\nb", false);
	CHECK("a  b \t c", "a  b \t c", false);
	CHECK("a  ", "a", false);
	CHECK("  a", "  a", false);
	CHECK("a=20\r\nb", "a \r\nb", false);
	CHECK("a=20 \r\nb", "a \r\nb", false);
	CHECK("a \rb", "a \rb", false);
	CHECK(" \r\n \r\n", "\r\n\r\n", false);
}

static void
broken(void **state)
{
	CHECK("a=4", "a=4", true);
	CHECK("a=4\r\nb", "a=4\r\nb", true);
	CHECK("a=XYb", "a=XYb", true);
	CHECK("a=4Xb", "a=4Xb", true);
	CHECK("a==41", "a=A", true);
	CHECK("a= b", "a= b", true);
	CHECK("a=  =41", "a=  A", true);
}

/* More blanks than the decoder keeps are content, however they are cut. */
static void
many_blanks(void **state)
{
	char in[400], out[400];

	for (size_t n = MIME_QP_BLANKS - 2; n < MIME_QP_BLANKS + 3; n++) {
		size_t len = n + 4;

		memset(in, ' ', sizeof(in));
		in[0] = 'a';
		memcpy(in + 1 + n, "\r\nb", 3);
		memcpy(out, in, sizeof(in));
		if (n < MIME_QP_BLANKS) {
			memcpy(out + 1, "\r\nb", 3);
			len = 4;
		}
		check_span(span_of(in, n + 4), span_of(out, len), false);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),  cmocka_unit_test(soft_breaks), cmocka_unit_test(blanks),
		cmocka_unit_test(broken), cmocka_unit_test(many_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
