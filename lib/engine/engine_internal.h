/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of lib/engine share.
 *
 *	engine.c	the path of a frame, top to bottom
 *	engine_conn.c	birth, timeouts and death of a session
 *	engine_rules.c	packet rules: pre_flow, pre_stream, filter
 *	engine_stream.c	the window of in-order bytes that rules without a buffer look at
 *	engine_bytes.c	in-order bytes to inspection, verdict to release mark
 *	engine_act.c	the list of acts, and what they count
 *	engine_log.c	drop, flow and alert records
 *	engine_load.c	create, destroy, budgets, cost of a session
 *	engine_show.c	sessions as copies for those who look
 */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#ifndef POSTERN_LIB_ENGINE
#error "engine_internal.h is private to lib/engine"
#endif

#include "engine.h"
#include "flow.h"
#include "inspect.h"
#include "pool.h"
#include "rules.h"
#include "tcp.h"

#define ENGINE_ACTS 8192	/* acts of one call beside those of all frames that are held */
#define ENGINE_ACTS_FRAME 4096	/* of them must be left to begin another frame */
#define ENGINE_ACTS_TCP 2048	/* acts that lib/tcp hands over at one time */
#define ENGINE_BURST 64		/* frames of one call */
#define ENGINE_FETCH 320	/* bytes of a session that every frame touches */
#define ENGINE_FETCH_INSPECT 256 /* ... of its inspection */
#define ENGINE_FETCH_AHEAD 3	/* frames before its own that an inspection is fetched */
#define ENGINE_MADE (1u << 21)	/* bytes of made frames of one call */
#define ENGINE_MADE_FRAME (1u << 19) /* room that must be left to begin another frame */
#define ENGINE_EXPIRE_MAX 256	/* sessions whose timer is looked at in one tick */
#define ENGINE_DRAIN_MAX 4	/* sessions that one engine_drain ends: the event ring may be small */
#define ENGINE_DROP_EVENTS 100	/* drop records a second, live; a capture run tells all */
#define ENGINE_RETAIN (1u << 20)	/* unacknowledged bytes kept of one direction at most */
#define ENGINE_STUCK_LEAST 4096 /* a line up to this long may wait for its receiver to read on */
#define ENGINE_STREAM_WINDOW 2048 /* bytes before the newest that content may reach back into */
#define ENGINE_TICK_US 65536
#define ENGINE_BEFORE_US 60000000 /* frames of a capture may be this much older than the first */
#define ENGINE_KEPT 1024		/* condemned sessions whose texts are remembered to be shown */
#define ENGINE_LINK_MAX 26	/* bytes of a link header that are remembered: Ethernet and two tags */

enum conn_mode {
	CONN_COVERED, /* normalised and inspected */
	CONN_LIGHT,   /* other TCP: tracked for packet rules only */
};

struct conn {
	uint64_t flow_id;
	uint64_t begin_us, last_us;
	uint64_t packets[2], bytes[2];
	struct inspect *inspect; /* NULL: not begun, or over */
	struct engine_stream *stream; /* NULL: no rule asks, or as above */
	struct rules_flow rules;
	uint32_t tx_count;
	uint32_t sid; /* of the rule that condemned it, 0 none */
	const char *other; /* protocol that is not SMTP, a constant; NULL: none was recognised */
	uint16_t kept;	       /* place in the engine's kept, from 1; 0 none */
	uint16_t drop_reason;  /* enum stats_id of a condemned connection */
	uint8_t mode;	       /* enum conn_mode */
	uint8_t client_high;   /* the client is the higher endpoint of the key */
	uint8_t client_port;   /* of the wire, where its first frame came in */
	uint8_t light_state;   /* CONN_LIGHT: enum tcp_state */
	uint8_t light_flags[2];
	bool guarded, condemned, accepted, opaque, is_smtp, alerted, inspected;
	bool fin_told[2], seen[2];
	uint8_t link, link_len, ip_version; /* of the client's frames */
	uint8_t link_header[ENGINE_LINK_MAX];
	uint64_t tcp_memory[]; /* struct tcp_conn */
};

static inline struct tcp_conn *
conn_tcp(struct conn *c)
{
	return (struct tcp_conn *)(void *)c->tcp_memory;
}

/* What rules without a buffer look at: the newest bytes of each direction, in order. */
struct engine_stream {
	struct rules_stream side[2];
	uint64_t end[2];
	uint8_t bytes[2][2 * ENGINE_STREAM_WINDOW];
	uint64_t live[]; /* of side[0], side[1]: rules_stream_words() four times */
};

struct engine {
	struct engine_settings set;
	const struct policy *policy;
	struct stats stats;
	struct flow_table *flows;
	struct tcp_env tcp;
	struct inspect_env *inspect;
	struct pool *segments, *chunks, *inspects;
	struct pool *streams; /* NULL: no rule looks at bytes in order */
	struct rules_worker *rules; /* inspect's */
	struct tcp_act *tcp_acts;
	struct engine_act *acts;
	size_t act_count, act_size;
	uint8_t *made; /* frames made since engine_acts_done */
	size_t made_used;
	uint64_t next_tick_us;
	bool ask[3];		    /* packet hooks that have something to say */
	const struct policy_verdict *verdict; /* being carried out: drop records name its rule */
	uint64_t offset;	    /* in the stream, of what it judged */
	unsigned changes;	    /* entries inserted or removed: a burst's lookup may be stale */
	unsigned drop_budget;	    /* drop records left in this second */
	uint64_t drop_budget_until;
	size_t drain_pos;
	uint64_t base_us;	    /* the table's time 0: a while before the first frame */
	uint64_t last_us;	    /* time of the last frame, for the end of a capture */
	struct engine_session *kept; /* texts of the last ENGINE_KEPT condemned sessions, a ring */
	unsigned kept_next;
};

