/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start and end of the program: one table of parts, made from top to bottom, undone from bottom to
 * top. A part that cannot be made says why and what to do; then nothing of the others is left.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "app.h"
#include "notices.h"
#include "recent.h"
#include "http.h"
#include "log.h"
#include "names.h"
#include "rules_dataset.h"

static volatile sig_atomic_t boot_signal, boot_hangup;

static void
boot_on_signal(int number)
{
	boot_signal = number;
}

static void
boot_on_hangup(int number)
{
	(void)number;
	boot_hangup = 1;
}

bool
app_hung_up(void)
{
	bool asked = boot_hangup != 0;

	boot_hangup = 0;
	return asked;
}

bool
app_signalled(void)
{
	return boot_signal != 0;
}

uint64_t
app_clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- the parts ---- */

static int
boot_conf(struct app *a, struct err *err)
{
	struct conf_errors errors = { 0 };
	size_t i;
	int r = conf_defaults(&a->conf);

	if (r != 0)
		return err_set(err, r, "no memory for the configuration");
	if (a->args.config != NULL)
		r = conf_load(&a->conf, a->args.config, &errors);
	if (r == 0)
		r = settings_override(a, err);
	if (r == 0)
		r = conf_check(&a->conf, &errors);
	for (i = 0; i + 1 < errors.count; i++)
		diagnostics_say(&errors.err[i]);
	if (errors.count > 0)
		*err = errors.err[errors.count -
				  1]; /* the last is said by the caller, as any error */
	conf_errors_free(&errors);
	return r;
}

static void
boot_conf_undo(struct app *a)
{
	conf_free(&a->conf);
}

/* smtp.normalizer.print-cmds: the verbs that 124:5 knows, ten a line. */
static void
print_cmds(const char *const *verbs)
{
	char line[1024];
	struct str s;

	while (verbs != NULL && *verbs != NULL) {
		str_open(&s, line, sizeof(line));
		for (int i = 0; i < 10 && *verbs != NULL; i++)
			str_printf(&s, " %s", *verbs++);
		log_note("known commands:%s", line);
	}
}

static int
boot_rules(struct app *a, struct err *err)
{
	int r = policy_build(&a->conf, names_of_events(), diagnostics_out(), a->args.json,
			     &a->built);

	if (r == 0 && a->conf.smtp.normalizer.print_cmds)
		print_cmds(a->built.policy->normalizer.verbs);
	if (r == 0 || (a->args.json && a->built.errors > 0))
		return r; /* each has been said */
	err_set(err, r, "%zu error%s in the rules", a->built.errors,
		a->built.errors == 1 ? "" : "s");
	if (a->built.errors == 0)
		err_set(err, r, "no policy could be built: %s", strerror(-r));
	return r;
}

/* Values that rules learnt are kept where they say so. */
static int
boot_keep_sets(struct app *a)
{
	struct err err;
	int rc = rules_datasets_save(a->built.policy->rules, &err);

	if (rc != 0)
		log_error("%s", err.text);
	return rc;
}

static void
boot_rules_undo(struct app *a)
{
	policy_free(a->built.policy);
	a->built.policy = NULL;
}

static int
boot_notices(struct app *a, struct err *err)
{
	a->notices = notices_open(&a->conf, app_offline(a) ? hash_key_fixed() : hash_key_random(), err);
	return a->notices != NULL ? 0 : -EINVAL;
}

static void
boot_notices_undo(struct app *a)
{
	notices_close(a->notices);
	a->notices = NULL;
}

static int
boot_capture(struct app *a, struct err *err)
{
	const char *files[2] = { a->args.pcap, NULL };

	if (!app_offline(a))
		return 0;
	if (a->args.pcap == NULL) {
		files[0] = a->args.pcap_client;
		files[1] = a->args.pcap_server;
	}
	return dp_capture_open(&a->capture, files, a->args.pcap != NULL ? 1 : 2, err);
}

static void
boot_capture_undo(struct app *a)
{
	dp_capture_close(&a->capture);
}

static int
boot_events(struct app *a, struct err *err)
{
	struct event_writer_settings set;
	struct stat st;

	settings_writer(a, &set);
	mkdir(set.dir, 0750); /* when only the last part of the path is missing */
	if (stat(set.dir, &st) != 0) {
		err_set_at(err, -errno, set.dir, 0, 0, "this log directory cannot be used: %s",
			   strerror(errno));
		err_hint(err, "make it: mkdir -p %s", set.dir);
		return -ENOENT;
	}
	a->recent = app_offline(a) ? NULL : recent_open();
	a->writer = event_writer_create(&set, err);
	if (a->writer == NULL)
		recent_close(a->recent);
	return a->writer != NULL ? 0 : -EIO;
}

static void
boot_events_undo(struct app *a)
{
	if (event_writer_lost(a->writer) > 0)
		log_error("%llu event lines could not be written",
			  (unsigned long long)event_writer_lost(a->writer));
	event_writer_destroy(a->writer);
	recent_close(a->recent);
	a->writer = NULL;
}

static int
boot_why(struct app *a, struct err *err)
{
	struct why_settings set = { .path = a->args.why_out, .sid = a->args.trace_sid,
				    .flow_id = a->args.flow_id };

	if (!a->args.why)
		return 0;
	a->why = why_open(&set, err);
	if (a->why == NULL)
		return -EIO;
	if (why_policy(a->why, a->built.policy))
		return 0;
	why_close(a->why, err);
	a->why = NULL;
	err_set(err, -ENOENT, "no rule has sid %u", a->args.trace_sid);
	err_hint(err, "name the rule files with --rules or -c");
	return -ENOENT;
}

