/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keywords of frames and connections: flow, tcp.flags, numbers of headers, sameip,
 * app-layer-protocol; and numbers that are written as words. In: their values; out: fields of
 * struct rule. Called through rules_keywords.c.
 */
#include "rules_parse.h"

#include <stdio.h>
#include "err.h"

static const struct {
	const char *name;
	unsigned flag, against;
} flow_words[] = {
	{ "to_server", RULES_FLOW_TO_SERVER, RULES_FLOW_TO_CLIENT },
	{ "from_client", RULES_FLOW_TO_SERVER, RULES_FLOW_TO_CLIENT },
	{ "to_client", RULES_FLOW_TO_CLIENT, RULES_FLOW_TO_SERVER },
	{ "from_server", RULES_FLOW_TO_CLIENT, RULES_FLOW_TO_SERVER },
	{ "established", RULES_FLOW_ESTABLISHED,
	  RULES_FLOW_NOT_ESTABLISHED | RULES_FLOW_STATELESS },
	{ "not_established", RULES_FLOW_NOT_ESTABLISHED,
	  RULES_FLOW_ESTABLISHED | RULES_FLOW_STATELESS },
	{ "stateless", RULES_FLOW_STATELESS, RULES_FLOW_ESTABLISHED | RULES_FLOW_NOT_ESTABLISHED },
	{ "only_stream", RULES_FLOW_ONLY_STREAM, RULES_FLOW_NO_STREAM },
	{ "no_stream", RULES_FLOW_NO_STREAM, RULES_FLOW_ONLY_STREAM },
};
#define FLOW_WORDS (sizeof(flow_words) / sizeof(flow_words[0]))

static void
flow_word(struct rules_parser *p, struct span item, struct span value)
{
	const char *names[FLOW_WORDS + 1] = { NULL }, *near;
	char word[32], hint[128];

	for (size_t i = 0; i < FLOW_WORDS; i++) {
		names[i] = flow_words[i].name;
		if (!rules_is(item, flow_words[i].name))
			continue;
		if ((p->rule->flow & flow_words[i].against) != 0)
			rules_error(p, item, "R025", "remove one of the two",
				    "%s contradicts what stands in front of it", names[i]);
		else if ((p->rule->flow & flow_words[i].flag) != 0)
			rules_error(p, item, "R029", "remove one of the two", "%s stands twice",
				    names[i]);
		p->rule->flow |= flow_words[i].flag;
		return;
	}
	snprintf(word, sizeof(word), "%.*s", (int)item.len, (const char *)item.ptr);
	near = err_nearest(word, names);
	snprintf(hint, sizeof(hint), "%s%s%s",
		 near != NULL ? "did you mean "
			      : "words are to_server, to_client, established, not_established, "
				"stateless, only_stream, no_stream",
		 near != NULL ? near : "", near != NULL ? "?" : "");
	rules_error(p, item.len > 0 ? item : value, "R022", hint, "unknown word '%s' in flow",
		    word);
}

void
rules_opt_flow(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_list list;

	(void)k;
	p->flow = value;
	if (!rules_list_split(p, value, ',', &list))
		return;
	for (size_t i = 0; i < list.count; i++)
		flow_word(p, list.item[i], value);
}

/* ---- tcp.flags ---- */

static bool
flag_bits(struct rules_parser *p, struct span s, uint8_t *out)
{
	static const char letters[] = "FSRPAUEC"; /* bit order of the header */

	*out = 0;
	for (size_t i = 0; i < s.len; i++) {
		/* 1 and 2 are what C and E were called when they were reserved */
		char letter = s.ptr[i] == '1' ? 'C' : s.ptr[i] == '2' ? 'E' : s.ptr[i] & ~0x20;
		const char *at = strchr(letters, letter);

		if (s.ptr[i] == '0' || s.ptr[i] == ' ')
			continue;
		if (at == NULL || *at == '\0') {
			rules_error(p, span_of(s.ptr + i, 1), "R022",
				    "flags are F S R P A U E C, 0 for none", "'%c' is no TCP flag",
				    s.ptr[i]);
			return false;
		}
		if ((*out & (1u << (at - letters))) != 0) {
			rules_error(p, span_of(s.ptr + i, 1), "R029", "remove one of the two",
				    "the flag %c stands twice", *at);
			return false;
		}
		*out |= (uint8_t)(1u << (at - letters));
	}
	return true;
}

void
rules_opt_tcp_flags(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rule *r = p->rule;
	struct rules_list list;
	struct span flags;
	uint8_t ignored = 0;

	if (r->has_flags) {
		rules_error(p, p->keyword, "R029", "keep one of the two", "%s stands twice",
			    k->name);
		return;
	}
	if (!rules_list_split(p, value, ',', &list))
		return;
	flags = list.item[0];
	if (flags.len > 0 && strchr("!+*", flags.ptr[0]) != NULL) {
		r->flags_op = (char)flags.ptr[0];
		flags = span_skip(flags, 1);
	}
	if (list.count > 2 || flags.len == 0) {
		rules_error(p, value, "R022", k->form, "the flags are not understood");
		return;
	}
	if (!flag_bits(p, flags, &r->flags_value) ||
	    (list.count == 2 && !flag_bits(p, list.item[1], &ignored)))
		return;
	r->has_flags = true;
	r->flags_mask = (uint8_t)~ignored;
}

