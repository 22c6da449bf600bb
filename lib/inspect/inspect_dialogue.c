/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands and replies. In: SMTP events of lines. Out: values for the rules, hooks of each family,
 * what the transaction remembers. Called by inspect.c; judging itself is inspect_judge.c.
 *
 * Message family:  a command is request_started, DATA, BDAT and BURL are request_data; a reply is
 *                  response_started, 354 response_data, the answer to the message response_complete.
 * Command family:  a line passes request_started, then request_complete; a reply alike.
 * Named states:    by verb.
 */
#include "inspect_internal.h"

static void
begin(struct inspect_event *je, struct inspect *in, struct inspect_env *env, unsigned dir,
      const struct smtp_event *ev, struct inspect_verdict *v)
{
	memset(je, 0, sizeof(*je));
	je->in = in;
	je->env = env;
	je->dir = dir;
	je->tx = ev->tx_open ? inspect_tx_find(in, ev->tx) : NULL;
	je->offset = ev->offset;
	je->v = v;
	je->detect = true;
}

static enum rules_mode
mode_of(enum smtp_mode mode)
{
	if (mode == SMTP_MODE_DATA)
		return RULES_MODE_DATA;
	return mode == SMTP_MODE_TLS || mode == SMTP_MODE_CLOSED ? RULES_MODE_CLOSED
								 : RULES_MODE_COMMAND;
}

static enum rules_hook
state_hook(enum smtp_verb verb)
{
	switch (verb) {
	case SMTP_HELO:
	case SMTP_EHLO:
	case SMTP_LHLO:
		return RULES_AT_HELO;
	case SMTP_AUTH:
	case SMTP_AUTH_LINE:
		return RULES_AT_AUTH;
	case SMTP_STARTTLS:
		return RULES_AT_STARTTLS;
	case SMTP_MAIL:
	case SMTP_SEND:
	case SMTP_SOML:
	case SMTP_SAML:
		return RULES_AT_MAIL;
	case SMTP_RCPT:
		return RULES_AT_RCPT;
	case SMTP_DATA:
	case SMTP_BDAT:
	case SMTP_BURL:
		return RULES_AT_DATA;
	case SMTP_RSET:
		return RULES_AT_RSET;
	case SMTP_QUIT:
		return RULES_AT_QUIT;
	default:
		return RULES_AT_OTHER;
	}
}

/* A text of this event; kept texts carry on, this one is new. */
static void
bring(struct rules_values *v, enum rules_field f, struct span text)
{
	if (text.ptr != NULL)
		rules_value(v, f, text, true);
}

/* The begin of a text, as much as the buffer holds: its length. */
static size_t
remember_text(char *buf, size_t size, struct span text)
{
	text = span_take(text, size);
	if (text.len > 0)
		memcpy(buf, text.ptr, text.len);
	return text.len;
}

/* ESMTP parameters one by one, where a rule asks. False: no room. */
static bool
bring_params(struct inspect_event *je, enum rules_field f, struct inspect_list *list,
	     struct span params)
{
	struct span key, value;

	if (!inspect_wants(je->env, f))
		return true;
	while (smtp_param_next(&params, &key, &value)) {
		if (value.ptr != NULL)
			key.len += 1 + value.len;
		if (!inspect_list_add(je->env, je->tx, list, key, sizeof(struct rules_item)))
			return false;
	}
	if (list->first != NULL)
		rules_items(&je->env->values, f, list->first, list->first);
	return true;
}

static bool
on_mail(struct inspect_event *je, const struct smtp_event *ev)
{
	struct rules_values *v = &je->env->values;
	struct inspect_tx *tx = je->tx;

	bring(v, RULES_MAIL_FROM, ev->path);
	if (tx == NULL)
		return true;
	if (tx->mail_from.ptr == NULL)
		tx->mail_from = inspect_tx_keep(je->env, tx, ev->path);
	if (tx->mail_from.ptr == NULL)
		return false;
	if (ev->size > 0 || span_starts_nocase(ev->params, SPAN_LIT("SIZE="))) {
		tx->size = (int64_t)ev->size;
		rules_number(v, RULES_SIZE, tx->size, true);
	}
	return bring_params(je, RULES_MAIL_PARAM, &tx->mail_params, ev->params);
}

