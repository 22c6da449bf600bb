/* SPDX-License-Identifier: BSD-3-Clause */
/* See filter.h. One table of keys says what a word may ask and what of a session it asks. */
#include <errno.h>
#include <regex.h>
#include <stdlib.h>

#include "filter.h"
#include "str.h"

#define FILTER_TERMS 32
#define FILTER_WORD 256

enum filter_kind { FILTER_TEXT, FILTER_NAME, FILTER_ADDR, FILTER_PORT, FILTER_FLAG, FILTER_CODE,
		   FILTER_NUMBER, FILTER_TIME, FILTER_SORT, FILTER_LIMIT };

enum filter_what { FILTER_ANY, FILTER_FROM, FILTER_TO, FILTER_HELO, FILTER_CMD, FILTER_REPLY,
		   FILTER_STATE, FILTER_VERDICT, FILTER_APP, FILTER_SRC, FILTER_DST, FILTER_EITHER,
		   FILTER_SPORT, FILTER_DPORT, FILTER_TLS, FILTER_RULE, FILTER_FLOW, FILTER_AGE,
		   FILTER_IDLE, FILTER_BYTES, FILTER_HELD, FILTER_RCPTS, FILTER_MAILS, FILTER_OTHER };

static const struct filter_key {
	const char *name;
	enum filter_kind kind;
	enum filter_what what;
} keys[] = {
	{ "from", FILTER_TEXT, FILTER_FROM },	 { "to", FILTER_TEXT, FILTER_TO },
	{ "helo", FILTER_TEXT, FILTER_HELO },	 { "cmd", FILTER_TEXT, FILTER_CMD },
	{ "reply", FILTER_TEXT, FILTER_REPLY },	 { "state", FILTER_NAME, FILTER_STATE },
	{ "verdict", FILTER_NAME, FILTER_VERDICT }, { "app", FILTER_NAME, FILTER_APP },
	{ "src", FILTER_ADDR, FILTER_SRC },	 { "dst", FILTER_ADDR, FILTER_DST },
	{ "ip", FILTER_ADDR, FILTER_EITHER },	 { "port", FILTER_PORT, FILTER_EITHER },
	{ "sport", FILTER_PORT, FILTER_SPORT },	 { "dport", FILTER_PORT, FILTER_DPORT },
	{ "tls", FILTER_FLAG, FILTER_TLS },	 { "code", FILTER_CODE, FILTER_OTHER },
	{ "rule", FILTER_NUMBER, FILTER_RULE },	 { "flow", FILTER_NUMBER, FILTER_FLOW },
	{ "age", FILTER_TIME, FILTER_AGE },	 { "idle", FILTER_TIME, FILTER_IDLE },
	{ "bytes", FILTER_NUMBER, FILTER_BYTES }, { "held", FILTER_NUMBER, FILTER_HELD },
	{ "rcpts", FILTER_NUMBER, FILTER_RCPTS }, { "mails", FILTER_NUMBER, FILTER_MAILS },
	{ "sort", FILTER_SORT, FILTER_OTHER },	 { "limit", FILTER_LIMIT, FILTER_OTHER },
};
#define FILTER_KEYS (sizeof(keys) / sizeof(keys[0]))

struct filter_term {
	enum filter_kind kind;
	enum filter_what what;
	bool negate, is_regex;
	char op; /* ':' is, '>' or '<' */
	char text[FILTER_WORD];
	regex_t regex;
	uint64_t number;
	struct net_addr addr;
	unsigned bits; /* of addr that count */
};

struct filter {
	struct filter_term term[FILTER_TERMS];
	size_t terms;
	enum filter_what sort;
	uint64_t limit;
};

/* ---- building ---- */

static const struct filter_key *
key_find(struct span name, struct err *err)
{
	const char *names[FILTER_KEYS + 1], *near;
	char word[32] = "";
	struct str s;
	size_t i;

	for (i = 0; i < FILTER_KEYS; i++) {
		names[i] = keys[i].name;
		if (span_eq(name, span_str(keys[i].name)))
			return &keys[i];
	}
	names[FILTER_KEYS] = NULL;
	str_open(&s, word, sizeof(word));
	str_add_escaped(&s, name);
	near = err_nearest(word, names);
	err_set(err, -EINVAL, "filter: there is no '%s'", word);
	err_hint(err, near != NULL ? "did you mean %s?" :
		 "from: to: helo: src: dst: port: state: code: tls: rule: verdict: age> /regex/", near);
	return NULL;
}

