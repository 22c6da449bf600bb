/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A configuration to an immutable policy. In: struct conf, rule files. Out: struct policy, and
 * every diagnostic as text. Called by the control plane at start, at check and at reload; the
 * packet path never sees this file.
 */
#include <errno.h>
#include <stdlib.h>

#include "policy_build.h"
#include "policy_internal.h"
#include "rules_build.h"

static void
copy_limits(struct policy *p, const struct conf *c)
{
	struct policy_limits *l = &p->limits;

	l->sessions = c->limits.sessions;
	l->half_open = c->limits.half_open;
	l->hold_bytes = c->limits.hold_bytes;
	l->session_hold = c->limits.session_hold;
	l->session_queue = c->limits.session_queue;
	l->session_memory = c->limits.session_memory;
	l->messages = c->limits.messages;
	l->events = c->limits.events;
	l->syn_s = c->tcp.syn_s;
	l->handshake_s = c->tcp.handshake_s;
	l->idle_s = c->tcp.idle_s;
	l->closing_s = c->tcp.closing_s;
	l->held_s = c->tcp.held_s;
	l->dropped_s = c->tcp.dropped_s;
	l->line_max = c->smtp.line_max;
	l->auth_max = c->smtp.auth_max;
	l->bdat_max = c->smtp.bdat_max;
	l->pending_max = c->smtp.pending_max;
	l->rcpt_max = c->smtp.rcpt_max;
	l->header_max = c->mime.header_max;
	l->depth_max = c->mime.depth_max;
	l->parts_max = c->mime.parts_max;
}

static unsigned
digest_bits(const struct conf_list *names)
{
	static const char *const known[] = { "md5", "sha1", "sha256" };
	unsigned bits = 0;

	for (size_t i = 0; i < names->count; i++)
		for (unsigned k = 0; k < 3; k++)
			if (strcmp(names->text[i], known[k]) == 0)
				bits |= 1u << k;
	return bits;
}

static int
copy_settings(struct policy *p, const struct conf *c)
{
	copy_limits(p, c);
	p->monitor = c->mode == CONF_MONITOR;
	p->midstream = c->tcp.midstream;
	p->checksum = c->tcp.checksum;
	p->strict = c->smtp.strict;
	p->detect_anywhere = c->smtp.detect;
	p->other_protocol_pass = c->smtp.other_protocol_pass;
	p->fail_open_overload = c->failure.overload == CONF_OPEN;
	p->fail_open_internal = c->failure.internal == CONF_OPEN;
	p->mime_decode = c->mime.decode;
	p->urls = c->mime.urls;
	p->log_url_scheme = c->mime.log_url_scheme;
	p->digests = digest_bits(&c->mime.digests);
	conf_ports_set(&c->smtp.ports, p->guarded);
	p->b64_depth = c->mime.b64_depth;
	p->qp_depth = c->mime.qp_depth;
	p->uu_depth = c->mime.uu_depth;
	p->bitenc_depth = c->mime.bitenc_depth;
	p->url_schemes = policy_words(&c->mime.url_schemes);
	if (c->notices.enabled) {
		p->block_lists = policy_words(&c->notices.block_lists);
		if (p->block_lists == NULL)
			return -ENOMEM;
	}
	return p->url_schemes != NULL ? policy_normal(p, c) : -ENOMEM;
}

/* What the rules ask for is computed, whatever the configuration left out. */
static void
settings_for_rules(struct policy *p, const struct conf *c)
{
	uint64_t used = rules_fields_used(p->rules);

	if (used >> RULES_FILE_MD5 & 1)
		p->digests |= 1;
	if (used >> RULES_FILE_SHA1 & 1)
		p->digests |= 2;
	if (used >> RULES_FILE_SHA256 & 1)
		p->digests |= 4;
	if (used >> RULES_EMAIL_URL & 1)
		p->urls = true;
	p->body_md5 = c->mime.body_md5 == CONF_YES ||
		      (c->mime.body_md5 == CONF_AUTO && (used >> RULES_EMAIL_BODY_MD5 & 1));
}

static void
engage(struct policy *p, const struct conf *c)
{
	p->firewall = c->firewall.enabled == CONF_YES ||
		      (c->firewall.enabled == CONF_AUTO && rules_firewall_count(p->rules) > 0);
	p->engaged[RULES_PACKET] = true;
	p->engaged[RULES_DIALOGUE] = rules_has_family(p->rules, RULES_DIALOGUE);
	p->engaged[RULES_STATE] = rules_has_family(p->rules, RULES_STATE);
	/* Where no family was chosen the message family speaks: with no rules it drops. */
	p->engaged[RULES_MESSAGE] = rules_has_family(p->rules, RULES_MESSAGE) ||
				    !(p->engaged[RULES_DIALOGUE] || p->engaged[RULES_STATE]);
}

/* Where rules only tell, no cap stops a mail. */
static bool
can_stop(const struct policy *p)
{
	bool stops = p->firewall;

	for (size_t i = 0; i < rules_count(p->rules) && !stops; i++) {
		const struct rules_rule *r = rules_at(p->rules, i);

		stops = r->enforce && r->action != RULES_ALERT && r->action != RULES_PASS &&
			r->action != RULES_LOG && r->action != RULES_CONFIG;
	}
	return stops;
}

