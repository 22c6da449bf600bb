/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sense across fields. In: a loaded configuration; out: an error for each pair of values that
 * cannot both hold. `--check` and starting call it. Single values were checked when they were read;
 * whether devices and files exist is found out by those who open them.
 */
#include "conf_internal.h"

#include <errno.h>
#include <stdlib.h>

#define VERBS_MAX 256u /* of one list */

struct check {
	const struct conf *c;
	struct conf_errors *errors;
	int rc;
};

static struct err *
complain(struct check *k, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static struct err *
complain(struct check *k, unsigned line, const char *format, ...)
{
	struct err *e = conf_error_add(k->errors);
	const char *file = k->c->file != NULL ? k->c->file : "built-in configuration";
	char text[256];
	struct str s;
	va_list args;

	str_open(&s, text, sizeof(text));
	va_start(args, format);
	str_vprintf(&s, format, args);
	va_end(args);
	err_set_at(e, -EINVAL, file, line, 0, "%s", text);
	k->rc = -EINVAL;
	return e;
}

/*
 * Lcores that an --lcores text names: "0-3", "0,2,4", "(0-7)@(0-3)", "1@5,2@6". -1 when the form is
 * not understood: EAL will judge it.
 */
static int
count_lcores(const char *text)
{
	int count = 0;

	while (*text != '\0') {
		bool group = *text == '(';
		unsigned long low, high;
		char *end;

		low = strtoul(text + group, &end, 10);
		if (end == text + group)
			return -1;
		high = low;
		if (*end == '-')
			high = strtoul(end + 1, &end, 10);
		if (high < low || high > 65535 || (group && *end != ')'))
			return -1;
		count += (int)(high - low + 1);
		text = end + group;
		if (*text == '@') /* the CPUs: to the next comma outside parentheses */
			text += text[1] == '(' ? strcspn(text, ")") : strcspn(text, ",");
		text += *text == ')';
		if (*text != '\0' && *text++ != ',')
			return -1;
	}
	return count;
}

static void
check_cores(struct check *k)
{
	const struct conf *c = k->c;
	int need = 1 + c->cores.rx + c->cores.tx;
	int have = count_lcores(c->eal.lcores);

	if (c->eal.lcores[0] != '\0' && have >= 0 && have < need)
		err_hint(complain(k, 0, "eal.lcores: names %d lcores, but %d are needed", have, need),
			 "one for management, %u receiving, %u sending", c->cores.rx, c->cores.tx);
	if (c->cores.ring_size & (c->cores.ring_size - 1))
		complain(k, 0, "cores.ring-size: %u is no power of two", c->cores.ring_size);
	if (c->cores.burst > c->cores.ring_size || c->cores.burst > c->cores.rxd)
		complain(k, 0, "cores.burst: %u frames do not fit a ring of %u or a queue of %u",
			 c->cores.burst, c->cores.ring_size, c->cores.rxd);
	if (c->cores.mbufs != 0 && c->cores.mbufs < 2U * (c->cores.rxd + c->cores.txd))
		err_hint(complain(k, 0, "cores.mbufs: %u do not fill the queues of one pair of ports",
				  c->cores.mbufs),
			 "at least 2 * (rxd + txd) = %u, or 0", 2U * (c->cores.rxd + c->cores.txd));
	if (c->eal.no_huge && c->eal.in_memory)
		err_hint(complain(k, 0, "eal: no-huge and in-memory exclude each other"),
			 "choose in-memory where there are hugepages, else no-huge");
}

static void
check_ports(struct check *k)
{
	const struct conf_list *ports = &k->c->ports;

	for (size_t i = 0; i < ports->count; i++) {
		for (size_t n = 0; n < i; n++) {
			if (strcmp(ports->text[i], ports->text[n]) != 0)
				continue;
			complain(k, ports->line[i], "ports.pairs: '%s' is in two places",
				 ports->text[i]);
			break;
		}
	}
	if (ports->count % 2 != 0)
		complain(k, 0, "ports.pairs: a port without its other side");
	if (k->c->smtp.ports.count == 0 && !k->c->smtp.detect)
		err_hint(complain(k, 0, "smtp.ports: nothing is guarded"),
			 "name ports, or set smtp.detect: yes");
}

static void
check_limits(struct check *k)
{
	const struct conf *c = k->c;
	uint64_t window = c->limits.session_hold;

	if (window > c->limits.hold_bytes)
		complain(k, 0, "limits.session-hold: one session may hold more than all together "
			 "(limits.hold)");
	if (c->limits.messages > c->limits.sessions)
		complain(k, 0, "limits.messages: more messages (%u) than sessions (%u)",
			 c->limits.messages, c->limits.sessions);
	if (c->smtp.auth_max > window / 2 || c->smtp.line_max > window / 2)
		err_hint(complain(k, 0, "limits.session-hold: too small to hold one line"),
			 "a direction has half of it; smtp.line-max and smtp.auth-max must fit");
	if (c->tcp.handshake_s > c->tcp.idle_s)
		complain(k, 0, "tcp.timeouts.handshake: longer than idle");
	if (c->tcp.held_s > c->tcp.idle_s)
		complain(k, 0, "tcp.timeouts.held: longer than idle");
}

/* A verb as clients write it; in alt-max-command-line-len with ":BYTES". */
static bool
is_verb(struct span word)
{
	bool good = word.len > 0 && word.len <= 64;

	for (size_t i = 0; i < word.len; i++) {
		uint8_t c = span_lower(word.ptr[i]);

		good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
				c == '_');
	}
	return good;
}

