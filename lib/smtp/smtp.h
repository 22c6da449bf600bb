/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SMTP as both sides speak it (RFC 5321, 1870, 2920, 3030, 3207, 4954, 6531): bytes in, events
 * out.
 *
 *	s = smtp_open(memory, &limits, lines);
 *	for each in-order span of a direction:
 *		smtp_feed(s, dir, bytes);
 *		while ((r = smtp_next(s, dir, &ev)) == 1)
 *			judge(&ev);
 *		r == 0			every byte given was taken
 *		r == SMTP_OTHER_SIDE	the rest waits for the other direction: smtp_consumed() says how
 *					many bytes of the span were taken; give the rest again once
 *					the other side has spoken
 *		r == -1			framing of this direction is broken for good: ev is the ODDITY
 *					that says why; nothing after smtp_consumed() may pass
 *	smtp_close(s);
 *
 * The parser keeps state by what the *server* answers, never by the verb alone (F6): 354 opens the
 * body, 334 keeps AUTH, 220 after STARTTLS ends our sight, a 250 makes RSET and EHLO take effect.
 * After DATA, the last BDAT of a message, AUTH, STARTTLS, EHLO, HELO, VRFY, EXPN, NOOP, QUIT (the
 * verbs that RFC 2920 section 3.1 wants last in a group) no later client byte is taken until the
 * server has answered (F5); nor after a verb that the parser does not know, XCLIENT, and RSET with
 * an argument (servers refuse that one, so what follows still belongs to the old envelope). A
 * reply that comes while client bytes wait that it could answer gets SMTP_OTHER_SIDE too: only
 * captures of clients that send blindly look like that. BDAT is data only when this session's EHLO
 * reply offered CHUNKING and the server is sure to take the chunk: BDAT and BURL wait for all
 * answers before them, and BDAT without a recipient, behind DATA or a refused chunk is
 * BDAT_OUT_OF_PLACE (the server should skip the octets; some read them as commands). The reply to
 * BDAT LAST has the verb SMTP_END_OF_DATA, and last set; in LMTP and with PRDR several replies
 * have it, and TX_END comes behind the last, with its code. Lines end in CRLF only; a bare CR or
 * LF is an oddity, and never an end of data (F1, F2).
 *
 * Transactions: a MAIL opens one; it ends at the final reply to end of data, at the 250 to RSET or
 * to a mid-session EHLO/HELO, at STARTTLS's 220, at QUIT and at close. A MAIL that is pipelined
 * behind a pending RSET/EHLO or behind an end of data opens the *next* transaction at once (events
 * carry its number), so that no envelope hides behind a reply that is still to come; when that
 * RSET is refused, the envelope at the server is another: REPLY_OUT_OF_PLACE (in follow mode, and
 * at 421, DUPLICATE_FIELDS tells so and the older transaction ends: SMTP_END_RSET, the code of the
 * refusal). At most two are open at once, numbers n and n+1: the command that would open a third
 * waits (in follow mode the oldest ends). RCPT, DATA or BDAT with no transaction open one, too; a
 * MAIL that follows joins it. A second MAIL in one transaction waits for the answer to the first,
 * and what follows it for its own: it joins, whatever the answer. Suricata's count is kept where
 * nothing else is said: a session without MAIL whose first commands are QUIT, RSET, ... counts one
 * transaction (ev.tx 0), as does the HELO: tx 0 reaches from the first command to the end of the
 * first mail; a QUIT behind a finished mail counts none (tx_open is false).
 *
 * Secrets: the argument of AUTH after the mechanism, and the lines of the exchange, are never
 * stored and never in an event (arg is cut; SMTP_AUTH carries mechanism only, and the user's name
 * where the mechanism shows it, for hashing by the caller).
 *
 * Memory: no allocation but buffers from the pool given (objects of SMTP_LINE_SEEN bytes at
 * least), held only while a line is unfinished at the end of a feed, or more than a few dozen
 * commands await replies. Threads: one owner. Spans of an event are valid until the next smtp_feed
 * of that direction or the next smtp_next.
 */
#ifndef SMTP_H
#define SMTP_H

#include "pool.h"
#include "span.h"

enum smtp_dir { SMTP_CLIENT, SMTP_SERVER }; /* who speaks */

