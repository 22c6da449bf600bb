/* SPDX-License-Identifier: BSD-3-Clause */
/* Documents of the daemon as tables for people. Missing fields show as nothing; control bytes never
 * come through. */
#include <string.h>

#include "ctl.h"
#include "str.h"

static const char *
text_of(const json_t *o, const char *key, char *buf, size_t size)
{
	const char *s = json_string_value(json_object_get(o, key));
	struct str out;

	str_open(&out, buf, size);
	str_add_escaped(&out, span_str(s));
	return buf;
}

static long long
number_of(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

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

	fprintf(out, "up %lld s, mode %s\n", number_of(o, "uptime"),
		text_of(o, "mode", mode, sizeof(mode)));
	show_nested(json_object_get(o, "stats"), "", out);
	json_array_foreach(lcores, i, l)
		fprintf(out, "lcore %-3lld %-10s wire %lld  frames %lld  sessions %lld\n",
			number_of(l, "lcore"), text_of(l, "role", role, sizeof(role)),
			number_of(l, "wire"), number_of(l, "frames"), number_of(l, "sessions"));
}

void
ctl_show_health(const json_t *o, FILE *out)
{
	char status[32];

	fprintf(out, "%s: %lld rules, %lld sessions, %lld events lost\n",
		text_of(o, "status", status, sizeof(status)), number_of(o, "rules"),
		number_of(o, "sessions"), number_of(o, "events_lost"));
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

		snprintf(a, sizeof(a), "%s:%lld", text_of(s, "client", client, sizeof(client)),
			 number_of(s, "client_port"));
		snprintf(b, sizeof(b), "%s:%lld", text_of(s, "server", server, sizeof(server)),
			 number_of(s, "server_port"));
		fprintf(out, "%-18lld %-28s %-28s %-12s %-10s %6lld %6lld\n",
			number_of(s, "flow_id"), a, b, text_of(s, "state", state, sizeof(state)),
			text_of(s, "verdict", verdict, sizeof(verdict)),
			number_of(s, "transactions"), number_of(s, "held"));
	}
	if (number_of(o, "left_out") > 0)
		fprintf(out, "and %lld more\n", number_of(o, "left_out"));
}

void
ctl_show_rules(const json_t *o, FILE *out)
{
	const json_t *all = json_object_get(o, "rules"), *r;
	char action[32], hook[64], file[256], msg[256];
	size_t i;

	json_array_foreach(all, i, r)
		fprintf(out, "%12lld  %-10s %-28s %-10lld %s:%lld  %s\n", number_of(r, "hits"),
			text_of(r, "action", action, sizeof(action)),
			text_of(r, "hook", hook, sizeof(hook)), number_of(r, "sid"),
			text_of(r, "file", file, sizeof(file)), number_of(r, "line"),
			text_of(r, "msg", msg, sizeof(msg)));
}
