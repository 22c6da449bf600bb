/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ways around rules on senders and recipients. With a list of what is denied the evil line never
 * reaches the server, however it is written and behind whatever it hides; with a list of what is
 * allowed no message goes on whose sender, as the server has it, is not on the list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "play.h"

#define OK S("250 ok\r\n")
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char deny[] = "accept:hook tcp:all any any <> any any (sid:1000;)\n"
			   "drop:flow smtp:request_started any any -> any any (smtp.mail_from; "
			   "content:\"evil\"; nocase; "
			   "sid:1;)\n"
			   "drop:flow smtp:request_started any any -> any any (smtp.rcpt_to; "
			   "content:\"evil\"; nocase; "
			   "sid:2;)\n"
			   "accept:hook smtp:request_started any any -> any any (sid:3;)\n"
			   "accept:hook smtp:request_data any any -> any any (sid:4;)\n"
			   "accept:hook smtp:request_complete any any -> any any (sid:5;)\n"
			   "accept:hook smtp:response_started any any -> any any (sid:6;)\n"
			   "accept:hook smtp:response_data any any -> any any (sid:7;)\n"
			   "accept:hook smtp:response_complete any any -> any any (sid:8;)\n";

static const char allow[] =
	"accept:hook tcp:all any any <> any any (sid:1000;)\n"
	"accept:hook smtp:request_started any any -> any any (smtp.mail_from; "
	"content:\"@good.example>\"; endswith; xbits:set,sender,track tx; sid:1;)\n"
	"accept:hook smtp:request_started any any -> any any (sid:3;)\n"
	"accept:hook smtp:request_data any any -> any any (xbits:isset,sender,track tx; sid:4;)\n"
	"accept:hook smtp:request_complete any any -> any any (sid:5;)\n"
	"accept:hook smtp:response_started any any -> any any (sid:6;)\n"
	"accept:hook smtp:response_data any any -> any any (sid:7;)\n"
	"accept:hook smtp:response_complete any any -> any any (sid:8;)\n";

struct bypass {
	const char *id;
	enum play_begin begin;
	struct turn turns[TURNS_MAX];
};

static void
never_sees(const char *rules, const char *text, const struct bypass *b, size_t count)
{
	play_open(rules);
	for (size_t i = 0; i < count; i++)
		for (int single = 0; single < 2; single++) {
			struct play_case c = { .id = b[i].id, .begin = b[i].begin };
			const struct wire *w;

			memcpy(c.turns, b[i].turns, sizeof(c.turns));
			w = play_run(&c, PLAY_DEFAULT, single);
			if (play_server_saw(w, text))
				fail_msg("%s, %s: the server got\n%.*s", c.id,
					 single ? "single bytes" : "whole",
					 (int)w->got[WIRE_SERVER].len,
					 (const char *)w->got[WIRE_SERVER].ptr);
		}
	play_close();
}

#define EVIL_MAIL C("MAIL FROM:<evil@x.example>\r\n")
#define B20 "                    "
#define B100 B20 B20 B20 B20 B20
#define EVIL_RCPT C("RCPT TO:<evil@x.example>\r\n")

