/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The header of a rule: ACTION[:SCOPE][,ACTION...] PROTO[:[<]HOOK] SRC SPORT DIR DST DPORT. In: its
 * text; out: the fields of struct rule. Called by rules_parse.c. Options are not looked at here.
 */
#include "rules_parse.h"

#include <stdio.h>
#include "err.h"
#include "str.h"

#define WORDS 32 /* of a header, wrong ones included */

enum { AT_ACTION, AT_PROTO, AT_SRC, AT_SPORT, AT_DIR, AT_DST, AT_DPORT, PARTS };

static const char *const part_names[PARTS] = {
	"the action",
	"the protocol and hook",
	"the source address",
	"the source port",
	"the direction (->)",
	"the destination address",
	"the destination port",
};

static const struct proto {
	const char *name;
	enum rules_proto proto;
	unsigned flow;
} protos[] = {
	{ "ip", RULES_PROTO_IP, 0 },
	{ "tcp", RULES_PROTO_TCP, 0 },
	{ "tcp-pkt", RULES_PROTO_TCP, RULES_FLOW_NO_STREAM },
	{ "tcp-stream", RULES_PROTO_TCP, RULES_FLOW_ONLY_STREAM },
	{ "udp", RULES_PROTO_UDP, 0 },
	{ "icmp", RULES_PROTO_ICMP, 0 },
	{ "arp", RULES_PROTO_ARP, 0 },
	{ "ether", RULES_PROTO_ETHER, 0 },
	{ "smtp", RULES_PROTO_SMTP, 0 },
};

/* The next word; blanks inside brackets belong to it. It ends before a parenthesis. */
static struct span
next_token(struct span *text)
{
	struct span t = span_trim(*text);
	int depth = 0;
	size_t n = 0;

	for (; n < t.len; n++) {
		uint8_t c = t.ptr[n];

		if (c == '[')
			depth++;
		else if (c == ']' && depth > 0)
			depth--;
		else if (c == '(' || ((c == ' ' || c == '\t') && depth == 0))
			break;
	}
	*text = span_skip(t, n);
	if (text->ptr == NULL)
		*text = span_of(t.ptr + n, 0);
	return span_take(t, n);
}

static bool
is_direction(struct span s)
{
	return rules_is(s, "->") || rules_is(s, "<>");
}

static bool
looks_like_direction(struct span s)
{
	return is_direction(s) || rules_is(s, "=>") || rules_is(s, "<-") || rules_is(s, "-") ||
	       rules_is(s, ">") || rules_is(s, "-->");
}

/* Some part is missing: say which, and how the whole line would look. */
static void
report_short(struct rules_parser *p, const struct span *part, unsigned count, struct span at)
{
	char hint[512];
	struct str s;

	str_open(&s, hint, sizeof(hint));
	str_add(&s, "write: ");
	for (unsigned i = 0; i < PARTS; i++) {
		if (i > 0)
			str_add_char(&s, ' ');
		if (i < count)
			str_add_span(&s, part[i]);
		else
			str_add(&s, i == AT_ACTION  ? "accept:hook"
				    : i == AT_PROTO ? "smtp:request_started"
				    : i == AT_DIR   ? "->"
						    : "any");
	}
	str_add(&s, " (...)");
	rules_error(p, at, "R015", hint, "the header ends early: %s is missing", part_names[count]);
}

static struct span
from_to(struct span first, struct span last)
{
	return span_of(first.ptr, (size_t)(last.ptr - first.ptr) + last.len);
}

/* Where the direction stands when it stands in its place; else the first word that is one, or -1.
 */
static int
find_direction(const struct span *word, unsigned count)
{
	if (count > AT_DIR && looks_like_direction(word[AT_DIR]))
		return AT_DIR;
	for (unsigned i = 0; i < count; i++)
		if (looks_like_direction(word[i]))
			return (int)i;
	return -1;
}

static bool known_start(struct rules_parser *p, const struct span *word, unsigned count);

