/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Multiparts, nested messages, encodings, and what readers disagree about (T31-T34, T38, T39).
 * Where two readings exist, the test says which one is taken and that the oddity is named.
 */
#include "mime_check.h"

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"

static void
multipart(void **state)
{
	CHECK(MIXED "preamble\r\n--b\r\nContent-Type: "
		    "text/html\r\n\r\n<p>\r\n--b\r\n\r\nplain\r\n\r\n--b--\r\n",
	      "headers 0\n",
	      "header 1 \"Content-Type\" \"text/html\"\nheaders 1\n"
	      "part 1 depth 1 identity type \"text/html\" text\n  |<p>\nend 1 size 3\n",
	      "headers 2\npart 2 depth 1 identity type \"\" text\n  |plain\\x0d\\x0a\nend 2 size "
	      "7\n",
	      "!preamble", "!oddity");
	CHECK("Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n\nx\n--b--\n",
	      "|x\nend 1 size 1\n", "!oddity"); /* bare line ends */
	CHECK(MIXED "--b  \r\n\r\nx\r\n--b-- \t\r\n \r\n", "|x\nend 1 size 1\n", "!oddity");
	CHECK(MIXED "--b\r\n--b\r\n\r\n--b--", "headers 1\npart 1", "end 1 size 0\n",
	      "headers 2\npart 2", "end 2 size 0\n", "!part 3");
	CHECK(MIXED "--b\r\nA: c\r\n--b--\r\n", "header 1 \"A\" \"c\"\nheaders 1\npart 1",
	      "end 1 size 0\n", "!oddity");
	CHECK(MIXED "--b\r\n\r\n-\r\n--\r\n--x\r\n---b\r\n --b\r\n--b--\r\n",
	      "  |-\\x0d\\x0a\n  |--\\x0d\\x0a\n  |--x\\x0d\\x0a\n  |---b\\x0d\\x0a\n  | --b\nend "
	      "1",
	      "!oddity");
	CHECK(MIXED "--b\r\n\r\nx\r\r\n--b--\r\n", "|x\\x0d\nend 1 size 2\n");
}

/* The inner boundary begins with the outer one, as many mailers make them. */
static void
nested(void **state)
{
	CHECK(MIXED
	      "--b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n\r\none\r\n"
	      "--bb\r\n\r\ntwo\r\n--bb--\r\n\r\n--b\r\n\r\nthree\r\n--b--\r\n",
	      "headers 1\n", "part 2 depth 2", "|one\n", "part 3 depth 2", "|two\n",
	      "part 4 depth 1", "|three\nend 4", "!oddity");
	/* T33: the inner one is not closed; the inner reuses the outer boundary */
	CHECK(MIXED "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\none\r\n"
		    "--b\r\n\r\ntwo\r\n--b--\r\n",
	      "|one\n", "part 3 depth 1", "|two\n", "oddity mime_missing_close");
	CHECK(MIXED "--b\r\n" MIXED "--b\r\n\r\none\r\n--b--\r\n", "part 2 depth 2", "|one\n",
	      "oddity mime_missing_close");
}

static void
ends(void **state)
{
	CHECK(MIXED "--b\r\n\r\nx\r\n", "|x\\x0d\\x0a\nend 1 size 3 open\n",
	      "oddity mime_missing_close");
	CHECK(MIXED "no part\r\n", "headers 0\nend md5", "oddity mime_missing_close", "!part 1");
	CHECK(MIXED "--b\r\n\r\nx\r\n--b--\r\nmore\r\n", "end 1 size 1\n", "mime_text_after_close",
	      "!|more");
	CHECK(MIXED "--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\ny\r\n--b--\r\n", "|x\n", "part 2", "|y\n",
	      "mime_text_after_close");
}

