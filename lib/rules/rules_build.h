/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules, build half: text in, an immutable rule set out. Control plane only.
 *
 *	src = rules_source_create(vars, ...);
 *	rules_source_file(src, path);		parse; collects every error and warning
 *	set = rules_build(src, cache_dir);	NULL when there was an error
 *	rules_diags(src, ...)			what to tell the person
 *	rules_source_destroy(src);		the set lives on
 */
#ifndef RULES_BUILD_H
#define RULES_BUILD_H

#include <stdio.h>
#include "rules.h"

enum rules_severity { RULES_ERROR, RULES_WARNING, RULES_NOTE };

struct rules_diag {
	enum rules_severity severity;
	const char *code;	 /* "R014"; rules_code_explain() has the long text */
	const char *file;
	unsigned line, col;	 /* 1-based, of the caret range's begin */
	unsigned len;		 /* bytes under the caret, >= 1 */
	const char *text;	 /* what is wrong */
	const char *hint;	 /* what to do; "" when there is nothing to say */
	const char *source;	 /* the physical line */
};

/* name -> value as written in the configuration, for $NAME. */
struct rules_var {
	const char *name, *value;
	bool port; /* port group */
};

/* Names of oddities that app-layer-event may name (without "smtp."), NULL-terminated; given by the
 * caller since parsers are other libraries. */
struct rules_source *rules_source_create(const struct rules_var *vars, size_t count,
					 const char *const *events);
void rules_source_destroy(struct rules_source *s);
/* Bits by TCP port: nothing else is looked at as SMTP, and rules that ask for it are warned of. The caller's
 * until the build; NULL: any port may be. */
void rules_source_guard(struct rules_source *s, const uint8_t *ports);
/* Suricata's classification.config in place of the classes built in. Before the rules. */
void rules_source_classes(struct rules_source *s, const char *path);
/* Suricata's two kinds of files for iprep: categories, and lists of networks with their scores. Before
 * the rules; what is wrong is a diagnostic. */
void rules_source_reputation(struct rules_source *s, const char *categories,
			     const char *const *lists, size_t count);
/* Networks in these lists. */
size_t rules_networks(const struct rules_set *set);
/* 0; -errno when the file cannot be read (a diagnostic is added too). Syntax errors: 0, see diags. */
int rules_source_file(struct rules_source *s, const char *path);
int rules_source_text(struct rules_source *s, const char *name, struct span text);
/* Everything parsed and compiled; NULL when any error was found. monitor: rules whose action is not built for the wire are allowed. */
struct rules_set *rules_build(struct rules_source *s, const char *cache_dir, bool monitor);
void rules_free(struct rules_set *set);

size_t rules_diag_count(const struct rules_source *s);
const struct rules_diag *rules_diag(const struct rules_source *s, size_t i);
size_t rules_error_count(const struct rules_source *s);
/* As rustc prints them: code, place, the line, carets, hint. */
void rules_diag_print(const struct rules_diag *d, FILE *out);
/* Long text of a code, or NULL. */
const char *rules_code_explain(const char *code);

/* From the tables; for --list-keywords, --list-hooks and docs. */
void rules_list_keywords(FILE *out, bool json);
void rules_list_hooks(FILE *out, bool json);
/* "smtp.request_started" or "smtp.command.request_complete", "packet.filter", "smtp.rcpt" -> hook; -1. */
int rules_hook_by_place(const char *place);
/* "drop:flow" -> action and scope, checked against the hook; 0 or -EINVAL (*err). */
struct err;
int rules_action_parse(const char *text, enum rules_hook hook, enum rules_action *action,
		       enum rules_scope *scope, struct err *err);
enum rules_switch { RULES_AS_WRITTEN, RULES_ONLY_WATCHED, RULES_OFF };
/* By hand, until the program ends: no worker may run meanwhile. All rules of the sid; gid 0: any. How
 * many there are. */
size_t rules_switch(struct rules_set *set, uint32_t gid, uint32_t sid, enum rules_switch to);
/* gid 0: any. What became of a rule: canonical text, hook, order, buffers, patterns given to the matcher. -ENOENT. */
int rules_explain(const struct rules_set *set, uint32_t gid, uint32_t sid, FILE *out);

#endif
