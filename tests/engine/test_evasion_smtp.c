/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands and replies that servers read differently, or that come when they should not: command
 * forms, BDAT, pipelining beyond RFC 2920, STARTTLS, AUTH, and a server that answers oddly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "play.h"

#define OK S("250 ok\r\n")
#define NO S("500 no\r\n")
#define SYNTAX "SYNTAX_DEVIATION "
#define PIPED "INVALID_PIPELINED_SEQUENCE "
#define BAD_BDAT "INVALID_BDAT "
#define UNPLACED "BDAT_OUT_OF_PLACE "
#define MISREAD "REPLY_OUT_OF_PLACE "
#define UNKNOWN "UNKNOWN_COMMAND "
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
play_all(const struct play_case *c, size_t count)
{
	play_open(play_accept_all);
	for (size_t i = 0; i < count; i++)
		play_case(&c[i]);
	play_close();
}

/* clang-format off */
static const struct play_case command_forms[] = {
	{ "bare LF", AT_HELO, { C("NOOP\n"), OK }, { NEVER, 0 }, BOTH("BARE_LF "), 0, 0 },
	{ "bare CR", AT_HELO, { C("NOOP\rRSET\r\n"), OK }, { NEVER, 0 }, { "BARE_CR " SYNTAX,
	  "BARE_CR " }, 0, 0 },
	{ "NUL", AT_HELO, { C("NOOP\0\r\n") }, BOTH(0), BOTH("NUL_BYTE "), 0, 0 },
	{ "NUL behind a path", AT_HELO, { C("MAIL FROM:<a@b.example>\0\r\n") }, BOTH(0),
	  BOTH("NUL_BYTE "), 0, 0 },
	{ "leading blank", AT_HELO, { C(" NOOP\r\n"), OK }, { NEVER, 0 }, BOTH(SYNTAX), 0, 0 },
	{ "tab behind the verb", AT_HELO, { C("MAIL\tFROM:<a@b.example>\r\n"), OK }, { NEVER, 0 },
	  BOTH(SYNTAX), 0, 0 },
	{ "two blanks", AT_HELO, { C("MAIL  FROM:<a@b.example>\r\n"), OK }, { NEVER, 0 },
	  BOTH(SYNTAX), 0, 0 },
	{ "blank before the colon", AT_HELO, { C("MAIL FROM :<a@b.example>\r\n"), OK }, { NEVER,
	  0 }, BOTH(SYNTAX), 0, 0 },
	{ "blank behind the colon", AT_HELO, { C("MAIL FROM: <a@b.example>\r\n"), OK }, { NEVER,
	  0 }, BOTH(SYNTAX), 0, 0 },
	{ "no brackets", AT_HELO, { C("MAIL FROM:a@b.example\r\n"), OK }, { NEVER, 0 },
	  { SYNTAX "PATH_FORM ", SYNTAX }, 0, 0 },
	{ "brackets in a parameter", AT_HELO, { C("MAIL FROM:a@b.example ENVID=<c@d.example>\r\n") },
	  BOTH(0), { "AMBIGUOUS_PATH ", SYNTAX }, 0, 0 },
	{ "eight bits", AT_HELO, { C("MAIL FROM:<\xe9@b.example>\r\n"), OK }, { NEVER, 0 },
	  BOTH("EIGHT_BIT_ENVELOPE "), 0, 0 },
	{ "SMTPUTF8", AT_HELO, { C("MAIL FROM:<\xc3\xa9@b.example> SMTPUTF8\r\n"), OK },
	  BOTH(NEVER), BOTH(""), 0, 0 },
	{ "a header", AT_HELO, { C("Subject: x\r\n"), NO }, BOTH(NEVER), BOTH(UNKNOWN), 0, 0 },
	{ "HTTP", AT_HELO, { C("GET / HTTP/1.0\r\n"), NO }, BOTH(NEVER), BOTH(UNKNOWN), 0, 0 },
	{ "empty line", AT_HELO, { C("\r\n"), NO }, BOTH(NEVER), BOTH(UNKNOWN), 0, 0 },
	{ "historic verbs", AT_HELO, { C("TURN\r\n"), NO, C("ETRN x\r\n"), NO,
	  C("SEND FROM:<a@b.example>\r\n"), NO }, BOTH(NEVER), BOTH(""), 0, 0 },
	{ "unknown verbs", AT_HELO, { C("WIZ\r\n"), NO, C("DEBUG\r\n"), NO, C("VERB\r\n"), NO },
	  BOTH(NEVER), BOTH(UNKNOWN), 0, 0 },
};
/* clang-format on */