/* clang-format off */
static const struct bypass denied[] = {
	{ "plain", AT_HELO, { EVIL_MAIL } },
	{ "case", AT_HELO, { C("mail from:<EVIL@x.example>\r\n") } },
	{ "behind RSET", AT_RCPT, { C("RSET\r\n"), EVIL_MAIL, OK, OK } },
	{ "behind RSET with an argument", AT_RCPT, { C("RSET x\r\n"), EVIL_MAIL, OK, OK } },
	{ "behind EHLO", AT_RCPT, { C("EHLO c\r\n"), EVIL_MAIL, OK, OK } },
	{ "behind HELO without a reply", AT_HELO, { C("HELO c\r\n"), EVIL_MAIL } },
	{ "behind NOOP", AT_HELO, { C("NOOP\r\n"), EVIL_MAIL, OK, OK } },
	{ "behind an unknown verb", AT_HELO, { C("XFOO\r\n"), EVIL_MAIL, OK, OK } },
	{ "a second MAIL", AT_RCPT, { EVIL_MAIL, OK } },
	{ "behind a refused DATA", AT_RCPT, { C("DATA\r\n"), S("554 no\r\n"), C("RSET\r\n"), OK,
	  EVIL_MAIL, OK } },
	{ "as the body of a refused DATA", AT_RCPT, { C("DATA\r\n"), EVIL_RCPT, S("554 no\r\n"),
	  OK } },
	{ "as a header of a refused DATA", AT_RCPT, { C("DATA\r\nSubject: x\r\n"), EVIL_RCPT,
	  S("554 no\r\n"), S("500 no\r\n"), OK } },
	{ "behind a message", AT_BODY, { C("\r\n.\r\n"), EVIL_MAIL, OK, OK } },
	{ "behind a bare LF", AT_HELO, { C("NOOP\nMAIL FROM:<evil@x.example>\n"), OK, OK } },
	{ "behind STARTTLS", AT_HELO, { C("STARTTLS\r\n"), EVIL_MAIL, S("220 go\r\n") } },
	{ "behind a refused STARTTLS", AT_HELO, { C("STARTTLS\r\n"), S("454 no\r\n"), EVIL_MAIL,
	  OK } },
	{ "behind AUTH that is refused", AT_HELO, { C("AUTH LOGIN\r\n"), EVIL_MAIL,
	  S("535 no\r\n"), OK } },
	{ "behind AUTH that is done", AT_HELO, { C("AUTH PLAIN AGEAYg==\r\n"), EVIL_MAIL,
	  S("235 ok\r\n"), OK } },
	{ "behind AUTH that is cancelled", AT_HELO, { C("AUTH LOGIN\r\n"),
	  S("334 VXNlcm5hbWU6\r\n"), C("*\r\n"), EVIL_MAIL, S("501 no\r\n"), OK } },
	{ "behind a chunk", AT_RCPT, { C("BDAT 5\r\nhello"), EVIL_RCPT, OK, OK } },
	{ "behind the last chunk", AT_RCPT, { C("BDAT 5 LAST\r\nhello"), EVIL_MAIL, OK, OK } },
	{ "behind BDAT 0", AT_RCPT, { C("BDAT 0\r\n"), EVIL_RCPT, OK, OK } },
	{ "behind chunks that are refused", AT_RCPT, { C("BDAT 5\r\nhelloBDAT 2 LAST\r\nyo"),
	  EVIL_MAIL, S("503 no\r\n503 no\r\n"), OK } },
	{ "as a chunk that was not offered", AT_CONNECT, { S("220 mx\r\n"), C("EHLO c\r\n"),
	  S("250 mx\r\n"), C("BDAT 26\r\n"), EVIL_MAIL, S("500 no\r\n"), OK } },
	{ "LHLO", AT_CONNECT, { S("220 mx\r\n"), C("LHLO c\r\n"), S("500 no\r\n"), EVIL_MAIL,
	  OK } },
	{ "replies in one segment", AT_HELO,
	  { C("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"), EVIL_RCPT, C("DATA\r\n"),
	  S("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n") } },
	{ "replies too early", AT_HELO, { S("250 ok\r\n250 ok\r\n354 go\r\n"), EVIL_MAIL } },
	{ "two blanks", AT_RCPT, { C("RCPT  TO:<evil@x.example>\r\n") } },
	{ "a tab", AT_RCPT, { C("RCPT\tTO:<evil@x.example>\r\n") } },
	{ "a blank before the colon", AT_RCPT, { C("RCPT TO :<evil@x.example>\r\n") } },
	{ "a blank behind the colon", AT_RCPT, { C("RCPT TO: <evil@x.example>\r\n") } },
	{ "no colon", AT_RCPT, { C("RCPT TO <evil@x.example>\r\n") } },
	{ "a leading blank", AT_RCPT, { C(" RCPT TO:<evil@x.example>\r\n") } },
	{ "no brackets", AT_RCPT, { C("RCPT TO:evil@x.example\r\n") } },
	{ "one bracket", AT_RCPT, { C("RCPT TO:<evil@x.example\r\n") } },
	{ "a display name", AT_RCPT, { C("RCPT TO:\"a\" <evil@x.example>\r\n") } },
	{ "a source route", AT_RCPT, { C("RCPT TO:<@a.example,@b.example:evil@x.example>\r\n") } },
	{ "quoted", AT_RCPT, { C("RCPT TO:<\"evil\"@x.example>\r\n") } },
	{ "a bracket in quotes", AT_RCPT, { C("RCPT TO:<\"a>\"evil@x.example>\r\n") } },
	{ "a comment", AT_RCPT, { C("RCPT TO:<evil(c)@x.example>\r\n") } },
	{ "a percent", AT_RCPT, { C("RCPT TO:<a%evil.example@b.example>\r\n") } },
	{ "SEND FROM", AT_HELO, { C("SEND FROM:<evil@x.example>\r\n") } },
	{ "SAML FROM", AT_HELO, { C("SAML FROM:<evil@x.example>\r\n") } },
	{ "before brackets in a parameter", AT_RCPT,
	  { C("RCPT TO:evil@x.example ORCPT=rfc822;<c@d.example>\r\n") } },
	{ "behind brackets in quotes", AT_RCPT, { C("RCPT TO:\"<c@d.example>\" <evil@x.example>\r\n") } },
	{ "behind brackets in a comment", AT_RCPT, { C("RCPT TO:(<c@d.example>) <evil@x.example>\r\n") } },
	{ "behind 600 blanks", AT_RCPT, { C("RCPT TO:<c@d.example>\r\n"), OK,
	  C("RCPT TO:" B100 B100 B100 B100 B100 B100 "<evil@x.example>\r\n") } },
};
/* clang-format on */

