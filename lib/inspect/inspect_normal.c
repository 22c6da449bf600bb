/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What smtp.normalizer changes in what rules and alerts see; the wire is not changed. In: a command
 * line, message bytes. Out: the part or form of them that is shown. Called by the dialogue and
 * message files.
 */
#include "inspect_internal.h"

/* A command without meaningless blanks, where normalize asks for it. */
struct span
inspect_command_line(struct inspect_env *env, const struct smtp_event *ev)
{
	const struct policy_normalizer *n = &env->policy->normalizer;
	ptrdiff_t blank = span_chr(ev->name, ' ');
	struct span verb = blank < 0 ? ev->name : span_take(ev->name, (size_t)blank);

	if (ev->verb == SMTP_AUTH_LINE || !(n->all || smtp_listed(n->cmds, verb)))
		return ev->line;
	return span_of(env->normal_line, smtp_normal_line(ev->line, env->normal_line));
}

/* The begin of the message's header, for alerts (log-email-hdrs). */
void
inspect_keep_header(struct inspect_env *env, struct inspect_tx *tx, struct span bytes)
{
	if (env->headers == NULL || tx->header_ended)
		return;
	if (tx->header == NULL)
		tx->header = pool_get(env->headers);
	tx->header_ended = tx->header == NULL; /* memcap: this message has none */
	bytes = span_take(bytes, pool_object_size(env->headers) - tx->header_kept);
	if (tx->header == NULL || bytes.len == 0)
		return;
	memcpy(tx->header + tx->header_kept, bytes.ptr, bytes.len);
	tx->header_kept += (uint16_t)bytes.len;
}

/* The message's header block is over. */
void
inspect_header_ended(const struct inspect_env *env, struct inspect_tx *tx)
{
	tx->header_ended = true;
	tx->unread = env->policy->normalizer.ignore_data;
}
