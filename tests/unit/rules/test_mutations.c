/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Broken rule sets, made from good ones: each token is deleted, replaced and doubled in turn.
 * Nothing crashes; what is refused is refused at the token that was broken; what is taken still has
 * the shape of a rule, and means something else than before: nothing is overlooked.
 */
#include <errno.h>
#include "parse.h"
#include "str.h"

#define TOKENS 256
#define FEWEST 3000 /* mutants that the test must make */

static const char *const rules[] = {
	"accept:hook tcp:all any any -> any any (flow:not_established; sid:1000;)",
	"accept:hook tcp:all $HOME_NET any <> 10.0.10.25/32 25 (flow:established; sid:2;)",
	"accept:packet tcp:flow_start [10.0.0.0/8,!10.1.0.0/16] 1024: -> $MX $SMTP_PORTS (sid:3;)",
	"drop:packet ip:pre_flow !10.0.0.1 any -> any any (ttl:<5; sid:4;)",
	"drop:flow,alert tcp:all any any -> any [25,587] (tcp.flags:S,CE; dsize:>100; "
	"vlan.id:10-20; sid:5;)",
	"accept:packet arp:all any any -> any any (sid:6;)",
	"accept:hook,alert smtp:request_started any any -> any any (smtp.mail_from; "
	"content:\"alice@example.com>\"; endswith; xbits:set,case.sender_ok,track tx; sid:7;)",
	"drop:flow smtp:request_started any any -> any any (alert; smtp.rcpt_to; "
	"content:\"bob@example.com\"; nocase; sid:8;)",
	"accept:hook smtp:request_data any any -> any any (xbits:isset,case.sender_ok,track tx; "
	"xbits:isset,case.rcpt_ok,track tx; sid:9;)",
	"reject:command smtp:rcpt any any -> any 25 (smtp.rcpt_to:all; content:!\"@example.com>\"; "
	"reply:\"550 5.7.1 no relay\"; sid:10;)",
	"tempfail:command smtp:mail any any -> any 25 (smtp.tls:no; reply:\"451 4.7.1 later\"; "
	"sid:11;)",
	"reject:message smtp:message any any -> any 25 (fileext:\"exe\"; filesize:>10KB; sid:12;)",
	"accept:hook smtp:command:request_complete any any -> any 25 (smtp.command; content:\"RCPT "
	"TO\"; smtp.command_data; content:\"@example.com\"; endswith; sid:13;)",
	"accept:hook smtp:command:request_complete any any -> any 25 (smtp.command; "
	"pcre:/^(HELO|EHLO|DATA|QUIT)$/; sid:14;)",
	"accept:hook smtp:command:request_started any any -> any 25 (smtp.mode:data; sid:15;)",
	"drop:flow smtp:command:request_complete any any -> any 25 (smtp.command; "
	"content:\"DATA\"; smtp.command_data; bsize:>0; sid:16;)",
	"accept:hook smtp:command:response_complete any 25 -> any any (smtp.response_code:200-299; "
	"smtp.response; content:\"Ok\"; sid:17;)",
	"accept:tx smtp:<request_complete any any -> any any (sid:18;)",
	"mask:command smtp:other any any -> any 25 (smtp.command; content:\"X\"; startswith; "
	"sid:19;)",
	"alert smtp any any -> any any (msg:\"helo\"; smtp.helo; content:\"GP\"; sid:20; rev:2; "
	"gid:7;)",
	"alert tcp any any -> any any (content:\"a|0d 0a|b\"; offset:2; depth:20; content:\"c\"; "
	"distance:1; within:5; sid:21;)",
	"alert smtp any any -> any any (email.from; to_lowercase; domain; content:\"example.com\"; "
	"fast_pattern; sid:22;)",
	"drop smtp any any -> any any (smtp.data; pcre:\"/buy\\s+my/i\"; isdataat:10,relative; "
	"sid:23;)",
	"alert smtp any any -> any any (classtype:trojan-activity; priority:2; "
	"reference:url,example.com/a; metadata:k v; sid:24;)",
	"alert smtp any any -> any any (threshold:type limit, track by_src, count 5, seconds 60; "
	"sid:25;)",
	"alert smtp any any -> any any (detection_filter:track by_dst, count 5, seconds 60; "
	"sid:26;)",
	"alert smtp any any -> any any (flowint:n,+,1; flowint:n,>=,5; flowbits:set,a; "
	"flowbits:isset,b|a; sid:27;)",
	"alert smtp any any -> any any (smtp.helo; byte_test:2,>,10,0,little; "
	"byte_jump:1,0,relative; sid:28;)",
	"alert smtp any any -> any any (smtp.helo; byte_extract:1,0,n,relative,align 2; "
	"byte_math:bytes 1, offset n, oper <<, rvalue 0x2, result m, endian little; "
	"content:\"ab\"; distance:m; within:n; isdataat:!m,relative; sid:32;)",
	"alert smtp any any -> any any (smtp.greeting; absent; app-layer-event:smtp.bare_lf; "
	"sid:29;)",
	"pass ip any any -> any any (ip_proto:!udp; hostbits:isnotset,x,src; sid:30;)",
	"reject:flow smtp:request_started any any -> any 25 (enforce:no; noalert; smtp.mail_param; "
	"bsize:5<>9; sid:31;)",
};

