/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of lib/smtp share: the session, one half of it per direction, a parsed command and
 * a parsed reply line. Included by lib/smtp and its white-box tests only.
 */
#ifndef SMTP_INTERNAL_H
#define SMTP_INTERNAL_H

#ifndef POSTERN_LIB_SMTP
#error "smtp_internal.h belongs to lib/smtp"
#endif

#include "smtp.h"

#define SMTP_ODD(symbol) (UINT64_C(1) << SMTP_ODD_##symbol)

_Static_assert(SMTP_ODDITY_COUNT <= 64, "oddities of a line are kept in one word");

enum {
	SMTP_LINE_MAX = 12288,		/* default of limits.line_max */
	SMTP_AUTH_MAX = 12288,		/* default of limits.auth_max, RFC 4954 section 4 */
	SMTP_BDAT_MAX = 2147483647,	/* default of limits.bdat_max */
	SMTP_PENDING_MAX = 256,		/* default of limits.pending_max */
	SMTP_PENDING_CAP = 1024,	/* ... and its upper bound */
	SMTP_PENDING_OWN = 24,		/* awaited replies kept without a buffer of the pool */
	SMTP_LINE_STANDARD = 512,	/* RFC 5321 sections 4.5.3.1.4 and .5, with CRLF */
	SMTP_BDAT_DIGITS = 10,		/* of a chunk size: servers disagree about longer ones */
};

/* What the bytes of a line showed so far (struct smtp_half.seen). */
enum smtp_seen {
	SMTP_SEEN_NUL = 1,
	SMTP_SEEN_BARE_CR = 2,
	SMTP_SEEN_BARE_LF = 4,
	SMTP_SEEN_EIGHT_BIT = 8,
	SMTP_SEEN_CR_LAST = 16, /* the last byte taken is a CR: the next one tells what it is */
};

/* Where the body scanner stands; names say what was seen last. */
enum smtp_body {
	SMTP_BODY_BOL,	  /* CRLF, or the begin of the message */
	SMTP_BODY_TEXT,
	SMTP_BODY_CR,
	SMTP_BODY_LOOSE,  /* a bare CR or LF: line begin for some servers */
	SMTP_BODY_DOT,	  /* CRLF "." */
	SMTP_BODY_DOT_CR, /* CRLF "." CR */
	SMTP_BODY_LDOT,	  /* bare CR or LF, then "." */
};

/* One direction. Offsets: in[0] has stream offset base; a line that begins in an earlier span has
 * `held` bytes there, so its offset is always base + pos - held. */
struct smtp_half {
	const uint8_t *in; /* span of this feed */
	size_t in_len;
	size_t pos;	   /* bytes of it that were taken */
	uint64_t base;
	uint8_t *buf;	   /* begin of the unfinished line; from the pool */
	uint64_t odd;	   /* oddities of the line at hand still to be told */
	uint32_t held;
	uint32_t len;	   /* bytes of the line so far, without its LF */
	uint8_t seen;	   /* enum smtp_seen */
	uint8_t broken;	   /* enum smtp_oddity + 1 */
	uint8_t tls_seen;  /* bytes of the first TLS record checked, up to 2 */
	uint8_t first;	   /* byte of the line */
	uint8_t ends;	   /* enum smtp_ends, of all lines so far */
	bool whole : 1;	   /* the line has its LF */
	bool judged : 1;   /* ... and its oddities were found */
	bool stale : 1;	   /* buf goes back at the next call */
	bool secret : 1;   /* ... and is cleared before */
	bool partial : 1;  /* PARTIAL was told in this feed */
	bool finished : 1;
};

/* How lines of a direction ended (struct smtp_half.ends). */
enum smtp_ends { SMTP_ENDS_CRLF = 1, SMTP_ENDS_LF = 2, SMTP_ENDS_TOLD = 4 };

/* The state of HELO and of MAIL: what the server said. */
enum smtp_said { SMTP_SAID_NOTHING, SMTP_SAID_PENDING, SMTP_SAID_YES };

/* Bits of one awaited reply beside the verb (5 bits). */
enum {
	SMTP_AWAIT_VERB = 31,
	SMTP_AWAIT_TX = 32,	/* its command belongs to a transaction */
	SMTP_AWAIT_BEGIN = 64,	/* ... which it opened */
	SMTP_AWAIT_MARK = 128,	/* END_OF_DATA: of a BDAT LAST; HELO: it resets an envelope */
};

_Static_assert((int)SMTP_VERBS <= (int)SMTP_AWAIT_VERB, "a verb has five bits");