/* "90", "5m", "2h", "64k". */
static int
number_parse(const char *text, bool is_time, uint64_t *value)
{
	static const struct {
		char suffix;
		bool is_time;
		uint32_t times;
	} units[] = { { 's', true, 1 }, { 'm', true, 60 }, { 'h', true, 3600 }, { 'd', true, 86400 },
		      { 'k', false, 1000 }, { 'M', false, 1000000 } };
	size_t len = strlen(text), i;
	uint64_t times = 1;

	for (i = 0; len > 0 && i < sizeof(units) / sizeof(units[0]); i++) {
		if (text[len - 1] == units[i].suffix && units[i].is_time == is_time) {
			times = units[i].times;
			len--;
			break;
		}
	}
	times *= is_time ? 1000000 : 1;
	if (span_to_u64(span_of(text, len), UINT64_MAX / times, value) != 0)
		return -EINVAL;
	*value *= times;
	return 0;
}

static int
addr_parse(struct filter_term *t, const char *text)
{
	struct span all = span_str(text);
	ptrdiff_t slash = span_chr(all, '/');
	uint64_t bits;
	unsigned most;

	if (net_addr_parse(slash >= 0 ? span_take(all, (size_t)slash) : all, &t->addr) != 0)
		return -EINVAL;
	most = net_addr_is_v4(&t->addr) ? 32 : 128;
	bits = most;
	if (slash >= 0 && span_to_u64(span_skip(all, (size_t)slash + 1), most, &bits) != 0)
		return -EINVAL;
	t->bits = (unsigned)bits + 128 - most;
	return 0;
}

static int
sort_parse(struct filter *f, const char *text, struct err *err)
{
	const struct filter_key *k = key_find(span_str(text), err);

	if (k == NULL)
		return -EINVAL;
	if (k->kind != FILTER_NUMBER && k->kind != FILTER_TIME && k->kind != FILTER_NAME) {
		err_set(err, -EINVAL, "filter: sessions are not sorted by %s", text);
		err_hint(err, "sort:age, idle, bytes, held, rcpts, mails, state, verdict or app");
		return -EINVAL;
	}
	f->sort = k->what;
	return 0;
}

static int
regex_parse(struct filter_term *t, const char *text, struct err *err)
{
	char why[128];
	int r = regcomp(&t->regex, text, REG_EXTENDED | REG_ICASE | REG_NOSUB);

	if (r == 0) {
		t->is_regex = true;
		return 0;
	}
	regerror(r, &t->regex, why, sizeof(why));
	return err_set(err, -EINVAL, "filter: /%s/: %s", text, why);
}

/* The value behind the key. */
static int
value_parse(struct filter *f, struct filter_term *t, struct err *err)
{
	size_t len = strlen(t->text);
	int r = 0;

	switch (t->kind) {
	case FILTER_TEXT:
		if (len > 2 && t->text[0] == '/' && t->text[len - 1] == '/') {
			t->text[len - 1] = '\0';
			return regex_parse(t, t->text + 1, err);
		}
		break;
	case FILTER_ADDR:
		r = addr_parse(t, t->text);
		break;
	case FILTER_FLAG:
		t->number = strcmp(t->text, "yes") == 0;
		r = t->number == 1 || strcmp(t->text, "no") == 0 ? 0 : -EINVAL;
		break;
	case FILTER_CODE:
		r = len > 3 || strspn(t->text, "0123456789") != len ? -EINVAL : 0;
		break;
	case FILTER_SORT:
		return sort_parse(f, t->text, err);
	case FILTER_NAME:
		break;
	default:
		r = number_parse(t->text, t->kind == FILTER_TIME, &t->number);
		if (t->kind == FILTER_LIMIT)
			f->limit = t->number;
	}
	return r == 0 && len > 0 ? 0 : err_set(err, -EINVAL, "filter: '%s' is no value here", t->text);
}

/* One word: key and value, a regular expression, or a text to be found anywhere. */
static int
word_parse(struct filter *f, struct filter_term *t, struct span word, struct err *err)
{
	static const struct filter_key anywhere = { "", FILTER_TEXT, FILTER_ANY };
	const struct filter_key *k = &anywhere;
	size_t at = 0;
	bool number;

	while (at < word.len && span_lower(word.ptr[at]) >= 'a' && span_lower(word.ptr[at]) <= 'z')
		at++;
	t->op = ':';
	if (at > 0 && at < word.len && memchr(":<>", word.ptr[at], 3) != NULL) {
		k = key_find(span_take(word, at), err);
		if (k == NULL)
			return -EINVAL;
		t->op = (char)word.ptr[at];
		word = span_skip(word, at + 1);
	}
	number = k->kind == FILTER_NUMBER || k->kind == FILTER_TIME;
	if (!number && t->op != ':')
		return err_set(err, -EINVAL, "filter: %s has no order; write %s:", k->name, k->name);
	t->kind = k->kind;
	t->what = k->what;
	if (word.len > 0)
		memcpy(t->text, word.ptr, word.len);
	t->text[word.len] = '\0';
	return value_parse(f, t, err);
}

