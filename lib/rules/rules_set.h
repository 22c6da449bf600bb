/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The immutable rule set, and what a worker keeps beside it: inside lib/rules only.
 *
 *	rules_build.c compile.c chain.c when.c	make struct rules_set
 *	rules_run.c group.c verify.c		judge an event
 *	rules_stream.c				bodies, piece by piece
 *	rules_view.c window.c			content without a sticky buffer
 *	rules_state.c table.c			bits, integers, rates
 *
 * Each hook has its rules in file order, with one candidate bit a rule. A value that an event
 * brings is scanned once; patterns that match make their groups, and so their rules, candidates.
 * Rules that need no value are candidates always. A hook without candidates costs a comparison.
 */
#ifndef RULES_SET_H
#define RULES_SET_H

#include "rules_internal.h"

struct match_pattern; /* match_build.h, which the run half does not see */

#define RULES_NONE UINT32_MAX
#define RULES_TRANSFORM_SIZE 65600 /* a line at its longest, or a frame; a longer value: no answer */
#define RULES_VERIFY_STEPS 20000   /* places tried for one group and value: then no answer */
#define RULES_MEMO_BITS (256 * 1024) /* places known to fail: conditions times length */
#define RULES_WINDOW 1024	   /* streams: distance + length of a relative content */
#define RULES_CHAINS 32		   /* streams: independent parts of one group */
#define RULES_PIECE 512	   /* streams: bytes scanned at once when positions matter */
#define RULES_FOUND 16384	   /* streams: matches of one piece */

/* Hook lists, and one more: detection rules that look at frames. */
enum { RULES_LIST_PACKETS = RULES_HOOKS, RULES_LISTS };

enum rules_role {
	RULES_ROLE_TRIGGER = 1, /* the rule may fire when this group is judged true */
	RULES_ROLE_LATE = 2,	/* absent, all: decided when no more values can come */
	RULES_ROLE_LEAD = 4,	/* the field's database knows it: no candidate, no match */
	RULES_ROLE_ENTRY = 8,	/* a candidate group makes its rule a candidate */
	RULES_ROLE_FILE = 16,	/* one of several about the same file: see rules_file_begin */
};

struct set_group {
	const struct rules_group *group;
	uint32_t rule;	 /* index in rules_set.rule */
	uint32_t memory; /* bit in rules_tx.matched, or RULES_NONE */
	uint32_t need, need_count; /* bits in rules_stream.live: its contents, all of which it needs */
	bool open; /* more than these decides, so that it is judged on each piece once it has them */
	unsigned role;	 /* enum rules_role */
	/* STREAM fields */
	uint32_t chains, forbidden; /* bits of its parts' chains that must, must not be done */
	uint32_t state_words;	/* of struct stream_state */
	bool simple;		/* one match decides: it needs no state */
	bool at_end;		/* has conditions that only the end decides */
};

/* One condition of a group on a STREAM field. */
struct set_part {
	uint32_t group, cond;
	uint8_t chain;	   /* its bit in set_group.chains */
	bool last;	   /* the chain is done when it matches */
	/* Where its ends are kept for the next of the chain: words of the state; 0 when last. */
	uint32_t ring, ring_size;
	uint32_t before; /* relative: the part before it in rules_set.part, or RULES_NONE */
};

struct set_rule {
	const struct rule *rule;
	uint32_t first_group, group_count;
	uint32_t list, pos;
	uint32_t mark; /* bit in rules_tx.matched: has alerted; or RULES_NONE */
	uint32_t latch; /* bit: all its file groups matched on one file; or RULES_NONE */
	bool triggers; /* has a group that is one */
	bool changes_sets; /* has a dataset:set or unset */
};

#define RULES_ENTRY_BEFORE 0x80000000u /* in a hook before the rule's own: accepts by its header */

struct set_list {
	uint32_t *entry; /* rule indices in order */
	uint32_t count, words;
	uint32_t first_word; /* in rules_worker.candidate */
	uint64_t *always;
	bool any_always;
};

struct set_field {
	struct match_db *db; /* NULL: no patterns */
	uint32_t *first;     /* by pattern, and one more: index in user */
	uint32_t *user;	     /* groups; for STREAM fields parts */
	uint32_t patterns;
	uint32_t *plain; /* groups without a lead: candidates whenever the field is brought */
	uint32_t plain_count;
	uint32_t memory_begin, memory_end; /* STREAM: memory bits of its groups */
	bool positions; /* STREAM: some match positions matter */
	uint64_t lists; /* bits: events of these hooks need the field */
	bool firewall;	/* not only detection rules ask for it */
};