/* The words do not make a header: say what is missing or too much, and where. */
static void
report_shape(struct rules_parser *p, const struct span *word, unsigned count, struct span open)
{
	static const char order[] =
		"the order is: action protocol:hook source port -> destination port (options)";
	int dir = find_direction(word, count);

	if (count == 0 || !known_start(p, word, count)) {
		if (count == 0)
			rules_error(p, open, "R015", order, "the header is missing");
	} else if (dir < 0 && count == PARTS) {
		rules_error(p, word[AT_DIR], "R015", "write -> or <>", "'%.*s' is no direction",
			    (int)word[AT_DIR].len, (const char *)word[AT_DIR].ptr);
	} else if (dir < 0 && count > AT_DIR) {
		rules_error(p, word[AT_DIR], "R015",
			    "write -> or <> between source and destination",
			    "the direction is missing in front of '%.*s'", (int)word[AT_DIR].len,
			    (const char *)word[AT_DIR].ptr);
	} else if (dir < 0) {
		report_short(p, word, count, open.len > 0 ? open : word[count - 1]);
	} else if (dir < AT_DIR) {
		rules_error(p, from_to(word[dir < AT_SRC ? dir : AT_SRC], word[dir]), "R015", order,
			    "source address or port is missing in front of the direction");
	} else if (dir > AT_DIR) {
		rules_error(p, from_to(word[AT_SRC], word[dir - 1]), "R015", order,
			    "too many words in front of the direction");
	} else if (count < PARTS) {
		report_short(p, word, count,
			     open.len > 0 ? from_to(word[AT_DIR], open) : word[count - 1]);
	} else if (open.len == 0) {
		rules_error(p, word[PARTS], "R006", "options stand in parentheses: (sid:1;)",
			    "the opening parenthesis is missing in front of '%.*s'",
			    (int)word[PARTS].len, (const char *)word[PARTS].ptr);
	} else {
		rules_error(p, from_to(word[AT_DST], word[count - 1]), "R006", order,
			    "'%.*s' is too much in the header", (int)word[count - 1].len,
			    (const char *)word[count - 1].ptr);
	}
}

static bool
split(struct rules_parser *p, struct span text, struct span part[PARTS], struct span *rest)
{
	struct span word[WORDS], open;
	unsigned n = 0;

	*rest = span_trim(text);
	while (rest->len > 0 && rest->ptr[0] != '(' && n < WORDS) {
		word[n++] = next_token(rest);
		*rest = span_trim(*rest);
	}
	open = span_take(*rest, rest->len > 0 && rest->ptr[0] == '(' ? 1 : 0);
	if (n != PARTS || find_direction(word, n) != AT_DIR) {
		report_shape(p, word, n, open);
		return false;
	}
	memcpy(part, word, sizeof(*part) * PARTS);
	if (open.len == 0) {
		rules_error(p, part[AT_DPORT], "R006", "options follow in parentheses: (sid:1;)",
			    "the options are missing behind '%.*s'", (int)part[AT_DPORT].len,
			    (const char *)part[AT_DPORT].ptr);
		return false;
	}
	return true;
}

static void
unknown_action(struct rules_parser *p, struct span name)
{
	char word[64], hint[160];
	const char *near;

	snprintf(word, sizeof(word), "%.*s", (int)name.len, (const char *)name.ptr);
	near = err_nearest(word, rules_action_names());
	if (near != NULL)
		snprintf(hint, sizeof(hint), "did you mean %s?", near);
	else
		snprintf(hint, sizeof(hint),
			 "actions are accept, drop, reject, tempfail, mask, alert, pass, log");
	rules_error(p, name, "R010", hint, "unknown action '%s'", word);
}

