/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keywords that name a rule and what it says: msg, sid, gid, rev, priority, reference,
 * metadata, target, alert, noalert, enforce, reply. In: their values; out: struct rules_rule.
 * Called through rules_keywords.c.
 */
#include "rules_parse.h"

#include <stdio.h>

#define TEXT_MAX 1024 /* of msg and reply */

/* The text of msg and reply: quoted, escapes as in content, no hexadecimal. */
static char *
take_text(struct rules_parser *p, struct span value)
{
	bool quoted;
	struct span inner = rules_unquote(value, &quoted);
	char *out;
	size_t n = 0;

	if (!quoted) {
		rules_error(p, value, "R040", "write \"...\"",
			    "the text of %.*s stands in quotation marks", (int)p->keyword.len,
			    (const char *)p->keyword.ptr);
		return NULL;
	}
	if (inner.len == 0 || inner.len > TEXT_MAX) {
		rules_error(p, value, inner.len == 0 ? "R022" : "R023", "write up to 1024 bytes",
			    "the text is %s", inner.len == 0 ? "empty" : "too long");
		return NULL;
	}
	out = rules_alloc(p->rule, inner.len + 1);
	for (size_t i = 0; i < inner.len; i++) {
		if (inner.ptr[i] == '\\' && i + 1 < inner.len && strchr("\\\";:", inner.ptr[i + 1]))
			i++;
		out[n++] = (char)inner.ptr[i];
	}
	return out;
}

void
rules_opt_msg(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	char *text = take_text(p, value);

	(void)k;
	if (text != NULL)
		p->rule->pub.msg = text;
}

static bool
digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

/* RFC 5321 section 4.2: three digits and a text; RFC 3463 codes are part of the text. */
void
rules_opt_reply(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	char *text = take_text(p, value);

	(void)k;
	if (text == NULL)
		return;
	if (strlen(text) < 5 || !digits(text, 3) || text[3] != ' ' ||
	    (text[0] != '4' && text[0] != '5') || text[1] > '5') {
		rules_error(p, value, "R022",
			    "write a code and a text: reply:\"550 5.7.1 not accepted\";",
			    "this is no refusing reply of SMTP");
		return;
	}
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c >= 0x80) {
			rules_error(p, value, "R022", "write ASCII only (RFC 5321)",
				    "the reply holds bytes that are not ASCII");
			return;
		}
	p->rule->pub.reply = text;
	p->reply = value;
}

void
rules_opt_number_id(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_rule *r = &p->rule->pub;
	uint64_t n;

	if (k->what == 0)
		p->sid_written = true;
	if (!rules_uint(p, value, k->what == 3 ? 255 : UINT32_MAX, &n))
		return;
	if (n == 0 && k->what != 2) {
		rules_error(p, value, "R023", "count from 1", "%s cannot be 0", k->name);
		return;
	}
	switch (k->what) {
	case 0:
		if (n > RULES_AUTO_SID) {
			rules_error(p, value, "R023", "choose a number up to 4000000000",
				    "sids from 4000000001 on are given to rules without one");
			return;
		}
		r->sid = (uint32_t)n;
		p->rule->places->sid = rules_place_of(p->text, value);
		break;
	case 1:
		r->gid = (uint32_t)n;
		break;
	case 2:
		r->rev = (uint32_t)n;
		break;
	default:
		r->priority = (uint32_t)n;
		p->priority_set = true;
		break;
	}
}

/* A NULL-terminated list of texts that may grow keyword by keyword. */
static void
add_text(struct rule *r, const char *const **list, struct span text)
{
	const char **grown;
	size_t n = 0;

	while ((*list)[n] != NULL)
		n++;
	grown = rules_alloc(r, (n + 2) * sizeof(*grown));
	memcpy(grown, *list, n * sizeof(*grown));
	grown[n] = rules_text_copy(r, text);
	*list = grown;
}

void
rules_opt_reference(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	ptrdiff_t comma = span_chr(value, ',');

	(void)k;
	if (comma <= 0 || span_trim(span_skip(value, (size_t)comma + 1)).len == 0) {
		rules_error(p, value, "R022", "write reference:url,example.com/why;",
			    "a reference has a type and a value");
		return;
	}
	add_text(p->rule, &p->rule->pub.references, value);
}

void
rules_opt_metadata(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_list list;

	(void)k;
	if (!rules_list_split(p, value, ',', &list))
		return;
	for (size_t i = 0; i < list.count; i++) {
		if (list.item[i].len == 0) {
			rules_error(p, value, "R022", "remove the comma, or write key value",
				    "an empty place in the list");
			return;
		}
		add_text(p->rule, &p->rule->pub.metadata, list.item[i]);
	}
}

static void
bad_word(struct rules_parser *p, struct span word, const char *form)
{
	char hint[256];

	snprintf(hint, sizeof(hint), "write %s", form);
	rules_error(p, word.ptr != NULL ? word : p->keyword, "R022", hint,
		    "'%.*s' is not understood", (int)word.len, (const char *)word.ptr);
}

void
rules_opt_target(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	if (!rules_is(value, "src_ip") && !rules_is(value, "dest_ip"))
		bad_word(p, value, k->form);
}

void
rules_opt_flag(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	bool clash = k->what == 0 ? p->rule->pub.noalert : p->rule->pub.alert;

	(void)value;
	if (clash)
		rules_error(p, p->keyword, "R025", "remove one of the two", "%s",
			    k->what == 0 ? "alert contradicts noalert"
					 : "noalert contradicts the alert asked for");
	else if (k->what == 0)
		p->rule->pub.alert = true;
	else
		p->rule->pub.noalert = true;
}

void
rules_opt_enforce(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	if (rules_is(value, "no"))
		p->rule->pub.enforce = p->rule->pub.enforce_written = false;
	else if (!rules_is(value, "yes"))
		bad_word(p, value, k->form);
}
