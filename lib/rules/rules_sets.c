/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data sets: the values themselves, looked up and changed on the packet path. In: a set and a value;
 * out: whether it is in, its score. What a file brought (rules_sets_load.c) stays as it is: open
 * addressing with a keyed hash, so that values chosen by an attacker do not collide at will. What is
 * added or removed later is kept beside it (rules_live.h) and comes first.
 */
#include "rules_sets.h"

#include <stdlib.h>
#include "rules_digit.h"
#include "rules_parse.h"

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
	unsigned bits;

	if (text.len > 1 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		text = span_of(text.ptr + 1, text.len - 2);
	if (span_starts_nocase(text, SPAN_LIT("IPv6:")))
		text = span_skip(text, 5);
	return rules_address(text, out, &bits);
}

bool
rules_set_key(const struct rules_dataset *d, struct span value, uint8_t buf[RULES_SET_KEY],
	      struct span *key)
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

/* ---- what was loaded, what was learnt ---- */

const struct rules_set_entry *
rules_set_find(const struct rules_dataset *d, struct span key)
{
	uint64_t hash = hash_span(d->key, key);
	size_t i;

	if (d->count == 0)
		return NULL;
	for (i = hash & (d->size - 1); d->entry[i].len != 0; i = (i + 1) & (d->size - 1))
		if (d->entry[i].hash == hash &&
		    span_eq(span_of(d->byte + d->entry[i].offset, d->entry[i].len), key))
			return &d->entry[i];
	return NULL;
}

bool
rules_set_has_key(const struct rules_dataset *d, struct span key)
{
	enum rules_live_answer learnt = d->live != NULL ? rules_live_find(d->live, key)
							: RULES_LIVE_UNKNOWN;

	if (learnt != RULES_LIVE_UNKNOWN)
		return learnt == RULES_LIVE_IN;
	return rules_set_find(d, key) != NULL && (d->live == NULL || !rules_live_cleared(d->live));
}

/* ---- asking ---- */

/* From a value to what stands behind its last @, and from that to every parent domain. */
static bool
wider(const struct rules_dataset *d, struct span *value)
{
	ptrdiff_t at;

	if (!d->subdomain || d->type != RULES_DS_STRING || value->len == 0)
		return false;
	if (value->ptr[value->len - 1] == '>') {
		value->len--;
		return true;
	}
	at = span_chr(*value, '@');
	if (at < 0)
		at = span_chr(*value, '.');
	if (at < 0)
		return false;
	*value = span_skip(*value, (size_t)at + 1);
	return true;
}

bool
rules_dataset_has(const struct rules_dataset *d, struct span value)
{
	uint8_t buf[RULES_SET_KEY];
	struct span key;

	if (!rules_set_key(d, value, buf, &key))
		return false;
	do {
		if (rules_set_has_key(d, key))
			return true;
	} while (wider(d, &key));
	return false;
}

int64_t
rules_dataset_value(const struct rules_dataset *d, struct span value)
{
	uint8_t buf[RULES_SET_KEY];
	struct span key;

	if (!rules_set_key(d, value, buf, &key))
		return -1;
	do {
		const struct rules_set_entry *e = rules_set_find(d, key);

		if (e != NULL)
			return e->score;
	} while (wider(d, &key));
	return -1;
}

bool
rules_dataset_put(struct rules_dataset *d, struct span value, bool in)
{
	uint8_t buf[RULES_SET_KEY];
	struct span key;

	if (!rules_set_key(d, value, buf, &key) || rules_set_has_key(d, key) == in)
		return true;
	return d->live != NULL && rules_live_put(d->live, key, in);
}

/* ---- loading ---- */

static void
place(struct rules_dataset *d, struct rules_set_entry e)
{
	size_t i = e.hash & (d->size - 1);

	while (d->entry[i].len != 0)
		i = (i + 1) & (d->size - 1);
	d->entry[i] = e;
}

static void
make_room(struct rules_dataset *d)
{
	struct rules_set_entry *old = d->entry;
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

void
rules_set_load(struct rules_dataset *d, struct span key, int32_t score)
{
	struct rules_set_entry e = { hash_span(d->key, key), (uint32_t)d->bytes_len, (uint32_t)key.len,
			   score };

	if (rules_set_find(d, key) != NULL)
		return;
	make_room(d);
	if (d->bytes_len + key.len > d->bytes_size) {
		d->bytes_size = 2 * d->bytes_size + key.len + 256;
		d->byte = realloc(d->byte, d->bytes_size);
		if (d->byte == NULL)
			rules_no_memory();
	}
	memcpy(d->byte + d->bytes_len, key.ptr, key.len);
	d->bytes_len += key.len;
	place(d, e);
	d->count++;
}