struct rules_set {
	struct rules_parsed *parsed;
	struct set_rule *rule;
	size_t rule_count, firewall_count;
	struct set_group *group;
	size_t group_count;
	struct match_pattern *lead; /* by group, text.len 0: none; the build's */
	struct set_part *part;
	size_t part_count;
	struct set_list list[RULES_LISTS];
	struct set_field field[RULES_FIELDS];
	uint32_t *latch_rule; /* rules with a latch */
	uint32_t latch_count;
	uint32_t *memory_group; /* by memory bit */
	uint32_t memory_bits;	/* groups and marks */
	uint32_t words;		/* of all lists */
	uint64_t fields_used, scanned; /* asked for; judged by groups that have a role */
	/* content without a sticky buffer, see rules_view.c */
	unsigned views;	      /* of all rules */
	struct set_field ordered; /* the contents of groups that look at a stream; users: needs */
	uint32_t *need_group;	  /* by bit of rules_stream.live */
	uint32_t need_count;
	uint32_t *eager; /* groups judged on each piece of a stream: they need no content */
	uint32_t eager_count;
	size_t overlap; /* bytes of a content that may stand before a piece */
	uint64_t hooks; /* bits: some rule is judged there */
	uint32_t *by_sid; /* rule indices sorted by gid, sid */
};

/* ---- worker ---- */

struct rules_found {
	uint64_t end;
	uint32_t pattern;
};

struct rules_worker {
	const struct rules_set *set;
	struct rules_watch *watch; /* NULL: nobody follows, as ever in service */
	struct match_scratch *scratch;
	uint64_t *hit_count;	   /* by rule */
	uint64_t scans;		   /* calls of the matcher */
	uint64_t *candidate;	   /* bits, by list and position */
	uint64_t *candidate_group; /* bits, by group */
	uint64_t *hot;		   /* bits, by group: judged true on what this event brings */
	uint32_t *touched;	   /* groups with a candidate bit */
	uint32_t touched_count;
	struct rules_table *table;
	struct rules_found *found;
	uint32_t found_count;
	bool found_lost;
	char number[24];
	uint8_t transformed[RULES_TRANSFORM_SIZE];
	uint8_t decoded[RULES_BASE64_MAX / 4 * 3];
	uint64_t memo[RULES_MEMO_BITS / 64];
};

/*
 * A group on a STREAM field under way: word 0 of the rings is word[0]. A ring of n places is
 * n + 2 words: the last end that left it plus 1, how many ends came, and the n newest.
 */
struct stream_state {
	struct stream_state *next;
	uint32_t group;
	uint32_t done; /* bits of chains */
	uint64_t word[];
};

#define RULES_STATE_LISTS 16

struct rules_positions { /* rules_tx.positions; by enum of rules_stream.c */
	struct arena *arena;
	struct stream_state *state[RULES_STREAMS][RULES_STATE_LISTS];
	uint64_t total[RULES_STREAMS]; /* bytes so far */
	bool begun[RULES_STREAMS];
	bool data_done; /* a transaction has one message */
};

/* A connection that a rule let pass is seen by no detection rule again: no search on their behalf.
 */
static inline bool
rules_unasked(const struct rules_worker *w, const struct set_field *field,
	      const struct rules_flow *flow)
{
	return flow != NULL && flow->passed && !field->firewall && w->watch == NULL;
}

/* One event under judgement. */
struct rules_judge {
	struct rules_worker *w;
	const struct rules_set *set;
	struct rules_flow *flow; /* NULL: none */
	struct rules_tx *tx;	 /* NULL: a frame */
	const struct rules_packet *packet;
	const struct rules_values *values;
	struct arena *arena, *flow_arena;
	struct rules_hits *hits;
	uint64_t now_us;
	enum rules_hook hook; /* under way */
	const struct rule *rule; /* under way, where its place in a stream matters */
	bool to_server;
	bool envelope_known, message_known, end; /* no more values of these can come */
	bool limit, passed;
	bool whole;	  /* what candidate bits say is not trusted: rules_why.c */
	uint32_t watched; /* rules of the list that the watch was told about */
	uint64_t lists; /* bits: hook lists that are judged */
};

