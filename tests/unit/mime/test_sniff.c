/* SPDX-License-Identifier: BSD-3-Clause */
/* File types by their first bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mime.h"

static void
check_span(struct span in, const char *expected)
{
	uint8_t *copy = malloc(in.len > 0 ? in.len : 1);
	struct span type;

	if (in.len > 0)
		memcpy(copy, in.ptr, in.len);
	type = mime_sniff(span_of(copy, in.len));
	free(copy);
	assert_int_equal(type.len, strlen(expected));
	assert_memory_equal(type.ptr, expected, type.len);
}

#define CHECK(in, type) check_span(SPAN_LIT(in), type)

static void
types(void **state)
{
	CHECK("%PDF-1.7\n", "application/pdf");
	CHECK("MZ\x90\0\x03", "application/x-dosexec");
	CHECK("\x7f"
	      "ELF\2",
	      "application/x-executable");
	CHECK("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "application/x-ole-storage");
	CHECK("Rar!\x1a\x07\x01", "application/x-rar");
	CHECK("\x89PNG\r\n\x1a\n\0", "image/png");
	CHECK("\x1f\x8b\x08\0", "application/gzip");
	CHECK("  \r\n<!DOCTYPE HTML>", "text/html");
	CHECK("\xef\xbb\xbf<?xml version", "text/xml");
	CHECK("{\\rtf1", "text/rtf");
	CHECK("RIFF\1\2\3\4WEBPVP8 ", "image/webp");
}

static void
zips(void **state)
{
	CHECK("PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0x", "application/zip");
	CHECK("PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0word/a",
	      "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
	CHECK("PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0[Content]"
	      "PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0xl/w",
	      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
	CHECK("PK\3\4", "application/zip");
}

static void
unknown(void **state)
{
	CHECK("", "");
	CHECK("hello", "");
	CHECK("%PD", "");
	CHECK("M", "");
	CHECK("\0\0\0\0", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types),
		cmocka_unit_test(zips),
		cmocka_unit_test(unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
