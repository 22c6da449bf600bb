/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parser makes of a rule and what build and run use: inside lib/rules only.
 *
 *	rules_lex.c parse.c header.c options.c sets.c diag.c	text -> struct rule (this file)
 *	rules_build.c compile.c				struct rule -> struct rules_set
 *	rules_run.c verify.c stream.c state.c			struct rules_set + event -> hits
 */
#ifndef RULES_INTERNAL_H
#define RULES_INTERNAL_H

#ifndef POSTERN_LIB_RULES
#error "rules_internal.h is private to lib/rules"
#endif

#include "match.h"
#include "rules.h"
#include "rules_build.h"

/* ---- header: addresses and ports, as sorted, merged ranges with negation already applied ---- */

struct rules_addr_range {
	uint8_t low[16], high[16]; /* inclusive; IPv4 as ::ffff:a.b.c.d */
};
struct rules_addrs {
	struct rules_addr_range *range;
	uint32_t count;
	bool any;
};
struct rules_port_range {
	uint16_t low, high;
};
struct rules_ports {
	struct rules_port_range *range;
	uint32_t count;
	bool any;
};

enum rules_proto { RULES_PROTO_IP, RULES_PROTO_TCP, RULES_PROTO_UDP, RULES_PROTO_ICMP,
		   RULES_PROTO_ARP, RULES_PROTO_ETHER, RULES_PROTO_SMTP };

/* flow: and packet keywords, all must hold. */
enum rules_flow_flag {
	RULES_FLOW_TO_SERVER = 1, RULES_FLOW_TO_CLIENT = 2, RULES_FLOW_ESTABLISHED = 4,
	RULES_FLOW_NOT_ESTABLISHED = 8, RULES_FLOW_STATELESS = 16, RULES_FLOW_ONLY_STREAM = 32,
	RULES_FLOW_NO_STREAM = 64, RULES_FLOW_START = 128, /* hook flow_start */
};

/* ---- transforms ---- */

#define RULES_STEPS 4 /* transforms of one buffer */

enum rules_transform {
	RULES_T_LOWER, RULES_T_UPPER, RULES_T_DOTPREFIX, RULES_T_DOMAIN, RULES_T_TLD,
	RULES_T_STRIP_SPACE, RULES_T_COMPRESS_SPACE, RULES_T_MD5, RULES_T_SHA1, RULES_T_SHA256,
	RULES_T_FROM_BASE64, RULES_T_URL_DECODE, RULES_T_XOR, RULES_TRANSFORMS
};

struct rules_base64 { /* which bytes are decoded */
	uint32_t bytes; /* 0: all */
	int32_t offset;
	bool relative, data; /* of base64_decode alone; data: base64_data was written */
};

struct rules_step { /* a transform */
	uint8_t kind;
	struct rules_base64 base64;
	struct span key; /* XOR */
};

/* Where content without a sticky buffer is looked for. */
enum rules_view { RULES_VIEW_FRAME = 1, /* each frame */
		  RULES_VIEW_STREAM = 2, /* the bytes in order */
		  RULES_VIEW_START = 4 /* the first of them, places counted from their beginning */ };

/* ---- conditions on one buffer ---- */

enum rules_cond_kind {
	RULES_COND_CONTENT, RULES_COND_PCRE, RULES_COND_ISDATAAT, RULES_COND_BSIZE,
	RULES_COND_ABSENT, RULES_COND_NUM, RULES_COND_DATASET, RULES_COND_BYTE_TEST,
	RULES_COND_BYTE_JUMP, RULES_COND_BYTE_EXTRACT, RULES_COND_BYTE_MATH, RULES_COND_DATAREP,
	RULES_COND_BASE64,
};

#define RULES_VARS 8 /* variables of byte_extract and byte_math in one group */

/* A number that is written, or the variable that holds it when the value is judged. */
struct rules_operand {
	int64_t n;
	uint8_t var; /* from 1 on; 0: n. A variable has n 0 */
};

struct rules_range { /* low <= n <= high; several: any of them */
	int64_t low, high;
};

struct rules_content {
	struct span bytes; /* decoded; lower case when nocase */
	bool nocase, starts, ends, fast, relative; /* relative: distance or within was given */
	bool has_offset, has_depth, has_distance, has_within;
	struct rules_operand offset, depth, within, distance;
};

struct rules_regex {
	struct span text;
	unsigned flags; /* enum match_flag */
	bool relative;	/* /R */
	struct match_regex *program; /* NULL from the parser; rules_compile.c builds it. The condition's
				      * line and col are those of the first byte of text. */
};

enum rules_jump_from { RULES_FROM_HERE, RULES_FROM_BEGINNING, RULES_FROM_END };

