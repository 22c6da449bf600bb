/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the configuration and the command line to the settings of the floors below. The command line
 * wins over the file; a capture run has settings of its own: it writes everything, and its time is
 * the capture's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "notices.h"

#define SETTINGS_NO_HUGE_MB 256 /* rings, queues, what DPDK takes for itself */
#define SETTINGS_MBUF_KB 5	/* a frame buffer without hugepages: it may not cross a page */

bool
app_offline(const struct app *a)
{
	return a->args.pcap != NULL || a->args.pcap_client != NULL;
}

static int
set_text(char **field, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static void
list_clear(struct conf_list *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		free(l->text[i]);
	free(l->text);
	free(l->line);
	memset(l, 0, sizeof(*l));
}

static int
list_add(struct conf_list *l, const char *text)
{
	char **texts = realloc(l->text, (l->count + 1) * sizeof(*texts));
	unsigned *lines;

	if (texts == NULL)
		return -ENOMEM;
	l->text = texts;
	lines = realloc(l->line, (l->count + 1) * sizeof(*lines));
	if (lines == NULL)
		return -ENOMEM;
	l->line = lines;
	l->text[l->count] = strdup(text);
	l->line[l->count] = 0;
	if (l->text[l->count] == NULL)
		return -ENOMEM;
	l->count++;
	return 0;
}

static bool
list_has(const struct conf_list *l, const char *text)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (strcmp(l->text[i], text) == 0)
			return true;
	return false;
}

/* --rules stand in place of the configured ones, relative to where the command was given. */
static int
override_rules(struct app *a)
{
	size_t i;
	int r = 0;

	if (a->args.rules_count == 0)
		return 0;
	list_clear(&a->conf.rule_files);
	for (i = 0; i < a->args.rules_count && r == 0; i++)
		r = list_add(&a->conf.rule_files, a->args.rules[i]);
	if (r == 0)
		r = set_text(&a->conf.rule_dir, a->conf.file != NULL ? "." : "");
	return r;
}

static int
override_capture(struct app *a)
{
	struct conf *c = &a->conf;
	int r = 0;

	c->tcp.checksum = a->args.checksum;
	c->outputs.eve = c->outputs.smtp_log = true;
	list_clear(&c->outputs.eve_types);
	if (!list_has(&c->mime.digests, "sha256"))
		r = list_add(&c->mime.digests, "sha256");
	if (r == 0 && a->args.log_dir == NULL)
		r = set_text(&c->outputs.log_dir, ".");
	return r;
}

int
settings_override(struct app *a, struct err *err)
{
	int r = override_rules(a);

	if (r == 0 && a->args.log_dir != NULL)
		r = set_text(&a->conf.outputs.log_dir, a->args.log_dir);
	if (r == 0 && app_offline(a))
		r = override_capture(a);
	if (a->args.mode != NULL)
		a->conf.mode = strcmp(a->args.mode, "monitor") == 0 ? CONF_MONITOR : CONF_ENFORCE;
	return r == 0 ? 0 : err_set(err, r, "no memory for settings");
}

/* Address space for the frame buffers; what is not touched costs nothing. */
static unsigned
no_huge_mb(const struct conf *c, unsigned workers)
{
	uint64_t held = (c->limits.hold_bytes / 1024 + 16384) * workers;
	uint64_t mbufs = c->cores.mbufs > 0 ? c->cores.mbufs : held;
	uint64_t mb = SETTINGS_NO_HUGE_MB + mbufs * SETTINGS_MBUF_KB / 1024;

	return (unsigned)(mb < 1u << 20 ? mb : 1u << 20);
}

