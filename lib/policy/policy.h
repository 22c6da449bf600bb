/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is to be enforced: limits, rules and default verdicts in one immutable block.
 *
 * Built by the control plane (policy_build.h), read by engines without a lock; a reload builds a new one
 * aside. A connection keeps the policy that it began with.
 *
 * policy_decide turns the hits of one event into one verdict:
 *	1. each family that the rule set uses is asked through its hook: the deciding rule, or the hook's default policy;
 *	2. the hardest of these wins (drop and reject before accept);
 *	3. detection rules may still drop or reject what the firewall accepted.
 */
#ifndef POLICY_H
#define POLICY_H

#include "rules.h"
#include "rules_why.h"
#include "str.h"

struct policy_limits {
	uint32_t sessions, half_open;
	uint64_t hold_bytes;
	uint32_t session_hold, session_queue, session_memory, messages, events;
	/* timeouts, seconds */
	uint32_t syn_s, handshake_s, idle_s, closing_s, held_s, dropped_s;
	/* SMTP */
	uint32_t line_max, auth_max, bdat_max;
	uint16_t pending_max, rcpt_max;
	/* MIME */
	uint32_t header_max;
	uint16_t depth_max, parts_max;
};

enum policy_kind {
	POLICY_ACCEPT,	     /* let go what this event covers */
	POLICY_DROP_PACKET,
	POLICY_DROP_FLOW,
	POLICY_REJECT_FLOW,  /* with resets, see reset_* */
};

enum policy_cause { /* who decided; the engine maps it to a drop reason */
	POLICY_BY_RULE, POLICY_BY_PACKET_DEFAULT, POLICY_BY_APP_DEFAULT, POLICY_BY_PRE_FLOW,
	POLICY_BY_PRE_STREAM, POLICY_BY_DETECTION, POLICY_BY_LIMIT
};

struct policy_verdict {
	enum policy_kind kind;
	enum policy_cause cause;
	enum rules_hook hook;		/* that decided */
	const struct rules_rule *rule;	/* NULL: a default policy, or nothing decided */
	enum rules_scope scope;		/* of an accept: hook, tx, flow, packet */
	bool reset_client, reset_server;
	bool alert;			/* a default policy with alert: sid 2201000 or 2201001 */
	bool would;			/* monitor: kind is POLICY_ACCEPT, this is what it would have been */
	enum policy_kind would_kind;
};

struct policy_default { /* of one hook */
	enum rules_action action;
	enum rules_scope scope;
	bool alert;
};

/* smtp.normalizer beside what the parser knows of it; zeroed: not enabled. */
struct policy_normalizer {
	bool enabled, all;	   /* all: normalise every command */
	const char *const *cmds;   /* else these; NULL-terminated, or NULL */
	bool ignore_data, ignore_tls_data;
	uint16_t header_line_max, header_name_max;
	bool hide_mailfrom, hide_rcptto, hide_filename; /* from alerts */
	uint16_t header_depth;	   /* bytes of a message's header that alerts tell */
	uint32_t headers;	   /* kept by a worker at a time */
	const char *const *verbs;  /* that 124:5 knows; for those who want to see them */
};

struct smtp_normal; /* the parser's part of it (smtp.h) */

struct policy {
	uint64_t generation;
	struct rules_set *rules;
	bool firewall;	     /* the firewall tables are engaged */
	bool stops;	     /* the firewall, or some detection rule, can stop a mail: caps fail closed */
	bool monitor;
	bool engaged[RULES_FAMILIES]; /* families that have a say */
	struct policy_default defaults[RULES_HOOKS];
	struct policy_limits limits;
	uint8_t guarded[65536 / 8]; /* TCP ports whose server side speaks SMTP */
	bool detect_anywhere;	     /* recognise SMTP on other ports */
	bool other_protocol_pass;
	bool midstream, checksum, strict;
	bool fail_open_overload, fail_open_internal;
	bool mime_decode, urls, log_url_scheme, body_md5;
	const struct smtp_normal *normal;
	struct policy_normalizer normalizer;
	uint64_t b64_depth, qp_depth, uu_depth, bitenc_depth; /* of a part */
	unsigned digests; /* mime's bits: 1 md5, 2 sha1, 4 sha256 */
	const char *const *url_schemes; /* NULL-terminated */
	const char *const *block_lists; /* what names one in a reply; NULL-terminated, empty: nothing is told */
};

static inline bool
policy_guards(const struct policy *p, uint16_t port)
{
	return (p->guarded[port >> 3] >> (port & 7)) & 1;
}

/*
 * One application event: ev as it was given to rules_event, hits as they came back. flow_accepted and tx_accepted: an earlier accept:flow or
 * accept:tx of the firewall (then only detection may stop it).
 */
void policy_decide(const struct policy *p, const struct rules_event *ev, const struct rules_hits *hits,
		   bool flow_accepted, bool tx_accepted, struct policy_verdict *v);
/* One frame at a packet hook. */
void policy_decide_packet(const struct policy *p, enum rules_hook hook, const struct rules_hits *hits,
			  bool to_server, bool flow_accepted, struct policy_verdict *v);

/* What is judged: where it stands. */
struct policy_moment {
	uint64_t flow_id, frame, offset; /* flow_id 0: a frame without a connection */
	uint32_t tx;			 /* with in_tx */
	bool in_tx;
	bool to_server;
	bool flow_accepted, tx_accepted; /* earlier: the firewall is not asked again */
};

/* Who follows each judgement of an engine (rules_why.h); in service nobody does. */
struct policy_watch {
	struct rules_watch rules; /* the first member */
	void (*begin)(struct policy_watch *w, const struct policy_moment *m);
	void (*verdict)(struct policy_watch *w, const struct policy_verdict *v);
};

const char *policy_kind_name(enum policy_kind k);
/* "drop:flow,alert" of a hook's default, into buf. */
const char *policy_default_text(const struct policy *p, enum rules_hook hook, char *buf, size_t size);

#endif
