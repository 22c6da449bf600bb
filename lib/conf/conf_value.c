/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Single values. In: the text of a scalar; out: the typed field, or half a sentence about what it
 * should be; and back. Loading, defaults and printing call it. Where the text stood is the
 * caller's business.
 */
#include "conf_internal.h"

#include <errno.h>
#include <stdlib.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 },		 { "b", 1 },		  { "k", 1 << 10 },   { "kb", 1 << 10 },
	{ "kib", 1 << 10 },	 { "m", 1 << 20 },	  { "mb", 1 << 20 },  { "mib", 1 << 20 },
	{ "g", 1 << 30 },	 { "gb", 1 << 30 },	  { "gib", 1 << 30 }, { NULL, 0 },
};

static const struct unit time_units[] = {
	{ "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { NULL, 0 },
};

static void
store(struct conf *c, const struct conf_field *f, uint64_t value)
{
	void *at = conf_at(c, f);

	if (f->width == sizeof(uint64_t))
		*(uint64_t *)at = value;
	else if (f->width == sizeof(uint32_t))
		*(uint32_t *)at = (uint32_t)value;
	else
		*(uint16_t *)at = (uint16_t)value;
}

static uint64_t
fetch(const struct conf *c, const struct conf_field *f)
{
	const void *at = conf_at(c, f);

	if (f->width == sizeof(uint64_t))
		return *(const uint64_t *)at;
	if (f->width == sizeof(uint32_t))
		return *(const uint32_t *)at;
	return *(const uint16_t *)at;
}

void
conf_size_text(uint64_t value, struct str *text)
{
	static const char *const name[] = { "", "KiB", "MiB", "GiB" };
	int unit = 0;

	while (unit < 3 && value > 0 && value % 1024 == 0) {
		value /= 1024;
		unit++;
	}
	str_printf(text, "%llu%s", (unsigned long long)value, name[unit]);
}

/* A depth: off at 0, and at its largest unlimited. */
static void
depth_text(const struct conf_field *f, uint64_t value, struct str *text)
{
	if (value == 0)
		str_add(text, "off");
	else if (value == f->max)
		str_add(text, "unlimited");
	else
		conf_size_text(value, text);
}

static void
bound_text(const struct conf_field *f, uint64_t value, struct str *text)
{
	if (f->type == CONF_SIZE && f->min == 0)
		depth_text(f, value, text);
	else if (f->type == CONF_SIZE)
		conf_size_text(value, text);
	else
		str_printf(text, "%llu", (unsigned long long)value);
}

static void
words_text(const char *const *words, const char *last, struct str *text)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (i > 0)
			str_add(text, words[i + 1] == NULL ? last : ", ");
		str_add(text, words[i]);
	}
}

void
conf_range_text(const struct conf_field *f, struct str *text)
{
	if (f->type == CONF_TX) {
		words_text(f->words, ", ", text);
		str_add(text, " or a number from ");
	} else if (f->words != NULL) {
		words_text(f->words, " or ", text);
	} else if (f->max != 0) {
		str_printf(text, "a %s from ", conf_type_name(f->type));
	} else {
		str_add(text, conf_type_name(f->type));
	}
	if (f->max == 0)
		return;
	bound_text(f, f->min, text);
	str_add(text, " to ");
	bound_text(f, f->max, text);
	if (f->type == CONF_SECONDS)
		str_add(text, " seconds");
}

static int
should_be(const struct conf_field *f, struct str *why)
{
	str_add(why, "should be ");
	conf_range_text(f, why);
	return -EINVAL;
}

static bool
same_word(const char *a, const char *b)
{
	return span_eq_nocase(span_str(a), span_str(b));
}

/* Digits and a unit. Blanks between are allowed. */
static bool
parse_units(const char *text, const struct unit *units, uint64_t *value)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits + strspn(text + digits, " ");
	uint64_t n;

	if (span_to_u64(span_of(text, digits), UINT64_MAX, &n) != 0)
		return false;
	for (; units->name != NULL; units++) {
		if (same_word(unit, units->name))
			return !__builtin_mul_overflow(n, units->factor, value);
	}
	return false;
}

static int
set_number(struct conf *c, const struct conf_field *f, const char *text, struct str *why)
{
	uint64_t value;
	bool ok;

	if (f->type == CONF_SIZE) {
		ok = parse_units(text, size_units, &value);
		if (same_word(text, "unlimited") || same_word(text, "off")) {
			value = same_word(text, "off") ? 0 : f->max;
			ok = true;
		}
	} else if (f->type == CONF_SECONDS) {
		ok = parse_units(text, time_units, &value);
	} else {
		ok = span_to_u64(span_str(text), UINT64_MAX, &value) == 0;
	}
	if (!ok || value < f->min || value > f->max)
		return should_be(f, why);
	store(c, f, value);
	return 0;
}

