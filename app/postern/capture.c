/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A capture run: the workers read the files to their end, this core writes the events and, on a
 * terminal, shows how far it is. The end is the balance: every frame read was let go or dropped.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app.h"

#define CAPTURE_SHOW_US 200000
/* A core makes some fifty events in that time; its ring holds many more. */
#define CAPTURE_NAP_NS 1000000
#define CAPTURE_RECORD_HEAD 16 /* bytes before each frame in a pcap file */

static void
show_progress(const struct app *a, uint64_t took_us)
{
	uint64_t size = a->capture.size[0] + a->capture.size[1], at, left_s;
	struct stats s;

	dp_stats(a->dp, &s);
	at = s.v[STATS_FRAME_BYTES] + s.v[STATS_FRAMES] * CAPTURE_RECORD_HEAD;
	at = at < size ? at : size;
	left_s = at > 0 ? (size - at) * (took_us / 1000) / at / 1000 : 0;
	fprintf(stderr,
		"\r%3llu %%  %llu MB  %llu packets  %llu sessions  %llu accepted  %llu blocked  "
		"%llu s left\033[K",
		(unsigned long long)(size > 0 ? at * 100 / size : 100),
		(unsigned long long)(at / 1000000), (unsigned long long)s.v[STATS_FRAMES],
		(unsigned long long)s.v[STATS_FLOWS], (unsigned long long)s.v[STATS_ACCEPTED],
		(unsigned long long)s.v[STATS_BLOCKED], (unsigned long long)left_s);
}

/* Until the lcores have ended of themselves, or a signal ends them. */
static void
follow(struct app *a, bool show)
{
	struct timespec nap = { .tv_nsec = CAPTURE_NAP_NS };
	uint64_t begin = app_clock_us(), shown = begin, now;
	bool stopped = false;

	while (!dp_done(a->dp)) {
		if (app_signalled() && !stopped) {
			dp_stop(a->dp, DP_DRAIN);
			stopped = true;
		}
		if (events_drain(a) == 0)
			nanosleep(&nap, NULL);
		now = app_clock_us();
		if (show && now - shown > CAPTURE_SHOW_US) {
			show_progress(a, now - begin);
			shown = now;
		}
	}
	while (events_drain(a) > 0)
		;
	if (show)
		fprintf(stderr, "\r\033[K");
}

int
capture_run(struct app *a)
{
	struct err err = { .text = "" };
	uint64_t begin = app_clock_us();
	int r;

	if (dp_start(a->dp, &err) != 0) {
		diagnostics_say(&err);
		return APP_FAILED;
	}
	follow(a, !a->args.json && isatty(STDERR_FILENO));
	r = dp_join(a->dp);
	if (r == 0)
		r = dp_capture_verdict(a->dp, &err);
	events_stats(a, dp_last_us(a->dp));
	if (r != 0)
		diagnostics_say(&err);
	report_capture(a, r == 0, app_clock_us() - begin);
	return r == 0 ? APP_OK : APP_FAILED;
}
