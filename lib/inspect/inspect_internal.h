/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of lib/inspect share: the session, its transactions, the worker's environment.
 *
 *	inspect.c		bytes to SMTP events, the release marks
 *	inspect_dialogue.c	commands and replies: what they bring, what is remembered
 *	inspect_sender.c	two senders in one transaction
 *	inspect_message.c	body bytes and MIME events
 *	inspect_part.c		... of parts: files, texts
 *	inspect_normal.c	what smtp.normalizer changes in what is seen
 *	inspect_judge.c		an event to hooks, values, rules, verdict
 *	inspect_mismatch.c	header and envelope that do not agree
 *	inspect_notice.c	refusals that name a block list
 *	inspect_tx.c		a transaction's life
 *	inspect_rest.c		... while it holds nothing
 *	inspect_log.c		records for the event ring
 *	inspect_log_tx.c	what they say of a transaction
 */
#ifndef INSPECT_INTERNAL_H
#define INSPECT_INTERNAL_H

#ifndef POSTERN_LIB_INSPECT
#error "inspect_internal.h is private to lib/inspect"
#endif

#include "arena.h"
#include "hash.h"
#include "inspect.h"
#include "mime.h"
#include "rules.h"
#include "smtp.h"

#define INSPECT_LARGE_CHUNK 9216 /* of a message: one whole header field fits */
#define INSPECT_CHUNK 1024	 /* of an envelope, at least: what the rules keep must fit, too */
#define INSPECT_CHUNK_HEAD 64	 /* what an arena keeps of a chunk for itself, at most */
#define INSPECT_LONG 384	 /* a text longer than this lies in a large chunk */
#define INSPECT_SMALL_CHUNK 192	 /* a chunk of a session's arena: banner and HELO as a rule */
#define INSPECT_SMALL_CAP 1024	 /* bytes of the session's small arena */
#define INSPECT_NOTICES 4	 /* notices of one session */
#define INSPECT_TX_OPEN 8	 /* transactions of one session that are open at one time */
#define INSPECT_RECEIVED 64	 /* Received fields remembered */
#define INSPECT_TOLD_BITS 64

struct inspect_rcpt { /* item.next is the next recipient */
	struct rules_item item;
	uint16_t code; /* the server's answer, 0: none yet */
};

/* A list of texts in order of arrival. */
struct inspect_list {
	struct rules_item *first, *last;
	uint16_t count;
};

/* What the message's header said; kept for events. Spans live in the transaction's arena. */
struct inspect_email {
	struct span from, to, cc, subject, date, message_id, x_mailer, user_agent, in_reply_to,
		reply_to, x_originating_ip;
	struct inspect_list received, attachments, urls, fuids;
};

/* What rules found out about a sender. */
struct inspect_sender {
	struct rules_tx rules;
	struct span mail_from;
	uint16_t told_rcpts;
	bool accepted;
};

/* What decided about a transaction last. */
struct inspect_decision {
	const struct rules_rule *rule; /* NULL: a default policy, a limit, or nothing yet */
	uint8_t hook;		       /* enum rules_hook */
	uint8_t kind;		       /* enum policy_kind, of what would have been in monitor mode */
	uint8_t reason;		       /* enum stats_id, 0 when let go */
	bool would, reset_client, reset_server;
};

