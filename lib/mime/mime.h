/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mail message in stream: header fields, parts, decoded bytes (RFC 5322, 2045-2047, 2231).
 *
 *	p = mime_open(memory, &limits, lines);
 *	mime_feed(p, bytes);			unstuffed message bytes, any cut
 *	while (mime_next(p, &ev) == 1)
 *		...
 *	mime_finish(p);				end of data; then mime_next until 0 again
 *	mime_close(p);
 *
 * Nothing is repaired and nothing is refused: what is odd or ambiguous is an event with a name,
 * once a message, and the decoder takes the reading that shows most (junk in base64 is skipped, a
 * missing close delimiter ends at the end of the message). Where readings differ, both are
 * scanned where that is bounded. Text parts are parts as others; an attachment is a part with a
 * file name or a disposition of attachment. Preambles and epilogues of multiparts are no parts;
 * URLs in them are given.
 *
 * Memory: mime_size() bytes of the caller's, and buffers from the pool `lines` (MIME_LINE_SIZE
 * each: up to three a message, one more for texts, two more for each encoded container inside)
 * that are taken when first needed and given back at mime_close; OpenSSL's digest contexts from
 * limits.contexts, made before. No other allocation. Threads: one owner. Spans are valid until the
 * next mime_next or mime_feed.
 */
#ifndef MIME_H
#define MIME_H

#include "pool.h"
#include "span.h"

#define MIME_LINE_SIZE 8192 /* bytes of one unfolded header field that are kept */
#define MIME_NAME_MAX 255   /* bytes of a file name that are kept */
#define MIME_NAMES 6	       /* names of one part that are kept */

enum mime_kind {
	MIME_EV_HEADER,	     /* one whole field, unfolded, of the message or a part */
	MIME_EV_HEADERS_END, /* the blank line after a header block; part: its type, names,
			      * encoding. A multipart or message is seen here only: it is no leaf */
	MIME_EV_PART_BEGIN,  /* a leaf part's body begins */
	MIME_EV_BODY,	     /* decoded bytes of the open leaf part */
	MIME_EV_TEXT,	     /* with limits.texts, of a text whose charset is another: as UTF-8 */
	MIME_EV_PART_END,    /* the leaf part is over: size, digests, state */
	MIME_EV_URL,	     /* a URL in a text part, or around the parts, as written */
	MIME_EV_ODDITY,
	MIME_EV_END, /* the message is over; body_md5 when asked for */
};

enum mime_encoding {
	MIME_IDENTITY, MIME_BASE64, MIME_QP, MIME_UU, MIME_ENCODING_UNKNOWN, MIME_ENCODINGS
};

