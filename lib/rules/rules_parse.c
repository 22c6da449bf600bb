/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One rule: its header, its options, then what only the whole rule can show. In: the joined text of
 * the rule; out: a struct rule behind the others of the source, or diagnostics. Called by
 * rules_lex.c. A rule with an error is not kept, so that the errors of all other rules are found
 * too.
 */
#include "rules_parse.h"

#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>

static void __attribute__((format(printf, 6, 0)))
report(struct rules_parser *p, enum rules_severity severity, struct span token, const char *code,
       const char *hint, const char *format, va_list args)
{
	struct rules_place at = rules_place_of(p->text, token);
	char text[512];

	if (p->quiet)
		return;
	vsnprintf(text, sizeof(text), format, args);
	rules_report(p->source, severity, code, p->text->file, at.line, at.col, at.len, hint, "%s",
		     text);
}

void
rules_error(struct rules_parser *p, struct span token, const char *code, const char *hint,
	    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(p, RULES_ERROR, token, code, hint, format, args);
	va_end(args);
	p->errors++;
}

void
rules_warning(struct rules_parser *p, struct span token, const char *code, const char *hint,
	      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(p, RULES_WARNING, token, code, hint, format, args);
	va_end(args);
}

void
rules_note(struct rules_parser *p, struct span token, const char *code, const char *hint,
	   const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(p, RULES_NOTE, token, code, hint, format, args);
	va_end(args);
}

enum rules_where
rules_table_of(const struct rule *r)
{
	switch (r->pub.hook) {
	case RULES_PRE_FLOW:
		return RULES_IN_PRE_FLOW;
	case RULES_PRE_STREAM:
		return RULES_IN_PRE_STREAM;
	case RULES_FILTER:
		return RULES_IN_FILTER;
	case RULES_HOOK_DETECT:
		return RULES_IN_DETECT;
	default:
		return RULES_IN_APP;
	}
}

/* ---- numbers of rules ---- */

static size_t
sid_hash(uint32_t gid, uint32_t sid)
{
	return (size_t)((((uint64_t)gid << 32 | sid) * UINT64_C(0x9e3779b97f4a7c15)) >> 20);
}

static void
sid_insert(struct rules_source *s, uint32_t index)
{
	const struct rules_rule *r = &s->parsed->rule[index].pub;
	size_t i = sid_hash(r->gid, r->sid) & (s->sid_size - 1);

	while (s->sid_slot[i] != 0)
		i = (i + 1) & (s->sid_size - 1);
	s->sid_slot[i] = index + 1;
}

/* Room for all rules of the source and one more, at most half full. */
static void
sid_grow(struct rules_source *s)
{
	if (2 * (s->parsed->count + 1) <= s->sid_size)
		return;
	free(s->sid_slot);
	s->sid_size = s->sid_size == 0 ? 64 : 2 * s->sid_size;
	s->sid_slot = calloc(s->sid_size, sizeof(*s->sid_slot));
	if (s->sid_slot == NULL)
		rules_no_memory();
	for (uint32_t i = 0; i < s->parsed->count; i++)
		sid_insert(s, i);
}

static const struct rule *
sid_find(const struct rules_source *s, uint32_t gid, uint32_t sid)
{
	size_t i;

	if (s->sid_size == 0)
		return NULL;
	for (i = sid_hash(gid, sid) & (s->sid_size - 1); s->sid_slot[i] != 0;
	     i = (i + 1) & (s->sid_size - 1)) {
		const struct rule *r = &s->parsed->rule[s->sid_slot[i] - 1];

		if (r->pub.sid == sid && r->pub.gid == gid)
			return r;
	}
	return NULL;
}

static void
check_sid(struct rules_parser *p, struct span whole)
{
	struct rules_rule *r = &p->rule->pub;
	struct rules_place at = p->rule->places->sid;
	const struct rule *other;

	if (r->sid == 0 && !p->sid_written) {
		r->sid = RULES_AUTO_SID + ++p->source->auto_sid;
		rules_warning(p, span_take(whole, p->action.len > 0 ? p->action.len : 1), "R027",
			      "give it one, so that its number does not change with the file: "
			      "sid:1000001;",
			      "this rule has no sid and is numbered %u", r->sid);
		return;
	}
	other = sid_find(p->source, r->gid, r->sid);
	if (other == NULL)
		return;
	rules_report(p->source, RULES_ERROR, "R026", p->text->file, at.line, at.col, at.len,
		     "give one of the two another sid", "sid %u is taken by the rule at %s:%u",
		     r->sid, other->pub.file, other->pub.line);
	p->errors++;
}

/* ---- the whole rule ---- */

static void
check_reply(struct rules_parser *p)
{
	const struct rules_rule *r = &p->rule->pub;
	bool told = r->scope == RULES_SCOPE_COMMAND || r->scope == RULES_SCOPE_MESSAGE;
	char kind = r->action == RULES_TEMPFAIL ? '4' : '5';

	if (p->reply.len == 0)
		return;
	if (!told || r->action == RULES_MASK)
		rules_error(
			p, p->reply, "R025", "write reject:command, reject:message or tempfail:...",
			"a reply can be given only by rules that refuse a command or a message");
	else if (r->reply[0] != kind)
		rules_error(p, p->reply, "R022",
			    kind == '4' ? "write a code of 4yz, or reject"
					: "write a code of 5yz, or tempfail",
			    "the reply of %s begins with %c", rules_action_name(r->action), kind);
}

