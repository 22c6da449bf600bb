/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rates: how often a rule has matched for one address, sender, recipient, ..., within a window that
 * begins with the first match. In: a rule whose other conditions hold; out: whether it fires, and
 * whether an alert is due. One table a worker, of fixed size (rules_table.c).
 *
 * detection_filter and rate: the rule fires for each match behind the first N in S seconds, so its
 * verdict is gated, too. type limit: alerts for the first N. type threshold and both gate the verdict
 * of a firewall rule (it fires from the Nth match of a window on); a detection rule's alert is due at
 * each Nth (threshold), at the Nth only (both), or at the Nth and each time that the count has grown
 * by the multiplier (backoff, without a window).
 */
#include "rules_set.h"

#define US 1000000u
#define BACKOFF_S (24 * 3600u)

/* What the count of matches in the window means. False: the rule does not fire (yet). */
static bool
verdict(const struct set_rule *sr, uint32_t count, bool *alert)
{
	const struct rules_threshold *t = &sr->rule->threshold;
	uint64_t next = t->count;

	switch (t->kind) {
	case RULES_TH_FILTER:
		return count > t->count;
	case RULES_TH_LIMIT:
		*alert = count <= t->count;
		return true;
	case RULES_TH_BACKOFF:
		while (next < count)
			next *= t->multiplier;
		*alert = next == count;
		return true;
	case RULES_TH_THRESHOLD:
		*alert = t->count == 0 || count % t->count == 0;
		break;
	default:
		*alert = count == t->count;
		break;
	}
	return sr->rule->pub.hook == RULES_HOOK_DETECT || count >= t->count;
}

enum rules_field
rules_rate_field(enum rules_rate_track track)
{
	switch (track) {
	case RULES_BY_SENDER:
	case RULES_BY_SENDER_DOMAIN:
		return RULES_MAIL_FROM;
	case RULES_BY_RCPT:
		return RULES_RCPT_TO;
	case RULES_BY_AUTH_USER:
		return RULES_AUTH_USER;
	case RULES_BY_HELO:
		return RULES_HELO;
	default:
		return RULES_FIELDS;
	}
}

/* "<Joe@Example.org>" and "<joe@example.org>" count together. */
static bool
key_text(const struct rules_judge *j, enum rules_rate_track track, struct rules_table_key *key)
{
	enum rules_field f = rules_rate_field(track);
	uint8_t lower[RULES_RATE_TEXT];
	struct span text;

	if (j->values == NULL || (j->values->present & UINT64_C(1) << f) == 0)
		return false;
	text = j->values->buf[f];
	if (track == RULES_BY_SENDER_DOMAIN) {
		size_t at = text.len;

		while (at > 0 && text.ptr[at - 1] != '@')
			at--;
		text = span_skip(text, at);
	}
	text = span_take(text, sizeof(lower));
	for (size_t i = 0; i < text.len; i++)
		lower[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] | 0x20 : text.ptr[i];
	rules_table_digest(j->w->table, span_of(lower, text.len), key->addr[0]);
	return true;
}

/* The /24 of an IPv4 address, the /64 of an IPv6 address. */
static void
key_net(const uint8_t src[16], struct rules_table_key *key)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(key->addr[0], src, memcmp(src, v4, sizeof(v4)) == 0 ? 15 : 8);
}

/* False: this event has nothing to count by. */
static bool
rate_key(const struct rules_judge *j, const struct set_rule *sr, struct rules_table_key *key)
{
	enum rules_rate_track track = sr->rule->threshold.track;
	const struct rules_packet *p = j->packet;

	*key = (struct rules_table_key){ .kind = RULES_TABLE_RATE | track << 8,
					 .id = sr->rule->pub.index };
	switch (track) {
	case RULES_BY_RULE:
		return true;
	case RULES_BY_SRC:
		memcpy(key->addr[0], p->src, 16);
		return true;
	case RULES_BY_DST:
		memcpy(key->addr[0], p->dst, 16);
		return true;
	case RULES_BY_BOTH:
		rules_key_pair(p, key);
		return true;
	case RULES_BY_FLOW:
		memcpy(key->addr[0], j->to_server ? p->src : p->dst, 16);
		memcpy(key->addr[1], j->to_server ? p->dst : p->src, 16);
		key->port[0] = j->to_server ? p->sport : p->dport;
		key->port[1] = j->to_server ? p->dport : p->sport;
		return true;
	case RULES_BY_NET24:
		key_net(p->src, key);
		return true;
	default:
		return key_text(j, track, key);
	}
}

/* How much this match counts. */
static uint32_t
amount(const struct rules_judge *j, const struct rules_threshold *t)
{
	int64_t n = t->bytes && j->values != NULL ? j->values->num[RULES_BODY_SIZE] : 1;

	return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static uint32_t
add(uint32_t count, uint32_t more)
{
	return count > UINT32_MAX - more ? UINT32_MAX : count + more;
}

bool
rules_rate_holds(struct rules_judge *j, const struct set_rule *sr, bool *alert)
{
	const struct rules_threshold *t = &sr->rule->threshold;
	uint64_t seconds = t->kind == RULES_TH_BACKOFF ? BACKOFF_S : t->seconds;
	struct rules_table_key key;
	struct rules_entry *e;

	*alert = true;
	if (t->kind == RULES_TH_NONE)
		return true;
	if (!rate_key(j, sr, &key))
		return false;
	e = rules_table_find(j->w->table, &key, j->now_us);
	if (e == NULL)
		e = rules_table_add(j->w->table, &key, j->now_us, j->now_us + seconds * US);
	e->count = add(e->count, amount(j, t));
	return verdict(sr, e->count, alert);
}

bool
rules_rate_would(struct rules_judge *j, const struct set_rule *sr, uint32_t *count)
{
	const struct rules_threshold *t = &sr->rule->threshold;
	struct rules_table_key key;
	struct rules_entry *e;
	bool alert;

	*count = 0;
	if (t->kind == RULES_TH_NONE)
		return true;
	if (!rate_key(j, sr, &key))
		return false;
	e = rules_table_find(j->w->table, &key, j->now_us);
	*count = add(e == NULL ? 0 : e->count, amount(j, t));
	return verdict(sr, *count, &alert);
}