struct smtp_session {
	struct smtp_half half[2];
	struct pool *lines;
	struct smtp_limits limits;
	uint64_t body_size; /* of the message so far */
	uint64_t bdat_left; /* octets of the chunk to come */
	uint8_t *await_more; /* ring of SMTP_PENDING_CAP, from the pool, or NULL */
	uint8_t await_own[SMTP_PENDING_OWN];
	uint16_t await_first, await_count;
	uint32_t tx_count;  /* begun */
	uint32_t reply_tx;  /* begun before or by the head of the queue */
	uint32_t due_tx;
	uint16_t due_code;
	uint16_t early_code; /* BDAT LAST was answered before its octets came */
	uint16_t offers, offers_new;
	uint16_t auth_name; /* hash of the last mechanism that AUTH_SWITCH is asked of, 0: none */
	uint16_t reply_code; /* of the last line of an unfinished reply, 0: none */
	uint16_t rcpt_wait, rcpt_yes;
	uint16_t sent_rcpts; /* recipients of the message whose reply is to come */
	uint16_t lmtp_left;  /* replies still due for it, where each recipient has its own */
	uint8_t mode;
	uint8_t lock;	     /* the verb whose reply must come first, SMTP_VERBS: none */
	uint8_t body;	     /* enum smtp_body */
	uint8_t due_end;     /* enum smtp_end + 1 */
	uint8_t helo, tx_mail, tx_helo; /* enum smtp_said */
	uint8_t body_ahead;  /* follow mode: bodies begun before their 354 */
	bool due_tls : 1;
	bool line_begins : 1;	/* the line at hand opens a transaction */
	bool due_begin : 1;	/* ... which is still to be told */
	bool proved : 1;	/* CONNECT was told */
	bool wait_told : 1;	/* PIPELINED_SEQUENCE or EARLY_TALKER for this wait */
	bool welcome_told : 1;	/* NO_WELCOME, once a session */
	bool client_waits : 1;	/* SMTP_OTHER_SIDE was the last word to the client */
	bool ahead_told : 1;	/* PIPELINING_NOT_OFFERED, once a session */
	bool auth_login : 1, auth_plain : 1, auth_initial : 1;
	uint8_t auth_line : 2;	/* lines of the exchange so far, up to 2 */
	bool auth_aborted : 1;	/* the exchange of auth_name ended in "*" */
	bool xlink_first : 1;	/* X-LINK2STATE FIRST was seen */
	bool lmtp : 1;
	bool bdat : 1;		/* mode DATA is a chunk */
	bool bdat_last : 1;
	bool body_dot : 1;	/* a dot was taken off, the next BODY event begins with it */
	bool body_cr : 1, body_lf : 1, body_nul : 1; /* told for this message */
	bool cur_open : 1, prev_open : 1; /* transactions tx_count - 1 and tx_count - 2 */
	bool tx_sent : 1;	/* end of data was seen, the reply is to come */
	bool tx_reset : 1;	/* a RSET or HELO that ends it awaits its reply */
	bool tx_data : 1, tx_bdat : 1;
	bool takes_chunks : 1;	/* it has a recipient, and no DATA or refused chunk since */
	bool tx_utf8 : 1, tx_binary : 1;
};

/* One command line, taken apart. Spans point into the line (or at constants). */
struct smtp_command {
	enum smtp_verb verb;
	struct span line, name, arg, path, params;
	struct span initial; /* AUTH: the initial response; never leaves lib/smtp */
	uint64_t size;	     /* SIZE=, or octets of BDAT */
	uint64_t odd;	     /* SYNTAX, INVALID_BDAT */
	bool last, utf8, binary;
};

struct smtp_reply {
	uint16_t code; /* 0: not a reply */
	bool more;     /* "-" after the code */
	struct span text;
};

/* smtp_text.c, smtp_verb.c */
enum smtp_verb smtp_verb_word(struct span word);
void smtp_command_parse(struct span line, const struct smtp_normal *normal, struct smtp_command *c);
size_t smtp_word_len(struct span s); /* bytes before the first blank */
struct span smtp_blanks_skip(struct span s, uint64_t *odd); /* SYNTAX unless there are none */
bool smtp_is_blank(uint8_t c);

/* smtp_path.c, smtp_param.c, smtp_bdat.c, smtp_auth.c */
void smtp_path_parse(struct span rest, struct smtp_command *c);
void smtp_params_read(struct smtp_command *c);
void smtp_bdat_parse(struct span rest, struct smtp_command *c);
void smtp_auth_parse(struct smtp_command *c);
struct span smtp_auth_user(struct smtp_session *s, struct span coded, bool plain);
size_t smtp_auth_decode(struct span coded, uint8_t *out); /* SIZE_MAX: not base64 */
bool smtp_auth_in_clear(struct span mechanism);

