/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keywords of frames and connections: flow, tcp.flags, numbers of headers, sameip,
 * fragbits, stream_size, app-layer-protocol; and numbers that are written as words. In: their values; out: fields of
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
		[RULES_PN_FRAGOFFSET] = 8191,
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

/* ---- small sets of values: bit n of mask stands for the number n ---- */

static void
add_mask(struct rules_parser *p, enum rules_packet_number what, unsigned mask)
{
	struct rules_packet_test t = { .what = what };

	t.range = rules_alloc(p->rule, 8 * sizeof(*t.range));
	for (unsigned n = 0; n < 8; n++)
		if (mask >> n & 1)
			t.range[t.count++] = (struct rules_range){ n, n };
	rules_packet_test_add(p, &t);
}

/* Of all that the three bits can be, what the words allow. */
void
rules_opt_fragbits(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	static const char letters[] = "MDR"; /* bit order of the header */
	char op = value.len > 0 && strchr("!+*", value.ptr[0]) != NULL ? (char)value.ptr[0] : '=';
	struct span rest = op == '=' ? value : span_skip(value, 1);
	unsigned bits = 0, mask = 0;

	for (size_t i = 0; i < rest.len; i++) {
		const char *at = strchr(letters, rest.ptr[i] & ~0x20);

		if (at == NULL || *at == '\0') {
			rules_error(p, span_of(rest.ptr + i, 1), "R022",
				    "bits are M more fragments, D don't fragment, R reserved",
				    "'%c' is no such bit", rest.ptr[i]);
			return;
		}
		bits |= 1u << (at - letters);
	}
	if (bits == 0) {
		rules_error(p, value, "R022", k->form, "no bit is named");
		return;
	}
	for (unsigned n = 0; n < 8; n++)
		if (op == '+'	? (n & bits) == bits
		    : op == '*' ? (n & bits) != 0
		    : op == '!' ? (n & bits) == 0
				: n == bits)
			mask |= 1u << n;
	add_mask(p, RULES_PN_FRAGBITS, mask);
}

static const char *const apps[] = { "unknown", "smtp", "failed", "tls", "http", "ssh", "ftp", NULL };

const char *
rules_app_name(uint8_t app)
{
	return apps[app];
}

uint8_t
rules_app(const char *name)
{
	for (uint8_t i = 1; apps[i] != NULL && name != NULL; i++)
		if (strcmp(name, apps[i]) == 0)
			return i;
	return name == NULL ? 0 : 2;
}

static bool
app_bit(struct rules_parser *p, struct span word, unsigned *mask)
{
	char text[32], hint[96];
	const char *near;

	for (unsigned i = 0; apps[i] != NULL; i++)
		if (rules_is(word, apps[i])) {
			*mask |= 1u << i;
			return true;
		}
	snprintf(text, sizeof(text), "%.*s", (int)word.len, (const char *)word.ptr);
	near = err_nearest(text, apps);
	snprintf(hint, sizeof(hint), "%s%s%s",
		 near != NULL ? "did you mean "
			      : "names are smtp, tls, http, ssh, ftp, unknown and failed",
		 near != NULL ? near : "", near != NULL ? "?" : "");
	rules_error(p, word.len > 0 ? word : p->keyword, "R042", hint,
		    "the protocol '%s' is not told apart", text);
	return false;
}

/* What is not known yet is neither smtp nor !smtp. Rules of smtp are judged on SMTP only, so that smtp
 * holds there and nothing else can. */
void
rules_opt_app_protocol(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct span names = value;
	bool not = rules_negated(&names);
	unsigned mask = 0, all = 0x7f;
	struct rules_list list;

	(void)k;
	if (p->header_failed || !rules_list_split(p, names, '|', &list))
		return;
	for (size_t i = 0; i < list.count; i++)
		if (!app_bit(p, list.item[i], &mask))
			return;
	if (not && (mask & 1) != 0) {
		rules_error(p, value, "R025", "name the protocols that may be",
			    "whatever is known is not unknown");
		return;
	}
	mask = not ? all & ~mask & ~1u : mask;
	if (p->rule->proto == RULES_PROTO_SMTP && (mask & 2) == 0)
		rules_error(p, value, "R042", "rules of smtp are judged on SMTP only; remove it",
			    "'%.*s' can never hold here", (int)value.len, (const char *)value.ptr);
	else if (p->rule->proto != RULES_PROTO_SMTP)
		add_mask(p, RULES_PN_APP, mask);
}

/* ---- bytes of each side ---- */

static bool
stream_range(struct rules_parser *p, struct span op, struct span number,
	     struct rules_packet_test *t)
{
	uint64_t n;

	if (!rules_uint(p, number, INT64_MAX - 1, &n))
		return false;
	t->range[0] = (struct rules_range){ 0, INT64_MAX };
	if (rules_is(op, "!=")) {
		t->range[1] = (struct rules_range){ (int64_t)n + 1, INT64_MAX };
		t->range[0].high = (int64_t)n - 1;
		t->count = 2;
	} else if (rules_is(op, "=") || rules_is(op, "==")) {
		t->range[0] = (struct rules_range){ (int64_t)n, (int64_t)n };
	} else if (rules_is(op, ">") || rules_is(op, ">=")) {
		t->range[0].low = (int64_t)n + (op.len == 1);
	} else if (rules_is(op, "<") || rules_is(op, "<=")) {
		t->range[0].high = (int64_t)n - (op.len == 1);
	} else {
		rules_error(p, op.len > 0 ? op : p->keyword, "R022", "comparisons are > >= < <= = !=",
			    "'%.*s' is no comparison", (int)op.len, (const char *)op.ptr);
		return false;
	}
	if (t->range[0].high >= 0 || t->count == 2)
		return true;
	rules_error(p, number, "R023", "bytes are counted from 0", "no count is that");
	return false;
}

void
rules_opt_stream_size(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	static const char *const sides[] = { [RULES_SIDE_ANY] = "either", [RULES_SIDE_SRC] = "client",
					     [RULES_SIDE_DST] = "server", [RULES_SIDE_BOTH] = "both" };
	struct rules_packet_test t = { .what = RULES_PN_STREAM, .count = 1, .side = 4 };
	struct rules_list list;

	t.range = rules_alloc(p->rule, 2 * sizeof(*t.range));
	if (!rules_list_split(p, value, ',', &list))
		return;
	for (unsigned i = 0; i < 4; i++)
		if (rules_is(list.item[0], sides[i]))
			t.side = i;
	if (list.count != 3 || t.side > RULES_SIDE_BOTH)
		rules_error(p, list.count != 3 || list.item[0].len == 0 ? value : list.item[0],
			    "R022", k->form, "write whose stream, a comparison and a number");
	else if (stream_range(p, list.item[1], list.item[2], &t))
		rules_packet_test_add(p, &t);
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
