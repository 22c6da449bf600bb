/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules, run half: what is judged at an event, and what matched. Nothing here compiles or allocates.
 *
 * A rule set (rules_build.h) is immutable and shared. Each worker has a struct rules_worker: scratch,
 * hit counters, tables of bits and rates by address. Each connection has a struct rules_flow, each
 * transaction a struct rules_tx, both small and in the caller's memory; what they need more comes from the caller's arena.
 *
 *	rules_set_value(v, FIELD, span) ...			what this event brings
 *	rules_event(w, flow, tx, &ev, &hits);			one event, all tables
 *	policy_decide(...)					hits to a verdict (policy.h)
 *
 * When a rule fires (docs/rules.md): in its hook, in file order, the first firewall rule whose
 * conditions all hold decides. A buffer is judged in the event that brings its value; what matched
 * is kept in the transaction until the last buffer of the rule matches; a buffer whose value came in an earlier hook is a
 * condition like any other; a rule without buffers is judged at every event of its hook. Rules that carry an alert and are judged
 * at every body span alert once a transaction.
 */
#ifndef RULES_H
#define RULES_H

#include "arena.h"
#include "span.h"

enum rules_field {
#define FIELD(symbol, name, kind, dir, help) RULES_##symbol,
#include "rules_fields.h"
#undef FIELD
	RULES_FIELDS
};

#define RULES_STREAMS 4 /* smtp.data, file.data, mime.text in both readings */
enum rules_field_kind { RULES_BUF, RULES_MULTI, RULES_STREAM, RULES_NUM, RULES_PKT };

enum rules_family { RULES_PACKET, RULES_MESSAGE, RULES_DIALOGUE /* command family */, RULES_STATE,
		    RULES_DETECT, RULES_FAMILIES };

enum rules_hook {
	RULES_PRE_FLOW, RULES_PRE_STREAM, RULES_FILTER, /* :all and :flow_start share this table */
	RULES_REQUEST_STARTED, RULES_REQUEST_DATA, RULES_REQUEST_COMPLETE,
	RULES_RESPONSE_STARTED, RULES_RESPONSE_DATA, RULES_RESPONSE_COMPLETE,
	RULES_COMMAND_REQUEST_STARTED, RULES_COMMAND_REQUEST_COMPLETE,
	RULES_COMMAND_RESPONSE_STARTED, RULES_COMMAND_RESPONSE_COMPLETE,
	RULES_AT_CONNECT, RULES_AT_GREETING, RULES_AT_HELO, RULES_AT_AUTH, RULES_AT_STARTTLS,
	RULES_AT_MAIL, RULES_AT_RCPT, RULES_AT_DATA, RULES_AT_BODY, RULES_AT_MESSAGE,
	RULES_AT_RSET, RULES_AT_QUIT, RULES_AT_CLOSE, RULES_AT_OTHER,
	RULES_HOOK_DETECT, /* detection rules carry no hook */
	RULES_HOOKS
};

enum rules_action {
	RULES_ACCEPT, RULES_DROP, RULES_REJECT, RULES_REJECT_DST, RULES_REJECT_BOTH, RULES_PASS,
	RULES_ALERT, RULES_TEMPFAIL, RULES_MASK, RULES_CONFIG, RULES_LOG,
	RULES_REJECT_SRC, /* RULES_REJECT is both sides */
};
enum rules_scope { RULES_SCOPE_NONE, RULES_SCOPE_PACKET, RULES_SCOPE_HOOK, RULES_SCOPE_TX,
		   RULES_SCOPE_FLOW, RULES_SCOPE_COMMAND, RULES_SCOPE_MESSAGE };

struct rules_set; /* immutable */

/* What the world may know of a rule. */
struct rules_rule {
	uint32_t index;		/* in the set, for counters */
	uint32_t sid, gid, rev, priority;
	enum rules_action action;
	enum rules_scope scope;
	enum rules_hook hook;
	bool before;		/* :<hook - accepts the states before it */
	bool alert, pass;	/* secondary actions, or the body keyword alert */
	bool noalert;
	bool enforce;		/* false: enforce:no, or by hand; reports what it would do */
	bool enforce_written;	/* what the rule says */
	bool off;		/* by hand: it is not asked */
	const char *msg, *classtype, *reply; /* "" when none */
	const char *const *references, *const *metadata; /* NULL-terminated */
	const char *file; unsigned line;
	const char *text;	/* as written */
	const char *header;	/* "accept:hook smtp:request_started any any -> any any" */
};

/* ---- values of an event ---- */

struct rules_item {
	struct span value;
	const struct rules_item *next; /* in order of arrival */
};

