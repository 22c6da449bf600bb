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
