/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * threshold, detection_filter and rate. In: their values; out: struct rules_threshold. Called through
 * rules_keywords.c; what the numbers mean at run time is in rules_rate.c.
 */
#include "rules_parse.h"

static const struct {
	const char *name;
	enum rules_rate_track track;
} tracks[] = {
	{ "by_src", RULES_BY_SRC },	    { "by_dst", RULES_BY_DST },
	{ "by_both", RULES_BY_BOTH },	    { "by_flow", RULES_BY_FLOW },
	{ "by_rule", RULES_BY_RULE },	    { "by_net24", RULES_BY_NET24 },
	{ "by_sender", RULES_BY_SENDER },   { "by_sender_domain", RULES_BY_SENDER_DOMAIN },
	{ "by_rcpt", RULES_BY_RCPT },	    { "by_auth_user", RULES_BY_AUTH_USER },
	{ "by_helo", RULES_BY_HELO },
};

static const struct {
	const char *name;
	enum rules_threshold_kind kind;
} kinds[] = {
	{ "limit", RULES_TH_LIMIT },
	{ "threshold", RULES_TH_THRESHOLD },
	{ "both", RULES_TH_BOTH },
	{ "backoff", RULES_TH_BACKOFF },
};

enum part { TYPE = 1, TRACK = 2, COUNT = 4, SECONDS = 8, MULTIPLIER = 16 };
static const char *const part_names[] = { "type", "track", "count", "seconds", "multiplier" };

static bool
not_understood(struct rules_parser *p, struct span token, const char *hint)
{
	rules_error(p, token, "R022", hint, "'%.*s' is not understood", (int)token.len,
		    (const char *)token.ptr);
	return false;
}

static bool
take_kind(struct rules_parser *p, struct span arg)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (rules_is(arg, kinds[i].name)) {
			p->rule->threshold.kind = kinds[i].kind;
			return true;
		}
	return not_understood(p, arg, "type limit, threshold, both or backoff");
}

/* By a text: only events of SMTP have it. */
static bool
take_track(struct rules_parser *p, struct span arg)
{
	for (size_t i = 0; i < sizeof(tracks) / sizeof(tracks[0]); i++) {
		if (!rules_is(arg, tracks[i].name))
			continue;
		p->rule->threshold.track = tracks[i].track;
		if (tracks[i].track < RULES_BY_SENDER || p->header_failed ||
		    p->rule->proto == RULES_PROTO_SMTP)
			return true;
		rules_error(p, arg, "R028", "write smtp in the header", "%s needs the protocol smtp",
			    tracks[i].name);
		return false;
	}
	return not_understood(p, arg,
			      "track by_src, by_net24, by_dst, by_both, by_flow, by_rule, by_sender, "
			      "by_sender_domain, by_rcpt, by_auth_user or by_helo");
}

static bool
take_number(struct rules_parser *p, struct span arg, enum part part)
{
	struct rules_threshold *t = &p->rule->threshold;
	struct span unit, digits = rules_word(arg, &unit);
	uint64_t n;

	if (part == COUNT && rules_is(unit, "bytes")) {
		t->bytes = true;
		arg = digits;
	}
	if (!rules_uint(p, arg, UINT32_MAX, &n))
		return false;
	if (n < (part == MULTIPLIER ? 2 : 1)) {
		rules_error(p, arg, "R023", part == MULTIPLIER ? "write 2 or more" : "write 1 or more",
			    "%s cannot be %u",
			    part == COUNT ? "count" : part == SECONDS ? "seconds" : "multiplier",
			    (unsigned)n);
		return false;
	}
	*(part == COUNT ? &t->count : part == SECONDS ? &t->seconds : &t->multiplier) = (uint32_t)n;
	return true;
}

static bool
take_item(struct rules_parser *p, const struct rules_keyword *k, struct span item, unsigned *seen)
{
	struct span arg, word = rules_word(item, &arg);

	for (unsigned i = 0; i < sizeof(part_names) / sizeof(part_names[0]); i++) {
		enum part part = (enum part)(1u << i);

		if (!rules_is(word, part_names[i]) || (part == TYPE && k->what != 0))
			continue;
		if (*seen & part) {
			rules_error(p, word, "R029", "remove one of the two", "%s stands twice",
				    part_names[i]);
			return false;
		}
		*seen |= part;
		arg = arg.len > 0 ? arg : item;
		return part == TYPE    ? take_kind(p, arg)
		       : part == TRACK ? take_track(p, arg)
				       : take_number(p, arg, part);
	}
	return not_understood(p, item, k->form);
}

/* What must be there, and what may not. */
static bool
complete(struct rules_parser *p, const struct rules_keyword *k, struct span value, unsigned seen)
{
	const struct rules_threshold *t = &p->rule->threshold;
	bool backoff = t->kind == RULES_TH_BACKOFF;
	unsigned wanted = TRACK | COUNT | (k->what == 0 ? TYPE : 0) | (backoff ? MULTIPLIER : SECONDS);

	for (unsigned i = 0; i < sizeof(part_names) / sizeof(part_names[0]); i++) {
		if ((wanted & ~seen & (1u << i)) != 0) {
			rules_error(p, value, "R022", k->form, "%s is missing", part_names[i]);
			return false;
		}
		if ((seen & ~wanted & (1u << i)) != 0) {
			rules_error(p, value, "R022", k->form, "%s has no meaning here",
				    part_names[i]);
			return false;
		}
	}
	if (t->bytes && (k->what != 2 || p->rule->pub.hook != RULES_AT_MESSAGE) && !p->header_failed) {
		rules_error(p, value, "R028", "use rate in a rule of smtp:message",
			    "bytes are counted when a message is whole");
		return false;
	}
	return true;
}

void
rules_opt_threshold(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	unsigned seen = 0;
	struct rules_list list;

	if (p->rule->threshold.kind != RULES_TH_NONE) {
		rules_error(p, p->keyword, "R025", "keep one of the two",
			    "only one of threshold, detection_filter and rate can stand in a rule");
		return;
	}
	if (!rules_list_split(p, value, ',', &list))
		return;
	for (size_t i = 0; i < list.count; i++)
		if (!take_item(p, k, list.item[i], &seen))
			return;
	if (complete(p, k, value, seen) && k->what != 0)
		p->rule->threshold.kind = RULES_TH_FILTER;
}