static int
set_bool(struct conf *c, const struct conf_field *f, const char *text, struct str *why)
{
	static const char *const word[] = { "no", "yes", "false", "true", "off", "on" };

	for (size_t i = 0; i < 6; i++) {
		if (same_word(text, word[i])) {
			*(bool *)conf_at(c, f) = i & 1;
			return 0;
		}
	}
	return should_be(f, why);
}

/* The word's place, or -1. true and false are yes and no, as they are for yes-or-no keys. */
static int
find_word(const struct conf_field *f, const char *text)
{
	if (same_word(text, "true") || same_word(text, "on"))
		text = "yes";
	else if (same_word(text, "false") || same_word(text, "off"))
		text = "no";
	for (int i = 0; f->words[i] != NULL; i++) {
		if (same_word(text, f->words[i]))
			return i;
	}
	return -1;
}

static int
should_be_word(const struct conf_field *f, const char *text, struct str *why)
{
	const char *nearest = err_nearest(text, f->words);

	should_be(f, why);
	if (nearest != NULL)
		str_printf(why, "; did you mean %s?", nearest);
	return -EINVAL;
}

static int
set_word(struct conf *c, const struct conf_field *f, const char *text, struct str *why)
{
	int i = find_word(f, text);

	if (i < 0)
		return should_be_word(f, text, why);
	store(c, f, (uint64_t)i);
	return 0;
}

static int
set_tx(struct conf *c, const struct conf_field *f, const char *text, struct str *why)
{
	int word = find_word(f, text);

	if (word >= 0) {
		c->cores.tx_mode = (enum conf_tx)word;
		c->cores.tx = 0;
		return 0;
	}
	if (set_number(c, f, text, why) != 0)
		return -EINVAL;
	c->cores.tx_mode = CONF_TX_CORES;
	return 0;
}

static int
set_text(struct conf *c, const struct conf_field *f, const char *text)
{
	char **at = conf_at(c, f);
	char *copy = strdup(text);

	if (copy == NULL)
		return -ENOMEM;
	free(*at);
	*at = copy;
	return 0;
}

bool
conf_port_range(const char *text, uint16_t *low, uint16_t *high)
{
	struct span s = span_str(text);
	ptrdiff_t colon = span_chr(s, ':');
	struct span first = colon < 0 ? s : span_take(s, (size_t)colon);
	struct span second = colon < 0 ? s : span_skip(s, (size_t)colon + 1);
	uint64_t a, b;

	if (span_to_u64(first, 65535, &a) != 0 || span_to_u64(second, 65535, &b) != 0 || a > b)
		return false;
	*low = (uint16_t)a;
	*high = (uint16_t)b;
	return true;
}

const char *
conf_item(const struct conf_field *f, const char *text, struct str *why)
{
	uint16_t low, high;
	int word;

	if (f->type == CONF_PORTS) {
		if (conf_port_range(text, &low, &high))
			return text;
		str_add(why, "should be a port from 0 to 65535, or a range such as 2525:2530");
		return NULL;
	}
	if (f->words == NULL)
		return text;
	word = find_word(f, text);
	if (word >= 0)
		return f->words[word];
	should_be_word(f, text, why);
	return NULL;
}

int
conf_value_set(struct conf *c, const struct conf_field *f, const char *text, struct str *why)
{
	switch (f->type) {
	case CONF_BOOL:
		return set_bool(c, f, text, why);
	case CONF_NUMBER:
	case CONF_SIZE:
	case CONF_SECONDS:
		return set_number(c, f, text, why);
	case CONF_WORD:
		return set_word(c, f, text, why);
	case CONF_TX:
		return set_tx(c, f, text, why);
	case CONF_TEXT:
		return set_text(c, f, text);
	default:
		return should_be(f, why);
	}
}

void
conf_value_print(const struct conf *c, const struct conf_field *f, struct str *text)
{
	switch (f->type) {
	case CONF_BOOL:
		str_add(text, *(const bool *)conf_at(c, f) ? "yes" : "no");
		break;
	case CONF_SIZE:
		bound_text(f, fetch(c, f), text);
		break;
	case CONF_NUMBER:
	case CONF_SECONDS:
		str_printf(text, "%llu", (unsigned long long)fetch(c, f));
		break;
	case CONF_WORD:
		str_add(text, f->words[fetch(c, f)]);
		break;
	case CONF_TX:
		if (c->cores.tx_mode == CONF_TX_CORES)
			str_printf(text, "%u", c->cores.tx);
		else
			str_add(text, f->words[c->cores.tx_mode]);
		break;
	default:
		str_add(text, *(char *const *)conf_at(c, f));
		break;
	}
}
