/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transactions, and the queue of commands that await replies. In: what client and server said; out:
 * which transaction a command or reply belongs to, and when one ends. Emits nothing itself: the end
 * is left due in the session.
 *
 * The queue is a ring of bytes: the verb, and whether the command belongs to a transaction and
 * opened it. A reply's transaction is found by counting the openings that left the queue. At most
 * two transactions are open: the newest, and one before it whose last reply is to come.
 */
#include "smtp_internal.h"

static uint8_t *
await_ring(struct smtp_session *s, unsigned *size)
{
	*size = s->await_more != NULL ? SMTP_PENDING_CAP : SMTP_PENDING_OWN;
	return s->await_more != NULL ? s->await_more : s->await_own;
}

/* The own ring is full: go on in a buffer of the pool. */
static bool
await_grow(struct smtp_session *s)
{
	uint8_t *more = pool_get(s->lines);

	if (more == NULL)
		return false;
	for (unsigned i = 0; i < s->await_count; i++)
		more[i] = s->await_own[(s->await_first + i) % SMTP_PENDING_OWN];
	s->await_more = more;
	s->await_first = 0;
	return true;
}

bool
smtp_await_full(const struct smtp_session *s)
{
	return s->await_count >= s->limits.pending_max;
}

bool
smtp_await_room(struct smtp_session *s)
{
	if (smtp_await_full(s))
		return false;
	return s->await_more != NULL || s->await_count < SMTP_PENDING_OWN || await_grow(s);
}

/* bits: verb and SMTP_AWAIT_*. False at the limit, or when the pool is empty. */
bool
smtp_await_push(struct smtp_session *s, unsigned bits)
{
	unsigned size;
	uint8_t *ring;

	if (!smtp_await_room(s))
		return false;
	ring = await_ring(s, &size);
	ring[(s->await_first + s->await_count) % size] = (uint8_t)bits;
	s->await_count++;
	return true;
}

static unsigned
head_bits(const struct smtp_session *s)
{
	const uint8_t *ring = s->await_more != NULL ? s->await_more : s->await_own;

	return s->await_count > 0 ? ring[s->await_first] : SMTP_VERBS;
}

enum smtp_verb
smtp_await_head(const struct smtp_session *s)
{
	return (enum smtp_verb)(head_bits(s) & SMTP_AWAIT_VERB);
}

bool
smtp_await_has(const struct smtp_session *s, unsigned bit)
{
	return (head_bits(s) & bit) != 0;
}

/* The oldest awaited reply came: its bits. The caller saw that there is one. */
unsigned
smtp_await_pop(struct smtp_session *s)
{
	unsigned size, bits;
	uint8_t *ring = await_ring(s, &size);

	bits = ring[s->await_first];
	s->await_first = (uint16_t)((s->await_first + 1) % size);
	s->await_count--;
	if (bits & SMTP_AWAIT_BEGIN)
		s->reply_tx++;
	if (s->await_count == 0) {
		smtp_await_close(s);
		s->lock = SMTP_VERBS;
		s->wait_told = false;
	}
	return bits;
}

/* Forget all, and give the buffer back. */
void
smtp_await_close(struct smtp_session *s)
{
	pool_put(s->lines, s->await_more);
	s->await_more = NULL;
	s->await_first = 0;
	s->await_count = 0;
}

bool
smtp_verb_is_mail(enum smtp_verb v)
{
	return v == SMTP_MAIL || v == SMTP_SEND || v == SMTP_SOML || v == SMTP_SAML;
}

/* Does this command open a transaction? */
bool
smtp_tx_opens(const struct smtp_session *s, enum smtp_verb v)
{
	bool envelope = smtp_verb_is_mail(v) || v == SMTP_RCPT || v == SMTP_DATA ||
			v == SMTP_BDAT || v == SMTP_BURL;

	if (envelope)
		return !s->cur_open || s->tx_sent || s->tx_reset;
	return s->tx_count == 0;
}

bool
smtp_tx_here(const struct smtp_session *s)
{
	return s->cur_open && !s->tx_sent;
}

bool
smtp_tx_is_open(const struct smtp_session *s, uint32_t begun)
{
	return (begun == s->tx_count && s->cur_open) || (begun + 1 == s->tx_count && s->prev_open);
}

/* The caller saw to it that no two are open. */
void
smtp_tx_begin(struct smtp_session *s)
{
	s->prev_open = s->cur_open;
	s->cur_open = true;
	s->tx_count++;
	s->tx_mail = SMTP_SAID_NOTHING;
	s->tx_helo = SMTP_SAID_NOTHING;
	s->rcpt_wait = 0;
	s->rcpt_yes = 0;
	s->tx_sent = false;
	s->tx_reset = false;
	s->tx_data = false;
	s->tx_bdat = false;
	s->takes_chunks = false;
	s->tx_utf8 = false;
	s->tx_binary = false;
}

/* The end is told at the next smtp_next. Nothing happens when it is not open (any more). */
void
smtp_tx_end(struct smtp_session *s, uint32_t begun, enum smtp_end how, unsigned code)
{
	if (!smtp_tx_is_open(s, begun))
		return;
	if (begun == s->tx_count)
		s->cur_open = false;
	else
		s->prev_open = false;
	s->due_end = (uint8_t)(how + 1);
	s->due_tx = begun;
	s->due_code = (uint16_t)code;
}
