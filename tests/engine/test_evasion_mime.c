/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages that mail programs read differently (research on MIME parsers: duplicate fields and
 * parameters, boundaries, encodings, separators, names, containers): the rule that should match does
 * match, and what is ambiguous has its event. Whole and byte by byte, by DATA and by BDAT.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "play.h"

#define RULE(sid, options) "alert smtp any any -> any any (" options " sid:" sid ";)\n"
static const char rules[] =
	RULE("9001", "file.data; content:\"EVILMARK\";") RULE("9002", "fileext:\"exe\";")
		RULE("9003", "file.name; content:\"evil.exe\"; bsize:8;")
			RULE("9004", "email.url; content:\"evil.example/x\";")
				RULE("9005", "mime.filename; content:\"evil\";")
					RULE("9006", "mime.filetype; content:\"application/x-dosexec\";")
						RULE("9007", "mime.text; content:\"EVILTEXT\";");

/* What must be told. */
#define DATA "\"signature_id\":9001,"
#define EXT "\"signature_id\":9002,"
#define NAME "\"signature_id\":9003,"
#define URL "\"signature_id\":9004,"
#define PART_NAME "\"signature_id\":9005,"
#define PROGRAM "\"signature_id\":9006,"
#define IN_TEXT "\"signature_id\":9007,"
#define ODD(name) "\"MIME_" name "\""

#define ATTACHED "Content-Disposition: attachment; filename=x\r\n"
#define BASE64 "Content-Transfer-Encoding: base64\r\n"
#define QP "Content-Transfer-Encoding: quoted-printable\r\n"
#define MARK64 "RVZJTE1BUks="
#define MIXED(params) "Content-Type: multipart/mixed; " params "\r\n"
#define IN(fields, body) MIXED("boundary=b") "\r\n--b\r\n" fields ATTACHED "\r\n" body "\r\n--b--\r\n"
#define NAMED(disposition) MIXED("boundary=b") "\r\n--b\r\n" disposition "\r\nx\r\n--b--\r\n"
#define EVIL ATTACHED "\r\nEVILMARK\r\n"

#define X10 "xxxxxxxxxx"
#define X110 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X990 X110 X110 X110 X110 X110 X110 X110 X110 X110
/* A line that some servers fold at n bytes, where a delimiter begins then: it is one to them. */
#define FOLDED(n) MIXED("boundary=b") "\r\n--b\r\n\r\n" n "--b\r\n" ATTACHED "\r\nEVILTEXT\r\n--b--\r\n"