/* A recipient that cannot be remembered could hide from "all recipients": it is not let go. */
static bool
on_rcpt(struct inspect_event *je, const struct smtp_event *ev)
{
	struct rules_values *v = &je->env->values;
	struct inspect_tx *tx = je->tx;
	unsigned max = je->env->policy->limits.rcpt_max;
	struct inspect_list params = { 0 }; /* of this recipient alone */

	bring(v, RULES_RCPT_TO, ev->path);
	if (tx == NULL)
		return true;
	tx->rcpt_total++;
	rules_number(v, RULES_RCPT_COUNT, tx->rcpt_total, true);
	if ((max > 0 && tx->rcpts.count >= max) ||
	    !inspect_list_add(je->env, tx, &tx->rcpts, ev->path, sizeof(struct inspect_rcpt))) {
		stats_add(je->env->stats, STATS_LIMIT_RCPT, 1);
		return false;
	}
	if (tx->unanswered == NULL)
		tx->unanswered = (struct inspect_rcpt *)tx->rcpts.last;
	v->items[RULES_RCPT_TO] = tx->rcpts.first;
	return bring_params(je, RULES_RCPT_PARAM, &params, ev->params);
}

/* A text of the session: the same one again costs nothing. False: no room. */
static bool
keep(struct inspect_event *je, struct span *kept, struct span value)
{
	if (kept->ptr == NULL || !span_eq(*kept, value))
		*kept = inspect_keep(je->in, je->env, value);
	return kept->ptr != NULL;
}

static bool
on_helo(struct inspect_event *je, const struct smtp_event *ev)
{
	struct inspect *in = je->in;

	bring(&je->env->values, RULES_HELO, ev->arg);
	if (!keep(je, &in->helo, ev->arg))
		return false;
	if (je->tx != NULL && je->tx->helo.ptr == NULL)
		je->tx->helo = in->helo;
	return true;
}

static bool
on_auth(struct inspect_event *je, const struct smtp_event *ev)
{
	struct rules_values *v = &je->env->values;
	struct inspect *in = je->in;

	if (ev->verb == SMTP_AUTH && ev->arg.ptr != NULL) {
		bring(v, RULES_AUTH_MECHANISM, ev->arg);
		if (!keep(je, &in->auth_mechanism, ev->arg))
			return false;
	}
	if (ev->user.ptr == NULL)
		return true;
	bring(v, RULES_AUTH_USER, ev->user);
	return keep(je, &in->auth_user, ev->user);
}

/* What this verb brings and what is remembered of it. False: a budget is used up. */
static bool
by_verb(struct inspect_event *je, const struct smtp_event *ev)
{
	switch (ev->verb) {
	case SMTP_HELO:
	case SMTP_EHLO:
	case SMTP_LHLO:
		return on_helo(je, ev);
	case SMTP_MAIL:
	case SMTP_SEND: /* MAIL to a terminal (RFC 821 section 3.4): the same envelope */
	case SMTP_SOML:
	case SMTP_SAML:
		return on_mail(je, ev);
	case SMTP_RCPT:
		return on_rcpt(je, ev);
	case SMTP_AUTH:
	case SMTP_AUTH_LINE:
		return on_auth(je, ev);
	case SMTP_DATA:
	case SMTP_BDAT:
	case SMTP_BURL:
		if (je->tx != NULL) {
			je->tx->request = INSPECT_DATA;
			if (je->tx->data_us == 0 || ev->verb == SMTP_DATA)
				je->tx->data_us = je->env->at.time_us;
		}
		return true;
	default:
		return true;
	}
}