/* MIME_ODD(SYMBOL, "name", "sentence"): anomaly.event in upper case, app-layer-event in lower. */
#define MIME_ODDITIES(X)                                                                           \
	X(INVALID_BASE64, "mime_invalid_base64",                                                   \
	  "base64 with bytes outside its alphabet or broken padding")                              \
	X(INVALID_QP, "mime_invalid_qp", "quoted-printable with a broken escape")                  \
	X(LONG_LINE, "mime_long_line", "a line over 998 bytes (RFC 5322 2.1.1)")                   \
	X(LONG_ENC_LINE, "mime_long_enc_line", "an encoded line over 76 bytes")                    \
	X(LONG_HEADER_NAME, "mime_long_header_name", "a header name over 75 bytes")                \
	X(LONG_HEADER_VALUE, "mime_long_header_value", "a header value over 2000 bytes")           \
	X(LONG_BOUNDARY, "mime_long_boundary", "a boundary over 70 bytes (RFC 2046 5.1.1)")        \
	X(LONG_FILENAME, "mime_long_filename", "a file name over 255 bytes, kept up to there")     \
	X(MALFORMED, "mime_malformed_msg", "a header line that is none")                           \
	X(DUPLICATE_HEADER, "mime_duplicate_header", "a structural header field twice")            \
	X(DUPLICATE_PARAM, "mime_duplicate_param",                                                 \
	  "a parameter twice, or in two forms that differ")                                        \
	X(NO_BOUNDARY, "mime_no_boundary", "multipart without a usable boundary")                  \
	X(ODD_BOUNDARY, "mime_odd_boundary",                                                       \
	  "a boundary or delimiter that readers treat differently")                             \
	X(MISSING_CLOSE, "mime_missing_close", "the message ends inside a multipart")              \
	X(TEXT_AFTER_CLOSE, "mime_text_after_close", "an epilogue that is not blank")              \
	X(ODD_ENCODING, "mime_odd_encoding", "an unknown or oddly written transfer encoding")      \
	X(ENCODED_MULTIPART, "mime_encoded_multipart",                                             \
	  "a multipart or message with base64 or quoted-printable")                                \
	X(PARTIAL_MESSAGE, "mime_partial_message", "message/partial or message/external-body")     \
	X(HEADER_NUL, "mime_header_nul", "NUL in a header")                                        \
	X(DEPTH, "mime_depth_exceeded",                                                            \
	  "parts nested deeper than the limit: the rest is scanned as it is")                      \
	X(URLS, "mime_urls_exceeded", "more URLs than the limit: the rest is not told")           \
	X(PARTS, "mime_parts_exceeded", "more parts than the limit")                               \
	X(HEADERS, "mime_headers_exceeded", "more header bytes than the limit")                    \
	X(CONFLICTING_NAMES, "mime_conflicting_names", "the names of a part differ")       \
	X(NAMES, "mime_names_exceeded", "more names of a part than are kept")                      \
	X(NO_BUFFER, "mime_no_buffer",                                                             \
	  "no buffer was free: header fields were skipped or a body left encoded")                 \
	X(INVALID_UU, "mime_invalid_uu",                                                           \
	  "a uuencoded file without its begin or end, or with a broken line")                      \
	X(HEADER_LINE_LIMIT, "mime_header_line_over_limit",                                        \
	  "a header line over smtp.normalizer.max-header-line-len")                                \
	X(HEADER_NAME_LIMIT, "mime_header_name_over_limit",                                        \
	  "a header name over 64 bytes, told with smtp.normalizer")                                \
	X(UNKNOWN_CHARSET, "mime_unknown_charset", "a text or name in a charset that is not known")        \
	X(INVALID_TEXT, "mime_invalid_text", "bytes that are no character of the text's charset") \
	X(DECODE_DEPTH, "mime_decode_depth",                                                       \
	  "a part over its decode depth: the rest is not decoded")

enum mime_oddity {
#define MIME_X(symbol, name, text) MIME_ODD_##symbol,
	MIME_ODDITIES(MIME_X)
#undef MIME_X
	MIME_ODDITY_COUNT
};

enum mime_digest { MIME_MD5 = 1, MIME_SHA1 = 2, MIME_SHA256 = 4 };

struct mime_part {
	uint16_t number; /* 0: the message itself; parts in order of appearance */
	uint8_t depth;	 /* 0: the message itself */
	bool attachment; /* has a file name, or Content-Disposition: attachment */
	bool is_text;	 /* text/..., or no type at all */
	bool closed;	 /* PART_END: a delimiter (or the end of a single-part message) came */
	enum mime_encoding encoding;
	struct span type;	/* "text/plain", lower case; empty: none given */
	struct span filename;	/* RFC 2231 and RFC 2047 decoded; empty: none */
	/* Other names that were given and differ: readers disagree on which one counts. */
	struct span other_names[MIME_NAMES - 1];
	uint8_t other_count;
	bool cut;		/* PART_END: there is more, behind the decode depth; no digests */
	uint64_t size;		/* PART_END: decoded bytes */
	unsigned digests;	/* PART_END: which of these are filled */
	uint8_t md5[16];
	uint8_t sha1[20];
	uint8_t sha256[32];
};

