/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcre. In: [!]"/regex/flags", with or without quotation marks; out: a condition with text and
 * flags. Called through rules_keywords.c. The expression itself is compiled, and judged, by the
 * build.
 */
#include "rules_parse.h"

#include <stdio.h>
#include "match_build.h"

#define REGEX_MAX 8192

static const struct {
	char letter;
	unsigned flag; /* 0: no effect */
} flags[] = {
	{ 'i', MATCH_NOCASE },
	{ 's', MATCH_DOTALL },
	{ 'm', MATCH_MULTILINE },
	{ 'x', MATCH_EXTENDED },
	{ 'A', MATCH_ANCHORED },
	{ 'E', MATCH_DOLLAR_END },
	{ 'G', MATCH_UNGREEDY },
	{ 'B', 0 },
	{ 'O', 0 },
	{ 'R', 0 },
};

/* Letters that name a buffer of HTTP in old rules. */
static const char buffer_letters[] = "UVWZHIDMCPQYSK";

static bool
take_flag(struct rules_parser *p, struct span at, unsigned *out)
{
	char letter = (char)at.ptr[0];

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].letter != letter)
			continue;
		if (flags[i].flag != 0 && (*out & flags[i].flag) != 0) {
			rules_error(p, at, "R036", "remove one of the two",
				    "the flag %c stands twice", letter);
			return false;
		}
		*out |= flags[i].flag;
		return true;
	}
	if (strchr(buffer_letters, letter) != NULL)
		rules_error(p, at, "R036",
			    "name a sticky buffer in front: smtp.command_data; pcre:...",
			    "the flag %c means a buffer of HTTP", letter);
	else
		rules_error(p, at, "R036", "flags are i s m x A E G R B O", "unknown flag '%c'",
			    letter);
	return false;
}

/* The text between the first and the last slash, and the flags behind it. */
static bool
split(struct rules_parser *p, struct span value, struct span *text, struct span *letters)
{
	size_t end = value.len;

	if (value.len < 2 || value.ptr[0] != '/') {
		rules_error(p, value.ptr != NULL ? value : p->keyword, "R022",
			    "write pcre:\"/regex/flags\";",
			    "a regular expression stands between slashes");
		return false;
	}
	while (end > 1 && value.ptr[end - 1] != '/')
		end--;
	if (end == 1) {
		rules_error(p, value, "R022", "end it with a slash: pcre:\"/regex/flags\";",
			    "the regular expression is not closed");
		return false;
	}
	*text = span_of(value.ptr + 1, end - 2);
	*letters = span_of(value.ptr + end, value.len - end);
	if (text->len == 0 || text->len > REGEX_MAX) {
		rules_error(p, value, text->len == 0 ? "R022" : "R023",
			    "write a regular expression of up to 8192 bytes",
			    "the regular expression is %s", text->len == 0 ? "empty" : "too long");
		return false;
	}
	return true;
}

void
rules_opt_pcre(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	bool negated = rules_negated(&value), relative = false;
	struct span text, letters;
	struct rules_cond *c;
	unsigned bits = 0;

	(void)k;
	value = span_trim(rules_unquote(value, NULL));
	if (!split(p, value, &text, &letters))
		return;
	for (size_t i = 0; i < letters.len; i++) {
		if (!take_flag(p, span_of(letters.ptr + i, 1), &bits))
			return;
		relative |= letters.ptr[i] == 'R';
	}
	c = rules_cond_add(p, RULES_COND_PCRE, text);
	if (c == NULL)
		return;
	c->negated = negated;
	c->regex.text = span_of(rules_text_copy(p->rule, text), text.len);
	c->regex.flags = bits;
	c->regex.relative = relative;
}
