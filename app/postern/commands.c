/* SPDX-License-Identifier: BSD-3-Clause */
/* See commands.h: finding the command of a line, and what to say when there is none. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "str.h"

#define COMMANDS_WORDS 64
#define COMMANDS_WORD 64
#define COMMANDS_NEAR 32 /* words that a suggestion chooses from */

static const struct command *const parts[] = { commands_control, commands_show, commands_rules,
					      commands_sets, commands_suricata };
#define PARTS (sizeof(parts) / sizeof(parts[0]))

const struct command *
commands_next(size_t *i)
{
	size_t n = (*i)++, part, at;

	for (part = 0; part < PARTS; part++)
		for (at = 0; parts[part][at].words != NULL; at++)
			if (n-- == 0)
				return &parts[part][at];
	return NULL;
}

/* ---- the words of a line ---- */

struct line {
	char text[COMMANDS_LINE];
	const char *word[COMMANDS_WORDS];
	const char *rest[COMMANDS_WORDS]; /* of the line as it was, from that word on */
	size_t words;
	char whole[COMMANDS_LINE];
};

static int
line_split(struct line *l, const char *text, struct err *err)
{
	size_t len = strlen(text);
	char *p;

	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	l->words = 0;
	if (len >= COMMANDS_LINE)
		return err_set(err, -E2BIG, "the line is longer than %d bytes", COMMANDS_LINE - 1);
	memcpy(l->text, text, len);
	l->text[len] = '\0';
	memcpy(l->whole, l->text, len + 1);
	for (p = l->text;;) {
		while (isspace((unsigned char)*p))
			*p++ = '\0';
		if (*p == '\0')
			return 0;
		if (l->words == COMMANDS_WORDS)
			return err_set(err, -E2BIG, "more than %d words", COMMANDS_WORDS);
		l->rest[l->words] = l->whole + (p - l->text);
		l->word[l->words++] = p;
		while (*p != '\0' && !isspace((unsigned char)*p))
			p++;
	}
}

/* ---- the words of a command ---- */

struct place {
	char text[COMMANDS_WORD]; /* without brackets and dots */
	bool optional, rest, any, variable; /* any: what it is does not matter */
};

