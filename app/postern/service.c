/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A service's loop on the management core: events to the files, statistics at their interval, http
 * and the console. Ends by a signal or the console's quit: sessions are ended, what is held is
 * dropped, everything is reported.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "http.h"
#include "log.h"

#define SERVICE_NAP_NS 2000000
#define SERVICE_FLUSH_US 1000000

struct schedule {
	uint64_t flush_us, stats_us, period_us; /* next times; 0: never */
	uint64_t stats_every_us, period_every_us;
};

static uint64_t
wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void
say_period(struct app *a)
{
	struct stats s;

	dp_stats(a->dp, &s);
	log_note("%llu packets, %llu accepted, %llu blocked, %llu sessions, %llu messages, %llu "
		 "refused",
		 (unsigned long long)s.v[STATS_FRAMES], (unsigned long long)s.v[STATS_ACCEPTED],
		 (unsigned long long)s.v[STATS_BLOCKED],
		 (unsigned long long)s.v[STATS_FLOWS_ACTIVE],
		 (unsigned long long)s.v[STATS_SMTP_MESSAGES],
		 (unsigned long long)s.v[STATS_SMTP_REFUSED]);
}

static bool
due(uint64_t *at_us, uint64_t every_us, uint64_t now_us)
{
	if (every_us == 0 || now_us < *at_us)
		return false;
	*at_us = now_us + every_us;
	return true;
}

/* After a rotation. A file that cannot be opened again is said, and the old one goes on. */
int
service_reopen(struct app *a, struct err *err)
{
	int r = event_writer_reopen(a->writer, err);

	if (r == 0)
		log_note("event files opened again");
	else
		diagnostics_say(err);
	return r;
}

static void
periodic(struct app *a, struct schedule *t)
{
	uint64_t now = app_clock_us();
	char text[300];

	if (due(&t->stats_us, t->stats_every_us, now))
		events_stats(a, wall_us());
	if (due(&t->period_us, t->period_every_us, now))
		say_period(a);
	if (!due(&t->flush_us, SERVICE_FLUSH_US, now))
		return;
	event_writer_flush(a->writer);
	if (dp_checksum_warning(a->dp, text, sizeof(text)) != NULL)
		log_warn("%s", text);
}

static void
drain(struct app *a)
{
	dp_stop(a->dp, DP_DRAIN);
	while (dp_running(a->dp) && !dp_done(a->dp))
		events_drain(a);
	dp_join(a->dp);
	while (events_drain(a) > 0)
		;
}

static bool
open_console(struct app *a)
{
	struct err err = { .text = "" };

	if (a->args.cmdline_file != NULL &&
	    commands_file(a, a->args.cmdline_file, stdout, &err) != 0) {
		diagnostics_say(&err);
		a->console_result = -1;
		if (err.line == 0)
			return false;
	}
	fflush(stdout);
	if (!a->args.interactive || a->quit)
		return true;
	memset(&err, 0, sizeof(err));
	a->console = console_open(a, &err);
	if (a->console == NULL)
		diagnostics_say(&err);
	return a->console != NULL;
}

/* Until somebody ends it. Files fed to net_pcap ports end of themselves. */
static void
serve(struct app *a, struct schedule *t)
{
	struct err err = { .text = "" };
	struct timespec nap = { .tv_nsec = SERVICE_NAP_NS };

	while (!app_signalled() && !a->quit) {
		size_t n = events_drain(a);

		if (app_hung_up())
			service_reopen(a, &err);
		periodic(a, t);
		http_poll(a->http);
		control_poll(a->control);
		telemetry_poll(a);
		if (a->console != NULL)
			console_poll(a->console);
		else if (dp_running(a->dp) && dp_done(a->dp))
			break;
		if (n == 0)
			nanosleep(&nap, NULL);
	}
}

int
service_run(struct app *a)
{
	struct schedule t = { .stats_every_us =
				      a->conf.outputs.stats_interval_s * UINT64_C(1000000),
			      .period_every_us = a->args.stats_period_s * UINT64_C(1000000) };
	struct err err = { .text = "" };
	char shape[200];
	int r;

	t.stats_us = app_clock_us() + t.stats_every_us;
	t.period_us = app_clock_us() + t.period_every_us;
	if (dp_start(a->dp, &err) != 0) {
		diagnostics_say(&err);
		return APP_FAILED;
	}
	log_note("ready: %s", dp_shape(a->dp, shape, sizeof(shape)));
	r = open_console(a) ? APP_OK : APP_FAILED;
	if (r == APP_OK)
		serve(a, &t);
	drain(a);
	events_stats(a, wall_us());
	say_period(a);
	if (dp_capture_verdict(a->dp, &err) != 0) {
		diagnostics_say(&err);
		r = APP_FAILED;
	}
	console_close(a->console);
	a->console = NULL;
	return r == APP_OK && a->console_result != 0 ? APP_FAILED : r;
}
