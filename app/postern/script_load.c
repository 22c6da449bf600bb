/* SPDX-License-Identifier: BSD-3-Clause */
/* A session script's file into values. Unknown keys, wrong values and empty lists are errors that
 * name their place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "ydoc.h"

const char *const script_outcomes[] = { "passes", "held", "dropped", "reset", NULL };

struct load {
	struct script *s;
	struct err *err;
	const char *client, *server; /* of sessions that name none */
	uint16_t port;
};

static int
wrong(struct load *l, const struct ydoc_node *n, const char *text)
{
	char path[200];

	return err_set_at(l->err, -EINVAL, ydoc_file(l->s->doc), n->line, n->col, "%s: %s",
			  ydoc_path(n, path, sizeof(path)), text);
}

static int
no_memory(struct load *l)
{
	return err_set(l->err, -ENOMEM, "no memory for the script");
}

/* All keys of a map are among these. */
static int
keys(struct load *l, const struct ydoc_node *map, const char *const *known)
{
	const struct ydoc_node *n;
	const char *near;
	int i;

	if (map == NULL || map->kind != YDOC_MAP)
		return err_set_at(l->err, -EINVAL, ydoc_file(l->s->doc), map ? map->line : 1,
				  map ? map->col : 1, "keys and values stand here");
	for (n = map->child; n != NULL; n = n->next) {
		for (i = 0; known[i] != NULL && strcmp(known[i], n->key) != 0; i++)
			;
		if (known[i] != NULL)
			continue;
		err_set_at(l->err, -EINVAL, ydoc_file(l->s->doc), n->key_line, n->key_col,
			   "unknown key '%s'", n->key);
		near = err_nearest(n->key, known);
		if (near != NULL)
			err_hint(l->err, "did you mean '%s'?", near);
		return -EINVAL;
	}
	return 0;
}

static int
number(struct load *l, const struct ydoc_node *n, unsigned long max, unsigned long *out)
{
	char *end;

	*out = strtoul(n->text, &end, 10);
	if (n->text[0] < '0' || n->text[0] > '9' || *end != '\0' || *out > max)
		return wrong(l, n, "a number stands here");
	return 0;
}

/* A value, or a list of values. */
static const struct ydoc_node *
first_of(const struct ydoc_node *n)
{
	return n->kind == YDOC_LIST ? n->child : n;
}

static int
sids(struct load *l, const struct ydoc_node *map, const char *key, struct script_sids *out)
{
	const struct ydoc_node *n = ydoc_get(map, key), *one;
	unsigned long value;
	int r;

	if (n == NULL)
		return 0;
	out->given = true;
	out->line = n->line;
	out->sid = calloc(n->count + 1, sizeof(*out->sid));
	if (out->sid == NULL)
		return no_memory(l);
	for (one = first_of(n); one != NULL; one = n->kind == YDOC_LIST ? one->next : NULL) {
		r = number(l, one, UINT32_MAX, &value);
		if (r != 0)
			return r;
		out->sid[out->count++] = (uint32_t)value;
	}
	return 0;
}

