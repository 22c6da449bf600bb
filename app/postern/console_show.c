/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the console shows: ports, lcores, sessions, rules, drops, configuration. Nothing here
 * changes anything but a port's counters. Texts that came from peers are escaped.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

#include "console.h"
#include "rules_build.h"

#define SHOW_SESSIONS 1000
#define SHOW_XSTATS 256
#define LL(n) ((unsigned long long)(n))

static struct console *
begin(void *data)
{
	struct console *c = data;

	c->ran = true;
	return c;
}

static void
fail(struct console *c, const char *text, const char *what)
{
	cmdline_printf(c->cl, "%s%s\n", text, what);
	c->failed = true;
}

/* ---- ports ---- */

static void
port_info(struct console *c, uint16_t id)
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
	cmdline_printf(c->cl, "\n********************* Infos for port %-2u *********************\n",
		       id);
	cmdline_printf(c->cl, "MAC address: %s\nDevice name: %s\nDriver name: %s\n", text, name,
		       info.driver_name);
	cmdline_printf(c->cl, "Link status: %s\nLink speed: %u Mbps\nMTU: %u\n",
		       link.link_status ? "up" : "down", link.link_speed, mtu);
	cmdline_printf(c->cl, "Promiscuous mode: %s\nRX queues: %u\nTX queues: %u\n",
		       rte_eth_promiscuous_get(id) == 1 ? "enabled" : "disabled", info.nb_rx_queues,
		       info.nb_tx_queues);
}

static void
port_stats(struct console *c, uint16_t id)
{
	struct rte_eth_stats s;

	if (rte_eth_stats_get(id, &s) != 0)
		return fail(c, "No statistics of this port", "");
	cmdline_printf(c->cl,
		       "\n  ######################## NIC statistics for port %-2u "
		       "########################\n",
		       id);
	cmdline_printf(c->cl, "  RX-packets: %-10llu RX-missed: %-10llu RX-bytes:  %-10llu\n",
		       LL(s.ipackets), LL(s.imissed), LL(s.ibytes));
	cmdline_printf(c->cl, "  RX-errors: %-10llu RX-nombuf:  %-10llu\n", LL(s.ierrors),
		       LL(s.rx_nombuf));
	cmdline_printf(c->cl, "  TX-packets: %-10llu TX-errors: %-10llu TX-bytes:  %-10llu\n",
		       LL(s.opackets), LL(s.oerrors), LL(s.obytes));
	cmdline_printf(
		c->cl,
		"  ############################################################################\n");
}

static void
port_xstats(struct console *c, uint16_t id)
{
	struct rte_eth_xstat_name names[SHOW_XSTATS];
	struct rte_eth_xstat values[SHOW_XSTATS];
	int i, n = rte_eth_xstats_get_names(id, names, SHOW_XSTATS);

	if (n < 0 || n > SHOW_XSTATS || rte_eth_xstats_get(id, values, (unsigned)n) != n)
		return fail(c, "No extended statistics of this port", "");
	cmdline_printf(c->cl, "###### NIC extended statistics for port %u\n", id);
	for (i = 0; i < n; i++)
		cmdline_printf(c->cl, "%s: %llu\n", names[i].name, LL(values[i].value));
}

static void
port_clear(struct console *c, uint16_t id)
{
	rte_eth_stats_reset(id);
	cmdline_printf(c->cl, "  NIC statistics for port %u cleared\n", id);
}

static void
each_port(struct console *c, const char *which, void (*fn)(struct console *c, uint16_t id))
{
	struct dp *dp = c->app->dp;
	uint64_t n;
	unsigned i;

	if (which[0] == '\0' || strcmp(which, "all") == 0) {
		for (i = 0; i < dp_ports(dp); i++)
			fn(c, dp_port_id(dp, i));
		return;
	}
	if (span_to_u64(span_str(which), 65535, &n) == 0)
		for (i = 0; i < dp_ports(dp); i++)
			if (dp_port_id(dp, i) == n)
				return fn(c, (uint16_t)n);
	fail(c, "Invalid port ", which);
}

static void
show_port(void *words, struct cmdline *cl, void *data)
{
	const struct console_words *w = words;
	struct console *c = begin(data);

	(void)cl;
	each_port(c, w->name,
		  strcmp(w->what, "info") == 0	  ? port_info
		  : strcmp(w->what, "stats") == 0 ? port_stats
						  : port_xstats);
}

static void
clear_stats(void *words, struct cmdline *cl, void *data)
{
	(void)cl;
	each_port(begin(data), ((const struct console_words *)words)->name, port_clear);
}

/* ---- lcores and counters ---- */

