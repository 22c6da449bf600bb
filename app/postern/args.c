/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One table of options: it is parsed from, printed as help, and searched for the nearest when a
 * word is wrong. getopt would not do: a wrong option is to be named with what was meant.
 */
#include <errno.h>
#include <string.h>

#include "args.h"
#include "span.h"

struct option {
	const char *name;  /* without "--" */
	char letter;	   /* 0: none */
	const char *value; /* name of its value, NULL: takes none */
	size_t at;	   /* const char * or bool in struct args */
	int list;	   /* one of enum args_list */
	const char *help;
};

#define TEXT(name, letter, value, field, help)                                                     \
	{                                                                                          \
		name, letter, value, offsetof(struct args, field), 0, help                         \
	}
#define FLAG(name, letter, field, help)                                                            \
	{                                                                                          \
		name, letter, NULL, offsetof(struct args, field), 0, help                          \
	}
#define LIST(name, list, help)                                                                     \
	{                                                                                          \
		name, 0, NULL, 0, list, help                                                       \
	}

static const struct option options[] = {
	TEXT("config", 'c', "FILE", config, "configuration (YAML); without it built-in defaults"),
	TEXT("pcap", 0, "FILE", pcap, "run this capture, both directions in one file, and end"),
	TEXT("pcap-client", 0, "FILE", pcap_client,
	     "the client's side of a capture in two files ..."),
	TEXT("pcap-server", 0, "FILE", pcap_server, "... and the server's; merged by time"),
	TEXT("pcap-out", 0, "FILE", pcap_out, "write what a capture run forwarded"),
	TEXT("rules", 0, "FILE", rules, "rules (may be repeated), in place of the configured ones"),
	TEXT("log-dir", 0, "DIR", log_dir, "where eve.json and smtp.log go"),
	FLAG("check", 'T', check, "load everything, print all diagnostics, exit 0 or 1"),
	TEXT("mode", 0, "enforce|monitor", mode, "monitor judges everything and touches nothing"),
	FLAG("checksum", 0, checksum, "judge TCP checksums in a capture run, too"),
	FLAG("interactive", 'i', interactive, "console on the terminal"),
	TEXT("cmdline-file", 0, "FILE", cmdline_file, "console commands to run at start"),
	TEXT("stats-period", 0, "SECONDS", stats_period, "print statistics this often"),
	FLAG("json", 0, json, "summary, lists and diagnostics for machines"),
	LIST("list-keywords", ARGS_KEYWORDS, "rule keywords"),
	LIST("list-hooks", ARGS_HOOKS, "hooks where rules are judged"),
	LIST("list-events", ARGS_EVENTS, "names for app-layer-event"),
	LIST("print-config", ARGS_CONFIG, "the effective configuration"),
	TEXT("explain-error", 0, "CODE", explain_error, "what an error of the rules means, as R014"),
	FLAG("why", 0, why, "tell of each judgement why each rule did or did not match (captures, test)"),
	TEXT("trace", 0, "SID", trace, "the same of one rule"),
	TEXT("flow", 0, "ID", flow, "--why and --trace of one connection, by its flow_id"),
	TEXT("why-out", 0, "FILE", why_out, "--why and --trace go there, not to standard output"),
	FLAG("help", 'h', help, "this text"),
	FLAG("version", 'V', version, "the version"),
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

void
args_usage(FILE *out)
{
	const struct option *o;
	char left[64];
	size_t i;

	fprintf(out, "usage: postern [EAL options --] [-c FILE] [options]\n"
		     "       postern test FILE.yaml...            play session scripts against rules\n"
		     "       postern explain SID --rules FILE     what became of a rule\n\n");
	for (i = 0; i < OPTIONS; i++) {
		o = &options[i];
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", o->letter != 0 ? '-' : ' ',
			 o->letter != 0 ? o->letter : ' ', o->letter != 0 ? "," : " ", o->name,
			 o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
		fprintf(out, "  %-28s %s\n", left, o->help);
	}
	fprintf(out,
		"\nWithout --pcap it guards a wire of two ports: see ports.pairs and eal in the "
		"configuration.\nExit codes: 0 ok, 1 failed, 2 usage.\n");
}

static const struct option *
args_find(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < OPTIONS; i++) {
		if (word[0] == '-' && word[1] == '-' && strlen(options[i].name) == len - 2 &&
		    memcmp(options[i].name, word + 2, len - 2) == 0)
			return &options[i];
		if (len == 2 && word[0] == '-' && options[i].letter == word[1] && word[1] != 0)
			return &options[i];
	}
	return NULL;
}