struct rules_byte { /* byte_test, byte_jump, byte_extract, byte_math */
	struct rules_operand count, offset; /* where the number stands */
	struct rules_operand value;	    /* what it is compared or reckoned with, a uint64_t */
	struct rules_operand post;	    /* byte_jump: the way behind the jump */
	uint64_t mask; /* of the number, which is then shifted down by the zeros at the mask's end */
	uint8_t base;  /* 0: binary, else 8, 10, 16 */
	bool relative, little, negated;
	char op;	 /* = < > & ^ l (<=) g (>=); byte_math: + - * / l (<<) r (>>) */
	uint8_t align;	 /* round up to a multiple of 2 or 4; 0: do not */
	uint8_t result;	 /* the variable that is set, from 1 on; 0: none */
	int32_t multiplier;
	enum rules_jump_from from;
};

#define RULES_BASE64_MAX 65536 /* bytes of base64 that are decoded for one value; more: no answer */

enum rules_set_op { RULES_SET_ISSET, RULES_SET_ISNOTSET, RULES_SET_SET, RULES_SET_UNSET };

struct rules_cond {
	enum rules_cond_kind kind;
	bool negated;
	unsigned line, col, len; /* where it stands, for diagnostics */
	union {
		struct rules_content content;
		struct rules_regex regex;
		struct {
			struct rules_operand n;
			bool relative;
		} isdataat;
		struct {
			struct rules_range *range;
			uint32_t count;
			bool invert;
		} num; /* BSIZE and NUM */
		struct {
			struct rules_dataset *set;
			enum rules_set_op op;
			uint32_t value; /* datarep */
			char cmp;
		} dataset;
		struct rules_byte byte;
		struct rules_base64 base64;
		bool or_else; /* ABSENT, the first of its group: or the others hold */
	};
	unsigned pattern; /* id in the field's database, set by build; UINT_MAX none */
};

enum rules_quantifier { RULES_ANY, RULES_ALL };

/* One sticky buffer of a rule with what is asked of it. */
struct rules_group {
	enum rules_field field;
	enum rules_quantifier quantifier;
	struct rules_step transforms[RULES_STEPS];
	uint8_t transform_count;
	struct rules_cond *cond;
	uint16_t cond_count;
	uint16_t memory; /* bit in rules_tx.matched where a match is kept; set by build */
	int16_t lead;	 /* index of the positive content or regex that the matcher prefilters by; -1 none */
};

/* The conditions that look at the value itself: those in front of base64_decode. */
static inline unsigned
rules_plain_conds(const struct rules_group *g)
{
	unsigned i = 0;

	while (i < g->cond_count && g->cond[i].kind != RULES_COND_BASE64)
		i++;
	return i;
}

/* ---- bits ---- */

enum rules_bit_track { RULES_TRACK_FLOW, RULES_TRACK_TX, RULES_TRACK_SRC, RULES_TRACK_DST,
		       RULES_TRACK_PAIR };
enum rules_bit_op { RULES_BIT_SET, RULES_BIT_UNSET, RULES_BIT_TOGGLE, RULES_BIT_ISSET,
		    RULES_BIT_ISNOTSET };
struct rules_bit {
	enum rules_bit_track track;
	enum rules_bit_op op;
	uint16_t bit[8]; /* names joined by |: any of them; numbered from 0 within flow, tx, and
			  * hosts (src, dst and pair share one numbering) */
	uint8_t count;
	uint32_t expire_s;
};
struct rules_int { /* flowint */
	uint16_t var;
	char op; /* = + - < > l g e(==) n(!=) s(isset) u(notset) */
	int64_t value;
	int16_t value_var; /* -1 */
};

/* ---- numbers of a frame ---- */

enum rules_packet_number { RULES_PN_TTL, RULES_PN_PROTO, RULES_PN_VLAN, RULES_PN_DSIZE, RULES_PN_TOS,
			   RULES_PN_ID, RULES_PN_SEQ, RULES_PN_ACK, RULES_PN_WINDOW, RULES_PN_MSS,
			   RULES_PN_ITYPE, RULES_PN_ICODE, RULES_PN_VLAN_LAYERS,
			   RULES_PN_FRAGBITS, RULES_PN_FRAGOFFSET, RULES_PN_APP,
			   RULES_PN_SCORE, RULES_PN_STREAM /* of a side */ };
enum rules_side { RULES_SIDE_ANY, RULES_SIDE_SRC, RULES_SIDE_DST, RULES_SIDE_BOTH };
struct rules_packet_test {
	enum rules_packet_number what;
	enum rules_side side;
	uint8_t category; /* of reputation */
	const struct rules_reputation *reputation;
	struct rules_range *range;
	uint8_t count;
	bool invert;
};

enum rules_threshold_kind { RULES_TH_NONE, RULES_TH_LIMIT, RULES_TH_THRESHOLD, RULES_TH_BOTH,
			    RULES_TH_BACKOFF, RULES_TH_FILTER };