/* ---- numbers of a frame ---- */

static const struct {
	const char *name;
	uint8_t number;
} ip_protos[] = {
	{ "icmp", 1 }, { "igmp", 2 }, { "tcp", 6 },	   { "udp", 17 },   { "gre", 47 },
	{ "esp", 50 }, { "ah", 51 },  { "ipv6-icmp", 58 }, { "sctp", 132 },
};

static bool
named_proto(struct rules_parser *p, struct span value, struct rules_numbers *n)
{
	*n = (struct rules_numbers){ .invert = rules_negated(&value) };
	for (size_t i = 0; i < sizeof(ip_protos) / sizeof(ip_protos[0]); i++) {
		if (!span_eq_nocase(value, span_str(ip_protos[i].name)))
			continue;
		n->range = rules_alloc(p->rule, sizeof(*n->range));
		n->range[0] = (struct rules_range){ ip_protos[i].number, ip_protos[i].number };
		n->count = 1;
		return true;
	}
	return false;
}

void
rules_packet_test_add(struct rules_parser *p, const struct rules_packet_test *t)
{
	struct rule *r = p->rule;

	if (r->packet_count == UINT8_MAX) {
		rules_error(p, p->keyword, "R023", "write fewer", "more than 255 of these in a rule");
		return;
	}
	r->packet = rules_grow(r, r->packet, r->packet_count, sizeof(*t));
	r->packet[r->packet_count++] = *t;
}

void
rules_opt_packet_number(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	static const int64_t max[] = {
		[RULES_PN_TTL] = UINT8_MAX,     [RULES_PN_PROTO] = UINT8_MAX,
		[RULES_PN_VLAN] = 4095, [RULES_PN_VLAN_LAYERS] = 2,	       [RULES_PN_DSIZE] = UINT16_MAX,
		[RULES_PN_TOS] = UINT8_MAX,     [RULES_PN_ID] = UINT16_MAX,
		[RULES_PN_SEQ] = UINT32_MAX,    [RULES_PN_ACK] = UINT32_MAX,
		[RULES_PN_WINDOW] = UINT16_MAX, [RULES_PN_MSS] = UINT16_MAX,
		[RULES_PN_ITYPE] = UINT8_MAX,   [RULES_PN_ICODE] = UINT8_MAX,
	};
	struct rules_packet_test t;
	struct rules_numbers n;

	if (!(k->what == RULES_PN_PROTO && named_proto(p, value, &n)) &&
	    !rules_numbers(p, value, RULES_N_PLAIN, max[k->what], &n))
		return;
	t = (struct rules_packet_test){
		.what = k->what, .range = n.range, .count = (uint8_t)n.count, .invert = n.invert
	};
	rules_packet_test_add(p, &t);
}

void
rules_opt_same_ip(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	(void)k, (void)value;
	p->rule->same_ip = true;
}

/* Rules of smtp are judged on SMTP only, so that smtp holds and nothing else can. */
void
rules_opt_app_protocol(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	(void)k;
	if (p->header_failed)
		return;
	if (p->rule->proto != RULES_PROTO_SMTP)
		rules_error(p, p->keyword, "R042",
			    "guarded ports carry SMTP or are cut: see smtp.other-protocol-pass",
			    "protocols are not told apart in rules of frames");
	else if (!rules_is(value, "smtp"))
		rules_error(p, value, "R042", "rules of smtp are judged on SMTP only; remove it",
			    "'%.*s' can never hold here", (int)value.len, (const char *)value.ptr);
}

/* ---- numbers by name ---- */

static const struct {
	enum rules_field field;
	const char *name;
	int64_t value;
} words[] = {
	{ RULES_MODE, "command", RULES_MODE_COMMAND }, { RULES_MODE, "data", RULES_MODE_DATA },
	{ RULES_MODE, "closed", RULES_MODE_CLOSED },   { RULES_TLS, "no", RULES_TLS_NO },
	{ RULES_TLS, "offered", RULES_TLS_OFFERED },   { RULES_TLS, "refused", RULES_TLS_REFUSED },
	{ RULES_TLS, "yes", RULES_TLS_YES },
};

bool
rules_number_is_named(enum rules_field f)
{
	return f == RULES_MODE || f == RULES_TLS;
}

bool
rules_named_number(struct rules_parser *p, enum rules_field f, struct span value,
		   struct rules_numbers *out)
{
	struct span word = span_trim(rules_unquote(value, NULL));

	*out = (struct rules_numbers){ .invert = rules_negated(&word), .count = 1 };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].field == f && rules_is(word, words[i].name)) {
			out->range = rules_alloc(p->rule, sizeof(*out->range));
			out->range[0] = (struct rules_range){ words[i].value, words[i].value };
			return true;
		}
	rules_error(p, value, "R022",
		    f == RULES_MODE ? "write command, data or closed"
				    : "write yes, no, offered or refused",
		    "'%.*s' is not understood", (int)value.len, (const char *)value.ptr);
	return false;
}