/* The next word: to a blank, but a regular expression to its last slash before one. */
static struct span
word_next(struct span *rest)
{
	struct span word;
	size_t n = 0;
	bool inside = false;

	while (rest->len > 0 && rest->ptr[0] == ' ')
		*rest = span_skip(*rest, 1);
	for (; n < rest->len && (inside || rest->ptr[n] != ' '); n++)
		if (rest->ptr[n] == '/' && (inside || n == 0 || rest->ptr[n - 1] == ':'))
			inside = !inside;
	word = span_take(*rest, n);
	*rest = span_skip(*rest, n);
	return word;
}

static int
terms_parse(struct filter *f, struct span rest, struct err *err)
{
	struct filter_term *t;
	struct span word;
	bool negate = false;
	int r;

	while ((word = word_next(&rest)).len > 0) {
		if (span_eq(word, SPAN_LIT("and")))
			continue;
		if (span_eq(word, SPAN_LIT("or")))
			return err_set(err, -EINVAL, "filter: there is no 'or'; write a /regex/");
		if (span_eq(word, SPAN_LIT("not"))) {
			negate = !negate;
			continue;
		}
		if (f->terms == FILTER_TERMS || word.len >= FILTER_WORD)
			return err_set(err, -E2BIG, "filter: more than %d words, or one of more than %d bytes",
				       FILTER_TERMS, FILTER_WORD - 1);
		t = &f->term[f->terms];
		t->negate = negate;
		negate = false;
		r = word_parse(f, t, word, err);
		if (r != 0)
			return r;
		if (t->kind != FILTER_SORT && t->kind != FILTER_LIMIT)
			f->terms++;
	}
	return negate ? err_set(err, -EINVAL, "filter: nothing follows 'not'") : 0;
}

struct filter *
filter_build(const char *text, struct err *err)
{
	struct filter *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		err_set(err, -ENOMEM, "no memory for a filter");
		return NULL;
	}
	f->sort = FILTER_ANY;
	if (terms_parse(f, span_str(text), err) == 0)
		return f;
	filter_free(f);
	return NULL;
}

void
filter_free(struct filter *f)
{
	size_t i;

	for (i = 0; f != NULL && i < f->terms; i++)
		if (f->term[i].is_regex)
			regfree(&f->term[i].regex);
	free(f);
}

size_t
filter_limit(const struct filter *f, size_t standard)
{
	return f->limit > 0 ? (size_t)f->limit : standard;
}

/* ---- asking ---- */

unsigned
filter_code(const struct engine_session *s)
{
	uint64_t code;

	return span_to_u64(span_take(span_str(s->last_reply), 3), 999, &code) == 0 ? (unsigned)code : 0;
}

static uint64_t
since(uint64_t now_us, uint64_t at_us)
{
	return now_us > at_us ? now_us - at_us : 0;
}

void
filter_line(const struct engine_session *s, uint64_t now_us, char line[FILTER_LINE])
{
	char client[NET_ADDR_TEXT], server[NET_ADDR_TEXT];
	struct str out;
	const struct {
		const char *name, *text;
	} texts[] = { { "app", s->app_proto },	 { "helo", s->helo },	    { "from", s->mail_from },
		      { "to", s->rcpt_to }, { "cmd", s->last_command }, { "reply", s->last_reply } };
	size_t i;

	str_open(&out, line, FILTER_LINE);
	str_printf(&out, "%-16llu %s:%u -> %s:%u %s %s age=%llus bytes=%llu/%llu",
		   (unsigned long long)s->flow_id, net_addr_text(&s->client, client), s->client_port,
		   net_addr_text(&s->server, server), s->server_port, s->state, s->verdict,
		   (unsigned long long)(since(now_us, s->begin_us) / 1000000),
		   (unsigned long long)s->bytes[0], (unsigned long long)s->bytes[1]);
	if (s->tls)
		str_add(&out, " tls");
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].text[0] != '\0')
			str_printf(&out, " %s=%s", texts[i].name, texts[i].text);
	if (s->rcpts > 1)
		str_printf(&out, " rcpts=%u", s->rcpts);
	if (s->sid != 0)
		str_printf(&out, " rule=%u", s->sid);
	if (s->held > 0)
		str_printf(&out, " held=%u", s->held);
}