/* The lines of an AUTH exchange have no text; they belong to the command AUTH. */
static struct span
command_name(const struct smtp_event *ev)
{
	if (ev->verb == SMTP_AUTH_LINE)
		return SPAN_LIT("AUTH");
	return ev->name.len > 0 ? ev->name : span_str(smtp_verb_name(ev->verb));
}

/* The command family sees a line twice: begun, then whole. */
static bool
judge_started(struct inspect_event *je, enum rules_hook hook)
{
	je->hook_count = 0;
	inspect_hook(je, hook);
	if (je->hook_count == 0)
		return true;
	je->detect = false;
	if (!inspect_judge(je))
		return false;
	je->detect = true;
	return true;
}

/*
 * Rules see the first SMTP_LINE_SEEN bytes of a line; some servers run what lies further on as a
 * command of its own. Of AUTH rules see no argument at all.
 */
static bool
hides_its_end(const struct inspect_env *env, const struct smtp_event *ev)
{
	uint64_t command = INSPECT_BIT(HELO) | INSPECT_BIT(MAIL_FROM) | INSPECT_BIT(RCPT_TO) |
			   INSPECT_BIT(COMMAND) | INSPECT_BIT(COMMAND_DATA) |
			   INSPECT_BIT(COMMAND_LINE) | INSPECT_BIT(MAIL_PARAM) |
			   INSPECT_BIT(RCPT_PARAM);
	uint64_t reply = INSPECT_BIT(RESPONSE) | INSPECT_BIT(RESPONSE_LINE) |
			 INSPECT_BIT(GREETING) | INSPECT_BIT(EHLO_PARAM);

	return ev->truncated &&
	       (env->fields & (ev->kind == SMTP_EV_COMMAND ? command : reply)) != 0;
}

bool
inspect_command(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
		struct inspect_verdict *v)
{
	bool body = state_hook(ev->verb) == RULES_AT_DATA;
	struct inspect_event je;

	begin(&je, in, env, 0, ev, v);
	stats_add(env->stats, STATS_SMTP_COMMANDS, 1);
	in->commands++;
	/* what is no verb is not shown: it can be a password that was sent behind a refused AUTH */
	in->command_len = (uint8_t)remember_text(
		in->command_text, sizeof(in->command_text),
		ev->verb == SMTP_UNKNOWN ? SPAN_LIT("unknown") : command_name(ev));
	if (je.tx != NULL && state_hook(ev->verb) == RULES_AT_MAIL)
		inspect_sender_again(in, env, je.tx);
	inspect_carry(&je, mode_of(ev->mode));
	if (!judge_started(&je, RULES_COMMAND_REQUEST_STARTED))
		return false;
	rules_number(&env->values, RULES_COMMAND_COUNT, in->commands, true);
	bring(&env->values, RULES_COMMAND, command_name(ev));
	bring(&env->values, RULES_COMMAND_DATA, ev->arg.ptr != NULL ? ev->arg : span_of("", 0));
	bring(&env->values, RULES_COMMAND_LINE, inspect_command_line(env, ev));
	if ((!by_verb(&je, ev) || hides_its_end(env, ev)) &&
	    !inspect_limit(env, v, STATS_DROP_MEMORY))
		return false;
	je.hook_count = 0;
	inspect_hook(&je, body ? RULES_REQUEST_DATA : RULES_REQUEST_STARTED);
	inspect_hook(&je, RULES_COMMAND_REQUEST_COMPLETE);
	inspect_hook(&je, state_hook(ev->verb));
	if (!inspect_judge(&je))
		return false;
	/* The server fetches the last part itself (RFC 4468): this line ends the message. */
	return ev->verb != SMTP_BURL || !ev->last || inspect_body_end(in, env, ev, v);
}

/* Nothing has been let go yet. Rule sets that do not name the hook have no say here, nor its default. */
bool
inspect_connect(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
		struct inspect_verdict *v)
{
	struct inspect_event je;