enum smtp_verb {
	SMTP_HELO, SMTP_EHLO, SMTP_LHLO, SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_BDAT, SMTP_RSET, SMTP_NOOP,
	SMTP_QUIT, SMTP_VRFY, SMTP_EXPN, SMTP_HELP, SMTP_AUTH, SMTP_STARTTLS, SMTP_ETRN, SMTP_TURN,
	SMTP_ATRN, SMTP_SEND, SMTP_SOML, SMTP_SAML, SMTP_BURL, SMTP_XCLIENT, SMTP_XFORWARD,
	SMTP_X_LINK2STATE, SMTP_XEXCH50,
	SMTP_UNKNOWN,	  /* a line whose first word is none of these */
	SMTP_AUTH_LINE,	  /* a client's line within an AUTH exchange; never with text */
	SMTP_END_OF_DATA, /* stands in the queue of awaited replies for the message itself */
	SMTP_GREETING,	  /* ... and this for the banner */
	SMTP_VERBS
};

enum smtp_mode {
	SMTP_MODE_COMMAND, /* lines */
	SMTP_MODE_DATA,	   /* body, until CRLF.CRLF or the octets of BDAT */
	SMTP_MODE_AUTH,	   /* SASL lines (RFC 4954) */
	SMTP_MODE_TLS,	   /* opaque: everything is passed without events */
	SMTP_MODE_CLOSED,  /* QUIT was answered, or framing broke */
};

enum smtp_kind {
	SMTP_EV_CONNECT,     /* first bytes prove that this is SMTP (smtp_detect) */
	SMTP_EV_PARTIAL,     /* an unfinished command or reply line is at the end of the feed */
	SMTP_EV_COMMAND,     /* one complete command line, any verb; MAIL, RCPT, ... carry more */
	SMTP_EV_REPLY_LINE,  /* one line of a multi-line reply that is not the last */
	SMTP_EV_REPLY,	     /* the last line of a reply, paired with its command */
	SMTP_EV_BODY,	     /* message bytes, dots unstuffed; several a message */
	SMTP_EV_BODY_END,    /* end of data: CRLF.CRLF, or the last octet of BDAT LAST */
	SMTP_EV_TX_BEGIN,    /* transaction ev.tx opens; before the event that opens it */
	SMTP_EV_TX_END,	     /* transaction ev.tx is over; how: ev.end */
	SMTP_EV_TLS,	     /* STARTTLS accepted, or TLS from the first byte: opaque from here */
	SMTP_EV_ODDITY,	     /* ev.oddity, at ev.offset; parsing goes on unless next said -1 */
};

/* How a transaction ended. */
enum smtp_end {
	SMTP_END_REPLY,	  /* final reply to end of data, ev.code */
	SMTP_END_RSET,	  /* RSET or HELO/EHLO was accepted */
	SMTP_END_TLS,	  /* STARTTLS was accepted */
	SMTP_END_QUIT,	  /* QUIT */
	SMTP_END_CLOSE,	  /* the connection ended */
};

/*
 * Oddities. X(SYMBOL, "name", broken, "sentence"): name is rules' app-layer-event:smtp.name in
 * lower case and anomaly.event in upper case; Suricata's names are kept where they mean the same.
 * broken: framing is lost or an evasion is certain; smtp_next then returns -1 in every profile.
 * With limits.strict some more are broken (smtp_oddity_broken).
 */
