/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sender's program. In: the header fields of a record; out: its name, its version, whether it is a
 * webmail. The makers of events and notices call it. The texts are the sender's own word.
 */
#include "event_agent.h"

#include "event_path.h"

bool
event_agent(const struct event *e, struct span *text)
{
	int mailer = -1, agent = -1;
	struct span t;

	*text = SPAN_NONE;
	while (event_text_get(e, EVENT_EMAIL_X_MAILER, &mailer, &t))
		*text = t;
	while (event_text_get(e, EVENT_EMAIL_USER_AGENT, &agent, &t)) {
		if (agent > mailer)
			*text = t;
	}
	return mailer >= 0 || agent >= 0;
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Where a version begins: a digit at the beginning of a word, or behind "/", "v", "(". */
static size_t
version_at(struct span s)
{
	for (size_t i = 1; i < s.len; i++) {
		uint8_t before = s.ptr[i - 1];

		if (is_digit(s.ptr[i]) &&
		    (before == ' ' || before == '/' || before == '(' ||
		     (before == 'v' && i >= 2 && (s.ptr[i - 2] == ' ' || s.ptr[i - 2] == '('))))
			return i;
	}
	return s.len;
}

static size_t
version_end(struct span s, size_t at)
{
	while (at < s.len && s.ptr[at] != ' ' && s.ptr[at] != ')' && s.ptr[at] != '(' &&
	       s.ptr[at] != ',' && s.ptr[at] != ';' && s.ptr[at] != ']')
		at++;
	return at;
}

/* "Mozilla/5.0 (X11; ...) Gecko/20100101 Thunderbird/102.1": the last product is the program. */
static struct span
product(struct span text)
{
	size_t begin = text.len;

	if (!span_starts(text, SPAN_LIT("Mozilla/")))
		return text;
	while (begin > 0 && text.ptr[begin - 1] != ' ')
		begin--;
	return span_chr(span_skip(text, begin), '/') > 0 ? span_skip(text, begin) : text;
}

void
event_agent_split(struct span text, struct span *name, struct span *version)
{
	size_t at, end;

	text = product(span_trim(text));
	at = version_at(text);
	*version = span_of(text.ptr + at, version_end(text, at) - at);
	for (end = at; end > 0; end--) {
		uint8_t c = text.ptr[end - 1];

		if (c != ' ' && c != '/' && c != '(' && c != ',' && (c != 'v' || end != at))
			break;
	}
	*name = span_take(text, end);
}

static bool
is_word_byte(uint8_t c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
}

/* The name as a word of its own, behind the host's name. */
static bool
names(struct span banner, struct span program, struct span *rest)
{
	ptrdiff_t blank = span_chr(banner, ' ');
	size_t from = blank < 0 ? banner.len : (size_t)blank;

	for (;;) {
		ptrdiff_t at = span_find_nocase(span_skip(banner, from), program);
		size_t end;

		if (at < 0)
			return false;
		from += (size_t)at;
		end = from + program.len;
		if (from > 0 && !is_word_byte(banner.ptr[from - 1]) &&
		    (end == banner.len || !is_word_byte(banner.ptr[end]))) {
			*rest = span_skip(banner, end);
			return true;
		}
		from++;
	}
}

/* What stands between a program's name and its version. */
static struct span
version_of(struct span rest)
{
	static const char *const before[] = { ", Version: ", " Version: ", " Version ", " version ",
					      " Release ", " SMTP Server ", " Pro ", " v", "/", " " };
	size_t len;

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		if (!span_starts(rest, span_str(before[i])))
			continue;
		rest = span_skip(rest, strlen(before[i]));
		len = version_end(rest, 0);
		if (len > 0 && is_digit(rest.ptr[0])) {
			ptrdiff_t slash = span_chr(span_take(rest, len), '/');

			return span_take(rest, slash > 0 ? (size_t)slash : len); /* 8.15.2/8.15.2 */
		}
		break;
	}
	return SPAN_LIT("");
}

bool
event_agent_server(struct span banner, struct span *name, struct span *version)
{
	static const char *const programs[] = {
		"Postfix", "Exim", "Sendmail", "Microsoft ESMTP MAIL Service", "OpenSMTPD", "qmail",
		"Haraka", "Courier", "Dovecot", "Cyrus", "CommuniGate", "Kerio Connect", "MDaemon",
		"IceWarp", "hMailServer", "MailEnable Service", "Lotus Domino", "HCL Domino", "JAMES",
		"ecelerity", "PowerMTA", "GroupWise", "SurgeSMTP", "XMail", "Stalwart", "Halon", "gsmtp",
		"MailHog", "GreenMail", "smtp4dev", "Mailpit", "Maddy",
	};
	struct span rest;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (!names(banner, span_str(programs[i]), &rest))
			continue;
		*name = span_str(programs[i]);
		*version = version_of(rest);
		return true;
	}
	return false;
}

bool
event_agent_by_http(const struct event *e)
{
	struct event_hop hop = { .with = SPAN_NONE };
	struct span field, lowest = SPAN_NONE;
	int i = -1;

	while (event_text_get(e, EVENT_EMAIL_RECEIVED, &i, &field))
		lowest = field;
	event_hop_parse(lowest, &hop);
	return span_starts_nocase(hop.with, SPAN_LIT("HTTP")) ||
	       span_find_nocase(lowest, SPAN_LIT("via HTTP")) >= 0;
}

bool
event_agent_is_webmail(const struct event *e)
{
	static const char *const webmail[] = {
		"iPlanet Messenger", "Sun Java System Messenger Express", "(IMP)", "SquirrelMail",
		"NeoMail", "ZimbraWebClient", "Roundcube Webmail", "Horde", "RainLoop", "SnappyMail",
		"Open-Xchange Mailer", "SOGoMail", "AfterLogic", "IceWarp Web", "MDaemon Webmail",
		"YahooMailWebService", "WebService/",
	};
	struct span text;

	if (event_agent(e, &text)) {
		for (size_t i = 0; i < sizeof(webmail) / sizeof(webmail[0]); i++)
			if (span_find(text, span_str(webmail[i])) >= 0)
				return true;
	}
	return event_agent_by_http(e);
}
