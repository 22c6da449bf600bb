/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of judging share: a set from rule text, one worker, one connection with one
 * transaction, and events in few words. Included by one .c file each.
 *
 *	judge_open("drop:flow smtp:rcpt ... (...)\n");
 *	judge_value(RULES_RCPT_TO, "<a@b>");
 *	judge_event(RULES_AT_RCPT);
 *	assert_int_equal(judge_sid(0), 1);
 *	judge_close();
 */
#ifndef JUDGE_H
#define JUDGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "rules_build.h"
#include "rules_why.h"

#define JUDGE_MESSAGES 4

static struct {
	struct rules_set *set;
	struct rules_worker *w;
	struct pool *pool;
	struct arena arena, flow_arena;
	struct rules_flow flow;
	struct rules_tx tx;
	struct rules_packet packet;
	struct rules_values values;
	struct rules_event ev;
	struct rules_hits hits;
	struct rules_item item[64]; /* MULTI values so far, any field */
	unsigned items;
	uint64_t now_us;
	struct rules_watch watch;
	uint64_t *told; /* matches of each rule that the watch was told */
	bool *never;	/* by rule: it was warned of that it cannot match */
	bool unwatched; /* nobody follows, as in service */
} judge;

/* --why must say "match" exactly as often as the rule fired, at every event of every test. */
static inline void
judge_compare(void)
{
	for (size_t i = 0; i < rules_count(judge.set) && !judge.unwatched; i++) {
		if (judge.never[i] && rules_hit_count(judge.w, (uint32_t)i) > 0)
			fail_msg("sid %u fired, and was said never to", rules_at(judge.set, i)->sid);
		if (judge.told[i] == rules_hit_count(judge.w, (uint32_t)i))
			continue;
		print_error("sid %u: told %llu times, fired %llu times\n",
			    rules_at(judge.set, i)->sid, (unsigned long long)judge.told[i],
			    (unsigned long long)rules_hit_count(judge.w, (uint32_t)i));
		fail();
	}
}

static inline void
judge_on_event(struct rules_watch *w, const struct rules_event *ev)
{
	(void)w;
	(void)ev;
	judge_compare();
}

static inline void
judge_on_packet(struct rules_watch *w, const struct rules_packet *p, enum rules_hook hook)
{
	(void)w;
	(void)p;
	(void)hook;
	judge_compare();
}

static inline void
judge_on_rule(struct rules_watch *w, const struct rules_why *why)
{
	(void)w;
	/* Who does not match is told why. */
	assert_true(why->match == (why->text[0] == '\0'));
	if (why->asked && why->match && !why->before)
		judge.told[why->rule->index]++;
}

static void
judge_say(const struct rules_source *s)
{
	for (size_t i = 0; i < rules_diag_count(s); i++)
		rules_diag_print(rules_diag(s, i), stderr);
}

static inline void
judge_note_never(const struct rules_source *s)
{
	judge.never = calloc(rules_count(judge.set) + 1, sizeof(*judge.never));
	for (size_t i = 0; i < rules_diag_count(s); i++) {
		const struct rules_diag *d = rules_diag(s, i);

		for (size_t r = 0; r < rules_count(judge.set); r++)
			judge.never[r] |= strncmp(d->code, "R05", 3) == 0 &&
					  rules_at(judge.set, r)->line == d->line;
	}
}