enum rules_rate_track { RULES_BY_RULE, RULES_BY_SRC, RULES_BY_DST, RULES_BY_BOTH, RULES_BY_FLOW,
			RULES_BY_NET24, RULES_BY_SENDER, RULES_BY_SENDER_DOMAIN, RULES_BY_RCPT,
			RULES_BY_AUTH_USER, RULES_BY_HELO };
struct rules_threshold {
	enum rules_threshold_kind kind;
	enum rules_rate_track track;
	uint32_t count, seconds;
	uint32_t multiplier; /* BACKOFF */
	bool bytes;	     /* counts the bytes of messages, not matches */
};

/* ---- a rule ---- */

enum rules_part { RULES_PART_NONE, RULES_PART_GROUP, RULES_PART_COND, RULES_PART_BIT, RULES_PART_INT,
		  RULES_PART_PACKET };

/* An option as it was written, without blanks around it, and the part of the rule that it makes or changes. */
struct rules_option {
	const char *text;
	enum rules_part part;
	uint16_t index, cond; /* of the group, bit, ...; of the condition in its group */
};

struct rule {
	struct rules_rule pub;
	enum rules_proto proto;
	struct rules_addrs src, dst;
	struct rules_ports sport, dport;
	bool bidirectional;
	bool family_written;   /* smtp:command: or smtp:message: was written */
	unsigned flow;	       /* enum rules_flow_flag */
	bool has_flags; uint8_t flags_mask, flags_value; char flags_op; /* tcp.flags: 0 exact, + * ! */
	bool same_ip;
	unsigned views; /* enum rules_view: where content without a buffer is looked for; set by build */
	struct rules_packet_test *packet; /* all must hold */
	uint8_t packet_count;
	struct rules_group *group;
	uint16_t group_count;
	struct rules_bit *bit;
	uint8_t bit_count;
	struct rules_int *integer;
	uint8_t int_count;
	struct rules_threshold threshold;
	struct rules_option *option;
	uint16_t option_count;
	unsigned line, col, header_len; /* of the first physical line */
	struct rules_block *blocks;	/* all memory that the members above point to */
	struct rules_places *places;	/* where its parts stand (rules_parse.h) */
};

/* ---- a data set (rules_sets.c) ---- */

enum rules_dataset_type { RULES_DS_STRING, RULES_DS_MD5, RULES_DS_SHA1, RULES_DS_SHA256, RULES_DS_IP };

struct rules_dataset; /* rules_sets.h */
bool rules_dataset_has(const struct rules_dataset *d, struct span value);
/* Value stored beside (datarep); -1 when absent. */
int64_t rules_dataset_value(const struct rules_dataset *d, struct span value);
/* The value is in from now on, or out. False: no room (the caller fails closed). */
bool rules_dataset_put(struct rules_dataset *d, struct span value, bool in);

/* ---- what the parser leaves for the build ---- */

struct rules_parsed {
	struct rule *rule;     /* in file order, over all files */
	size_t count;
	char **bit_name;       /* flow_bits names, then tx_bits names, then host_bits names */
	size_t flow_bits, tx_bits, host_bits;
	size_t flow_ints;
	struct rules_dataset **dataset;
	size_t dataset_count;
	struct rules_reputation *reputation; /* NULL: none was given */
};

/* rules_diag.c: add a diagnostic; code "R0nn". */
void rules_report(struct rules_source *s, enum rules_severity severity, const char *code,
		  const char *file, unsigned line, unsigned col, unsigned len, const char *hint,
		  const char *format, ...) __attribute__((format(printf, 9, 10)));
/* The parser's result; owned by s until rules_build takes it. Does what needs all files: families of
 * hooks, fields against hooks, names of bits. Call once, when all files are in. */
struct rules_parsed *rules_source_parsed(struct rules_source *s);
/* Refuses rules that would have to do what is not built; not called in monitor mode. */
void rules_check_wire(struct rules_source *s);
/* The caller owns the result from here on; s keeps its diagnostics. Only behind rules_source_parsed. */
void rules_source_release(struct rules_source *s);
/* Frees what a rule holds. */
void rules_rule_clear(struct rule *r);
void rules_parsed_free(struct rules_parsed *p);

/* One address, IPv4 as ::ffff:a.b.c.d; *bits: the width of its family. */
bool rules_address(struct span s, uint8_t out[16], unsigned *bits);
/* Addresses and ports of a header against a frame. */
bool rules_addrs_match(const struct rules_addrs *a, const uint8_t addr[16]);
bool rules_ports_match(const struct rules_ports *p, uint16_t port);

/* rules_transform.c: applies a chain into buf; returns the span to judge. */
/* What base64 stands at the begin of in, up to the first other byte (RFC 4648). */
struct span rules_base64_decode(struct span in, uint8_t *buf, size_t size);
struct span rules_transform(const struct rules_step *chain, unsigned count, struct span in,
			    uint8_t *buf, size_t size);

#endif