/* The worker's; cleared for each event by rules_values_clear (cost: what was set). */
struct rules_values {
	uint64_t present, brought; /* bits by enum rules_field; brought: new in this event */
	struct span buf[RULES_FIELDS];
	int64_t num[RULES_FIELDS];
	const struct rules_item *items[RULES_FIELDS]; /* all values so far of a MULTI field */
	/* Of these the first that this event brings; NULL when buf holds the only one. */
	const struct rules_item *fresh[RULES_FIELDS];
};
_Static_assert(RULES_FIELDS <= 64, "fields are bits of a word");

void rules_values_clear(struct rules_values *v);
/* brought: this event brings the value; else it is carried from an earlier event. */
static inline void
rules_value(struct rules_values *v, enum rules_field f, struct span bytes, bool brought)
{
	v->buf[f] = bytes;
	v->present |= UINT64_C(1) << f;
	if (brought)
		v->brought |= UINT64_C(1) << f;
}
/* A MULTI field: all its values so far, and the first of them that is new in this event (or NULL). */
static inline void
rules_items(struct rules_values *v, enum rules_field f, const struct rules_item *all,
	    const struct rules_item *fresh)
{
	v->items[f] = all;
	v->fresh[f] = fresh;
	v->present |= UINT64_C(1) << f;
	if (fresh != NULL)
		v->brought |= UINT64_C(1) << f;
}
static inline void
rules_number(struct rules_values *v, enum rules_field f, int64_t n, bool brought)
{
	v->num[f] = n;
	v->present |= UINT64_C(1) << f;
	if (brought)
		v->brought |= UINT64_C(1) << f;
}

/* smtp.mode and smtp.tls as numbers. */
enum rules_mode { RULES_MODE_COMMAND, RULES_MODE_DATA, RULES_MODE_CLOSED };
enum rules_tls { RULES_TLS_NO, RULES_TLS_OFFERED, RULES_TLS_REFUSED, RULES_TLS_YES };

/* ---- who speaks ---- */

#define RULES_STREAM_SEEN 16 /* rules of one direction whose match is still in the window */

/*
 * A window on the bytes of one direction: rules without a sticky buffer look at what is new in it
 * and at what stands before. New: zeroed, but for live.
 */
struct rules_stream {
	uint64_t begin;	   /* offset of its first byte */
	size_t judged;	   /* of its bytes, by earlier calls */
	uint64_t turned;   /* offset at which live[0] began */
	uint64_t *live[2]; /* rules_stream_words() each, zeroed: contents found, before that */
	struct {
		uint64_t end; /* it has fired on what stands before */
		uint32_t rule;
	} seen[RULES_STREAM_SEEN];
};

struct rules_packet { /* a frame as rules see it; src/dst as on the wire */
	uint8_t src[16], dst[16]; /* IPv4 as ::ffff:a.b.c.d */
	uint16_t sport, dport;
	uint8_t ip_version, ip_proto, tcp_flags, ttl, vlan_count, kind; /* kind: enum rules_packet_kind */
	uint16_t vlan[2];
	uint16_t ether_type;
	uint16_t ip_id, window, mss; /* mss 0: the option is not there */
	uint32_t seq, ack;
	uint8_t tos, icmp_type, icmp_code; /* tos: or traffic class */
	uint16_t frag_offset;	 /* of IPv4, in units of 8 bytes */
	uint8_t frag_bits;	 /* of IPv4: 4 reserved, 2 don't fragment, 1 more fragments */
	uint8_t app;		 /* rules_app() */
	uint64_t stream[2];	 /* bytes in order before this frame, of client and server */
	bool to_server;		 /* direction within its connection (true without one) */
	bool established;	 /* the handshake is complete */
	bool flow_known, flow_start; /* has an entry; first frame of this direction */
	bool only_stream;	 /* payload is in-order stream data */
	bool covered;		 /* its bytes are judged in order, by a call of their own */
	struct rules_stream *ordered; /* payload is its window; NULL: a frame */
	struct span payload, ether;
};
enum rules_packet_kind { RULES_P_OTHER, RULES_P_ARP, RULES_P_IP, RULES_P_TCP, RULES_P_UDP, RULES_P_ICMP };

/* ---- state ---- */

struct rules_worker;
struct rules_flow { /* zeroed = new */
	uint64_t bits;	     /* the set's first 64 flowbits */
	uint64_t *more;	     /* others, from the arena */
	int64_t *ints;	     /* flowints */
	uint32_t passed;     /* TD pass */
};
struct rules_tx { /* zeroed = new; end with rules_tx_close (streams go back) */
	uint64_t bits;	     /* xbits track tx, first 64 */
	uint64_t *more;
	uint64_t *matched;   /* partial matches of multi-buffer rules, and "alerted" marks */
	struct match_stream *stream[RULES_STREAMS];
	struct rules_positions *positions;
	bool limit;		     /* the arena or the streams were out: all later hits say so */
};

/* Per worker; control plane. flows: sessions of this worker (sizes rate and bit tables). */
struct rules_worker *rules_worker_create(const struct rules_set *set, size_t messages);
void rules_worker_destroy(struct rules_worker *w);