/* T32: every boundary that some reader would take. */
static void
boundaries(void **state)
{
	const char *two[] = { "|one\n", "|two\n", "!part 3", NULL };

#define BOTH(type, first, second)                                                                  \
	check_message(SPAN_LIT("Content-Type: multipart/mixed; " type "\r\n\r\n--" first           \
			       "\r\n\r\none\r\n--" second "\r\n\r\ntwo\r\n--" second "--\r\n"),    \
		      two)
	BOTH("boundary=b; boundary=c", "b", "c");
	BOTH("boundary=b c", "b c", "b");
	BOTH("boundary=b (comment)", "b", "b (comment)");
	BOTH("boundary*0=b; boundary*1=c", "bc", "bc");
	BOTH("boundary=x; boundary*=us-ascii''b", "b", "x");
	BOTH("boundary=\"=?us-ascii?Q?b?=\"", "b", "=?us-ascii?Q?b?=");
	BOTH("boundary=\"b\"\r\nContent-Type: multipart/mixed; boundary=c", "b", "c");
	BOTH("boundary=\"b \"", "b", "b");
	BOTH("boundary=\"a\\\"b\"", "a\"b", "a\"b");
	BOTH("boundary=\"a;b\"", "a;b", "a;b");
	BOTH("BOUNDARY = b", "b", "b");
#undef BOTH
	CHECK("Content-Type: multipart/mixed; boundary=b; "
	      "boundary=c\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
	      "mime_duplicate_param");
	CHECK("Content-Type: multipart/mixed; boundary=b c\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
	      "mime_odd_boundary");
	CHECK("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nx\r\n",
	      "part 0 depth 0", "|--\\x0d", "mime_no_boundary");
	CHECK("Content-Type: multipart/mixed\r\n\r\n--b\r\n", "part 0 depth 0", "mime_no_boundary");
	/* RFC 2046 asks for no exact match, many readers do */
	CHECK(MIXED "--bx\r\n\r\none\r\n--b--y\r\n", "headers 1\n", "|one\nend 1 size 3\n",
	      "oddity mime_odd_boundary");
}

static void
long_boundary(void **state)
{
	char m[4000], b[300];

	for (size_t len = 70; len < 290; len += 55) {
		const char *ok[] = { "|x\nend 1 size 1\n", "!oddity", NULL };
		const char *odd[] = { "|x\nend 1 size 1\n", "oddity mime_long_boundary", NULL };
		int n;

		memset(b, 'b', len);
		b[len] = '\0';
		n = snprintf(m, sizeof(m),
			     "Content-Type: multipart/mixed; "
			     "boundary=%s\r\n\r\n--%s\r\n\r\nx\r\n--%s--\r\n",
			     b, b, b);
		check_message(span_of(m, (size_t)n), len == 70 ? ok : odd);
	}
	/* a delimiter's line that is longer than what is held */
	memset(m, 'x', sizeof(m));
	memcpy(m, MIXED "--b", sizeof(MIXED "--b") - 1);
	memcpy(m + 1000, "\r\n\r\nyes\r\n--b--\r\n", 16);
	check_message(span_of(m, 1016),
		      (const char *[]){ "headers 1\n", "|yes\n", "mime_odd_boundary", NULL });
}

