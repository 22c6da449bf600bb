/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notices. In: records of mails, and of refusals that name a block list; out: notice records. The
 * management core calls it between ring and files. It judges nothing: no verdict comes from here.
 */
#include "event_notice.h"

#include <errno.h>
#include <stdlib.h>

#include "err.h"
#include "event_agent.h"
#include "event_eve.h"
#include "event_nets.h"
#include "event_path.h"
#include "event_zeek.h"

#define WAYS 4
#define SETS 2048
#define DAY_US UINT64_C(86400000000)

struct seen {
	uint64_t key, time_us;
};

struct event_notices {
	struct event_notice_settings set;
	struct event_notice_counts counts;
	struct seen seen[SETS][WAYS];
	struct event out; /* the notice being made */
};

struct event_notices *
event_notices_create(const struct event_notice_settings *s, struct err *err)
{
	struct event_notices *n = calloc(1, sizeof(*n));

	if (n == NULL)
		err_set(err, -ENOMEM, "no memory for notices");
	else
		n->set = *s;
	return n;
}

void
event_notices_destroy(struct event_notices *n)
{
	free(n);
}

void
event_notices_counts(const struct event_notices *n, struct event_notice_counts *c)
{
	*c = n->counts;
}

/* Was this not said within the time? Then it is said now. */
static bool
is_news(struct event_notices *n, uint64_t key, uint64_t now_us, uint64_t keep_us)
{
	struct seen *set = n->seen[key % SETS], *place = &set[0];

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].time_us != 0 && set[i].key == key) {
			place = &set[i];
			break;
		}
		if (set[i].time_us < place->time_us)
			place = &set[i];
	}
	if (place->time_us != 0 && (now_us < place->time_us || now_us - place->time_us < keep_us)) {
		if (place->key == key) {
			n->counts.suppressed++;
			return false;
		}
		n->counts.forgotten++;
	}
	*place = (struct seen){ key, now_us != 0 ? now_us : 1 };
	return true;
}

/* A notice about the record's session. */
static struct event *
begin(struct event_notices *n, const struct event *e, const char *note, struct span host)
{
	struct event *out = &n->out;
	struct event_addr a;

	memcpy(out, e, offsetof(struct event, text));
	out->type = EVENT_NOTICE;
	out->flags &= EVENT_TO_SERVER | EVENT_TO_CLIENT | EVENT_HAS_TX | EVENT_IS_SMTP |
		      EVENT_TX_IS_TLS;
	out->text_count = 0;
	out->room_used = 0;
	out->text_lost = 0;
	event_text(out, EVENT_ANOMALY_NAME, span_str(note));
	event_text(out, EVENT_NOTE_HOST, host);
	if (event_addr_parse(host, &a) == 0 && event_nets_find(n->set.local, &a) >= 0)
		out->flags |= EVENT_NOTE_LOCAL;
	return out;
}

/* Says it, unless the same was said of the same: the texts up to here tell which. */
static bool
is_due(struct event_notices *n, uint64_t keep_us)
{
	const struct event *out = &n->out;

	if (!is_news(n, hash_bytes(n->set.key, out->room, out->room_used), out->time_us, keep_us))
		return false;
	n->counts.said++;
	return true;
}

static void
message(struct event *out, const char *format, struct span a, struct span b)
{
	char buf[512];
	struct str s;

	str_open(&s, buf, sizeof(buf));
	str_printf(&s, format, (int)a.len, a.ptr, (int)b.len, b.ptr);
	event_text(out, EVENT_NOTE, str_span(&s));
}

/* ---- block lists ---- */

static void
block_list(struct event_notices *n, const struct event *e, event_notice_say *say, void *arg)
{
	char client[EVENT_ADDR_SIZE];
	struct span host = span_str(event_addr_text(&e->src, client)), reply = SPAN_NONE, named;
	struct event_addr a;
	struct event *out;
	bool blocked;
	int i = -1;

	event_text_get(e, EVENT_NOTE_SUB, &i, &reply);
	blocked = event_zeek_address(reply, &named) && event_addr_parse(named, &a) == 0 &&
		  memcmp(&a, &e->src, sizeof(a)) == 0;
	out = begin(n, e, blocked ? "SMTP::Blocklist_Blocked_Host" : "SMTP::Blocklist_Error_Message",
		    host);
	if (!is_due(n, n->set.suppress_us))
		return;
	message(out, blocked ? "%.*s is on an SMTP block list%.*s" :
		"%.*s received an error message mentioning an SMTP block list%.*s", host, SPAN_NONE);
	event_text(out, EVENT_NOTE_SUB, reply);
	say(arg, out);
}

/* ---- suspicious origination ---- */

static bool
has_country(const struct event_notices *n, const struct event_addr *a, char code[3])
{
	const char *const *c = n->set.countries;

	if (c == NULL || n->set.country == NULL || !n->set.country(n->set.geo, a, code))
		return false;
	while (*c != NULL && !span_eq_nocase(span_str(*c), span_str(code)))
		c++;
	return *c != NULL;
}

