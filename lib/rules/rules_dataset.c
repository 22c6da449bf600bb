/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data sets for the management core: add, remove, look up, list, save. In: the name of a set and a
 * value as text; out: what rules_dataset.h says. Values themselves are rules_sets.c's; the packet path
 * does not come here.
 */
#include "rules_dataset.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "err.h"
#include "rules_set.h"
#include "rules_sets.h"

static const char *const type_names[] = {
	[RULES_DS_STRING] = "string", [RULES_DS_MD5] = "md5", [RULES_DS_SHA1] = "sha1",
	[RULES_DS_SHA256] = "sha256", [RULES_DS_IP] = "ip",
};

/* One of several of the same name: they have the same values. */
static bool
is_first(const struct rules_parsed *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(p->dataset[k]->name, p->dataset[i]->name) == 0)
			return false;
	return true;
}

size_t
rules_dataset_count(const struct rules_set *set)
{
	const struct rules_parsed *p = set->parsed;
	size_t count = 0;

	for (size_t i = 0; i < p->dataset_count; i++)
		count += is_first(p, i);
	return count;
}

bool
rules_dataset_info(const struct rules_set *set, size_t n, struct rules_dataset_info *out)
{
	const struct rules_parsed *p = set->parsed;

	for (size_t i = 0; i < p->dataset_count; i++) {
		const struct rules_dataset *d = p->dataset[i];

		if (!is_first(p, i) || n-- > 0)
			continue;
		*out = (struct rules_dataset_info){
			.name = d->name,
			.type = d->scored ? "score" : type_names[d->type],
			.file = d->path != NULL ? d->path : "",
			.loaded = d->live != NULL && rules_live_cleared(d->live) ? 0 : d->count,
			.learnt = d->live != NULL ? rules_live_count(d->live) : 0,
			.room = d->live != NULL ? rules_live_room(d->live) : 0,
		};
		return true;
	}
	return false;
}

static struct rules_dataset *
by_name(const struct rules_set *set, const char *name, struct err *err)
{
	const struct rules_parsed *p = set->parsed;

	for (size_t i = 0; i < p->dataset_count; i++)
		if (strcmp(p->dataset[i]->name, name) == 0)
			return p->dataset[i];
	err_set(err, -ENOENT, "no rule knows a data set '%s'", name);
	return NULL;
}

static int
check_value(const struct rules_dataset *d, struct span value, struct err *err)
{
	uint8_t buf[RULES_SET_KEY];
	struct span key;

	if (rules_set_key(d, value, buf, &key))
		return 0;
	return err_set(err, -EINVAL, "'%.*s' is no value of type %s", (int)value.len,
		       (const char *)value.ptr, type_names[d->type]);
}

/* A set that may be changed; NULL and *rc. */
static struct rules_dataset *
open_to_change(struct rules_set *set, const char *name, struct err *err, int *rc)
{
	struct rules_dataset *d = by_name(set, name, err);

	*rc = d == NULL ? -ENOENT : 0;
	if (d == NULL || d->live != NULL)
		return d;
	*rc = err_set(err, -EPERM, "the list %s has scores and stays as it is", name);
	return NULL;
}

static int
put(struct rules_set *set, const char *name, struct span value, bool in, struct err *err)
{
	int rc;
	struct rules_dataset *d = open_to_change(set, name, err, &rc);

	if (d != NULL)
		rc = check_value(d, value, err);
	if (rc != 0)
		return rc;
	if (!rules_dataset_put(d, value, in)) {
		err_set(err, -ENOSPC, "the data set %s has no room for more", name);
		err_hint(err, "write hashsize and memcap in the rule, or add it to the file");
		return -ENOSPC;
	}
	return 0;
}

int
rules_dataset_add(struct rules_set *set, const char *name, struct span value, struct err *err)
{
	return put(set, name, value, true, err);
}

int
rules_dataset_remove(struct rules_set *set, const char *name, struct span value, struct err *err)
{
	return put(set, name, value, false, err);
}

int
rules_dataset_clear(struct rules_set *set, const char *name, struct err *err)
{
	int rc;
	struct rules_dataset *d = open_to_change(set, name, err, &rc);

	if (d != NULL)
		rules_live_clear(d->live);
	return rc;
}

int
rules_dataset_lookup(const struct rules_set *set, const char *name, struct span value,
		     struct err *err)
{
	const struct rules_dataset *d = by_name(set, name, err);
	int rc = d != NULL ? check_value(d, value, err) : -ENOENT;

	return rc != 0 ? rc : rules_dataset_has(d, value);
}

/* ---- all values ---- */

struct walk {
	const struct rules_dataset *d;
	size_t loaded, learnt;
};