static void
encodings(void **state)
{
#define PART(headers, body) MIXED "--b\r\n" headers "\r\n" body "\r\n--b--\r\n"
	CHECK(PART("Content-Transfer-Encoding: base64\r\n", "SGVsbG8=\r\n"),
	      "part 1 depth 1 base64", "|Hello\nend 1 size 5\n", "!oddity");
	CHECK(PART("Content-Transfer-Encoding: BASE64 \r\n", "SGVs\r\nbG8=\r\n"),
	      "|Hello\nend 1 size 5\n", "!oddity");
	CHECK(PART("Content-Transfer-Encoding: quoted-printable\r\n", "=48=65=\r\nllo \r\n"),
	      "part 1 depth 1 quoted-printable", "|Hello\\x0d\\x0a\nend 1 size 7\n", "!oddity");
	CHECK(PART("Content-Transfer-Encoding: 8bit\r\n", "\xe9\r\n"), "|\\xe9\\x0d\\x0a\n",
	      "!oddity");
	/* T34: written oddly, taken; unknown, given as it is; both, the one that decodes */
	CHECK(PART("Content-Transfer-Encoding: \"base64\"\r\n", "SGVsbG8="), "|Hello\n",
	      "mime_odd_encoding");
	CHECK(PART("Content-Transfer-Encoding: base64;\r\n", "SGVsbG8="), "|Hello\n",
	      "mime_odd_encoding");
	CHECK(PART("Content-Transfer-Encoding: (x) base64\r\n", "SGVsbG8="), "|Hello\n",
	      "mime_odd_encoding");
	CHECK(PART("Content-Transfer-Encoding: ba\r\n se64\r\n", "SGVsbG8="), "|Hello\n",
	      "mime_odd_encoding");
	CHECK(PART("Content-Transfer-Encoding: base645\r\n", "SGVsbG8="), "part 1 depth 1 unknown",
	      "|SGVsbG8=\n", "mime_odd_encoding");
	CHECK(PART("Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n",
		   "SGVsbG8="),
	      "|Hello\n", "mime_duplicate_header");
	CHECK(PART("Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit\r\n",
		   "SGVsbG8="),
	      "|Hello\n", "mime_duplicate_header");
	CHECK(PART("Content-Transfer-Encoding: base64\r\n", "SGV*sbG8"), "|Hello\n",
	      "mime_invalid_base64");
	CHECK(PART("Content-Transfer-Encoding: quoted-printable\r\n", "=4"), "|=4\n",
	      "mime_invalid_qp");
	CHECK(PART("Content-Transfer-Encoding: base64\r\n",
		   "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"),
	      "end 1 size 57\n", "!oddity");
	CHECK(PART("Content-Transfer-Encoding: base64\r\n",
		   "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQ"),
	      "oddity mime_long_enc_line");
}

static void
names(void **state)
{
	CHECK(PART("Content-Disposition: attachment; filename=a.txt\r\n", "x"),
	      "type \"\" text attachment name \"a.txt\"\n", "sha256=", "!oddity");
	CHECK(PART("Content-Disposition: attachment\r\nContent-Type: image/png\r\n", "x"),
	      "type \"image/png\" attachment\n", "!oddity");
	CHECK(PART("Content-Disposition: inline\r\n", "x"), "type \"\" text\n", "!attachment\n");
	CHECK(PART("Content-Type: image/png; name=\"a.png\"\r\n", "x"),
	      "type \"image/png\" attachment name \"a.png\"\n", "!oddity");
	CHECK(PART("Content-Type: image/png; name=a.png\r\nContent-Disposition: inline; "
		   "filename=a.png\r\n",
		   "x"),
	      "name \"a.png\"\n", "!oddity");
	/* T38 */
	CHECK(PART("Content-Type: image/png; name=a.png\r\nContent-Disposition: inline; "
		   "filename=b.exe\r\n",
		   "x"),
	      "name \"b.exe\" other \"a.png\"\n", "mime_conflicting_names");
	CHECK(PART("Content-Disposition: attachment; filename=a.png; filename*=utf-8''b%2Eexe\r\n",
		   "x"),
	      "name \"b.exe\" other \"a.png\"\n", "mime_duplicate_param");
	CHECK(PART("Content-Disposition: attachment;\r\n "
		   "filename*0=\"a\";\r\n\tfilename*1=b.exe\r\n",
		   "x"),
	      "name \"ab.exe\"\n", "!oddity");
	/* each that some reader would take */
	CHECK(PART("Content-Disposition: attachment; filename=a.txt; filename=b.exe\r\n", "x"),
	      "name \"a.txt\" other \"b.exe\"\n", "mime_duplicate_param");
	CHECK(PART("Content-Disposition: attachment; filename*=utf-8''a.txt; "
		   "filename*=utf-8''b.exe; filename=c\r\n",
		   "x"),
	      "name \"a.txt\" other \"b.exe\" other \"c\"\n", "mime_duplicate_param");
	CHECK(PART("Content-Disposition: inline; filename=a.txt\r\n"
		   "Content-Disposition: inline; filename=b.exe\r\n",
		   "x"),
	      "name \"a.txt\" other \"b.exe\"\n", "mime_duplicate_header");
	CHECK(PART("Content-Type: a/b; name=1; name=2; name=3; name=4; name=5; name=6\r\n", "x"),
	      "name \"1\" other \"2\" other \"3\" other \"4\" other \"5\"\n",
	      "mime_names_exceeded");
}