#define SMTP_ODDITIES(X)                                                                          \
	X(INVALID_REPLY, "invalid_reply", 0, "a reply is not three digits and text")              \
	X(UNMATCHED_REPLY, "unable_to_match_reply_with_request", 0, "a reply without a command")  \
	X(COMMAND_LINE_LEN, "max_command_line_len_exceeded", 0, "a command line over 512 bytes")  \
	X(REPLY_LINE_LEN, "max_reply_line_len_exceeded", 0, "a reply line over 512 bytes")        \
	X(PIPELINED_SEQUENCE, "invalid_pipelined_sequence", 0,                                    \
	  "a command is sent behind one that must be last in its group")                          \
	X(NO_WELCOME, "no_server_welcome_message", 0,                                             \
	  "the first reply is not 220, or the client spoke first")                                \
	X(TLS_REJECTED, "tls_rejected", 0, "STARTTLS was refused")                                \
	X(DATA_REJECTED, "data_command_rejected", 0, "DATA was not answered by 354")              \
	X(FAILED_PROTOCOL_CHANGE, "failed_protocol_change", 1, "no TLS after STARTTLS was accepted") \
	X(DUPLICATE_FIELDS, "duplicate_fields", 0, "a second MAIL or HELO in one transaction")    \
	X(UNPARSABLE, "unparsable_content", 0, "a second DATA in one transaction")                \
	X(TRUNCATED_LINE, "truncated_line", 0, "a line over 4096 bytes is seen by rules up to there") \
	X(INVALID_BDAT, "invalid_bdat", 1, "BDAT with a size or word that servers read differently") \
	X(BDAT_LEN, "bdat_chunk_len_exceeded", 1, "a BDAT chunk larger than allowed")             \
	X(LINE_TOO_LONG, "line_too_long", 1, "a line longer than the limit: never skipped to its end") \
	X(BARE_CR, "bare_cr", 0, "CR not followed by LF in a command or reply")                   \
	X(BARE_LF, "bare_lf", 0, "LF not preceded by CR in a command or reply")                   \
	X(BODY_BARE_CR, "body_bare_cr", 0, "CR not followed by LF in the message")                \
	X(BODY_BARE_LF, "body_bare_lf", 0, "LF not preceded by CR in the message")                \
	X(DOT_AMBIGUOUS, "ambiguous_end_of_data", 1,                                              \
	  "a lone dot with a bare CR or LF at one side: some servers end the message here")       \
	X(NUL, "nul_byte", 1, "NUL in a command or reply")                                        \
	X(BODY_NUL, "body_nul_byte", 0, "NUL in the message")                                     \
	X(EIGHT_BIT, "eight_bit_envelope", 0, "a byte above 127 in the envelope without SMTPUTF8") \
	X(SYNTAX, "syntax_deviation", 0, "a command written as no standard has it")               \
	X(UNKNOWN_COMMAND, "unknown_command", 0, "an unknown verb")                               \
	X(EARLY_TALKER, "early_talker", 0, "the client spoke before the banner")                  \
	X(NO_HELO, "mail_without_helo", 0, "MAIL before HELO or EHLO")                            \
	X(RCPT_BEFORE_MAIL, "rcpt_before_mail", 0, "RCPT without a MAIL")                         \
	X(DATA_BEFORE_RCPT, "data_before_rcpt", 0, "DATA or BDAT without a RCPT")                 \
	X(PIPELINING_NOT_OFFERED, "pipelining_not_offered", 0,                                    \
	  "commands were sent ahead though PIPELINING was not offered")                           \
	X(AUTH_CLEAR, "auth_without_tls", 0, "AUTH with the password in clear text")              \
	X(TLS_INJECTION, "starttls_injection", 1, "bytes were sent behind STARTTLS before its reply") \
	X(CHUNKING_NOT_OFFERED, "chunking_not_offered", 1, "BDAT though CHUNKING was not offered") \
	X(DATA_BDAT_MIX, "data_and_bdat", 0, "DATA and BDAT in one transaction")                  \
	X(PENDING_FULL, "too_many_pending", 1, "more commands await their replies than allowed")  \
	X(LINE_MEMORY, "line_memory", 1, "no buffer is left for an unfinished line")              \
	X(REPLY_CODE_CHANGES, "reply_code_changes", 0, "lines of one reply carry different codes") \
	X(COMMAND_OVER_LIMIT, "command_over_limit", 0,                                            \
	  "a command line over smtp.normalizer.max-command-line-len")                             \
	X(VERB_OVER_LIMIT, "command_over_its_limit", 0,                                           \
	  "a command line over its verb's own limit")                                             \
	X(REPLY_OVER_LIMIT, "reply_over_limit", 0,                                                \
	  "a reply line over smtp.normalizer.max-response-line-len")                              \
	X(AUTH_OVER_LIMIT, "auth_over_limit", 0,                                                  \
	  "a line of AUTH over smtp.normalizer.max-auth-command-line-len")                        \
	X(UNLISTED_COMMAND, "unlisted_command", 0, "a verb that the normaliser does not list")    \
	X(INVALID_COMMAND, "invalid_command", 0, "a verb of smtp.normalizer.invalid-cmds")        \
	X(XLINK2STATE, "xlink2state_overflow", 0,                                                 \
	  "X-LINK2STATE with a chunk over 520 bytes and no first one (CVE-2005-0560)")            \
	X(AUTH_SWITCH, "auth_mechanism_switch", 0,                                                \
	  "AUTH was aborted, then begun with another mechanism")                                  \
	X(MIXED_LINE_ENDS, "mixed_line_ends", 0, "lines of one side end in CRLF and in LF")       \
	X(BDAT_OUT_OF_PLACE, "bdat_out_of_place", 1,                                              \
	  "BDAT where the server refuses it: some then read the chunk as commands")               \
	X(REPLY_OUT_OF_PLACE, "reply_out_of_place", 1,                                            \
	  "354 without DATA, TURN accepted, RSET refused: commands are not what they seem")       \
	X(AMBIGUOUS_PATH, "ambiguous_path", 1,                                                    \
	  "a path with a comment, or behind one: servers take different addresses of it")         \
	X(PATH_FORM, "path_form", 0, "a path in another form than <local@domain>")

