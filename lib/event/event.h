/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events: what the packet path tells the world. A worker fills a fixed-size record in its own ring;
 * one writer on the management core turns records into lines of eve.json and smtp.log.
 *
 *	worker:	 e = event_begin(ring, EVENT_ALERT);	NULL: ring full, loss was counted
 *		 e->... = ...;  event_text(e, EVENT_SMTP_HELO, span);
 *		 event_commit(ring);
 *	writer:	 while ((e = event_peek(ring)) != NULL) { event_eve(writer, e); event_pop(ring); }
 *
 * Texts are copied into the record; what does not fit is cut and marked. Values are bytes here and
 * become valid UTF-8 in the writer: what is no UTF-8, and control characters other than TAB, LF and
 * CR, become U+FFFD. So a line is always shorter than EVENT_LINE_MAX. A record never holds
 * credentials.
 *
 * In monitor mode nothing is dropped: what would have been a drop is an EVENT_VERDICT with
 * EVENT_MONITOR, since consumers count events of type drop as packets that are gone.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stdio.h>
#include "ring.h"
#include "span.h"

enum event_type {
	EVENT_ALERT, EVENT_DROP, EVENT_SMTP, EVENT_ANOMALY, EVENT_FILEINFO, EVENT_FLOW, EVENT_TLS,
	EVENT_NOTICE, EVENT_VERDICT, EVENT_TYPES
};

/* Texts of a record. Those marked * may come several times, in order. */
enum event_key {
	EVENT_SMTP_HELO, EVENT_SMTP_MAIL_FROM, EVENT_SMTP_RCPT_TO /* * */,
	EVENT_SMTP_RCPT_STATUS /* *: code of each RCPT, "250" or "" */,
	EVENT_SMTP_LAST_REPLY, EVENT_SMTP_QUEUE_ID,
	EVENT_AUTH_MECHANISM, EVENT_AUTH_USER_HASH, EVENT_SMTP_BANNER,
	EVENT_EMAIL_FROM, EVENT_EMAIL_TO /* * */, EVENT_EMAIL_CC /* * */, EVENT_EMAIL_SUBJECT,
	EVENT_EMAIL_DATE, EVENT_EMAIL_MESSAGE_ID, EVENT_EMAIL_X_MAILER, EVENT_EMAIL_USER_AGENT,
	EVENT_EMAIL_IN_REPLY_TO, EVENT_EMAIL_REPLY_TO, EVENT_EMAIL_X_ORIGINATING_IP,
	EVENT_EMAIL_RECEIVED /* * */, EVENT_EMAIL_ATTACHMENT /* * */, EVENT_EMAIL_URL /* * */,
	EVENT_EMAIL_BODY_MD5, EVENT_EMAIL_STATUS, EVENT_EMAIL_HDRS,
	EVENT_FUID /* *: a file of the mail, for smtp.log */,
	EVENT_FILE_NAME, EVENT_FILE_OTHER_NAME /* * */, EVENT_FILE_MAGIC, EVENT_FILE_MD5, EVENT_FILE_SHA1, EVENT_FILE_SHA256,
	EVENT_RULE_MSG, EVENT_RULE_CLASS, EVENT_RULE_REF /* * */, EVENT_RULE_METADATA /* * */,
	EVENT_RULE_AT /* "file:line" */, EVENT_HOOK, EVENT_STATE, EVENT_TOLD, EVENT_ANOMALY_NAME,
	EVENT_ANOMALY_LAYER, EVENT_REASON, EVENT_POLICY, EVENT_FLOWBIT /* * */, EVENT_TX_STATE_TS,
	EVENT_TX_STATE_TC, EVENT_NOTE, EVENT_NOTE_SUB, EVENT_NOTE_HOST, EVENT_NOTE_COUNTRY,
	EVENT_SOFTWARE_TYPE, EVENT_SOFTWARE_NAME, EVENT_SOFTWARE_VERSION, EVENT_MISMATCH /* * */,
	EVENT_APP_PROTO /* what is no SMTP: "tls", "http", ... */,
	EVENT_KEYS
};