static void
types(void **state)
{
	CHECK("Content-Type: Text/HTML ; charset=x\r\n\r\n", "type \"text/html\" text\n",
	      "!oddity");
	CHECK("Content-Type: text\r\n\r\n", "type \"text\" text\n");
	CHECK("Content-Type: im(x)age/png\r\n\r\n", "type \"image/png\"\n");
	CHECK("Content-Type: text/plain\r\nContent-Type: image/png\r\n\r\n",
	      "type \"text/plain\" text\n", "mime_duplicate_header");
	/* T31: the reading with parts shows most, in either order */
	CHECK("Content-Type: text/plain\r\n" MIXED "--b\r\n\r\nx\r\n--b--\r\n", "part 1", "|x\n",
	      "mime_duplicate_header");
	CHECK("Content-Type: multipart/mixed; boundary=b\r\nContent-Type: text/plain\r\n\r\n"
	      "--b\r\n\r\nx\r\n--b--\r\n",
	      "part 1", "|x\n", "mime_duplicate_header");
	CHECK("From: a\r\nFrom: b\r\n\r\n", "mime_duplicate_header");
	CHECK("Content-Type: message/partial; id=1\r\n\r\nx", "part 0", "|x\n",
	      "mime_partial_message");
	CHECK("Content-Type: message/external-body\r\n\r\nx", "mime_partial_message");
}

static void
messages(void **state)
{
	CHECK(MIXED
	      "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nhello\r\n--b--\r\n",
	      "headers 1\n", "header 2 \"Subject\" \"in\"\nheaders 2\n", "part 2 depth 2",
	      "|hello\nend 2", "!oddity");
	CHECK("Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nA: "
	      "b\r\n\r\nx",
	      "headers 0\n", "headers 1\n", "header 2 \"A\"", "part 2 depth 2", "|x\n", "!oddity");
	CHECK("Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: "
	      "one\r\n\r\nx\r\n--b--\r\n",
	      "headers 1\n", "header 2 \"Subject\" \"one\"", "|x\n", "!oddity");
	CHECK("Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\nContent-Type: "
	      "text/plain\r\n\r\nx\r\n"
	      "--b--\r\n",
	      "part 1 depth 1", "|x\n");
	CHECK("Content-Type: message/rfc822\r\n\r\n", "headers 0\nheaders 1\npart 1 depth 1",
	      "end 1 size 0\n");
	/* no blank line before the nested header's text: both blocks end there */
	CHECK("Content-Type: message/rfc822\r\ntext\r\n", "headers 0\nheaders 1\npart 1",
	      "|text\\x0d\\x0a\n", "mime_malformed_msg");
}

/* RFC 2045 6.4 forbids it, readers decode it: T39. */
static void
encoded_containers(void **state)
{
	/* Subject: in, blank, <p>hello */
	CHECK(MIXED
	      "--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	      "U3ViamVjdDogaW4NCg0KPHA+\r\naGVsbG8NCg==\r\n--b\r\n\r\nnext\r\n--b--\r\n",
	      "header 2 \"Subject\" \"in\"\nheaders 2\npart 2 depth 2",
	      "|<p>hello\\x0d\\x0a\nend 2 size 10\n", "part 3 depth 1", "|next\n",
	      "oddity mime_encoded_multipart", "!mime_missing_close");
	/* --c CRLF CRLF one CRLF --c-- CRLF */
	CHECK("Content-Type: multipart/mixed; boundary=c\r\nContent-Transfer-Encoding: "
	      "base64\r\n\r\n"
	      "LS1jDQoNCm9uZQ0KLS1jLS0NCg==\r\n",
	      "part 1 depth 2", "|one\nend 1 size 3\n", "oddity mime_encoded_multipart",
	      "!mime_missing_close");
	/* the same, but it is not encoded at all */
	CHECK("Content-Type: multipart/mixed; boundary=c\r\nContent-Transfer-Encoding: "
	      "base64\r\n\r\n"
	      "--c\r\n\r\none\r\n--c--\r\n",
	      "part 1 depth 1", "|one\nend 1 size 3\n", "oddity mime_encoded_multipart",
	      "!mime_missing_close");
	CHECK("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
	      "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=3D\r\n",
	      "part 1 depth 1 base64 type \"text/html\"", "|Hello\nend 1 size 5\n",
	      "mime_encoded_multipart");
	CHECK("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: "
	      "base64\r\n\r\nU3ViamVjdDogaW4",
	      "header 1 \"Subject\" \"in\"", "mime_invalid_base64");
}