static void
boot_why_undo(struct app *a)
{
	struct err err = { .text = "" };

	if (why_close(a->why, &err) != 0)
		diagnostics_say(&err);
	a->why = NULL;
}

static int
boot_eal(struct app *a, struct err *err)
{
	struct dp_eal eal;

	settings_eal(a, &eal);
	return dp_eal_start(&eal, err);
}

static void
boot_eal_undo(struct app *a)
{
	(void)a;
	dp_eal_stop();
}

static int
boot_user_key(struct app *a, struct err *err)
{
	return userkey_wanted(a) ? userkey_load(a->conf.outputs.user_key_file, &a->user_key, err) : 0;
}

static void
boot_user_key_undo(struct app *a)
{
	explicit_bzero(&a->user_key, sizeof(a->user_key));
}

static int
boot_dp(struct app *a, struct err *err)
{
	struct dp_settings set;
	char text[300];
	unsigned pos = 0;

	settings_dp(a, &set);
	a->dp = dp_create(&set, err);
	if (a->dp == NULL)
		return -EIO;
	while (dp_offload_finding(a->dp, &pos, text, sizeof(text)))
		log_warn("%s", text);
	return 0;
}

static void
boot_dp_undo(struct app *a)
{
	dp_destroy(a->dp);
	a->dp = NULL;
}

static int
boot_http(struct app *a, struct err *err)
{
	const char *where = a->conf.management.http;

	if (app_offline(a) || where == NULL || where[0] == '\0')
		return 0;
	a->http = http_open(where, pages_http, a, err);
	return a->http != NULL ? 0 : -EIO;
}

static void
boot_http_undo(struct app *a)
{
	http_close(a->http);
	a->http = NULL;
}

static int
boot_control(struct app *a, struct err *err)
{
	const char *path = a->conf.management.socket;

	if (app_offline(a) || path == NULL || path[0] == '\0')
		return 0;
	a->control = control_open(a, path, err);
	return a->control != NULL ? 0 : -EIO;
}

static void
boot_control_undo(struct app *a)
{
	control_close(a->control);
	a->control = NULL;
}

static int
boot_telemetry(struct app *a, struct err *err)
{
	(void)err;
	if (!app_offline(a))
		telemetry_open();
	return 0;
}

static void
boot_telemetry_undo(struct app *a)
{
	(void)a;
	telemetry_close();
}

static int
boot_signals(struct app *a, struct err *err)
{
	struct sigaction act = { .sa_handler = boot_on_signal };

	(void)err;
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	act.sa_handler = boot_on_hangup;
	if (!app_offline(a)) /* a capture run ends with its terminal */
		sigaction(SIGHUP, &act, NULL);
	act.sa_handler = SIG_IGN; /* a client of http or a pipe that is gone is no reason to end */
	sigaction(SIGPIPE, &act, NULL);
	return 0;
}

static void
boot_signals_undo(struct app *a)
{
	(void)a;
}

static const struct boot_part {
	const char *name;
	int (*start)(struct app *a, struct err *err);
	void (*undo)(struct app *a);
} parts[] = {
	{ "configuration", boot_conf, boot_conf_undo },
	{ "rules", boot_rules, boot_rules_undo },
	{ "notices", boot_notices, boot_notices_undo },
	{ "captures", boot_capture, boot_capture_undo },
	{ "event files", boot_events, boot_events_undo },
	{ "user key", boot_user_key, boot_user_key_undo },
	{ "why", boot_why, boot_why_undo },
	{ "DPDK", boot_eal, boot_eal_undo },
	{ "dataplane", boot_dp, boot_dp_undo },
	{ "http", boot_http, boot_http_undo },
	{ "control socket", boot_control, boot_control_undo },
	{ "telemetry", boot_telemetry, boot_telemetry_undo },
	{ "signals", boot_signals, boot_signals_undo },
};

#define BOOT_PARTS (sizeof(parts) / sizeof(parts[0]))
#define BOOT_POLICY 3 /* so many parts make a policy, and what is checked with it */

static void
boot_undo(struct app *a, size_t made)
{
	while (made-- > 0)
		parts[made].undo(a);
}

static int
boot_parts(struct app *a, size_t count)
{
	struct err err;
	size_t i;

	a->start_us = app_clock_us();
	for (i = 0; i < count; i++) {
		memset(&err, 0, sizeof(err));
		if (parts[i].start(a, &err) == 0)
			continue;
		if (err.text[0] != '\0')
			diagnostics_say(&err);
		log_debug("%s could not be started", parts[i].name);
		/* a part that failed has undone itself, but for the first: a configuration half
		 * read is freed */
		boot_undo(a, i > 0 ? i : 1);
		return APP_FAILED;
	}
	return APP_OK;
}

int
boot_policy(struct app *a)
{
	return boot_parts(a, BOOT_POLICY);
}

void
boot_policy_free(struct app *a)
{
	boot_undo(a, BOOT_POLICY);
}

int
boot_up(struct app *a)
{
	return boot_parts(a, BOOT_PARTS);
}

int
boot_down(struct app *a)
{
	int lost = event_writer_flush(a->writer);

	if (lost != 0)
		log_error("events could not be written: %s", strerror(-lost));
	if (boot_keep_sets(a) != 0)
		lost = -EIO;
	boot_undo(a, BOOT_PARTS);
	return lost == 0 ? APP_OK : APP_FAILED;
}
