/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands by the names that suricatasc and the tools around it use, with answers of the same form. */
#include <errno.h>
#include <rte_ethdev.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static int
do_version(struct command_call *c)
{
	fprintf(c->out, "%s", POSTERN_VERSION);
	return 0;
}

static int
do_uptime(struct command_call *c)
{
	long long s = (long long)((app_clock_us() - c->app->start_us) / 1000000);

	fprintf(c->out, "%lld\n", s);
	c->json = json_integer(s);
	return 0;
}

static int
do_running_mode(struct command_call *c)
{
	fprintf(c->out, "workers");
	return 0;
}

static int
do_iface_list(struct command_call *c)
{
	json_t *all = json_array();
	char id[8];
	unsigned i;

	for (i = 0; i < dp_ports(c->app->dp); i++) {
		snprintf(id, sizeof(id), "%u", dp_port_id(c->app->dp, i));
		json_array_append_new(all, json_string(id));
		fprintf(c->out, "%s\n", id);
	}
	c->json = json_pack("{s:i, s:o}", "count", (int)json_array_size(all), "ifaces", all);
	return 0;
}

static int
do_iface_stat(struct command_call *c)
{
	struct rte_eth_stats s;
	uint64_t id;
	unsigned i = 0, ports = dp_ports(c->app->dp);

	if (span_to_u64(span_str(c->arg[0]), UINT16_MAX, &id) != 0)
		i = ports;
	while (i < ports && (dp_port_id(c->app->dp, i) != id || rte_eth_stats_get((uint16_t)id, &s) != 0))
		i++;
	if (i == ports)
		return err_set(&c->err, -ENOENT, "unknown iface '%s'; iface-list names them", c->arg[0]);
	fprintf(c->out, "pkts %llu, drop %llu\n", (unsigned long long)s.ipackets,
		(unsigned long long)s.imissed);
	c->json = json_pack("{s:I, s:I}", "pkts", (json_int_t)s.ipackets, "drop",
			    (json_int_t)s.imissed);
	return 0;
}

static int
do_counters(struct command_call *c)
{
	json_t *all = pages_stats(c->app);
	char *text;

	c->json = json_incref(json_object_get(all, "stats"));
	text = json_dumps(c->json, JSON_INDENT(2));
	fprintf(c->out, "%s\n", text != NULL ? text : "");
	free(text);
	json_decref(all);
	return 0;
}

static int
do_ruleset_stats(struct command_call *c)
{
	fprintf(c->out, "%zu rules loaded\n", (size_t)c->app->built.rules);
	c->json = json_pack("[{s:i, s:I, s:i, s:i}]", "id", 0, "rules_loaded",
			    (json_int_t)c->app->built.rules, "rules_failed", 0, "rules_skipped", 0);
	return 0;
}

static int
do_reopen(struct command_call *c)
{
	int r = service_reopen(c->app, &c->err);

	if (r == 0)
		fprintf(c->out, "event files opened again");
	return r;
}

static int
do_shutdown(struct command_call *c)
{
	c->app->quit = true;
	fprintf(c->out, "Closing Postern");
	return 0;
}

static int
do_command_list(struct command_call *c)
{
	json_t *all = json_array();
	const struct command *cmd;
	size_t i = 0;

	while ((cmd = commands_next(&i)) != NULL) {
		json_array_append_new(all, json_string(cmd->words));
		fprintf(c->out, "%s\n", cmd->words);
	}
	c->json = json_pack("{s:i, s:o}", "count", (int)json_array_size(all), "commands", all);
	return 0;
}

const struct command commands_suricata[] = {
	{ "suricata", "version", "of the program", do_version },
	{ "suricata", "uptime", "seconds", do_uptime },
	{ "suricata", "running-mode", "always workers", do_running_mode },
	{ "suricata", "iface-list", "numbers of the ports", do_iface_list },
	{ "suricata", "iface-stat IFACE", "packets of a port", do_iface_stat },
	{ "suricata", "dump-counters", "all counters", do_counters },
	{ "suricata", "ruleset-stats", "how many rules are loaded", do_ruleset_stats },
	{ "suricata", "reopen-log-files", "after a rotation", do_reopen },
	{ "suricata", "command-list", "all commands", do_command_list },
	{ "suricata", "shutdown", "end the program", do_shutdown },
	{ NULL, NULL, NULL, NULL },
};