void
settings_eal(const struct app *a, struct dp_eal *eal)
{
	const struct conf *c = &a->conf;
	size_t ports = c->ports.count > 0 ? c->ports.count : c->eal.vdev.count + c->eal.allow.count;
	unsigned pairs = !app_offline(a) && ports > 2 ? (unsigned)(ports / 2) : 1;

	*eal = (struct dp_eal){
		.program = a->args.program,
		.args = a->args.eal,
		.arg_count = a->args.eal_count,
		.lcores = c->eal.lcores,
		.vdev = (const char *const *)c->eal.vdev.text,
		.vdevs = c->eal.vdev.count,
		.allow = (const char *const *)c->eal.allow.text,
		.allows = c->eal.allow.count,
		.extra = (const char *const *)c->eal.extra.text,
		.extras = c->eal.extra.count,
		.no_huge = c->eal.no_huge,
		.no_pci = c->eal.no_pci,
		.in_memory = c->eal.in_memory,
		.memory_mb = c->eal.memory_mb,
		.file_prefix = c->eal.file_prefix,
		.capture = app_offline(a) ? &a->capture : NULL,
	};
	/* management, workers, a spreader each wire and a sender where there are several workers */
	eal->lcore_count = 1 + pairs * (c->cores.rx + (c->cores.rx > 1 ? 1 : 0)) +
			   (c->cores.tx > 0   ? c->cores.tx
			    : c->cores.rx > 1 ? 1
					      : 0);
	if (!app_offline(a) && c->eal.no_huge && c->eal.memory_mb == 0)
		eal->memory_mb = no_huge_mb(c, pairs * c->cores.rx);
}

static unsigned
event_types(const struct conf_list *names, bool rows)
{
	unsigned bits = rows && names->count > 0 ? 1u << EVENT_SMTP : 0;
	int type;

	for (type = 0; type < EVENT_TYPES; type++)
		if (list_has(names, event_type_name((enum event_type)type)))
			bits |= 1u << type;
	return bits;
}

void
settings_dp(const struct app *a, struct dp_settings *set)
{
	static const enum dp_idle idle[] = {
		[CONF_IDLE_AUTO] = DP_IDLE_AUTO,
		[CONF_IDLE_POLL] = DP_IDLE_POLL,
		[CONF_IDLE_YIELD] = DP_IDLE_YIELD,
		[CONF_IDLE_SLEEP] = DP_IDLE_SLEEP,
	};
	static const enum dp_tx tx[] = {
		[CONF_TX_AUTO] = DP_TX_AUTO,
		[CONF_TX_INLINE] = DP_TX_INLINE,
		[CONF_TX_CORES] = DP_TX_CORES,
	};
	const struct conf *c = &a->conf;
	bool offline = app_offline(a);

	*set = (struct dp_settings){
		.engine = {
			.policy = a->built.policy,
			.key = offline ? hash_key_fixed() : hash_key_random(),
			.user_key = userkey_wanted(a) ? &a->user_key : NULL,
			.capture = offline,
			.checksums = c->tcp.checksum,
			.watch = why_watch(a->why),
			.event_types = event_types(&c->outputs.eve_types,
						   /* both are made of the record of a mail */
						   c->outputs.smtp_log ||
						   list_has(&c->outputs.eve_types, "notice")),
		},
		.event_slots = c->limits.events,
		.ports = offline ? NULL : (const char *const *)c->ports.text,
		.port_count = offline ? 0 : c->ports.count,
		.rx = c->cores.rx, .tx = c->cores.tx,
		.tx_mode = tx[c->cores.tx_mode], .idle = idle[c->cores.idle],
		.burst = c->cores.burst, .ring_size = c->cores.ring_size,
		.rxd = c->cores.rxd, .txd = c->cores.txd, .mbufs = c->cores.mbufs,
		.mtu = c->cores.mtu, .hold_bytes = c->limits.hold_bytes,
		.capture = offline ? &a->capture : NULL,
		.pcap_out = a->args.pcap_out,
	};
}

void
settings_writer(const struct app *a, struct event_writer_settings *set)
{
	const struct conf *c = &a->conf;
	bool offline = app_offline(a);

	*set = (struct event_writer_settings){
		.dir = c->outputs.log_dir,
		.node = c->outputs.node != NULL && c->outputs.node[0] != '\0' ? c->outputs.node
									      : NULL,
		.eve = c->outputs.eve,
		.smtp_log = c->outputs.smtp_log,
		.strict = c->outputs.eve_strict,
		.pcap_cnt = offline,
		.utc = offline,
		.append = !offline,
		.path = { .follow = (enum event_path_follow)c->outputs.mail_path,
			  .local = notices_local(a->notices) },
		.types = event_types(&c->outputs.eve_types, false),
	};
}
