/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules that can never match. In: a set with its lists; out: warnings. Called by the build, and by
 * what explains rules.
 *
 * A rule of a hook is shadowed when one before it decides whatever it could: the header of that one
 * is as wide or wider, and all that it asks is asked by the later one, too. Only what is written in
 * the same way counts as the same, so that what is told is certain and some shadows are not told.
 */
#include "rules_never.h"
#include "rules_parse.h"
#include "rules_why_text.h"

#define TEXT_MAX 1024

/* ---- headers ---- */

static bool
addrs_cover(const struct rules_addrs *a, const struct rules_addrs *b)
{
	if (a->any)
		return true;
	for (uint32_t i = 0; i < b->count && !b->any; i++) {
		bool in = false;

		for (uint32_t k = 0; k < a->count && !in; k++)
			in = memcmp(a->range[k].low, b->range[i].low, 16) <= 0 &&
			     memcmp(a->range[k].high, b->range[i].high, 16) >= 0;
		if (!in)
			return false;
	}
	return !b->any;
}

static bool
ports_cover(const struct rules_ports *a, const struct rules_ports *b)
{
	if (a->any)
		return true;
	for (uint32_t i = 0; i < b->count && !b->any; i++) {
		bool in = false;

		for (uint32_t k = 0; k < a->count && !in; k++)
			in = a->range[k].low <= b->range[i].low &&
			     a->range[k].high >= b->range[i].high;
		if (!in)
			return false;
	}
	return !b->any;
}

static bool
header_covers(const struct rule *a, const struct rule *b)
{
	bool packets = rules_hook_family(a->pub.hook) == RULES_PACKET;

	if (packets && a->proto != b->proto && a->proto != RULES_PROTO_ETHER &&
	    (a->proto != RULES_PROTO_IP || b->proto == RULES_PROTO_ARP ||
	     b->proto == RULES_PROTO_ETHER))
		return false;
	return addrs_cover(&a->src, &b->src) && addrs_cover(&a->dst, &b->dst) &&
	       ports_cover(&a->sport, &b->sport) && ports_cover(&a->dport, &b->dport) &&
	       (a->bidirectional || !b->bidirectional ||
		(a->src.any && a->dst.any && a->sport.any && a->dport.any));
}

/* ---- what is asked ---- */

static bool
same_part(const struct rule *a, enum rules_part part, unsigned ai, unsigned ac,
	  const struct rule *b, unsigned bi, unsigned bc)
{
	char buf[2][TEXT_MAX];
	struct str s[2];

	str_open(&s[0], buf[0], sizeof(buf[0]));
	str_open(&s[1], buf[1], sizeof(buf[1]));
	rules_part_text(a, part, ai, ac, &s[0]);
	rules_part_text(b, part, bi, bc, &s[1]);
	return !s[0].cut && s[0].len > 0 && span_eq(str_span(&s[0]), str_span(&s[1]));
}

/* Each test of a is one of b's, too. */
static bool
parts_within(const struct rule *a, enum rules_part part, unsigned a_count, const struct rule *b,
	     unsigned b_count)
{
	for (unsigned i = 0; i < a_count; i++) {
		bool found = part == RULES_PART_BIT && a->bit[i].op != RULES_BIT_ISSET &&
			     a->bit[i].op != RULES_BIT_ISNOTSET;

		for (unsigned k = 0; k < b_count && !found; k++)
			found = same_part(a, part, i, 0, b, k, 0);
		if (!found)
			return false;
	}
	return true;
}

static bool
steps_equal(const struct rules_group *a, const struct rules_group *b)
{
	for (unsigned i = 0; i < a->transform_count; i++) {
		const struct rules_step *x = &a->transforms[i], *y = &b->transforms[i];

		if (x->kind != y->kind || x->base64.bytes != y->base64.bytes ||
		    x->base64.offset != y->base64.offset || !span_eq(x->key, y->key))
			return false;
	}
	return true;
}

/* The conditions of a are the first ones of b. */
static bool
group_covers(const struct rule *a, const struct rule *b, unsigned g)
{
	const struct rules_group *ga = &a->group[g], *gb = &b->group[g];

	if (ga->field != gb->field || ga->quantifier != gb->quantifier ||
	    ga->transform_count != gb->transform_count || ga->cond_count > gb->cond_count ||
	    !steps_equal(ga, gb))
		return false;
	for (unsigned i = 0; i < ga->cond_count; i++)
		if (!same_part(a, RULES_PART_COND, g, i, b, g, i))
			return false;
	return true;
}

