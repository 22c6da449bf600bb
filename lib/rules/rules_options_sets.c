/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dataset, datarep, lists of file digests, names of files and of oddities. In: their values; out:
 * conditions of the sticky buffer under way, or of the buffer that the keyword stands for. Called
 * through rules_keywords.c; the sets themselves are in rules_sets.c.
 */
#include "rules_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include "err.h"

#define VALUES_MAX (16u << 20) /* hashsize */
#define BYTES_MAX (1u << 30)   /* memcap */

static const struct {
	const char *name;
	enum rules_dataset_type type;
} types[] = {
	{ "string", RULES_DS_STRING }, { "md5", RULES_DS_MD5 }, { "sha1", RULES_DS_SHA1 },
	{ "sha256", RULES_DS_SHA256 }, { "ip", RULES_DS_IP },	{ "ipv4", RULES_DS_IP },
	{ "ipv6", RULES_DS_IP },
};

struct set_words {
	struct rules_dataset_spec spec;
	struct span file, save;
};

static bool
bad(struct rules_parser *p, struct span token, const char *hint)
{
	rules_error(p, token.ptr != NULL ? token : p->keyword, "R022", hint,
		    "'%.*s' is not understood", (int)token.len, (const char *)token.ptr);
	return false;
}

static bool
take_type(struct rules_parser *p, struct span arg, struct span item, struct set_words *w)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (rules_is(arg, types[i].name)) {
			w->spec.type = types[i].type;
			w->spec.typed = true;
			return true;
		}
	return bad(p, arg.len > 0 ? arg : item, "types are string, md5, sha1, sha256, ip");
}

static bool
take_format(struct rules_parser *p, struct span arg, struct span item, struct set_words *w)
{
	if (rules_is(arg, "text"))
		w->spec.lines = RULES_LINES_TEXT;
	else if (rules_is(arg, "base64"))
		w->spec.lines = RULES_LINES_BASE64;
	else if (!rules_is(arg, "csv"))
		return bad(p, arg.len > 0 ? arg : item,
			   "formats are text, base64, and csv for either");
	return true;
}

/* A power of two is not asked for. */
static bool
take_room(struct rules_parser *p, struct span token, uint64_t max, uint32_t *out)
{
	uint64_t n;

	if (!rules_uint(p, token, max, &n))
		return false;
	if (n == 0)
		return bad(p, token, "write 1 or more");
	*out = (uint32_t)n;
	return true;
}

/* Bytes, as a number or with kb, mb, gb behind it. */
static bool
take_memcap(struct rules_parser *p, struct span token, uint32_t *out)
{
	static const struct {
		const char *name;
		unsigned shift;
	} units[] = { { "kb", 10 }, { "mb", 20 }, { "gb", 30 } };
	struct span number = token;
	unsigned shift = 0;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && token.len > 2; i++)
		if (span_eq_nocase(span_skip(token, token.len - 2), span_str(units[i].name))) {
			number = span_take(token, token.len - 2);
			shift = units[i].shift;
		}
	if (!take_room(p, number, BYTES_MAX >> shift, out))
		return false;
	*out <<= shift;
	return true;
}

static bool
take_set_word(struct rules_parser *p, struct span item, struct set_words *w)
{
	struct span arg, word = rules_word(item, &arg);

	if (rules_is(word, "type"))
		return take_type(p, arg, item, w);
	if (rules_is(word, "format"))
		return take_format(p, arg, item, w);
	if (rules_is(word, "load") || rules_is(word, "state")) {
		if (arg.len == 0 || w->file.len > 0)
			return bad(p, item, "write one file: load FILE");
		w->file = arg;
		w->spec.missing_ok = rules_is(word, "state");
		if (w->spec.missing_ok)
			w->save = arg;
		return true;
	}
	if (rules_is(word, "save")) {
		if (arg.len == 0 || w->save.len > 0)
			return bad(p, item, "write one file: save FILE");
		w->save = arg;
		return true;
	}
	if (rules_is(word, "match") && rules_is(arg, "subdomain")) {
		w->spec.subdomain = true;
		return true;
	}
	if (rules_is(word, "hashsize"))
		return take_room(p, arg.len > 0 ? arg : item, VALUES_MAX, &w->spec.values);
	if (rules_is(word, "memcap"))
		return take_memcap(p, arg.len > 0 ? arg : item, &w->spec.bytes);
	return bad(p, item, "words are type, load, state, save, format, match subdomain, hashsize, "
			    "memcap");
}