/* Each command is compared with all of them. */
static void
check_count(struct check *k, const char *key, const struct conf_list *verbs)
{
	if (verbs->count > VERBS_MAX)
		complain(k, verbs->line[0], "%s: %zu verbs are more than %u", key, verbs->count,
			 VERBS_MAX);
}

static void
check_verbs(struct check *k, const char *key, const struct conf_list *verbs)
{
	check_count(k, key, verbs);
	for (size_t i = 0; i < verbs->count; i++)
		if (!is_verb(span_str(verbs->text[i])))
			err_hint(complain(k, verbs->line[i], "%s: '%.64s' is no verb", key,
					  verbs->text[i]),
				 "write one word of letters, digits and hyphens, as RCPT");
}

static void
check_normalizer(struct check *k)
{
	const struct conf_normalizer *n = &k->c->smtp.normalizer;
	uint64_t bytes;

	check_verbs(k, "smtp.data-cmds", &k->c->smtp.data_cmds);
	check_verbs(k, "smtp.binary-data-cmds", &k->c->smtp.binary_data_cmds);
	check_verbs(k, "smtp.auth-cmds", &k->c->smtp.auth_cmds);
	check_verbs(k, "smtp.normalizer.normalize-cmds", &n->normalize_cmds);
	check_verbs(k, "smtp.normalizer.valid-cmds", &n->valid_cmds);
	check_verbs(k, "smtp.normalizer.invalid-cmds", &n->invalid_cmds);
	check_count(k, "smtp.normalizer.alt-max-command-line-len", &n->alt_max_command);
	for (size_t i = 0; i < n->alt_max_command.count; i++) {
		const char *text = n->alt_max_command.text[i];
		size_t verb = strcspn(text, ":");

		if (is_verb(span_of(text, verb)) && text[verb] == ':' &&
		    span_to_u64(span_str(text + verb + 1), 65535, &bytes) == 0)
			continue;
		err_hint(complain(k, n->alt_max_command.line[i],
				  "smtp.normalizer.alt-max-command-line-len: '%.64s' is no verb with "
				  "its limit", text),
			 "write VERB:BYTES with at most 65535 bytes, as RCPT:300");
	}
}

/* "address:port", "[v6]:port", "unix:/path". */
static bool
is_listen_place(const char *text)
{
	const char *colon = strrchr(text, ':');
	uint64_t port;

	if (strncmp(text, "unix:", 5) == 0)
		return text[5] == '/';
	if (colon == NULL || colon == text)
		return false;
	if (text[0] == '[' ? colon[-1] != ']' : strchr(text, ':') != colon)
		return false;
	return span_to_u64(span_str(colon + 1), 65535, &port) == 0 && port > 0;
}

static void
check_outputs(struct check *k)
{
	const char *http = k->c->management.http;

	if (http[0] != '\0' && !is_listen_place(http))
		err_hint(complain(k, 0, "management.http: '%s' is no place to listen", http),
			 "write 127.0.0.1:9125, [::1]:9125 or unix:/run/postern/http.socket");
}

static void
check_rules(struct check *k)
{
	const struct conf *c = k->c;

	if (c->reputation_files.count > 0 && c->reputation_categories[0] == '\0')
		err_hint(complain(k, c->reputation_files.line[0],
				  "reputation-files: their categories are not named"),
			 "set reputation-categories-file");
}

int
conf_check(const struct conf *c, struct conf_errors *errors)
{
	struct check k = { .c = c, .errors = errors };

	check_cores(&k);
	check_ports(&k);
	check_limits(&k);
	check_normalizer(&k);
	check_outputs(&k);
	check_rules(&k);
	return k.rc;
}