/* What was loaded and not removed, then what was added. */
static bool
next_key(struct walk *w, struct span *key)
{
	const struct rules_dataset *d = w->d;

	while (w->loaded < d->size && (d->live == NULL || !rules_live_cleared(d->live))) {
		const struct rules_set_entry *e = &d->entry[w->loaded++];

		if (e->len == 0)
			continue;
		*key = span_of(d->byte + e->offset, e->len);
		if (d->live == NULL || rules_live_find(d->live, *key) == RULES_LIVE_UNKNOWN)
			return true;
	}
	return d->live != NULL && rules_live_next(d->live, &w->learnt, key);
}

static struct span
address_text(struct span key, char *buf, size_t size)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool v4 = memcmp(key.ptr, mapped, sizeof(mapped)) == 0;

	if (inet_ntop(v4 ? AF_INET : AF_INET6, key.ptr + (v4 ? 12 : 0), buf, (socklen_t)size) == NULL)
		return SPAN_NONE;
	return span_str(buf);
}

static struct span
text_of(const struct rules_dataset *d, struct span key, char *buf, size_t size)
{
	if (d->type == RULES_DS_STRING)
		return key;
	if (d->type == RULES_DS_IP)
		return address_text(key, buf, size);
	for (size_t i = 0; i < key.len; i++)
		snprintf(buf + 2 * i, size - 2 * i, "%02x", key.ptr[i]);
	return span_of(buf, 2 * key.len);
}

int
rules_dataset_each(const struct rules_set *set, const char *name,
		   bool (*value)(void *ctx, struct span text), void *ctx, struct err *err)
{
	struct walk w = { .d = by_name(set, name, err) };
	struct span key;
	char buf[80];

	if (w.d == NULL)
		return -ENOENT;
	while (next_key(&w, &key) && value(ctx, text_of(w.d, key, buf, sizeof(buf))))
		;
	return 0;
}

/* ---- files ---- */

/* A line of text that reads back as the same value. */
static bool
is_plain(struct span value)
{
	struct span trimmed = span_trim(value);

	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
			return false;
	return trimmed.len == value.len && value.len > 0 && value.ptr[0] != '#';
}

static bool
all_plain(const struct rules_dataset *d)
{
	struct walk w = { .d = d };
	struct span key;

	while (next_key(&w, &key))
		if (!is_plain(key))
			return false;
	return true;
}

static void
put_base64(struct span s, FILE *f)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.len; i += 3) {
		unsigned more = s.len - i > 2 ? 2 : (unsigned)(s.len - i - 1);
		uint32_t bits = (uint32_t)s.ptr[i] << 16;

		bits |= more > 0 ? (uint32_t)s.ptr[i + 1] << 8 : 0;
		bits |= more > 1 ? s.ptr[i + 2] : 0;
		putc(digit[bits >> 18], f);
		putc(digit[bits >> 12 & 63], f);
		putc(more > 0 ? digit[bits >> 6 & 63] : '=', f);
		putc(more > 1 ? digit[bits & 63] : '=', f);
	}
}

static void
write_values(const struct rules_dataset *d, FILE *f)
{
	bool base64 = d->type == RULES_DS_STRING && !all_plain(d);
	struct walk w = { .d = d };
	struct span key, text;
	char buf[80];

	if (d->type == RULES_DS_STRING)
		fprintf(f, "%s\n", base64 ? RULES_SET_BASE64 : RULES_SET_TEXT);
	while (next_key(&w, &key)) {
		text = text_of(d, key, buf, sizeof(buf));
		if (base64)
			put_base64(text, f);
		else
			fwrite(text.ptr, 1, text.len, f);
		putc('\n', f);
	}
}

static int
save(const struct rules_dataset *d, struct err *err)
{
	char *aside;
	FILE *f;
	bool good;
	int code;

	if (asprintf(&aside, "%s.new", d->save) < 0)
		return err_set(err, -ENOMEM, "no memory to save %s", d->save);
	f = fopen(aside, "we");
	if (f != NULL)
		write_values(d, f);
	good = f != NULL && fflush(f) == 0 && fsync(fileno(f)) == 0 && !ferror(f);
	code = good ? 0 : -errno;
	if (f != NULL && fclose(f) != 0 && good)
		code = -errno;
	if (code == 0 && rename(aside, d->save) != 0)
		code = -errno;
	if (code != 0) {
		err_set(err, code, "the data set %s could not be saved to %s: %s", d->name, d->save,
			strerror(-code));
		unlink(aside);
	}
	free(aside);
	return code;
}

int
rules_datasets_save(const struct rules_set *set, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < set->parsed->dataset_count; i++) {
		const struct rules_dataset *d = set->parsed->dataset[i];
		int one = d->save != NULL && d->live != NULL &&
				  (rules_live_count(d->live) > 0 || rules_live_cleared(d->live))
				  ? save(d, rc == 0 ? err : NULL)
				  : 0;

		rc = rc != 0 ? rc : one;
	}
	return rc;
}