struct inspect_tx {
	struct inspect_tx *next; /* of the session, oldest first */
	struct arena arena; /* envelope, and what the rules keep */
	struct arena large; /* message header; long texts */
	struct rules_tx rules;
	uint32_t number;
	uint64_t start_us;
	uint8_t request, response; /* enum inspect_phase */
	bool accepted;		   /* accept:tx */
	bool blocked, alerted;
	struct span helo, mail_from;
	struct inspect_sender before; /* of the first MAIL while a second one awaits its answer */
	bool mail_taken, mail_again;  /* a sender was accepted; `before` is set */
	struct inspect_list rcpts;
	struct inspect_rcpt *unanswered; /* the RCPT whose reply comes next */
	struct inspect_list mail_params;
	uint32_t rcpt_total;
	uint8_t mismatch;    /* bits of enum inspect_oddity */
	uint16_t told_rcpts; /* recipients of senders before: rows of smtp.log tell them */
	int64_t size; /* SIZE=, -1: not given */
	struct span last_reply, queue_id; /* last_reply lies in reply_text */
	char reply_text[160];
	uint16_t reply_code; /* the answer to the message */
	uint64_t data_us, sent_us, answer_us; /* DATA, end of data, that answer; 0: not yet */
	struct inspect_decision decided;
	struct mime_parser *mime;
	struct inspect_email *email; /* NULL: no message yet */
	struct span body_md5; /* hexadecimal */
	uint64_t body_offset; /* stream offset where the message begins; 0: not yet */
	uint64_t body_size;
	uint32_t line, longest_line, header_size, longest_header_line;
	bool line_cr;		      /* the last byte of it so far is a CR */
	bool header_done, has_fields; /* the latter: of the message's own header */
	uint16_t parts;
	uint32_t file_id;
	uint8_t *header; /* the begin of it, for alerts; from env->headers, or NULL */
	uint16_t header_kept;
	bool header_ended; /* keep no more */
	bool unread;		/* behind the header, and rules are not to see it */
	uint64_t odd_seen;	/* smtp oddities already reported in this transaction */
	uint32_t odd_seen_mime;
	uint8_t sniff[16];	/* first bytes of the open part */
	uint8_t sniff_len;
};

enum inspect_phase { INSPECT_STARTED, INSPECT_DATA, INSPECT_COMPLETE };

struct inspect {
	struct inspect_who who;
	struct smtp_session *smtp;
	struct arena small, large; /* session's texts: large only for what does not fit small */
	struct inspect_tx *tx; /* open ones, oldest first */
	struct span helo, greeting, auth_mechanism, auth_user;
	const char *other; /* what it is in place of SMTP, a constant; NULL: not recognised */
	uint64_t mark[2];
	uint64_t odd[2];     /* bits of smtp oddities that wait for the event they belong to */
	uint64_t rest_us;    /* rests: when the transaction began, what decided */
	struct inspect_decision rest_decided;
	uint32_t commands, errors, invalid_rcpts;
	uint32_t tx_count, mails; /* mails: messages that came to their end */
	uint32_t odd_mime;    /* of mime ones: the client's */
	uint16_t judged_code; /* of the reply under way that was judged at an earlier line; 0: none */
	uint8_t first[2][10]; /* the first bytes of a direction: a verb and its blank */
	uint8_t first_len[2];
	uint8_t unfed[2];    /* of them, taken but not yet given to the parser */
	uint8_t known;	     /* enum inspect_known */
	uint8_t tls;	     /* enum rules_tls */
	uint8_t notices;     /* records made */
	uint8_t odd_mail;    /* of enum inspect_oddity, likewise */
	bool lost[2];	     /* framing of this direction is lost, and nobody enforces anything */
	bool auth_ok : 1;    /* the server accepted an AUTH */
	bool opaque : 1, flow_accepted : 1, broken : 1, closed : 1;
	bool connected : 1;  /* smtp:connect was judged */
	bool reply_waits : 1; /* its lines wait for the last one */
	bool rests : 1;	      /* transaction tx_count - 1 is open, holds nothing and is not in tx */
	uint8_t command_len, reply_len;
	char command_text[24], reply_text[40]; /* the last ones, for show sessions */
	uint64_t memory[]; /* the SMTP parser's */
};

enum inspect_known { INSPECT_UNKNOWN, INSPECT_BANNER, INSPECT_IS_SMTP, INSPECT_IS_OTHER };

struct inspect_env {
	const struct policy *policy;
	struct stats *stats;
	struct event_ring *events;
	unsigned event_types;
	bool capture, follow;
	uint64_t fields;	/* that the rule set uses */
	bool judges;		/* there are rules, or a firewall whose defaults decide */
	struct rules_worker *rules;
	struct policy_watch *watch; /* NULL: nobody */
	struct pool *lines, *chunks, *small_chunks, *large_chunks, *txs, *parsers;
	struct pool *headers; /* for alerts; NULL: none are kept */
	struct smtp_limits smtp_limits;
	struct mime_limits mime_limits;
	uint64_t decode_depth[MIME_ENCODINGS];
	struct mime_charsets *charsets;
	struct hash_key user_key; /* of names in events */
	struct rules_values values;
	struct rules_item odd_item[SMTP_ODDITY_COUNT + MIME_ODDITY_COUNT + INSPECT_ODDITY_COUNT];
	uint8_t normal_line[SMTP_LINE_SEEN]; /* the command line as rules see it */
	char code_text[3];
	uint8_t header_line[MIME_LINE_SIZE + 2]; /* "Name: value" of the field under judgement */
	/* the call in progress */
	struct inspect_at at;
};