static void
forms_of_commands(void **state)
{
	play_all(command_forms, COUNT(command_forms));
}

/* clang-format off */
static const struct play_case bdat[] = {
	{ "BDAT 0", AT_RCPT, { C("BDAT 0\r\n"), OK }, BOTH(NEVER), BOTH(""), 0, 0 },
	{ "BDAT 0 LAST", AT_RCPT, { C("BDAT 0 LAST\r\n"), OK }, BOTH(NEVER), BOTH(""), 1, 0 },
	{ "lower case", AT_RCPT, { C("bdat 5 last\r\nhello"), OK }, BOTH(NEVER), BOTH(""), 1, 0 },
	{ "plus", AT_RCPT, { C("BDAT +5 LAST\r\nhello") }, BOTH(0), BOTH(BAD_BDAT), 0, 0 },
	{ "minus", AT_RCPT, { C("BDAT -1\r\nhello") }, BOTH(0), BOTH(BAD_BDAT), 0, 0 },
	{ "letter", AT_RCPT, { C("BDAT 5X\r\nhello") }, BOTH(0), BOTH(BAD_BDAT), 0, 0 },
	{ "LASTX", AT_RCPT, { C("BDAT 5 LASTX\r\nhello") }, BOTH(0), BOTH(BAD_BDAT), 0, 0 },
	{ "fraction", AT_RCPT, { C("BDAT 5.0\r\nhello") }, BOTH(0), BOTH(BAD_BDAT), 0, 0 },
	{ "hexadecimal", AT_RCPT, { C("BDAT 0x5 LAST\r\nhello") }, BOTH(0), BOTH(BAD_BDAT), 0, 0 },
	{ "over 2^32", AT_RCPT, { C("BDAT 4294967301 LAST\r\nhello") }, BOTH(0),
	  BOTH("BDAT_CHUNK_LEN_EXCEEDED "), 0, 0 },
	{ "tabs", AT_RCPT, { C("BDAT\t5\tLAST\r\nhello") }, BOTH(0), BOTH(BAD_BDAT), 0, 0 },
	{ "21 digits", AT_RCPT, { C("BDAT 000000000000000000005 LAST\r\nhello") }, BOTH(0),
	  BOTH(BAD_BDAT), 0, 0 },
	{ "LAST LAST", AT_RCPT, { C("BDAT 5 LAST LAST\r\nhello") }, BOTH(0), BOTH(BAD_BDAT), 0,
	  0 },
	{ "no size", AT_RCPT, { C("BDAT\r\nhello") }, BOTH(0), BOTH(BAD_BDAT), 0, 0 },
	{ "chunk with an end of data", AT_RCPT, { C("BDAT 7\r\na\r\n.\r\nb"), OK,
	  C("BDAT 23 LAST\r\nMAIL FROM:<x@y>\r\nRSET\r\n"), OK }, BOTH(NEVER), BOTH(""), 1, 0 },
	{ "a refused chunk stays one", AT_RCPT, { C("BDAT 17 LAST\r\nMAIL FROM:<x@y>\r\n"),
	  S("552 no\r\n"), C("RSET\r\n"), OK }, BOTH(NEVER), BOTH(""), 1, 0 },
	{ "behind a refused chunk", AT_RCPT, { C("BDAT 5\r\nhello"), S("552 no\r\n"),
	  C("BDAT 18 LAST\r\nRCPT TO:<evil@x>\r\n") }, BOTH(2), BOTH(UNPLACED), 0, 1 },
	{ "a chunk before RCPT", AT_HELO, { C("MAIL FROM:<a@b.example>\r\n"), OK,
	  C("BDAT 18 LAST\r\nRCPT TO:<evil@x>\r\n") }, BOTH(2),
	  BOTH(UNPLACED), 0, 1 },
	{ "a chunk behind a refused RCPT", AT_HELO, { C("MAIL FROM:<a@b.example>\r\n"), OK,
	  C("RCPT TO:<c@d.example>\r\n"), NO, C("BDAT 18 LAST\r\nRCPT TO:<evil@x>\r\n") },
	  BOTH(4), BOTH(UNPLACED), 0, 1 },
	{ "a chunk behind a refused DATA", AT_RCPT, { C("DATA\r\n"), NO,
	  C("BDAT 18 LAST\r\nRCPT TO:<evil@x>\r\n") }, BOTH(2),
	  BOTH("DATA_COMMAND_REJECTED " UNPLACED), 0, 1 },
	{ "DATA behind a chunk", AT_RCPT, { C("BDAT 5\r\nhello"), OK, C("DATA\r\n"),
	  S("503 no\r\n"), C("RSET\r\n"), OK }, BOTH(NEVER),
	  BOTH("DATA_AND_BDAT DATA_COMMAND_REJECTED "), 0, 0 },
	{ "RSET between chunks", AT_RCPT, { C("BDAT 5\r\nhello"), OK, C("RSET\r\n"), OK,
	  C("MAIL FROM:<a@b.example>\r\n"), OK }, BOTH(NEVER), BOTH(""), 0, 0 },
	{ "BDAT not offered", AT_CONNECT, { S("220 mx\r\n"), C("EHLO c\r\n"), S("250 mx\r\n"),
	  C("MAIL FROM:<a@b.example>\r\n"), OK, C("RCPT TO:<c@d.example>\r\n"), OK,
	  C("BDAT 6\r\nRSET\r\n") }, BOTH(7), BOTH("CHUNKING_NOT_OFFERED "), 0, 0 },
	{ "BDAT no more offered", AT_HELO, { C("EHLO c\r\n"), S("250 mx\r\n"),
	  C("MAIL FROM:<a@b.example>\r\n"), OK, C("RCPT TO:<c@d.example>\r\n"), OK,
	  C("BDAT 6\r\nRSET\r\n") }, BOTH(6), BOTH("DUPLICATE_FIELDS CHUNKING_NOT_OFFERED "), 0,
	  0 },
};
/* clang-format on */