	if (in->connected)
		return true;
	in->connected = true;
	if (!rules_has_hook(env->policy->rules, RULES_AT_CONNECT))
		return true;
	begin(&je, in, env, 0, ev, v);
	inspect_carry(&je, RULES_MODE_COMMAND);
	return judge_started(&je, RULES_AT_CONNECT);
}

/* The end, for alerts: there is nothing left to stop. */
void
inspect_disconnect(struct inspect *in, struct inspect_env *env)
{
	struct smtp_event ev = { .kind = SMTP_EV_TX_END };
	struct inspect_verdict v;
	struct inspect_event je;

	if (!in->connected || !rules_has_hook(env->policy->rules, RULES_AT_CLOSE))
		return;
	if (in->tx != NULL) {
		ev.tx_open = true;
		ev.tx = in->tx->number;
	}
	begin(&je, in, env, 0, &ev, &v);
	je.end = true;
	inspect_carry(&je, RULES_MODE_CLOSED);
	judge_started(&je, RULES_AT_CLOSE);
}

/* An unfinished line: only the command family's request_started and response_started know it. */
bool
inspect_partial(struct inspect *in, struct inspect_env *env, unsigned dir,
		const struct smtp_event *ev, struct inspect_verdict *v)
{
	struct inspect_event je;

	begin(&je, in, env, dir, ev, v);
	inspect_carry(&je, mode_of(ev->mode));
	return judge_started(&je, dir == 1 ? RULES_COMMAND_RESPONSE_STARTED
					   : RULES_COMMAND_REQUEST_STARTED);
}

/*
 * The id that the server gave the message: "2.0.0 Ok: queued as 4ZX3Yk" (Postfix), "OK
 * id=1pgobK-001mwq-ED" (Exim), "ok 1754300000 qp 4711" (qmail).
 */
static struct span
queue_id(struct span text)
{
	static const char *const before[] = { "queued as ", " id=", " qp " };
	ptrdiff_t at = -1;
	struct span id;
	size_t len = 0, i;

	for (i = 0; i < sizeof(before) / sizeof(before[0]) && at < 0; i++)
		at = span_find_nocase(text, span_str(before[i]));
	if (at < 0)
		return SPAN_NONE;
	id = span_skip(text, (size_t)at + strlen(before[i - 1]));
	while (len < id.len && id.ptr[len] > ' ')
		len++;
	return span_take(id, len);
}

/* Counts and marks that an answer leaves. */
static void
remember_reply(struct inspect_event *je, const struct smtp_event *ev)
{
	struct inspect *in = je->in;
	struct inspect_tx *tx = je->tx;

	stats_add(je->env->stats, STATS_SMTP_REPLIES, 1);
	in->reply_len = (uint8_t)remember_text(in->reply_text, sizeof(in->reply_text), ev->line);
	if (ev->code >= 400) {
		in->errors++;
		rules_number(&je->env->values, RULES_ERROR_COUNT, in->errors, true);
	}
	if (ev->verb == SMTP_RCPT && ev->code >= 400) {
		in->invalid_rcpts++;
		rules_number(&je->env->values, RULES_INVALID_RCPT_COUNT, in->invalid_rcpts, true);
	}
	if ((ev->verb == SMTP_AUTH || ev->verb == SMTP_AUTH_LINE) && ev->code == 235)
		in->auth_ok = true;
	if ((ev->verb == SMTP_EHLO || ev->verb == SMTP_HELO) && in->tls == RULES_TLS_NO &&
	    (smtp_offers(in->smtp) & SMTP_OFFER_STARTTLS)) {
		in->tls = RULES_TLS_OFFERED;
		rules_number(&je->env->values, RULES_TLS, in->tls, true);
	}
	if (tx == NULL)
		return;
	if (ev->verb == SMTP_RCPT && tx->unanswered != NULL) {
		tx->unanswered->code = ev->code;
		tx->unanswered = (struct inspect_rcpt *)(uintptr_t)tx->unanswered->item.next;
	}
}

