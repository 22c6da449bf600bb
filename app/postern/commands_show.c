/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands that show: ports, lcores, sessions, rules, drops, configuration. Nothing here changes
 * anything but a port's counters. Texts that came from peers are escaped where they were copied.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

#include "commands.h"
#include "filter.h"
#include "sessions.h"

#define SHOW_XSTATS 256
#define LL(n) ((unsigned long long)(n))

static int
fail(struct command_call *c, const char *text, const char *what)
{
	return err_set(&c->err, -ENOENT, "%s%s", text, what);
}

/* ---- ports ---- */

static int
port_info(struct command_call *c, uint16_t id)
{
	struct rte_ether_addr mac;
	struct rte_eth_dev_info info;
	struct rte_eth_link link = { 0 };
	char name[RTE_ETH_NAME_MAX_LEN] = "", text[RTE_ETHER_ADDR_FMT_SIZE] = "";
	uint16_t mtu = 0;

	if (rte_eth_dev_info_get(id, &info) != 0)
		return fail(c, "No information on this port", "");
	rte_eth_dev_get_name_by_port(id, name);
	if (rte_eth_macaddr_get(id, &mac) == 0)
		rte_ether_format_addr(text, sizeof(text), &mac);
	rte_eth_link_get_nowait(id, &link);
	rte_eth_dev_get_mtu(id, &mtu);
	fprintf(c->out, "\n********************* Infos for port %-2u *********************\n",
		       id);
	fprintf(c->out, "MAC address: %s\nDevice name: %s\nDriver name: %s\n", text, name,
		       info.driver_name);
	fprintf(c->out, "Link status: %s\nLink speed: %u Mbps\nMTU: %u\n",
		       link.link_status ? "up" : "down", link.link_speed, mtu);
	fprintf(c->out, "Promiscuous mode: %s\nRX queues: %u\nTX queues: %u\n",
		       rte_eth_promiscuous_get(id) == 1 ? "enabled" : "disabled", info.nb_rx_queues,
		       info.nb_tx_queues);
	return 0;
}

static int
port_stats(struct command_call *c, uint16_t id)
{
	struct rte_eth_stats s;

	if (rte_eth_stats_get(id, &s) != 0)
		return fail(c, "No statistics of this port", "");
	fprintf(c->out, "\n  ######################## NIC statistics for port %-2u "
		       "########################\n",
		       id);
	fprintf(c->out, "  RX-packets: %-10llu RX-missed: %-10llu RX-bytes:  %-10llu\n",
		       LL(s.ipackets), LL(s.imissed), LL(s.ibytes));
	fprintf(c->out, "  RX-errors: %-10llu RX-nombuf:  %-10llu\n", LL(s.ierrors),
		       LL(s.rx_nombuf));
	fprintf(c->out, "  TX-packets: %-10llu TX-errors: %-10llu TX-bytes:  %-10llu\n",
		       LL(s.opackets), LL(s.oerrors), LL(s.obytes));
	fprintf(c->out, "  ############################################################################\n");
	return 0;
}

static int
port_xstats(struct command_call *c, uint16_t id)
{
	struct rte_eth_xstat_name names[SHOW_XSTATS];
	struct rte_eth_xstat values[SHOW_XSTATS];
	int i, n = rte_eth_xstats_get_names(id, names, SHOW_XSTATS);

	if (n < 0 || n > SHOW_XSTATS || rte_eth_xstats_get(id, values, (unsigned)n) != n)
		return fail(c, "No extended statistics of this port", "");
	fprintf(c->out, "###### NIC extended statistics for port %u\n", id);
	for (i = 0; i < n; i++)
		fprintf(c->out, "%s: %llu\n", names[i].name, LL(values[i].value));
	return 0;
}

static int
port_clear(struct command_call *c, uint16_t id)
{
	rte_eth_stats_reset(id);
	fprintf(c->out, "  NIC statistics for port %u cleared\n", id);
	return 0;
}

static int
each_port(struct command_call *c, const char *which, int (*fn)(struct command_call *c, uint16_t id))
{
	struct dp *dp = c->app->dp;
	uint64_t n;
	unsigned i;
	int r = 0;

	if (which == NULL || strcmp(which, "all") == 0) {
		for (i = 0; i < dp_ports(dp) && r == 0; i++)
			r = fn(c, dp_port_id(dp, i));
		return r;
	}
	if (span_to_u64(span_str(which), 65535, &n) == 0)
		for (i = 0; i < dp_ports(dp); i++)
			if (dp_port_id(dp, i) == n)
				return fn(c, (uint16_t)n);
	return fail(c, "Invalid port ", which);
}

static int
show_port(struct command_call *c)
{
	return each_port(c, c->arg[1],
			 strcmp(c->arg[0], "info") == 0	   ? port_info
			 : strcmp(c->arg[0], "stats") == 0 ? port_stats
							   : port_xstats);
}

static int
clear_stats(struct command_call *c)
{
	return each_port(c, c->arg[1], port_clear);
}

/* ---- lcores and counters ---- */

static int
show_workers(struct command_call *c)
{
	struct dp_lcore_info info;
	unsigned i;

	fprintf(c->out, "%-10s %5s %5s %-8s %14s %10s %6s\n", "task", "lcore", "wire", "state",
		       "frames", "sessions", "busy");
	for (i = 0; i < dp_lcores(c->app->dp); i++) {
		dp_lcore_info(c->app->dp, i, &info);
		fprintf(c->out, "%-10s %5u %5u %-8s %14llu %10zu %5llu%%\n", dp_role_name(info.role),
			info.lcore, info.wire, info.running ? "running" : "at rest",
			LL(info.frames), info.sessions,
			LL(info.turns > 0 ? (info.turns - info.idle_turns) * 100 / info.turns : 0));
	}
	c->json = c->wants_json ? pages_lcores(c->app) : NULL;
	return 0;
}

