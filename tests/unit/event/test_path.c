/* SPDX-License-Identifier: BSD-3-Clause */
/* Received fields as mail programs write them, and the names of programs. */
#include "record.h"

#include "event_agent.h"
#include "event_path.h"

static void
check(struct span got, const char *want)
{
	char text[256];

	assert_true(got.len < sizeof(text));
	if (got.len > 0)
		memcpy(text, got.ptr, got.len);
	text[got.len] = '\0';
	assert_string_equal(text, want);
}

static void
test_fields(void **state)
{
	static const struct {
		const char *field, *from, *rdns, *from_ip, *by, *with, *id, *for_rcpt;
	} c[] = {
		/* RFC 5321 section 4.4, Postfix */
		{ "from a.example (b.example [192.0.2.1]) by mx (Postfix) with ESMTPS id 4ZX for "
		  "<u@x>; Sat, 28 Nov 2026 10:00:00 +0000",
		  "a.example", "b.example", "192.0.2.1", "mx", "ESMTPS", "4ZX", "<u@x>" },
		{ "from a ([IPv6:2001:db8::1])\r\n\tby mx", "a", "", "2001:db8::1", "mx", "", "", "" },
		/* Exim: the client's own word is no address that anybody saw */
		{ "from [192.0.2.9] (helo=[10.0.0.1]) by mx with esmtp (Exim 4.96)", "[192.0.2.9]", "",
		  "192.0.2.9", "mx", "esmtp", "", "" },
		/* qmail */
		{ "from unknown (HELO 10.0.0.1) (192.0.2.3) by mx", "unknown", "", "192.0.2.3", "mx",
		  "", "", "" },
		/* the address that the host saw wins over the one that the client said */
		{ "from [10.0.0.1] (host.example[192.0.2.4]) by mx", "[10.0.0.1]", "host.example",
		  "192.0.2.4", "mx", "", "", "" },
		/* names like words, quoted pairs, comments within comments, no end */
		{ "from by (a \\) (b)) by from", "by", "", "", "from", "", "", "" },
		{ "(qmail 123 invoked by uid 5); 1 Jan", "", "", "", "", "", "", "" },
		{ "from a (b", "a", "", "", "", "", "", "" },
		{ "from", "", "", "", "", "", "", "" },
	};
	struct event_hop hop;

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		event_hop_parse(span_str(c[i].field), &hop);
		check(hop.from, c[i].from);
		check(hop.rdns, c[i].rdns);
		check(hop.from_ip, c[i].from_ip);
		check(hop.by, c[i].by);
		check(hop.with, c[i].with);
		check(hop.id, c[i].id);
		check(hop.for_rcpt, c[i].for_rcpt);
	}
}

/* Every beginning of a field is read without a look behind its end. */
static void
test_cut_anywhere(void **state)
{
	static const char field[] = "from a (b.c [192.0.2.1] \"\\\") by [IPv6:::1] (x[y]) with z id "
				    "\"q\\\" w\" for <u@x> ; date";
	struct event_hop hop;

	(void)state;
	for (size_t len = 0; len < sizeof(field); len++) {
		char *copy = malloc(len > 0 ? len : 1);

		assert_non_null(copy);
		memcpy(copy, field, len);
		event_hop_parse(span_of(copy, len), &hop);
		free(copy);
	}
}

static void
test_programs(void **state)
{
	static const struct {
		const char *text, *name, *version;
	} c[] = {
		{ "Apple Mail (2.2102)", "Apple Mail", "2.2102" },
		{ "Microsoft Office Outlook 12.0", "Microsoft Office Outlook", "12.0" },
		{ "SquirrelMail/1.4.22", "SquirrelMail", "1.4.22" },
		{ "swaks v20201014.0 jetmore.org", "swaks", "20201014.0" },
		{ "Mozilla/5.0 (X11; Linux) Gecko/20100101 Thunderbird/102.1", "Thunderbird", "102.1" },
		{ "Mozilla/5.0 (X11; Linux)", "Mozilla", "5.0" },
		{ "The Bat!", "The Bat!", "" },
		{ "7", "7", "" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct span name, version;

		event_agent_split(span_str(c[i].text), &name, &version);
		check(name, c[i].name);
		check(version, c[i].version);
	}
}

static void
test_servers(void **state)
{
	static const struct {
		const char *banner, *name, *version;
	} c[] = {
		{ "mx.example.com ESMTP Postfix (Debian/GNU)", "Postfix", "" },
		{ "mx.example.com ESMTP Exim 4.96 Tue, 05 Mar 2024 12:00:00 +0000", "Exim", "4.96" },
		{ "mx.example.com ESMTP Sendmail 8.15.2/8.15.2; Tue, 5 Mar 2024", "Sendmail", "8.15.2" },
		{ "ex.example.com Microsoft ESMTP MAIL Service ready at Tue, 5 Mar",
		  "Microsoft ESMTP MAIL Service", "" },
		{ "ex Microsoft ESMTP MAIL Service, Version: 6.0.3790.4675 ready at Tue",
		  "Microsoft ESMTP MAIL Service", "6.0.3790.4675" },
		{ "mx.example.com ESMTP OpenSMTPD", "OpenSMTPD", "" },
		{ "mx.example.com ESMTP Haraka/2.8.27 ready", "Haraka", "2.8.27" },
		{ "mx ESMTP Service (Lotus Domino Release 9.0.1FP8) ready at", "Lotus Domino", "9.0.1FP8" },
		{ "mx.google.com ESMTP a-1 - gsmtp", "gsmtp", "" },
		{ "mx.example.com ESMTP ExIm 4.9", "Exim", "4.9" },
		/* the host's name is no program, nor is a part of a word */
		{ "postfix.example.com ESMTP", NULL, NULL },
		{ "mx.example.com ESMTP notexim exim.example.com", NULL, NULL },
		{ "Postfix", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct span name, version;

		assert_int_equal(event_agent_server(span_str(c[i].banner), &name, &version),
				 c[i].name != NULL);
		if (c[i].name == NULL)
			continue;
		check(name, c[i].name);
		check(version, c[i].version);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