/* clang-format off */
static const struct evasion {
	const char *id, *message;
	const char *told[4];
} evasions[] = {
	/* fields twice, in either order */
	{ "type, then multipart", "Content-Type: text/plain\r\n" MIXED("boundary=b") "\r\n--b\r\n"
	  EVIL "--b--\r\n", { DATA, ODD("DUPLICATE_HEADER") } },
	{ "multipart, then type", MIXED("boundary=b") "Content-Type: text/plain\r\n\r\n--b\r\n"
	  EVIL "--b--\r\n", { DATA, ODD("DUPLICATE_HEADER") } },
	{ "7bit, then base64", IN("Content-Transfer-Encoding: 7bit\r\n" BASE64, MARK64),
	  { DATA, ODD("DUPLICATE_HEADER") } },
	{ "base64, then 7bit", IN(BASE64 "Content-Transfer-Encoding: 7bit\r\n", MARK64),
	  { DATA, ODD("DUPLICATE_HEADER") } },
	{ "two dispositions", NAMED("Content-Disposition: attachment; filename=a.txt\r\n"
	  "Content-Disposition: attachment; filename=evil.exe\r\n"),
	  { EXT, NAME, ODD("DUPLICATE_HEADER") } },
	/* boundaries */
	{ "the first of two", MIXED("boundary=b; boundary=c") "\r\n--b\r\n" EVIL "--b--\r\n",
	  { DATA, ODD("DUPLICATE_PARAM") } },
	{ "the second of two", MIXED("boundary=c; boundary=b") "\r\n--b\r\n" EVIL "--b--\r\n",
	  { DATA, ODD("DUPLICATE_PARAM") } },
	{ "in pieces", MIXED("boundary*0=b; boundary*1=c") "\r\n--bc\r\n" EVIL "--bc--\r\n",
	  { DATA, ODD("ODD_BOUNDARY") } },
	{ "an encoded word", MIXED("boundary=\"=?us-ascii?Q?b?=\"") "\r\n--b\r\n" EVIL "--b--\r\n",
	  { DATA, ODD("ODD_BOUNDARY") } },
	{ "a comment behind it", MIXED("boundary=b (c)") "\r\n--b\r\n" EVIL "--b--\r\n",
	  { DATA, ODD("ODD_BOUNDARY") } },
	{ "a blank in it", MIXED("boundary=\"b \"") "\r\n--b\r\n" EVIL "--b--\r\n",
	  { DATA, ODD("ODD_BOUNDARY") } },
	{ "over 70 bytes", MIXED("boundary=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	  "bbbbbbbbbbbbbbbb") "\r\n--bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	  "bbbbbbbbbbbbbbbb\r\n" EVIL, { DATA, ODD("LONG_BOUNDARY") } },
	/* nesting */
	{ "the inner is the outer's prefix", MIXED("boundary=bc") "\r\n--bc\r\n" MIXED("boundary=b")
	  "\r\n--b\r\n\r\nx\r\n--bc\r\n" EVIL "--bc--\r\n", { DATA, ODD("MISSING_CLOSE") } },
	{ "the inner reuses the outer's", MIXED("boundary=b") "\r\n--b\r\n" MIXED("boundary=b")
	  "\r\n--b\r\n" EVIL "--b--\r\n", { DATA } },
	{ "no close", MIXED("boundary=b") "\r\n--b\r\n" EVIL, { DATA, ODD("MISSING_CLOSE") } },
	{ "a part behind the close", MIXED("boundary=b") "\r\n--b\r\n\r\nx\r\n--b--\r\n--b\r\n" EVIL
	  "--b--\r\n", { DATA, ODD("TEXT_AFTER_CLOSE") } },
	{ "a link before the parts", MIXED("boundary=b") "\r\nhttp://evil.example/x\r\n--b\r\n\r\n"
	  "x\r\n--b--\r\n", { URL } },
	{ "a link behind the parts", MIXED("boundary=b") "\r\n--b\r\n\r\nx\r\n--b--\r\n"
	  "http://evil.example/x\r\n", { URL, ODD("TEXT_AFTER_CLOSE") } },
	{ "more behind a delimiter", MIXED("boundary=b") "\r\n--b z\r\n" EVIL "--b--\r\n",
	  { DATA, ODD("ODD_BOUNDARY") } },
	/* transfer encodings */
	{ "upper case and blanks", IN("Content-Transfer-Encoding:  BASE64 \t\r\n", MARK64), { DATA } },
	{ "a comment", IN("Content-Transfer-Encoding: (c) base64\r\n", MARK64),
	  { DATA, ODD("ODD_ENCODING") } },
	{ "a fold", IN("Content-Transfer-Encoding:\r\n base64\r\n", MARK64), { DATA } },
	{ "a fold in it", IN("Content-Transfer-Encoding: ba\r\n se64\r\n", MARK64),
	  { DATA, ODD("ODD_ENCODING") } },
	{ "quotes", IN("Content-Transfer-Encoding: \"base64\"\r\n", MARK64),
	  { DATA, ODD("ODD_ENCODING") } },
	{ "unknown", IN("Content-Transfer-Encoding: base645\r\n", "EVILMARK"),
	  { DATA, ODD("ODD_ENCODING") } },
	{ "uuencode", IN("Content-Transfer-Encoding: x-uuencode\r\n",
	  "begin 644 evil.exe\r\n(159)3$U!4DL`\r\n`\r\nend"), { DATA } },
	{ "only the begin line names it", MIXED("boundary=b") "\r\n--b\r\nContent-Transfer-Encoding: "
	  "x-uuencode\r\n\r\nbegin 644 evil.exe\r\n(159)3$U!4DL`\r\n`\r\nend\r\n--b--\r\n",
	  { DATA, EXT, NAME } },
	{ "the second begin line names it", MIXED("boundary=b") "\r\n--b\r\n"
	  "Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a.txt\r\n#86)C\r\n`\r\nend\r\n"
	  "begin 644 evil.exe\r\n(159)3$U!4DL`\r\n`\r\nend\r\n--b--\r\n", { DATA, EXT, NAME } },
	{ "a multipart in base64", MIXED("boundary=b") BASE64 "\r\n"
	  "LS1iDQpDb250ZW50LURpc3Bvc2l0aW9uOiBhdHRhY2htZW50OyBmaWxlbmFtZT14\r\n"
	  "DQoNCkVWSUxNQVJLDQotLWItLQ0K\r\n", { DATA, ODD("ENCODED_MULTIPART") } },
	/* charsets */
	{ "UTF-16", "Content-Type: text/plain; charset=utf-16le\r\n" BASE64 "\r\n"
	  "RQBWAEkATABUAEUAWABUAA==", { IN_TEXT } },
	{ "UTF-16 by its mark", "Content-Type: text/html; charset=\"utf-16\"\r\n" BASE64 "\r\n"
	  "/v8ARQBWAEkATABUAEUAWABU", { IN_TEXT } },
	{ "UTF-16 and a lone surrogate", "Content-Type: text/plain; charset=utf-16le\r\n" BASE64
	  "\r\nANxFAFYASQBMAFQARQBYAFQA", { IN_TEXT, ODD("INVALID_TEXT") } },
	{ "EBCDIC", "Content-Type: text/plain; charset=ibm037\r\n" BASE64 "\r\nxeXJ0+PF5+M=",
	  { IN_TEXT } },
	{ "a charset that is not known", "Content-Type: text/plain; charset=none\r\n\r\nEVILTEXT",
	  { IN_TEXT, ODD("UNKNOWN_CHARSET") } },
	{ "no type", "Subject: x\r\n\r\nEVILTEXT", { IN_TEXT } },
	/* a charset that is declared, but is not that of the text */
	{ "not UTF-16", "Content-Type: text/plain; charset=utf-16\r\n" BASE64 "\r\nRVZJTFRFWFQ=",
	  { IN_TEXT } },
	{ "not EBCDIC", "Content-Type: text/plain; charset=ibm037\r\n\r\nEVILTEXT", { IN_TEXT } },
	{ "no Japanese", "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$BEVILTEXT",
	  { IN_TEXT } },
	{ "a first byte eaten", "Content-Type: text/plain; charset=big5\r\n\r\n\xa4" "EVILTEXT",
	  { IN_TEXT } },
	{ "a delimiter behind 990 bytes", FOLDED(X990), { IN_TEXT, ODD("ODD_BOUNDARY") } },
	{ "a delimiter behind 998 bytes", FOLDED(X990 "xxxxxxxx"),
	  { IN_TEXT, ODD("LONG_LINE"), ODD("ODD_BOUNDARY") } },
	{ "a delimiter behind 2048 bytes", FOLDED(X990 X990 X10 X10 X10 X10 X10 X10 "xxxxxxxx"),
	  { IN_TEXT, ODD("LONG_LINE"), ODD("ODD_BOUNDARY") } },
	/* base64 */
	{ "junk", IN(BASE64, "RV*ZJ\x80TE!1B.Uks="), { DATA, ODD("INVALID_BASE64") } },
	{ "padding amid", IN(BASE64, "RVZJTA==TUFSSw=="), { DATA, ODD("INVALID_BASE64") } },
	{ "no padding", IN(BASE64, "RVZJTE1BUks"), { DATA, ODD("INVALID_BASE64") } },
	{ "blanks and short lines", IN(BASE64, "RVZ J\r\nT\r\nE1BU\r\n\r\nks=\r\n"), { DATA } },
	/* quoted-printable */
	{ "lower case", IN(QP, "EVIL=4dARK"), { DATA } },
	{ "a soft break", IN(QP, "EVIL=\r\nMARK"), { DATA } },
	{ "a soft break with blanks", IN(QP, "EVIL= \t\r\nMARK"), { DATA } },
	{ "an escape that is none", IN(QP, "=9 EVILMARK"), { DATA, ODD("INVALID_QP") } },
	{ "a link over a soft break", QP "Content-Type: text/html\r\n\r\n<a href=3D\"http://ev=\r\n"
	  "il.example/x\">", { URL } },
	/* where the header ends */
	{ "a line that is no field", MIXED("boundary=b") "nonsense\r\n--b\r\n" EVIL "--b--\r\n",
	  { DATA, ODD("MALFORMED_MSG") } },
	{ "a part without a blank line", MIXED("boundary=b") "\r\n--b\r\n" ATTACHED "--b\r\n" EVIL
	  "--b--\r\n", { DATA } },
	/* names */
	{ "type against disposition", NAMED("Content-Type: a/b; name=evil.exe\r\n"
	  "Content-Disposition: attachment; filename=a.txt\r\n"),
	  { EXT, NAME, ODD("CONFLICTING_NAMES") } },
	{ "disposition against type", NAMED("Content-Type: a/b; name=a.txt\r\n"
	  "Content-Disposition: attachment; filename=evil.exe\r\n"),
	  { EXT, NAME, ODD("CONFLICTING_NAMES") } },
	{ "all names are logged", NAMED("Content-Type: a/b; name=a.txt\r\n"
	  "Content-Disposition: attachment; filename=evil.exe\r\n"),
	  { "\"filename\":\"evil.exe\"", "\"other_filenames\":[\"a.txt\"]",
	    "\"attachment\":[\"evil.exe\",\"a.txt\"]" } },
	{ "a name in another charset", NAMED("Content-Disposition: attachment; filename=\"=?utf-16?B?"
	  "/v8AZQB2AGkAbAAuAGUAeABl?=\"\r\n"), { EXT, NAME } },
	{ "a name in EBCDIC, RFC 2231", NAMED("Content-Disposition: attachment;"
	  " filename*=ibm037''%85%A5%89%93K%85%A7%85\r\n"), { EXT, NAME } },
	{ "a name in no charset", NAMED("Content-Disposition: attachment;"
	  " filename*=x-none''evil.exe\r\n"), { EXT, NAME, ODD("UNKNOWN_CHARSET") } },
	{ "plain against RFC 2231", NAMED("Content-Disposition: attachment; filename=evil.exe;"
	  " filename*=utf-8''a.txt\r\n"), { EXT, NAME, ODD("DUPLICATE_PARAM") } },
	{ "RFC 2231 against plain", NAMED("Content-Disposition: attachment; filename=a.txt;"
	  " filename*=utf-8''evil%2Eexe\r\n"), { EXT, NAME, ODD("DUPLICATE_PARAM") } },
	{ "the second of two names", NAMED("Content-Disposition: attachment; filename=a.txt;"
	  " filename=evil.exe\r\n"), { EXT, NAME, ODD("DUPLICATE_PARAM") } },
	{ "pieces out of order", NAMED("Content-Disposition: attachment; filename*1=.exe;"
	  " filename*0=evil\r\n"), { EXT, NAME } },
	{ "an encoded word in quotes", NAMED("Content-Disposition: attachment;"
	  " filename=\"=?utf-8?B?ZXZpbC5leGU=?=\"\r\n"), { EXT, NAME } },
	{ "a path", NAMED("Content-Disposition: attachment; filename=\"C:\\tmp\\evil.exe\"\r\n"),
	  { EXT, PART_NAME } },
	{ "more names than are kept", NAMED("Content-Type: a/b; name=1; name=2; name=3; name=4;"
	  " name=5; name=evil.exe\r\n"), { ODD("NAMES_EXCEEDED") } },
	/* containers */
	{ "a message", "Content-Type: message/rfc822\r\n\r\n" IN(BASE64, MARK64), { DATA } },
	{ "a message in base64", "Content-Type: message/rfc822\r\n" BASE64 "\r\n"
	  "Q29udGVudC1EaXNwb3NpdGlvbjogYXR0YWNobWVudDsgZmlsZW5hbWU9eA0KDQpF\r\n"
	  "VklMTUFSSw0K\r\n", { DATA, ODD("ENCODED_MULTIPART") } },
	{ "a piece of a message", "Content-Type: message/partial; id=1; number=1\r\n\r\nx\r\n",
	  { ODD("PARTIAL_MESSAGE") } },
	{ "a program by another name", MIXED("boundary=b") "\r\n--b\r\nContent-Type: image/png;"
	  " name=a.png\r\n" BASE64 "\r\nTVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	  "AAAA\r\nAAAAAAAAAAAAAAAA\r\n--b--\r\n", { PROGRAM } },
};
/* clang-format on */

static int failures;

static void
check(struct wire *w, const struct evasion *e, const char *how)
{
	wire_drain(w);
	for (int i = 0; i < 4 && e->told[i] != NULL; i++) {
		if (wire_events_with(w, e->told[i]) > 0)
			continue;
		for (size_t n = 0; n < w->events; n++)
			print_error("%s\n", w->event[n]);
		print_error("%s (%s): no %s above\n", e->id, how, e->told[i]);
		failures++;
	}
}

static void
play(const struct evasion *e, bool bdat, bool single)
{
	static char text[4096];
	size_t len = strlen(e->message);
	struct play_case c = { .id = e->id, .begin = bdat ? AT_RCPT : AT_BODY };
	struct wire *w = play_run(&c, PLAY_DEFAULT, single);
	int n = bdat ? snprintf(text, sizeof(text), "BDAT %zu LAST\r\n%s", len, e->message)
		     : snprintf(text, sizeof(text), "%s\r\n.\r\n", e->message);

	assert_in_range(n, 1, sizeof(text) - 1);
	play_say(w, WIRE_CLIENT, span_of(text, (size_t)n), single);
	play_say(w, WIRE_SERVER, SPAN_LIT("250 Ok\r\n"), single);
	check(w, e, bdat ? "BDAT" : single ? "byte by byte" : "whole");
}

static void
each_is_seen(void **state)
{
	static char all[8192];

	snprintf(all, sizeof(all), "%s%s", play_accept_all, rules);
	play_open(all);
	for (size_t i = 0; i < sizeof(evasions) / sizeof(evasions[0]); i++) {
		play(&evasions[i], false, false);
		play(&evasions[i], false, true);
		play(&evasions[i], true, false);
	}
	assert_int_equal(failures, 0);
	play_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
