/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * posternctl top: the daemon on a terminal, once a second. top_model.c makes rows with rates out of the
 * daemon's answers, top_draw.c draws them, top_keys.c asks and takes keys. The model knows no terminal.
 */
#ifndef TOP_H
#define TOP_H

#include <stdbool.h>
#include <stdint.h>
#include "ctl.h"
#include "str.h"

enum top_tab { TOP_OVERVIEW, TOP_SESSIONS, TOP_RULES, TOP_DROPS, TOP_WORKERS, TOP_TABS };

#define TOP_KEY 64
#define TOP_LINE 1024
#define TOP_FILTER 256
#define TOP_NO_RATE (-1.0)

struct top_row {
	char key[TOP_KEY];	/* the same row in the next answer */
	const json_t *of;	/* what the daemon said of it, the model's */
	uint64_t value;		/* of what is counted: packets, bytes, hits */
	double rate;		/* of value a second; TOP_NO_RATE: not known yet */
	double busy;		/* workers: percent of turns with work; TOP_NO_RATE */
};

struct top_rows {
	struct top_row *each;
	size_t count;
	const struct top_row **shown; /* those of the filter, in order */
	size_t shown_count;
	uint64_t at_us;	  /* of the answer; 0 none yet */
	json_t *document; /* the answer */
};

struct top {
	struct top_rows rows[TOP_TABS];
	enum top_tab tab;
	char filter[TOP_TABS][TOP_FILTER];
	unsigned sort[TOP_TABS];
	size_t selected, first, column; /* row under the bar, first row and column on the screen */
	char detail[TOP_KEY];		/* the row that is shown whole; "" none */
	size_t skip;			/* lines of it */
	bool paused, help, typing, quit;
	char typed[TOP_FILTER];
	char trouble[1200]; /* why there is no answer; "" all is well */
};

/* The command whose answer a tab's rows are made of, with filter and order; false: cut. */
bool top_command(const struct top *t, enum top_tab tab, struct str *out);
/* Take an answer, which becomes the model's. The counters of `show stats` feed three tabs. */
int top_take(struct top *t, enum top_tab tab, json_t *answer, uint64_t now_us);
/* Choose and order the rows of the tab anew. */
void top_choose(struct top *t);
/* A row as text, and the line above all rows. */
void top_row_text(enum top_tab tab, const struct top_row *r, struct str *out);
const char *top_head(enum top_tab tab);
const char *top_name(enum top_tab tab);
/* The name of the order of a tab's rows; the next one. */
const char *top_sort_name(const struct top *t);
void top_sort_next(struct top *t);
/* NULL when there is none. The keys of TOP_OVERVIEW are the counters' names. */
const struct top_row *top_find(const struct top *t, enum top_tab tab, const char *key);
void top_close(struct top *t);

/* top_draw.c: the whole screen */
void top_draw(const struct top *t, const char *where);
size_t top_draw_room(void); /* rows that fit */

/* top_keys.c: until q; an exit code */
int top_run(const char *where);

#endif
