/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which events can bring which values: the ground for when a rule fires (docs/rules.md). In: a
 * field and a hook; out: yes or no. Called by the build alone, which gives each group its role.
 */
#include "rules_set.h"

static bool
is_one(enum rules_hook h, enum rules_hook a, enum rules_hook b)
{
	return h == a || h == b;
}

static bool
of_command(enum rules_hook h)
{
	return is_one(h, RULES_COMMAND_REQUEST_STARTED, RULES_COMMAND_REQUEST_COMPLETE);
}

static bool
of_reply(enum rules_hook h)
{
	return is_one(h, RULES_COMMAND_RESPONSE_STARTED, RULES_COMMAND_RESPONSE_COMPLETE) ||
	       (h >= RULES_RESPONSE_STARTED && h <= RULES_RESPONSE_COMPLETE) ||
	       h == RULES_AT_GREETING;
}

/* Hooks that see a command line before DATA. */
static bool
of_envelope(enum rules_hook h, enum rules_hook state)
{
	return is_one(h, RULES_REQUEST_STARTED, state) || of_command(h);
}

static bool
body_hook(enum rules_hook h)
{
	return is_one(h, RULES_REQUEST_DATA, RULES_AT_BODY) || h == RULES_COMMAND_REQUEST_STARTED;
}

bool
rules_of_body(enum rules_field f)
{
	return f >= RULES_DATA && f < RULES_EVENT && f != RULES_QUEUE_ID;
}

bool
rules_per_event(enum rules_field f)
{
	switch (f) {
	case RULES_COMMAND:
	case RULES_COMMAND_DATA:
	case RULES_COMMAND_LINE:
	case RULES_RESPONSE_CODE:
	case RULES_RESPONSE:
	case RULES_RESPONSE_LINE:
		return true;
	default:
		return false;
	}
}

bool
rules_can_bring(enum rules_field f, enum rules_hook h)
{
	switch (f) {
	case RULES_MODE:
	case RULES_TLS: /* how the session stands, at any event */
		return false;
	case RULES_EVENT:
	case RULES_PAYLOAD:
	case RULES_ETHER:
		return true;
	default:
		break;
	}
	if (h == RULES_HOOK_DETECT)
		return true;
	switch (f) {
	case RULES_HELO:
		return of_envelope(h, RULES_AT_HELO);
	case RULES_MAIL_FROM:
	case RULES_MAIL_PARAM:
	case RULES_SIZE:
		return of_envelope(h, RULES_AT_MAIL);
	case RULES_RCPT_TO:
	case RULES_RCPT_PARAM:
	case RULES_RCPT_COUNT:
		return of_envelope(h, RULES_AT_RCPT);
	case RULES_AUTH_MECHANISM:
	case RULES_AUTH_USER:
		return of_envelope(h, RULES_AT_AUTH);
	case RULES_COMMAND:
	case RULES_COMMAND_DATA:
	case RULES_COMMAND_LINE:
	case RULES_COMMAND_COUNT:
		return !of_reply(h);
	case RULES_GREETING:
	case RULES_EHLO_PARAM:
	case RULES_RESPONSE_CODE:
	case RULES_RESPONSE:
	case RULES_RESPONSE_LINE:
	case RULES_QUEUE_ID:
	case RULES_INVALID_RCPT_COUNT:
	case RULES_ERROR_COUNT:
		return of_reply(h);
	default:
		return body_hook(h);
	}
}

bool
rules_group_late(const struct rules_group *g)
{
	return g->quantifier == RULES_ALL ||
	       (g->cond_count > 0 && g->cond[0].kind == RULES_COND_ABSENT);
}