static inline void
judge_open(const char *text)
{
	static const char *const events[] = { "bare_lf", NULL };
	struct rules_source *s = rules_source_create(NULL, 0, events);

	memset(&judge, 0, sizeof(judge));
	assert_int_equal(rules_source_text(s, "test.rules", span_str(text)), 0);
	judge.set = rules_build(s, NULL, true);
	if (judge.set == NULL)
		judge_say(s);
	assert_non_null(judge.set);
	judge_note_never(s);
	rules_source_destroy(s);
	judge.w = rules_worker_create(judge.set, JUDGE_MESSAGES);
	assert_non_null(judge.w);
	judge.told = calloc(rules_count(judge.set) + 1, sizeof(*judge.told));
	judge.watch = (struct rules_watch){ judge_on_event, judge_on_packet, judge_on_rule };
	rules_worker_watch(judge.w, &judge.watch);
	judge.pool = pool_create("judge", 4096, 64, 0);
	arena_open(&judge.arena, judge.pool, 128 * 1024);
	arena_open(&judge.flow_arena, judge.pool, 64 * 1024);
	judge.packet = (struct rules_packet){ .sport = 40000,
					      .dport = 25,
					      .ip_version = 4,
					      .ip_proto = 6,
					      .kind = RULES_P_TCP,
					      .to_server = true,
					      .established = true,
					      .flow_known = true,
					      .only_stream = true };
	memcpy(judge.packet.src, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01", 16);
	memcpy(judge.packet.dst, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc6\x33\x64\x01", 16);
	judge.now_us = 1000000;
}

/* The code of the first error that text has; "" when it loads. */
static inline const char *
judge_refused(const char *text)
{
	static char code[8];
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	struct rules_set *set;

	assert_int_equal(rules_source_text(s, "test.rules", span_str(text)), 0);
	set = rules_build(s, NULL, true);
	code[0] = '\0';
	for (size_t i = rules_diag_count(s); i-- > 0;)
		if (rules_diag(s, i)->severity == RULES_ERROR)
			snprintf(code, sizeof(code), "%s", rules_diag(s, i)->code);
	assert_true((set == NULL) == (code[0] != '\0'));
	rules_free(set);
	rules_source_destroy(s);
	return code;
}

/* The transaction ends and another begins; the connection stays. */
static inline void
judge_new_tx(void)
{
	rules_tx_close(judge.w, &judge.tx);
	arena_reset(&judge.arena);
	judge.items = 0;
	memset(&judge.values, 0, sizeof(judge.values));
}

static inline void
judge_close(void)
{
	judge_compare();
	free(judge.told);
	free(judge.never);
	judge_new_tx();
	arena_close(&judge.flow_arena);
	rules_worker_destroy(judge.w);
	rules_free(judge.set);
	pool_destroy(judge.pool);
}

static inline void
judge_value(enum rules_field f, const char *value)
{
	rules_value(&judge.values, f, span_str(value), true);
}

/* A new value of a MULTI field beside those that came before. */
static inline void
judge_item(enum rules_field f, const char *value)
{
	struct rules_item *item = &judge.item[judge.items++];
	const struct rules_item *last = judge.values.items[f];

	*item = (struct rules_item){ .value = span_str(value) };
	while (last != NULL && last->next != NULL)
		last = last->next;
	if (last != NULL)
		((struct rules_item *)last)->next = item;
	rules_items(&judge.values, f, last != NULL ? judge.values.items[f] : item,
		    judge.values.brought >> f & 1 ? judge.values.fresh[f] : item);
}

/* hooks: up to three, then RULES_HOOKS. Afterwards all values are carried ones. */
static inline void
judge_event_hooks(const enum rules_hook *hooks)
{
	judge.ev = (struct rules_event){
		.to_server = judge.packet.to_server,
		.end = judge.ev.end,
		.packet = &judge.packet,
		.values = &judge.values,
		.arena = &judge.arena,
		.flow_arena = &judge.flow_arena,
		.now_us = judge.now_us,
		.detect = true,
		.firewall = true,
	};
	for (unsigned i = 0; i < 3 && hooks[i] != RULES_HOOKS; i++)
		judge.ev.hooks[judge.ev.hook_count++] = hooks[i];
	rules_event(judge.w, &judge.flow, &judge.tx, &judge.ev, &judge.hits);
	judge.values.brought = 0;
	memset(judge.values.fresh, 0, sizeof(judge.values.fresh));
	/* What a command or a reply says is gone with it. */
	judge.values.present &= ~(UINT64_C(1) << RULES_COMMAND | UINT64_C(1) << RULES_COMMAND_DATA |
				  UINT64_C(1) << RULES_RESPONSE_CODE);
	judge.ev.end = false;
}

static inline void
judge_event(enum rules_hook hook)
{
	judge_event_hooks((enum rules_hook[]){ hook, RULES_HOOKS });
}

/* sid of the rule that decided the i-th hook; 0: none. */
static inline uint32_t
judge_sid(unsigned i)
{
	uint8_t hit = judge.hits.decided[i];

	return hit == 0xff ? 0 : judge.hits.hit[hit].rule->sid;
}

/* Hits of a rule in the last event, and whether the last of them alerts. */
static inline unsigned
judge_hits(uint32_t sid, bool *alert)
{
	unsigned count = 0;

	for (unsigned i = 0; i < judge.hits.count; i++) {
		if (judge.hits.hit[i].rule->sid != sid)
			continue;
		count++;
		if (alert != NULL)
			*alert = judge.hits.hit[i].alert;
	}
	return count;
}

static inline bool
judge_alerted(uint32_t sid)
{
	bool alert = false;

	return judge_hits(sid, &alert) > 0 && alert;
}

#endif