enum event_flag {
	EVENT_TO_SERVER = 1, EVENT_TO_CLIENT = 2,
	EVENT_HAS_TX = 4,	   /* tx_id is set */
	EVENT_TX_IS_TLS = 8, EVENT_BLOCKED = 16, EVENT_REJECTED = 32, EVENT_FW_RULE = 64,
	EVENT_IS_SMTP = 128,	   /* app_proto smtp */
	EVENT_HAS_EMAIL = 256,	   /* message headers were seen */
	EVENT_MONITOR = 512,	   /* would have been: nothing was touched */
	EVENT_AUTH_OK = 1024, EVENT_FILE_CLOSED = 2048, EVENT_ALERTED = 4096,
	EVENT_TX_TRUNCATED = 8192, EVENT_FLOW_DROPPED = 16384,
	EVENT_REJECT_CLIENT = 32768, EVENT_REJECT_SERVER = 65536,
	EVENT_ONLY_EVE = 1 << 17, EVENT_ONLY_SMTP_LOG = 1 << 18, /* EVENT_SMTP: one of the files */
	EVENT_NOTE_LOCAL = 1 << 19, /* the host of a notice is ours */
};

enum event_engine { EVENT_ENGINE_NONE, EVENT_ENGINE_FW, EVENT_ENGINE_TD }; /* alert.engine */

struct event_addr { /* 16 bytes, IPv4 as ::ffff:a.b.c.d */
	uint8_t b[16];
};

#define EVENT_TEXTS 192	   /* texts of a record */
#define EVENT_ROOM 12288   /* bytes of all of them */
#define EVENT_TEXT_MAX 4096 /* bytes of one */
#define EVENT_LINE_MAX 131072 /* no line of a file is this long, its newline included */

struct event_text {
	uint8_t key;	/* enum event_key */
	uint8_t cut;	/* did not fit whole */
	uint16_t off, len;
};

struct event {
	/* fixed part: the producer fills what its type has; the rest is 0 */
	uint8_t type;
	uint8_t ip_version, ip_proto;
	uint8_t engine;	     /* enum event_engine */
	uint32_t flags;
	uint64_t time_us;    /* of the event */
	uint64_t flow_id;    /* <= 2^51 */
	uint64_t pcap_cnt;   /* 0: none */
	struct event_addr src, dst; /* of the frame for drop, client -> server for tx events */
	uint16_t sport, dport;
	uint16_t vlan[2];
	uint8_t vlan_count;
	uint32_t tx_id;
	uint32_t sid, gid, rev, severity; /* alert, drop */
	uint64_t offset;     /* stream offset of what decided */
	/* flow */
	uint64_t flow_start_us, flow_end_us;
	uint64_t pkts_ts, pkts_tc, bytes_ts, bytes_tc;
	uint8_t flow_state, flow_reason, tcp_state; /* enums below */
	uint8_t tcp_flags, tcp_flags_ts, tcp_flags_tc;
	uint32_t tx_count;
	/* drop: fields of the frame */
	uint16_t ip_len, ip_id, tcp_window;
	uint8_t tos, ttl, frame_flags; /* frame_flags: TCP flags of this frame */
	uint32_t tcp_seq, tcp_ack;
	uint16_t l4_len;
	/* smtp, fileinfo */
	uint64_t tx_start_us, tx_end_us;
	uint64_t body_size;
	uint16_t reply_code;	 /* final reply, 0 none */
	uint16_t trans_depth;	 /* 1-based mail of the session, Zeek's */
	uint16_t rcpt_total;	 /* RCPT commands, texts may be fewer */
	uint16_t told_rcpts;	 /* of them, first in the texts: earlier rows of smtp.log have them */
	uint16_t parts;
	uint8_t tx_end;		 /* enum event_tx_end */
	uint8_t starttls;	 /* enum event_starttls */
	uint64_t declared_size;	 /* SIZE= of MAIL, 0 none */
	uint64_t data_us, sent_us, answer_us; /* DATA, end of data, its answer; 0: it did not come */
	uint64_t file_size;
	uint32_t file_id;
	uint64_t seq;		 /* per worker, gaps show losses */
	/* texts */
	uint16_t text_count;
	uint16_t room_used;
	uint16_t text_lost;	 /* texts that found no place at all */
	struct event_text text[EVENT_TEXTS];
	char room[EVENT_ROOM];
};

/* How a transaction ended: the message was answered, RSET or HELO, STARTTLS, QUIT, no more bytes; or
 * it goes on, and another MAIL came. */
