/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two configurations side by side. In: the running one and the one just read; out: which keys
 * differ that only a restart can change. A reload calls it, so that it never seems to have done
 * what it has not.
 */
#include "conf_internal.h"

static bool
same_list(const struct conf_list *a, const struct conf_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->text[i], b->text[i]) != 0)
			return false;
	}
	return true;
}

static bool
same_vars(const struct conf_vars *a, const struct conf_vars *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->var[i].name, b->var[i].name) != 0 ||
		    strcmp(a->var[i].value, b->var[i].value) != 0)
			return false;
	}
	return true;
}

static bool
same_policies(const struct conf *a, const struct conf *b)
{
	if (a->firewall.policies != b->firewall.policies)
		return false;
	for (size_t i = 0; i < a->firewall.policies; i++) {
		if (strcmp(a->firewall.policy[i].place, b->firewall.policy[i].place) != 0 ||
		    !same_list(&a->firewall.policy[i].actions, &b->firewall.policy[i].actions))
			return false;
	}
	return true;
}

bool
conf_field_same(const struct conf *a, const struct conf *b, const struct conf_field *f)
{
	switch (f->type) {
	case CONF_TEXT:
		return strcmp(*(char *const *)conf_at(a, f), *(char *const *)conf_at(b, f)) == 0;
	case CONF_LIST:
	case CONF_PORTS:
	case CONF_PAIRS:
		return same_list(conf_at(a, f), conf_at(b, f));
	case CONF_VARS:
		return same_vars(conf_at(a, f), conf_at(b, f));
	case CONF_POLICIES:
		return same_policies(a, b);
	case CONF_TX:
		return a->cores.tx == b->cores.tx && a->cores.tx_mode == b->cores.tx_mode;
	default:
		return memcmp(conf_at(a, f), conf_at(b, f), f->width) == 0;
	}
}

size_t
conf_restart_keys(const struct conf *running, const struct conf *loaded, const char **keys,
		  size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < conf_field_count; i++) {
		if (!conf_fields[i].restart || conf_field_same(running, loaded, &conf_fields[i]))
			continue;
		if (count < room)
			keys[count] = conf_fields[i].path;
		count++;
	}
	return count;
}