/* One action of the list. The first decides; alert, log and pass may follow. */
static bool
take_action(struct rules_parser *p, struct span item, bool first)
{
	struct rules_rule *r = &p->rule->pub;
	ptrdiff_t colon = span_chr(item, ':');
	struct span name = colon >= 0 ? span_take(item, (size_t)colon) : item;
	struct span scope_name = colon >= 0 ? span_skip(item, (size_t)colon + 1) : SPAN_NONE;
	int action = rules_action_by_name(name), scope = RULES_SCOPE_NONE;

	if (action < 0) {
		unknown_action(p, name.len > 0 ? name : item);
		return false;
	}
	if (colon >= 0 && (scope = rules_scope_by_name(scope_name)) < 0) {
		rules_error(p, scope_name.len > 0 ? scope_name : item, "R011",
			    "scopes are packet, hook, tx, flow, command, message",
			    "unknown scope '%.*s'", (int)scope_name.len,
			    (const char *)scope_name.ptr);
		return false;
	}
	if (first) {
		r->action = (enum rules_action)action;
		r->scope = (enum rules_scope)scope;
		return true;
	}
	if (action != RULES_ALERT && action != RULES_PASS && action != RULES_LOG) {
		rules_error(p, item, "R010", "only alert, log and pass may follow the first action",
			    "'%.*s' cannot be a second action", (int)name.len,
			    (const char *)name.ptr);
		return false;
	}
	if (scope != RULES_SCOPE_NONE && scope != (int)r->scope) {
		rules_error(p, item, "R011", "write the same scope, or none",
			    "the scopes of one rule must agree");
		return false;
	}
	r->alert |= action != RULES_PASS;
	r->pass |= action == RULES_PASS;
	return true;
}

static bool
take_actions(struct rules_parser *p, struct span token)
{
	struct rules_rule *r = &p->rule->pub;
	struct rules_list list;
	bool ok;

	p->action = token;
	if (!rules_list_split(p, token, ',', &list))
		return false;
	ok = true;
	for (size_t i = 0; i < list.count && ok; i++)
		ok = take_action(p, list.item[i].len > 0 ? list.item[i] : token, i == 0);
	if (ok && r->action == RULES_MASK && r->scope == RULES_SCOPE_NONE)
		r->scope = RULES_SCOPE_COMMAND;
	if (ok && r->action == RULES_CONFIG) {
		rules_error(p, token, "R042", "set logging in the configuration: outputs",
			    "the action config is not supported");
		ok = false;
	}
	return ok;
}

static int
packet_hook(struct rules_parser *p, struct span name)
{
	if (rules_is(name, "flow_start"))
		p->rule->flow |= RULES_FLOW_START;
	if (rules_is(name, "all") || rules_is(name, "flow_start") || rules_is(name, "filter"))
		return RULES_FILTER;
	return rules_is(name, "pre_flow")     ? RULES_PRE_FLOW
	       : rules_is(name, "pre_stream") ? RULES_PRE_STREAM
					      : -1;
}

static int
smtp_hook(struct rules_parser *p, struct span name)
{
	char full[64];
	int n = snprintf(full, sizeof(full), "smtp:%.*s", (int)name.len, (const char *)name.ptr);

	if (n >= (int)sizeof(full))
		return -1;
	p->rule->family_written =
		span_starts(name, SPAN_LIT("command:")) || span_starts(name, SPAN_LIT("message:"));
	return rules_hook_by_name(span_of(full, (size_t)n));
}

static void
unknown_hook(struct rules_parser *p, struct span hook)
{
	bool smtp = p->rule->proto == RULES_PROTO_SMTP;
	struct span command = SPAN_LIT("command:"), message = SPAN_LIT("message:");
	char word[64], hint[256];
	const char *near;

	if (smtp && hook.len > command.len &&
	    (span_starts(hook, command) || span_starts(hook, message)))
		hook = span_skip(hook, command.len);
	snprintf(word, sizeof(word), "%.*s", (int)hook.len, (const char *)hook.ptr);
	near = err_nearest(word, rules_hook_names());
	if (near != NULL)
		snprintf(hint, sizeof(hint), "did you mean %s?", near);
	else
		snprintf(
			hint, sizeof(hint), "%s",
			smtp ? "hooks of smtp are request_started, request_data, request_complete, "
			       "response_*, rcpt, ...; postern --list-hooks names all"
			     : "hooks of packets are all, flow_start, pre_flow, pre_stream");
	rules_error(p, hook.len > 0 ? hook : p->hook, "R013", hint, "%s has no hook '%s'",
		    smtp ? "smtp" : "this protocol", word);
}

