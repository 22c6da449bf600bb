/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transactions as records. In: a session, one of its transactions. Out: what all records say of it,
 * the smtp event at its end, the row of smtp.log for a mail that was stopped or replaced. Called by
 * inspect_log.c, inspect_tx.c and inspect_sender.c. Writes no text form: that is lib/event.
 */
#include <stdio.h>

#include "inspect_internal.h"

void
inspect_log_text(struct event *e, enum event_key key, struct span value)
{
	if (value.ptr != NULL)
		event_text(e, key, value);
}

static void
texts(struct event *e, enum event_key key, const struct inspect_list *list)
{
	for (const struct rules_item *i = list->first; i != NULL; i = i->next)
		event_text(e, key, i->value);
}

/* URLs are told newest first, as Suricata does. */
static void
texts_backwards(struct event *e, enum event_key key, const struct inspect_list *list)
{
	const struct rules_item *newest[64];
	unsigned n = 0;

	for (const struct rules_item *i = list->first; i != NULL && n < 64; i = i->next)
		newest[n++] = i;
	while (n > 0)
		event_text(e, key, newest[--n]->value);
}

/* "a@x, \"b, c\" <d@y>": one text an address. */
static void
addresses(struct event *e, enum event_key key, struct span value)
{
	bool quoted = false;
	size_t begin = 0;

	if (value.ptr == NULL)
		return;
	for (size_t i = 0; i <= value.len; i++) {
		uint8_t c = i < value.len ? value.ptr[i] : ',';

		if (c == '\\' && i + 1 < value.len)
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == ',' && (!quoted || i == value.len)) {
			struct span one = span_trim(span_of(value.ptr + begin, i - begin));

			if (one.len > 0)
				event_text(e, key, one);
			begin = i + 1;
		}
	}
}

/* names: of attachments, too */
static void
email(struct event *e, const struct inspect_tx *tx, bool whole, bool names)
{
	const struct inspect_email *m = tx->email;

	if (m == NULL)
		return;
	e->flags |= EVENT_HAS_EMAIL;
	inspect_log_text(e, EVENT_EMAIL_STATUS, SPAN_LIT("PARSE_DONE"));
	inspect_log_text(e, EVENT_EMAIL_FROM, m->from);
	addresses(e, EVENT_EMAIL_TO, m->to);
	addresses(e, EVENT_EMAIL_CC, m->cc);
	inspect_log_text(e, EVENT_EMAIL_SUBJECT, m->subject);
	inspect_log_text(e, EVENT_EMAIL_DATE, m->date);
	inspect_log_text(e, EVENT_EMAIL_MESSAGE_ID, m->message_id);
	inspect_log_text(e, EVENT_EMAIL_X_MAILER, m->x_mailer);
	inspect_log_text(e, EVENT_EMAIL_USER_AGENT, m->user_agent);
	inspect_log_text(e, EVENT_EMAIL_IN_REPLY_TO, m->in_reply_to);
	inspect_log_text(e, EVENT_EMAIL_REPLY_TO, m->reply_to);
	inspect_log_text(e, EVENT_EMAIL_X_ORIGINATING_IP, m->x_originating_ip);
	texts(e, EVENT_EMAIL_RECEIVED, &m->received);
	if (names)
		texts(e, EVENT_EMAIL_ATTACHMENT, &m->attachments);
	/* URLs are found wherever a text part is cut: told when it is whole. */
	if (tx->request == INSPECT_COMPLETE || whole)
		texts_backwards(e, EVENT_EMAIL_URL, &m->urls);
	inspect_log_text(e, EVENT_EMAIL_BODY_MD5, tx->body_md5);
	texts(e, EVENT_FUID, &m->fuids);
}

static const char *
phase_name(uint8_t phase, bool request)
{
	static const char *const name[2][3] = {
		{ "response_started", "response_data", "response_complete" },
		{ "request_started", "request_data", "request_complete" },
	};

	return name[request][phase];
}

/* Names of users are known again as long as the key is the same, and say nothing without it. */
static void
user_hash(struct event *e, const struct inspect_env *env, struct span user)
{
	char hex[17];
	int len;

	if (user.ptr == NULL)
		return;
	len = snprintf(hex, sizeof(hex), "%016llx",
		       (unsigned long long)hash_span(env->user_key, user));
	event_text(e, EVENT_AUTH_USER_HASH, span_of(hex, (size_t)len));
}

void
inspect_log_fill(struct event *e, const struct inspect_tx *tx, const struct policy_normalizer *n)
{
	e->flags |= EVENT_HAS_TX;
	e->tx_id = tx->number;
	e->tx_start_us = tx->start_us;
	e->tx_end_us = e->time_us;
	e->rcpt_total = (uint16_t)tx->rcpt_total;
	e->body_size = tx->body_size;
	e->declared_size = tx->size > 0 ? (uint64_t)tx->size : 0;
	e->reply_code = tx->reply_code;
	inspect_log_text(e, EVENT_SMTP_HELO, tx->helo);
	if (n == NULL || !n->hide_mailfrom)
		inspect_log_text(e, EVENT_SMTP_MAIL_FROM, tx->mail_from);
	if (n == NULL || !n->hide_rcptto)
		texts(e, EVENT_SMTP_RCPT_TO, &tx->rcpts);
	inspect_log_text(e, EVENT_SMTP_LAST_REPLY, tx->last_reply);
	inspect_log_text(e, EVENT_SMTP_QUEUE_ID, tx->queue_id);
	inspect_log_text(e, EVENT_TX_STATE_TS, span_str(phase_name(tx->request, true)));
	inspect_log_text(e, EVENT_TX_STATE_TC, span_str(phase_name(tx->response, false)));
	email(e, tx, e->type == EVENT_SMTP, n == NULL || !n->hide_filename);
	if (n != NULL && tx->header_kept > 0)
		event_text(e, EVENT_EMAIL_HDRS, span_of(tx->header, tx->header_kept));
}