/* What stop prints, as testpmd does. */
void
commands_totals(struct app *a, FILE *out)
{
	struct stats s;

	dp_stats(a->dp, &s);
	fprintf(out, "\n  +++++++++++++++ Accumulated forward statistics for all "
			      "ports+++++++++++++++\n");
	fprintf(out, "  RX-packets: %-14llu accepted: %-14llu blocked: %-14llu\n",
		       LL(s.v[STATS_FRAMES]), LL(s.v[STATS_ACCEPTED]), LL(s.v[STATS_BLOCKED]));
	fprintf(out, "  sessions:   %-14llu messages: %-14llu refused: %-14llu\n",
		       LL(s.v[STATS_FLOWS]), LL(s.v[STATS_SMTP_MESSAGES]),
		       LL(s.v[STATS_SMTP_REFUSED]));
	fprintf(out, "  ++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++\n");
}

static int
show_drops(struct command_call *c)
{
	const struct stats_info *info;
	struct stats s;
	int i;

	dp_stats(c->app->dp, &s);
	for (i = 0; i < STATS_COUNT; i++) {
		info = stats_info((enum stats_id)i);
		if (info->reason != NULL && s.v[i] > 0)
			fprintf(c->out, "%-24s %14llu  %s\n", info->name, LL(s.v[i]),
				       info->help);
	}
	fprintf(c->out, "%-24s %14llu\n", "blocked in all", LL(s.v[STATS_BLOCKED]));
	if (!c->wants_json)
		return 0;
	c->json = json_object();
	for (i = 0; i < STATS_COUNT; i++)
		if (stats_info((enum stats_id)i)->reason != NULL)
			json_object_set_new(c->json, stats_info((enum stats_id)i)->name,
					    json_integer((json_int_t)s.v[i]));
	return 0;
}

/* ---- sessions ---- */

static int
show_sessions(struct command_call *c)
{
	char line[FILTER_LINE];
	struct sessions all;
	size_t i;
	int r = sessions_gather(c->app, c->arg[0], &all, &c->err);

	if (r != 0)
		return r;
	if (c->wants_json)
		c->json = sessions_json(&all);
	for (i = 0; i < all.count && !c->wants_json; i++) {
		filter_line(&all.each[i], all.now_us, line);
		fprintf(c->out, "%s\n", line);
	}
	fprintf(c->out, "%zu of %zu sessions", all.matched, all.total);
	if (all.matched > all.count)
		fprintf(c->out, ", the first %zu shown; limit:N for more", all.count);
	fprintf(c->out, "%s\n", all.whole ? "" : ", not all looked at: too many for one answer");
	sessions_free(&all);
	return 0;
}

static int
show_session(struct command_call *c)
{
	const char *key;
	json_t *value;
	uint64_t id;
	int r = sessions_one(c->app, c->arg[0], &id, &c->json, &c->err);

	if (r != 0)
		return r;
	json_object_foreach(c->json, key, value)
		if (json_is_string(value))
			fprintf(c->out, "%-18s %s\n", key, json_string_value(value));
		else if (json_is_boolean(value))
			fprintf(c->out, "%-18s %s\n", key, json_is_true(value) ? "yes" : "no");
		else
			fprintf(c->out, "%-18s %lld\n", key, (long long)json_integer_value(value));
	return 0;
}

/* ---- configuration and counters ---- */

static int
show_config(struct command_call *c)
{
	conf_print(&c->app->conf, c->out);
	return 0;
}

static int
show_stats(struct command_call *c)
{
	struct stats s;
	int i;

	dp_stats(c->app->dp, &s);
	for (i = 0; i < STATS_COUNT; i++)
		if (s.v[i] != 0)
			fprintf(c->out, "%-36s %16llu\n", stats_info((enum stats_id)i)->name, LL(s.v[i]));
	c->json = c->wants_json ? pages_stats(c->app) : NULL;
	return 0;
}

static int
show_health(struct command_call *c)
{
	json_t *o = pages_health(c->app);

	fprintf(c->out, "%s: %lld rules, %lld sessions, %lld events lost\n",
		json_string_value(json_object_get(o, "status")),
		(long long)json_integer_value(json_object_get(o, "rules")),
		(long long)json_integer_value(json_object_get(o, "sessions")),
		(long long)json_integer_value(json_object_get(o, "events_lost")));
	c->json = o;
	return 0;
}

const struct command commands_show[] = {
	{ "display", "show port info|stats|xstats ID|all", "a port", show_port },
	{ "display", "clear port|fwd stats [ID|all]", "set a port's counters to zero", clear_stats },
	{ "display", "show workers", "lcores, their tasks and load", show_workers },
	{ "display", "show sessions [FILTER...]",
	  "sessions; from: to: helo: src: dst: port: state: code: tls: rule: age> sort: limit:",
	  show_sessions },
	{ "display", "show session FLOW_ID", "all of one session", show_session },
	{ "display", "show drops", "dropped packets by reason", show_drops },
	{ "display", "show stats", "counters that are not 0", show_stats },
	{ "display", "show health", "is it forwarding?", show_health },
	{ "display", "show config", "the effective configuration", show_config },
	{ NULL, NULL, NULL, NULL },
};