enum smtp_oddity {
#define SMTP_X(symbol, name, broken, text) SMTP_ODD_##symbol,
	SMTP_ODDITIES(SMTP_X)
#undef SMTP_X
	SMTP_ODDITY_COUNT
};

/* What the server's last EHLO reply offered (bits); replaced at each EHLO, cleared by TLS. */
enum smtp_offer {
	SMTP_OFFER_PIPELINING = 1, SMTP_OFFER_CHUNKING = 2, SMTP_OFFER_STARTTLS = 4,
	SMTP_OFFER_AUTH = 8, SMTP_OFFER_SIZE = 16, SMTP_OFFER_8BITMIME = 32,
	SMTP_OFFER_SMTPUTF8 = 64, SMTP_OFFER_BINARYMIME = 128, SMTP_OFFER_DSN = 256,
	SMTP_OFFER_XCLIENT = 512, SMTP_OFFER_ENHANCED = 1024,
};

struct smtp_event {
	enum smtp_kind kind;
	enum smtp_verb verb;   /* COMMAND; REPLY: of the command it answers; PARTIAL: as far as known */
	enum smtp_mode mode;   /* in which this event happened */
	enum smtp_oddity oddity;
	enum smtp_end end;
	bool tx_open;	       /* this event belongs to transaction tx */
	bool truncated;	       /* line is the first 4096 bytes of a longer one */
	bool partial;	       /* REPLY_LINE and BODY: always more to come */
	bool last;	       /* BDAT with LAST */
	uint32_t tx;	       /* 0-based, of the session */
	uint16_t code;	       /* REPLY, REPLY_LINE, TX_END */
	uint64_t size;	       /* MAIL: SIZE= value (0: none); BDAT: octets; BODY_END: body bytes */
	uint64_t offset;       /* stream offset of the first byte of this event in its direction */
	uint64_t end_offset;   /* of the byte after its last: a verdict may release up to here */
	struct span line;      /* the line without CRLF (AUTH arguments cut) */
	struct span name;      /* the verb as written, "MAIL FROM" and "RCPT TO" made whole */
	struct span arg;       /* COMMAND: what follows the verb; MAIL/RCPT: path without <> */
	struct span path;      /* MAIL, RCPT: the path as written, with <> */
	struct span params;    /* MAIL, RCPT: ESMTP parameters, "SIZE=123 BODY=8BITMIME" */
	struct span user;      /* AUTH PLAIN/LOGIN with a user that could be read; for hashing only */
	struct span text;      /* REPLY(_LINE): what follows the code and separator */
	struct span bytes;     /* BODY: unstuffed message bytes */
};

/*
 * What the configuration says of verbs and lines (smtp.normalizer, Snort's preprocessor). Lengths
 * are bytes with the line's end, 0: no limit; lists end in NULL, and NULL is an empty one. The
 * oddities above from COMMAND_OVER_LIMIT on come only where this asks for them.
 */
struct smtp_verb_limit {
	const char *verb;
	uint32_t max;
};

struct smtp_normal {
	uint32_t command_max, reply_max, auth_max;
	const struct smtp_verb_limit *verb_max; /* in place of command_max; ended by verb NULL */
	const char *const *valid;   /* UNLISTED_COMMAND for all others; NULL: for none */
	const char *const *invalid; /* INVALID_COMMAND */
	/* Other names of DATA, BDAT and AUTH. */
	const char *const *data_verbs, *const *chunk_verbs, *const *auth_verbs;
	bool xlink2state;
	bool history; /* what the session said before counts: AUTH_SWITCH, MIXED_LINE_ENDS, and a
		       * first chunk of X-LINK2STATE */
};

