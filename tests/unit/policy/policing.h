/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Policies from text, for the tests of policy: a configuration over the defaults and, with it, a rule file.
 *
 *	police("firewall: {enabled: yes}\n", "accept:hook smtp:helo ...\n");
 *	... policing.built.policy ...
 *	police_end();
 */
#ifndef POLICING_H
#define POLICING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy_build.h"
#include "policy_internal.h"

static struct {
	struct conf conf;
	struct policy_built built;
	char *said; /* every diagnostic */
	int rc;
	char path[32]; /* of the rule file */
} policing;

static inline void
police_rules(const char *rules)
{
	struct conf_list *files = &policing.conf.rule_files;
	int fd;

	strcpy(policing.path, "/tmp/policing-XXXXXX");
	fd = mkstemp(policing.path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, rules, strlen(rules)), (ssize_t)strlen(rules));
	close(fd);
	files->text = calloc(1, sizeof(*files->text));
	files->line = calloc(1, sizeof(*files->line));
	files->text[0] = strdup(policing.path);
	files->count = 1;
}

/* What comes of both; policing.rc says whether it is a policy. */
static inline void
police_try(const char *yaml, const char *rules, bool json)
{
	static const char *const events[] = {
		"command_over_limit", "mime_header_line_over_limit", "reply_over_limit",
		"command_over_its_limit", "unlisted_command", "invalid_command",
		"mime_header_name_over_limit", "xlink2state_overflow", "mime_no_buffer",
		"mime_invalid_base64", "mime_invalid_qp", "mime_odd_encoding", "mime_invalid_uu",
		"auth_mechanism_switch", "auth_over_limit", "starttls_injection", "mixed_line_ends",
		NULL };
	struct conf_errors errors = { .err = NULL };
	size_t len;
	FILE *out;

	memset(&policing, 0, sizeof(policing));
	assert_int_equal(conf_defaults(&policing.conf), 0);
	if (conf_parse(&policing.conf, "t.yaml", yaml, strlen(yaml), &errors) != 0)
		fail_msg("%s", errors.err[0].text);
	conf_errors_free(&errors);
	if (rules != NULL)
		police_rules(rules);
	out = open_memstream(&policing.said, &len);
	policing.rc = policy_build(&policing.conf, events, out, json, &policing.built);
	fclose(out);
	if (rules != NULL)
		unlink(policing.path);
}

static inline const struct policy *
police(const char *yaml, const char *rules)
{
	police_try(yaml, rules, false);
	if (policing.rc != 0)
		fail_msg("%s", policing.said);
	return policing.built.policy;
}

static inline void
police_end(void)
{
	policy_free(policing.built.policy);
	conf_free(&policing.conf);
	free(policing.said);
}

#endif