static void
chunks(void **state)
{
	play_all(bdat, COUNT(bdat));
}

#define GROUP                                                                                      \
	C("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<e@d.example>\r\nDATA\r\n")
#define MESSAGE C("Subject: x\r\n\r\nhi\r\n.\r\n")

/* clang-format off */
static const struct play_case ahead[] = {
	{ "a legal group", AT_HELO, { GROUP, S("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"),
	  MESSAGE, OK }, BOTH(NEVER), BOTH(""), 1, 0 },
	{ "body behind DATA", AT_HELO, { GROUP, MESSAGE,
	  S("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"), OK }, BOTH(NEVER), BOTH(PIPED), 1, 1 },
	{ "one RCPT refused", AT_HELO, { GROUP, S("250 ok\r\n"), S("550 no\r\n"), S("250 ok\r\n"),
	  S("354 go\r\n"), MESSAGE, OK }, BOTH(NEVER), BOTH(""), 1, 0 },
	{ "body though DATA is refused", AT_HELO, { GROUP, C("RSET\r\n"),
	  S("250 ok\r\n550 no\r\n550 no\r\n554 no\r\n"), OK }, BOTH(NEVER),
	  BOTH(PIPED "DATA_COMMAND_REJECTED "), 0, 1 },
	{ "354 comes late", AT_HELO, { GROUP, S("250 ok\r\n"), C("Subject: x\r\n"),
	  S("250 ok\r\n"), C("\r\nhi\r\n"), S("250 ok\r\n"), C(".\r\n"), S("354 go\r\n"), OK },
	  BOTH(NEVER), BOTH(PIPED), 1, 1 },
	{ "before the banner", AT_CONNECT, { C("EHLO c\r\n"), S("220 mx\r\n"), S("250 mx\r\n") },
	  { NEVER, 0 }, { "EARLY_TALKER NO_SERVER_WELCOME_MESSAGE ", "EARLY_TALKER " }, 0, 1 },
	{ "behind EHLO", AT_CONNECT, { S("220 mx\r\n"), C("EHLO c\r\n"),
	  C("MAIL FROM:<a@b.example>\r\n"), S("250-mx\r\n250 SIZE\r\n"), OK }, BOTH(NEVER),
	  BOTH(PIPED), 0, 1 },
	{ "not offered", AT_CONNECT, { S("220 mx\r\n"), C("EHLO c\r\n"), S("250 mx\r\n"),
	  C("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"), OK, OK }, BOTH(NEVER),
	  BOTH("PIPELINING_NOT_OFFERED "), 0, 0 },
	{ "HELO knows none", AT_CONNECT, { S("220 mx\r\n"), C("HELO c\r\n"), S("250 mx\r\n"),
	  C("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"), OK, OK }, BOTH(NEVER),
	  BOTH("PIPELINING_NOT_OFFERED "), 0, 0 },
	{ "behind QUIT", AT_HELO, { C("QUIT\r\n"), C("MAIL FROM:<a@b.example>\r\n"),
	  S("221 bye\r\n") }, BOTH(NEVER), BOTH(PIPED), 0, 1 },
	{ "all at once", AT_CONNECT, { C("EHLO c\r\n"), GROUP, MESSAGE, C("QUIT\r\n"),
	  S("220 mx\r\n"), S("250-mx\r\n250 PIPELINING\r\n"), S("250 ok\r\n250 ok\r\n250 ok\r\n"),
	  S("354 go\r\n"), OK, S("221 bye\r\n") }, { NEVER, 0 },
	  { "EARLY_TALKER NO_SERVER_WELCOME_MESSAGE " PIPED, "EARLY_TALKER " }, 1, 1 },
	{ "behind RSET", AT_RCPT, { C("RSET\r\n"), GROUP, OK,
	  S("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"), MESSAGE, OK }, BOTH(NEVER), BOTH(""), 1,
	  0 },
	{ "behind the message", AT_BODY, { MESSAGE, C("MAIL FROM:<x@b.example>\r\n"), OK, OK },
	  BOTH(NEVER), BOTH(""), 1, 0 },
	{ "two MAILs", AT_HELO, { C("MAIL FROM:<a@b.example>\r\n"), OK,
	  C("MAIL FROM:<x@b.example>\r\n"), S("503 nested\r\n"), C("RCPT TO:<c@d.example>\r\n"),
	  OK }, BOTH(NEVER), BOTH("DUPLICATE_FIELDS "), 0, 0 },
	{ "MAIL without HELO", AT_CONNECT, { S("220 mx\r\n"), C("MAIL FROM:<a@b.example>\r\n"),
	  OK }, BOTH(NEVER), BOTH("MAIL_WITHOUT_HELO "), 0, 0 },
	{ "RCPT, DATA alone", AT_HELO, { C("RCPT TO:<c@d.example>\r\n"), NO, C("DATA\r\n"), NO,
	  C("NOOP\r\n"), OK }, BOTH(NEVER),
	  BOTH("RCPT_BEFORE_MAIL DATA_BEFORE_RCPT DATA_COMMAND_REJECTED "), 0, 0 },
	{ "LHLO", AT_CONNECT, { S("220 mx LMTP\r\n"), C("LHLO c\r\n"),
	  S("250-mx\r\n250 PIPELINING\r\n"), GROUP, S("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"),
	  MESSAGE, S("250 ok\r\n250 ok\r\n"), C("QUIT\r\n"), S("221 bye\r\n") }, BOTH(NEVER),
	  BOTH(""), 1, 0 },
};
/* clang-format on */

