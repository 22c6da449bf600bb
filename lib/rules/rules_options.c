/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options of a rule: (keyword[:value]; ...). In: the text from the opening parenthesis on; out:
 * each keyword handed to its parser in rules_options_*.c by the table in rules_keywords.c. Called
 * by rules_parse.c. After an error it goes on behind the next semicolon, so that all errors are
 * found.
 */
#include "rules_parse.h"

#include <stdio.h>
#include "err.h"

struct option {
	struct span name, value;
	struct span head; /* the name, with its colon when there is one */
	bool has_value;
};

static bool
name_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

static bool
blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct span
skip_blanks(struct span s)
{
	while (s.len > 0 && blank(s.ptr[0]))
		s = span_of(s.ptr + 1, s.len - 1);
	return s;
}

/* Everything behind n bytes, with its pointer kept at the end. */
static struct span
behind(struct span s, size_t n)
{
	return span_of(s.ptr + n, s.len - n);
}

static struct span
take_name(struct span s)
{
	size_t n = 0;

	while (n < s.len && name_char(s.ptr[n]))
		n++;
	return span_take(s, n);
}

/* Offset of the next byte c that no backslash escapes; s.len when there is none. */
static size_t
find_unescaped(struct span s, uint8_t c)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == c)
			return i;
		if (s.ptr[i] == '\\')
			i++;
	}
	return s.len;
}

/* Behind the next semicolon, or at the end. */
static struct span
resync(struct span s)
{
	size_t n = find_unescaped(s, ';');

	return behind(s, n < s.len ? n + 1 : s.len);
}

/* In an unquoted value: the next keyword, when the semicolon in front of it is missing. */
static size_t
swallowed_keyword(struct span value)
{
	for (size_t i = 1; i < value.len; i++) {
		struct span word, rest;

		if (!blank(value.ptr[i - 1]) || !name_char(value.ptr[i]))
			continue;
		word = take_name(behind(value, i));
		rest = skip_blanks(behind(value, i + word.len));
		if (rules_keyword_find(word) != NULL && (rest.len == 0 || rest.ptr[0] == ':' ||
							 rest.ptr[0] == ';' || rest.ptr[0] == ')'))
			return i;
	}
	return value.len;
}

static void
missing_semicolon(struct rules_parser *p, struct span at, struct span name)
{
	rules_error(p, at, "R009", "every option ends with a semicolon",
		    "a semicolon is missing behind '%.*s'", (int)name.len, (const char *)name.ptr);
}

/* "text"; with an optional ! in front. False: the value is unusable. A missing semicolon is
 * reported, but the value is taken, so that one slip is one error. */
static bool
quoted_value(struct rules_parser *p, struct option *o, struct span *rest, size_t open)
{
	struct span inner = behind(*rest, open + 1);
	size_t semi = find_unescaped(inner, ';'), close = find_unescaped(inner, '"');
	struct span after, word;

	if (close >= semi) {
		rules_error(p, span_of(rest->ptr + open, semi + 1), "R040",
			    "close it, or write \\; for a semicolon in the text",
			    "the quotation mark is not closed");
		*rest = behind(inner, semi < inner.len ? semi + 1 : inner.len);
		return false;
	}
	o->value = span_of(rest->ptr, open + 1 + close + 1);
	after = skip_blanks(behind(inner, close + 1));
	if (after.len > 0 && after.ptr[0] == ';') {
		*rest = behind(after, 1);
		return true;
	}
	word = take_name(after);
	missing_semicolon(p, word.len > 0 ? word : span_of(inner.ptr + close, 1), o->name);
	*rest = after;
	/* Go on with a keyword or the closing parenthesis; anything else belongs to the value. */
	if (after.len > 0 && after.ptr[0] != ')' && rules_keyword_find(word) == NULL)
		*rest = resync(after);
	return true;
}

