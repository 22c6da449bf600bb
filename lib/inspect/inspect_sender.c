/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two senders in one transaction. RFC 5321 section 4.1.1.2 knows none, yet a MAIL may follow one
 * that was refused, and some servers take a second one in place of the first. In: a MAIL behind
 * another, the answers. Out: the rules' state of the sender that counts: what they found out about
 * one says nothing about the other; as in Zeek a row of smtp.log ends at each MAIL. In line lib/smtp lets nothing else happen before the answer.
 */
#include "inspect_internal.h"

void
inspect_sender_again(struct inspect *in, struct inspect_env *env, struct inspect_tx *tx)
{
	uint16_t told = tx->told_rcpts;

	inspect_log_replaced(in, env, tx);
	if (tx->mail_from.ptr == NULL)
		return;
	if (tx->mail_taken && !tx->mail_again) {
		tx->before = (struct inspect_sender){ tx->rules, tx->mail_from, told, tx->accepted };
		tx->mail_again = true;
	} else {
		rules_tx_close(env->rules, &tx->rules);
	}
	memset(&tx->rules, 0, sizeof(tx->rules));
	tx->mail_from = SPAN_NONE;
	tx->accepted = false;
}

void
inspect_sender_answered(struct inspect_env *env, struct inspect_tx *tx, bool taken)
{
	if (tx->mail_again && !taken) {
		rules_tx_close(env->rules, &tx->rules);
		tx->rules = tx->before.rules;
		tx->mail_from = tx->before.mail_from;
		tx->told_rcpts = tx->before.told_rcpts;
		tx->accepted = tx->before.accepted;
		tx->mail_again = false;
	}
	inspect_sender_close(env, tx);
	tx->mail_taken |= taken;
}

void
inspect_sender_close(struct inspect_env *env, struct inspect_tx *tx)
{
	if (tx->mail_again)
		rules_tx_close(env->rules, &tx->before.rules);
	tx->mail_again = false;
}