static bool
groups_cover(const struct rule *a, const struct rule *b)
{
	if (a->group_count == 0)
		return true;
	/* With fewer buffers it would fire at other events. */
	if (a->group_count != b->group_count)
		return false;
	for (unsigned g = 0; g < a->group_count; g++)
		if (!group_covers(a, b, g))
			return false;
	return true;
}

bool
rules_covers(const struct rule *a, const struct rule *b)
{
	bool same_flags = a->has_flags == b->has_flags && a->flags_mask == b->flags_mask &&
			  a->flags_value == b->flags_value && a->flags_op == b->flags_op;

	return header_covers(a, b) && (a->flow & ~b->flow) == 0 && (!a->has_flags || same_flags) &&
	       (!a->same_ip || b->same_ip) &&
	       parts_within(a, RULES_PART_PACKET, a->packet_count, b, b->packet_count) &&
	       parts_within(a, RULES_PART_BIT, a->bit_count, b, b->bit_count) &&
	       parts_within(a, RULES_PART_INT, a->int_count, b, b->int_count) && groups_cover(a, b);
}

const struct rule *
rules_shadow(const struct rules_set *set, const struct set_rule *sr)
{
	const struct set_list *list = &set->list[sr->list];

	if (sr->rule->pub.hook == RULES_HOOK_DETECT || sr->rule->pub.before)
		return NULL;
	for (uint32_t i = 0; i < sr->pos; i++) {
		const struct rule *a = set->rule[list->entry[i] & ~RULES_ENTRY_BEFORE].rule;

		/* A count may hold it back. Of a rule of a later hook only the header is asked. */
		if (!a->pub.enforce || a->threshold.kind == RULES_TH_THRESHOLD ||
		    a->threshold.kind == RULES_TH_BOTH || a->threshold.kind == RULES_TH_FILTER)
			continue;
		if (list->entry[i] & RULES_ENTRY_BEFORE
			    ? header_covers(a, sr->rule) && (a->flow & ~sr->rule->flow) == 0 &&
				      !a->has_flags && !a->same_ip && a->packet_count == 0
			    : rules_covers(a, sr->rule))
			return a;
	}
	return NULL;
}

/* ---- a rule against itself ---- */

static bool
fits(const struct rules_content *a, const struct rules_content *b, bool at_end)
{
	size_t len = a->bytes.len < b->bytes.len ? a->bytes.len : b->bytes.len;
	struct span x = at_end ? span_skip(a->bytes, a->bytes.len - len) : span_take(a->bytes, len);
	struct span y = at_end ? span_skip(b->bytes, b->bytes.len - len) : span_take(b->bytes, len);

	return a->nocase || b->nocase ? span_eq_nocase(x, y) : span_eq(x, y);
}

/* The most bytes that a value may have by its bsize. */
static int64_t
longest(const struct rules_group *g)
{
	int64_t most = INT64_MAX;

	for (unsigned i = 0; i < rules_plain_conds(g); i++) {
		const struct rules_cond *c = &g->cond[i];
		int64_t high = -1;

		if (c->kind != RULES_COND_BSIZE || c->num.invert || c->negated)
			continue;
		for (uint32_t k = 0; k < c->num.count; k++)
			high = c->num.range[k].high > high ? c->num.range[k].high : high;
		most = high < most ? high : most;
	}
	return most;
}

/* Why the condition cannot hold beside those before it; NULL: it can. */
static const char *
contradicts(const struct rules_group *g, unsigned i, int64_t most)
{
	const struct rules_cond *c = &g->cond[i];

	if (c->kind == RULES_COND_ISDATAAT && !c->negated && !c->isdataat.relative &&
	    c->isdataat.n.n >= most)
		return "bsize allows no byte there";
	if (c->kind != RULES_COND_CONTENT || c->negated)
		return NULL;
	if ((int64_t)c->content.bytes.len + c->content.offset.n > most)
		return "bsize leaves no room for it";
	for (unsigned k = 0; k < i; k++) {
		const struct rules_cond *o = &g->cond[k];

		if (o->kind != RULES_COND_CONTENT || o->negated)
			continue;
		if (c->content.starts && o->content.starts && !fits(&c->content, &o->content, false))
			return "the value cannot begin with this and with what is asked before";
		if (c->content.ends && o->content.ends && !fits(&c->content, &o->content, true))
			return "the value cannot end with this and with what is asked before";
	}
	return NULL;
}

