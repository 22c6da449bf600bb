/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One SMTP session under inspection: in-order bytes of both directions in, a verdict out.
 *
 *	in = inspect_open(memory, env, who);
 *	n = inspect_bytes(in, env, dir, bytes, offset, &at, &v);
 *		n bytes were taken (fewer than given: the rest waits for the other direction);
 *		v.mark[d] is how far direction d may now be let go
 *	inspect_fin(in, env, dir, &at, &v);		the direction ended in order
 *	inspect_close(in, env, &at);			the connection is over: last events
 *
 * Inside: smtp_feed/next -> an event -> values -> rules_event -> policy_decide -> release mark; message
 * bytes also go through mime_feed/next, whose events are judged in the same way. What it emits: smtp, alert,
 * anomaly, fileinfo and tls events into env's ring. It never sees a frame, a sequence number or a clock.
 *
 * Memory: inspect_size() bytes a session, plus an arena of the session (capped by the policy's session_memory), plus
 * per open message a MIME parser and streams from pools of the worker. One owner, no lock.
 */
#ifndef INSPECT_H
#define INSPECT_H

#include "event.h"
#include "hash.h"
#include "policy.h"
#include "stats.h"

struct inspect;
struct inspect_env; /* one a worker */

struct inspect_env_settings {
	const struct policy *policy;
	struct stats *stats;
	struct event_ring *events;
	bool capture;	 /* the frames are a record: the parser follows, it never waits (policy.monitor likewise) */
	unsigned event_types; /* bits of enum event_type that are wanted; 0 all */
	struct policy_watch *watch; /* NULL: nobody */
	bool lazy;	 /* memory as it is used */
	struct hash_key key;  /* names of users are hashed with a key made of it */
};

/* Control plane. NULL and *err. */
struct err;
struct inspect_env *inspect_env_create(const struct inspect_env_settings *s, struct err *err);
void inspect_env_destroy(struct inspect_env *env);

/* Who speaks; valid as long as the session. */
struct inspect_who {
	uint8_t client[16], server[16]; /* IPv4 as ::ffff:a.b.c.d */
	uint16_t client_port, server_port;
	uint8_t ip_version, vlan_count;
	uint16_t vlan[2];
	bool guarded;	 /* the server's port is guarded: what is no SMTP is a matter of policy */
	uint64_t flow_id;
	struct rules_flow *rules; /* bits that packet rules and these share; outlives the session */
};

/* Where in the run this happens. */
struct inspect_at {
	uint64_t time_us;
	uint64_t number; /* frame's number in a capture, 0 live */
};

struct inspect_verdict {
	struct policy_verdict policy; /* of the event that decided, kind ACCEPT when all is well */
	bool broken;	      /* framing is lost: drop the flow, stats reason DROP_SMTP */
	bool opaque;	      /* TLS, or another protocol that is let through: nothing more to see */
	uint64_t mark[2];     /* stream offsets that may be let go, per direction */
	uint64_t offset;      /* stream offset of what decided */
	enum stats_id reason; /* why, when not accepted */
	struct span told;     /* what the client is told (reply text), empty: nothing */
};

size_t inspect_size(void);
/* Bytes that a session holds beyond that while it waits between two mails. */
size_t inspect_idle_memory(void);
struct inspect *inspect_open(void *memory, struct inspect_env *env, const struct inspect_who *who);

size_t inspect_bytes(struct inspect *in, struct inspect_env *env, unsigned dir, struct span bytes,
		     uint64_t offset, const struct inspect_at *at, struct inspect_verdict *v);
void inspect_fin(struct inspect *in, struct inspect_env *env, unsigned dir,
		 const struct inspect_at *at, struct inspect_verdict *v);
/* What is held of dir up to offset end waits for the end of a line, and no more bytes can come. */
void inspect_stuck(struct inspect *in, struct inspect_env *env, unsigned dir, uint64_t end,
		   const struct inspect_at *at, struct inspect_verdict *v);
/* reason: why the session was condemned, 0 when it was not. Its open transaction gives no smtp event then. */
void inspect_close(struct inspect *in, struct inspect_env *env, const struct inspect_at *at,
		   enum stats_id reason);

/* Fill the texts of a drop, alert or verdict event with the envelope and state of the session. */
void inspect_describe(const struct inspect *in, struct event *e);
/* Fill the numbers and texts of a rule into an alert or drop event. */
void inspect_describe_rule(const struct rules_rule *rule, struct event *e);
/* Is what the peers say under TLS? */
bool inspect_is_tls(const struct inspect *in);
/* "smtp", or the name of what else it is ("failed": none that has one); NULL: not known (yet). */
const char *inspect_protocol(const struct inspect *in);
/* A packet rule said accept:flow: from here only detection rules may stop it. */
void inspect_accept_flow(struct inspect *in);
/* The worker's rule scratch, for packet rules. */
struct rules_worker *inspect_rules_worker(const struct inspect_env *env);

/* What is found where header and envelope meet; named in rules as the parsers' oddities are. */
enum inspect_oddity { INSPECT_ODD_FROM, INSPECT_ODD_REPLY_TO, INSPECT_ODD_RCPT, INSPECT_ODDITY_COUNT };
const char *inspect_oddity_name(enum inspect_oddity o);
const char *inspect_oddity_text(enum inspect_oddity o);

/* For show sessions: texts valid until the next call on this session. */
struct inspect_summary {
	const char *state;	/* "greeting", "mail", "data", "tls", ... */
	struct span helo, mail_from, rcpt_to, last_command, last_reply;
	uint32_t rcpts, tx;
	bool is_smtp, tls;
	const char *other; /* protocol that is not SMTP, a constant; NULL: none was recognised */
	uint32_t memory; /* bytes held beyond inspect_size() */
};
void inspect_summary(const struct inspect *in, struct inspect_summary *s);

#endif
