/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why a rule does not match, in words: the first of its parts that does not hold, as it was
 * written, and the value that it was asked of. In: the event under judgement and a rule; out: text.
 * Called by rules_why.c alone. A condition is found by judging the group with its first condition,
 * then with two, and so on: rules_verify itself says which one is too much.
 */
#include "rules_why.h"
#include "rules_why_text.h"

#include <arpa/inet.h>
#include <inttypes.h>

#define SHOWN 60 /* bytes of a value */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* ---- what was written ---- */

void
rules_part_text(const struct rule *r, enum rules_part part, unsigned index, unsigned cond,
		struct str *s)
{
	bool first = true;

	for (unsigned i = 0; i < r->option_count; i++) {
		const struct rules_option *o = &r->option[i];

		if (o->part != part || o->index != index ||
		    (part == RULES_PART_COND && o->cond != cond))
			continue;
		str_printf(s, "%s%s", first ? "" : "; ", o->text);
		first = false;
	}
}

void
rules_option_text(const struct rule *r, const char *keyword, struct str *s)
{
	size_t len = strlen(keyword);

	for (unsigned i = 0; i < r->option_count; i++)
		if (strncmp(r->option[i].text, keyword, len) == 0 && r->option[i].text[len] == ':')
			str_add(s, r->option[i].text);
}

/* ---- frames ---- */