static void
plain_value(struct rules_parser *p, struct option *o, struct span *rest)
{
	size_t semi = find_unescaped(*rest, ';'), cut;
	struct span value = span_take(*rest, semi);
	/* requires names keywords itself. */
	bool free_text = rules_is(o->name, "metadata") || rules_is(o->name, "reference") ||
			 rules_is(o->name, "requires") ||
			 (value.len > 0 && value.ptr[0] == '/');

	cut = free_text ? value.len : swallowed_keyword(value);
	if (cut < value.len) {
		missing_semicolon(p, take_name(behind(value, cut)), o->name);
		*rest = behind(*rest, cut);
		o->value = span_trim(span_take(value, cut));
		return;
	}
	if (semi == rest->len) { /* the rule ends here: only the parenthesis may stand behind it */
		struct span end = span_trim(value);

		if (end.len > 0 && end.ptr[end.len - 1] == ')')
			end.len--;
		end = span_trim(end);
		missing_semicolon(p, end.len > 0 ? end : o->name, o->name);
		*rest = behind(*rest, rest->len);
		o->value = end;
		return;
	}
	o->value = span_trim(value);
	*rest = behind(*rest, semi + 1);
}

static bool
take_value(struct rules_parser *p, struct option *o, struct span *rest)
{
	struct span v = skip_blanks(*rest), q = v;

	if (q.len > 0 && q.ptr[0] == '!')
		q = skip_blanks(behind(q, 1));
	*rest = v;
	o->has_value = true;
	if (q.len > 0 && q.ptr[0] == '"')
		return quoted_value(p, o, rest, (size_t)(q.ptr - v.ptr));
	plain_value(p, o, rest);
	return true;
}

/* 1: an option; 0: an error was reported, go on; -1: the end. */
static int
next_option(struct rules_parser *p, struct span *rest, struct option *o)
{
	struct span s = skip_blanks(*rest), after;

	*o = (struct option){ .has_value = false };
	*rest = s;
	if (s.len == 0 || s.ptr[0] == ')')
		return -1;
	o->name = take_name(s);
	if (o->name.len == 0) {
		rules_error(p, span_take(s, 1), s.ptr[0] == ';' ? "R009" : "R014",
			    s.ptr[0] == ';' ? "remove it"
					    : "an option is keyword; or keyword:value;",
			    s.ptr[0] == ';' ? "an empty option" : "a keyword is expected here");
		*rest = s.ptr[0] == ';' ? behind(s, 1) : resync(s);
		return 0;
	}
	o->head = o->name;
	after = skip_blanks(behind(s, o->name.len));
	if (after.len > 0 && after.ptr[0] == ':') {
		o->head = span_of(s.ptr, (size_t)(after.ptr - s.ptr) + 1);
		*rest = behind(after, 1);
		return take_value(p, o, rest) ? 1 : 0;
	}
	if (after.len > 0 && after.ptr[0] == ';') {
		*rest = behind(after, 1);
		return 1;
	}
	if (after.len > 0 && after.ptr[0] != ')' && !name_char(after.ptr[0])) {
		bool known = rules_keyword_find(o->name) != NULL && after.ptr[0] != '"';

		rules_error(p, known ? span_take(after, 1) : o->name, "R009",
			    "write keyword; or keyword:value;", "a colon is missing behind '%.*s'",
			    (int)o->name.len, (const char *)o->name.ptr);
		*rest = resync(after);
		return 0;
	}
	missing_semicolon(p, o->name, o->name);
	*rest = after;
	return 0;
}

static void
unknown_keyword(struct rules_parser *p, const struct option *o)
{
	const char *why = rules_keyword_foreign(o->name), *near;
	char word[64], hint[128];
	uint64_t n;

	/* "sid; 3;": the number is the value that is missing there, and that was said. */
	if (p->wants_value && span_to_u64(o->name, UINT64_MAX, &n) == 0)
		return;
	snprintf(word, sizeof(word), "%.*s", (int)o->name.len, (const char *)o->name.ptr);
	if (why != NULL) {
		rules_error(p, o->name, "R042", why, "the keyword '%s' is not supported", word);
		return;
	}
	near = rules_diags_full(p->source) ? NULL : err_nearest(word, rules_keyword_names());
	if (near != NULL)
		snprintf(hint, sizeof(hint), "did you mean %s?", near);
	else
		snprintf(hint, sizeof(hint), "postern --list-keywords names all");
	rules_error(p, o->name, "R014", hint, "unknown keyword '%s'", word);
}

