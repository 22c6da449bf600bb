/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * firewall.policies to a default verdict for every hook, inherited from the narrowest place that
 * names one: hook, protocol, table, everything, built in. Also the JSON form of diagnostics.
 * Called by policy_build only.
 */
#include <errno.h>
#include <stdlib.h>

#include "err.h"
#include "policy_internal.h"

/* "app.smtp.command.request_complete" of a hook, as firewall.policies names it. */
static void
place_of(enum rules_hook hook, struct str *place)
{
	const char *name = rules_hook_name(hook);

	if (rules_hook_family(hook) != RULES_PACKET)
		str_add(place, "app.");
	for (; *name != '\0'; name++)
		str_add_char(place, *name == ':' ? '.' : *name == '-' ? '_' : *name);
}

/* What is said in the file for exactly this place (a hook), or for all below it (".default"). */
static const struct conf_policy *
said_for(const struct conf *c, const char *place, size_t len, bool below)
{
	for (size_t i = 0; i < c->firewall.policies; i++) {
		const struct conf_policy *said = &c->firewall.policy[i];
		const char *rest = said->place + len;

		if (strncmp(said->place, place, len) != 0)
			continue;
		if (!below && *rest == '\0')
			return said;
		if (below && (strcmp(len > 0 ? rest : said->place, len > 0 ? ".default" : "default") == 0))
			return said;
	}
	return NULL;
}

static const struct conf_policy *
inherited(const struct conf *c, const char *place)
{
	size_t len = strlen(place);
	const struct conf_policy *said = said_for(c, place, len, false);

	while (said == NULL) {
		while (len > 0 && place[len] != '.')
			len--;
		said = said_for(c, place, len, true);
		if (len == 0)
			break;
		if (said == NULL)
			len--;
	}
	return said;
}

static void
built_in(enum rules_hook hook, struct policy_default *d)
{
	bool open = hook == RULES_PRE_FLOW || hook == RULES_PRE_STREAM;

	d->action = open ? RULES_ACCEPT : RULES_DROP;
	d->scope = open ? RULES_SCOPE_HOOK :
		   hook == RULES_FILTER ? RULES_SCOPE_PACKET : RULES_SCOPE_FLOW;
	d->alert = false;
}

static void
complain(FILE *out, bool json, const struct conf *c, const struct conf_policy *said,
	 const struct err *e)
{
	char text[1024];
	struct rules_diag d = {
		.severity = RULES_ERROR, .code = "P001", .line = said->line, .col = said->col,
		.len = 1, .text = e->text, .hint = e->hint, .source = "",
		.file = c->file != NULL ? c->file : "built-in configuration",
	};

	if (out == NULL)
		return;
	if (json) {
		policy_diag_json(&d, out);
		return;
	}
	snprintf(text, sizeof(text), "%s%s%s", e->text, e->hint[0] != '\0' ? "; " : "", e->hint);
	fprintf(out, "%s:%u:%u: error: firewall.policies, %s: %s\n", d.file, d.line, d.col,
		said->place, text);
}

/* Read one entry into d. True when it is sound. */
static bool
apply(const struct conf_policy *said, enum rules_hook hook, struct policy_default *d, struct err *e)
{
	bool primary = false;

	d->alert = false;
	for (size_t i = 0; i < said->actions.count; i++) {
		const char *text = said->actions.text[i];

		if (strcmp(text, "alert") == 0) {
			d->alert = true;
			continue;
		}
		if (primary) {
			err_set(e, -EINVAL, "\"%s\" is a second verdict", text);
			err_hint(e, "name one verdict, and alert beside it if you want events");
			return false;
		}
		if (rules_action_parse(text, hook, &d->action, &d->scope, e) != 0)
			return false;
		primary = true;
	}
	if (!primary) {
		err_set(e, -EINVAL, "no verdict is named");
		err_hint(e, "write for example [\"drop:flow\", \"alert\"]");
	}
	return primary;
}

/* A place that no hook and no table has is a typing error, never ignored. */
static bool
place_known(const char *said)
{
	static const char *const tables[] = { "default", "packet.default", "app.default",
					      "app.smtp.default", "app.smtp.command.default", NULL };
	char buf[128];
	struct str place;

	for (unsigned i = 0; tables[i] != NULL; i++)
		if (strcmp(said, tables[i]) == 0)
			return true;
	for (unsigned h = 0; h < RULES_HOOK_DETECT; h++) {
		str_open(&place, buf, sizeof(buf));
		place_of(h, &place);
		if (strcmp(said, buf) == 0)
			return true;
	}
	return false;
}

size_t
policy_defaults(struct policy *p, const struct conf *c, FILE *out, bool json)
{
	size_t errors = 0;
	struct err e = { .line = 0 };

	for (size_t i = 0; i < c->firewall.policies; i++) {
		if (place_known(c->firewall.policy[i].place))
			continue;
		err_set(&e, -EINVAL, "there is no such hook or table");
		err_hint(&e, "see `postern --list-hooks`");
		complain(out, json, c, &c->firewall.policy[i], &e);
		errors++;
	}
	for (unsigned h = 0; h < RULES_HOOK_DETECT; h++) {
		char buf[128];
		struct str place;
		const struct conf_policy *said;

		str_open(&place, buf, sizeof(buf));
		place_of(h, &place);
		built_in(h, &p->defaults[h]);
		said = inherited(c, buf);
		if (said == NULL || apply(said, h, &p->defaults[h], &e))
			continue;
		complain(out, json, c, said, &e);
		errors++;
	}
	return errors;
}

static void
json_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\"%s\":\"", key);
	for (; *text != '\0'; text++) {
		unsigned char ch = (unsigned char)*text;

		if (ch == '"' || ch == '\\')
			fprintf(out, "\\%c", ch);
		else if (ch < 0x20 || ch == 0x7f)
			fprintf(out, "\\u%04x", ch);
		else
			fputc(ch, out);
	}
	fputs("\",", out);
}

void
policy_diag_json(const struct rules_diag *d, FILE *out)
{
	static const char *const severity[] = { "error", "warning", "note" };

	fputc('{', out);
	json_text(out, "severity", severity[d->severity]);
	json_text(out, "code", d->code);
	json_text(out, "file", d->file);
	json_text(out, "text", d->text);
	json_text(out, "hint", d->hint);
	json_text(out, "source", d->source);
	fprintf(out, "\"line\":%u,\"col\":%u,\"len\":%u}\n", d->line, d->col, d->len);
}