static int
args_unknown(const char *word, size_t len, struct err *err)
{
	const char *names[OPTIONS + 1];
	char bare[64];
	const char *near;
	size_t i;

	for (i = 0; i < OPTIONS; i++)
		names[i] = options[i].name;
	names[OPTIONS] = NULL;
	if (word[0] != '-') {
		err_set(err, -EINVAL, "there is no place for '%s'", word);
		err_hint(err, "see postern --help; EAL options stand before --");
		return -EINVAL;
	}
	len = len < sizeof(bare) ? len : sizeof(bare) - 1;
	memcpy(bare, word, len);
	bare[len] = '\0';
	err_set(err, -EINVAL, "unknown option %s", bare);
	near = err_nearest(bare + (bare[1] == '-' ? 2 : 1), names);
	if (near != NULL)
		err_hint(err, "did you mean --%s?", near);
	else
		err_hint(err, "see postern --help; EAL options stand before --");
	return -EINVAL;
}

static int
args_set(struct args *a, const struct option *o, const char *value, struct err *err)
{
	const char **text = (const char **)(void *)((char *)a + o->at);

	if (o->list != 0) {
		if (a->list != ARGS_NONE)
			return err_set(err, -EINVAL, "one list at a time: --%s is too many",
				       o->name);
		a->list = (enum args_list)o->list;
	} else if (o->value == NULL) {
		*(bool *)((char *)a + o->at) = true;
	} else if (o->at == offsetof(struct args, rules)) {
		if (a->rules_count == ARGS_RULES)
			return err_set(err, -E2BIG, "at most %d --rules", ARGS_RULES);
		a->rules[a->rules_count++] = value;
	} else if (*text != NULL) {
		return err_set(err, -EINVAL, "--%s is given twice", o->name);
	} else {
		*text = value;
	}
	return 0;
}

static int
args_number(const char *option, const char *text, uint64_t max, uint64_t *out, struct err *err)
{
	if (text != NULL && (span_to_u64(span_str(text), max, out) != 0 || *out == 0))
		return err_set(err, -EINVAL, "--%s %s: a number from 1 to %llu stands here",
			       option, text, (unsigned long long)max);
	return 0;
}

/* --why, --trace and what goes with them. */
static int
args_why(struct args *a, struct err *err)
{
	bool capture = a->pcap != NULL || a->pcap_client != NULL;
	uint64_t sid = 0;
	int r = args_number("trace", a->trace, UINT32_MAX, &sid, err);

	if (r == 0)
		r = args_number("flow", a->flow, UINT64_MAX, &a->flow_id, err);
	if (r != 0)
		return r;
	a->trace_sid = (uint32_t)sid;
	a->why |= a->trace != NULL;
	if (!a->why && (a->flow != NULL || a->why_out != NULL))
		return err_set(err, -EINVAL, "--%s goes with --why or --trace",
			       a->flow != NULL ? "flow" : "why-out");
	if (a->why && !capture && a->command != ARGS_TEST)
		return err_set(err, -EINVAL, "--why and --trace need a capture run or a session "
					     "script: --pcap FILE, or postern test FILE.yaml");
	if (a->why && a->json && a->why_out == NULL)
		return err_set(err, -EINVAL, "with --json, --why needs a file of its own: --why-out "
					     "FILE");
	return 0;
}