static bool
allowed(struct rules_parser *p, const struct rules_keyword *k, const struct option *o)
{
	char hint[256];
	uint8_t *seen = &p->seen[k - rules_keyword_at(0)];

	if (k->argument == RULES_ARG_MUST && (!o->has_value || o->value.len == 0)) {
		snprintf(hint, sizeof(hint), "write %s:%s;", k->name, k->form);
		rules_error(p, o->head, "R020", hint, "%s needs a value", k->name);
		p->wants_value = true;
		return false;
	}
	if (k->argument == RULES_ARG_NONE && o->has_value) {
		snprintf(hint, sizeof(hint), "write %s;", k->name);
		rules_error(p, o->value.len > 0 ? o->value : o->name, "R021", hint,
			    "%s takes no value", k->name);
		return false;
	}
	if (*seen > 0 && k->once) {
		rules_error(p, o->name, "R029", "remove one of the two", "%s stands twice",
			    k->name);
		return false;
	}
	if (*seen < UINT8_MAX)
		++*seen;
	if (!p->header_failed && (k->tables & rules_table_of(p->rule)) == 0) {
		rules_error(p, o->name, "R028", "move it to a rule with another hook",
			    "%s cannot be used at %s", k->name, rules_hook_name(p->rule->pub.hook));
		return false;
	}
	return true;
}

/* What was refused may have been a buffer or a content: words behind it that need one are not
 * judged. */
static void
nothing_to_change(struct rules_parser *p)
{
	rules_content_close(p);
	p->group = NULL;
	p->group_failed = p->content_failed = true;
}

struct counts { /* of a rule's parts, before an option */
	uint16_t groups, conds;
	uint8_t bits, ints, packets;
};

static struct counts
counts_of(const struct rules_parser *p)
{
	const struct rule *r = p->rule;

	return (struct counts){ r->group_count, p->group != NULL ? p->group->cond_count : 0,
				r->bit_count, r->int_count, r->packet_count };
}

/* The part that the option made: what there is one more of; a modifier's is the last condition. */
static void
find_part(const struct rules_parser *p, const struct rules_keyword *k, const struct counts *before,
	  struct rules_option *out)
{
	const struct rule *r = p->rule;
	bool opened = r->group_count > before->groups;
	const struct rules_group *g = opened ? &r->group[r->group_count - 1] : p->group;
	bool made = g != NULL && g->cond_count > (opened ? 0 : before->conds);

	if (r->bit_count > before->bits) {
		out->part = RULES_PART_BIT;
		out->index = before->bits;
	} else if (r->int_count > before->ints) {
		out->part = RULES_PART_INT;
		out->index = before->ints;
	} else if (r->packet_count > before->packets) {
		out->part = RULES_PART_PACKET;
		out->index = before->packets;
	} else if (g != NULL && (made || strcmp(k->kind, "modifier") == 0)) {
		out->part = RULES_PART_COND;
		out->index = (uint16_t)(g - r->group);
		out->cond = (uint16_t)(g->cond_count - 1);
	} else if (g != NULL && (opened || strcmp(k->kind, "transform") == 0)) {
		out->part = RULES_PART_GROUP;
		out->index = (uint16_t)(g - r->group);
	}
}

static void
keep_option(struct rules_parser *p, const struct rules_keyword *k, const struct option *o,
	    const struct counts *before)
{
	struct rule *r = p->rule;
	struct rules_option *out;
	char *text;

	r->option = rules_grow(r, r->option, r->option_count, sizeof(*r->option));
	out = &r->option[r->option_count++];
	text = rules_alloc(r, o->name.len + o->value.len + 2);
	memcpy(text, o->name.ptr, o->name.len);
	if (o->has_value && o->value.len > 0) {
		text[o->name.len] = ':';
		memcpy(text + o->name.len + 1, o->value.ptr, o->value.len);
	}
	out->text = text;
	find_part(p, k, before, out);
}

static void
take_option(struct rules_parser *p, const struct option *o)
{
	const struct rules_keyword *k = rules_keyword_find(o->name);

	p->keyword = o->name;
	if (k == NULL) {
		unknown_keyword(p, o);
		p->wants_value = false;
		nothing_to_change(p);
		return;
	}
	p->wants_value = false;
	if (allowed(p, k, o)) {
		struct counts before = counts_of(p);

		k->parse(p, k, o->value);
		keep_option(p, k, o, &before);
	} else {
		nothing_to_change(p);
	}
}

