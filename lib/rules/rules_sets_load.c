/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data sets: opened when a rule names them, read from a file of one value a line (plain text,
 * base64, hexadecimal digests, addresses; "value,score" for datarep). In: the words of a rule;
 * out: struct rules_dataset, found again by its name. Called by rules_options_sets.c and, when all
 * files are in, by rules_build.c. Looks nothing up: that is rules_sets.c.
 */
#include "rules_sets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "rules_digit.h"
#include "rules_parse.h"

#define LINE_MAX_BYTES 4096
#define NOT_SCORED 0
#define LEARN_VALUES 65536 /* without hashsize, where a rule changes the set */
#define LEARN_BYTES (4u << 20)
#define ADD_VALUES 4096 /* where only the console may */
#define ADD_BYTES (256u << 10)

/* Canonical base64 (RFC 4648 section 4) into out; -1 for anything else. */
static ptrdiff_t
unbase64(struct span s, uint8_t *out)
{
	size_t pad = 0, n = 0;
	uint32_t bits = 0;

	if (s.len == 0 || s.len % 4 != 0)
		return -1;
	while (pad < 2 && s.ptr[s.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < s.len - pad; i++) {
		int v = rules_base64_digit(s.ptr[i]);

		if (v < 0)
			return -1;
		bits = bits << 6 | (uint32_t)v;
		if (i % 4 == 1)
			out[n++] = (uint8_t)(bits >> 4);
		else if (i % 4 == 2)
			out[n++] = (uint8_t)(bits >> 2);
		else if (i % 4 == 3)
			out[n++] = (uint8_t)bits;
	}
	return (pad == 1 && (bits & 3) != 0) || (pad == 2 && (bits & 15) != 0) ? -1 : (ptrdiff_t)n;
}

struct loader {
	struct rules_dataset *d;
	struct rules_parser *p;
	struct span token;
	const struct rules_dataset_spec *spec;
	bool base64, failed;
	unsigned line;
};

static struct span
next_line(struct span *rest)
{
	ptrdiff_t end = span_chr(*rest, '\n');
	struct span line = end < 0 ? *rest : span_take(*rest, (size_t)end);

	*rest = end < 0 ? SPAN_NONE : span_skip(*rest, (size_t)end + 1);
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return span_trim(line);
}

static struct span
value_of_line(const struct loader *x, struct span line, struct span *score)
{
	ptrdiff_t comma = -1;

	*score = SPAN_NONE;
	if (x->spec->scored) {
		for (size_t i = 0; i < line.len; i++)
			if (line.ptr[i] == ',')
				comma = (ptrdiff_t)i;
		if (comma >= 0) {
			*score = span_trim(span_skip(line, (size_t)comma + 1));
			line = span_trim(span_take(line, (size_t)comma));
		}
	} else if (x->d->type != RULES_DS_STRING) { /* "digest  name", as md5sum prints */
		struct span name;

		line = rules_word(line, &name);
	}
	return line;
}

/* Suricata writes strings as base64, people as text. A file is base64 when all of it is, and what
 * comes out is text. A file that was saved here says which. */
static bool
guess_base64(const struct loader *x, struct span text)
{
	uint8_t out[LINE_MAX_BYTES];
	bool any = false;

	if (span_starts(text, SPAN_LIT(RULES_SET_BASE64)) || span_starts(text, SPAN_LIT(RULES_SET_TEXT)))
		return text.ptr[2] == RULES_SET_BASE64[2];
	while (text.len > 0) {
		struct span score, value = value_of_line(x, next_line(&text), &score);
		ptrdiff_t n;

		if (value.len == 0 || value.ptr[0] == '#')
			continue;
		n = value.len <= LINE_MAX_BYTES ? unbase64(value, out) : -1;
		if (n < 0)
			return false;
		for (ptrdiff_t i = 0; i < n; i++)
			if (out[i] < 0x20 || out[i] >= 0x7f)
				return false;
		any = true;
	}
	return any;
}

static void
bad_line(struct loader *x, const char *what, struct span line)
{
	x->failed = true;
	rules_error(x->p, x->token, "R032", "correct that line of the file", "%s:%u: %s: '%.*s'",
		    x->d->path, x->line, what, (int)(line.len < 64 ? line.len : 64),
		    (const char *)line.ptr);
}

static void
load_line(struct loader *x, struct span line)
{
	struct span score, key, value = value_of_line(x, line, &score);
	uint8_t decoded[LINE_MAX_BYTES], buf[32];
	uint64_t n = NOT_SCORED;
	ptrdiff_t len;

	if (value.len == 0 || value.ptr[0] == '#')
		return;
	if (value.len > LINE_MAX_BYTES) {
		bad_line(x, "longer than 4096 bytes", value);
		return;
	}
	if (x->spec->scored && span_to_u64(score, 65535, &n) != 0) {
		bad_line(x, "no score of 0 to 65535 behind a comma", line);
		return;
	}
	if (x->d->type == RULES_DS_STRING && x->base64) {
		len = unbase64(value, decoded);
		if (len < 0) {
			bad_line(x, "no base64", value);
			return;
		}
		value = span_of(decoded, (size_t)len);
	}
	if (!rules_set_key(x->d, value, buf, &key) ||
	    (x->d->type != RULES_DS_STRING && x->d->type != RULES_DS_IP && key.ptr != buf)) {
		bad_line(x, x->d->type == RULES_DS_IP ? "no address" : "no digest of this kind",
			 value);
		return;
	}
	rules_set_load(x->d, key, (int32_t)n);
}

static void
load_text(struct loader *x, struct span text)
{
	x->base64 = x->spec->lines == RULES_LINES_BASE64 ||
		    (x->spec->lines == RULES_LINES_GUESS && x->d->type == RULES_DS_STRING &&
		     guess_base64(x, text));
	while (text.len > 0 && !x->failed) {
		x->line++;
		load_line(x, next_line(&text));
	}
	if (x->d->count == 0 && !x->failed && !x->spec->missing_ok) {
		x->failed = true;
		rules_error(x->p, x->token, "R033",
			    "write one value a line; lines that begin with # do not count",
			    "the set %s is empty (%s)", x->d->name, x->d->path);
	}
}

static void
load(struct loader *x)
{
	size_t len;
	char *text = rules_read_all(x->d->path, &len);

	if (text == NULL && errno == ENOENT && x->spec->missing_ok)
		return;
	if (text == NULL) {
		x->failed = true;
		rules_error(x->p, x->token, "R032",
			    "a path is relative to the folder of its rule file",
			    "cannot read %s: %s", x->d->path, strerror(errno));
		return;
	}
	load_text(x, span_of(text, len));
	free(text);
}

/* ---- opening ---- */

char *
rules_path_beside(const char *file, struct span path)
{
	const char *slash = strrchr(file, '/');
	int folder = path.ptr[0] == '/' || slash == NULL ? 0 : (int)(slash - file) + 1;
	char *out;

	if (asprintf(&out, "%.*s%.*s", folder, file, (int)path.len, (const char *)path.ptr) < 0)
		rules_no_memory();
	return out;
}

void
rules_dataset_free(struct rules_dataset *d)
{
	free(d->name);
	free(d->path);
	free(d->save);
	free(d->entry);
	free(d->byte);
	rules_live_release(d->live);
	free(d);
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static struct rules_dataset *
find_open(struct rules_parser *p, const struct rules_dataset_spec *spec, bool *clash, bool *named)
{
	struct rules_parsed *all = p->source->parsed;

	*clash = *named = false;
	for (size_t i = 0; i < all->dataset_count; i++) {
		struct rules_dataset *d = all->dataset[i];

		if (!same_text(d->name, spec->name))
			continue;
		*named = true;
		if ((spec->typed && d->type != spec->type) || d->scored != spec->scored ||
		    (spec->path != NULL && !same_text(d->path, spec->path)))
			*clash = true;
		else if (d->subdomain == spec->subdomain)
			return d;
	}
	return NULL;
}

/* A set without a file of its own that was opened before with other words: same file again. */
static const struct rules_dataset *
by_name(const struct rules_parsed *all, const char *name)
{
	for (size_t i = 0; i < all->dataset_count; i++)
		if (same_text(all->dataset[i]->name, name))
			return all->dataset[i];
	return NULL;
}

static struct rules_dataset *
create(const struct rules_dataset_spec *spec, const struct rules_dataset *like)
{
	const char *path = spec->path != NULL || like == NULL ? spec->path : like->path;
	struct rules_dataset *d = calloc(1, sizeof(*d));

	if (d == NULL || (d->name = strdup(spec->name)) == NULL ||
	    (path != NULL && (d->path = strdup(path)) == NULL))
		rules_no_memory();
	d->type = spec->path != NULL || like == NULL ? spec->type : like->type;
	d->subdomain = spec->subdomain;
	d->scored = spec->scored;
	d->missing_ok = spec->missing_ok;
	d->key = hash_key_random();
	return d;
}

/* What any of the rules that name the set may say of it. */
static void
note(struct rules_dataset *d, const struct rules_dataset_spec *spec)
{
	d->changes |= spec->changes || spec->save != NULL;
	d->values = spec->values > d->values ? spec->values : d->values;
	d->bytes = spec->bytes > d->bytes ? spec->bytes : d->bytes;
	if (spec->save == NULL || d->save != NULL)
		return;
	d->save = strdup(spec->save);
	if (d->save == NULL)
		rules_no_memory();
}

struct rules_dataset *
rules_dataset_open(struct rules_parser *p, const struct rules_dataset_spec *spec, struct span token)
{
	struct rules_parsed *all = p->source->parsed;
	bool clash, named;
	struct rules_dataset *d = find_open(p, spec, &clash, &named);
	struct loader x = { .p = p, .token = token, .spec = spec };
	struct rules_place place;

	if (d != NULL) {
		note(d, spec);
		return d;
	}
	if (clash) {
		rules_error(p, token, "R025", "give one of the two another name",
			    "the set %s has another type or file elsewhere", spec->name);
		return NULL;
	}
	if (spec->path == NULL && !named && !spec->typed) {
		rules_error(p, token, "R032", "write where its values are: load FILE",
			    "the set %s has no file", spec->name);
		return NULL;
	}
	d = create(spec, by_name(all, spec->name));
	d->file = p->text->file;
	place = rules_place_of(p->text, token);
	d->line = place.line;
	d->col = place.col;
	d->len = place.len;
	x.d = d;
	if (d->path != NULL)
		load(&x);
	if (x.failed) {
		rules_dataset_free(d);
		return NULL;
	}
	note(d, spec);
	all->dataset = rules_regrow(all->dataset, all->dataset_count, sizeof(*all->dataset));
	all->dataset[all->dataset_count++] = d;
	return d;
}

/* ---- when all files are in ---- */

static struct rules_dataset *
first_of_name(const struct rules_parsed *p, const struct rules_dataset *d)
{
	for (size_t i = 0; i < p->dataset_count; i++)
		if (same_text(p->dataset[i]->name, d->name) &&
		    p->dataset[i]->scored == d->scored)
			return p->dataset[i];
	return NULL;
}

void
rules_sets_check(struct rules_source *s)
{
	const struct rules_parsed *p = s->parsed;

	for (size_t i = 0; i < p->dataset_count; i++) {
		const struct rules_dataset *d = p->dataset[i];
		bool changes = false;

		for (size_t k = 0; k < p->dataset_count; k++)
			changes |= p->dataset[k]->changes && same_text(p->dataset[k]->name, d->name);
		if (d->path != NULL || (changes && !d->scored))
			continue;
		rules_report(s, RULES_ERROR, "R032", d->file, d->line, d->col,
			     d->len, "write where its values are: load FILE, or a rule with set",
			     "the set %s has no file, and no rule puts anything into it", d->name);
	}
}

int
rules_sets_learn(struct rules_parsed *p)
{
	for (size_t i = 0; i < p->dataset_count; i++) {
		struct rules_dataset *d = p->dataset[i], *first = first_of_name(p, d);
		uint32_t values = d->values, bytes = d->bytes;
		bool changes = d->changes;

		if (d->scored)
			continue;
		if (first != d) {
			d->live = rules_live_share(first->live);
			continue;
		}
		for (size_t k = i + 1; k < p->dataset_count; k++) {
			const struct rules_dataset *other = p->dataset[k];

			if (first_of_name(p, other) != d)
				continue;
			changes |= other->changes;
			values = other->values > values ? other->values : values;
			bytes = other->bytes > bytes ? other->bytes : bytes;
		}
		if (values == 0)
			values = changes ? LEARN_VALUES : ADD_VALUES;
		if (bytes == 0)
			bytes = changes ? LEARN_BYTES : ADD_BYTES;
		d->live = rules_live_create(values, bytes);
		if (d->live == NULL)
			return -ENOMEM;
	}
	return 0;
}