static void
deny_list(void **state)
{
	never_sees(deny, "evil", denied, COUNT(denied));
	never_sees(deny, "EVIL", denied, COUNT(denied));
}

#define GOOD C("MAIL FROM:<a@good.example>\r\n")
#define BAD C("MAIL FROM:<a@bad.example>\r\n")
#define REST                                                                                       \
	C("RCPT TO:<c@d.example>\r\n"), OK, C("DATA\r\n"), S("354 go\r\n"),                        \
		C("Subject: spam\r\n\r\n.\r\n")

/* clang-format off */
static const struct bypass not_allowed[] = {
	{ "plain", AT_HELO, { BAD, OK, REST } },
	{ "brackets in a parameter", AT_HELO, { C("MAIL FROM:a@bad.example ENVID=<a@good.example>\r\n"),
	  OK, REST } },
	{ "a comment without end", AT_HELO, { C("MAIL FROM:<a@bad.example(@good.example>\r\n"), OK, REST } },
	{ "brackets in quotes", AT_HELO, { C("MAIL FROM:\"<a@good.example>\" <a@bad.example>\r\n"), OK,
	  REST } },
	{ "behind a mail that was reset", AT_HELO, { GOOD, OK, C("RSET\r\n"), OK, BAD, OK,
	  REST } },
	{ "pipelined behind RSET", AT_HELO, { GOOD, OK, C("RSET\r\n"), BAD, OK, OK, REST } },
	{ "pipelined behind EHLO", AT_HELO, { GOOD, OK, C("EHLO c\r\n"), BAD, OK, OK, REST } },
	{ "the first sender was refused", AT_HELO, { GOOD, S("552 too big\r\n"), BAD, OK, REST } },
	{ "the first sender is refused later", AT_HELO, { GOOD, BAD,
	  S("552 too big\r\n250 ok\r\n"), REST } },
	{ "the first sender, with recipients, was refused", AT_HELO, { GOOD,
	  C("RCPT TO:<c@d.example>\r\n"), S("552 too big\r\n503 no\r\n"), BAD, OK, REST } },
	{ "the server takes the second sender", AT_HELO, { GOOD, OK, BAD, OK, REST } },
	{ "the server takes the second of two in one segment", AT_HELO, { GOOD, BAD, OK, OK,
	  REST } },
	{ "all in one segment", AT_HELO, { GOOD, BAD, C("RCPT TO:<c@d.example>\r\nDATA\r\n"),
	  S("552 too big\r\n250 ok\r\n250 ok\r\n354 go\r\n"), C("Subject: spam\r\n\r\n.\r\n") } },
	{ "the second sender is refused", AT_HELO, { BAD, OK, GOOD, S("503 nested\r\n"), REST } },
	{ "the second sender of a segment is refused", AT_HELO, { BAD, GOOD,
	  S("250 ok\r\n503 nested\r\n"), REST } },
	{ "the third sender is refused", AT_HELO, { BAD, S("552 no\r\n"), BAD, OK, GOOD,
	  S("503 nested\r\n"), REST } },
	{ "by BURL", AT_HELO, { BAD, OK, C("RCPT TO:<c@d.example>\r\n"), OK,
	  C("BURL imap://spam.example/ LAST\r\n") } },
	{ "by BDAT", AT_HELO, { GOOD, S("552 too big\r\n"), BAD, OK,
	  C("RCPT TO:<c@d.example>\r\n"), OK, C("BDAT 17 LAST\r\nSubject: spam\r\n\r\n") } },
	{ "behind a message", AT_HELO, { GOOD, OK, C("RCPT TO:<c@d.example>\r\n"), OK,
	  C("DATA\r\n"), S("354 go\r\n"), C("Subject: x\r\n\r\n.\r\n"), BAD, OK, OK, REST } },
	{ "behind a message that was refused", AT_HELO, { GOOD, OK, C("RCPT TO:<c@d.example>\r\n"),
	  OK, C("DATA\r\n"), S("554 no\r\n"), BAD, OK, REST } },
};
/* clang-format on */