static void
rcpt_codes(struct event *e, const struct inspect_tx *tx)
{
	for (const struct rules_item *i = tx->rcpts.first; i != NULL; i = i->next) {
		unsigned code = ((const struct inspect_rcpt *)i)->code;
		char digits[3];

		inspect_code_text(code, digits);
		event_text(e, EVENT_SMTP_RCPT_STATUS, span_of(digits, code == 0 ? 0 : 3));
	}
}

/* What decided, in few words. */
static void
decision(struct event *e, const struct inspect_decision *d)
{
	char at[512];
	int len;

	if (d->would)
		e->flags |= EVENT_MONITOR | EVENT_BLOCKED |
			    (d->kind == POLICY_REJECT_FLOW ? EVENT_REJECTED : 0);
	if (d->rule == NULL)
		return;
	e->sid = d->rule->sid;
	e->gid = d->rule->gid;
	len = snprintf(at, sizeof(at), "%s:%u", d->rule->file, d->rule->line);
	event_text(e, EVENT_RULE_AT,
		   span_of(at, len < (int)sizeof(at) ? (size_t)len : sizeof(at) - 1));
	event_text(e, EVENT_HOOK, span_str(rules_hook_name((enum rules_hook)d->hook)));
}

static void
session(struct event *e, const struct inspect *in, const struct inspect_env *env)
{
	inspect_log_text(e, EVENT_SMTP_BANNER, span_take(in->greeting, 256));
	inspect_log_text(e, EVENT_AUTH_MECHANISM, in->auth_mechanism);
	user_hash(e, env, in->auth_user);
	if (in->auth_ok)
		e->flags |= EVENT_AUTH_OK;
	e->starttls = in->tls == RULES_TLS_OFFERED   ? EVENT_STARTTLS_OFFERED :
		      in->tls == RULES_TLS_REFUSED ? EVENT_STARTTLS_REFUSED :
		      in->tls == RULES_TLS_YES	   ? EVENT_STARTTLS_ACCEPTED :
						     EVENT_STARTTLS_NONE;
}

static void
stopped(struct event *e, const struct inspect_tx *tx, enum stats_id reason)
{
	const struct inspect_decision *d = &tx->decided;

	e->flags |= EVENT_ONLY_SMTP_LOG | EVENT_BLOCKED;
	e->flags &= ~(unsigned)EVENT_MONITOR;
	if (d->reason != 0)
		reason = (enum stats_id)d->reason;
	event_text(e, EVENT_REASON, span_str(stats_info(reason)->reason));
	if (d->reset_client)
		event_text(e, EVENT_TOLD, SPAN_LIT("TCP reset"));
}

void
inspect_log_tx(struct inspect *in, struct inspect_env *env, const struct inspect_tx *tx,
	       enum smtp_end how, enum stats_id reason)
{
	struct event *e = inspect_event_begin(in, env, EVENT_SMTP);
	unsigned mail = in->mails + 1; /* Zeek's: messages finished before, and this one */

	if (tx->request == INSPECT_COMPLETE)
		in->mails++;
	if (e == NULL)
		return;
	inspect_log_fill(e, tx, NULL);
	e->trans_depth = (uint16_t)mail;
	e->tx_end = (uint8_t)how;
	e->data_us = tx->data_us;
	e->sent_us = tx->sent_us;
	e->answer_us = tx->answer_us;
	e->parts = tx->parts;
	e->told_rcpts = tx->told_rcpts;
	if (tx->body_offset != 0 && tx->request != INSPECT_COMPLETE)
		e->flags |= EVENT_TX_TRUNCATED;
	rcpt_codes(e, tx);
	for (unsigned o = 0; o < INSPECT_ODDITY_COUNT; o++)
		if (tx->mismatch >> o & 1)
			event_text(e, EVENT_MISMATCH,
				   span_str(inspect_oddity_name((enum inspect_oddity)o)));
	session(e, in, env);
	decision(e, &tx->decided);
	if (tx->blocked || reason != 0)
		stopped(e, tx, reason);
	event_commit(env->events);
}

void
inspect_log_replaced(struct inspect *in, struct inspect_env *env, struct inspect_tx *tx)
{
	struct event *e = NULL;

	if (tx->mail_from.ptr != NULL || tx->rcpts.count > tx->told_rcpts)
		e = inspect_event_begin(in, env, EVENT_SMTP);
	if (e != NULL) {
		inspect_log_fill(e, tx, NULL);
		e->flags |= EVENT_ONLY_SMTP_LOG;
		e->trans_depth = (uint16_t)(in->mails + 1);
		e->tx_end = EVENT_END_REPLACED;
		e->told_rcpts = tx->told_rcpts;
		rcpt_codes(e, tx);
		session(e, in, env);
		event_commit(env->events);
	}
	tx->told_rcpts = tx->rcpts.count;
}