/* A hook has its direction; flow: may repeat it, not contradict it. */
static void
check_direction(struct rules_parser *p)
{
	enum rules_dir dir = rules_hook_dir(p->rule->pub.hook);
	unsigned flow = p->rule->flow;

	if ((dir == RULES_DIR_TS && (flow & RULES_FLOW_TO_CLIENT) != 0) ||
	    (dir == RULES_DIR_TC && (flow & RULES_FLOW_TO_SERVER) != 0))
		rules_error(p, p->flow, "R043", "remove the direction, the hook has one",
			    "%s is judged only %s", rules_hook_name(p->rule->pub.hook),
			    dir == RULES_DIR_TS ? "from the client to the server"
						: "from the server to the client");
	if (rules_table_of(p->rule) == RULES_IN_APP && (flow & RULES_FLOW_NOT_ESTABLISHED) != 0)
		rules_error(p, p->flow, "R043",
			    "remove not_established, or write a packet hook (tcp:all)",
			    "at %s the connection is established",
			    rules_hook_name(p->rule->pub.hook));
}

/* Keywords that ask for others behind them. */
static void
check_open_end(struct rules_parser *p, const struct rules_group *g)
{
	const struct rules_cond *c = g->cond_count > 0 ? &g->cond[g->cond_count - 1] : NULL;
	bool or_else = c != NULL && c->kind == RULES_COND_ABSENT && c->or_else;

	if (c == NULL || p->errors > 0 ||
	    !(or_else || (c->kind == RULES_COND_BASE64 && !c->base64.data)))
		return;
	p->errors++;
	rules_report(p->source, RULES_ERROR, "R024", p->text->file, c->line, c->col, c->len,
		     or_else ? "write what is asked of the buffer behind it, or absent alone"
			     : "write base64_decode; base64_data; content:...",
		     or_else ? "or_else has nothing behind it"
			     : "base64_data is missing behind base64_decode");
}

static void
check_groups(struct rules_parser *p)
{
	const struct rules_place *at = p->rule->places->group;
	bool frame = false, app = false;

	for (unsigned i = 0; i < p->rule->group_count; i++) {
		bool pkt = rules_field_kind(p->rule->group[i].field) == RULES_PKT;

		frame |= pkt;
		app |= !pkt;
		check_open_end(p, &p->rule->group[i]);
		if (p->rule->group[i].cond_count == 0 && p->errors == 0)
			rules_report(p->source, RULES_WARNING, "R038", p->text->file, at[i].line,
				     at[i].col, at[i].len, "write what it must hold, or bsize:>0;",
				     "%s has no condition: it asks only that the value is there",
				     rules_field_name(p->rule->group[i].field));
	}
	if (frame && app)
		rules_error(p, p->payload_token.len > 0 ? p->payload_token : p->action, "R028",
			    "name a sticky buffer in front of it",
			    "a rule looks at frames or at SMTP, not at both");
}

static void
keep(struct rules_parser *p)
{
	struct rules_parsed *all = p->source->parsed;

	sid_grow(p->source);
	all->rule = rules_regrow(all->rule, all->count, sizeof(*all->rule));
	p->rule->pub.index = (uint32_t)all->count;
	all->rule[all->count++] = *p->rule;
	sid_insert(p->source, (uint32_t)all->count - 1);
}

static void
defaults(struct rule *r, const struct rules_text *t)
{
	static const char *const none[] = { NULL };

	r->pub.gid = r->pub.rev = 1;
	r->pub.priority = 3;
	r->pub.enforce = r->pub.enforce_written = true;
	r->pub.msg = r->pub.classtype = r->pub.reply = "";
	r->pub.references = r->pub.metadata = none;
	r->pub.file = rules_text_copy(r, span_str(t->file));
	r->pub.line = r->line = t->piece[0].line;
	r->pub.text = rules_text_copy(r, span_of(t->text, t->len));
	r->pub.header = "";
	r->col = t->piece[0].col;
	r->places = rules_alloc(r, sizeof(*r->places));
}

static bool
parse(struct rules_parser *p, struct span whole)
{
	struct span options = SPAN_NONE;
	ptrdiff_t open = span_chr(whole, '(');
	bool header;

	if (open >= 0 && !rules_requires(p, span_skip(whole, (size_t)open)))
		return false;
	header = rules_header(p, whole, &options);
	p->rule->header_len =
		(unsigned)(options.ptr != NULL ? (size_t)(options.ptr - whole.ptr) : whole.len);
	if (options.len > 0 && options.ptr[0] == '(') {
		p->header_failed = !header;
		rules_options(p, options);
	}
	if (!header)
		return false;
	p->rule->places->hook = rules_place_of(p->text, p->hook);
	p->rule->places->action = rules_place_of(p->text, p->action);
	check_reply(p);
	check_direction(p);
	check_groups(p);
	if (p->errors == 0 || p->rule->pub.sid != 0)
		check_sid(p, whole);
	return p->errors == 0;
}

void
rules_parse(struct rules_source *s, const struct rules_text *t)
{
	struct rules_parser p = { .source = s, .text = t };
	struct rule rule = { .line = 0 };

	p.rule = &rule;
	p.seen = calloc(rules_keyword_count(), 1);
	if (p.seen == NULL)
		rules_no_memory();
	defaults(&rule, t);
	if (parse(&p, span_trim(span_of(t->text, t->len))))
		keep(&p);
	else
		rules_rule_clear(&rule);
	rules_vars_clear(&p);
	free(p.seen);
}