enum event_tx_end {
	EVENT_END_REPLY, EVENT_END_RESET, EVENT_END_TLS, EVENT_END_QUIT, EVENT_END_CLOSE,
	EVENT_END_REPLACED, EVENT_ENDS
};
enum event_starttls {
	EVENT_STARTTLS_NONE, EVENT_STARTTLS_OFFERED, EVENT_STARTTLS_REFUSED, EVENT_STARTTLS_ACCEPTED
};
enum event_flow_state { EVENT_FLOW_NEW, EVENT_FLOW_ESTABLISHED, EVENT_FLOW_CLOSED };
enum event_flow_reason { EVENT_FLOW_TIMEOUT, EVENT_FLOW_SHUTDOWN, EVENT_FLOW_FORCED, EVENT_FLOW_REUSE };
/* Suricata's names, "syn_sent" ... "closed". */
enum event_tcp_state {
	EVENT_TCP_NONE, EVENT_TCP_SYN_SENT, EVENT_TCP_SYN_RECV, EVENT_TCP_ESTABLISHED,
	EVENT_TCP_FIN_WAIT1, EVENT_TCP_FIN_WAIT2, EVENT_TCP_TIME_WAIT, EVENT_TCP_LAST_ACK,
	EVENT_TCP_CLOSE_WAIT, EVENT_TCP_CLOSING, EVENT_TCP_CLOSED
};

/* ---- worker's side ---- */

struct event_ring; /* over base/ring; counts made and lost */

struct event_ring *event_ring_create(size_t slots);
void event_ring_destroy(struct event_ring *r);
/* A cleared record of this type with its seq, or NULL (counted) when the ring is full. One at a
 * time; begun again without commit, it is the same slot. */
struct event *event_begin(struct event_ring *r, enum event_type type);
void event_text(struct event *e, enum event_key key, struct span text);
void event_commit(struct event_ring *r);
uint64_t event_made(const struct event_ring *r);
uint64_t event_lost(const struct event_ring *r);

/* ---- writer's side ---- */

struct event *event_peek(struct event_ring *r);
void event_pop(struct event_ring *r);
/* Next text with this key after index *i (start with -1); false when there is none. */
bool event_text_get(const struct event *e, enum event_key key, int *i, struct span *text);

struct event_writer;

/* How far the path in smtp.log is followed: Zeek's mail_path_capture. A host that is not of the kind
 * wanted and not private is the last one. */
enum event_path_follow { EVENT_PATH_ALL, EVENT_PATH_LOCAL, EVENT_PATH_REMOTE, EVENT_PATH_NONE };
struct event_nets;
struct event_path_scope {
	enum event_path_follow follow;
	const struct event_nets *local; /* the caller's */
};

struct event_writer_settings {
	const char *dir;     /* eve.json and smtp.log go here */
	const char *node;    /* this machine's name for postern.node; NULL: the field is left out */
	bool eve, smtp_log;  /* which files */
	bool strict;	     /* eve.strict: no postern{} object */
	bool pcap_cnt;	     /* capture run: write pcap_cnt */
	bool utc;	     /* timestamps in UTC (+0000); always so in capture runs */
	struct event_path_scope path;
	unsigned types;	     /* bit of each enum event_type to write; 0: all */
	bool append;	     /* service: append, flush each second; capture: truncate */
};

/* Opens the files; NULL and *err with file and cause. */
struct err;
struct event_writer *event_writer_create(const struct event_writer_settings *s, struct err *err);
/* Flushes and closes; 0 or -errno of the first write that failed. */
int event_writer_destroy(struct event_writer *w);
/* One record to the files that want it. */
void event_write(struct event_writer *w, const struct event *e);
int event_writer_flush(struct event_writer *w);
/* Close and open again by name, after a rotation. */
int event_writer_reopen(struct event_writer *w, struct err *err);

/* Lines that could not be written (disk full, line too long); they are left out whole. */
uint64_t event_writer_lost(const struct event_writer *w);

/* A stats event: names ("decoder.pkts", ...) and values become nested objects under stats{}. No
 * name may be another's beginning ("a.b" beside "a.b.c"): the shorter would be left out. */
void event_write_stats(struct event_writer *w, uint64_t time_us, uint64_t uptime_s,
		       const char *const *names, const uint64_t *values, size_t count);

/* One record as a JSON text of its own (malloc'ed, caller frees); for the console and tests. */
char *event_json(const struct event_writer_settings *s, const struct event *e);

const char *event_type_name(enum event_type t);

#endif