/* One event on its way to the rules. */
struct inspect_event {
	struct inspect *in;
	struct inspect_env *env;
	struct inspect_tx *tx;	/* NULL: outside any transaction */
	unsigned dir;
	enum rules_hook hooks[3];
	unsigned hook_count;
	bool end;		/* last of its transaction */
	bool detect;		/* detection rules too */
	bool soft;		/* part of a greater event: rules may decide, defaults may not */
	bool undecided;		/* out, soft: some hook's default would have refused it */
	uint64_t offset;
	struct inspect_verdict *v;
};

static inline bool
inspect_wants(const struct inspect_env *env, enum rules_field f)
{
	return (env->fields >> f) & 1;
}

static inline struct span
inspect_last_reply(const struct inspect *in)
{
	return span_of(in->reply_text, in->reply_len);
}

#define INSPECT_BIT(name) (UINT64_C(1) << RULES_##name)

/* inspect_judge.c: values are set by the caller in env->values. True: let go. */
bool inspect_judge(struct inspect_event *je);
/* Takes the hooks away in which no rule decided. */
void inspect_soften(struct rules_event *ev, struct rules_hits *hits);
/* Adds a hook of a family that has a say (or whose rules are there). */
void inspect_hook(struct inspect_event *je, enum rules_hook hook);
/* Sets what every event carries: mode, counters, envelope. */
void inspect_carry(struct inspect_event *je, enum rules_mode mode);

/* inspect_dialogue.c. True: let go. */
bool inspect_command(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
		     struct inspect_verdict *v);
/* The connection itself, once, ahead of the first event of it. */
bool inspect_connect(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
		     struct inspect_verdict *v);
/* And its end; a verdict there is only told. */
void inspect_disconnect(struct inspect *in, struct inspect_env *env);
bool inspect_partial(struct inspect *in, struct inspect_env *env, unsigned dir,
		     const struct smtp_event *ev, struct inspect_verdict *v);
bool inspect_reply(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
		   struct inspect_verdict *v);

/* inspect_sender.c: a second MAIL in one transaction, and the answer to any MAIL */
void inspect_sender_again(struct inspect *in, struct inspect_env *env, struct inspect_tx *tx);
void inspect_sender_answered(struct inspect_env *env, struct inspect_tx *tx, bool taken);
void inspect_sender_close(struct inspect_env *env, struct inspect_tx *tx);

struct inspect_body { /* one call with bytes of a message */
	struct inspect_event je;
	struct span bytes; /* of the message, not yet judged */
	uint64_t at;	   /* message bytes before them */
};

/* inspect_message.c. True: let go. */
bool inspect_body(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
		  struct inspect_verdict *v);
bool inspect_body_end(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
		      struct inspect_verdict *v);
/* What every event of the message carries. brought: sizes are news of this event. */
void inspect_body_carry(struct inspect_body *b, bool brought);
/* An event within the body: header field, file. Rules may decide, defaults are the span's. */
bool inspect_judge_part(struct inspect_body *b);

/* inspect_part.c */
bool inspect_part_begin(struct inspect_body *b, const struct mime_part *part);
bool inspect_part_bytes(struct inspect_body *b, const struct mime_event *m);
bool inspect_part_text(struct inspect_body *b, const struct mime_event *m);
bool inspect_part_end(struct inspect_body *b, const struct mime_part *part);

/* inspect_normal.c */
struct span inspect_command_line(struct inspect_env *env, const struct smtp_event *ev);
void inspect_keep_header(struct inspect_env *env, struct inspect_tx *tx, struct span bytes);
void inspect_header_ended(const struct inspect_env *env, struct inspect_tx *tx);
/* inspect_mismatch.c */
void inspect_mismatch(struct inspect *in, struct inspect_tx *tx);
/* inspect_notice.c */
void inspect_notice_reply(struct inspect *in, struct inspect_env *env, const struct inspect_tx *tx,
			  const struct smtp_event *ev);