/* Lines end in CR LF on the wire; with `part: yes` the bytes go as they are written. */
static char *
wire_lines(const char *text, bool whole)
{
	size_t len = strlen(text), i, n = 0;
	char *out = malloc(len * 2 + 3);

	if (out == NULL)
		return NULL;
	for (i = 0; i < len; i++) {
		if (whole && text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
			out[n++] = '\r';
		out[n++] = text[i];
	}
	if (whole && (n == 0 || out[n - 1] != '\n')) {
		out[n++] = '\r';
		out[n++] = '\n';
	}
	out[n] = '\0';
	return out;
}

static int
outcome(struct load *l, const struct ydoc_node *n, enum script_outcome *out)
{
	int i;

	for (i = 0; i < SCRIPT_OUTCOMES; i++) {
		if (strcmp(n->text, script_outcomes[i]) == 0) {
			*out = (enum script_outcome)i;
			return 0;
		}
	}
	return wrong(l, n, "it is passes, held, dropped or reset");
}

static int
load_step(struct load *l, const struct ydoc_node *n, struct script_step *step)
{
	static const char *const known[] = { "C", "S", "part", "expect", "sid", "alerts", NULL };
	const struct ydoc_node *c, *s, *part, *expect;
	int r = keys(l, n, known);

	if (r != 0)
		return r;
	c = ydoc_get(n, "C");
	s = ydoc_get(n, "S");
	part = ydoc_get(n, "part");
	expect = ydoc_get(n, "expect");
	if ((c == NULL) == (s == NULL))
		return wrong(l, n, "a step is what C (the client) or S (the server) says");
	if (part != NULL && strcmp(part->text, "yes") != 0)
		return wrong(l, part, "it is yes, for bytes as they are written, or left out");
	step->from = c != NULL ? WIRE_CLIENT : WIRE_SERVER;
	step->line = n->line;
	step->text = wire_lines((c != NULL ? c : s)->text, part == NULL);
	if (step->text == NULL)
		return no_memory(l);
	if (step->text[0] == '\0')
		return wrong(l, n, "nothing is said");
	if (expect != NULL)
		r = outcome(l, expect, &step->expect);
	if (r == 0)
		r = sids(l, n, "sid", &step->sid);
	return r == 0 ? sids(l, n, "alerts", &step->alerts) : r;
}

/* Addresses and port of a map, in place of those above it. */
static int
load_peers(struct load *l, const struct ydoc_node *n)
{
	static const char *const names[] = { "client", "server" };
	const char **const out[] = { &l->client, &l->server };
	const struct ydoc_node *one;
	struct net_addr a;
	unsigned long port;
	int r;

	for (int i = 0; i < 2; i++) {
		one = ydoc_get(n, names[i]);
		if (one != NULL && net_addr_parse(span_str(one->text), &a) != 0)
			return wrong(l, one, "an address stands here");
		if (one != NULL)
			*out[i] = one->text;
	}
	one = ydoc_get(n, "port");
	if (one == NULL)
		return 0;
	r = number(l, one, 65535, &port);
	l->port = (uint16_t)port;
	return r;
}

static int
load_session(struct load *l, const struct ydoc_node *n, struct script_session *out)
{
	static const char *const known[] = { "name",  "client", "server", "port",
					     "connect", "steps", "alerts", NULL };
	struct load inner = *l; /* what a session names is its own */
	const struct ydoc_node *name, *steps, *one, *connect;
	enum script_outcome connects = SCRIPT_PASSES;
	int r = keys(l, n, known);

	if (r == 0)
		r = load_peers(&inner, n);
	if (r != 0)
		return r;
	name = ydoc_get(n, "name");
	steps = ydoc_get(n, "steps");
	connect = ydoc_get(n, "connect");
	if (connect != NULL)
		r = outcome(l, connect, &connects);
	if (r != 0)
		return r;
	*out = (struct script_session){ .name = name != NULL ? name->text : "",
					.client = inner.client, .server = inner.server,
					.port = inner.port, .line = n->line,
					.connects = connects == SCRIPT_PASSES };
	if (name == NULL)
		return wrong(l, n, "a session needs a name");
	if (out->connects && (steps == NULL || steps->kind != YDOC_LIST || steps->count == 0))
		return wrong(l, n, "a session needs steps");
	out->step = calloc(steps != NULL ? steps->count + 1 : 1, sizeof(*out->step));
	if (out->step == NULL)
		return no_memory(l);
	for (one = steps != NULL ? steps->child : NULL; one != NULL && r == 0; one = one->next)
		r = load_step(l, one, &out->step[out->steps++]);
	return r == 0 ? sids(l, n, "alerts", &out->alerts) : r;
}

/* A configuration beside the script. Where rule files are, and how much memory is taken, stays. */
static int
load_config(struct load *l, const struct ydoc_node *n)
{
	const char *slash = strrchr(ydoc_file(l->s->doc), '/');
	struct conf_errors errors = { 0 };
	char path[4096];
	int r;

	if (n == NULL)
		return 0;
	snprintf(path, sizeof(path), "%.*s%s",
		 slash != NULL ? (int)(slash + 1 - ydoc_file(l->s->doc)) : 0, ydoc_file(l->s->doc),
		 n->text != NULL ? n->text : "");
	r = conf_load(&l->s->conf, path, &errors);
	if (r == 0)
		r = conf_check(&l->s->conf, &errors);
	if (errors.count > 0)
		*l->err = errors.err[0];
	conf_errors_free(&errors);
	free(l->s->conf.file);
	l->s->conf.file = strdup(ydoc_file(l->s->doc));
	return r == 0 && l->s->conf.file == NULL ? no_memory(l) : r;
}

static int
load_rules(struct load *l, const struct ydoc_node *n)
{
	struct conf_list *files = &l->s->conf.rule_files;
	const struct ydoc_node *one;

	if (n == NULL && ydoc_get(ydoc_root(l->s->doc), "config") != NULL)
		return 0; /* the rules that the configuration makes by itself */
	if (n == NULL || (n->kind == YDOC_LIST && n->count == 0))
		return err_set_at(l->err, -EINVAL, ydoc_file(l->s->doc), 1, 1,
				  "rules: names the rule file, relative to this script");
	for (size_t i = 0; i < files->count; i++)
		free(files->text[i]);
	free(files->text);
	free(files->line);
	files->count = 0;
	files->text = calloc(n->count + 1, sizeof(*files->text));
	files->line = calloc(n->count + 1, sizeof(*files->line));
	if (files->text == NULL || files->line == NULL)
		return no_memory(l);
	for (one = first_of(n); one != NULL; one = n->kind == YDOC_LIST ? one->next : NULL) {
		files->text[files->count] = strdup(one->text);
		if (files->text[files->count] == NULL)
			return no_memory(l);
		files->line[files->count++] = one->line;
	}
	return 0;
}

/* vars: NAME: addresses, in place of the defaults. */
static int
load_vars(struct load *l, const struct ydoc_node *map)
{
	struct conf_vars *vars = &l->s->conf.address_groups;
	const struct ydoc_node *n;
	struct conf_var *more;
	size_t i;

	for (n = map != NULL ? map->child : NULL; n != NULL; n = n->next) {
		for (i = 0; i < vars->count && strcmp(vars->var[i].name, n->key) != 0; i++)
			;
		if (i == vars->count) {
			more = realloc(vars->var, (i + 1) * sizeof(*more));
			if (more == NULL)
				return no_memory(l);
			vars->var = more;
			memset(&more[i], 0, sizeof(*more));
			vars->count++;
			more[i].name = strdup(n->key);
		}
		free(vars->var[i].value);
		vars->var[i].value = strdup(n->text);
		vars->var[i].line = n->line;
		if (vars->var[i].name == NULL || vars->var[i].value == NULL)
			return no_memory(l);
	}
	return 0;
}

static int
load_all(struct load *l)
{
	static const char *const known[] = { "config", "rules", "vars", "client", "server",
					     "port", "sessions", NULL };
	const struct ydoc_node *root = ydoc_root(l->s->doc), *list, *n;
	int r = keys(l, root, known);

	if (r == 0)
		r = load_config(l, ydoc_get(root, "config"));
	if (r == 0)
		r = load_rules(l, ydoc_get(root, "rules"));
	if (r == 0)
		r = load_vars(l, ydoc_get(root, "vars"));
	if (r == 0)
		r = load_peers(l, root);
	if (r != 0)
		return r;
	list = ydoc_get(root, "sessions");
	if (list == NULL || list->kind != YDOC_LIST || list->count == 0)
		return wrong(l, root, "sessions: lists what is to be played");
	l->s->session = calloc(list->count, sizeof(*l->s->session));
	if (l->s->session == NULL)
		return no_memory(l);
	for (n = list->child; n != NULL && r == 0; n = n->next)
		r = load_session(l, n, &l->s->session[l->s->sessions++]);
	return r;
}

int
script_load(struct script *s, const char *path, struct err *err)
{
	struct load l = { .s = s, .err = err, .client = "192.0.2.1", .server = "198.51.100.25",
			  .port = 25 };
	int r;

	memset(s, 0, sizeof(*s));
	s->doc = ydoc_load(path, err);
	if (s->doc == NULL)
		return -EINVAL;
	r = wire_conf(&s->conf);
	if (r == 0)
		s->conf.file = strdup(path); /* rule files stand beside it */
	r = r == 0 && s->conf.file != NULL ? load_all(&l) : no_memory(&l);
	if (r != 0)
		script_free(s);
	return r;
}

void
script_free(struct script *s)
{
	for (size_t i = 0; i < s->sessions; i++) {
		for (size_t k = 0; k < s->session[i].steps; k++) {
			free(s->session[i].step[k].text);
			free(s->session[i].step[k].sid.sid);
			free(s->session[i].step[k].alerts.sid);
		}
		free(s->session[i].step);
		free(s->session[i].alerts.sid);
	}
	free(s->session);
	conf_free(&s->conf);
	ydoc_free(s->doc);
	memset(s, 0, sizeof(*s));
}