static inline bool
bit_test(const uint64_t *bits, uint32_t i)
{
	return (bits[i / 64] >> (i % 64) & 1) != 0;
}

static inline void
bit_set(uint64_t *bits, uint32_t i)
{
	bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline void
bit_clear(uint64_t *bits, uint32_t i)
{
	bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

/* ---- build ---- */

/* rules_when.c: may an event of this hook bring this field, as far as a rule may wait for it? */
bool rules_can_bring(enum rules_field f, enum rules_hook h);
/* Brought by each command or reply anew, never carried within its own direction. */
bool rules_per_event(enum rules_field f);
/* A value of the message: told once, not repeated at later events. */
bool rules_of_body(enum rules_field f);
/* Has a late condition: absent, or the quantifier all. */
bool rules_group_late(const struct rules_group *g);

/* rules_chain.c: parts of a group on a STREAM field; reports what cannot be judged. */
int rules_chain(struct rules_source *s, struct rules_set *set, uint32_t group);
/* The pattern of a part. */
void rules_part_pattern(const struct rules_set *set, const struct set_part *part,
			struct match_pattern *out);
/* rules_compile.c: programs of all regular expressions; then the databases of all fields. */
int rules_compile_regexes(struct rules_source *s, struct rules_set *set);
int rules_compile(struct rules_source *s, struct rules_set *set, const char *cache_dir);
/* rules_roles.c: roles, memory bits, marks; needs leads. */
int rules_roles(struct rules_source *s, struct rules_set *set);
bool rules_rule_on_packets(const struct rule *r);
/* rules_view.c: where each rule's content is looked for, and what it needs there. */
int rules_views(struct rules_set *set);
/* The content of a need. */
const struct rules_content *rules_need_content(const struct rules_set *set, uint32_t need);
/* rules_lead.c: the condition that the matcher looks for, as a pattern; false: none. */
bool rules_lead(struct rules_group *g, struct match_pattern *out);

/* ---- run ---- */

/* rules_verify.c: do all conditions hold on this value? 1, 0, or -1: a limit was reached. */
int rules_verify(struct rules_worker *w, const struct rules_group *g, struct span value,
		 int64_t number);
/* rules_window.c: is the rule to look at this frame, or at this piece of a stream? */
bool rules_view_holds(const struct rules_packet *p, const struct rule *r);
/* What a piece makes candidates: groups, given to touch. False: no answer. */
bool rules_window_collect(struct rules_worker *w, const struct rules_packet *p,
			  void (*touch)(struct rules_worker *w, uint32_t group));
/* What the rule has not yet fired on; and from now on only what comes behind. */
struct span rules_unseen(const struct rules_packet *p, const struct rule *r);
void rules_seen(const struct rules_judge *j, const struct rule *r);
/* The value behind the group's transforms; good until the next one. */
struct span rules_transformed(struct rules_worker *w, const struct rules_group *g,
			      struct span value);
bool rules_in_ranges(const struct rules_range *range, uint32_t count, bool invert, int64_t n);

/* rules_group.c */
/* The values of a MULTI field that this event brings; NULL: the one in buf. */
const struct rules_item *rules_fresh(const struct rules_values *v, enum rules_field f);
int rules_group_brought(struct rules_judge *j, const struct rules_group *g);
bool rules_group_state(struct rules_judge *j, uint32_t group, bool *hot);
/* Can another value of this field still come in the transaction? */
bool rules_may_still_come(const struct rules_judge *j, enum rules_field f, bool all);
struct span rules_packet_value(const struct rules_judge *j, enum rules_field f);
/* The rule fired: dataset:set and unset do what they say. */
void rules_sets_apply(struct rules_judge *j, const struct set_rule *sr);

/* rules_header.c is the parser's; rules_packet.c: header, flow and packet keywords on a frame. */
enum rules_packet_part { RULES_FAILS_NOT, RULES_FAILS_PROTO, RULES_FAILS_VIEW, RULES_FAILS_FLOW, RULES_FAILS_ENDS,
			 RULES_FAILS_FLAGS, RULES_FAILS_SAME_IP, RULES_FAILS_NUMBER };
/* The first of them that does not hold. */
enum rules_packet_part rules_packet_fails(const struct rules_judge *j, const struct rule *r);
bool rules_packet_test_holds(const struct rules_packet *p, const struct rules_packet_test *t);
/* -1: frames of this kind have no such number. */
int64_t rules_packet_number(const struct rules_packet *p, enum rules_packet_number what);
/* What the test asks of each side, source and destination or client and server: has the frame sides,
 * and the number of one of them, -1: it has none. */
bool rules_has_sides(const struct rules_packet *p, const struct rules_packet_test *t);
int64_t rules_side_number(const struct rules_packet *p, const struct rules_packet_test *t, bool second);

/* rules_run.c: all conditions of the rule; state is as the rules before have left it. */
bool rules_rule_holds(struct rules_judge *j, const struct set_rule *sr);
bool rules_has_alerted(const struct rules_judge *j, const struct set_rule *sr);

/* rules_state.c */
bool rules_bits_hold(struct rules_judge *j, const struct rule *r);
bool rules_bit_holds(struct rules_judge *j, const struct rules_bit *b);
bool rules_ints_hold(struct rules_judge *j, const struct rule *r);
bool rules_int_holds(const struct rules_judge *j, const struct rules_int *n);
/* INT64_MIN: never set. */
int64_t rules_int_value(const struct rules_judge *j, unsigned var);
/* Both addresses, in an order that is the same for both directions. */
struct rules_table_key;
void rules_key_pair(const struct rules_packet *p, struct rules_table_key *key);
void rules_bits_apply(struct rules_judge *j, const struct rule *r);
/* rules_rate.c */
#define RULES_RATE_TEXT 320 /* bytes of a text that is counted by (RFC 5321: a path has 256) */
/* The field whose value a track counts by; RULES_FIELDS: none. */
enum rules_field rules_rate_field(enum rules_rate_track track);
/* Counts this match. *alert: whether an alert is due. False: the rule does not fire (yet). */
bool rules_rate_holds(struct rules_judge *j, const struct set_rule *sr, bool *alert);
/* The same answer without counting; *count: with this match. */
bool rules_rate_would(struct rules_judge *j, const struct set_rule *sr, uint32_t *count);
/* Bits in rules_tx.matched; setting may need the arena (false: out, limit is set). */
bool rules_memory_test(const struct rules_tx *tx, uint32_t bit);
bool rules_memory_set(const struct rules_set *set, struct rules_tx *tx, struct arena *arena,
		      uint32_t bit);

/* rules_table.c: entries by key that expire; one table a worker, of fixed size. */
enum rules_table_kind { RULES_TABLE_BIT = 1, RULES_TABLE_RATE };
struct rules_table_key {
	uint32_t kind, id;
	uint8_t addr[2][16];
	uint16_t port[2];
};
struct rules_entry {
	struct rules_table_key key;
	uint64_t expire_us; /* not used from then on */
	uint32_t count;
};
struct rules_table *rules_table_create(size_t entries);
void rules_table_destroy(struct rules_table *t);
/* A text as a part of a key: keyed, so that nobody can make two that count together. */
void rules_table_digest(const struct rules_table *t, struct span text, uint8_t out[16]);
struct rules_entry *rules_table_find(struct rules_table *t, const struct rules_table_key *key,
				     uint64_t now_us);
/* A new entry with count 0; in a full bucket the one that expires first is given up. */
struct rules_entry *rules_table_add(struct rules_table *t, const struct rules_table_key *key,
				    uint64_t now_us, uint64_t expire_us);
void rules_entry_expire(struct rules_entry *e);

/* rules_stream.c: no more bytes: end anchors and negations are judged. */
void rules_message_end(struct rules_worker *w, struct rules_tx *tx, bool had_data,
		       struct arena *arena);

/* The chains of a group on a STREAM field that are done; *total: bytes of the field so far. */
uint32_t rules_stream_done(const struct rules_set *set, const struct rules_tx *tx, uint32_t group,
			   uint64_t *total);

/* rules_why.c: tells the watch about the list's rules up to this one; about the rest of the list:
 * decided by the hit, or none. */
void rules_watch_to(struct rules_judge *j, unsigned which, uint32_t upto);
void rules_watch_rest(struct rules_judge *j, unsigned which, uint8_t decided);
void rules_watch_passed(struct rules_judge *j, unsigned which);

/* rules_hits.c */
void rules_hits_open(struct rules_hits *hits);
/* The index of the hit, or 0xff: it did not fit (counted). decisive: takes the place of another. */
uint8_t rules_hits_add(struct rules_hits *hits, const struct rules_hit *hit, bool decisive);

#endif
