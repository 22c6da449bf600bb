/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * smtp.normalizer: Snort's SMTP preprocessor as settings and rules. In: a configuration. Out: what
 * parser and inspection do by it, and a rule of gid 124 for each alert that it asks for. Called by
 * policy_build; the rules are judged, counted and explained as all others are.
 */
#include <errno.h>
#include <stdlib.h>

#include "policy_internal.h"
#include "smtp.h"

#define HEADER_NAME_MAX 64 /* bytes; Snort's 124:7 has no key for it */
#define LOG_BUFFERS 3072   /* memcap counts these beside each header */

/* Those that Snort knows, and those that it lacks and servers have. */
static const char *const known_verbs[] = {
	"ATRN", "AUTH", "BDAT", "DATA", "DEBUG", "EHLO", "EMAL", "ESAM", "ESND", "ESOM", "ETRN",
	"EVFY", "EXPN", "HELO", "HELP", "IDENT", "MAIL", "NOOP", "ONEX", "QUEU", "QUIT", "RCPT",
	"RSET", "SAML", "SEND", "SIZE", "SOML", "STARTTLS", "TICK", "TIME", "TURN", "TURNME", "VERB",
	"VRFY", "X-EXPS", "X-LINK2STATE", "XADR", "XAUTH", "XCIR", "XEXCH50", "XGEN", "XLICENSE",
	"XQUE", "XSTA", "XTRN", "XUSR", "X-ANONYMOUSTLS", "BURL", "LHLO", "XCLIENT", "XFORWARD",
};
#define KNOWN (sizeof(known_verbs) / sizeof(known_verbs[0]))

/* ---- lists ---- */

/* NULL-terminated, of copies, each word once. */
struct words {
	char **word;
	size_t count, size;
};

static int
add(struct words *w, const char *text)
{
	if (smtp_listed((const char *const *)w->word, span_str(text)))
		return 0;
	if (w->count + 1 >= w->size) {
		char **more = realloc(w->word, (2 * w->size + 8) * sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		w->word = more;
		w->size = 2 * w->size + 8;
	}
	w->word[w->count] = strdup(text);
	if (w->word[w->count] == NULL)
		return -ENOMEM;
	w->word[++w->count] = NULL;
	return 0;
}

static int
add_list(struct words *w, const struct conf_list *list)
{
	int r = 0;

	for (size_t i = 0; i < list->count && r == 0; i++)
		r = add(w, list->text[i]);
	return r;
}

static const char *const *
finished(struct words *w, int r)
{
	if (r == 0 && w->word == NULL)
		w->word = calloc(1, sizeof(*w->word));
	if (r == 0)
		return (const char *const *)w->word;
	policy_words_free((const char *const *)w->word);
	return NULL;
}

const char *const *
policy_words(const struct conf_list *list)
{
	struct words w = { 0 };

	return finished(&w, add_list(&w, list));
}

void
policy_words_free(const char *const *words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		free((void *)(uintptr_t)words[i]);
	free((void *)(uintptr_t)words);
}

static const char *const *
all_verbs(const struct conf *c)
{
	const struct conf_list *named[] = {
		&c->smtp.data_cmds, &c->smtp.binary_data_cmds, &c->smtp.auth_cmds,
		&c->smtp.normalizer.valid_cmds,
	};
	struct words w = { 0 };
	int r = 0;

	for (size_t i = 0; i < KNOWN && r == 0; i++)
		r = add(&w, known_verbs[i]);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]) && r == 0; i++)
		r = add_list(&w, named[i]);
	return finished(&w, r);
}

/* "RCPT:300", checked by conf_check. */
static const struct smtp_verb_limit *
verb_limits(const struct conf_list *list)
{
	struct smtp_verb_limit *limit = calloc(list->count + 1, sizeof(*limit));

	for (size_t i = 0; limit != NULL && i < list->count; i++) {
		size_t len = strcspn(list->text[i], ":");

		limit[i].verb = strndup(list->text[i], len);
		limit[i].max = (uint32_t)strtoul(list->text[i] + len + (list->text[i][len] != '\0'),
						 NULL, 10);
	}
	return limit;
}

/* ---- settings ---- */

static int
parser_settings(struct smtp_normal *s, const struct conf *c, const char *const *verbs)
{
	const struct conf_normalizer *n = &c->smtp.normalizer;

	s->command_max = n->max_command;
	s->reply_max = n->max_response;
	s->auth_max = n->max_auth;
	s->xlink2state = n->xlink2state != CONF_XLINK_DISABLE;
	s->history = n->inspection_type == CONF_STATEFUL;
	s->verb_max = verb_limits(&n->alt_max_command);
	s->invalid = policy_words(&n->invalid_cmds);
	s->valid = n->alert_unknown ? verbs : NULL;
	return s->verb_max != NULL && s->invalid != NULL ? 0 : -ENOMEM;
}

