/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mailbox of one letter a worker: the management core asks, the worker answers between two turns.
 * Nothing of an engine is ever read from another thread; who wants to look inside comes this way.
 */
#include <errno.h>
#include <time.h>

#include "dp_internal.h"

#define DP_MAIL_WAIT_US 2000000
#define DP_MAIL_NAP_NS 50000

enum dp_mail_state { DP_MAIL_NONE, DP_MAIL_POSTED, DP_MAIL_TAKEN, DP_MAIL_DONE };

/* Worker's side. */
void
dp_mail_answer(struct dp_worker *w)
{
	struct dp_mail *mail = &w->mail;
	int posted = DP_MAIL_POSTED;

	if (__atomic_load_n(&mail->state, __ATOMIC_RELAXED) != DP_MAIL_POSTED)
		return;
	if (!__atomic_compare_exchange_n(&mail->state, &posted, DP_MAIL_TAKEN, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	mail->fn(w->engine, mail->arg);
	__atomic_store_n(&mail->state, DP_MAIL_DONE, __ATOMIC_RELEASE);
}

/* Take a letter back that nobody has taken. False: it is being answered, or was. */
static bool
dp_mail_withdraw(struct dp_mail *mail)
{
	int posted = DP_MAIL_POSTED;

	return __atomic_compare_exchange_n(&mail->state, &posted, DP_MAIL_NONE, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Management's side. A worker that ended is asked no more: its engine is at rest, the answer is
 * made here. */
int
dp_ask(struct dp *dp, unsigned worker, void (*fn)(struct engine *e, void *arg), void *arg)
{
	struct dp_worker *w = dp->worker[worker];
	struct timespec nap = { .tv_nsec = DP_MAIL_NAP_NS };
	uint64_t until = dp_clock_us() + DP_MAIL_WAIT_US;
	bool rests;

	w->mail.fn = fn;
	w->mail.arg = arg;
	__atomic_store_n(&w->mail.state, DP_MAIL_POSTED, __ATOMIC_RELEASE);
	for (;;) {
		if (__atomic_load_n(&w->mail.state, __ATOMIC_ACQUIRE) == DP_MAIL_DONE)
			return 0;
		rests = __atomic_load_n(&w->state, __ATOMIC_ACQUIRE) == DP_ENDED || !dp->started;
		if (rests && dp_mail_withdraw(&w->mail)) {
			fn(w->engine, arg);
			return 0;
		}
		if (dp_clock_us() > until && dp_mail_withdraw(&w->mail))
			return -ETIMEDOUT;
		nanosleep(&nap, NULL);
	}
}