/* smtp_reply.c, smtp_ehlo.c */
void smtp_reply_parse(struct span line, struct smtp_reply *r);
unsigned smtp_ehlo_offer(struct span text);

/* smtp_normal.c: what smtp.normalizer asks for */
enum smtp_verb smtp_normal_verb(const struct smtp_normal *n, struct span word);
uint64_t smtp_normal_command(const struct smtp_session *s, const struct smtp_command *c);
uint64_t smtp_normal_reply(const struct smtp_session *s);
void smtp_normal_effect(struct smtp_session *s, const struct smtp_command *c);
void smtp_normal_ended(struct smtp_half *h); /* a line was judged: remember its end */

/* smtp_answer.c: the server's lines */
int smtp_answer_next(struct smtp_session *s, struct smtp_event *ev);

/* smtp_line.c */
int smtp_line_take(struct smtp_session *s, struct smtp_half *h, uint32_t max, bool keep);
struct span smtp_line_text(const struct smtp_half *h);
uint64_t smtp_line_odd(const struct smtp_half *h);
bool smtp_line_cut(const struct smtp_half *h);
void smtp_line_done(struct smtp_half *h);
void smtp_line_again(struct smtp_half *h);
void smtp_line_release(struct smtp_session *s, struct smtp_half *h);

/* smtp_data.c, smtp_bdat.c: as smtp_next, or SMTP_GO_ON when the body is over without an event */
#define SMTP_GO_ON 3
int smtp_data_next(struct smtp_session *s, struct smtp_event *ev);
int smtp_bdat_next(struct smtp_session *s, struct smtp_event *ev);
/* Why the scanner stopped: the span's end, or the byte at pos. */
enum smtp_stop {
	SMTP_STOP_SPAN,
	SMTP_STOP_DOT,	     /* "." at the begin of a line */
	SMTP_STOP_CR,	     /* it proves that the byte before is a bare CR */
	SMTP_STOP_LF,	     /* a bare LF */
	SMTP_STOP_NUL,
	SMTP_STOP_AMBIGUOUS, /* it ends a line of a lone dot, as some servers read it */
};
enum smtp_stop smtp_body_scan(struct smtp_session *s, size_t end);
int smtp_body_event(struct smtp_session *s, size_t from, struct smtp_event *ev);
int smtp_body_oddity(struct smtp_session *s, enum smtp_stop stop, struct smtp_event *ev);

/* smtp_tx.c: transactions, and the queue of awaited replies */
bool smtp_await_push(struct smtp_session *s, unsigned bits);
bool smtp_await_has(const struct smtp_session *s, unsigned bit); /* of the head */
unsigned smtp_await_pop(struct smtp_session *s);
enum smtp_verb smtp_await_head(const struct smtp_session *s); /* SMTP_VERBS when empty */
bool smtp_await_full(const struct smtp_session *s);
bool smtp_await_room(struct smtp_session *s); /* one more can be pushed */
void smtp_await_close(struct smtp_session *s);
bool smtp_tx_opens(const struct smtp_session *s, enum smtp_verb v);
bool smtp_tx_here(const struct smtp_session *s); /* a command now belongs to the newest one */
void smtp_tx_begin(struct smtp_session *s);
/* begun: the number of transactions begun when this one was the newest; its number plus one */
bool smtp_tx_is_open(const struct smtp_session *s, uint32_t begun);
void smtp_tx_end(struct smtp_session *s, uint32_t begun, enum smtp_end how, unsigned code);
bool smtp_verb_is_mail(enum smtp_verb v);

/* smtp_command.c: the client's lines */
int smtp_command_next(struct smtp_session *s, struct smtp_event *ev);

/* smtp_session.c */
void smtp_event_begin(const struct smtp_session *s, enum smtp_kind kind, struct smtp_event *ev);
void smtp_event_tx(const struct smtp_session *s, uint32_t begun, bool belongs,
		   struct smtp_event *ev);
void smtp_event_about(enum smtp_kind kind, struct smtp_half *h, struct smtp_event *ev);
int smtp_fail(struct smtp_session *s, struct smtp_half *h, enum smtp_oddity o,
	      struct smtp_event *ev);
uint64_t smtp_broken_mask(bool strict);
int smtp_prove(struct smtp_session *s, enum smtp_dir dir, struct smtp_event *ev);
int smtp_wait(struct smtp_session *s, struct smtp_half *h);
void smtp_body_begin(struct smtp_session *s, bool bdat);
void smtp_body_done(struct smtp_session *s);

static inline bool
smtp_verb_is_helo(enum smtp_verb v)
{
	return v == SMTP_HELO || v == SMTP_EHLO || v == SMTP_LHLO;
}

static inline uint64_t
smtp_here(const struct smtp_half *h)
{
	return h->base + h->pos;
}

#endif
