/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the parser share: inside lib/rules only, build half.
 *
 *	rules_diag.c	struct rules_source: texts, diagnostics, everything parsed
 *	rules_lex.c	a file's text -> one struct rules_text a rule
 *	rules_parse.c	struct rules_text -> struct rule
 *	rules_header.c rules_addr.c		the part before the parenthesis
 *	rules_options.c rules_options_*.c	the part inside, driven by rules_keywords.c
 *	rules_family.c	what can be said only when all files are in
 *
 * A token is a struct span into the text of the rule under way, so that its place in the file is
 * known (rules_error). Memory of a rule belongs to the rule (rules_alloc); when memory is out,
 * these functions end the program: a firewall that cannot hold its rules must not start.
 */
#ifndef RULES_PARSE_H
#define RULES_PARSE_H

#include "rules_internal.h"

#define RULES_TEXT_MAX 32768 /* bytes of one rule, continuation lines joined */
#define RULES_FILE_MAX (256u << 20)
#define RULES_PIECES 512     /* physical lines of one rule */
#define RULES_DIAGS_MAX 1000 /* errors kept, and others; what is beyond is counted only */
#define RULES_GROUPS 64      /* sticky buffers of one rule */
#define RULES_CONDS 256	     /* conditions on one sticky buffer */
#define RULES_ITEMS 64	     /* fields of a comma list */
#define RULES_AUTO_SID 4000000000u /* rules without a sid are numbered from the next one on */

/* ---- memory ---- */

void *rules_alloc(struct rule *r, size_t size); /* zeroed */
char *rules_text_copy(struct rule *r, struct span s);
/* array with room for one more behind count things of size bytes. */
void *rules_grow(struct rule *r, void *array, size_t count, size_t size);
/* The same for arrays of the source, by realloc. */
void *rules_regrow(void *array, size_t count, size_t size);
_Noreturn void rules_no_memory(void);

/* ---- source ---- */

struct rules_place {
	unsigned line, col, len; /* line 0: nowhere */
};

/* Where the parts of a rule stand, for what is said when all files are in. */
struct rules_places {
	struct rules_place sid, hook, action;
	struct rules_place *group; /* one a group */
	bool command_words;	   /* uses a keyword that only the command family knows */
	bool flow_direction;	   /* flow: names a direction */
};

struct rules_name { /* of a bit or an integer; where it was first read and whether it is ever set */
	char *name;
	bool set;
	const char *file; /* of the first test */
	struct rules_place tested;
};

struct rules_names {
	struct rules_name *name;
	size_t count;
};

enum rules_space {
	RULES_SPACE_FLOW, RULES_SPACE_TX, RULES_SPACE_HOST, RULES_SPACE_INT, RULES_SPACES
};

struct rules_file {
	char *name;
	char *text;
	size_t len;
};

struct rules_source {
	const struct rules_var *vars;
	size_t var_count;
	const char *const *events;
	const uint8_t *guarded; /* bits by TCP port that may be SMTP; NULL: any */
	struct rules_file *files;
	size_t file_count;
	struct rules_diag *diags;
	size_t diag_count, error_count;
	size_t kept[2]; /* errors, others: at most RULES_DIAGS_MAX of each, and a last word */
	struct rules_class {
		char *name;
		uint32_t priority;
	} *classes; /* of a file; none: those built in */
	size_t class_count;
	struct rules_parsed *parsed;
	bool finished;
	const char *message_file; /* first hook that only messages have, also of a wrong rule */
	unsigned message_line;
	enum rules_hook message_hook;
	struct rules_names names[RULES_SPACES];
	uint32_t auto_sid;
	uint32_t *sid_slot; /* open addressing: index of rule + 1 */
	size_t sid_size;
};

/* No more errors are kept: suggestions need not be looked for. */
bool rules_diags_full(const struct rules_source *s);
/* Index of the name in its space; added when new. */
unsigned rules_name_index(struct rules_source *s, enum rules_space space, struct span name);

/* ---- lex ---- */

struct rules_piece {
	size_t begin;	    /* offset in the joined text */
	unsigned line, col; /* of its first byte in the file */
};

struct rules_text {
	const char *file;
	char *text; /* joined, not terminated */
	size_t len;
	struct rules_piece piece[RULES_PIECES];
	unsigned pieces;
};

/* Length of the UTF-8 sequence at the begin of s, 0 when it is none (RFC 3629). */
size_t rules_utf8_len(struct span s);
/* All rules of a file; reports what is wrong with lines. */
void rules_lex_file(struct rules_source *s, const struct rules_file *f);
/* Keeps the text, for what is said of it; it is the source's from here on. */
struct rules_file *rules_file_add(struct rules_source *s, const char *name, char *text, size_t len);
/* The whole file, to be freed; NULL and errno. */
char *rules_read_all(const char *path, size_t *len);
struct rules_place rules_place_of(const struct rules_text *t, struct span token);

/* ---- parse ---- */