static void
show_workers(void *words, struct cmdline *cl, void *data)
{
	struct console *c = begin(data);
	struct dp_lcore_info info;
	unsigned i;

	(void)words;
	cmdline_printf(cl, "%-10s %5s %5s %-8s %14s %10s %6s\n", "task", "lcore", "wire", "state",
		       "frames", "sessions", "busy");
	for (i = 0; i < dp_lcores(c->app->dp); i++) {
		dp_lcore_info(c->app->dp, i, &info);
		cmdline_printf(
			cl, "%-10s %5u %5u %-8s %14llu %10zu %5llu%%\n", dp_role_name(info.role),
			info.lcore, info.wire, info.running ? "running" : "at rest",
			LL(info.frames), info.sessions,
			LL(info.turns > 0 ? (info.turns - info.idle_turns) * 100 / info.turns : 0));
	}
}

void
console_totals(struct console *c)
{
	struct stats s;

	dp_stats(c->app->dp, &s);
	cmdline_printf(c->cl, "\n  +++++++++++++++ Accumulated forward statistics for all "
			      "ports+++++++++++++++\n");
	cmdline_printf(c->cl, "  RX-packets: %-14llu accepted: %-14llu blocked: %-14llu\n",
		       LL(s.v[STATS_FRAMES]), LL(s.v[STATS_ACCEPTED]), LL(s.v[STATS_BLOCKED]));
	cmdline_printf(c->cl, "  sessions:   %-14llu messages: %-14llu refused: %-14llu\n",
		       LL(s.v[STATS_FLOWS]), LL(s.v[STATS_SMTP_MESSAGES]),
		       LL(s.v[STATS_SMTP_REFUSED]));
	cmdline_printf(
		c->cl,
		"  ++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++\n");
}

static void
show_drops(void *words, struct cmdline *cl, void *data)
{
	struct console *c = begin(data);
	const struct stats_info *info;
	struct stats s;
	int i;

	(void)words;
	dp_stats(c->app->dp, &s);
	for (i = 0; i < STATS_COUNT; i++) {
		info = stats_info((enum stats_id)i);
		if (info->reason != NULL && s.v[i] > 0)
			cmdline_printf(cl, "%-24s %14llu  %s\n", info->name, LL(s.v[i]),
				       info->help);
	}
	cmdline_printf(cl, "%-24s %14llu\n", "blocked in all", LL(s.v[STATS_BLOCKED]));
}

/* ---- sessions ---- */

struct listing { /* filled on a worker's thread, printed on ours */
	struct engine_session *each;
	size_t count, left_out;
};

static void
list_sessions(struct engine *e, void *arg)
{
	struct listing *l = arg;
	struct engine_session s;
	size_t pos = 0;

	while (engine_session_next(e, &pos, &s)) {
		if (l->count < SHOW_SESSIONS)
			l->each[l->count++] = s;
		else
			l->left_out++;
	}
}

static void
session_line(const struct engine_session *s, struct str *line)
{
	char client[NET_ADDR_TEXT], server[NET_ADDR_TEXT];

	str_printf(line, "%-16llu %s:%u -> %s:%u %s %s", LL(s->flow_id),
		   net_addr_text(&s->client, client), s->client_port,
		   net_addr_text(&s->server, server), s->server_port, s->state, s->verdict);
	if (s->tls)
		str_add(line, " tls");
	if (s->helo[0] != '\0') {
		str_add(line, " helo=");
		str_add_escaped(line, span_str(s->helo));
	}
	if (s->mail_from[0] != '\0') {
		str_add(line, " from=");
		str_add_escaped(line, span_str(s->mail_from));
	}
	if (s->held > 0)
		str_printf(line, " held=%u", s->held);
}

static void
show_sessions(void *words, struct cmdline *cl, void *data)
{
	const struct console_words *w = words;
	struct console *c = begin(data);
	struct listing l = { .each = calloc(SHOW_SESSIONS, sizeof(*l.each)) };
	char text[1400];
	struct str line;
	unsigned i;
	size_t k;

	for (i = 0; l.each != NULL && i < dp_workers(c->app->dp); i++)
		if (dp_ask(c->app->dp, i, list_sessions, &l) != 0)
			fail(c, "A worker did not answer", "");
	for (k = 0; k < l.count; k++) {
		str_open(&line, text, sizeof(text));
		session_line(&l.each[k], &line);
		if (w->name[0] == '\0' || strstr(text, w->name) != NULL)
			cmdline_printf(cl, "%s\n", text);
	}
	cmdline_printf(cl, "%zu sessions%s\n", l.count + l.left_out,
		       l.left_out > 0 ? ", the first shown" : "");
	free(l.each);
}

/* ---- rules and configuration ---- */