static void
warn_contradictions(struct rules_source *s, const struct rule *r)
{
	for (unsigned g = 0; g < r->group_count; g++) {
		int64_t most = longest(&r->group[g]);

		/* What contradicts itself may still be absent. */
		if (r->group[g].cond_count > 0 && r->group[g].cond[0].kind == RULES_COND_ABSENT)
			continue;
		for (unsigned i = 0; i < rules_plain_conds(&r->group[g]); i++) {
			const struct rules_cond *c = &r->group[g].cond[i];
			const char *why = contradicts(&r->group[g], i, most);

			if (why != NULL)
				rules_report(s, RULES_WARNING, "R052", r->pub.file, c->line, c->col,
					     c->len, "correct one of the two",
					     "this rule can never match: %s", why);
		}
	}
}

/* One number at one event: two questions with no number in common. */
static bool
disjoint(const struct rules_cond *a, const struct rules_cond *b)
{
	if (a->num.invert || b->num.invert)
		return false;
	for (uint32_t i = 0; i < a->num.count; i++)
		for (uint32_t k = 0; k < b->num.count; k++)
			if (a->num.range[i].low <= b->num.range[k].high &&
			    b->num.range[k].low <= a->num.range[i].high)
				return false;
	return true;
}

static void
warn_numbers(struct rules_source *s, const struct rule *r)
{
	for (unsigned i = 1; i < r->group_count; i++) {
		const struct rules_group *g = &r->group[i];

		for (unsigned k = 0; k < i; k++) {
			const struct rules_group *o = &r->group[k];

			if (rules_field_kind(g->field) != RULES_NUM || g->field != o->field ||
			    g->field == RULES_FILE_SIZE || g->field == RULES_MIME_DEPTH ||
			    g->cond_count != 1 || o->cond_count != 1 ||
			    g->cond[0].kind != RULES_COND_NUM || o->cond[0].kind != RULES_COND_NUM ||
			    !disjoint(&g->cond[0], &o->cond[0]))
				continue;
			rules_report(s, RULES_WARNING, "R052", r->pub.file, g->cond[0].line,
				     g->cond[0].col, g->cond[0].len, "correct one of the two",
				     "this rule can never match: no number is both in this and in "
				     "what is asked before");
			return;
		}
	}
}

/* ---- ports ---- */

/* The server's port of a rule about mail: its destination, or of replies its source. */
static void
warn_ports(struct rules_source *s, const struct rule *r)
{
	bool reply = rules_hook_dir(r->pub.hook) == RULES_DIR_TC;
	const struct rules_ports *p = reply ? &r->sport : &r->dport;

	if (s->guarded == NULL || p->any || r->bidirectional ||
	    rules_hook_family(r->pub.hook) == RULES_PACKET || r->pub.hook == RULES_HOOK_DETECT ||
	    rules_hook_dir(r->pub.hook) == RULES_DIR_ANY)
		return;
	for (uint32_t i = 0; i < p->count; i++)
		for (uint32_t port = p->range[i].low; port <= p->range[i].high; port++)
			if (s->guarded[port >> 3] >> (port & 7) & 1)
				return;
	rules_report(s, RULES_WARNING, "R053", r->pub.file, r->line, r->col, r->header_len,
		     "add the port to smtp.ports, or correct the rule",
		     "this rule can never match: %s port is none of smtp.ports",
		     reply ? "its source" : "its destination");
}

static void
warn_shadow(struct rules_source *s, const struct rules_set *set, const struct set_rule *sr)
{
	const struct rule *r = sr->rule, *a = rules_shadow(set, sr);
	char hint[400];

	if (a == NULL)
		return;
	snprintf(hint, sizeof(hint), "move it before that rule (%s:%u), or remove it", a->pub.file,
		 a->line);
	rules_report(s, RULES_WARNING, "R050", r->pub.file, r->line, r->col, r->header_len, hint,
		     "this rule can never match: sid %u decides before it", a->pub.sid);
}

void
rules_warn_never(struct rules_source *s, const struct rules_set *set)
{
	for (size_t i = 0; i < set->rule_count; i++) {
		warn_shadow(s, set, &set->rule[i]);
		warn_contradictions(s, set->rule[i].rule);
		warn_numbers(s, set->rule[i].rule);
		warn_ports(s, set->rule[i].rule);
	}
}

void
rules_source_guard(struct rules_source *s, const uint8_t *ports)
{
	s->guarded = ports;
}