static bool
answers_message(const struct smtp_event *ev)
{
	return ev->verb == SMTP_END_OF_DATA || (ev->verb == SMTP_BDAT && ev->last);
}

static void
remember_final(struct inspect_event *je, const struct smtp_event *ev)
{
	struct inspect_tx *tx = je->tx;
	struct span id = queue_id(ev->text);

	if (ev->code < 400 && ev->code != 353) /* 353: more answers follow, one a recipient (PRDR) */
		stats_add(je->env->stats, STATS_SMTP_ACCEPTED, 1);
	if (tx == NULL)
		return;
	tx->response = INSPECT_COMPLETE;
	tx->reply_code = ev->code;
	tx->answer_us = je->env->at.time_us;
	if (id.len > 0) {
		tx->queue_id = inspect_tx_keep(je->env, tx, id);
		bring(&je->env->values, RULES_QUEUE_ID, id);
	}
}

static void
bring_reply(struct inspect_event *je, const struct smtp_event *ev)
{
	struct rules_values *v = &je->env->values;

	bring(v, RULES_RESPONSE, ev->text);
	bring(v, RULES_RESPONSE_LINE, ev->line);
	if (ev->verb == SMTP_EHLO)
		bring(v, RULES_EHLO_PARAM, ev->text);
	if (ev->verb < SMTP_UNKNOWN || ev->verb == SMTP_AUTH_LINE)
		rules_value(v, RULES_COMMAND,
			    span_str(smtp_verb_name(ev->verb == SMTP_AUTH_LINE ? SMTP_AUTH : ev->verb)),
			    false);
	if (ev->verb != SMTP_GREETING)
		return;
	rules_value(v, RULES_COMMAND, span_of("", 0), false); /* it answers none: empty, not missing */
	bring(v, RULES_GREETING, ev->text);
	if (je->in->greeting.ptr == NULL) /* the first line names the server: it stays known */
		je->in->greeting = inspect_keep(je->in, je->env, ev->text);
}

static enum rules_hook
reply_hook(struct inspect_event *je, const struct smtp_event *ev)
{
	if (answers_message(ev))
		return RULES_RESPONSE_COMPLETE;
	if ((ev->verb == SMTP_DATA && ev->code == 354) || (ev->verb == SMTP_BDAT && ev->code < 400)) {
		if (je->tx != NULL)
			je->tx->response = INSPECT_DATA;
		return RULES_RESPONSE_DATA;
	}
	return RULES_RESPONSE_STARTED;
}

static bool
judge_reply(struct inspect_event *je, const struct smtp_event *ev)
{
	struct inspect_env *env = je->env;

	inspect_code_text(ev->code, env->code_text);
	rules_number(&env->values, RULES_RESPONSE_CODE, ev->code, true);
	rules_value(&env->values, RULES_RESPONSE_CODE, span_of(env->code_text, 3), true);
	je->hook_count = 0;
	inspect_hook(je, reply_hook(je, ev));
	inspect_hook(je, RULES_COMMAND_RESPONSE_COMPLETE);
	if (ev->verb == SMTP_GREETING)
		inspect_hook(je, RULES_AT_GREETING);
	return inspect_judge(je);
}

/*
 * Is the whole reply known by this line, as far as any rule asks? Later lines change their own text,
 * the greeting, what EHLO offers, and the counts of refusals; the answer to a message names it.
 */
