/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration, typed and complete. One table (conf_fields.c) holds each key's place, type,
 * range, default and help line; loading, checking, printing and docs/config.md are made from it.
 *
 *	conf_defaults(&c);  conf_load(&c, path, errors);  conf_check(&c, errors);  ... conf_free(&c);
 *
 * All errors of a file are reported, not only the first: each with file:line:col; an unknown key
 * names the nearest known one. Control plane only.
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "err.h"

struct conf_list { /* of texts, in order */
	char **text;
	unsigned *line; /* where each stands, 0: default */
	size_t count;
};

struct conf_var { /* vars.address-groups.NAME: VALUE, vars.port-groups.NAME: VALUE */
	char *name, *value;
	unsigned line;
};

struct conf_vars {
	struct conf_var *var;
	size_t count;
};

/* firewall.policies: one entry a place: "packet.filter", "app.smtp.request_started",
 * "app.smtp.command.request_complete", "app.smtp.rcpt", "app.default", "default", ... with hook dashes turned
 * into underscores, and the actions as written: "drop:flow", "alert". */
struct conf_policy {
	char *place;
	struct conf_list actions;
	unsigned line, col;
};

enum conf_mail_path { CONF_PATH_ALL, CONF_PATH_LOCAL, CONF_PATH_REMOTE, CONF_PATH_NONE };
enum conf_software { CONF_SOFTWARE_OFF, CONF_SOFTWARE_LOCAL, CONF_SOFTWARE_ALL };
enum conf_mode { CONF_ENFORCE, CONF_MONITOR };
enum conf_tri { CONF_AUTO, CONF_YES, CONF_NO };
enum conf_idle { CONF_IDLE_AUTO, CONF_IDLE_POLL, CONF_IDLE_YIELD, CONF_IDLE_SLEEP };
enum conf_tx { CONF_TX_AUTO, CONF_TX_INLINE, CONF_TX_CORES };
enum conf_failure { CONF_CLOSED, CONF_OPEN };
enum conf_inspection { CONF_STATEFUL, CONF_STATELESS };
enum conf_normalize { CONF_NORMALIZE_ALL, CONF_NORMALIZE_NONE, CONF_NORMALIZE_CMDS };
enum conf_xlink2state { CONF_XLINK_ENABLE, CONF_XLINK_DISABLE, CONF_XLINK_DROP };

/* smtp.normalizer: Snort's SMTP preprocessor, by its names. Lengths in bytes, 0: never. */
struct conf_normalizer {
	bool enabled;
	enum conf_inspection inspection_type;
	enum conf_normalize normalize;
	struct conf_list normalize_cmds;
	bool ignore_data, ignore_tls_data;
	uint16_t max_command, max_header, max_response, max_auth;
	struct conf_list alt_max_command; /* "VERB:BYTES" */
	struct conf_list valid_cmds, invalid_cmds;
	bool alert_unknown, no_alerts, print_cmds;
	struct conf_list disable_sids;
	enum conf_xlink2state xlink2state;
	bool log_mailfrom, log_rcptto, log_filename, log_email_hdrs;
	uint16_t email_hdrs_log_depth;
	uint32_t memcap;
};

struct conf {
	char *file; /* NULL: built-in defaults only */

