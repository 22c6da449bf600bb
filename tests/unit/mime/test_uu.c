/* SPDX-License-Identifier: BSD-3-Clause */
/* uuencode: lines, and the part that a file in a text becomes. */
#include "mime_check.h"
#include "mime_internal.h"

static void
lines(void **state)
{
	uint8_t out[MIME_UU_LINE];

	assert_int_equal(mime_uu_line(SPAN_LIT("#86)C\r\n"), out), 3);
	assert_memory_equal(out, "abc", 3);
	assert_int_equal(mime_uu_line(SPAN_LIT("!80``\n"), out), 1);
	assert_memory_equal(out, "a", 1);
	assert_int_equal(mime_uu_line(SPAN_LIT("!80"), out), 1);    /* blanks were lost */
	assert_int_equal(mime_uu_line(SPAN_LIT("#86)CX"), out), 3); /* a check character */
	assert_int_equal(mime_uu_line(SPAN_LIT("`"), out), 0);
	assert_int_equal(mime_uu_line(SPAN_LIT(" "), out), 0);
	assert_int_equal(mime_uu_line(SPAN_LIT("_"
					       "________________________________"
					       "________________________________"
					       "____________________"),
				      out),
			 63);
	assert_int_equal(mime_uu_line(SPAN_LIT(""), out), -1);
	assert_int_equal(mime_uu_line(SPAN_LIT("#86)"), out), -1);
	assert_int_equal(mime_uu_line(SPAN_LIT("#86)CXY"), out), -1);
	assert_int_equal(mime_uu_line(SPAN_LIT("#86c)"), out), -1);
	assert_int_equal(mime_uu_line(SPAN_LIT("text goes on"), out), -1);
}

static void
begin_lines(void **state)
{
	assert_true(span_eq(mime_uu_begin(SPAN_LIT("begin 644 a b.txt\r\n")), SPAN_LIT("a b.txt")));
	assert_true(span_eq(mime_uu_begin(SPAN_LIT("begin 0755 x\n")), SPAN_LIT("x")));
	assert_int_equal(mime_uu_begin(SPAN_LIT("begin 644\r\n")).len, 0);
	assert_int_equal(mime_uu_begin(SPAN_LIT("begin 644 \r\n")).len, 0);
	assert_int_equal(mime_uu_begin(SPAN_LIT("begin 64 x\r\n")).len, 0);
	assert_int_equal(mime_uu_begin(SPAN_LIT("begin 888 x\r\n")).len, 0);
	assert_int_equal(mime_uu_begin(SPAN_LIT("Begin 644 x\r\n")).len, 0);
	assert_int_equal(mime_uu_begin(SPAN_LIT(" begin 644 x\r\n")).len, 0);
	assert_true(mime_uu_end(SPAN_LIT("end \r\n")));
	assert_false(mime_uu_end(SPAN_LIT("ending\r\n")));
}

static void
file_in_text(void **state)
{
	CHECK("Subject: x\r\n\r\nSee:\r\nbegin 644 "
	      "abc.txt\r\n#86)C\r\n#9&5F\r\n`\r\nend\r\nBye\r\n",
	      "part 0 depth 0 identity type \"\" text\n",
	      "  |See:\\x0d\\x0a\n  |begin 644 abc.txt\\x0d\\x0a\nend 0 size 25\n",
	      "part 1 depth 0 uuencode type \"\" attachment name \"abc.txt\"\n  |abcdef\nend 1 "
	      "size 6 "
	      "sha256=",
	      "part 2 depth 0 identity type \"\" text\n  |Bye\\x0d\\x0a\nend 2 size 5\n",
	      "!oddity");
	/* nothing behind it: no third part; and it may be the first thing */
	CHECK("A: b\r\n\r\nbegin 644 a\r\n#86)C\r\nend\r\n", "part 1 depth 0 uuencode",
	      "end 1 size 3 sha", "end md5", "!part 2");
}

static void
in_multipart(void **state)
{
	CHECK("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
	      "text/plain\r\n\r\n"
	      "t\r\nbegin 644 a\r\n#86)C\r\nend\r\n\r\nafter\r\n--b\r\n\r\nnext\r\n--b--\r\n",
	      "part 1 depth 1 identity type \"text/plain\" text", "part 2 depth 1 uuencode",
	      "part 3 depth 1 identity type \"text/plain\" text\n  |\\x0d\\x0a\n  |after\nend 3 "
	      "size 7\n",
	      "part 4", "|next\n", "!oddity");
	CHECK("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nbegin 644 "
	      "a\r\n#86)C\r\n--b--\r\n",
	      "part 2 depth 1 uuencode", "|abc\nend 2 size 3 sha", "oddity mime_invalid_uu",
	      "!part 3");
}

/* A text that only looks like it stays whole. */
static void
no_file(void **state)
{
	CHECK("A: b\r\n\r\nbegin 644 things\r\nand go on http://a.b/\r\nend\r\n",
	      "|begin 644 things\\x0d\\x0a\n  |and go on http://a.b/\\x0d\\x0a\n  |end\\x0d\\x0a\n",
	      "url \"http://a.b/\"", "!part 1");
	CHECK("A: b\r\n\r\nbegin 644 one\r\nbegin 644 two\r\n#86)C\r\nend\r\n", "name \"two\"",
	      "!\"one\"");
	/* broken off: what follows is text */
	CHECK("A: b\r\n\r\nbegin 644 one\r\n#86)C\r\nno data here\r\nend\r\n",
	      "part 1 depth 0 uuencode", "|abc\nend 1 size 3 open", "part 2 depth 0 identity",
	      "|no data here\\x0d\\x0a\n  |end\\x0d\\x0a\n");
	/* only in text, only where it is not encoded otherwise */
	CHECK("Content-Type: image/png\r\n\r\nbegin 644 a\r\n#86)C\r\nend\r\n", "|begin 644",
	      "!uuencode");
}

