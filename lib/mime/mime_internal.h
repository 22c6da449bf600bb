/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of this library share: the parser's state and the small decoders.
 *
 * Bytes move through layers. Layer 0 reads the message; a container that is itself base64 or
 * quoted-printable opens a layer above, which reads what the one below decodes:
 *
 *	feed -> layer 0: lines -> header fields | delimiters | raw body -> decoder -> BODY events
 *	                                                                    `-> layer 1: lines ...
 *
 * Levels are the open containers (multipart, message), innermost last; each layer owns those from
 * its `base` on, and only their delimiters can appear in its bytes.
 * Everything runs in steps (mime_parser.c): a step moves some bytes or changes one state and
 * queues a few events at most; mime_next runs steps until there is an event to give.
 */
#ifndef MIME_INTERNAL_H
#define MIME_INTERNAL_H

#ifndef POSTERN_LIB_MIME
#error "mime_internal.h is private to lib/mime"
#endif

#include "mime.h"

#define MIME_LAYERS_MAX 4     /* encoded containers inside one another, and the message */
#define MIME_DEPTH_MAX 32     /* levels */
#define MIME_BOUNDARY_MAX 254 /* bytes of a boundary that are compared */
#define MIME_BOUNDARIES_MAX 64
#define MIME_BOUNDARY_TEXT 3072 /* bytes of all open boundaries */
#define MIME_HOLD_SIZE 384	/* a line begin kept until it is known what it is */
#define MIME_QUEUE_SIZE 8	/* events of one step */
#define MIME_TYPE_MAX 127	/* bytes of a media type that are kept */
#define MIME_CHARSET_MAX 40	/* bytes of a charset's name that are kept */
#define MIME_URL_MAX 2048	/* bytes of a URL that are kept */
#define MIME_SCHEME_MAX 16
#define MIME_TEXT_LINE 998 /* bytes of a line, RFC 5322 2.1.1 */
#define MIME_UU_LINE 63	   /* bytes a uuencoded line can hold */
#define MIME_QP_BLANKS 80  /* blanks at a line's end that quoted-printable drops; more are content \
			    */

/* The value of a hex digit of either case, or -1. */
static inline int
mime_hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = span_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A blank or a part of a line end. */
static inline bool
mime_is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without blanks and folds at both ends. */
static inline struct span
mime_trim(struct span s)
{
	while (s.len > 0 && mime_is_space(s.ptr[0]))
		s = span_skip(s, 1);
	while (s.len > 0 && mime_is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* ---- decoders: state in, bytes in and out, any cut; `bad` when an oddity was met */

struct mime_b64 {
	uint32_t bits; /* of the unfinished quantum */
	uint8_t count; /* digits in it, 0..3 */
	uint8_t pads;  /* '=' that may still come */
	bool ended;    /* padding was seen: more digits are another stream glued on */
	bool bad;
};

enum mime_b64_path { MIME_B64_PORTABLE, MIME_B64_SSSE3, MIME_B64_AVX2 };

struct mime_qp {
	uint8_t held[MIME_QP_BLANKS]; /* an escape or blanks whose meaning is not known yet */
	uint8_t count;
	bool escape; /* held begins with '=' */
	bool run;    /* inside a run of blanks that is content */
	bool bad;
};

/* Decode *in into out until it is used up, or less room than this is left in out's size bytes: so
 * size = n + room ends with the byte that makes them more than n. Returns bytes written. */
#define MIME_B64_ROOM 12
#define MIME_QP_ROOM (MIME_QP_BLANKS + 1)
size_t mime_b64_decode(struct mime_b64 *d, struct span *in, uint8_t *out, size_t size);
size_t mime_b64_decode_by(struct mime_b64 *d, struct span *in, uint8_t *out, size_t size,
			  enum mime_b64_path path);
bool mime_b64_can(enum mime_b64_path path);
size_t mime_b64_end(struct mime_b64 *d, uint8_t out[2]);
size_t mime_qp_decode(struct mime_qp *d, struct span *in, uint8_t *out, size_t size);
size_t mime_qp_end(struct mime_qp *d, uint8_t *out);

/* "begin 644 name": the name, or an empty span. */
struct span mime_uu_begin(struct span line);
/* One data line decoded into out (MIME_UU_LINE bytes at least); -1 when it is none. */
int mime_uu_line(struct span line, uint8_t *out);
bool mime_uu_end(struct span line);

/* ---- header values */

struct mime_param {
	struct span name;
	struct span value; /* between the quotes, escapes still in it */
	bool quoted;
	bool odd; /* quotes not closed, or something behind them */
};

/* The next parameter of *rest (what follows the media type), folds still in it. */
bool mime_param_next(struct span *rest, struct mime_param *param);
/* Its value without escapes and folds. Returns the bytes there are; size at most are written. */
size_t mime_param_value(const struct mime_param *param, uint8_t *out, size_t size);

struct mime_param_found {
	size_t len;   /* of the best form, as far as it was kept */
	size_t plain; /* of the plain form when that differs, else 0 */
	bool found, twice, cut, pieces, odd;
	bool unknown; /* its charset: the bytes are as they are */
};

/*
 * The parameter `name` in all its forms: name=, name*=, name*0=, name*0*=. best gets the RFC 2231
 * form when there is one; plain gets the first name= when it differs. Both hold size bytes.
 */
struct mime_param_found mime_param_find(const struct mime_charsets *charsets, struct span params,
					struct span name, uint8_t *best, uint8_t *plain,
					size_t size);

/* RFC 2047 words of value as UTF-8 into out (size bytes at most). Returns bytes written. */
size_t mime_decode_words(const struct mime_charsets *charsets, struct span value, uint8_t *out,
			 size_t size, bool *unknown);

/* ---- charsets */

enum mime_charset_is {
	MIME_CHARSET_UTF8,
	MIME_CHARSET_UTF16, /* the first two bytes say in which order */
	MIME_CHARSET_KNOWN,
	MIME_CHARSET_UNKNOWN
};
struct mime_charset;

/* What a text in a charset keeps between two pieces. */
struct mime_shift {
	uint8_t held[8]; /* of a character that is not whole */
	uint8_t held_len;
	uint8_t escape[2][4]; /* the last escape sequences: what G0 is, what G2 is */
	uint8_t escape_len[2];
	bool out; /* SO came after SI */
};

enum mime_charset_is mime_charset_find(const struct mime_charsets *s, struct span name,
				       const struct mime_charset **found);
const struct mime_charset *mime_charset_utf16(const struct mime_charsets *s,
					      const uint8_t first[2], bool *mark);
size_t mime_charset_run(const struct mime_charset *c, struct mime_shift *s, struct span *in,
			uint8_t *out, size_t size, bool *bad);
/* How many bytes at its begin are ASCII, in steps of eight. */
static inline size_t
mime_ascii(struct span s)
{
	size_t n = 0;

	for (uint64_t word; n + sizeof(word) <= s.len; n += sizeof(word)) {
		memcpy(&word, s.ptr + n, sizeof(word));
		if ((word & 0x8080808080808080) != 0)
			break;
	}
	return n;
}

/* A whole text. One of an unknown charset is copied as it is. */
size_t mime_charset_utf8(const struct mime_charsets *s, struct span name, struct span bytes,
			 uint8_t *out, size_t size, bool *unknown);

/* ---- the parser */

enum mime_where {
	MIME_AT_BEGIN,	  /* a new header block begins */
	MIME_AT_HEADER,	  /* in it */
	MIME_AT_PREAMBLE, /* before the first delimiter */
	MIME_AT_BODY,	  /* in a leaf */
	MIME_AT_NEST,	  /* in an encoded container: the layer above reads it */
	MIME_AT_DRAIN,	  /* it is over: what its decoder holds */
	MIME_AT_WAIT,	  /* for the layer above to end */
	MIME_AT_FLUSH,	  /* the leaf is over: what its decoder holds, its last URL */
	MIME_AT_CLOSE,	  /* its digests and PART_END */
	MIME_AT_BETWEEN,  /* no entity is open */
	MIME_AT_EPILOGUE, /* after a close delimiter */
	MIME_AT_END,
};

enum mime_eol { MIME_EOL_NONE, MIME_EOL_CR, MIME_EOL_CRLF, MIME_EOL_LF };

struct mime_delimiter {
	bool found, close;
	bool exact; /* nothing but blanks behind it */
	uint8_t level;
};

struct mime_layer {
	struct span in;
	enum mime_where where;
	uint8_t base;	   /* its first level */
	bool ending;	   /* no more bytes will come */
	bool begin;	   /* at a line's begin */
	bool last_cr;	   /* the line so far ends with CR */
	bool skip;	   /* drop the rest of this line */
	bool whole;	   /* line: known not to be a delimiter */
	enum mime_eol eol; /* a line end that may belong to a delimiter */
	size_t line_len;   /* bytes of this line, without its end */
	struct span line;  /* a line begin set aside by mime_gather */
	uint16_t held;	   /* bytes in hold */
	uint8_t hold[MIME_HOLD_SIZE];
	struct mime_delimiter delimiter; /* found, not yet acted upon */

	/* the header field being read */
	uint8_t *field; /* MIME_LINE_SIZE from the pool, or NULL */
	size_t field_len, field_kept;
	size_t name_len; /* up to the colon; 0: no colon yet */
	uint64_t field_at;
	uint64_t header_bytes;
	bool blank_in_name;
	bool mailbox_line; /* "From someone ..." before the headers */

	/* the body being decoded */
	struct span raw[2];
	uint8_t raw_count;
	enum mime_encoding decoder;
	uint8_t *out;			 /* MIME_LINE_SIZE from the pool, or NULL */
	uint8_t small[MIME_UU_LINE + 1]; /* a decoder's last bytes; a uuencoded line */
	struct mime_b64 b64;
	struct mime_qp qp;
};

enum mime_entity { MIME_LEAF, MIME_MULTIPART, MIME_MESSAGE };

struct mime_level {
	enum mime_entity kind;
	bool closed;
	bool digest; /* parts are messages unless they say otherwise */
	uint8_t boundaries;
	uint16_t text;
};

struct mime_boundary {
	uint16_t at;
	uint8_t len;
	uint8_t level;
};

/* What the header block being read says about its entity. */
struct mime_heads {
	enum mime_entity kind;
	bool digest, partial, attachment;
	bool has_type, has_encoding, has_disposition, has_from;
	uint8_t name_len[MIME_NAMES]; /* bytes in the parser's name[] */
	uint8_t charset_len;
	uint8_t body_slot; /* ... the one that the body gave */
	bool body_named;
	uint8_t boundaries;  /* laid down on top of the open ones */
};

enum mime_uu_state {
	MIME_UU_OFF,
	MIME_UU_WAIT,	  /* the part's own encoding: its begin line may come first */
	MIME_UU_LOOK,	  /* for a begin line */
	MIME_UU_MAYBE,	  /* one was there: is this a data line? */
	MIME_UU_END_TEXT, /* it is: the text part ends */
	MIME_UU_BEGIN,	  /* the file's part begins */
	MIME_UU_IN,	  /* in it */
	MIME_UU_AFTER,	  /* it is over; no part is open */
	MIME_UU_NEXT,	  /* the part's own encoding: another file begins */
};

/* What mime_uu_step made of a line. */
enum mime_uu_done {
	MIME_UU_TEXT,  /* nothing: it is text */
	MIME_UU_TAKEN, /* it is used up */
	MIME_UU_AGAIN, /* something else came first: ask again */
	MIME_UU_SHIFT, /* the same, and the line end before it is text */
};

struct mime_url {
	uint8_t text[MIME_URL_MAX];
	uint16_t len;
	bool open; /* text holds a URL's begin; else the last bytes seen */
	bool cut;  /* the URL is longer than text */
};

struct mime_utf8 {
	enum mime_charset_is is;
	const struct mime_charset *charset;
	struct mime_shift shift;
	struct span in;
	uint8_t *out;	   /* MIME_LINE_SIZE from the pool, or NULL */
	uint8_t more;	   /* UTF-8: bytes that the character still needs */
	uint8_t low, high; /* ... and what the next one may be */
};

struct mime_digests {
	void *md5, *sha1, *sha256, *body; /* EVP_MD_CTX, or NULL */
	bool taken;			  /* of limits.contexts */
};

struct mime_parser {
	struct mime_limits limits;
	struct pool *pool;
	uint64_t fed;
	bool end_given;
	bool flat; /* too many parts: no more delimiters */

	struct mime_layer layer[MIME_LAYERS_MAX];
	uint8_t top;
	struct mime_level level[MIME_DEPTH_MAX];
	uint8_t levels;
	struct mime_boundary boundary[MIME_BOUNDARIES_MAX];
	uint8_t boundaries;
	uint16_t boundary_used;
	uint8_t boundary_text[MIME_BOUNDARY_TEXT];

	struct mime_part part;
	struct mime_heads heads;
	uint16_t entities; /* begun so far */
	uint8_t type[MIME_TYPE_MAX];
	uint8_t charset[MIME_CHARSET_MAX];
	uint8_t name[MIME_NAMES][MIME_NAME_MAX]; /* of the disposition, of the type, others */
	uint8_t *unfolded;		/* MIME_LINE_SIZE from the pool, or NULL */

	enum mime_uu_state uu;
	bool uu_direct; /* the part's own transfer encoding is uuencode */
	bool uu_begun;	/* ... and a begin line was in it */
	uint8_t uu_name[MIME_NAME_MAX];
	uint8_t uu_name_len;
	struct span uu_type;

	struct span url_in;
	bool url_flush;
	uint16_t urls;
	struct mime_url url;

	struct mime_utf8 utf8;
	struct mime_digests digest;
	bool body_begun; /* bytes now belong to the message's body */

	uint32_t odd_seen, odd_pending;
	uint64_t odd_at[MIME_ODDITY_COUNT];
	struct mime_event queue[MIME_QUEUE_SIZE];
	uint8_t queue_from, queue_count;
};

/* mime_parser.c */
void mime_odd(struct mime_parser *p, enum mime_oddity oddity);
struct mime_event *mime_queue(struct mime_parser *p, enum mime_kind kind);
uint64_t mime_offset(const struct mime_parser *p);
uint8_t *mime_buffer(struct mime_parser *p, uint8_t **buffer);
void mime_layer_push(struct mime_parser *p, enum mime_where where);

/* mime_header.c: each returns true when it moved something */
bool mime_header_step(struct mime_parser *p, struct mime_layer *y);
void mime_header_field(struct mime_parser *p, struct mime_layer *y);

/* mime_type.c */
void mime_heads_begin(struct mime_parser *p);
void mime_heads_field(struct mime_parser *p, struct span name, struct span written);
void mime_heads_end(struct mime_parser *p);
void mime_heads_name(struct mime_parser *p, struct span name);
enum mime_encoding mime_encoding_of(struct span value, bool *odd);

/* mime_boundary.c */
bool mime_level_push(struct mime_parser *p, enum mime_entity kind);
void mime_level_pop(struct mime_parser *p);
void mime_boundary_add(struct mime_parser *p, struct span text);
void mime_boundary_drop(struct mime_parser *p);
bool mime_bounded(const struct mime_parser *p, const struct mime_layer *y);
bool mime_gather(struct mime_parser *p, struct mime_layer *y);
struct mime_delimiter mime_delimiter_of(const struct mime_parser *p, const struct mime_layer *y,
					struct span line);
bool mime_delimiter_step(struct mime_parser *p, struct mime_layer *y);

/* mime_body.c */
void mime_body_begin(struct mime_parser *p, struct mime_layer *y, enum mime_where where);
void mime_part_begin(struct mime_parser *p);
bool mime_body_step(struct mime_parser *p, struct mime_layer *y);
bool mime_body_flush(struct mime_parser *p, struct mime_layer *y);
void mime_body_close(struct mime_parser *p, struct mime_layer *y);

/* mime_uu.c, parts in text */
bool mime_uu_looks(const struct mime_parser *p);
bool mime_uu_wants_all(const struct mime_parser *p);
bool mime_uu_resume(struct mime_parser *p);
bool mime_uu_failed(const struct mime_parser *p);
enum mime_uu_done mime_uu_step(struct mime_parser *p, struct mime_layer *y);

/* mime_decode.c */
bool mime_decoder_begin(struct mime_parser *p, struct mime_layer *y, enum mime_encoding e);
bool mime_decode_step(struct mime_parser *p, struct mime_layer *y);
void mime_deliver(struct mime_parser *p, struct mime_layer *y, struct span bytes);
struct span mime_decoder_end(struct mime_parser *p, struct mime_layer *y);

/* mime_url.c */
bool mime_url_next(struct mime_parser *p, struct mime_event *ev);
void mime_url_begin(struct mime_parser *p);

/* mime_utf8.c */
void mime_utf8_begin(struct mime_parser *p);
bool mime_utf8_next(struct mime_parser *p, struct mime_event *ev);

/* mime_digest.c */
void mime_digest_open(struct mime_parser *p);
void mime_digest_close(struct mime_parser *p);
void mime_digest_begin(struct mime_parser *p);
void mime_digest_add(struct mime_parser *p, struct span bytes);
void mime_digest_end(struct mime_parser *p);
void mime_digest_body_add(struct mime_parser *p, struct span bytes);
void mime_digest_body_end(struct mime_parser *p, uint8_t out[16]);

#endif