struct token {
	size_t at, len;
};

struct mutant {
	char text[2048];
	size_t begin, end; /* what was touched; equal when it is gone */
	bool same;	   /* 0 and 00 are one number */
};

static bool
word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("_.-/$", c) != NULL;
}

/* Words, quoted texts and their quotation marks, and every other byte that is no blank. */
static size_t
tokenize(const char *text, struct token out[TOKENS])
{
	size_t n = 0, len;

	for (size_t i = 0; text[i] != '\0'; i += len) {
		len = 1;
		if (text[i] == ' ')
			continue;
		if (text[i] == '"') {
			len = (size_t)(strchr(text + i + 1, '"') - (text + i)) + 1;
			out[n++] = (struct token){ i, 1 };
			out[n++] = (struct token){ i + len - 1, 1 };
		}
		while (len == 1 && word_char(text[i]) && word_char(text[i + len])) {
			while (word_char(text[i + len]))
				len++;
		}
		out[n++] = (struct token){ i, len };
		assert_true(n < TOKENS - 3);
	}
	return n;
}

enum kind { DELETED, WORD, SIGN, DOUBLED, TWICE, KINDS };

static void
mutate(const char *text, struct token t, enum kind kind, struct mutant *m)
{
	static const char *const with[KINDS] = { "", "zqx", "%", NULL, NULL };
	char doubled[600];
	const char *new = with[kind];

	if (new == NULL) {
		snprintf(doubled, sizeof(doubled), "%.*s%s%.*s", (int)t.len, text + t.at,
			 kind == TWICE ? " " : "", (int)t.len, text + t.at);
		new = doubled;
	}
	snprintf(m->text, sizeof(m->text), "%.*s%s%s", (int)t.at, text, new, text + t.at + t.len);
	m->same = kind == DOUBLED && t.len == 1 && text[t.at] == '0';
	m->begin = t.at;
	m->end = t.at + strlen(new);
}

/* ---- what a rule means, as text ---- */

static void
dump_operand(struct str *s, const struct rules_operand *o)
{
	str_printf(s, " %lld/%u", (long long)o->n, o->var);
}

static void
dump_cond(struct str *s, const struct rules_cond *c)
{
	str_printf(s, " %d%d", c->kind, c->negated);
	switch (c->kind) {
	case RULES_COND_CONTENT:
		str_add_escaped(s, c->content.bytes);
		str_printf(s, "|%d%d%d%d%d%d%d%d", c->content.nocase, c->content.starts,
			   c->content.ends, c->content.fast, c->content.has_offset,
			   c->content.has_depth, c->content.has_distance, c->content.has_within);
		dump_operand(s, &c->content.offset);
		dump_operand(s, &c->content.depth);
		dump_operand(s, &c->content.within);
		dump_operand(s, &c->content.distance);
		break;
	case RULES_COND_PCRE:
		str_add_escaped(s, c->regex.text);
		str_printf(s, "|%u %d", c->regex.flags, c->regex.relative);
		break;
	case RULES_COND_NUM:
	case RULES_COND_BSIZE:
		for (uint32_t i = 0; i < c->num.count; i++)
			str_printf(s, "[%lld,%lld]%d", (long long)c->num.range[i].low,
				   (long long)c->num.range[i].high, c->num.invert);
		break;
	case RULES_COND_ISDATAAT:
		dump_operand(s, &c->isdataat.n);
		str_printf(s, "%d", c->isdataat.relative);
		break;
	case RULES_COND_BYTE_TEST:
	case RULES_COND_BYTE_JUMP:
	case RULES_COND_BYTE_EXTRACT:
	case RULES_COND_BYTE_MATH:
		dump_operand(s, &c->byte.count);
		dump_operand(s, &c->byte.offset);
		dump_operand(s, &c->byte.value);
		dump_operand(s, &c->byte.post);
		str_printf(s, "%d %d %d %d %c %llx %d %d %d %d", c->byte.base, c->byte.relative,
			   c->byte.little, c->byte.negated, c->byte.op != 0 ? c->byte.op : '.',
			   (unsigned long long)c->byte.mask, c->byte.align, c->byte.result,
			   c->byte.multiplier, c->byte.from);
		break;
	default:
		break;
	}
}

