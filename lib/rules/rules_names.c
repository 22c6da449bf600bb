/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names and properties of hooks, actions, scopes and fields, each from one table. In: enums or
 * names; out: the other. Called by both halves, by the policy and by what prints. No state.
 */
#include "rules_parse.h"

#include <errno.h>
#include <stdio.h>
#include "err.h"
#include "str.h"

#define STAGES_SESSION (RULES_STAGE_ALWAYS | RULES_STAGE_SESSION)
#define STAGES_COMMAND (STAGES_SESSION | RULES_STAGE_COMMAND | RULES_STAGE_ENVELOPE)
#define STAGES_BODY (STAGES_COMMAND | RULES_STAGE_BODY)
#define STAGES_END (STAGES_BODY | RULES_STAGE_END)
#define STAGES_REPLY(x) ((x) | RULES_STAGE_RESPONSE)

static const struct hook {
	const char *name;
	enum rules_family family;
	enum rules_dir dir;
	unsigned stages;
	bool command, message; /* reject:command, reject:message can be done here */
	const char *help;
} hooks[RULES_HOOKS] = {
#define PACKET(name, help) { "packet:" name, RULES_PACKET, RULES_DIR_ANY, \
	RULES_STAGE_ALWAYS | RULES_STAGE_PACKET, false, false, help }
	[RULES_PRE_FLOW] = PACKET("pre_flow", "every frame, before its connection is looked up"),
	[RULES_PRE_STREAM] = PACKET("pre_stream", "every frame, before TCP is put in order"),
	[RULES_FILTER] = PACKET("filter", "every frame; the hooks all and flow_start"),
#undef PACKET
#define M(sym, name, dir, stages, cmd, msg, help) [RULES_##sym] = { "smtp:" name, \
	RULES_MESSAGE, RULES_DIR_##dir, stages, cmd, msg, help }
	M(REQUEST_STARTED, "request_started", TS, STAGES_COMMAND, true, false,
	  "each command line before DATA or BDAT"),
	M(REQUEST_DATA, "request_data", TS, STAGES_BODY, true, true,
	  "the DATA, BDAT or BURL command, then each span of the message"),
	M(REQUEST_COMPLETE, "request_complete", TS, STAGES_END, false, true,
	  "the end of data; the end of a transaction that has none"),
	M(RESPONSE_STARTED, "response_started", TC, STAGES_REPLY(STAGES_COMMAND), false, false,
	  "each reply to a command before DATA"),
	M(RESPONSE_DATA, "response_data", TC, STAGES_REPLY(STAGES_BODY), false, false,
	  "the reply to DATA, and those to BDAT chunks but the last"),
	M(RESPONSE_COMPLETE, "response_complete", TC, STAGES_REPLY(STAGES_END), false, false,
	  "the reply to the end of data"),
#undef M
#define C(sym, name, dir, stages, cmd, help) [RULES_COMMAND_##sym] = { "smtp:command:" name, \
	RULES_DIALOGUE, RULES_DIR_##dir, stages, cmd, cmd, help }
	C(REQUEST_STARTED, "request_started", TS, STAGES_END, false,
	  "a command line whose end has not come; in mode data each span of the message"),
	C(REQUEST_COMPLETE, "request_complete", TS, STAGES_END, true,
	  "a whole command line; in mode data the end of data"),
	C(RESPONSE_STARTED, "response_started", TC, STAGES_REPLY(STAGES_END), false,
	  "a reply whose last line has not come"),
	C(RESPONSE_COMPLETE, "response_complete", TC, STAGES_REPLY(STAGES_END), false,
	  "a whole reply"),
#undef C
#define S(sym, name, dir, stages, cmd, msg, help) [RULES_AT_##sym] = { "smtp:" name, \
	RULES_STATE, RULES_DIR_##dir, stages, cmd, msg, help }
	S(CONNECT, "connect", TS, STAGES_SESSION, false, false, "ahead of a connection's first event"),
	S(GREETING, "greeting", TC, STAGES_REPLY(STAGES_SESSION), false, false,
	  "the server's banner"),
	S(HELO, "helo", TS, STAGES_COMMAND, true, false, "HELO or EHLO"),
	S(AUTH, "auth", TS, STAGES_COMMAND, true, false, "AUTH"),
	S(STARTTLS, "starttls", TS, STAGES_COMMAND, true, false, "STARTTLS"),
	S(MAIL, "mail", TS, STAGES_COMMAND, true, false, "MAIL FROM"),
	S(RCPT, "rcpt", TS, STAGES_COMMAND, true, false, "RCPT TO, once a recipient"),
	S(DATA, "data", TS, STAGES_COMMAND, true, true, "DATA, or the first BDAT"),
	S(BODY, "body", TS, STAGES_BODY, false, true, "each span of the message"),
	S(MESSAGE, "message", TS, STAGES_END, false, true, "the end of data, held until judged"),
	S(RSET, "rset", TS, STAGES_COMMAND, true, false, "RSET"),
	S(QUIT, "quit", TS, STAGES_COMMAND, true, false, "QUIT"),
	S(CLOSE, "close", ANY, STAGES_END, false, false, "the end of the connection"),
	S(OTHER, "other", TS, STAGES_COMMAND, true, false,
	  "any other command: NOOP, VRFY, unknown verbs"),