/* One address that the mail names as its origin. */
static void
origin(struct event_notices *n, const struct event *e, struct span address, event_notice_say *say,
       void *arg)
{
	char code[3] = "", client[EVENT_ADDR_SIZE];
	struct event_addr a;
	struct event *out;
	bool by_net;

	if (event_addr_parse(address, &a) != 0)
		return;
	by_net = event_nets_find(n->set.suspicious, &a) >= 0;
	if (!by_net && !has_country(n, &a, code))
		return;
	out = begin(n, e, "SMTP::Suspicious_Origination", address);
	event_text(out, EVENT_NOTE_SUB, span_str(event_addr_text(&e->src, client)));
	if (!is_due(n, n->set.suppress_us))
		return;
	message(out, by_net ? "a mail comes from %.*s, in a suspicious network%.*s" :
		"a mail comes from %.*s, in a suspicious country: %.*s", address,
		by_net ? SPAN_NONE : span_str(code));
	if (!by_net)
		event_text(out, EVENT_NOTE_COUNTRY, span_str(code));
	say(arg, out);
}

static void
origins(struct event_notices *n, const struct event *e, const struct event_zeek_path *path,
	event_notice_say *say, void *arg)
{
	struct span text, named = SPAN_NONE, last = path->hop[path->count - 1], lowest;
	int i = -1;

	if (n->set.suspicious->count == 0 && n->set.countries == NULL)
		return;
	while (event_text_get(e, EVENT_EMAIL_X_ORIGINATING_IP, &i, &text))
		event_zeek_address(text, &named);
	origin(n, e, named, say, arg);
	if (!span_eq(last, named))
		origin(n, e, last, say, arg);
	if (event_path_origin(e, &lowest) && !span_eq(lowest, named) && !span_eq(lowest, last))
		origin(n, e, lowest, say, arg);
}

/* ---- software ---- */

static bool
wants_software(const struct event_notices *n, const struct event_addr *of)
{
	if (n->set.software == EVENT_SOFTWARE_LOCAL)
		return event_nets_find(n->set.local, of) >= 0;
	return n->set.software == EVENT_SOFTWARE_ALL;
}

struct program {
	struct span host, name, version, said; /* said: where it names itself */
	const char *type, *message;
};

static void
found(struct event_notices *n, const struct event *e, const struct program *p, event_notice_say *say,
      void *arg)
{
	struct event *out = begin(n, e, "SMTP::Software_Found", p->host);

	event_text(out, EVENT_SOFTWARE_TYPE, span_str(p->type));
	event_text(out, EVENT_SOFTWARE_NAME, p->name);
	event_text(out, EVENT_SOFTWARE_VERSION, p->version);
	if (!is_due(n, DAY_US))
		return;
	message(out, p->message, p->host, p->said);
	event_text(out, EVENT_NOTE_SUB, p->said);
	say(arg, out);
}

static void
client_software(struct event_notices *n, const struct event *e, const struct event_zeek_path *path,
		event_notice_say *say, void *arg)
{
	bool webmail = event_agent_is_webmail(e);
	struct program p = { .type = webmail ? "WEBMAIL_SERVER" : "MAIL_CLIENT",
			     .message = "%.*s writes mail with %.*s" };
	size_t at = path->count - 1;

	if (!wants_software(n, &e->src) || !event_agent(e, &p.said))
		return;
	event_agent_split(p.said, &p.name, &p.version);
	if (webmail && event_agent_by_http(e) && at > 0)
		at--; /* behind the webmail there is a browser */
	p.host = path->hop[at];
	found(n, e, &p, say, arg);
}

static void
server_software(struct event_notices *n, const struct event *e, event_notice_say *say, void *arg)
{
	struct program p = { .type = "MAIL_SERVER", .message = "%.*s serves mail: %.*s" };
	char server[EVENT_ADDR_SIZE];
	int i = -1;

	if (!wants_software(n, &e->dst) || !event_text_get(e, EVENT_SMTP_BANNER, &i, &p.said) ||
	    !event_agent_server(p.said, &p.name, &p.version))
		return;
	p.host = span_str(event_addr_text(&e->dst, server));
	found(n, e, &p, say, arg);
}

void
event_notices_look(struct event_notices *n, const struct event *e, event_notice_say *say, void *arg)
{
	struct event_zeek_path path;

	if (e->type == EVENT_NOTICE)
		return block_list(n, e, say, arg);
	if (e->type != EVENT_SMTP || e->tx_end == EVENT_END_REPLACED)
		return;
	event_zeek_path(e, NULL, &path);
	origins(n, e, &path, say, arg);
	client_software(n, e, &path, say, arg);
	server_software(n, e, say, arg);
}