static void
sent_ahead(void **state)
{
	play_all(ahead, COUNT(ahead));
}

#define HELLO "\x16\x03\x01\x00\x05hello"

/* clang-format off */
static const struct play_case protected[] = {
	{ "STARTTLS", AT_HELO, { C("STARTTLS\r\n"), S("220 go\r\n"), C(HELLO "MAIL FROM\n\0") },
	  BOTH(NEVER), BOTH(""), 0, 0 },
	{ "glued to STARTTLS", AT_HELO, { C("STARTTLS\r\n"), C("RSET\r\n") }, BOTH(1),
	  BOTH("STARTTLS_INJECTION "), 0, 1 },
	{ "TLS glued to STARTTLS", AT_HELO, { C("STARTTLS\r\n"), C(HELLO) }, BOTH(1),
	  BOTH("STARTTLS_INJECTION "), 0, 1 },
	{ "no TLS behind 220", AT_HELO, { C("STARTTLS\r\n"), S("220 go\r\n"),
	  C("MAIL FROM:<a@b.example>\r\n") }, BOTH(2), BOTH("FAILED_PROTOCOL_CHANGE "), 0, 0 },
	{ "STARTTLS refused", AT_HELO, { C("STARTTLS\r\n"), S("454 no\r\n"),
	  C("MAIL FROM:<a@b.example>\r\n"), OK }, BOTH(NEVER), BOTH("TLS_REJECTED "), 0, 0 },
	{ "AUTH whose lines look like commands", AT_HELO, { C("AUTH LOGIN\r\n"),
	  S("334 VXNlcm5hbWU6\r\n"), C("DATA\r\n"), S("334 UGFzc3dvcmQ6\r\n"), C("QUIT\r\n"),
	  S("235 ok\r\n"), C("MAIL FROM:<a@b.example>\r\n"), OK }, BOTH(NEVER),
	  BOTH("AUTH_WITHOUT_TLS "), 0, 0 },
	{ "AUTH cancelled, then another", AT_HELO, { C("AUTH LOGIN\r\n"),
	  S("334 VXNlcm5hbWU6\r\n"), C("*\r\n"), S("501 no\r\n"), C("AUTH PLAIN\r\n"),
	  S("334 \r\n"), C("AGEAYg==\r\n"), S("235 ok\r\n"), C("NOOP\r\n"), OK }, BOTH(NEVER),
	  BOTH("AUTH_WITHOUT_TLS "), 0, 0 },
	{ "glued to AUTH that is refused", AT_HELO, { C("AUTH PLAIN AGEAYg==\r\n"),
	  C("MAIL FROM:<a@b.example>\r\n"), S("535 no\r\n"), OK, C("RCPT TO:<c@d.example>\r\n"),
	  OK }, BOTH(NEVER), BOTH("AUTH_WITHOUT_TLS " PIPED), 0, 1 },
	{ "glued to an AUTH line", AT_HELO, { C("AUTH LOGIN\r\n"), S("334 VXNlcm5hbWU6\r\n"),
	  C("YQ==\r\nMAIL FROM:<x@b.example>\r\n"), S("334 UGFzc3dvcmQ6\r\n"), S("535 no\r\n"),
	  C("RSET\r\n"), OK }, BOTH(NEVER), BOTH("AUTH_WITHOUT_TLS " PIPED), 0, 1 },
};
/* clang-format on */