#undef S
	[RULES_HOOK_DETECT] = { "detect", RULES_DETECT, RULES_DIR_ANY, ~0u, false, false,
		"rules without a hook: they look at all and come after the firewall rules" },
};

static const char *const action_names[] = {
	[RULES_ACCEPT] = "accept", [RULES_DROP] = "drop", [RULES_REJECT] = "reject",
	[RULES_REJECT_DST] = "rejectdst", [RULES_REJECT_BOTH] = "rejectboth", [RULES_PASS] = "pass",
	[RULES_ALERT] = "alert", [RULES_TEMPFAIL] = "tempfail", [RULES_MASK] = "mask",
	[RULES_CONFIG] = "config", [RULES_LOG] = "log", [RULES_REJECT_SRC] = "rejectsrc", NULL,
};
#define ACTIONS (sizeof(action_names) / sizeof(action_names[0]) - 1)

static const char *const scope_names[] = {
	[RULES_SCOPE_NONE] = "", [RULES_SCOPE_PACKET] = "packet", [RULES_SCOPE_HOOK] = "hook",
	[RULES_SCOPE_TX] = "tx", [RULES_SCOPE_FLOW] = "flow", [RULES_SCOPE_COMMAND] = "command",
	[RULES_SCOPE_MESSAGE] = "message",
};
#define SCOPES (sizeof(scope_names) / sizeof(scope_names[0]))

static const struct {
	const char *name;
	enum rules_field_kind kind;
} fields[RULES_FIELDS] = {
#define FIELD(symbol, name, kind, dir, help) { name, RULES_##kind },
#include "rules_fields.h"
#undef FIELD
};

const char *
rules_hook_name(enum rules_hook h)
{
	return (unsigned)h < RULES_HOOKS ? hooks[h].name : "?";
}

const char *
rules_hook_help(enum rules_hook h)
{
	return hooks[h].help;
}

enum rules_family
rules_hook_family(enum rules_hook h)
{
	return hooks[h].family;
}

enum rules_dir
rules_hook_dir(enum rules_hook h)
{
	return hooks[h].dir;
}

unsigned
rules_hook_stages(enum rules_hook h)
{
	return hooks[h].stages;
}

const char *
rules_action_name(enum rules_action a)
{
	return (unsigned)a < ACTIONS ? action_names[a] : "?";
}

const char *
rules_scope_name(enum rules_scope s)
{
	return (unsigned)s < SCOPES ? scope_names[s] : "?";
}

const char *
rules_field_name(enum rules_field f)
{
	return (unsigned)f < RULES_FIELDS ? fields[f].name : "?";
}

enum rules_field_kind
rules_field_kind(enum rules_field f)
{
	return fields[f].kind;
}

int
rules_field_by_name(struct span name)
{
	for (int f = 0; f < RULES_FIELDS; f++)
		if (span_eq(name, span_str(fields[f].name)))
			return f;
	return -1;
}

/* From when on a field can have a value; rules_hook_stages says what a hook can see. */
unsigned
rules_field_stage(enum rules_field f)
{
	switch (f) {
	case RULES_COMMAND: case RULES_COMMAND_DATA: case RULES_COMMAND_LINE:
		return RULES_STAGE_COMMAND;
	case RULES_MAIL_FROM: case RULES_RCPT_TO: case RULES_MAIL_PARAM: case RULES_RCPT_PARAM:
	case RULES_SIZE: case RULES_RCPT_COUNT:
		return RULES_STAGE_ENVELOPE;
	case RULES_RESPONSE_CODE: case RULES_RESPONSE: case RULES_RESPONSE_LINE:
		return RULES_STAGE_RESPONSE;
	case RULES_QUEUE_ID:
		return RULES_STAGE_END;
	case RULES_MODE: case RULES_EVENT:
		return RULES_STAGE_ALWAYS;
	case RULES_PAYLOAD: case RULES_ETHER:
		return RULES_STAGE_PACKET;
	default:
		break;
	}
	/* rules_fields.h keeps the message's fields together, behind the session's. */
	return f >= RULES_DATA ? RULES_STAGE_BODY : RULES_STAGE_SESSION;
}

bool
rules_field_of_command(enum rules_field f)
{
	return f == RULES_MODE || f == RULES_COMMAND || f == RULES_COMMAND_DATA ||
	       f == RULES_COMMAND_LINE;
}

bool
rules_hook_of_message(enum rules_hook h)
{
	return h == RULES_REQUEST_DATA || h == RULES_RESPONSE_DATA;
}

