/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The program's parts and what they share. main parses the command line, boot makes the parts in
 * one order and undoes them in reverse; then one loop runs: a capture's (capture.c) or a service's
 * (service.c). All of this lives on the main lcore, which is the management core.
 */
#ifndef APP_H
#define APP_H

#include <jansson.h>
#include <stdio.h>

#include "args.h"
#include "conf.h"
#include "diagnostics.h"
#include "dp.h"
#include "http.h"
#include "policy_build.h"
#include "why.h"

/* Exit codes of the command line's contract. */
enum { APP_OK = 0, APP_FAILED = 1, APP_USAGE = 2 };

struct notices;
struct recent;
struct app {
	struct args args;
	struct conf conf;
	struct policy_built built;
	struct dp_capture capture;
	struct dp *dp;
	struct notices *notices;
	struct event_writer *writer;
	struct recent *recent; /* NULL in a capture run */
	struct why *why; /* NULL: nobody asked */
	struct http *http;
	struct control *control;
	struct console *console;
	struct hash_key user_key; /* of names in events, where outputs.user-key-file has one */
	uint64_t start_us;  /* monotonic */
	bool quit;	    /* asked for by the console */
	int console_result; /* of --cmdline-file: 0, or -1 when a command was wrong */
};

/* boot.c */
int boot_up(struct app *a); /* an exit code; what was made is undone on failure */
int boot_down(struct app *a);
int boot_policy(struct app *a); /* configuration and policy only */
void boot_policy_free(struct app *a);
bool app_offline(const struct app *a); /* a capture run */
uint64_t app_clock_us(void);
bool app_signalled(void);
bool app_hung_up(void); /* since it was last asked: a service opens its files anew */

/* userkey.c: 0, or -errno and *err */
int userkey_load(const char *path, struct hash_key *key, struct err *err);
bool userkey_wanted(const struct app *a);

/* settings.c: from the configuration to the floors below */
int settings_override(struct app *a, struct err *err);
void settings_eal(const struct app *a, struct dp_eal *eal);
void settings_dp(const struct app *a, struct dp_settings *set);
void settings_writer(const struct app *a, struct event_writer_settings *set);

/* events.c */
size_t events_drain(struct app *a); /* records written */
void events_stats(struct app *a, uint64_t time_us);

/* capture.c, service.c: exit codes */
int capture_run(struct app *a);
int service_run(struct app *a);
int service_reopen(struct app *a, struct err *err); /* event files, after a rotation */

/* report.c */
void report_capture(struct app *a, bool ok, uint64_t took_us);
void report_failure(void); /* --json: nothing ran, this is why */

/* check.c, lists.c */
int check_run(struct app *a);
int lists_run(struct app *a);
/* script.c, explain.c */
int script_run(struct app *a);
int explain_run(struct app *a);
/* "1002", or with its gid "124:1" (gid 0: any). */
bool explain_sid(const char *word, uint32_t *gid, uint32_t *sid);

/* pages.c: JSON, the caller's */
json_t *pages_stats(struct app *a);
json_t *pages_health(struct app *a);
json_t *pages_lcores(const struct app *a);
json_t *pages_rule_list(const struct app *a, bool only_hits); /* an array */
json_t *pages_rules(const struct app *a, bool only_hits);
extern const struct http_page pages_http[];

/* control.c: the control socket */
struct control;
struct control *control_open(struct app *a, const char *path, struct err *err);
void control_poll(struct control *c); /* c may be NULL */
void control_close(struct control *c);

/* telemetry.c: requests of DPDK's tools */
void telemetry_open(void);
void telemetry_poll(struct app *a);
void telemetry_close(void);

/* console.c: the terminal */
struct console *console_open(struct app *a, struct err *err);
void console_poll(struct console *c);
void console_close(struct console *c);

#endif