struct rules_event {
	enum rules_hook hooks[3]; /* at most one of each family, in order of families */
	unsigned hook_count;
	bool to_server;
	bool end;		  /* last event of the transaction: absent and "all" are decided */
	const struct rules_packet *packet; /* addresses and ports in the event's direction */
	struct rules_values *values;
	struct arena *arena;	  /* of the transaction, for state that the rules keep */
	struct arena *flow_arena; /* of the connection */
	uint64_t now_us;
	bool detect;		  /* detection rules are judged too */
	bool firewall;		  /* firewall rules are judged */
};

#define RULES_HITS 16

struct rules_hit {
	const struct rules_rule *rule;
	enum rules_hook hook;
	bool would;	  /* enforce:no */
	bool alert;	  /* wants an alert event (thresholds applied) */
};

struct rules_hits {
	struct rules_hit hit[RULES_HITS];
	unsigned count;
	unsigned lost;	      /* alerts beyond RULES_HITS; decisive rules are never lost */
	uint8_t decided[3];   /* index of the deciding hit of hooks[i], 0xff: none matched */
	bool limit;	      /* a PCRE2 limit or the arena was reached: fail closed */
};

/* One application event. flow and tx may be changed (bits). */
void rules_event(struct rules_worker *w, struct rules_flow *flow, struct rules_tx *tx,
		 const struct rules_event *ev, struct rules_hits *hits);
/* One frame: hook is RULES_PRE_FLOW, RULES_PRE_STREAM or RULES_FILTER; detection packet rules go
 * with RULES_FILTER. flow may be NULL. Or, with a stream, bytes in order: hook RULES_FILTER, no firewall. */
void rules_packet(struct rules_worker *w, struct rules_flow *flow, const struct rules_packet *p,
		  enum rules_hook hook, bool firewall, uint64_t now_us, struct rules_hits *hits);
/*
 * A piece of a STREAM field, before the rules_event that carries it: updates positions and
 * matches. Returns true when some rule may have changed its mind.
 */
bool rules_body(struct rules_worker *w, struct rules_flow *flow, struct rules_tx *tx,
		enum rules_field field, struct span bytes, struct arena *arena);
/* The same for the second reading of a mime.text: what its declared charset makes of it. A rule
 * that holds for either reading holds. */
bool rules_converted(struct rules_worker *w, struct rules_flow *flow, struct rules_tx *tx,
		     struct span bytes, struct arena *arena);
/* A new file begins (file.data, fileext, ...): what matched in the last one does not carry over. */
void rules_file_begin(struct rules_worker *w, struct rules_tx *tx);
/* A new text part begins (mime.text). */
void rules_text_begin(struct rules_worker *w, struct rules_tx *tx);
void rules_tx_close(struct rules_worker *w, struct rules_tx *tx);

/* Which families and fields the set uses; the inspector prepares no value that nobody asks for. */
bool rules_has_family(const struct rules_set *set, enum rules_family family);
bool rules_has_hook(const struct rules_set *set, enum rules_hook hook);
/* Words of rules_stream.live; 0: no rule looks at bytes in order. */
size_t rules_stream_words(const struct rules_set *set);
/* The window's first bytes go; at least `kept` before new ones stay at each call. */
void rules_stream_slide(const struct rules_set *set, struct rules_stream *s, size_t gone, size_t kept);
uint64_t rules_fields_used(const struct rules_set *set); /* bits by enum rules_field */
size_t rules_tx_memory(const struct rules_set *set); /* largest piece taken from a tx's arena */
size_t rules_count(const struct rules_set *set);
size_t rules_firewall_count(const struct rules_set *set);
const struct rules_rule *rules_at(const struct rules_set *set, size_t index);
const struct rules_rule *rules_by_sid(const struct rules_set *set, uint32_t gid, uint32_t sid);
uint64_t rules_hit_count(const struct rules_worker *w, uint32_t index);
/* How often values and pieces of bodies were searched: what nobody asks for is not. */
uint64_t rules_scan_count(const struct rules_worker *w);
/* Names of flowbits set in this flow, for events: next after *i (start 0), NULL at the end. */
const char *rules_flowbit(const struct rules_set *set, const struct rules_flow *flow, unsigned *i);

/* The number of a protocol above TCP by its name; NULL: not known (yet), 0. */
uint8_t rules_app(const char *name);
const char *rules_app_name(uint8_t app);

const char *rules_hook_name(enum rules_hook h);	  /* "smtp:request_started", "packet:filter" */
const char *rules_action_name(enum rules_action a);
const char *rules_scope_name(enum rules_scope s);
const char *rules_field_name(enum rules_field f);
enum rules_family rules_hook_family(enum rules_hook h);
enum rules_field_kind rules_field_kind(enum rules_field f);

#endif