static const char *
text_of(const struct engine_session *s, enum filter_what what)
{
	switch (what) {
	case FILTER_FROM:
		return s->mail_from;
	case FILTER_TO:
		return s->rcpt_to;
	case FILTER_HELO:
		return s->helo;
	case FILTER_CMD:
		return s->last_command;
	case FILTER_REPLY:
		return s->last_reply;
	case FILTER_STATE:
		return s->state;
	case FILTER_VERDICT:
		return s->verdict;
	default:
		return s->app_proto;
	}
}

static uint64_t
number_of(const struct engine_session *s, enum filter_what what, uint64_t now_us)
{
	switch (what) {
	case FILTER_RULE:
		return s->sid;
	case FILTER_FLOW:
		return s->flow_id;
	case FILTER_AGE:
		return since(now_us, s->begin_us);
	case FILTER_IDLE:
		return since(now_us, s->used_us);
	case FILTER_BYTES:
		return s->bytes[0] + s->bytes[1];
	case FILTER_HELD:
		return s->held;
	case FILTER_RCPTS:
		return s->rcpts;
	default:
		return s->tx;
	}
}

static bool
addr_is(const struct filter_term *t, const struct net_addr *a)
{
	unsigned whole = t->bits / 8, rest = t->bits % 8;

	if (memcmp(a->b, t->addr.b, whole) != 0)
		return false;
	return rest == 0 || ((a->b[whole] ^ t->addr.b[whole]) >> (8 - rest)) == 0;
}

static bool
term_holds(const struct filter_term *t, const struct engine_session *s, uint64_t now_us)
{
	bool client = t->what != FILTER_DST && t->what != FILTER_DPORT;
	bool server = t->what != FILTER_SRC && t->what != FILTER_SPORT;
	char line[FILTER_LINE], code[8];
	const char *text;
	uint64_t n;

	switch (t->kind) {
	case FILTER_ADDR:
		return (client && addr_is(t, &s->client)) || (server && addr_is(t, &s->server));
	case FILTER_PORT:
		return (client && s->client_port == t->number) || (server && s->server_port == t->number);
	case FILTER_FLAG:
		return s->tls == (t->number == 1);
	case FILTER_CODE: /* "5" is every refusal */
		snprintf(code, sizeof(code), "%u", filter_code(s));
		return strncmp(code, t->text, strlen(t->text)) == 0;
	case FILTER_NAME:
		return span_eq_nocase(span_str(text_of(s, t->what)), span_str(t->text));
	case FILTER_TEXT:
		if (t->what == FILTER_ANY)
			filter_line(s, now_us, line);
		text = t->what == FILTER_ANY ? line : text_of(s, t->what);
		if (t->is_regex)
			return regexec(&t->regex, text, 0, NULL, 0) == 0;
		return span_find_nocase(span_str(text), span_str(t->text)) >= 0;
	default:
		n = number_of(s, t->what, now_us);
		if (t->kind == FILTER_TIME && t->op == ':')
			return n / 1000000 == t->number / 1000000;
		return t->op == '>' ? n > t->number : t->op == '<' ? n < t->number : n == t->number;
	}
}

bool
filter_match(const struct filter *f, const struct engine_session *s, uint64_t now_us)
{
	size_t i;

	for (i = 0; i < f->terms; i++)
		if (term_holds(&f->term[i], s, now_us) == f->term[i].negate)
			return false;
	return true;
}

static int
compare(const void *a, const void *b, void *arg)
{
	const struct engine_session *x = a, *y = b;
	enum filter_what what = *(const enum filter_what *)arg;
	uint64_t m, n;

	if (what == FILTER_STATE || what == FILTER_VERDICT || what == FILTER_APP)
		return strcmp(text_of(x, what), text_of(y, what));
	m = number_of(x, what, UINT64_MAX); /* any time that is later than all: ages compare the same */
	n = number_of(y, what, UINT64_MAX);
	return m < n ? 1 : m > n ? -1 : 0;
}

void
filter_sort(const struct filter *f, struct engine_session *all, size_t count)
{
	enum filter_what what = f->sort;

	if (what != FILTER_ANY && count > 1)
		qsort_r(all, count, sizeof(*all), compare, &what);
}