static void
add_address(struct str *s, const uint8_t a[16])
{
	char text[INET6_ADDRSTRLEN];

	if (memcmp(a, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, a + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, a, text, sizeof(text));
	str_add(s, text);
}

static void
why_ends(const struct rules_packet *p, const struct rule *r, struct str *s)
{
	if (!rules_addrs_match(&r->src, p->src)) {
		str_add(s, "source ");
		add_address(s, p->src);
	} else if (!rules_ports_match(&r->sport, p->sport)) {
		str_printf(s, "source port %u", p->sport);
	} else if (!rules_addrs_match(&r->dst, p->dst)) {
		str_add(s, "destination ");
		add_address(s, p->dst);
	} else {
		str_printf(s, "destination port %u", p->dport);
	}
	str_add(s, " is not that of its header");
	if (r->bidirectional)
		str_add(s, ", nor is it the other way round");
}

static void
why_flow(const struct rules_judge *j, const struct rule *r, struct str *s)
{
	const struct rules_packet *p = j->packet;

	if (r->flow & (j->to_server ? RULES_FLOW_TO_CLIENT : RULES_FLOW_TO_SERVER))
		str_printf(s, "this goes to the %s; ", j->to_server ? "server" : "client");
	else if (r->flow & (p->established ? RULES_FLOW_NOT_ESTABLISHED : RULES_FLOW_ESTABLISHED))
		str_printf(s, "the connection is %sestablished; ", p->established ? "" : "not ");
	else if (r->flow & RULES_FLOW_START && !p->flow_start)
		str_add(s, "flow_start, and this is not the first frame of its direction; ");
	else
		str_printf(s, "this is %sstream data; ", p->only_stream ? "" : "no ");
	rules_option_text(r, "flow", s);
}

static void
why_flags(const struct rules_packet *p, const struct rule *r, struct str *s)
{
	static const char letters[] = "FSRPAUEC";

	str_add(s, "flags are ");
	for (unsigned i = 0; i < 8; i++)
		if (p->tcp_flags >> i & 1)
			str_add_char(s, letters[i]);
	if (p->kind != RULES_P_TCP)
		str_add(s, "none: no TCP");
	str_add(s, "; ");
	rules_option_text(r, "tcp.flags", s);
	rules_option_text(r, "flags", s);
}

static void
why_sides(const struct rules_packet *p, const struct rules_packet_test *t, struct str *s)
{
	bool score = t->what == RULES_PN_SCORE;
	const char *between = "";

	for (unsigned i = 0; i < 2; i++) {
		int64_t n = rules_side_number(p, t, i == 1);

		if (t->side == (i == 0 ? RULES_SIDE_DST : RULES_SIDE_SRC))
			continue;
		str_add(s, between);
		if (score)
			add_address(s, i == 0 ? p->src : p->dst);
		else
			str_add(s, i == 0 ? "the client" : "the server");
		if (n < 0)
			str_add(s, " has no score");
		else
			str_printf(s, score ? " has the score %" PRId64 : " has sent %" PRId64, n);
		between = ", ";
	}
}

static void
why_number(const struct rules_packet *p, const struct rule *r, struct str *s)
{
	for (unsigned i = 0; i < r->packet_count; i++) {
		int64_t n = rules_packet_number(p, r->packet[i].what);

		if (rules_packet_test_holds(p, &r->packet[i]))
			continue;
		if (rules_has_sides(p, &r->packet[i]))
			why_sides(p, &r->packet[i], s);
		else if (r->packet[i].what == RULES_PN_VLAN && p->vlan_count > 0)
			str_printf(s, "VLAN %u", p->vlan[p->vlan_count > 1]);
		else if (n >= 0 && r->packet[i].what == RULES_PN_APP)
			str_printf(s, "it is %s", rules_app_name((uint8_t)n));
		else if (n >= 0)
			str_printf(s, "it is %" PRId64, n);
		else
			str_add(s, "this frame has none");
		str_add(s, "; ");
		rules_part_text(r, RULES_PART_PACKET, i, 0, s);
		return;
	}
}

void
rules_why_packet(const struct rules_judge *j, const struct rule *r, struct str *s)
{
	switch (rules_packet_fails(j, r)) {
	case RULES_FAILS_PROTO:
		str_add(s, "another protocol");
		break;
	case RULES_FAILS_VIEW:
		str_add(s, j->packet->ordered == NULL ? "it looks at the bytes in order"
						     : "it looks at each segment");
		break;
	case RULES_FAILS_FLOW:
		why_flow(j, r, s);
		break;
	case RULES_FAILS_ENDS:
		why_ends(j->packet, r, s);
		break;
	case RULES_FAILS_FLAGS:
		why_flags(j->packet, r, s);
		break;
	case RULES_FAILS_SAME_IP:
		str_add(s, "source and destination differ; sameip");
		break;
	default:
		why_number(j->packet, r, s);
		break;
	}
}

/* ---- values ---- */

bool
rules_field_shown(enum rules_field f)
{
	return f != RULES_AUTH_USER && f != RULES_PAYLOAD;
}

static void
add_value(struct str *s, enum rules_field f, struct span value)
{
	if (!rules_field_shown(f)) {
		str_printf(s, "%zu bytes that are not shown", value.len);
		return;
	}
	str_add_char(s, '"');
	str_add_escaped(s, span_take(value, SHOWN));
	str_printf(s, value.len > SHOWN ? "...\" (%zu bytes)" : "\"", value.len);
}

/* How many conditions from the first on hold together; all: cond_count. */
static unsigned
holding(struct rules_judge *j, const struct rules_group *g, struct span value, int64_t number)
{
	struct rules_group part = *g;

	for (part.cond_count = 1; part.cond_count <= g->cond_count; part.cond_count++)
		if (rules_verify(j->w, &part, value, number) != 1)
			break;
	return part.cond_count - 1u;
}

static void
why_condition(const struct set_rule *sr, unsigned group, unsigned cond, struct str *s)
{
	str_add(s, ": ");
	rules_part_text(sr->rule, RULES_PART_COND, group, cond, s);
	str_add(s, " does not hold");
}

static void
add_transformed(struct rules_judge *j, const struct rules_group *g, struct span value,
		struct str *s)
{
	if (g->transform_count == 0 || !rules_field_shown(g->field))
		return;
	str_add(s, ", transformed ");
	add_value(s, g->field,
		  rules_transform(g->transforms, g->transform_count, value, j->w->transformed,
				  sizeof(j->w->transformed)));
}

/* Of several values the one that came closest; with the quantifier all the first that fails. */
static bool
why_values(struct rules_judge *j, const struct set_rule *sr, unsigned group,
	   const struct rules_item *item, struct str *s)
{
	const struct rules_group *g = &sr->rule->group[group];
	bool all = g->quantifier == RULES_ALL;
	const struct rules_item *best = NULL;
	unsigned most = 0, count = 0;

	for (; item != NULL; item = item->next, count++) {
		unsigned n = holding(j, g, item->value, 0);

		if (n == g->cond_count && !all)
			return false;
		if (n < g->cond_count && (best == NULL || (!all && n > most))) {
			best = item;
			most = n;
		}
	}
	if (best == NULL)
		return false;
	str_printf(s, "%s is ", rules_field_name(g->field));
	add_value(s, g->field, best->value);
	add_transformed(j, g, best->value, s);
	why_condition(sr, group, most, s);
	if (count > 1)
		str_printf(s, all ? "; all of %u values must" : "; the closest of %u values", count);
	return true;
}

static bool
why_one(struct rules_judge *j, const struct set_rule *sr, unsigned group, struct str *s)
{
	const struct rules_group *g = &sr->rule->group[group];
	bool number = rules_field_kind(g->field) == RULES_NUM;
	char digits[24];
	struct span value;
	unsigned n;

	if (number) {
		int len = snprintf(digits, sizeof(digits), "%03lld",
				   (long long)j->values->num[g->field]);

		value = span_of(digits, (size_t)len);
	} else {
		value = j->tx == NULL ? rules_packet_value(j, g->field) : j->values->buf[g->field];
	}
	n = holding(j, g, value, number ? j->values->num[g->field] : 0);
	if (n == g->cond_count)
		return false;
	str_printf(s, "%s is ", rules_field_name(g->field));
	if (number)
		str_printf(s, "%" PRId64, j->values->num[g->field]);
	else
		add_value(s, g->field, value);
	if (!number)
		add_transformed(j, g, value, s);
	why_condition(sr, group, n, s);
	return true;
}

/* ---- bodies ---- */

/* The first part of a chain that has not been found; or one that must not be, and was. */
static void
why_stream(const struct rules_judge *j, const struct set_rule *sr, unsigned group, struct str *s)
{
	uint32_t index = sr->first_group + group;
	const struct set_group *sg = &j->set->group[index];
	const char *name = rules_field_name(sg->group->field);
	uint64_t total;
	uint32_t done = rules_stream_done(j->set, j->tx, index, &total), wrong;

	wrong = (sg->chains & ~done) | (sg->forbidden & done);
	for (size_t i = 0; i < j->set->part_count; i++) {
		const struct set_part *part = &j->set->part[i];

		if (part->group != index || (wrong >> part->chain & 1) == 0)
			continue;
		rules_part_text(sr->rule, RULES_PART_COND, group, part->cond, s);
		str_printf(s, sg->chains >> part->chain & 1 ? " has not been found in %s"
							    : ": it was found in %s", name);
		str_printf(s, ", %" PRIu64 " bytes so far", total);
		return;
	}
	if (sg->at_end && !j->message_known)
		str_printf(s, "%s is decided at its end", name);
	else
		str_printf(s, "%s of %" PRIu64 " bytes does not hold all conditions", name, total);
}

/* ---- groups ---- */

static bool
why_late(struct rules_judge *j, const struct set_rule *sr, unsigned group, struct str *s)
{
	const struct rules_group *g = &sr->rule->group[group];
	const char *name = rules_field_name(g->field);
	bool all = g->quantifier == RULES_ALL;

	if (rules_may_still_come(j, g->field, all))
		str_printf(s, "%s: decided when no more values can come", name);
	else if (!all && g->cond_count == 1)
		str_printf(s, "%s is there, and absent is asked", name);
	else
		return (j->values->present >> g->field & 1) != 0;
	return false;
}

static void
why_group(struct rules_judge *j, const struct set_rule *sr, unsigned group, struct str *s)
{
	const struct set_group *sg = &j->set->group[sr->first_group + group];
	enum rules_field f = sg->group->field;
	bool brought = j->tx == NULL || (j->values->brought >> f & 1) != 0;
	const struct rules_item *items;

	if (sg->role & RULES_ROLE_LATE && !why_late(j, sr, group, s)) {
		if (s->len == 0)
			str_printf(s, "no value of %s came", rules_field_name(f));
		return;
	}
	if (rules_field_kind(f) == RULES_STREAM) {
		why_stream(j, sr, group, s);
		return;
	}
	if (j->tx != NULL && (j->values->present >> f & 1) == 0) {
		str_printf(s, "%s has no value here", rules_field_name(f));
		return;
	}
	items = j->tx == NULL ? NULL
		: brought && !(sg->role & RULES_ROLE_LATE) ? rules_fresh(j->values, f)
							   : j->values->items[f];
	if (items != NULL ? why_values(j, sr, group, items, s) : why_one(j, sr, group, s))
		return;
	if (sg->role & RULES_ROLE_FILE)
		str_printf(s, "%s: not of the same file as the rest", rules_field_name(f));
	else
		str_printf(s, "%s came in an earlier event", rules_field_name(f));
}

/* ---- state ---- */

static void
add_int(const struct rules_judge *j, unsigned var, struct str *s)
{
	int64_t n = rules_int_value(j, var);

	if (n == INT64_MIN)
		str_add(s, "never set");
	else
		str_printf(s, "%" PRId64, n);
}

static bool
why_state(struct rules_judge *j, const struct rule *r, struct str *s)
{
	for (unsigned i = 0; i < r->bit_count; i++) {
		if (rules_bit_holds(j, &r->bit[i]))
			continue;
		str_add(s, r->bit[i].op == RULES_BIT_ISSET ? "the bit is not set: "
							   : "the bit is set: ");
		rules_part_text(r, RULES_PART_BIT, i, 0, s);
		return true;
	}
	for (unsigned i = 0; i < r->int_count; i++) {
		if (rules_int_holds(j, &r->integer[i]))
			continue;
		str_add(s, "the number is ");
		add_int(j, r->integer[i].var, s);
		str_add(s, ": ");
		rules_part_text(r, RULES_PART_INT, i, 0, s);
		return true;
	}
	return false;
}

void
rules_why_text(struct rules_judge *j, const struct set_rule *sr, struct str *s)
{
	bool hot = false; /* added to, not asked for here */

	j->rule = sr->rule;
	if (rules_packet_fails(j, sr->rule) != RULES_FAILS_NOT) {
		rules_why_packet(j, sr->rule, s);
		return;
	}
	if (why_state(j, sr->rule, s))
		return;
	for (unsigned i = 0; i < sr->group_count; i++) {
		if (rules_group_state(j, sr->first_group + i, &hot))
			continue;
		why_group(j, sr, i, s);
		return;
	}
	str_add(s, "all its values came in earlier events");
}