void
rules_options(struct rules_parser *p, struct span text)
{
	struct span rest = behind(text, 1), tail;
	struct option o;
	int r;

	while ((r = next_option(p, &rest, &o)) >= 0)
		if (r > 0)
			take_option(p, &o);
	rules_content_close(p);
	if (rest.len == 0) {
		if (text.ptr[text.len - 1] != ')')
			rules_error(p, span_of(text.ptr + text.len - 1, 1), "R007",
				    "end the rule with ); a rule that goes on needs a backslash at "
				    "the end of its line",
				    "the closing parenthesis is missing");
		return;
	}
	tail = skip_blanks(behind(rest, 1));
	if (tail.len > 0)
		rules_error(p, tail, "R008",
			    tail.ptr[0] == '#'
				    ? "move the comment to a line of its own"
				    : "remove it, or remove the parenthesis in front of it",
			    "there is text behind the closing parenthesis");
}

/* ---- requires: first of all, since the rest of the rule may be beyond us ---- */

/* The version whose rules are understood: Suricata's of that number. */
static const unsigned our_version[3] = { 8, 0, 7 };

static int
version_cmp(struct span s, bool *ok)
{
	for (unsigned i = 0; i < 3; i++) {
		ptrdiff_t dot = span_chr(s, '.');
		struct span part = dot >= 0 ? span_take(s, (size_t)dot) : s;
		uint64_t n = 0;

		if (part.len > 0 && span_to_u64(part, 1000, &n) != 0)
			*ok = false;
		if (our_version[i] != n)
			return our_version[i] < n ? -1 : 1;
		s = dot >= 0 ? span_skip(s, (size_t)dot + 1) : SPAN_NONE;
	}
	return 0;
}

static bool
version_holds(struct span s, bool *ok)
{
	struct span number, op = rules_word(s, &number);
	int c = version_cmp(number, ok);

	if (rules_is(op, ">="))
		return c >= 0;
	if (rules_is(op, ">"))
		return c > 0;
	if (rules_is(op, "<="))
		return c <= 0;
	if (rules_is(op, "<"))
		return c < 0;
	*ok = false;
	return false;
}

static bool
requirement_holds(struct span item, bool *ok)
{
	struct span arg, word = rules_word(item, &arg);

	if (rules_is(word, "keyword"))
		return rules_keyword_find(arg) != NULL;
	if (rules_is(word, "version")) {
		bool holds = false;

		while (arg.len > 0 && !holds) { /* alternatives */
			ptrdiff_t bar = span_chr(arg, '|');

			holds = version_holds(
				span_trim(bar >= 0 ? span_take(arg, (size_t)bar) : arg), ok);
			arg = bar >= 0 ? span_trim(span_skip(arg, (size_t)bar + 1)) : SPAN_NONE;
		}
		return holds;
	}
	*ok = *ok && rules_is(word, "feature") && arg.len > 0;
	return false; /* features are Suricata's */
}

void
rules_opt_requires(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_list list;
	bool ok = true;

	if (!rules_list_split(p, value, ',', &list))
		return;
	for (size_t i = 0; i < list.count; i++)
		if (list.item[i].len == 0 || (requirement_holds(list.item[i], &ok), !ok)) {
			rules_error(p, list.item[i].len > 0 ? list.item[i] : value, "R022",
				    "write keyword K, feature F, or version >= 8.0.0",
				    "this requirement is not understood");
			return;
		}
}

bool
rules_requires(struct rules_parser *p, struct span options)
{
	struct span rest = behind(options, 1);
	unsigned errors = p->errors;
	bool holds = true;
	struct option o;
	int r;

	p->quiet = true;
	while (holds && (r = next_option(p, &rest, &o)) >= 0) {
		struct rules_list list;
		bool ok = true;

		if (r == 0 || !rules_is(o.name, "requires") ||
		    !rules_list_split(p, o.value, ',', &list))
			continue;
		for (size_t i = 0; i < list.count && holds; i++)
			holds = requirement_holds(list.item[i], &ok) || !ok;
	}
	p->quiet = false;
	p->errors = errors;
	if (!holds)
		rules_note(p, o.value, "R048", "",
			   "this rule is left out: what it requires is not here");
	return holds;
}