	/* eal: in place of EAL options */
	struct {
		char *lcores;	     /* --lcores; "": chosen from cores.* */
		struct conf_list vdev, allow, extra;
		bool no_huge, no_pci, in_memory;
		uint32_t memory_mb;  /* -m; 0: EAL's default */
		char *file_prefix;
	} eal;
	/* ports: pairs: [[a, b]]; names of devices or port numbers */
	struct conf_list ports; /* flat: 2 * pairs texts */
	struct {
		uint16_t rx, tx;     /* worker (RX) cores, TX cores; 0 tx with inline */
		enum conf_tx tx_mode;
		enum conf_idle idle;
		uint16_t burst;	     /* frames a burst [32] */
		uint32_t ring_size;  /* frames of a ring [4096] */
		uint16_t rxd, txd;   /* descriptors a queue */
		uint32_t mbufs;	     /* 0: from sessions and rings */
		uint16_t mtu;
	} cores;
	struct {
		uint32_t sessions;   /* session table entries of one worker [131072] */
		uint32_t half_open;  /* half-open connections of one worker [65536] */
		uint64_t hold_bytes; /* frames held by one worker, bytes [64 MiB] */
		uint32_t session_hold; /* frames held for one session, bytes [262144] */
		uint32_t session_queue; /* out-of-order segments of one session [64] */
		uint32_t session_memory; /* inspection memory of one session, bytes [262144] */
		uint32_t messages;   /* messages being decoded at one time, a worker [4096] */
		uint32_t events;     /* records of a worker's event ring [4096] */
	} limits;
	struct {
		uint32_t syn_s, handshake_s, idle_s, closing_s, held_s, dropped_s; /* timeouts */
		bool midstream;	     /* take up connections whose start was not seen */
		bool checksum;	     /* drop wrong checksums */
	} tcp;
	struct {
		struct conf_list ports; /* guarded: ["25", "465", "587", "2525"]; ranges a:b */
		bool detect;	     /* recognise SMTP on other ports */
		uint32_t line_max, auth_max, bdat_max;
		uint16_t pending_max, rcpt_max;
		bool strict;
		bool other_protocol_pass; /* on a guarded port: pass what is no SMTP [no] */
		struct conf_list data_cmds, binary_data_cmds, auth_cmds;
		struct conf_normalizer normalizer;
	} smtp;
	struct {
		bool decode;	     /* decode-mime */
		bool urls;	     /* extract-urls */
		struct conf_list url_schemes;
		bool log_url_scheme;
		enum conf_tri body_md5;
		uint32_t header_max; uint16_t depth_max, parts_max;
		uint64_t b64_depth, qp_depth, uu_depth, bitenc_depth; /* of a part */
		struct conf_list digests; /* md5 sha1 sha256 of attachments in fileinfo events */
	} mime;
	struct {
		enum conf_tri enabled; /* auto: when a firewall rule is loaded */
		struct conf_policy *policy;
		size_t policies;
	} firewall;
	struct conf_vars address_groups, port_groups;
	struct conf_list rule_files;
	char *rule_dir;	    /* rule files are relative to this; "": to the configuration file */
	char *classification; /* for classtype; "": what is built in */
	char *reputation_categories; /* for iprep; "": none */
	struct conf_list reputation_files;
	char *cache_dir;    /* compiled databases; "": no cache */
	enum conf_mode mode;
	struct {
		enum conf_failure overload, internal; /* closed|open for what cannot be inspected */
	} failure;
	struct {
		char *log_dir;
		bool eve, smtp_log, eve_strict;
		struct conf_list eve_types; /* empty: all */
		uint32_t stats_interval_s; /* 0: only at the end */
		char *node;
		char *user_key_file; /* "": none */
		enum conf_mail_path mail_path;
	} outputs;
	struct {
		bool enabled;
		struct conf_list local_nets, suspicious_nets, suspicious_countries, block_lists;
		char *geoip_database; /* "": none */
		enum conf_software software;
		uint32_t suppress_s;
	} notices;
	struct {
		char *http;	    /* "127.0.0.1:9125", "unix:/run/...", "": off */
		char *socket;	    /* path of the control socket, "": off */
	} management;
};

/* What loading and checking found; all of it. */
struct conf_errors {
	struct err *err;
	size_t count, size;
};

int conf_defaults(struct conf *c); /* 0 or -ENOMEM */
void conf_free(struct conf *c);
/* Read path over what c holds. 0, or -EINVAL/-errno with at least one error added. */
int conf_load(struct conf *c, const char *path, struct conf_errors *errors);
/* The same from text at hand, name for messages. */
int conf_parse(struct conf *c, const char *name, const char *text, size_t len,
	       struct conf_errors *errors);
/* Sense across fields: ranges nest, ports come in pairs, cores suffice. */
int conf_check(const struct conf *c, struct conf_errors *errors);
void conf_errors_free(struct conf_errors *errors);

/* Keys ("cores.rx") that differ and that a reload leaves as they are: how many, the first `room` of
 * them in keys. */
size_t conf_restart_keys(const struct conf *running, const struct conf *loaded, const char **keys,
			 size_t room);

/* The effective configuration as YAML that conf_load reads back to the same. */
void conf_print(const struct conf *c, FILE *out);
/* The same with each key's help as a comment: config/postern.yaml is this of the defaults. */
void conf_print_commented(const struct conf *c, FILE *out);
/* The table as JSON, and as the body of docs/config.md. */
void conf_print_fields_json(FILE *out);
void conf_print_fields_markdown(FILE *out);

/* Sets the bit of each port in a list of "25" and "25:30": port 8n + k is bit k of bits[n]. */
void conf_ports_set(const struct conf_list *ports, uint8_t bits[65536 / 8]);

#endif