/* What does not go together. */
static int
args_sense(const struct args *a, struct err *err)
{
	bool capture = a->pcap != NULL || a->pcap_client != NULL;

	if ((a->pcap_client != NULL) != (a->pcap_server != NULL))
		return err_set(err, -EINVAL, "--pcap-client and --pcap-server need each other");
	if (a->pcap != NULL && a->pcap_client != NULL)
		return err_set(err, -EINVAL,
			       "--pcap holds both directions: not together with --pcap-client");
	if (a->pcap_out != NULL && !capture)
		return err_set(err, -EINVAL, "--pcap-out needs a capture run: --pcap FILE");
	if (capture && a->interactive)
		return err_set(err, -EINVAL, "a capture run has no console: leave -i out");
	if (capture && a->check)
		return err_set(err, -EINVAL, "-T only checks: leave the capture out");
	if (a->mode != NULL && strcmp(a->mode, "enforce") != 0 && strcmp(a->mode, "monitor") != 0)
		return err_set(err, -EINVAL, "--mode %s: it is enforce or monitor", a->mode);
	if (a->command == ARGS_TEST && a->words_count == 0)
		return err_set(err, -EINVAL, "test needs a session script: postern test FILE.yaml");
	if (a->command == ARGS_TEST && (a->rules_count > 0 || a->config != NULL || a->mode != NULL))
		return err_set(err, -EINVAL, "a session script names its rules: only --json, --why "
					     "and --trace go with test");
	if (a->command == ARGS_EXPLAIN && a->words_count != 1)
		return err_set(err, -EINVAL, "explain needs one sid: postern explain SID --rules FILE");
	if (a->command != ARGS_SERVE && (capture || a->check || a->interactive))
		return err_set(err, -EINVAL, "test and explain go without captures, -T and -i");
	return 0;
}

/* The command, and after it its words, gathered where argv began. */
static bool
args_word(struct args *a, char *word, char **room)
{
	if (a->command != ARGS_SERVE)
		room[a->words_count++] = word;
	else if (strcmp(word, "test") == 0)
		a->command = ARGS_TEST;
	else if (strcmp(word, "explain") == 0)
		a->command = ARGS_EXPLAIN;
	else
		return false;
	a->words = room;
	return true;
}

int
args_parse(struct args *a, int argc, char **argv, struct err *err)
{
	const struct option *o;
	const char *word, *value;
	int i, first = 1, r = 0;
	size_t len;

	memset(a, 0, sizeof(*a));
	memset(err, 0, sizeof(*err));
	a->program = argc > 0 ? argv[0] : "postern";
	for (i = 1; i < argc && first == 1; i++) {
		if (strcmp(argv[i], "--") == 0) {
			a->eal = (const char *const *)(argv + 1);
			a->eal_count = (size_t)i - 1;
			first = i + 1;
		}
	}
	for (i = first; i < argc && r == 0; i++) {
		word = argv[i];
		if (word[0] != '-' && args_word(a, argv[i], argv + first))
			continue;
		len = strncmp(word, "--", 2) == 0 ? strcspn(word, "=") : strlen(word);
		o = args_find(word, len);
		if (o == NULL)
			return args_unknown(word, len, err);
		value = word[len] == '=' ? word + len + 1 : NULL;
		if (o->value == NULL && value != NULL)
			return err_set(err, -EINVAL, "--%s takes no value", o->name);
		if (o->value != NULL && value == NULL && ++i < argc)
			value = argv[i];
		if (o->value != NULL && (value == NULL || value[0] == '\0'))
			return err_set(err, -EINVAL, "--%s needs a value: %s", o->name, o->value);
		r = args_set(a, o, value, err);
	}
	if (r != 0 || a->help || a->version)
		return r; /* who asks for help need not say all else */
	r = args_why(a, err);
	if (r == 0)
		r = args_number("stats-period", a->stats_period, 86400, &a->stats_period_s, err);
	return r == 0 ? args_sense(a, err) : r;
}