static void
urls(void **state)
{
	CHECK("A: b\r\n\r\nSee http://a.b/c, HTTPS://x.y?z=1> or \"ftp://f\" and gopher://no "
	      "http://end",
	      "url \"http://a.b/c,\"\nurl \"HTTPS://x.y?z=1\"\nurl \"ftp://f\"\nurl "
	      "\"http://end\"\nend 0",
	      "!gopher://no\"");
	CHECK("A: b\r\n\r\nhttp:// http:/ :// xhttp://a.b::http://c\r\nhttp://d",
	      "url \"http://\"\nurl \"http://a.b::http://c\"\nurl \"http://d\"\nend 0");
	CHECK("Content-Transfer-Encoding: quoted-printable\r\n\r\nhttp://a.b/=\r\nlong=3D\r\n",
	      "url \"http://a.b/long=\"\n");
	CHECK("Content-Type: image/png\r\n\r\nhttp://a.b/\r\n", "!url");
	CHECK(MIXED "http://pre\r\n\r\nx\r\n--b\r\n\r\nhttp://in\r\n--b--\r\nhttp://post",
	      "url \"http://pre\"\n", "part 1", "url \"http://in\"\nend 1",
	      "url \"http://post\"\n");
	/* a delimiter right behind it */
	CHECK(MIXED "http://pre\r\n--b\r\n\r\nx\r\n--b--\r\nhttp://post\r\n--b\r\n\r\ny\r\n",
	      "url \"http://pre\"\n", "|x\n", "url \"http://post\"\n", "|y");
	CHECK(MIXED "--b\r\n\r\nhttp://a.b/c\r\n--b\r\n\r\nd http\r\n--b\r\n\r\n://e\r\n--b--\r\n",
	      "url \"http://a.b/c\"\nend 1", "!url \"http://e");
}

/* A delimiter where servers break long lines, and only there; whatever the rest of the line is. */
static void
folded(void **state)
{
	static const size_t at[] = { 989, 990, 991, 997, 998, 999, 1300, 2047, 2048, 2049, 3000 };
	static const char *const tails[] = { "--b\r\n", "--b--\n", "--b ", "--bcdefgh\r\ny" };
	static char message[4096];

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		for (size_t k = 0; k < sizeof(tails) / sizeof(tails[0]); k++) {
			bool odd = at[i] == 990 || at[i] == 998 || at[i] == 2048;
			int n = sprintf(message, MIXED "--b\r\n\r\n");

			memset(message + n, 'x', at[i]);
			strcpy(message + (size_t)n + at[i], tails[k]);
			check_message(span_str(message), (const char *[]){
				"end 1", odd ? "oddity mime_odd_boundary" : "!mime_odd_boundary", NULL });
		}
	}
	/* no delimiter of this message */
	memcpy(message + sizeof(MIXED) - 1 + 7 + 990, "--c", 3);
	check_message(span_str(message), (const char *[]){ "!mime_odd_boundary", NULL });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multipart),	 cmocka_unit_test(nested),
		cmocka_unit_test(ends),		 cmocka_unit_test(boundaries),
		cmocka_unit_test(long_boundary), cmocka_unit_test(encodings),
		cmocka_unit_test(names),	 cmocka_unit_test(types),
		cmocka_unit_test(messages),	 cmocka_unit_test(encoded_containers),
		cmocka_unit_test(urls),		 cmocka_unit_test(folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