/* The next word of a pattern. */
static bool
place_next(const char **pattern, struct place *p)
{
	const char *from = *pattern, *end;
	size_t len;

	from += strspn(from, " ");
	end = strchrnul(from, ' ');
	*pattern = end;
	if (from == end)
		return false;
	memset(p, 0, sizeof(*p));
	p->optional = *from == '[';
	from += p->optional;
	end -= p->optional;
	p->rest = end - from > 3 && memcmp(end - 3, "...", 3) == 0;
	end -= p->rest ? 3 : 0;
	len = (size_t)(end - from);
	memcpy(p->text, from, len);
	p->any = strpbrk(p->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
	p->variable = p->any || p->optional || strchr(p->text, '|') != NULL;
	return true;
}

/* The n-th of "a|b|c" into word; false when there is none. */
static bool
choice(const struct place *p, size_t n, char *word, size_t size)
{
	const char *from = p->text, *end = strchrnul(from, '|');

	for (; n > 0; n--) {
		if (*end == '\0')
			return false;
		from = end + 1;
		end = strchrnul(from, '|');
	}
	snprintf(word, size, "%.*s", (int)(end - from), from);
	return true;
}

static bool
place_takes(const struct place *p, const char *word)
{
	char one[COMMANDS_WORD];
	size_t n;

	for (n = 0; !p->any && choice(p, n, one, sizeof(one)); n++)
		if (strcmp(one, word) == 0)
			return true;
	return p->any;
}

/* suricatasc gives arguments by name: {"iface": "0"}. */
static const char *
named(const struct command_call *c, const struct place *p)
{
	char name[COMMANDS_WORD];
	size_t i;

	for (i = 0; p->text[i] != '\0'; i++)
		name[i] = (char)tolower((unsigned char)p->text[i]);
	name[i] = '\0';
	return json_string_value(json_object_get(c->named, name));
}

/* How many words of the line fit; all of them and *whole: this is the command. */
static size_t
fit(const struct command *cmd, const struct line *l, struct command_call *c, bool *whole)
{
	const char *pattern = cmd->words, *given;
	struct place p;
	size_t n = 0, arg = 0;

	memset(c->arg, 0, sizeof(c->arg));
	*whole = false;
	while (place_next(&pattern, &p)) {
		given = n < l->words ? l->word[n] : NULL;
		if (given != NULL && !place_takes(&p, given))
			return n;
		if (given != NULL)
			n++;
		else if (p.any)
			given = named(c, &p);
		if (given == NULL && !p.optional)
			return n;
		if (p.rest && n > 0 && given == l->word[n - 1]) {
			given = l->rest[n - 1];
			n = l->words;
		}
		if (p.variable && arg < COMMANDS_ARGS)
			c->arg[arg++] = given;
	}
	*whole = n == l->words;
	return n;
}

/* The words that may stand behind the first n of this line. */
static void
add_candidates(const struct command *cmd, size_t n, char (*word)[COMMANDS_WORD], size_t *count)
{
	const char *pattern = cmd->words;
	char one[COMMANDS_WORD];
	struct place p = { .any = true };
	size_t i, k;

	for (i = 0; i <= n; i++)
		if (!place_next(&pattern, &p))
			return;
	for (i = 0; !p.any && choice(&p, i, one, sizeof(one)); i++) {
		for (k = 0; k < *count && strcmp(word[k], one) != 0; k++)
			;
		if (k == *count && *count < COMMANDS_NEAR)
			memcpy(word[(*count)++], one, sizeof(one));
	}
}

/* Commands that took the most words: what could have come next? */
static size_t
candidates(const struct line *l, char (*word)[COMMANDS_WORD], size_t *most)
{
	struct command_call c = { 0 };
	const struct command *cmd;
	size_t i, n, count = 0;
	bool whole;

	*most = 0;
	for (i = 0; (cmd = commands_next(&i)) != NULL;) {
		n = fit(cmd, l, &c, &whole);
		if (n < *most)
			continue;
		if (n > *most)
			count = 0;
		*most = n;
		add_candidates(cmd, n, word, &count);
	}
	return count;
}

static int
unknown(const struct line *l, struct err *err)
{
	char word[COMMANDS_NEAR][COMMANDS_WORD];
	const char *list[COMMANDS_NEAR + 1], *near = NULL;
	size_t i, most, count = candidates(l, word, &most);
	char bad[128], before[200];
	struct str s;

	for (i = 0; i < count; i++)
		list[i] = word[i];
	list[count] = NULL;
	str_open(&s, before, sizeof(before));
	for (i = 0; i < most; i++)
		str_printf(&s, "%s ", l->word[i]);
	if (most == l->words) {
		err_set(err, -EINVAL, "'%.*s' is not complete", s.len > 0 ? (int)s.len - 1 : 0, before);
	} else {
		str_open(&s, bad, sizeof(bad));
		str_add_escaped(&s, span_str(l->word[most]));
		near = err_nearest(bad, list);
		err_set(err, -EINVAL, "unknown command '%s%s'", before, bad);
	}
	if (near != NULL)
		err_hint(err, "did you mean '%s%s'?", before, near);
	else
		err_hint(err, "help lists all");
	return -EINVAL;
}

int
commands_run(struct app *a, const char *line, json_t *by_name, char **text, json_t **json,
	     struct err *err)
{
	struct command_call c = { .app = a, .named = by_name, .wants_json = json != NULL };
	const struct command *cmd = NULL;
	bool whole = false;
	struct line l;
	size_t i = 0, size;
	int r = line_split(&l, line, err);

	*text = NULL;
	if (r != 0)
		return r;
	while (!whole && (cmd = commands_next(&i)) != NULL)
		fit(cmd, &l, &c, &whole);
	if (!whole)
		return unknown(&l, err);
	c.out = open_memstream(text, &size);
	if (c.out == NULL)
		return err_set(err, -ENOMEM, "no memory for an answer");
	r = cmd->run(&c);
	fclose(c.out);
	if (r != 0)
		*err = c.err;
	if (r == 0 && json != NULL)
		*json = c.json != NULL ? c.json : json_string(*text);
	else
		json_decref(c.json);
	return r;
}

const char *
commands_complete(const char *text, size_t n, char *out, size_t size)
{
	char word[COMMANDS_NEAR][COMMANDS_WORD];
	size_t i, most, count, len = strlen(text);
	bool begins = len == 0 || text[len - 1] == ' ';
	struct line l;

	if (line_split(&l, text, NULL) != 0)
		return NULL;
	if (!begins)
		l.words--;
	count = candidates(&l, word, &most);
	if (most != l.words)
		return NULL;
	for (i = 0; i < count; i++) {
		if (!begins && strncmp(word[i], l.word[l.words], strlen(l.word[l.words])) != 0)
			continue;
		if (n-- == 0) {
			snprintf(out, size, "%s", word[i]);
			return out;
		}
	}
	return NULL;
}

int
commands_file(struct app *a, const char *path, FILE *out, struct err *err)
{
	char line[COMMANDS_LINE + 2], *text;
	FILE *f = fopen(path, "re");
	struct err one;
	unsigned number = 0;
	int r, result = 0;

	if (f == NULL)
		return err_set_at(err, -errno, path, 0, 0, "cannot read console commands: %s",
				  strerror(errno));
	while (!a->quit && fgets(line, sizeof(line), f) != NULL) {
		number++;
		if (line[strspn(line, " \t\r\n")] == '\0' || line[0] == '#')
			continue;
		memset(&one, 0, sizeof(one));
		r = commands_run(a, line, NULL, &text, NULL, &one);
		if (text != NULL)
			fputs(text, out);
		free(text);
		if (r == 0)
			continue;
		err_set_at(err, r, path, number, 0, "%s", one.text);
		err_hint(err, "%s", one.hint);
		if (result == 0)
			result = -1;
	}
	fclose(f);
	return result;
}