static bool
tells_all(const struct inspect_env *env, const struct smtp_event *ev)
{
	uint64_t later = INSPECT_BIT(RESPONSE) | INSPECT_BIT(RESPONSE_LINE);

	if (ev->verb == SMTP_GREETING)
		later |= INSPECT_BIT(GREETING);
	if (state_hook(ev->verb) == RULES_AT_HELO)
		later |= INSPECT_BIT(EHLO_PARAM) | INSPECT_BIT(TLS);
	if (ev->code >= 400)
		later |= INSPECT_BIT(ERROR_COUNT) | INSPECT_BIT(INVALID_RCPT_COUNT);
	return ev->code != 0 && !answers_message(ev) && (env->fields & later) == 0;
}

/* This reply was judged at an earlier line, and nothing is new that a rule could ask for. */
static bool
was_judged(const struct inspect *in, const struct inspect_env *env, const struct smtp_event *ev)
{
	return in->judged_code == ev->code && (in->odd[1] == 0 || !inspect_wants(env, RULES_EVENT));
}

/*
 * A line that is not the last. It goes on when it was judged: servers that greet with "220-" and wait
 * some seconds to see who speaks too early (RFC 5321 section 4.3.1) are still heard in time, and a
 * reply may be longer than a window. Where no rule asks for what later lines say, the reply is judged
 * here, once; else each line is judged by the rules on texts, and waits for the last line when it
 * depends on a default.
 */
static bool
reply_line(struct inspect_event *je, const struct smtp_event *ev)
{
	struct inspect_env *env = je->env;
	struct inspect *in = je->in;
	bool all = tells_all(env, ev);

	if (all && was_judged(in, env, ev))
		return true;
	if (!all && !inspect_wants(env, RULES_RESPONSE) && !inspect_wants(env, RULES_RESPONSE_LINE) &&
	    !inspect_wants(env, RULES_EHLO_PARAM) &&
	    !(ev->verb == SMTP_GREETING && inspect_wants(env, RULES_GREETING))) {
		in->reply_waits = true;
		return true;
	}
	if (all)
		in->judged_code = ev->code;
	else if (in->tls == RULES_TLS_NO) /* a line to come may offer it */
		env->values.present &= ~INSPECT_BIT(TLS);
	je->soft = !all;
	if (!judge_started(je, RULES_COMMAND_RESPONSE_STARTED) || !judge_reply(je, ev))
		return false;
	in->reply_waits = in->reply_waits || je->undecided || answers_message(ev);
	return true;
}

bool
inspect_reply(struct inspect *in, struct inspect_env *env, const struct smtp_event *ev,
	      struct inspect_verdict *v)
{
	bool message = ev->verb == SMTP_END_OF_DATA || ev->verb == SMTP_BDAT, passes;
	struct inspect_event je;

	begin(&je, in, env, 1, ev, v);
	inspect_carry(&je, message ? RULES_MODE_DATA : mode_of(ev->mode));
	bring_reply(&je, ev);
	/* Off its guarded port this may still be another protocol: the client's verb will tell. */
	if (in->known < INSPECT_IS_SMTP)
		return true;
	if (hides_its_end(env, ev) && !inspect_limit(env, v, STATS_DROP_MEMORY))
		return false;
	inspect_notice_reply(in, env, je.tx, ev);
	if (ev->kind == SMTP_EV_REPLY_LINE)
		return reply_line(&je, ev);
	remember_reply(&je, ev);
	if (je.tx == NULL && in->lost[0]) /* what the client asked was not understood */
		je.tx = in->tx;
	if (je.tx != NULL)
		je.tx->last_reply = span_of(je.tx->reply_text,
					    remember_text(je.tx->reply_text,
							  sizeof(je.tx->reply_text), ev->line));
	if (answers_message(ev))
		remember_final(&je, ev);
	passes = (tells_all(env, ev) && was_judged(in, env, ev)) ||
		 (judge_started(&je, RULES_COMMAND_RESPONSE_STARTED) && judge_reply(&je, ev));
	in->judged_code = 0;
	in->reply_waits = false;
	if (je.tx != NULL && state_hook(ev->verb) == RULES_AT_MAIL)
		inspect_sender_answered(env, je.tx, ev->code < 400);
	return passes;
}