static void
transfer_encoding(void **state)
{
	CHECK("Content-Transfer-Encoding: x-uuencode\r\nContent-Type: image/gif; name=a.gif\r\n\r\n"
	      "begin 644 b.gif\r\n#86)C\r\n`\r\nend\r\n",
	      "part 0 depth 0 uuencode type \"image/gif\" attachment name \"a.gif\" other \"b.gif\"\n"
	      "  |abc\nend 0 size 3 sha",
	      "oddity mime_conflicting_names", "!part 1");
	/* its only name is that of the begin line */
	CHECK("Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a b.exe\r\n#86)C\r\nend\r\n",
	      "part 0 depth 0 uuencode type \"\" text attachment name \"a b.exe\"\n  |abc\n",
	      "end 0 size 3 sha", "!oddity", "!part 1");
	CHECK("Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n", "name \"a\"\nend 0",
	      "oddity mime_invalid_uu");
	CHECK("Content-Transfer-Encoding: x-uuencode\r\n\r\n", "part 0 depth 0 uuencode", "end 0",
	      "oddity mime_invalid_uu");
	CHECK("Content-Transfer-Encoding: x-uuencode\r\n\r\nbeg\r\nnone\r\n",
	      "part 0 depth 0 uuencode", "|beg\\x0d\\x0a\n  |none\\x0d\\x0a\nend 0 size 11",
	      "oddity mime_invalid_uu");
}

/* The body's first line ended the header block, no blank line did. */
static void
no_blank_line(void **state)
{
	CHECK("Content-Transfer-Encoding: x-uuencode\r\nbegin 644 a.exe\r\n#86)C\r\nend\r\n",
	      "part 0 depth 0 uuencode type \"\" text attachment name \"a.exe\"\n  |abc\nend 0 size 3",
	      "oddity mime_malformed_msg", "!mime_invalid_uu");
	CHECK("Content-Transfer-Encoding: x-uuencode\r\n-\r\nbegin 644 a\r\n#86)C\r\nend\r\n",
	      "part 0 depth 0 uuencode type \"\" text\n  |-\\x0d\\x0a\nend 0 size 3",
	      "part 1 depth 0 uuencode type \"\" text attachment name \"a\"\n  |abc\nend 1 size 3");
	CHECK("Content-Transfer-Encoding: x-uuencode\r\nbegins here\r\n",
	      "part 0 depth 0 uuencode type \"\" text\n  |begins here\\x0d\\x0a\nend 0 size 13");
	CHECK("Subject: x\r\nbegin 644 a.exe\r\n#86)C\r\nend\r\n",
	      "part 0 depth 0 identity type \"\" text\n  |begin 644 a.exe\\x0d\\x0a\nend 0",
	      "part 1 depth 0 uuencode type \"\" attachment name \"a.exe\"\n  |abc\nend 1 size 3");
}

/* Each file of such a body is a part of its own, for it has its own name. */
static void
more_than_one(void **state)
{
	CHECK("Content-Transfer-Encoding: x-uuencode\r\nContent-Type: x/y; name=h\r\n\r\nhello\r\n"
	      "begin 644 a\r\n#86)C\r\nend\r\nbegin 644 b\r\n#9&5F\r\nbegin 644 c\r\n#86)C\r\n",
	      "part 0 depth 0 uuencode type \"x/y\" attachment name \"h\"\n  |hello\\x0d\\x0a\nend 0 size 7",
	      "part 1 depth 0 uuencode type \"x/y\" attachment name \"h\" other \"a\"\n  |abc\nend 1 size 3",
	      "part 2 depth 0 uuencode type \"x/y\" attachment name \"h\" other \"b\"\n  |def\nend 2 size 3",
	      "part 3 depth 0 uuencode type \"x/y\" attachment name \"h\" other \"c\"\n  |abc\nend 3 size 3",
	      "!part 4", "oddity mime_invalid_uu");
	CHECK("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
	      "Content-Transfer-Encoding: uuencode\r\n\r\nbegin 644 a\r\n#86)C\r\nend\r\n"
	      "begin 644 b\r\n#9&5F\r\nend\r\n--b\r\n\r\nlast\r\n--b--\r\n",
	      "part 1 depth 1 uuencode type \"\" text attachment name \"a\"\n  |abc\nend 1 size 3",
	      "part 2 depth 1 uuencode type \"\" text attachment name \"b\"\n  |def\nend 2 size 3",
	      "part 3 depth 1 identity", "|last\nend 3", "!oddity");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),	cmocka_unit_test(begin_lines),
		cmocka_unit_test(file_in_text), cmocka_unit_test(in_multipart),
		cmocka_unit_test(no_file),	cmocka_unit_test(transfer_encoding),
		cmocka_unit_test(more_than_one), cmocka_unit_test(no_blank_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