static void
show_rules(void *words, struct cmdline *cl, void *data)
{
	bool only_hits = ((const struct console_words *)words)->what[0] != '\0';
	struct console *c = begin(data);
	const struct rules_set *set = c->app->built.policy->rules;
	const struct rules_rule *r;
	uint64_t hits;
	size_t i;

	for (i = 0; i < rules_count(set); i++) {
		r = rules_at(set, i);
		hits = dp_rule_hits(c->app->dp, r->index);
		if (hits > 0 || !only_hits)
			cmdline_printf(cl, "%12llu  %-10s %-28s %-10u %s:%u  %s\n", LL(hits),
				       rules_action_name(r->action), rules_hook_name(r->hook),
				       r->sid, r->file, r->line, r->msg != NULL ? r->msg : "");
	}
	cmdline_printf(cl, "%zu rules\n", rules_count(set));
}

/* What a library prints to a FILE, to the console. */
static void
print_text(struct cmdline *cl, const char *text)
{
	const char *end;

	for (; text != NULL && *text != '\0'; text = *end != '\0' ? end + 1 : end) {
		end = strchrnul(text, '\n');
		cmdline_printf(cl, "%.*s\n", (int)(end - text), text);
	}
}

static void
show_rule(void *words, struct cmdline *cl, void *data)
{
	const struct console_words *w = words;
	struct console *c = begin(data);
	char *text = NULL, sid[16];
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int r = -1;

	if (f != NULL) {
		r = rules_explain(c->app->built.policy->rules, 0, w->number, f);
		fclose(f);
	}
	snprintf(sid, sizeof(sid), "%u", w->number);
	if (r == 0)
		print_text(cl, text);
	else
		fail(c, "No rule with sid ", sid);
	free(text);
}

static void
show_config(void *words, struct cmdline *cl, void *data)
{
	struct console *c = begin(data);
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	(void)words;
	if (f != NULL) {
		conf_print(&c->app->conf, f);
		fclose(f);
	}
	print_text(cl, text);
	free(text);
}

/* ---- grammar ---- */

#define WORD(name, field, text)                                                                    \
	static cmdline_parse_token_string_t name =                                                 \
		TOKEN_STRING_INITIALIZER(struct console_words, field, text)

WORD(t_show, verb, "show");
WORD(t_clear, verb, "clear");
WORD(t_port, object, "port");
WORD(t_port_fwd, object, "port#fwd");
WORD(t_port_what, what, "info#stats#xstats");
WORD(t_stats, what, "stats");
WORD(t_any, name, NULL);
WORD(t_workers, object, "workers");
WORD(t_sessions, object, "sessions");
WORD(t_drops, object, "drops");
WORD(t_config, object, "config");
WORD(t_rules, object, "rules");
WORD(t_hits, what, "hits");
WORD(t_rule, object, "rule");
static cmdline_parse_token_num_t t_sid =
	TOKEN_NUM_INITIALIZER(struct console_words, number, RTE_UINT32);

#define COMMAND(id, fn, text, ...)                                                                 \
	static cmdline_parse_inst_t id = { .f = fn,                                                \
					   .help_str = text,                                       \
					   .tokens = { __VA_ARGS__, NULL } }
#define T(token) ((void *)&(token))

COMMAND(c_port, show_port, "show port info|stats|xstats ID|all", T(t_show), T(t_port),
	T(t_port_what), T(t_any));
COMMAND(c_clear, clear_stats, "clear port|fwd stats", T(t_clear), T(t_port_fwd), T(t_stats));
COMMAND(c_clear_one, clear_stats, "clear port|fwd stats ID|all", T(t_clear), T(t_port_fwd),
	T(t_stats), T(t_any));
COMMAND(c_workers, show_workers, "show workers", T(t_show), T(t_workers));
COMMAND(c_sessions, show_sessions, "show sessions", T(t_show), T(t_sessions));
COMMAND(c_sessions_of, show_sessions, "show sessions FILTER", T(t_show), T(t_sessions), T(t_any));
COMMAND(c_drops, show_drops, "show drops", T(t_show), T(t_drops));
COMMAND(c_config, show_config, "show config", T(t_show), T(t_config));
COMMAND(c_rules, show_rules, "show rules", T(t_show), T(t_rules));
COMMAND(c_rules_hits, show_rules, "show rules hits", T(t_show), T(t_rules), T(t_hits));
COMMAND(c_rule, show_rule, "show rule SID", T(t_show), T(t_rule), T(t_sid));

cmdline_parse_inst_t *const console_show[] = {
	&c_port,  &c_clear,  &c_clear_one, &c_workers,	  &c_sessions, &c_sessions_of,
	&c_drops, &c_config, &c_rules,	   &c_rules_hits, &c_rule,     NULL,
};