/* 0 means the default in brackets. */
struct smtp_limits {
	uint32_t line_max;     /* bytes of a command or reply line [12288]; beyond: LINE_TOO_LONG.
				* Rules see the first 4096, which raises TRUNCATED_LINE */
	uint32_t auth_max;     /* bytes of a SASL line [12288], RFC 4954 section 4 */
	uint32_t bdat_max;     /* octets of one chunk [2147483647] */
	uint16_t pending_max;  /* commands awaiting replies [256], at most 1024; the next one waits
				* (PENDING_FULL in follow mode) */
	bool strict;	       /* bare CR/LF anywhere, NUL in a body, 8-bit envelope, early talker,
				* syntax deviations: broken, not only an event */
	bool follow;	       /* never wait for the other side: a passive look at a capture or at a
				* session in monitor mode; smtp_next never says SMTP_OTHER_SIDE there */
	const struct smtp_normal *normal; /* outlives the session; NULL: none */
};

#define SMTP_LINE_SEEN 4096 /* bytes of a line that events carry */
#define SMTP_OTHER_SIDE 2

struct smtp_session; /* opaque; smtp_session_size() bytes, in the caller's memory */

size_t smtp_session_size(void);
/* memory: smtp_session_size() bytes, aligned to 8. lines: pool for unfinished lines (objects of
 * SMTP_LINE_SEEN bytes at least). limits (may be NULL) are copied. Returns the session. */
struct smtp_session *smtp_open(void *memory, const struct smtp_limits *limits, struct pool *lines);
/* Gives buffers back. Emits nothing: end the transactions first with smtp_finish. */
void smtp_close(struct smtp_session *s);

/*
 * Hand over bytes of one direction, in stream order, each byte once (those left after
 * SMTP_OTHER_SIDE again). Then call smtp_next until it does not return 1.
 */
void smtp_feed(struct smtp_session *s, enum smtp_dir dir, struct span bytes);
int smtp_next(struct smtp_session *s, enum smtp_dir dir, struct smtp_event *ev);
/* Bytes of the last span of this direction that were taken. */
size_t smtp_consumed(const struct smtp_session *s, enum smtp_dir dir);
/* The direction ended (FIN taken in order): further smtp_next(s, dir) give the TX_END events that
 * are due: all when the server ended; when only the client ended, once no reply is awaited. */
void smtp_finish(struct smtp_session *s, enum smtp_dir dir);

enum smtp_mode smtp_mode(const struct smtp_session *s);
unsigned smtp_offers(const struct smtp_session *s); /* enum smtp_offer */
uint32_t smtp_pending(const struct smtp_session *s); /* commands awaiting replies */
uint32_t smtp_tx_count(const struct smtp_session *s); /* transactions begun */
/* True when an unfinished line is held: bytes before it may be released, it may not. Gives the
 * stream offset where the unfinished line begins. In a body: the dot that may end it. */
bool smtp_unfinished(const struct smtp_session *s, enum smtp_dir dir, uint64_t *begin);

/* Is this the start of SMTP? 1 yes, 0 cannot tell yet, -1 no. Port-independent: a server's first
 * bytes are "220" SP or "-" (4yz and 5yz refuse in other protocols, too: 0); a client's a known
 * verb; TLS's record 16 03 gives SMTP_DETECT_TLS. */
#define SMTP_DETECT_TLS 2
int smtp_detect(enum smtp_dir dir, struct span first);
/* What else do these first bytes of one side look like? "tls", "http", "ssh", "ftp"; NULL: unknown. A
 * constant. Only of bytes that are not SMTP: FTP's banner is SMTP's, its verbs are not. */
const char *smtp_detect_other(enum smtp_dir dir, struct span first);

const char *smtp_verb_name(enum smtp_verb v);	   /* "MAIL FROM", "DATA", ... */
enum smtp_verb smtp_verb_by_name(struct span name); /* "MAIL", "MAIL FROM", "MAIL_FROM" alike */
const char *smtp_mode_name(enum smtp_mode m);	   /* "command", "data", "closed", ... */
const char *smtp_oddity_name(enum smtp_oddity o);  /* lower case */
const char *smtp_oddity_text(enum smtp_oddity o);
int smtp_oddity_by_name(struct span name);	   /* any case; -1 */
bool smtp_oddity_broken(enum smtp_oddity o, bool strict);
/*
 * A command line without the blanks that mean nothing: none before the verb and behind the
 * argument, one space between. Its length in out, which has room for line.len bytes.
 */
size_t smtp_normal_line(struct span line, uint8_t *out);
/* Is word in a list that ends in NULL? Any case. */
bool smtp_listed(const char *const *list, struct span word);
/* Next ESMTP parameter (RFC 5321 section 4.1.2) of ev.params: false at the end. value.ptr is NULL
 * when there is no "=". Begin with *rest = ev.params. */
bool smtp_param_next(struct span *rest, struct span *key, struct span *value);

#endif
