/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop of top: a key or a second, whichever comes first. Nobody was ever reached: 3; afterwards a daemon
 * that is gone is told on the screen and asked again each second. */
#include <curses.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "top.h"

#define TOP_EVERY_US 1000000
#define TOP_ASIDE 8 /* columns of one step to the side */

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- asking ---- */

/* 0, 1 refused, 3 not reached; t->trouble says why. */
static int
ask_tab(struct top *t, const char *where, enum top_tab tab)
{
	struct err err = { .text = "" };
	char line[TOP_FILTER + 64];
	json_t *answer = NULL;
	struct str s;
	int reached = 1;

	str_open(&s, line, sizeof(line));
	if (top_command(t, tab, &s))
		answer = ctl_ask(where, line, 0, &reached, &err);
	if (answer != NULL && top_take(t, tab, answer, now_us()) == 0)
		return 0;
	err_text(&err, t->trouble, sizeof(t->trouble));
	return reached ? 1 : 3;
}

/* The counters are of every tab. */
static int
ask(struct top *t, const char *where)
{
	int r;

	t->trouble[0] = '\0';
	r = ask_tab(t, where, TOP_OVERVIEW);
	if (r == 0 && (t->tab == TOP_SESSIONS || t->tab == TOP_RULES))
		r = ask_tab(t, where, t->tab);
	return r;
}

/* ---- keys ---- */

static void
go_to(struct top *t, int tab)
{
	t->tab = (enum top_tab)((tab + TOP_TABS) % TOP_TABS);
	t->selected = t->first = t->column = 0;
	t->detail[0] = '\0';
}

static void
typed_key(struct top *t, int key)
{
	size_t len = strlen(t->typed);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		memcpy(t->filter[t->tab], t->typed, sizeof(t->typed));
		t->typing = false;
		t->selected = t->first = 0;
	} else if (key == 27) {
		t->typing = false;
	} else if ((key == KEY_BACKSPACE || key == 127 || key == 8) && len > 0) {
		t->typed[len - 1] = '\0';
	} else if (key == 21) { /* ^U, as in a shell */
		t->typed[0] = '\0';
	} else if (key >= ' ' && key < 127 && len + 1 < sizeof(t->typed)) {
		t->typed[len] = (char)key;
		t->typed[len + 1] = '\0';
	}
}

static void
move_bar(struct top *t, int key)
{
	size_t page = top_draw_room() > 1 ? top_draw_room() - 1 : 1;
	size_t last = t->rows[t->tab].shown_count > 0 ? t->rows[t->tab].shown_count - 1 : 0;
	size_t step = key == KEY_NPAGE || key == KEY_PPAGE ? page : 1;

	if (key == KEY_UP || key == KEY_PPAGE)
		t->selected -= t->selected < step ? t->selected : step;
	else if (key == KEY_DOWN || key == KEY_NPAGE)
		t->selected += last - t->selected < step ? last - t->selected : step;
	else if (key == KEY_RIGHT && t->column + TOP_ASIDE < TOP_LINE)
		t->column += TOP_ASIDE;
	else if (key == KEY_LEFT)
		t->column -= t->column < TOP_ASIDE ? t->column : TOP_ASIDE;
	else if (key == KEY_HOME)
		t->selected = t->column = 0;
	else if (key == KEY_END)
		t->selected = last;
}

/* The row under the bar whole, by its key: it stays when others move. */
static void
turn_detail(struct top *t)
{
	const struct top_rows *all = &t->rows[t->tab];
	bool on = t->detail[0] == '\0' && t->selected < all->shown_count;

	snprintf(t->detail, sizeof(t->detail), "%s", on ? all->shown[t->selected]->key : "");
	t->skip = 0;
}

/* True: ask at once. */
static bool
take_key(struct top *t, int key)
{
	if (t->typing) {
		typed_key(t, key);
		return !t->typing;
	}
	if (t->help && key != KEY_RESIZE && key != 'q') {
		t->help = false;
		return false;
	}
	if (key >= '1' && key < '1' + TOP_TABS)
		go_to(t, key - '1');
	else if (key == '\t' || key == KEY_BTAB)
		go_to(t, (int)t->tab + (key == '\t' ? 1 : -1));
	else if (key == '/')
		t->typed[0] = '\0', t->typing = true;
	else if (key == 's')
		top_sort_next(t);
	else if (key == 'p' || key == ' ')
		t->paused = !t->paused;
	else if (key == '?' || key == 'h')
		t->help = true;
	else if (key == 'q')
		t->quit = true;
	else if (key == '\n' || key == '\r' || key == KEY_ENTER)
		turn_detail(t);
	else if (t->detail[0] != '\0')
		t->skip += key == KEY_DOWN ? 1 : key == KEY_UP && t->skip > 0 ? -1ul : 0;
	else
		move_bar(t, key);
	return strchr("\t12345s", key < 256 ? key : 0) != NULL && key != 0;
}

/* ---- the loop ---- */

static void
show(struct top *t, const char *where)
{
	size_t room = top_draw_room();

	top_choose(t);
	if (t->selected < t->first)
		t->first = t->selected;
	else if (room > 0 && t->selected >= t->first + room)
		t->first = t->selected - room + 1;
	top_draw(t, where);
}

static void
loop(struct top *t, const char *where)
{
	uint64_t next = now_us() + TOP_EVERY_US, now;
	bool asked; /* by a key: in a pause, too */
	int key;

	while (!t->quit) {
		show(t, where);
		now = now_us();
		timeout(now < next ? (int)((next - now) / 1000) + 1 : 0);
		key = getch();
		asked = key != ERR && take_key(t, key);
		if (!asked && now_us() < next)
			continue;
		if (asked || !t->paused)
			ask(t, where);
		next = now_us() + TOP_EVERY_US;
	}
}

int
top_run(const char *where)
{
	static struct top t; /* large */
	SCREEN *screen;
	int r;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		fprintf(stderr, "posternctl: top needs a terminal; posternctl show sessions does not\n");
		return 2;
	}
	r = ask(&t, where);
	if (r != 0) {
		fprintf(stderr, "posternctl: %s\n", t.trouble);
		top_close(&t);
		return r;
	}
	screen = newterm(NULL, stdout, stdin);
	if (screen == NULL) {
		fprintf(stderr, "posternctl: this terminal is not known; is TERM right?\n");
		top_close(&t);
		return 1;
	}
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	loop(&t, where);
	endwin();
	delscreen(screen);
	top_close(&t);
	return 0;
}