static struct rules_dataset *
open_set(struct rules_parser *p, struct set_words *w, struct span name)
{
	struct rules_dataset *d;
	char *path = NULL, *save = NULL, *copy;

	if (!rules_name_ok(name)) {
		rules_error(p, name.ptr != NULL ? name : p->keyword, "R022",
			    "a name has no blanks, commas or quotation marks",
			    "the name of the set is missing or wrong");
		return NULL;
	}
	copy = rules_text_copy(p->rule, name);
	w->spec.name = copy;
	if (w->file.len > 0)
		path = rules_path_beside(p->text->file, w->file);
	if (w->save.len > 0)
		save = rules_path_beside(p->text->file, w->save);
	w->spec.path = path;
	w->spec.save = save;
	d = rules_dataset_open(p, &w->spec, w->file.len > 0 ? w->file : name);
	free(path);
	free(save);
	return d;
}

static bool
has_buffer(struct rules_parser *p)
{
	if (p->group != NULL)
		return true;
	if (!p->group_failed)
		rules_error(p, p->keyword, "R024",
			    "write it behind a sticky buffer: smtp.command_data; dataset:...",
			    "%.*s has no buffer to look up", (int)p->keyword.len,
			    (const char *)p->keyword.ptr);
	return false;
}

static int
set_op(struct span word)
{
	static const char *const ops[] = {
		[RULES_SET_ISSET] = "isset", [RULES_SET_ISNOTSET] = "isnotset",
		[RULES_SET_SET] = "set", [RULES_SET_UNSET] = "unset"
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (rules_is(word, ops[i]))
			return (int)i;
	return -1;
}

/* A body comes in pieces: there is no value to keep. */
static bool
may_change(struct rules_parser *p, struct span value, bool changes)
{
	if (!changes || rules_field_kind(p->group->field) != RULES_STREAM)
		return true;
	rules_error(p, value, "R042", "keep a digest of it: file.sha256, email.body_md5",
		    "%s comes in pieces and cannot be put into a set",
		    rules_field_name(p->group->field));
	return false;
}

void
rules_opt_dataset(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct set_words w = { .file = SPAN_NONE };
	struct rules_list list;
	struct rules_dataset *d;
	struct rules_cond *c;
	int op;

	if (!rules_list_split(p, value, ',', &list))
		return;
	op = set_op(list.item[0]);
	if (op < 0) {
		bad(p, list.item[0], "write isset, isnotset, set or unset");
		return;
	}
	w.spec.changes = op == RULES_SET_SET || op == RULES_SET_UNSET;
	if (list.count < 2) {
		rules_error(p, value, "R022", k->form, "dataset has an act and a name");
		return;
	}
	for (size_t i = 2; i < list.count; i++)
		if (!take_set_word(p, list.item[i], &w))
			return;
	if (!has_buffer(p) || !may_change(p, value, w.spec.changes) ||
	    (d = open_set(p, &w, list.item[1])) == NULL)
		return;
	c = rules_cond_add(p, RULES_COND_DATASET, value);
	if (c == NULL)
		return;
	c->dataset.set = d;
	c->dataset.op = (enum rules_set_op)op;
	c->negated = false;
}

void
rules_opt_datarep(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct set_words w = { .spec = { .scored = true } };
	struct rules_list list;
	struct rules_dataset *d;
	struct rules_cond *c;
	uint64_t n;
	char op;

	if (!rules_list_split(p, value, ',', &list))
		return;
	if (list.count < 3) {
		rules_error(p, value, "R022", k->form,
			    "datarep has a name, a comparison and a number");
		return;
	}
	op = rules_is(list.item[1], ">")				   ? '>'
	     : rules_is(list.item[1], "<")				   ? '<'
	     : rules_is(list.item[1], "==") || rules_is(list.item[1], "=") ? '='
									   : 0;
	if (op == 0) {
		bad(p, list.item[1], "write >, < or ==");
		return;
	}
	if (!rules_uint(p, list.item[2], 65535, &n))
		return;
	for (size_t i = 3; i < list.count; i++)
		if (!take_set_word(p, list.item[i], &w))
			return;
	if (!has_buffer(p) || (d = open_set(p, &w, list.item[0])) == NULL)
		return;
	c = rules_cond_add(p, RULES_COND_DATAREP, value);
	if (c == NULL)
		return;
	c->dataset.set = d;
	c->dataset.cmp = op;
	c->dataset.value = (uint32_t)n;
}

/* filemd5:[!]list: the digest of an attachment is in the file of that name. */
void
rules_opt_file_list(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct set_words w = { .file = value };
	bool not = rules_negated(&w.file);
	struct rules_dataset *d;
	struct rules_cond *c;

	w.file = rules_unquote(w.file, NULL);
	w.spec.type = k->what == RULES_FILE_MD5	   ? RULES_DS_MD5
		      : k->what == RULES_FILE_SHA1 ? RULES_DS_SHA1
						   : RULES_DS_SHA256;
	w.spec.typed = true;
	if (rules_group_open(p, (enum rules_field)k->what, p->keyword) == NULL)
		return;
	d = open_set(p, &w, w.file);
	c = d != NULL ? rules_cond_add(p, RULES_COND_DATASET, value) : NULL;
	if (c != NULL) {
		c->dataset.set = d;
		c->dataset.op = not ? RULES_SET_ISNOTSET : RULES_SET_ISSET;
	}
	p->group = NULL;
}

static void
whole_content(struct rules_parser *p, struct span token, struct span bytes, bool whole,
	      bool negated)
{
	struct rules_cond *c = rules_cond_add(p, RULES_COND_CONTENT, token);
	uint8_t *lower;

	if (c == NULL)
		return;
	lower = (uint8_t *)rules_text_copy(p->rule, bytes);
	for (size_t i = 0; i < bytes.len; i++)
		lower[i] = span_lower(lower[i]);
	c->negated = negated;
	c->content = (struct rules_content){
		.bytes = span_of(lower, bytes.len), .nocase = true, .starts = whole, .ends = whole
	};
	p->group = NULL;
}

/* filename:"x" and fileext:"exe". */
void
rules_opt_file_name(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	bool ext = k->parse == rules_opt_field, negated;
	struct span inner = value, bytes;

	negated = rules_negated(&inner);
	if (!rules_quoted(p, inner, &bytes))
		return;
	if (rules_group_open(p, ext ? RULES_FILE_EXT : RULES_FILE_NAME, p->keyword) != NULL)
		whole_content(p, value, bytes, ext, negated);
}

/* app-layer-event:smtp.NAME */
void
rules_opt_event(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct span prefix = SPAN_LIT("smtp."), name = span_skip(value, prefix.len);
	const char *const *events = p->source->events, *near;
	char word[64], hint[128];
	bool known = events == NULL;

	(void)k;
	if (!span_starts(value, prefix) || name.len == 0) {
		rules_error(p, value, "R039",
			    "write app-layer-event:smtp.bare_lf; postern --list-events names all",
			    "'%.*s' is no event of smtp", (int)value.len, (const char *)value.ptr);
		return;
	}
	for (size_t i = 0; !known && events[i] != NULL; i++)
		known = rules_is(name, events[i]);
	if (!known) {
		snprintf(word, sizeof(word), "%.*s", (int)name.len, (const char *)name.ptr);
		near = err_nearest(word, events);
		snprintf(hint, sizeof(hint),
			 near != NULL ? "did you mean smtp.%s?"
				      : "postern --list-events names all%s",
			 near != NULL ? near : "");
		rules_error(p, name, "R039", hint, "unknown event '%s'", word);
		return;
	}
	if (rules_group_open(p, RULES_EVENT, p->keyword) != NULL)
		whole_content(p, value, name, true, false);
}
