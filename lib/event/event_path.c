/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Received fields. In: their text; out: who took the mail from whom. The makers of events and notices
 * call it, off the packet path. Words at the top level of the field name clauses (from, by, via, with,
 * id, for); what stands in comments belongs to the clause before them. What is no such field gives
 * nothing, and never an error: these texts are the senders'.
 */
#include "event_path.h"
#include "event_nets.h"

enum clause { NOWHERE, FROM, BY, VIA, WITH, ID, FOR, CLAUSES };

struct reader {
	struct event_hop *hop;
	enum clause at;
	bool named; /* the clause has its value */
};

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the comment that begins the span ends; quoted pairs and inner comments belong to it. */
static size_t
comment_end(struct span s)
{
	unsigned depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(')
			depth++;
		else if (s.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.len;
}

size_t
event_unquoted(struct span s, const char *stops)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\' && quoted)
			i++;
		else if (s.ptr[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.ptr[i] != '\0' && strchr(stops, s.ptr[i]) != NULL)
			break;
	}
	return i < s.len ? i : s.len;
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]", or without brackets: the address in it. */
static struct span
literal(struct span word)
{
	if (word.len > 2 && word.ptr[0] == '[' && word.ptr[word.len - 1] == ']')
		word = span_of(word.ptr + 1, word.len - 2);
	if (span_starts_nocase(word, SPAN_LIT("IPv6:")))
		word = span_skip(word, 5);
	return event_addr_is(word) ? word : SPAN_NONE;
}

/* Next word of a comment; brackets end one, too: "rdns[192.0.2.1]". */
static bool
comment_word(struct span *rest, struct span *word)
{
	size_t begin = 0, end;

	if (rest->len == 0)
		return false;
	while (begin < rest->len && (is_blank(rest->ptr[begin]) || rest->ptr[begin] == '(' ||
				     rest->ptr[begin] == ')' || rest->ptr[begin] == ','))
		begin++;
	for (end = begin; end < rest->len; end++) {
		uint8_t c = rest->ptr[end];

		if (is_blank(c) || c == '(' || c == ')' || c == ',' || (c == '[' && end > begin))
			break;
		if (c == ']') {
			end++;
			break;
		}
	}
	*word = span_of(rest->ptr + begin, end - begin);
	*rest = span_skip(*rest, end);
	return word->len > 0;
}

/*
 * TCP-info, and what mail programs make of it: "(rdns [192.0.2.1])", "([192.0.2.1] helo=name)",
 * "(HELO name) (192.0.2.1)". What follows a word that ends in "=" or HELO is the client's own word.
 */
static void
tcp_info(struct span comment, struct span *name, struct span *address)
{
	bool claim = false, first = true;
	struct span word;

	while (comment_word(&comment, &word)) {
		struct span a = claim ? SPAN_NONE : literal(word);

		if (a.ptr != NULL && address->ptr == NULL)
			*address = a;
		else if (first && !claim && name != NULL && name->ptr == NULL &&
			 span_chr(word, '.') > 0 && span_chr(word, '=') < 0 && a.ptr == NULL)
			*name = word;
		claim = word.ptr[word.len - 1] == '=' || span_eq_nocase(word, SPAN_LIT("HELO")) ||
			span_eq_nocase(word, SPAN_LIT("EHLO"));
		first = false;
	}
}

static enum clause
clause_of(struct span word)
{
	static const char *const name[CLAUSES] = { "", "from", "by", "via", "with", "id", "for" };

	for (int i = FROM; i < CLAUSES; i++)
		if (span_eq_nocase(word, span_str(name[i])))
			return (enum clause)i;
	return NOWHERE;
}

static struct span *
place(struct event_hop *hop, enum clause at)
{
	struct span *const of[CLAUSES] = { [FROM] = &hop->from, [BY] = &hop->by,
					   [WITH] = &hop->with, [ID] = &hop->id,
					   [FOR] = &hop->for_rcpt };

	return of[at];
}

static void
take_word(struct reader *r, struct span word)
{
	enum clause next = clause_of(word);
	struct span *value = place(r->hop, r->at);

	/* A clause's name where its value is awaited is the value: a host may be called "by". */
	if (next != NOWHERE && (r->at == NOWHERE || r->named)) {
		r->at = next;
		r->named = false;
		return;
	}
	if (!r->named && value != NULL && value->ptr == NULL)
		*value = word;
	r->named = true;
}

static void
take_comment(struct reader *r, struct span comment)
{
	if (r->at == FROM)
		tcp_info(comment, &r->hop->rdns, &r->hop->from_ip);
	else if (r->at == BY)
		tcp_info(comment, NULL, &r->hop->by_ip);
}

void
event_hop_parse(struct span field, struct event_hop *hop)
{
	struct reader r = { .hop = hop };

	memset(hop, 0, sizeof(*hop));
	while (field.len > 0) {
		size_t end = 1;

		if (field.ptr[0] == ';') {
			hop->date = span_trim(span_skip(field, 1));
			break;
		}
		if (field.ptr[0] == '(') {
			end = comment_end(field);
			take_comment(&r, span_take(field, end));
		} else if (!is_blank(field.ptr[0])) {
			end = event_unquoted(field, " \t\r\n;(");
			take_word(&r, span_take(field, end));
		}
		field = span_skip(field, end);
	}
	if (hop->from_ip.ptr == NULL)
		hop->from_ip = literal(hop->from);
	if (hop->by_ip.ptr == NULL)
		hop->by_ip = literal(hop->by);
}

static void
put(struct event_line *l, const char *name, struct span value)
{
	if (value.len > 0)
		event_line_text(l, name, value);
}

static void
put_hop(struct event_line *l, const struct event_hop *hop)
{
	event_line_begin(l, NULL, '{');
	put(l, "from", hop->from);
	put(l, "rdns", hop->rdns);
	put(l, "from_ip", hop->from_ip);
	put(l, "by", hop->by);
	put(l, "by_ip", hop->by_ip);
	put(l, "with", hop->with);
	put(l, "id", hop->id);
	put(l, "for", hop->for_rcpt);
	put(l, "date", hop->date);
	event_line_end(l, '}');
}

void
event_path_put(struct event_line *l, const struct event *e)
{
	struct event_hop hop;
	struct span field;
	int i = -1;

	if (!event_text_get(e, EVENT_EMAIL_RECEIVED, &i, &field))
		return;
	event_line_begin(l, "path", '[');
	do {
		event_hop_parse(field, &hop);
		put_hop(l, &hop);
	} while (event_text_get(e, EVENT_EMAIL_RECEIVED, &i, &field));
	event_line_end(l, ']');
}

bool
event_path_origin(const struct event *e, struct span *address)
{
	struct event_hop hop;
	struct span field;
	bool found = false;
	int i = -1;

	while (event_text_get(e, EVENT_EMAIL_RECEIVED, &i, &field)) {
		event_hop_parse(field, &hop);
		if (hop.from_ip.ptr == NULL)
			continue;
		*address = hop.from_ip;
		found = true;
	}
	return found;
}