static void
dump_ranges(struct str *s, const struct rules_range *r, unsigned count, bool not )
{
	for (unsigned i = 0; i < count; i++)
		str_printf(s, " %d[%lld,%lld]", not, (long long)r[i].low, (long long)r[i].high);
}

static void
dump_header(struct str *s, const struct rule *r)
{
	const struct rules_addrs *addrs[] = { &r->src, &r->dst };
	const struct rules_ports *ports[] = { &r->sport, &r->dport };

	str_printf(s, "%d:%d,%d,%d %d %d%d %d", r->pub.action, r->pub.scope, r->pub.alert,
		   r->pub.pass, r->proto, r->pub.hook, r->pub.before, r->bidirectional);
	for (unsigned side = 0; side < 2; side++) {
		for (uint32_t i = 0; i < addrs[side]->count; i++) {
			str_add_hex(s,
				    span_of(&addrs[side]->range[i], sizeof(addrs[side]->range[i])));
			str_add_char(s, ' ');
		}
		for (uint32_t i = 0; i < ports[side]->count; i++)
			str_printf(s, "%u-%u ", ports[side]->range[i].low,
				   ports[side]->range[i].high);
	}
}

static void
dump_meta(struct str *s, const struct rule *r)
{
	str_printf(s, "\n%u %u %u %u %d%d '%s' '%s' '%s' %u", r->pub.sid, r->pub.gid, r->pub.rev,
		   r->pub.priority, r->pub.noalert, r->pub.enforce, r->pub.msg, r->pub.classtype,
		   r->pub.reply, r->flow);
	for (unsigned i = 0; r->pub.references[i] != NULL; i++)
		str_add(s, r->pub.references[i]);
	for (unsigned i = 0; r->pub.metadata[i] != NULL; i++)
		str_add(s, r->pub.metadata[i]);
	str_printf(s, "\n%d%d%d%c th %d %d %u %u", r->has_flags, r->flags_mask, r->flags_value,
		   r->flags_op != 0 ? r->flags_op : '-', r->threshold.kind, r->threshold.track,
		   r->threshold.count, r->threshold.seconds);
	for (unsigned i = 0; i < r->packet_count; i++) {
		str_printf(s, " %d", r->packet[i].what);
		dump_ranges(s, r->packet[i].range, r->packet[i].count, r->packet[i].invert);
	}
}

static void
dump_rule(struct str *s, const struct rules_parsed *p)
{
	const struct rule *r = &p->rule[0];

	dump_header(s, r);
	dump_meta(s, r);
	for (unsigned i = 0; i < r->bit_count; i++)
		str_printf(s, " bit %d %d %u%u%u %u", r->bit[i].track, r->bit[i].op,
			   r->bit[i].count, r->bit[i].bit[0], r->bit[i].bit[1], r->bit[i].expire_s);
	for (unsigned i = 0; i < r->int_count; i++)
		str_printf(s, " int %u %c %lld %d", r->integer[i].var, r->integer[i].op,
			   (long long)r->integer[i].value, r->integer[i].value_var);
	for (size_t i = 0; i < p->flow_bits + p->tx_bits + p->host_bits; i++)
		str_printf(s, " %s", p->bit_name[i]);
	str_printf(s, " ints %zu", p->flow_ints);
	for (unsigned g = 0; g < r->group_count; g++) {
		str_printf(s, "\n%s %d t%d", rules_field_name(r->group[g].field),
			   r->group[g].quantifier, r->group[g].transform_count);
		for (unsigned i = 0; i < r->group[g].transform_count; i++)
			str_printf(s, " %d", r->group[g].transforms[i].kind);
		for (unsigned c = 0; c < r->group[g].cond_count; c++)
			dump_cond(s, &r->group[g].cond[c]);
	}
	assert_false(s->cut);
}