/* The table's wheel counts 32-bit ticks from its own beginning, which is the first frame's time. */
static inline uint64_t
engine_table_time(const struct engine *e, uint64_t at_us)
{
	return at_us > e->base_us ? at_us - e->base_us : 0;
}

/*
 * May another frame, or the end of a session, be begun? One frame may let go all that is held, so that
 * has its room in any case; made segments have the rest.
 */
static inline bool
engine_has_room(const struct engine *e)
{
	return e->act_count + pool_used(e->segments) + ENGINE_ACTS_FRAME <= e->act_size &&
	       e->made_used <= ENGINE_MADE - ENGINE_MADE_FRAME;
}

/* One frame on its way. */
struct engine_frame {
	struct pkt *p;
	struct conn *c;	 /* NULL: none */
	unsigned dir;	 /* 0 to the server */
	uint64_t now_us;
	bool first;	 /* of its direction */
	bool ours;	 /* not yet sent, dropped or kept by lib/tcp */
	bool turned;	 /* bytes of the other side are judged: it let them be */
};

/* engine_act.c */
void engine_send(struct engine *e, const struct pkt *p, bool edited);
void engine_drop(struct engine *e, const struct engine_frame *f, enum stats_id reason);
/* It cannot be judged: dropped, but in monitor mode and where open says that it passes all the same. */
void engine_unjudged(struct engine *e, const struct engine_frame *f, enum stats_id reason, bool open);
/* What tcp_release and tcp_end left in e->tcp; discards count as reason. */
void engine_take_acts(struct engine *e, struct conn *c, enum stats_id reason, uint64_t now_us);
enum stats_id engine_tcp_reason(enum tcp_reason r);

/* engine_rules.c */
/* True: go on. False: the frame was dropped (and perhaps its connection condemned). */
bool engine_packet_rules(struct engine *e, struct engine_frame *f, enum rules_hook hook);

/* A window on the bytes of one direction, the last of which are new. False: condemned. */
bool engine_stream_rules(struct engine *e, struct engine_frame *f, unsigned dir, struct span window);

/* engine_stream.c: new bytes before anybody else sees them. */
bool engine_stream_begin(struct engine *e, struct conn *c); /* false: no memory */
bool engine_stream_bytes(struct engine *e, struct engine_frame *f, unsigned dir, struct span bytes,
			 uint64_t offset); /* false: condemned */
void engine_stream_end(struct engine *e, struct conn *c);

/* engine_conn.c */
struct conn *engine_conn_begin(struct engine *e, struct engine_frame *f, const struct flow_key *key);
/*
 * A SYN from a guarded port to one that is not, where firewall rules are in force: the guarded port is
 * the server's, and a server does not call from it. Whoever forges it wants a session with the roles
 * exchanged, which nobody would judge.
 */
bool engine_calls_back(const struct engine *e, const struct pkt *p);
void engine_conn_end(struct engine *e, struct conn *c, uint64_t now_us,
		     enum event_flow_reason reason);
/* Stop it for good: what is held is dropped, later frames too; resets as the verdict says. */
void engine_condemn(struct engine *e, struct conn *c, struct engine_frame *f,
		    const struct policy_verdict *v, enum stats_id reason, uint64_t now_us);
/* A frame as the client would send it, with no payload: the model for segments that are made. */
void engine_conn_like(struct conn *c, struct pkt *like);
/* engine_show.c: before the inspection of a condemned session ends */
void engine_keep_texts(struct engine *e, struct conn *c);
void engine_inspect_end(struct engine *e, struct conn *c, uint64_t now_us, uint64_t number);
void engine_conn_timer(struct engine *e, struct conn *c);
/* CONN_LIGHT: follow the handshake by flags. */
void engine_light(struct conn *c, unsigned dir, const struct pkt *p);
enum tcp_state engine_conn_state(const struct conn *c);

/* engine_bytes.c. False: condemned. */
bool engine_bytes(struct engine *e, struct engine_frame *f);
/* A line that fills all that may wait for its end can have none. full: f found no room. */
bool engine_stuck(struct engine *e, struct engine_frame *f, bool full);

/* engine_log.c */
void engine_log_drop(struct engine *e, const struct engine_frame *f, enum stats_id reason);
/* Monitor mode: what engine_log_drop would have told; v: NULL when no rule nor policy judged. */
void engine_log_would(struct engine *e, const struct engine_frame *f,
		      const struct policy_verdict *v, enum stats_id reason);
void engine_log_flow(struct engine *e, const struct conn *c, uint64_t now_us,
		     enum event_flow_reason reason);
void engine_log_alert(struct engine *e, const struct engine_frame *f, const struct rules_hit *hit,
		      const struct policy_verdict *v);

#endif
