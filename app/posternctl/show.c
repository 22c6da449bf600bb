/* SPDX-License-Identifier: BSD-3-Clause */
/* Documents of the daemon as tables for people. */
#include <string.h>

#include "ctl.h"
#include "str.h"

/* a{b{c}} as "a.b.c"; counters that are 0 are left out. */
static void
show_nested(const json_t *o, const char *prefix, FILE *out)
{
	const char *key;
	json_t *value;
	char name[160];

	json_object_foreach((json_t *)(uintptr_t)o, key, value)
	{
		snprintf(name, sizeof(name), "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", key);
		if (json_is_object(value))
			show_nested(value, name, out);
		else if (json_integer_value(value) != 0)
			fprintf(out, "%-36s %16lld\n", name, (long long)json_integer_value(value));
	}
}

void
ctl_show_stats(const json_t *o, FILE *out)
{
	const json_t *lcores = json_object_get(o, "lcores"), *l;
	char mode[32], role[32];
	size_t i;

	fprintf(out, "up %lld s, mode %s\n", ctl_number(o, "uptime"),
		ctl_text(o, "mode", mode, sizeof(mode)));
	show_nested(json_object_get(o, "stats"), "", out);
	json_array_foreach(lcores, i, l)
		fprintf(out, "lcore %-3lld %-10s wire %lld  frames %lld  sessions %lld\n",
			ctl_number(l, "lcore"), ctl_text(l, "role", role, sizeof(role)),
			ctl_number(l, "wire"), ctl_number(l, "frames"), ctl_number(l, "sessions"));
}

void
ctl_show_health(const json_t *o, FILE *out)
{
	char status[32];

	fprintf(out, "%s: %lld rules, %lld sessions, %lld events lost\n",
		ctl_text(o, "status", status, sizeof(status)), ctl_number(o, "rules"),
		ctl_number(o, "sessions"), ctl_number(o, "events_lost"));
}

void
ctl_show_sessions(const json_t *o, FILE *out)
{
	const json_t *all = json_object_get(o, "sessions"), *s;
	char client[64], server[64], state[32], verdict[32];
	size_t i;

	fprintf(out, "%-18s %-28s %-28s %-12s %-10s %6s %6s\n", "flow", "client", "server", "state",
		"verdict", "mails", "held");
	json_array_foreach(all, i, s)
	{
		char a[80], b[80];

		snprintf(a, sizeof(a), "%s:%lld", ctl_text(s, "client", client, sizeof(client)),
			 ctl_number(s, "client_port"));
		snprintf(b, sizeof(b), "%s:%lld", ctl_text(s, "server", server, sizeof(server)),
			 ctl_number(s, "server_port"));
		fprintf(out, "%-18lld %-28s %-28s %-12s %-10s %6lld %6lld\n",
			ctl_number(s, "flow_id"), a, b, ctl_text(s, "state", state, sizeof(state)),
			ctl_text(s, "verdict", verdict, sizeof(verdict)),
			ctl_number(s, "transactions"), ctl_number(s, "held"));
	}
	if (ctl_number(o, "left_out") > 0)
		fprintf(out, "and %lld more\n", ctl_number(o, "left_out"));
}

void
ctl_show_rules(const json_t *o, FILE *out)
{
	const json_t *all = json_object_get(o, "rules"), *r;
	char action[32], hook[64], file[256], msg[256];
	size_t i;

	json_array_foreach(all, i, r)
		fprintf(out, "%12lld  %-10s %-28s %-10lld %s:%lld  %s\n", ctl_number(r, "hits"),
			ctl_text(r, "action", action, sizeof(action)),
			ctl_text(r, "hook", hook, sizeof(hook)), ctl_number(r, "sid"),
			ctl_text(r, "file", file, sizeof(file)), ctl_number(r, "line"),
			ctl_text(r, "msg", msg, sizeof(msg)));
}