/* ---- shape, judged without the parser ---- */

/* Behind an option that begins at text: NULL when it is none. */
static const char *
option_end(const char *text)
{
	const struct rules_keyword *k;
	size_t n = 0;
	bool quoted = false;

	while (word_char(text[n]) && text[n] != '$' && text[n] != '/')
		n++;
	k = rules_keyword_find(span_of(text, n));
	while (text[n] == ' ')
		n++;
	if (k == NULL || (text[n] != ';' && text[n] != ':') ||
	    (text[n] == ';' && k->argument == RULES_ARG_MUST) ||
	    (text[n] == ':' && k->argument == RULES_ARG_NONE))
		return NULL;
	for (; text[n] != '\0'; n++) {
		if (text[n] == '\\')
			n++;
		else if (text[n] == '"')
			quoted = !quoted;
		else if (text[n] == ';')
			return quoted ? NULL : text + n + 1;
	}
	return NULL;
}

static bool
has_shape(const char *text)
{
	const char *at = strchr(text, '(');
	unsigned words = 0;

	for (const char *c = text; at != NULL && c < at; c++)
		words += *c != ' ' && c[1] == ' ' && (c < text + 1 || *c != ',');
	if (at == NULL || words < 7)
		return false;
	for (at++; at != NULL && *at != ')';) {
		while (*at == ' ')
			at++;
		if (*at != ')')
			at = option_end(at);
	}
	return at != NULL && at[1] == '\0';
}

/* ---- the test ---- */

struct count {
	unsigned made, refused, placed, taken;
};

/* The caret touches what was mutated, or its neighbour where something is gone or run together. */
static bool
well_placed(const struct mutant *m, const struct rules_diag *d)
{
	size_t begin = m->begin, end = m->end, col = d->col - 1;

	while (begin > 0 && m->text[begin - 1] == ' ')
		begin--;
	while (m->text[end] == ' ')
		end++;
	return d->line == 1 && col <= end && col + d->len >= begin;
}

static void
try_mutant(const struct mutant *m, const char *before, struct count *n)
{
	struct rules_source *s = parse_text(m->text);
	const struct rules_parsed *p = rules_source_parsed(s);
	static char text[8192];
	struct str dump;

	n->made++;
	if (rules_error_count(s) > 0) {
		const struct rules_diag *d = first_of(s, RULES_ERROR);

		n->refused++;
		if (well_placed(m, d))
			n->placed++;
		else if (getenv("MUTATIONS_SHOW") != NULL)
			rules_diag_print(d, stderr);
		assert_non_null(rules_code_explain(d->code));
		assert_true(strlen(d->text) > 3 && strlen(d->hint) > 3);
	} else {
		assert_int_equal(p->count, 1);
		str_open(&dump, text, sizeof(text));
		dump_rule(&dump, p);
		if (has_shape(m->text) && (m->same || strcmp(text, before) != 0))
			n->taken++;
		else
			fprintf(stderr, "overlooked: %s\n", m->text);
	}
	rules_source_destroy(s);
}

static void
try_rule(const char *rule, struct count *n)
{
	struct token token[TOKENS];
	size_t tokens = tokenize(rule, token);
	struct rules_source *s = parse_good(rule);
	static char text[8192];
	struct mutant m;
	struct str dump;

	str_open(&dump, text, sizeof(text));
	dump_rule(&dump, rules_source_parsed(s));
	rules_source_destroy(s);
	assert_true(has_shape(rule));
	for (size_t i = 0; i < tokens; i++)
		for (enum kind kind = 0; kind < KINDS; kind++) {
			mutate(rule, token[i], kind, &m);
			try_mutant(&m, text, n);
		}
}

static void
test_mutants(void **state)
{
	struct count n = { 0 };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		try_rule(rules[i], &n);
	print_message("%u mutants, %u refused, %u of these (%u %%) at the place, %u taken\n", n.made,
		      n.refused, n.placed, n.placed * 100 / n.refused, n.taken);
	assert_true(n.made >= FEWEST);
	assert_int_equal(n.refused + n.taken, n.made);
	assert_true(n.refused > n.taken);
	assert_true(n.placed * 10 >= n.refused * 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