static void
allow_list(void **state)
{
	never_sees(allow, "spam", not_allowed, COUNT(not_allowed));
}

static const char deny_params[] =
	"accept:hook tcp:all any any <> any any (sid:1000;)\n"
	"drop:flow smtp:request_started any any -> any any (smtp.mail_param; content:\"EVIL=\"; "
	"startswith; sid:1;)\n"
	"drop:flow smtp:request_started any any -> any any (smtp.rcpt_param; content:\"EVIL=\"; "
	"startswith; sid:2;)\n"
	"accept:hook smtp:request_started any any -> any any (sid:3;)\n"
	"accept:hook smtp:response_started any any -> any any (sid:6;)\n";

/* clang-format off */
static const struct bypass denied_params[] = {
	{ "first", AT_HELO, { C("MAIL FROM:<a@b.example> EVIL=1 SIZE=5\r\n") } },
	{ "last", AT_HELO, { C("MAIL FROM:<a@b.example> SIZE=5 EVIL=1\r\n") } },
	{ "behind a tab", AT_HELO, { C("MAIL FROM:<a@b.example> SIZE=5\tEVIL=1\r\n") } },
	{ "glued", AT_HELO, { C("MAIL FROM:<a@b.example>EVIL=1\r\n") } },
	{ "of RCPT, first", AT_RCPT, { C("RCPT TO:<a@b.example> EVIL=1 NOTIFY=NEVER\r\n") } },
	{ "of RCPT, last", AT_RCPT, { C("RCPT TO:<a@b.example> NOTIFY=NEVER EVIL=1\r\n") } },
	{ "of RCPT, behind a tab", AT_RCPT, { C("RCPT TO:<a@b.example>\tNOTIFY=NEVER\tEVIL=1\r\n") } },
};
/* clang-format on */

static void
deny_parameters(void **state)
{
	never_sees(deny_params, "EVIL", denied_params, COUNT(denied_params));
}

static const char deny_body[] =
	"accept:hook tcp:all any any <> any any (sid:1000;)\n"
	"accept:hook smtp:request_started any any -> any any (sid:3;)\n"
	"drop:flow smtp:request_data any any -> any any (smtp.data; content:\"virusQ\"; sid:1;)\n"
	"accept:hook smtp:request_data any any -> any any (sid:4;)\n"
	"accept:hook smtp:request_complete any any -> any any (sid:5;)\n"
	"accept:hook smtp:response_started any any -> any any (sid:6;)\n"
	"accept:hook smtp:response_data any any -> any any (sid:7;)\n"
	"accept:hook smtp:response_complete any any -> any any (sid:8;)\n";

/* clang-format off */
static const struct bypass bodies[] = {
	{ "plain", AT_BODY, { C("Subject: x\r\n\r\nvirusQ\r\n.\r\n") } },
	{ "in a header", AT_BODY, { C("Subject: virusQ\r\n\r\n.\r\n") } },
	{ "at the begin", AT_BODY, { C("virusQ\r\n.\r\n") } },
	{ "behind a stuffed dot", AT_BODY, { C("\r\n..virusQ\r\n.\r\n") } },
	{ "behind a dot that ends nothing", AT_BODY, { C("\r\n.\rvirusQ\r\n.\r\n") } },
	{ "one chunk", AT_RCPT, { C("BDAT 6 LAST\r\nvirusQ") } },
	{ "two chunks", AT_RCPT, { C("BDAT 3\r\nvir"), OK, C("BDAT 3 LAST\r\nusQ") } },
	{ "two chunks ahead", AT_RCPT, { C("BDAT 3\r\nvirBDAT 0\r\nBDAT 3 LAST\r\nusQ") } },
	{ "an end of data in a chunk", AT_RCPT, { C("BDAT 11 LAST\r\n\r\n.\r\nvirusQ") } },
	{ "the second mail", AT_BODY,
	  { C("\r\n.\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"),
	  S("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"), C("virusQ\r\n.\r\n") } },
	{ "behind a refused DATA", AT_RCPT, { C("DATA\r\n"), S("451 later\r\n"), C("DATA\r\n"),
	  S("354 go\r\n"), C("virusQ\r\n.\r\n") } },
	{ "before the 354", AT_RCPT, { C("DATA\r\nvirusQ\r\n.\r\n"), S("354 go\r\n") } },
	{ "354 in two lines", AT_RCPT, { C("DATA\r\n"), S("354-go\r\n354 on\r\n"),
	  C("virusQ\r\n.\r\n") } },
	{ "DATA without an envelope", AT_HELO, { C("DATA\r\n"), S("354 go\r\n"),
	  C("virusQ\r\n.\r\n") } },
	{ "HELO in between", AT_RCPT, { C("HELO c\r\n"), S("500 no\r\n"), C("DATA\r\n"),
	  S("354 go\r\n"), C("virusQ\r\n.\r\n") } },
	{ "a second sender in between", AT_RCPT, { C("MAIL FROM:<a@b.example>\r\n"),
	  S("503 no\r\n"), C("DATA\r\n"), S("354 go\r\n"), C("virusQ\r\n.\r\n") } },
};
/* clang-format on */

