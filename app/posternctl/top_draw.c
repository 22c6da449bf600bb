/* SPDX-License-Identifier: BSD-3-Clause */
/* The screen of top: a line of state, the tabs, the rows, a line for what is typed or wrong. Everything is
 * cut to the terminal, however small. */
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

#define DRAW_ABOVE 3 /* state, tabs, head */
#define DRAW_BELOW 1

static const char *const help[] = {
	"Tab, 1-5       overview, sessions, rules, drops, workers",
	"arrows, pages  move; left and right move the columns",
	"Enter          all of the row; again: back",
	"/              filter; an empty one ends it",
	"s              the next order",
	"p              pause, and go on",
	"q              quit",
	"",
	"Words of a filter of sessions, all must hold, 'not' before one:",
	"  from: to: helo: cmd: reply: src: dst: ip: port: state: verdict: app:",
	"  tls:no code:5 rule:SID flow:ID age>5m idle> bytes>2M held> rcpts> mails>",
	"  a word, /regex/, sort:KEY, limit:N",
	"Of the other tabs: a part of the line.",
};
#define HELP (sizeof(help) / sizeof(help[0]))

size_t
top_draw_room(void)
{
	return LINES > DRAW_ABOVE + DRAW_BELOW ? (size_t)(LINES - DRAW_ABOVE - DRAW_BELOW) : 0;
}

static void
put(int y, attr_t how, const char *text)
{
	size_t len = strlen(text);

	if (y < 0 || y >= LINES || COLS < 1)
		return;
	attrset(how);
	mvaddnstr(y, 0, text, (int)(len < (size_t)COLS ? len : (size_t)COLS));
	if (how & A_REVERSE)
		mvchgat(y, 0, -1, how, 0, NULL);
	attrset(A_NORMAL);
}

static void
add_rate(const struct top *t, const char *name, const char *as, struct str *out)
{
	const struct top_row *r = top_find(t, TOP_OVERVIEW, name);

	if (r != NULL && r->rate >= 0)
		str_printf(out, "  %.0f %s", r->rate, as);
}

static void
draw_state(const struct top *t)
{
	const json_t *o = t->rows[TOP_OVERVIEW].document;
	const char *mode = json_string_value(json_object_get(o, "mode"));
	const struct top_row *active = top_find(t, TOP_OVERVIEW, "flow.active");
	char line[TOP_LINE], safe[32];
	struct str s, m;

	str_open(&m, safe, sizeof(safe));
	str_add_escaped(&m, span_str(mode != NULL ? mode : ""));
	str_open(&s, line, sizeof(line));
	str_printf(&s, "postern %s%s  up %lld s  %llu sessions", safe, t->paused ? "  PAUSED" : "",
		   (long long)json_integer_value(json_object_get(o, "uptime")),
		   (unsigned long long)(active != NULL ? active->value : 0));
	add_rate(t, "decoder.pkts", "pkt/s", &s);
	add_rate(t, "firewall.blocked", "blocked/s", &s);
	add_rate(t, "smtp.messages", "mail/s", &s);
	put(0, A_BOLD, line);
}

static void
draw_tabs(const struct top *t)
{
	enum top_tab i;
	int x = 0;
	char name[32];

	for (i = 0; i < TOP_TABS && LINES > 1; i++) {
		snprintf(name, sizeof(name), "%d %s", (int)i + 1, top_name(i));
		if (x < COLS) {
			attrset(i == t->tab ? A_BOLD | A_UNDERLINE : A_NORMAL);
			mvaddnstr(1, x, name, COLS - x);
		}
		x += (int)strlen(name) + 2;
	}
	attrset(A_NORMAL);
}

static void
draw_rows(const struct top *t)
{
	const struct top_rows *all = &t->rows[t->tab];
	size_t i, room = top_draw_room();
	const char *head = top_head(t->tab);
	char line[TOP_LINE];
	struct str s;

	put(2, A_REVERSE, strlen(head) > t->column ? head + t->column : "");
	for (i = 0; i < room && t->first + i < all->shown_count; i++) {
		str_open(&s, line, sizeof(line));
		top_row_text(t->tab, all->shown[t->first + i], &s);
		put(DRAW_ABOVE + (int)i, t->first + i == t->selected ? A_REVERSE : A_NORMAL,
		    s.len > t->column ? line + t->column : "");
	}
	if (all->shown_count == 0 && room > 0)
		put(DRAW_ABOVE, A_NORMAL, all->at_us == 0 ? "no answer yet" : "nothing to show");
}

static void
draw_detail(const struct top *t)
{
	const struct top_row *r = top_find(t, t->tab, t->detail);
	size_t i = 0, room = top_draw_room();
	char line[TOP_LINE], *text;
	const char *key;
	json_t *value;
	struct str s;

	put(2, A_REVERSE, r != NULL ? "Enter: back" : "it is gone; Enter: back");
	json_object_foreach(r != NULL ? (json_t *)(uintptr_t)r->of : NULL, key, value)
	{
		if (i++ < t->skip || i - t->skip > room)
			continue;
		text = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
		str_open(&s, line, sizeof(line));
		str_printf(&s, "%-18s %s", key, text != NULL ? text : "");
		free(text);
		put(DRAW_ABOVE + (int)(i - t->skip) - 1, A_NORMAL, line);
	}
}

static void
draw_help(void)
{
	size_t i;

	put(2, A_REVERSE, "any key: back");
	for (i = 0; i < HELP && i < top_draw_room(); i++)
		put(DRAW_ABOVE + (int)i, A_NORMAL, help[i]);
}

static void
draw_foot(const struct top *t, const char *where)
{
	char line[TOP_LINE + 256];
	const struct top_rows *all = &t->rows[t->tab];

	if (t->typing)
		snprintf(line, sizeof(line), "/%s", t->typed);
	else if (t->trouble[0] != '\0')
		snprintf(line, sizeof(line), "%s", t->trouble);
	else
		snprintf(line, sizeof(line), "%zu rows by %s%s%s  ? help  q quit  %s", all->shown_count,
			 top_sort_name(t), t->filter[t->tab][0] != '\0' ? "  filter: " : "",
			 t->filter[t->tab], where);
	put(LINES - 1, t->trouble[0] != '\0' && !t->typing ? A_REVERSE : A_NORMAL, line);
	if (t->typing)
		move(LINES - 1, (int)strlen(t->typed) + 1 < COLS ? (int)strlen(t->typed) + 1 : COLS - 1);
}

void
top_draw(const struct top *t, const char *where)
{
	erase();
	draw_state(t);
	draw_tabs(t);
	if (t->help)
		draw_help();
	else if (t->detail[0] != '\0')
		draw_detail(t);
	else
		draw_rows(t);
	draw_foot(t, where);
	curs_set(t->typing ? 1 : 0);
	refresh();
}