static void
tls_and_auth(void **state)
{
	play_all(protected, COUNT(protected));
}

/* clang-format off */
static const struct play_case replies[] = {
	{ "code changes in a reply", AT_HELO, { C("EHLO c\r\n"), S("250-a\r\n550 b\r\n"),
	  C("NOOP\r\n"), OK }, BOTH(NEVER), BOTH("DUPLICATE_FIELDS REPLY_CODE_CHANGES "), 0, 0 },
	{ "lines of a reply end in LF", AT_HELO, { C("NOOP\r\n"), S("250 ok\n") }, { NEVER, 1 },
	  BOTH("BARE_LF "), 0, 0 },
	{ "a reply too many", AT_HELO, { C("NOOP\r\n"), S("250 ok\r\n250 ok\r\n"), C("NOOP\r\n"),
	  OK }, BOTH(NEVER), BOTH("UNABLE_TO_MATCH_REPLY_WITH_REQUEST "), 0, 0 },
	{ "no digits", AT_HELO, { C("NOOP\r\n"), S("okay\r\n"), OK, C("NOOP\r\n"), OK },
	  BOTH(NEVER), BOTH("INVALID_REPLY "), 0, 0 },
	{ "354 to XEXCH50", AT_RCPT, { C("XEXCH50 16 2\r\n"), S("354 send\r\n"),
	  C("BDAT 1000 LAST\r\n") }, BOTH(1), BOTH(MISREAD), 0, 0 },
	{ "354 to an unknown verb", AT_RCPT, { C("XDATA\r\n"), S("354 send\r\n"), C("NOOP\r\n") },
	  BOTH(1), BOTH(UNKNOWN MISREAD), 0, 0 },
	{ "354 comes late", AT_RCPT, { C("DATA\r\n"), S("250 ok\r\n354 go\r\n"), C("NOOP\r\n") },
	  BOTH(1), BOTH("DATA_COMMAND_REJECTED " MISREAD), 0, 0 },
	{ "TURN accepted", AT_HELO, { C("TURN\r\n"), OK, C("220 my turn\r\n") }, BOTH(1),
	  BOTH(MISREAD), 0, 0 },
	{ "ATRN accepted", AT_HELO, { C("ATRN b.example\r\n"), OK, C("220 my turn\r\n") }, BOTH(1),
	  BOTH(MISREAD), 0, 0 },
	{ "RSET refused before a MAIL", AT_RCPT, { C("RSET\r\nMAIL FROM:<x@b.example>\r\n"),
	  S("500 no\r\n503 nested\r\n"), C("RCPT TO:<c@d.example>\r\n") }, BOTH(1),
	  BOTH(MISREAD), 0, 1 },
	{ "421 to RSET", AT_RCPT, { C("RSET\r\nMAIL FROM:<x@b.example>\r\n"),
	  S("421 bye\r\n") }, BOTH(NEVER), BOTH("DUPLICATE_FIELDS "), 0, 0 },
	{ "421 out of the blue", AT_HELO, { S("421 bye\r\n") }, BOTH(NEVER), BOTH(""), 0, 0 },
	{ "banner refuses", AT_CONNECT, { S("554 no\r\n"), C("QUIT\r\n"), S("221 bye\r\n") },
	  BOTH(NEVER), BOTH("NO_SERVER_WELCOME_MESSAGE "), 0, 0 },
};
/* clang-format on */

static void
odd_replies(void **state)
{
	play_all(replies, COUNT(replies));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_commands), cmocka_unit_test(chunks),
		cmocka_unit_test(sent_ahead),	     cmocka_unit_test(tls_and_auth),
		cmocka_unit_test(odd_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
