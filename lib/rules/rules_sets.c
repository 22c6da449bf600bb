/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data sets: values read from a file, looked up on the packet path. In: a file of one value a line
 * (plain text, base64, hexadecimal digests, addresses; "value,score" for datarep); out: whether a
 * value is in. Opened by rules_options_sets.c, asked by the run half. Immutable once loaded; open
 * addressing with a keyed hash, so that values chosen by an attacker do not collide at will.
 */
#include "rules_digit.h"
#include "rules_parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "hash.h"

#define LINE_MAX_BYTES 4096
#define NOT_SCORED 0

struct entry {
	uint64_t hash;
	uint32_t offset, len; /* in bytes; len 0: free */
	int32_t score;
};

struct rules_dataset {
	char *name, *path;
	enum rules_dataset_type type;
	bool subdomain, scored, missing_ok;
	struct hash_key key;
	struct entry *entry;
	size_t size, count; /* size: a power of two */
	uint8_t *bytes;
	size_t bytes_len, bytes_size;
};

static const size_t digest_len[] = {
	[RULES_DS_MD5] = 16, [RULES_DS_SHA1] = 20, [RULES_DS_SHA256] = 32
};

/* ---- keys: every value has one form ---- */

static bool
unhex(struct span text, uint8_t *out)
{
	for (size_t i = 0; i + 1 < text.len; i += 2) {
		int high = rules_hex_digit(text.ptr[i]), low = rules_hex_digit(text.ptr[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return text.len % 2 == 0;
}

/* An address as text, also as an address literal of SMTP: [192.0.2.1], [IPv6:2001:db8::1]. */
static bool
address_key(struct span text, uint8_t out[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char buf[INET6_ADDRSTRLEN + 1];

	if (text.len > 1 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		text = span_of(text.ptr + 1, text.len - 2);
	if (span_starts_nocase(text, SPAN_LIT("IPv6:")))
		text = span_skip(text, 5);
	if (text.len == 0 || text.len >= sizeof(buf))
		return false;
	memcpy(buf, text.ptr, text.len);
	buf[text.len] = '\0';
	if (inet_pton(AF_INET, buf, out + 12) == 1) {
		memcpy(out, mapped, sizeof(mapped));
		return true;
	}
	return inet_pton(AF_INET6, buf, out) == 1;
}

/* The form in which a value is stored and asked; buf has 32 bytes. False: it can be in no such set.
 */
static bool
key_of(const struct rules_dataset *d, struct span value, uint8_t buf[32], struct span *key)
{
	size_t len;

	switch (d->type) {
	case RULES_DS_STRING:
		*key = value;
		return value.len > 0;
	case RULES_DS_IP:
		*key = span_of(buf, 16);
		return address_key(value, buf);
	default:
		len = digest_len[d->type];
		*key = value.len == len ? value : span_of(buf, len);
		return value.len == len || (value.len == 2 * len && unhex(value, buf));
	}
}

static const struct entry *
find(const struct rules_dataset *d, struct span key)
{
	uint64_t hash = hash_span(d->key, key);
	size_t i;

	if (d->count == 0)
		return NULL;
	for (i = hash & (d->size - 1); d->entry[i].len != 0; i = (i + 1) & (d->size - 1))
		if (d->entry[i].hash == hash &&
		    span_eq(span_of(d->bytes + d->entry[i].offset, d->entry[i].len), key))
			return &d->entry[i];
	return NULL;
}

/* The value, what stands behind its last @, and every parent domain of that. */
static const struct entry *
find_subdomain(const struct rules_dataset *d, struct span value)
{
	const struct entry *e = find(d, value);

	if (e == NULL && value.len > 0 && value.ptr[value.len - 1] == '>') {
		value.len--;
		e = find(d, value);
	}
	for (ptrdiff_t at; e == NULL && (at = span_chr(value, '@')) >= 0;) {
		value = span_skip(value, (size_t)at + 1);
		e = find(d, value);
	}
	for (ptrdiff_t dot; e == NULL && (dot = span_chr(value, '.')) >= 0;) {
		value = span_skip(value, (size_t)dot + 1);
		e = find(d, value);
	}
	return e;
}

static const struct entry *
look_up(const struct rules_dataset *d, struct span value)
{
	uint8_t buf[32];
	struct span key;

	if (!key_of(d, value, buf, &key))
		return NULL;
	return d->subdomain && d->type == RULES_DS_STRING ? find_subdomain(d, key) : find(d, key);
}

bool
rules_dataset_has(const struct rules_dataset *d, struct span value)
{
	return look_up(d, value) != NULL;
}

int64_t
rules_dataset_value(const struct rules_dataset *d, struct span value)
{
	const struct entry *e = look_up(d, value);

	return e != NULL ? e->score : -1;
}

/* ---- loading ---- */

static void
place(struct rules_dataset *d, struct entry e)
{
	size_t i = e.hash & (d->size - 1);

	while (d->entry[i].len != 0)
		i = (i + 1) & (d->size - 1);
	d->entry[i] = e;
}

static void
make_room(struct rules_dataset *d)
{
	struct entry *old = d->entry;
	size_t size = d->size;

	if (2 * (d->count + 1) <= d->size)
		return;
	d->size = size == 0 ? 64 : 2 * size;
	d->entry = calloc(d->size, sizeof(*d->entry));
	if (d->entry == NULL)
		rules_no_memory();
	for (size_t i = 0; i < size; i++)
		if (old[i].len != 0)
			place(d, old[i]);
	free(old);
}

static void
add(struct rules_dataset *d, struct span key, int32_t score)
{
	struct entry e = { hash_span(d->key, key), (uint32_t)d->bytes_len, (uint32_t)key.len,
			   score };

	if (find(d, key) != NULL)
		return;
	make_room(d);
	if (d->bytes_len + key.len > d->bytes_size) {
		d->bytes_size = 2 * d->bytes_size + key.len + 256;
		d->bytes = realloc(d->bytes, d->bytes_size);
		if (d->bytes == NULL)
			rules_no_memory();
	}
	memcpy(d->bytes + d->bytes_len, key.ptr, key.len);
	d->bytes_len += key.len;
	place(d, e);
	d->count++;
}

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
 * comes out is text. */
static bool
guess_base64(const struct loader *x, struct span text)
{
	uint8_t out[LINE_MAX_BYTES];
	bool any = false;

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
	if (!key_of(x->d, value, buf, &key) ||
	    (x->d->type != RULES_DS_STRING && x->d->type != RULES_DS_IP && key.ptr != buf)) {
		bad_line(x, x->d->type == RULES_DS_IP ? "no address" : "no digest of this kind",
			 value);
		return;
	}
	add(x->d, key, (int32_t)n);
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
	free(d->entry);
	free(d->bytes);
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
	const char *path = spec->path != NULL ? spec->path : like->path;
	struct rules_dataset *d = calloc(1, sizeof(*d));

	if (d == NULL || (d->name = strdup(spec->name)) == NULL || (d->path = strdup(path)) == NULL)
		rules_no_memory();
	d->type = spec->path != NULL || like == NULL ? spec->type : like->type;
	d->subdomain = spec->subdomain;
	d->scored = spec->scored;
	d->missing_ok = spec->missing_ok;
	d->key = hash_key_random();
	return d;
}

struct rules_dataset *
rules_dataset_open(struct rules_parser *p, const struct rules_dataset_spec *spec, struct span token)
{
	struct rules_parsed *all = p->source->parsed;
	bool clash, named;
	struct rules_dataset *d = find_open(p, spec, &clash, &named);
	struct loader x = { .p = p, .token = token, .spec = spec };

	if (d != NULL)
		return d;
	if (clash) {
		rules_error(p, token, "R025", "give one of the two another name",
			    "the set %s has another type or file elsewhere", spec->name);
		return NULL;
	}
	if (spec->path == NULL && !named) {
		rules_error(p, token, "R032", "write where its values are: load FILE",
			    "the set %s has no file", spec->name);
		return NULL;
	}
	d = create(spec, by_name(all, spec->name));
	x.d = d;
	load(&x);
	if (x.failed) {
		rules_dataset_free(d);
		return NULL;
	}
	all->dataset = rules_regrow(all->dataset, all->dataset_count, sizeof(*all->dataset));
	all->dataset[all->dataset_count++] = d;
	return d;
}