struct mime_event {
	enum mime_kind kind;
	enum mime_oddity oddity;
	uint64_t offset;     /* message bytes before this event */
	uint64_t end;	     /* HEADER: message bytes up to the field's end; others: offset */
	struct span name;    /* HEADER: as written */
	struct span value;   /* HEADER: unfolded (below); URL: as written */
	struct span written; /* HEADER: the value with its folds; same limits */
	bool cut;	     /* HEADER, URL: the value is only the beginning */
	struct span bytes;   /* BODY, TEXT */
	const struct mime_part *part; /* HEADER, HEADERS_END, PART_*, BODY, TEXT, URL: which part */
	uint8_t body_md5[16];	      /* END, when limits.body_md5 */
};

/*
 * Unfolding. A fold is CRLF (or LF) and the blank behind it. RFC 5322 2.2.3 removes the CRLF alone:
 * it takes for granted that the folder cut at a blank that was there. That holds for a space. A tab
 * is what agents insert when they fold (trace fields of Exim and Sendmail, Outlook's parameters),
 * so a tab right behind the CRLF goes with it; all further blanks stay. Values lose blanks at both
 * ends and are cut at MIME_LINE_SIZE, name and folds included. Who needs the other reading has
 * `written`.
 */

struct mime_contexts; /* of digests, for messages that are open at one time; one owner */
struct mime_charsets; /* tables and iconv descriptors; one owner */

/* 0 means the default in brackets. */
struct mime_limits {
	uint32_t header_max;		/* bytes of one header block [1 MiB] */
	uint16_t depth_max;		/* nested parts [32], at most 32 */
	uint16_t parts_max;		/* parts of a message [1000], at most 65000 */
	uint16_t urls_max;		/* URLs reported a message [256] */
	unsigned digests;		/* enum mime_digest, of attachments */
	bool body_md5;			/* md5 of the message body as Suricata has it */
	struct mime_contexts *contexts; /* for these; NULL: there are no digests */
	bool urls;			/* look for URLs */
	const char *const *url_schemes; /* NULL-terminated ["http", NULL] */
	const struct mime_charsets *charsets; /* NULL: only UTF-8 is known */
	bool texts;			/* give texts as UTF-8, too */
	bool decode_off;		/* parts are not decoded: identity */
	const uint64_t *decode_depth;	/* bytes of a part, by enum mime_encoding [no end] */
	uint16_t header_line_max;	/* bytes of one line with its end: HEADER_LINE_LIMIT [none] */
	uint16_t header_name_max;	/* bytes before the colon: HEADER_NAME_LIMIT [none] */
};

struct mime_parser;

/* Control plane. For the digests that limits ask for, of count messages; NULL: no memory. */
struct mime_contexts *mime_contexts_create(const struct mime_limits *limits, size_t count);
void mime_contexts_destroy(struct mime_contexts *c);
/* Control plane. NULL: no memory. */
struct mime_charsets *mime_charsets_create(void);
void mime_charsets_destroy(struct mime_charsets *s);

size_t mime_size(void);
struct mime_parser *mime_open(void *memory, const struct mime_limits *limits, struct pool *lines);
/* The memory holds mail still: a pool of it clears what it is given back (POOL_SECRET). */
void mime_close(struct mime_parser *p);
void mime_feed(struct mime_parser *p, struct span bytes);
/* 1 event, 0 all bytes were taken. */
int mime_next(struct mime_parser *p, struct mime_event *ev);
void mime_finish(struct mime_parser *p);

const char *mime_oddity_name(enum mime_oddity o); /* lower case */
const char *mime_oddity_text(enum mime_oddity o);
int mime_oddity_by_name(struct span name); /* any case; -1 */
const char *mime_encoding_name(enum mime_encoding e);

/*
 * The file's real type by its first bytes: "application/pdf", "application/zip",
 * "application/x-dosexec", ... or SPAN_NONE when unknown.
 */
struct span mime_sniff(struct span first);

#endif
