/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * firewall.policies: what happens where no rule decides. In: nested maps of the file; out: a flat
 * list of places with their actions. Loading calls it. Which hooks there are and which actions they
 * can give is known to the policy, and checked there.
 */
#include "conf_internal.h"

#include <errno.h>
#include <stdlib.h>

#define PLACE_MAX 128
#define DEFAULT_KEY "default-policy"

/* "app.smtp" and "request-started" to "app.smtp.request_started"; a key may be a whole place. */
static void
place_add(struct str *place, const char *key)
{
	if (place->len > 0)
		str_add_char(place, '.');
	if (strcmp(key, DEFAULT_KEY) == 0)
		key = "default";
	for (; *key != '\0'; key++)
		str_add_char(place, *key == '-' ? '_' : *key);
}

static struct conf_policy *
find(struct conf *c, const char *place)
{
	for (size_t i = 0; i < c->firewall.policies; i++) {
		if (strcmp(c->firewall.policy[i].place, place) == 0)
			return &c->firewall.policy[i];
	}
	return NULL;
}

static struct conf_policy *
make(struct conf *c, const char *place)
{
	size_t count = c->firewall.policies;
	struct conf_policy *more = realloc(c->firewall.policy, (count + 1) * sizeof(*more));

	if (more == NULL)
		return NULL;
	c->firewall.policy = more;
	more[count] = (struct conf_policy){ .place = strdup(place) };
	if (more[count].place == NULL)
		return NULL;
	c->firewall.policies++;
	return &more[count];
}

static int
fill(struct conf_load *l, struct conf_policy *p, const struct ydoc_node *n)
{
	const struct ydoc_node *item = n->kind == YDOC_LIST ? n->child : n;

	conf_list_free(&p->actions);
	p->line = n->line;
	p->col = n->col;
	while (item != NULL) {
		if (item->kind != YDOC_SCALAR || item->text[0] == '\0')
			conf_error_value(l, item, "should be an action such as drop:flow or alert");
		else if (conf_list_add(&p->actions, item->text, item->line) != 0)
			return -ENOMEM;
		item = n->kind == YDOC_LIST ? item->next : NULL;
	}
	return 0;
}

static void
load_actions(struct conf_load *l, const struct ydoc_node *n, const char *place)
{
	struct conf_policy *p = find(l->c, place);

	if (n->null || (n->kind == YDOC_LIST && n->count == 0)) {
		err_hint(conf_error_value(l, n, "no action is named"),
			 "write for example [\"drop:flow\", \"alert\"], or leave the key out");
		return;
	}
	if (p != NULL && p->line != 0) {
		conf_error_key(l, n, "this place stands in line %u already", p->line);
		return;
	}
	if (p == NULL)
		p = make(l->c, place);
	if (p == NULL || fill(l, p, n) != 0)
		l->rc = -ENOMEM;
}

/* Depth is bounded by ydoc. */
static void
load_level(struct conf_load *l, const struct ydoc_node *n, const struct str *above)
{
	for (const struct ydoc_node *c = n->child; c != NULL; c = c->next) {
		char buf[PLACE_MAX];
		struct str place;

		str_open(&place, buf, sizeof(buf));
		str_add_span(&place, str_span(above));
		place_add(&place, c->key);
		if (place.cut)
			conf_error_key(l, c, "no hook has so long a name");
		else if (c->kind == YDOC_MAP)
			load_level(l, c, &place);
		else
			load_actions(l, c, buf);
	}
}

void
conf_places_load(struct conf_load *l, const struct conf_field *f, const struct ydoc_node *n)
{
	char buf[1];
	struct str top;

	(void)f;
	/* What stands from before may be replaced; two of one place in this file may not. */
	for (size_t i = 0; i < l->c->firewall.policies; i++)
		l->c->firewall.policy[i].line = 0;
	str_open(&top, buf, sizeof(buf));
	if (n->kind == YDOC_MAP)
		load_level(l, n, &top);
	else if (!n->null)
		err_hint(conf_error_value(l, n, "should hold packet, app or default-policy"),
			 "write for example app: {smtp: {request-started: [\"accept:hook\"]}}");
}

void
conf_places_free(struct conf *c)
{
	for (size_t i = 0; i < c->firewall.policies; i++) {
		free(c->firewall.policy[i].place);
		conf_list_free(&c->firewall.policy[i].actions);
	}
	free(c->firewall.policy);
	c->firewall.policy = NULL;
	c->firewall.policies = 0;
}