int
rules_hook_by_name(struct span name)
{
	struct span message = SPAN_LIT("smtp:message:");

	for (int h = 0; h < RULES_HOOK_DETECT; h++) {
		if (span_eq(name, span_str(hooks[h].name)))
			return h;
		if (hooks[h].family == RULES_MESSAGE && span_starts(name, message) &&
		    span_eq(span_skip(name, message.len), span_skip(span_str(hooks[h].name), 5)))
			return h;
	}
	return -1;
}

int
rules_hook_by_place(const char *place)
{
	char name[64];
	size_t len;

	if (strncmp(place, "app.", 4) == 0)
		place += 4;
	len = strlen(place);
	if (len >= sizeof(name))
		return -1;
	for (size_t i = 0; i <= len; i++)
		name[i] = place[i] == '.' ? ':' : place[i];
	return rules_hook_by_name(span_of(name, len));
}

static int
name_index(struct span name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (name.len > 0 && span_eq(name, span_str(names[i])))
			return (int)i;
	return -1;
}

int
rules_action_by_name(struct span name)
{
	return name_index(name, action_names, ACTIONS);
}

int
rules_scope_by_name(struct span name)
{
	return name_index(name, scope_names, SCOPES);
}

const char *const *
rules_action_names(void)
{
	return action_names;
}

const char *const *
rules_hook_names(void)
{
	static const char *const names[] = {
		"request_started", "request_data", "request_complete", "response_started",
		"response_data", "response_complete", "connect", "greeting", "helo", "auth",
		"starttls", "mail", "rcpt", "data", "body", "message", "rset", "quit", "close",
		"other", "all", "flow_start", "pre_flow", "pre_stream", NULL,
	};

	return names;
}

static bool
is_reject(enum rules_action a)
{
	return a == RULES_REJECT || a == RULES_REJECT_SRC || a == RULES_REJECT_DST ||
	       a == RULES_REJECT_BOTH;
}

static bool
allowed_on_packets(enum rules_hook h, enum rules_action a, enum rules_scope s)
{
	bool flow = s == RULES_SCOPE_FLOW && h != RULES_PRE_FLOW;

	if (a == RULES_ACCEPT)
		return s == RULES_SCOPE_PACKET || s == RULES_SCOPE_HOOK || flow;
	return (a == RULES_DROP || is_reject(a)) && (s == RULES_SCOPE_PACKET || flow);
}

bool
rules_scope_allowed(enum rules_hook h, enum rules_action a, enum rules_scope s)
{
	if (hooks[h].family == RULES_DETECT)
		return s == RULES_SCOPE_NONE;
	if (hooks[h].family == RULES_PACKET)
		return allowed_on_packets(h, a, s);
	if (a == RULES_ACCEPT)
		return s == RULES_SCOPE_HOOK || s == RULES_SCOPE_TX || s == RULES_SCOPE_FLOW;
	if (a == RULES_MASK)
		return s == RULES_SCOPE_COMMAND &&
		       (hooks[h].command || hooks[h].dir == RULES_DIR_TC);
	if (a != RULES_DROP && a != RULES_TEMPFAIL && !is_reject(a))
		return false;
	if (s == RULES_SCOPE_FLOW)
		return a != RULES_TEMPFAIL;
	if (a != RULES_REJECT && a != RULES_TEMPFAIL)
		return false;
	return (s == RULES_SCOPE_COMMAND && hooks[h].command) ||
	       (s == RULES_SCOPE_MESSAGE && hooks[h].message);
}

const char *
rules_scopes_text(enum rules_hook h, enum rules_action a, char *buf, size_t size)
{
	struct str s;

	str_open(&s, buf, size);
	for (unsigned scope = RULES_SCOPE_PACKET; scope < SCOPES; scope++)
		if (rules_scope_allowed(h, a, scope))
			str_printf(&s, "%s%s:%s", s.len > 0 ? ", " : "", action_names[a],
				   scope_names[scope]);
	return buf;
}

int
rules_action_parse(const char *text, enum rules_hook hook, enum rules_action *action,
		   enum rules_scope *scope, struct err *err)
{
	struct span t = span_str(text), rest = SPAN_NONE;
	ptrdiff_t colon = span_chr(t, ':');
	int a, s;
	char can[256];

	if (colon >= 0)
		rest = span_skip(t, (size_t)colon + 1);
	a = rules_action_by_name(colon >= 0 ? span_take(t, (size_t)colon) : t);
	s = colon >= 0 ? rules_scope_by_name(rest) : RULES_SCOPE_NONE;
	if (a < 0 || s < 0) {
		err_set(err, -EINVAL, "unknown %s in '%s'", a < 0 ? "action" : "scope", text);
		err_hint(err, "write an action and its scope, such as drop:flow");
		return -EINVAL;
	}
	if (!rules_scope_allowed(hook, a, s)) {
		err_set(err, -EINVAL, "'%s' is not possible at %s", text, hooks[hook].name);
		rules_scopes_text(hook, a, can, sizeof(can));
		if (can[0] != '\0')
			err_hint(err, "possible there: %s", can);
		return -EINVAL;
	}
	*action = a;
	*scope = s;
	return 0;
}
