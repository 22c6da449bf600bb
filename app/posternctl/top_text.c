/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of top as text: printable ASCII, whatever the daemon was told. */
#include <string.h>

#include "top.h"

static void
add_rate(struct str *out, double rate)
{
	if (rate < 0)
		str_printf(out, " %10s", "-");
	else
		str_printf(out, rate > 0 && rate < 100 ? " %10.1f" : " %10.0f", rate);
}

/* 1023, 1.0k, 999.9M */
static void
add_size(struct str *out, double bytes)
{
	static const char units[] = " kMGT";
	size_t i = 0;

	while (bytes >= 1024 && units[i + 1] != '\0') {
		bytes /= 1024;
		i++;
	}
	if (bytes < 0)
		str_printf(out, " %7s", "-");
	else
		str_printf(out, i == 0 ? " %6.0f%c" : " %6.1f%c", bytes, units[i]);
}

/* 59s, 59m, 23h, 99d */
static void
add_time(struct str *out, long long s)
{
	static const struct {
		long long from, unit;
		char name;
	} units[] = { { 172800, 86400, 'd' }, { 7200, 3600, 'h' }, { 120, 60, 'm' }, { 0, 1, 's' } };
	size_t i = 0;

	while (s < units[i].from)
		i++;
	str_printf(out, "%4lld%c ", s / units[i].unit, units[i].name);
}

static void
session_text(const struct top_row *r, struct str *out)
{
	char a[512], b[512], at[80];
	const json_t *o = r->of;

	add_time(out, ctl_number(o, "age"));
	add_time(out, ctl_number(o, "idle"));
	str_printf(out, "%-10s %-7s %4lld", ctl_text(o, "state", a, sizeof(a)),
		   ctl_text(o, "verdict", b, sizeof(b)), ctl_number(o, "code"));
	add_size(out, (double)r->value);
	add_size(out, r->rate);
	snprintf(at, sizeof(at), "%s:%lld", ctl_text(o, "client", a, 64), ctl_number(o, "client_port"));
	str_printf(out, " %-21s ", at);
	if (json_is_true(json_object_get(o, "tls")))
		str_add(out, "[tls] ");
	if (ctl_number(o, "rule") > 0)
		str_printf(out, "[rule %lld] ", ctl_number(o, "rule"));
	str_printf(out, "%s > %s", ctl_text(o, "mail_from", a, sizeof(a)), ctl_text(o, "rcpt_to", b, sizeof(b)));
	str_printf(out, " | %s | %s", ctl_text(o, "last_command", a, sizeof(a)),
		   ctl_text(o, "last_reply", b, sizeof(b)));
}

static void
rule_text(const struct top_row *r, struct str *out)
{
	char a[64], b[64], msg[512];

	str_printf(out, "%12lld", (long long)r->value);
	add_rate(out, r->rate);
	str_printf(out, " %10lld %-10s %-24s %s", ctl_number(r->of, "sid"),
		   ctl_text(r->of, "action", a, sizeof(a)), ctl_text(r->of, "hook", b, sizeof(b)),
		   ctl_text(r->of, "msg", msg, sizeof(msg)));
}

static void
worker_text(const struct top_row *r, struct str *out)
{
	char role[32];

	str_printf(out, "%5lld %-10s %4lld %-8s %11lld", ctl_number(r->of, "lcore"),
		   ctl_text(r->of, "role", role, sizeof(role)), ctl_number(r->of, "wire"),
		   json_is_true(json_object_get(r->of, "running")) ? "running" : "at rest",
		   (long long)r->value);
	add_rate(out, r->rate);
	if (r->busy < 0)
		str_add(out, "     -");
	else
		str_printf(out, " %4.0f%%", r->busy);
	str_printf(out, " %8lld", ctl_number(r->of, "sessions"));
}

void
top_row_text(enum top_tab tab, const struct top_row *r, struct str *out)
{
	if (tab == TOP_SESSIONS) {
		session_text(r, out);
	} else if (tab == TOP_RULES) {
		rule_text(r, out);
	} else if (tab == TOP_WORKERS) {
		worker_text(r, out);
	} else if (tab == TOP_DROPS) {
		str_printf(out, "%12lld", (long long)r->value);
		add_rate(out, r->rate);
		str_printf(out, " %s", r->key);
	} else {
		str_printf(out, "%-28s %13lld     ", r->key, (long long)r->value);
		add_rate(out, r->rate);
	}
}