static bool
take_hook(struct rules_parser *p, struct span hook)
{
	struct rule *r = p->rule;
	struct span family = SPAN_NONE;
	int h;

	/* '<' stands behind the last colon: smtp:<rcpt, smtp:command:<request_complete. */
	for (size_t i = hook.len; i > 0; i--)
		if (hook.ptr[i - 1] == '<' && (i == 1 || hook.ptr[i - 2] == ':')) {
			char joined[64];
			int n = snprintf(joined, sizeof(joined), "%.*s%.*s", (int)i - 1,
					 (const char *)hook.ptr, (int)(hook.len - i),
					 (const char *)hook.ptr + i);

			r->pub.before = true;
			if (n < (int)sizeof(joined))
				family = span_of(rules_text_copy(r, span_of(joined, (size_t)n)),
						 (size_t)n);
			break;
		}
	h = r->proto == RULES_PROTO_SMTP ? smtp_hook(p, r->pub.before ? family : hook)
					 : packet_hook(p, r->pub.before ? family : hook);
	if (h < 0) {
		unknown_hook(p, hook);
		return false;
	}
	r->pub.hook = (enum rules_hook)h;
	if (rules_hook_of_message(r->pub.hook) && p->source->message_file == NULL) {
		p->source->message_file = p->text->file;
		p->source->message_line = p->text->piece[0].line;
		p->source->message_hook = r->pub.hook;
	}
	if (r->pub.before && (r->pub.action != RULES_ACCEPT || r->proto != RULES_PROTO_SMTP)) {
		rules_error(p, hook, "R013", "remove the <",
			    "only accept rules of smtp take the states before their hook");
		return false;
	}
	return true;
}

static const struct proto *
find_proto(struct span token)
{
	ptrdiff_t colon = span_chr(token, ':');
	struct span name = colon >= 0 ? span_take(token, (size_t)colon) : token;

	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (rules_is(name, protos[i].name))
			return &protos[i];
	return NULL;
}

static void
unknown_proto(struct rules_parser *p, struct span token)
{
	ptrdiff_t colon = span_chr(token, ':');
	struct span name = colon > 0 ? span_take(token, (size_t)colon) : token;

	rules_error(p, name, "R012", "write ip, tcp, tcp-pkt, tcp-stream, udp, icmp, arp, ether or smtp",
		    "unknown protocol '%.*s'", (int)name.len, (const char *)name.ptr);
}

/* The first two words say what they should; else it is they that are wrong, not the number of
 * words. */
static bool
known_start(struct rules_parser *p, const struct span *word, unsigned count)
{
	ptrdiff_t end = span_chr(word[0], ':');
	struct span name;

	if (end < 0)
		end = span_chr(word[0], ',');
	name = end >= 0 ? span_take(word[0], (size_t)end) : word[0];
	if (rules_action_by_name(name) < 0) {
		unknown_action(p, name.len > 0 ? name : word[0]);
		return false;
	}
	if (count > 1 && !looks_like_direction(word[1]) && find_proto(word[1]) == NULL) {
		unknown_proto(p, word[1]);
		return false;
	}
	return true;
}