static void
denied_words(void **state)
{
	never_sees(deny_body, "Q", bodies, COUNT(bodies));
}

static const char deny_end[] = "accept:hook tcp:all any any <> any any (sid:1000;)\n"
			       "accept:hook smtp:request_started any any -> any any (sid:3;)\n"
			       "accept:hook smtp:request_data any any -> any any (sid:4;)\n"
			       "drop:flow smtp:request_complete any any -> any any (sid:5;)\n"
			       "accept:hook smtp:response_started any any -> any any (sid:6;)\n"
			       "accept:hook smtp:response_data any any -> any any (sid:7;)\n";

/* clang-format off */
static const struct bypass ends[] = {
	{ "DATA", AT_BODY, { C("x"), C("\r\n.\r\nQ") } },
	{ "BDAT", AT_RCPT, { C("BDAT 1\r\nx"), OK, C("BDAT 0 LAST\r\nQ") } },
	{ "BURL", AT_RCPT, { C("BURL imap://Q.example/ LAST\r\n") } },
	{ "BURL behind a chunk", AT_RCPT, { C("BDAT 1\r\nx"), OK,
	  C("BURL imap://Q.example/ last\r\n") } },
};
/* clang-format on */

/* No way to end a message passes by the rules on its end. */
static void
denied_ends(void **state)
{
	never_sees(deny_end, "Q", ends, COUNT(ends));
	never_sees(deny_end, "\r\n.\r\n", ends, COUNT(ends));
	never_sees(deny_end, "LAST", ends, COUNT(ends));
}

/* clang-format off */
static const struct bypass allowed[] = {
	{ "plain", AT_HELO, { GOOD, OK, REST } },
	{ "behind a refused one", AT_HELO, { BAD, S("550 no\r\n"), GOOD, OK, REST } },
	{ "behind a refused one, in one segment", AT_HELO, { BAD, GOOD, S("550 no\r\n250 ok\r\n"),
	  REST } },
	{ "behind one of its own", AT_HELO, { GOOD, S("452 later\r\n"), GOOD, OK, REST } },
	{ "the second one is refused", AT_HELO, { GOOD, OK, BAD, S("503 nested\r\n"), REST } },
	{ "the second one is taken", AT_HELO, { BAD, OK, GOOD, OK, REST } },
	{ "SEND", AT_HELO, { C("SEND FROM:<a@good.example>\r\n"), OK, REST } },
};
/* clang-format on */

/* The sender that the server has is on the list: its message goes on. */
static void
allowed_senders_pass(void **state)
{
	play_open(allow);
	for (size_t i = 0; i < COUNT(allowed); i++)
		for (int single = 0; single < 2; single++) {
			struct play_case c = { .id = allowed[i].id, .begin = allowed[i].begin };

			memcpy(c.turns, allowed[i].turns, sizeof(c.turns));
			if (!wire_got(play_run(&c, PLAY_DEFAULT, single), WIRE_SERVER,
				      "spam\r\n\r\n.\r\n"))
				fail_msg("%s: nothing came", c.id);
		}
	play_close();
}

static const char allow_tx[] = "accept:hook tcp:all any any <> any any (sid:1000;)\n"
			       "accept:tx smtp:request_started any any -> any any (smtp.mail_from; "
			       "content:\"@good.example>\"; endswith; sid:1;)\n"
			       "accept:hook smtp:request_started any any -> any any (sid:3;)\n"
			       "accept:hook smtp:response_started any any -> any any (sid:6;)\n"
			       "accept:hook smtp:response_data any any -> any any (sid:7;)\n";

static void
allow_whole_mail(void **state)
{
	never_sees(allow_tx, "spam", not_allowed, COUNT(not_allowed));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_list),
		cmocka_unit_test(denied_words),
		cmocka_unit_test(denied_ends),
		cmocka_unit_test(deny_parameters),
		cmocka_unit_test(allow_list),
		cmocka_unit_test(allowed_senders_pass),
		cmocka_unit_test(allow_whole_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