/* The file as written when it is absolute, else beside rule-dir or the configuration. */
static void
rule_path(const struct conf *c, const char *file, struct str *path)
{
	const char *slash = c->file != NULL ? strrchr(c->file, '/') : NULL;

	if (file[0] != '/' && c->rule_dir != NULL && c->rule_dir[0] != '\0')
		str_printf(path, "%s/", c->rule_dir);
	else if (file[0] != '/' && slash != NULL)
		str_add_span(path, span_of(c->file, (size_t)(slash - c->file) + 1));
	str_add(path, file);
}

/* A file that the configuration names beside its rules. */
static char *
path_beside(const struct conf *c, const char *file)
{
	const char *conf = c->file != NULL && file[0] != '/' ? c->file : "";
	const char *slash = strrchr(conf, '/');
	char *path;

	return asprintf(&path, "%.*s%s", slash != NULL ? (int)(slash - conf) + 1 : 0, conf, file) < 0
		? NULL : path;
}

static int
read_classes(struct rules_source *src, const struct conf *c)
{
	char *path;

	if (c->classification[0] == '\0')
		return 0;
	path = path_beside(c, c->classification);
	if (path == NULL)
		return -ENOMEM;
	rules_source_classes(src, path);
	free(path);
	return 0;
}

static int
read_reputation(struct rules_source *src, const struct conf *c)
{
	size_t count = c->reputation_files.count;
	char *categories, **lists;
	int rc = 0;

	if (c->reputation_categories[0] == '\0')
		return 0;
	categories = path_beside(c, c->reputation_categories);
	lists = calloc(count + 1, sizeof(*lists));
	for (size_t i = 0; i < count && lists != NULL; i++)
		if ((lists[i] = path_beside(c, c->reputation_files.text[i])) == NULL)
			rc = -ENOMEM;
	if (categories == NULL || lists == NULL)
		rc = -ENOMEM;
	if (rc == 0)
		rules_source_reputation(src, categories, (const char *const *)lists, count);
	for (size_t i = 0; i < count && lists != NULL; i++)
		free(lists[i]);
	free(lists);
	free(categories);
	return rc;
}

static void
read_files(struct rules_source *src, const struct conf *c)
{
	for (size_t i = 0; i < c->rule_files.count; i++) {
		char buf[4096];
		struct str path;

		str_open(&path, buf, sizeof(buf));
		rule_path(c, c->rule_files.text[i], &path);
		rules_source_file(src, buf); /* what fails is a diagnostic */
	}
}

/* The variables as the rules want them; the source reads them for as long as it lives. */
static struct rules_var *
variables(const struct conf *c, size_t *count)
{
	size_t addresses = c->address_groups.count;
	struct rules_var *vars;

	*count = addresses + c->port_groups.count;
	vars = calloc(*count + 1, sizeof(*vars));
	if (vars == NULL)
		return NULL;
	for (size_t i = 0; i < *count; i++) {
		bool port = i >= addresses;
		const struct conf_var *from = port ? &c->port_groups.var[i - addresses]
						   : &c->address_groups.var[i];

		vars[i] = (struct rules_var){ from->name, from->value, port };
	}
	return vars;
}

static void
report(const struct rules_source *src, FILE *out, bool json, struct policy_built *built)
{
	for (size_t i = 0; i < rules_diag_count(src); i++) {
		const struct rules_diag *d = rules_diag(src, i);

		built->errors += d->severity == RULES_ERROR;
		built->warnings += d->severity == RULES_WARNING;
		if (out == NULL)
			continue;
		if (json)
			policy_diag_json(d, out);
		else
			rules_diag_print(d, out);
	}
}

int
policy_build(const struct conf *c, const char *const *events, FILE *out, bool json,
	     struct policy_built *built)
{
	struct policy *p = calloc(1, sizeof(*p));
	size_t count;
	struct rules_var *vars = variables(c, &count);
	struct rules_source *src =
		vars != NULL ? rules_source_create(vars, count, events) : NULL;
	const char *cache = c->cache_dir != NULL && c->cache_dir[0] != '\0' ? c->cache_dir : NULL;

	memset(built, 0, sizeof(*built));
	if (p == NULL || src == NULL || copy_settings(p, c) != 0 ||
	    read_classes(src, c) != 0 || read_reputation(src, c) != 0 ||
	    policy_normal_rules(c, src) != 0) {
		rules_source_destroy(src);
		free(vars);
		policy_free(p);
		return -ENOMEM;
	}
	rules_source_guard(src, p->detect_anywhere ? NULL : p->guarded);
	read_files(src, c);
	p->rules = rules_build(src, cache, p->monitor);
	report(src, out, json, built);
	rules_source_destroy(src);
	free(vars);
	built->errors += policy_defaults(p, c, out, json);
	if (p->rules == NULL || built->errors > 0) {
		policy_free(p);
		return -EINVAL;
	}
	settings_for_rules(p, c);
	engage(p, c);
	p->stops = can_stop(p);
	policy_reach(p, c, out, json, built);
	built->rules = rules_count(p->rules);
	built->firewall_rules = rules_firewall_count(p->rules);
	built->detection_rules = built->rules - built->firewall_rules;
	built->networks = rules_networks(p->rules);
	built->policy = p;
	return 0;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	if (p->rules != NULL)
		rules_free(p->rules);
	policy_words_free(p->url_schemes);
	policy_words_free(p->block_lists);
	policy_normal_free(p);
	free(p);
}