static bool
take_proto(struct rules_parser *p, struct span token)
{
	ptrdiff_t colon = span_chr(token, ':');
	const struct proto *proto = find_proto(token);

	p->rule->pub.hook = RULES_HOOK_DETECT;
	if (proto == NULL) {
		unknown_proto(p, token);
		return false;
	}
	p->rule->proto = proto->proto;
	p->rule->flow |= proto->flow;
	p->hook = token;
	if (colon < 0)
		return true;
	p->hook = span_skip(token, (size_t)colon + 1);
	if (p->hook.len == 0)
		p->hook = token;
	return take_hook(p, span_skip(token, (size_t)colon + 1));
}

/* Action, scope and hook against each other. */
static void
check_header(struct rules_parser *p)
{
	struct rules_rule *r = &p->rule->pub;
	bool detect = r->hook == RULES_HOOK_DETECT;
	char can[256], hint[400];

	if (detect && r->scope != RULES_SCOPE_NONE) {
		rules_error(p, p->hook, "R013",
			    "write a hook, such as tcp:all or smtp:request_started",
			    "a firewall rule (%s:%s) needs a hook", rules_action_name(r->action),
			    rules_scope_name(r->scope));
		return;
	}
	if (rules_scope_allowed(r->hook, r->action, r->scope) &&
	    (!detect ||
	     (r->action != RULES_ACCEPT && r->action != RULES_TEMPFAIL && r->action != RULES_MASK)))
		return;
	if (detect) {
		rules_error(p, p->action, "R011",
			    "write its scope and a hook: accept:hook smtp:request_started, "
			    "reject:command smtp:rcpt",
			    "%s is an action of firewall rules only", rules_action_name(r->action));
		return;
	}
	rules_scopes_text(r->hook, r->action, can, sizeof(can));
	if (can[0] != '\0')
		snprintf(hint, sizeof(hint), "possible at %s: %s", rules_hook_name(r->hook), can);
	else
		snprintf(hint, sizeof(hint),
			 "write it behind an action that decides (accept:hook,alert), or leave out "
			 "the hook");
	if (r->scope == RULES_SCOPE_NONE && can[0] != '\0')
		rules_error(p, p->action, "R011", hint, "%s needs a scope",
			    rules_action_name(r->action));
	else
		rules_error(p, p->action, "R011", hint, "%s%s%s cannot be done at %s",
			    rules_action_name(r->action), r->scope ? ":" : "",
			    rules_scope_name(r->scope), rules_hook_name(r->hook));
}

static void
take_direction(struct rules_parser *p, struct span token)
{
	p->direction = token;
	p->rule->bidirectional = rules_is(token, "<>");
	if (!is_direction(token))
		rules_error(p, token, "R015", "write -> or <>", "'%.*s' is no direction",
			    (int)token.len, (const char *)token.ptr);
}

bool
rules_header(struct rules_parser *p, struct span text, struct span *rest)
{
	struct rule *r = p->rule;
	struct span part[PARTS];
	char *header;
	struct str s;
	bool ok;

	if (!split(p, text, part, rest))
		return false;
	ok = take_actions(p, part[AT_ACTION]);
	ok = take_proto(p, part[AT_PROTO]) && ok;
	rules_addresses(p, part[AT_SRC], &r->src);
	rules_port_set(p, part[AT_SPORT], &r->sport);
	take_direction(p, part[AT_DIR]);
	rules_addresses(p, part[AT_DST], &r->dst);
	rules_port_set(p, part[AT_DPORT], &r->dport);
	if (ok)
		check_header(p);
	if ((r->proto == RULES_PROTO_ARP || r->proto == RULES_PROTO_ETHER) &&
	    !(r->sport.any && r->dport.any))
		rules_error(p, r->sport.any ? part[AT_DPORT] : part[AT_SPORT], "R017", "write any",
			    "arp and ether have no ports");
	header = rules_alloc(r, text.len + PARTS + 1);
	str_open(&s, header, text.len + PARTS + 1);
	for (unsigned i = 0; i < PARTS; i++) {
		if (i > 0)
			str_add_char(&s, ' ');
		str_add_span(&s, part[i]);
	}
	r->pub.header = header;
	return ok;
}
