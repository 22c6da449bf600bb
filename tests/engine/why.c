/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What --why tells is what happened: captures through an engine under every rule set, and each
 * rule was told as a match as often as it fired.
 *
 *	why RULES... -- CAPTURE...
 *
 * Both are patterns; a pattern that names nothing is no error, since some folders may be missing, nor
 * is a rule set that does not load; but there must be rules that fired and rules that did not.
 */
#include <glob.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "policy_build.h"
#include "wire.h"

static struct {
	struct policy_watch watch; /* the first member */
	uint64_t *told;		   /* by rule */
	size_t matches, others, verdicts, wrong;
} why;

static void
on_begin(struct policy_watch *w, const struct policy_moment *m)
{
	(void)w;
	(void)m;
}

static void
on_event(struct rules_watch *w, const struct rules_event *ev)
{
	(void)w;
	(void)ev;
}

static void
on_packet(struct rules_watch *w, const struct rules_packet *p, enum rules_hook hook)
{
	(void)w;
	(void)p;
	(void)hook;
}

static void
on_rule(struct rules_watch *w, const struct rules_why *said)
{
	(void)w;
	if (said->asked && said->match && !said->before)
		why.told[said->rule->index]++;
	why.matches += said->match;
	why.others += !said->match && said->text[0] != '\0';
	why.wrong += said->match == (said->text[0] != '\0');
}

static void
on_verdict(struct policy_watch *w, const struct policy_verdict *v)
{
	(void)w;
	(void)v;
	why.verdicts++;
}

static size_t loaded; /* rule sets */

static bool
feed(struct wire *w, const char *path)
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, text);
	struct pcap_pkthdr *head;
	const u_char *data;

	if (pcap == NULL) {
		fprintf(stderr, "%s: %s\n", path, text);
		return false;
	}
	while (pcap_datalink(pcap) == DLT_EN10MB && pcap_next_ex(pcap, &head, &data) == 1)
		wire_frame(w, WIRE_CLIENT, data, head->caplen);
	pcap_close(pcap);
	wire_drain(w);
	return true;
}

static bool
play(struct policy *policy, const char *rules, const char *path)
{
	struct wire_settings set = { .policy = policy, .capture = true, .watch = &why.watch };
	const struct rules_set *all = policy->rules;
	struct wire w;
	bool good;

	memset(why.told, 0, rules_count(all) * sizeof(*why.told));
	if (!wire_open(&w, &set))
		return false;
	good = feed(&w, path);
	for (size_t i = 0; i < rules_count(all); i++) {
		uint64_t fired = rules_hit_count(engine_rules(w.engine), (uint32_t)i);

		if (fired == why.told[i])
			continue;
		printf("FAIL %s on %s: sid %u fired %llu times, told %llu times\n", rules, path,
		       rules_at(all, i)->sid, (unsigned long long)fired,
		       (unsigned long long)why.told[i]);
		good = false;
	}
	return wire_close(&w) && good;
}

static struct policy *
load(char *path)
{
	struct policy_built built;
	struct conf conf;

	if (wire_conf(&conf) != 0)
		return NULL;
	conf.rule_files.text = calloc(1, sizeof(char *));
	conf.rule_files.line = calloc(1, sizeof(unsigned));
	conf.rule_files.text[0] = strdup(path);
	conf.rule_files.count = 1;
	if (policy_build(&conf, names_of_events(), NULL, false, &built) != 0)
		built.policy = NULL;
	conf_free(&conf);
	return built.policy;
}

static bool
play_all(char *rules, const glob_t *captures)
{
	struct policy *policy = load(rules);
	bool good = true;

	if (policy == NULL) /* some seeds are wrong on purpose */
		return true;
	loaded++;
	why.told = calloc(rules_count(policy->rules) + 1, sizeof(*why.told));
	for (size_t i = 0; i < captures->gl_pathc; i++)
		good &= play(policy, rules, captures->gl_pathv[i]);
	free(why.told);
	policy_free(policy);
	return good;
}

int
main(int argc, char **argv)
{
	glob_t found[2] = { 0 };
	int which = 0, failed = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			which = 1;
		else
			glob(argv[i], found[which].gl_pathc > 0 ? GLOB_APPEND : 0, NULL,
			     &found[which]);
	}
	why.watch = (struct policy_watch){
		.rules = { .event = on_event, .packet = on_packet, .rule = on_rule },
		.begin = on_begin,
		.verdict = on_verdict,
	};
	for (size_t i = 0; i < found[0].gl_pathc; i++)
		failed += !play_all(found[0].gl_pathv[i], &found[1]);
	printf("%zu rule sets on %zu captures: %zu verdicts, %zu matches, %zu others\n",
	       loaded, found[1].gl_pathc, why.verdicts, why.matches, why.others);
	globfree(&found[0]);
	globfree(&found[1]);
	return failed > 0 || why.wrong > 0 || why.matches == 0 || why.others == 0 ||
	       why.verdicts == 0;
}
