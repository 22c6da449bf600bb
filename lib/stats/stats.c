/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the list says, and sums of it. In: workers' counters; out: totals, differences, the text
 * for Prometheus. The management core calls it; workers only use the inline functions of stats.h.
 */
#include "stats.h"

static const struct stats_info infos[STATS_COUNT] = {
#define STAT(symbol, n, u, h) [STATS_##symbol] = { .name = n, .unit = #u, .help = h },
#define GAUGE(symbol, n, u, h)                                                                     \
	[STATS_##symbol] = { .name = n, .unit = #u, .help = h, .gauge = true },
#define DROP(symbol, n, r, h)                                                                      \
	[STATS_##symbol] = { .name = n, .unit = "packets", .help = h, .reason = r },
#include "stats_list.h"
#undef STAT
#undef DROP
};

const struct stats_info *
stats_info(enum stats_id id)
{
	return id < STATS_COUNT ? &infos[id] : NULL;
}

int
stats_by_name(const char *name)
{
	for (int id = 0; id < STATS_COUNT; id++) {
		if (strcmp(infos[id].name, name) == 0)
			return id;
	}
	return -1;
}

void
stats_sum(struct stats *total, const struct stats *const *each, size_t count)
{
	memset(total, 0, sizeof(*total));
	for (size_t i = 0; i < count; i++) {
		for (unsigned id = 0; id < STATS_COUNT; id++)
			total->v[id] += stats_get(each[i], id);
	}
}

void
stats_delta(struct stats *out, const struct stats *later, const struct stats *earlier)
{
	for (unsigned id = 0; id < STATS_COUNT; id++)
		out->v[id] = later->v[id] - earlier->v[id];
}

/* postern_<name>, dots as underscores; counters end with _total. */
static void
metric_name(const struct stats_info *info, struct str *out)
{
	for (const char *c = info->name; *c != '\0'; c++)
		str_add_char(out, *c == '.' ? '_' : *c);
	if (!info->gauge && !span_ends(span_str(info->name), SPAN_LIT(".total")))
		str_add(out, "_total");
}

static void
one_metric(const struct stats_info *info, uint64_t value, struct str *out)
{
	str_add(out, "# HELP postern_");
	metric_name(info, out);
	str_printf(out, " %s (%s).\n# TYPE postern_", info->help, info->unit);
	metric_name(info, out);
	str_printf(out, " %s\npostern_", info->gauge ? "gauge" : "counter");
	metric_name(info, out);
	str_printf(out, " %llu\n", (unsigned long long)value);
}

void
stats_prometheus(const struct stats *s, struct str *out)
{
	static const size_t prefix = sizeof("drop.") - 1;

	for (unsigned id = 0; id < STATS_COUNT; id++) {
		if (infos[id].reason == NULL)
			one_metric(&infos[id], stats_get(s, id), out);
	}
	str_add(out, "# HELP postern_drops_total Frames dropped, by reason (packets).\n"
		     "# TYPE postern_drops_total counter\n");
	for (unsigned id = 0; id < STATS_COUNT; id++) {
		if (infos[id].reason != NULL)
			str_printf(out, "postern_drops_total{reason=\"%s\"} %llu\n",
				   infos[id].name + prefix,
				   (unsigned long long)stats_get(s, id));
	}
}