/* inspect_rest.c. Awake: false when the pool is out (counted). */
bool inspect_wake(struct inspect *in, struct inspect_env *env);
void inspect_rest(struct inspect *in, struct inspect_env *env);
/* The one at rest, without memory of its own. */
void inspect_rest_show(const struct inspect *in, struct inspect_tx *tx);

/* inspect_tx.c */
/* New, without arenas; those. */
void inspect_tx_clear(const struct inspect *in, struct inspect_tx *tx, uint32_t number);
void inspect_tx_arenas(const struct inspect_env *env, struct inspect_tx *tx);
struct inspect_tx *inspect_tx_begin(struct inspect *in, struct inspect_env *env, uint32_t number);
struct inspect_tx *inspect_tx_find(const struct inspect *in, uint32_t number);
/* Tells of it. how: enum smtp_end; reason: why the session was stopped, 0 when it was not. */
void inspect_tx_end(struct inspect *in, struct inspect_env *env, struct inspect_tx *tx,
		    enum smtp_end how, enum stats_id reason);
/* Appends a copy; false when the arena is full (counted). */
bool inspect_list_add(struct inspect_env *env, struct inspect_tx *tx, struct inspect_list *list,
		      struct span value, size_t item_size);
void inspect_list_names(struct inspect_env *env, struct inspect_tx *tx,
			const struct mime_part *part);
/* A text of the session: small when it fits. SPAN_NONE and counted when not. */
struct span inspect_keep(struct inspect *in, struct inspect_env *env, struct span value);
struct span inspect_tx_keep(struct inspect_env *env, struct inspect_tx *tx, struct span value);
/* Line lengths and the size of the header block, for those who ask; bytes of the message, any cut. */
void inspect_tx_measure(const struct inspect_env *env, struct inspect_tx *tx, struct span bytes);
/* A budget is used up: false and a verdict, unless the policy would rather let it go (true). */
bool inspect_limit(const struct inspect_env *env, struct inspect_verdict *v, enum stats_id reason);

/* "mail", "data", "tls", ...: where the dialogue stands. */
const char *inspect_state_name(const struct inspect *in, const struct inspect_tx *tx);

/* inspect_log.c */
/* The three digits of a reply code. */
void inspect_code_text(unsigned code, char text[3]);
struct event *inspect_event_begin(const struct inspect *in, struct inspect_env *env,
				  enum event_type type);
/* The smtp event, or for a mail that was stopped the row of smtp.log alone. */
void inspect_log_tx(struct inspect *in, struct inspect_env *env, const struct inspect_tx *tx,
		    enum smtp_end how, enum stats_id reason);
/* A row of smtp.log for what the transaction held when another MAIL came. */
void inspect_log_replaced(struct inspect *in, struct inspect_env *env, struct inspect_tx *tx);
void inspect_log_alert(const struct inspect_event *je, const struct rules_hit *hit,
		       const struct policy_verdict *v);
/* What all records say of a transaction. n: what an alert shall leave out; NULL: nothing. */
void inspect_log_fill(struct event *e, const struct inspect_tx *tx,
		      const struct policy_normalizer *n);
/* A text that is there. */
void inspect_log_text(struct event *e, enum event_key key, struct span value);
/* Why a verdict stops what it stops. */
enum stats_id inspect_reason(const struct policy_verdict *v);
/* Monitor mode: what the verdict would have been. */
void inspect_log_would(const struct inspect_event *je, const struct policy_verdict *v);
void inspect_log_default(const struct inspect_event *je, const struct policy_verdict *v);
/* Another protocol on a guarded port. */
void inspect_log_unexpected(struct inspect *in, struct inspect_env *env, unsigned dir);
void inspect_log_oddity(struct inspect *in, struct inspect_env *env, struct inspect_tx *tx,
			unsigned dir, const char *name, bool mime);
void inspect_log_file(struct inspect *in, struct inspect_env *env, const struct inspect_tx *tx,
		      const struct mime_part *part);
void inspect_log_tls(struct inspect *in, struct inspect_env *env);

#endif
