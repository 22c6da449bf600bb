/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line as values. In: argv; out: struct args, or a message for a person. EAL options
 * stand before "--"; this reads what stands after it, or all when there is no "--".
 */
#ifndef ARGS_H
#define ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "err.h"

#define ARGS_RULES 64

enum args_list { ARGS_NONE, ARGS_KEYWORDS, ARGS_HOOKS, ARGS_EVENTS, ARGS_CONFIG };

enum args_command { ARGS_SERVE, ARGS_TEST, ARGS_EXPLAIN }; /* the first word; none: serve */

struct args {
	const char *program;
	const char *const *eal; /* EAL options, without the program's name */
	size_t eal_count;
	const char *config, *pcap, *pcap_client, *pcap_server, *pcap_out, *log_dir, *mode;
	const char *cmdline_file, *stats_period;
	uint64_t stats_period_s; /* of stats_period; 0: never */
	const char *rules[ARGS_RULES];
	size_t rules_count;
	const char *explain_error;
	const char *trace, *why_out, *flow;
	uint32_t trace_sid;
	uint64_t flow_id;
	enum args_command command;
	char *const *words; /* what a command is about */
	size_t words_count;
	enum args_list list;
	bool check, interactive, json, checksum, why, help, version;
};

/* 0, or -EINVAL and *err. */
int args_parse(struct args *a, int argc, char **argv, struct err *err);
void args_usage(FILE *out);

#endif