enum rules_where { /* where a keyword may stand */
	RULES_IN_PRE_FLOW = 1, RULES_IN_PRE_STREAM = 2, RULES_IN_FILTER = 4, RULES_IN_APP = 8,
	RULES_IN_DETECT = 16,
	RULES_IN_PACKET = 7, RULES_IN_ALL = 31, RULES_IN_KNOWN_FLOW = 30, RULES_IN_SMTP = 24,
};

struct rules_parser {
	struct rules_source *source;
	const struct rules_text *text;
	struct rule *rule;
	unsigned errors;
	struct span action, hook, direction; /* tokens of the header */
	struct span keyword;	/* the option under way */
	struct rules_group *group; /* the sticky buffer under way; NULL: none yet */
	struct rules_cond *last;   /* content or pcre that modifiers belong to */
	uint64_t modifiers;	   /* of last, bits */
	struct rules_names vars;   /* byte_extract, byte_math: of the sticky buffer under way */
	uint8_t *seen;		   /* times a keyword stood, by its index */
	struct span reply, flow;      /* values of these options */
	struct span payload_token; /* a content without a sticky buffer */
	bool group_failed;	/* the sticky buffer was refused: what follows it is not judged */
	bool content_failed;	/* the content was refused: nor are its modifiers */
	bool fast_pattern;
	bool priority_set;
	bool sid_written;
	bool header_failed;	   /* what depends on hook or action is not checked */
	bool quiet;		   /* look, say nothing */
	bool wants_value;	   /* the option before lacked its value */
};

void rules_parse(struct rules_source *s, const struct rules_text *t);
void rules_error(struct rules_parser *p, struct span token, const char *code, const char *hint,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));
void rules_warning(struct rules_parser *p, struct span token, const char *code, const char *hint,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));