int
policy_normal(struct policy *p, const struct conf *c)
{
	const struct conf_normalizer *n = &c->smtp.normalizer;
	struct policy_normalizer *out = &p->normalizer;
	uint16_t depth = n->log_email_hdrs ? n->email_hdrs_log_depth : 0;
	struct smtp_normal *s = calloc(1, sizeof(*s));

	p->normal = s;
	if (s == NULL)
		return -ENOMEM;
	s->data_verbs = policy_words(&c->smtp.data_cmds);
	s->chunk_verbs = policy_words(&c->smtp.binary_data_cmds);
	s->auth_verbs = policy_words(&c->smtp.auth_cmds);
	if (s->data_verbs == NULL || s->chunk_verbs == NULL || s->auth_verbs == NULL)
		return -ENOMEM;
	if (!n->enabled)
		return 0;
	*out = (struct policy_normalizer){
		.enabled = true,
		.all = n->normalize == CONF_NORMALIZE_ALL,
		.ignore_data = n->ignore_data,
		.ignore_tls_data = n->ignore_tls_data,
		.header_line_max = n->max_header,
		.header_name_max = HEADER_NAME_MAX,
		.hide_mailfrom = !n->log_mailfrom,
		.hide_rcptto = !n->log_rcptto,
		.hide_filename = !n->log_filename,
		.header_depth = depth,
		.headers = depth > 0 ? n->memcap / (LOG_BUFFERS + depth) : 0,
		.verbs = all_verbs(c),
	};
	if (n->normalize == CONF_NORMALIZE_CMDS)
		out->cmds = policy_words(&n->normalize_cmds);
	if (out->verbs == NULL || (n->normalize == CONF_NORMALIZE_CMDS && out->cmds == NULL))
		return -ENOMEM;
	return parser_settings(s, c, out->verbs);
}

void
policy_normal_free(struct policy *p)
{
	const struct smtp_normal *s = p->normal;

	policy_words_free(p->normalizer.cmds);
	policy_words_free(p->normalizer.verbs);
	if (s == NULL)
		return;
	policy_words_free(s->data_verbs);
	policy_words_free(s->chunk_verbs);
	policy_words_free(s->auth_verbs);
	policy_words_free(s->invalid);
	for (size_t i = 0; s->verb_max != NULL && s->verb_max[i].verb != NULL; i++)
		free((void *)(uintptr_t)s->verb_max[i].verb);
	free((void *)(uintptr_t)s->verb_max);
	free((void *)(uintptr_t)s);
}

/* ---- rules ---- */

/* Each alert of gid 124 as an event of a parser. Snort's numbers; 16 is of files in archives. */
static const struct alert {
	unsigned sid;
	const char *event, *msg;
} alerts[] = {
	{ 1, "command_over_limit", "command line over the limit" },
	{ 2, "mime_header_line_over_limit", "header line over the limit" },
	{ 3, "reply_over_limit", "reply line over the limit" },
	{ 4, "command_over_its_limit", "command line over the limit of its verb" },
	{ 5, "unlisted_command", "unknown command" },
	{ 6, "invalid_command", "command that the configuration forbids" },
	{ 7, "mime_header_name_over_limit", "header name over 64 bytes" },
	{ 8, "xlink2state_overflow", "overflow in X-LINK2STATE" },
	{ 9, "mime_no_buffer", "no memory to decode a message" },
	{ 10, "mime_invalid_base64", "base64 that does not decode" },
	{ 11, "mime_invalid_qp", "quoted-printable that does not decode" },
	{ 12, "mime_odd_encoding", "transfer encoding unknown, taken as none" },
	{ 13, "mime_invalid_uu", "uuencode that does not decode" },
	{ 14, "auth_mechanism_switch", "AUTH aborted and begun with another mechanism" },
	{ 15, "auth_over_limit", "line of AUTH over the limit" },
	{ 17, "starttls_injection", "bytes behind STARTTLS before its reply" },
	{ 18, "mixed_line_ends", "lines of one side end in CRLF and in LF" },
};

/* Does the configuration ask for it, by the key that goes with it? */
static bool
asked(const struct conf *c, unsigned sid)
{
	const struct conf_normalizer *n = &c->smtp.normalizer;
	char number[12];

	snprintf(number, sizeof(number), "%u", sid);
	for (size_t i = 0; i < n->disable_sids.count; i++)
		if (strcmp(n->disable_sids.text[i], number) == 0)
			return false;
	switch (sid) {
	case 1:
		return n->max_command > 0;
	case 2:
		return n->max_header > 0;
	case 3:
		return n->max_response > 0;
	case 4:
		return n->alt_max_command.count > 0;
	case 5:
		return n->alert_unknown;
	case 6:
		return n->invalid_cmds.count > 0;
	case 8:
		return n->xlink2state != CONF_XLINK_DISABLE;
	case 10:
		return c->mime.decode && c->mime.b64_depth > 0;
	case 11:
		return c->mime.decode && c->mime.qp_depth > 0;
	case 12:
		return c->mime.decode && c->mime.bitenc_depth > 0;
	case 13:
		return c->mime.decode && c->mime.uu_depth > 0;
	case 15:
		return n->max_auth > 0;
	default:
		return true;
	}
}

int
policy_normal_rules(const struct conf *c, struct rules_source *src)
{
	const struct conf_normalizer *n = &c->smtp.normalizer;
	char text[8192];
	struct str s;

	if (!n->enabled)
		return 0;
	str_open(&s, text, sizeof(text));
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		const struct alert *a = &alerts[i];
		bool drop = a->sid == 8 && n->xlink2state == CONF_XLINK_DROP;

		if (!asked(c, a->sid) || (n->no_alerts && !drop))
			continue;
		str_printf(&s,
			   "%s smtp any any -> any any (msg:\"SMTP %s\"; app-layer-event:smtp.%s; "
			   "classtype:protocol-command-decode; %sgid:124; sid:%u; rev:1;)\n",
			   drop ? "drop" : "alert", a->msg, a->event, n->no_alerts ? "noalert; " : "",
			   a->sid);
	}
	return rules_source_text(src, "smtp.normalizer", str_span(&s));
}