void rules_note(struct rules_parser *p, struct span token, const char *code, const char *hint,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Takes the header; *rest is what begins with the parenthesis. False: no use to go on. */
bool rules_header(struct rules_parser *p, struct span text, struct span *rest);

void rules_addresses(struct rules_parser *p, struct span token, struct rules_addrs *out);
void rules_port_set(struct rules_parser *p, struct span token, struct rules_ports *out);
void rules_options(struct rules_parser *p, struct span text);
enum rules_where rules_table_of(const struct rule *r);

/* ---- names (rules_names.c) ---- */

enum rules_stage { /* from when on a value can be there; bits */
	RULES_STAGE_SESSION = 1, RULES_STAGE_COMMAND = 2, RULES_STAGE_ENVELOPE = 4,
	RULES_STAGE_RESPONSE = 8, RULES_STAGE_BODY = 16, RULES_STAGE_END = 32,
	RULES_STAGE_PACKET = 64, RULES_STAGE_ALWAYS = 128,
};

unsigned rules_hook_stages(enum rules_hook h);
unsigned rules_field_stage(enum rules_field f); /* one bit */
bool rules_field_of_command(enum rules_field f); /* makes an unprefixed hook a command hook */
bool rules_hook_of_message(enum rules_hook h); /* only messages have it */
enum rules_dir { RULES_DIR_ANY, RULES_DIR_TS, RULES_DIR_TC };
enum rules_dir rules_hook_dir(enum rules_hook h);
const char *rules_hook_help(enum rules_hook h);
/* -1 when there is none of that name. */
int rules_field_by_name(struct span name);
int rules_hook_by_name(struct span name); /* "smtp:rcpt"; a message prefix is taken too */
int rules_action_by_name(struct span name);
int rules_scope_by_name(struct span name);
/* May this action be taken with this scope at this hook? */
bool rules_scope_allowed(enum rules_hook h, enum rules_action a, enum rules_scope s);
/* "accept:hook, drop:flow, ..." into buf. */
const char *rules_scopes_text(enum rules_hook h, enum rules_action a, char *buf, size_t size);
/* For err_nearest; NULL-terminated. */
const char *const *rules_hook_names(void);
const char *const *rules_action_names(void);

/* ---- keywords ---- */

struct rules_keyword;
enum rules_byte_keyword { RULES_BYTE_TEST, RULES_BYTE_JUMP, RULES_BYTE_EXTRACT, RULES_BYTE_MATH };
typedef void rules_keyword_parse(struct rules_parser *p, const struct rules_keyword *k,
				 struct span value);

enum rules_argument { RULES_ARG_NONE, RULES_ARG_MAY, RULES_ARG_MUST };

struct rules_keyword {
	const char *name;
	const char *kind;     /* "meta", "content", "buffer", ... */
	enum rules_argument argument;
	const char *form;     /* of the argument, "" */
	unsigned tables;      /* enum rules_where */
	bool once;	      /* at most once in a rule */
	rules_keyword_parse *parse;
	int what;	      /* the parser's: a field, a flag, ... */
	const char *help;
};

const struct rules_keyword *rules_keyword_at(size_t i);
size_t rules_keyword_count(void);
const struct rules_keyword *rules_keyword_find(struct span name);
const char *const *rules_keyword_names(void);
/* Why a keyword of Suricata's is not here, or NULL. */
const char *rules_keyword_foreign(struct span name);

/* ---- options ---- */

struct rules_list { /* a comma list, items trimmed */
	struct span item[RULES_ITEMS];
	size_t count;
};
/* False when there are too many. */
bool rules_list_split(struct rules_parser *p, struct span value, char by, struct rules_list *out);
/* Without the quotes around it; *quoted may be NULL. */
struct span rules_unquote(struct span value, bool *quoted);
/* Takes a leading '!' off. */
bool rules_negated(struct span *value);
bool rules_uint(struct rules_parser *p, struct span token, uint64_t max, uint64_t *out);
bool rules_int(struct rules_parser *p, struct span token, int64_t min, int64_t max, int64_t *out);
/* "first word" of a span; the rest, trimmed, in *rest. */
struct span rules_word(struct span s, struct span *rest);
bool rules_is(struct span s, const char *word);
/* An identifier as bits, sets and variables use them. */
bool rules_name_ok(struct span s);

enum rules_range_form { RULES_N_PLAIN, RULES_N_SIZE /* units */, RULES_N_CODE /* 4xx */ };
struct rules_numbers {
	struct rules_range *range;
	uint32_t count;
	bool invert;
};
/* n, <n, >=n, !n, a-b (both ends in), a<>b (both out), and comma lists of these. */
bool rules_numbers(struct rules_parser *p, struct span value, enum rules_range_form form,
		   int64_t max, struct rules_numbers *out);

struct rules_group *rules_group_open(struct rules_parser *p, enum rules_field f, struct span token);
/* A new condition in the sticky buffer under way (the payload when there is none); NULL:
 * reported. */
struct rules_cond *rules_cond_add(struct rules_parser *p, enum rules_cond_kind kind,
				  struct span token);
void rules_content_close(struct rules_parser *p); /* checks the last content with its modifiers */
/* A quoted text with its escapes and |hex| decoded, not empty. */
bool rules_quoted(struct rules_parser *p, struct span value, struct span *bytes);
/* One more question of the rule about frames. */
void rules_packet_test_add(struct rules_parser *p, const struct rules_packet_test *t);
/* any, src, dst, both. */
bool rules_side_of(struct span word, enum rules_side *side);
/* smtp.mode and smtp.tls are written as words. */
bool rules_number_is_named(enum rules_field f);
bool rules_named_number(struct rules_parser *p, enum rules_field f, struct span value,
			struct rules_numbers *out);
void rules_vars_clear(struct rules_parser *p);
/* A number from min to max, or a variable that the sticky buffer has set before. */
bool rules_operand(struct rules_parser *p, struct span token, int64_t min, int64_t max,
		   struct rules_operand *out);

rules_keyword_parse rules_opt_field, rules_opt_transform, rules_opt_content, rules_opt_modifier,
	rules_opt_pcre, rules_opt_bsize, rules_opt_isdataat, rules_opt_absent, rules_opt_byte,
	rules_opt_base64_decode, rules_opt_base64_data,
	rules_opt_number_id, rules_opt_msg,
	rules_opt_reply, rules_opt_classtype, rules_opt_reference, rules_opt_metadata,
	rules_opt_target, rules_opt_requires, rules_opt_flag, rules_opt_enforce, rules_opt_flow,
	rules_opt_packet_number, rules_opt_same_ip, rules_opt_tcp_flags, rules_opt_app_protocol,
	rules_opt_flowbits, rules_opt_idle, rules_opt_xbits, rules_opt_hostbits, rules_opt_flowint, rules_opt_threshold,
	rules_opt_dataset, rules_opt_datarep, rules_opt_file_list, rules_opt_file_name,
	rules_opt_event, rules_opt_rawbytes, rules_opt_iprep, rules_opt_fragbits, rules_opt_stream_size;
/* requires: is looked at before anything else. False: the rule is not for us. */
bool rules_requires(struct rules_parser *p, struct span options);

/* ---- sets (rules_sets.c) ---- */

/* Opens or finds; reports its own errors with token. NULL: reported. */
struct rules_dataset_spec {
	const char *name;
	enum rules_dataset_type type;
	bool typed;	     /* the type was written */
	const char *path;    /* NULL: none */
	bool missing_ok;     /* state: the file need not be there yet */
	bool subdomain;	     /* parents of the value count */
	bool scored;	     /* value,score */
	bool changes;	     /* set, unset */
	const char *save;    /* NULL: not saved */
	uint32_t values, bytes; /* hashsize, memcap: room for what is learnt; 0: not said */
	enum { RULES_LINES_GUESS, RULES_LINES_TEXT, RULES_LINES_BASE64 } lines;
};
struct rules_dataset *rules_dataset_open(struct rules_parser *p,
					 const struct rules_dataset_spec *spec, struct span token);
void rules_dataset_free(struct rules_dataset *d);
/* When all files are in: reports sets that nothing can ever be in. */
void rules_sets_check(struct rules_source *s);
/* A path in a rule file, relative to that file. */
char *rules_path_beside(const char *file, struct span path);

/* ---- when all files are in (rules_family.c) ---- */
void rules_finish(struct rules_source *s);

/* rules_codes.c */
struct rules_code {
	const char *code, *title, *text;
};
const struct rules_code *rules_code_at(size_t i); /* NULL behind the last */

#endif
