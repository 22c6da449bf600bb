/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both sides of an SMTP session from fuzzed bytes. Input: one byte of settings, then records: a
 * byte with the side (bit 7: server) and the length (bits 0 to 6), then as many bytes.
 *
 * The session is run with the records whole, and again with each in pieces of odd sizes: all events
 * must be the same (PARTIAL apart, and BODY by its bytes). In each run: never more is taken than
 * was given, 0 means that all was, offsets never go back nor beyond what was given, and events are
 * bounded by bytes.
 */
#include <stdlib.h>
#include "smtp.h"

struct side {
	uint8_t *bytes; /* given, not yet taken */
	size_t len;
	uint64_t offset; /* of bytes[0] */
	uint64_t last;	 /* end of the last event */
	bool broken;
};

struct run {
	struct smtp_session *session;
	struct side side[2];
	uint64_t digest;
	uint64_t events, given;
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
mix(struct run *r, uint64_t value)
{
	r->digest = (r->digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	r->digest ^= r->digest >> 29;
}

static void
mix_span(struct run *r, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		mix(r, s.ptr[i]);
}

static void
check_event(struct run *r, enum smtp_dir dir, const struct smtp_event *ev)
{
	struct side *d = &r->side[dir];

	r->events++;
	must(ev->offset <= ev->end_offset);
	must(ev->end_offset <= d->offset + d->len);
	must(ev->kind != SMTP_EV_TX_END || ev->tx < smtp_tx_count(r->session));
	must(ev->line.len <= SMTP_LINE_SEEN);
	if (ev->kind == SMTP_EV_COMMAND || ev->kind == SMTP_EV_REPLY ||
	    ev->kind == SMTP_EV_REPLY_LINE || ev->kind == SMTP_EV_BODY ||
	    ev->kind == SMTP_EV_BODY_END) {
		must(ev->offset == d->last || ev->mode == SMTP_MODE_TLS);
		d->last = ev->end_offset;
	}
}

static void
take_event(struct run *r, enum smtp_dir dir, const struct smtp_event *ev)
{
	check_event(r, dir, ev);
	if (ev->kind == SMTP_EV_PARTIAL)
		return;
	if (ev->kind == SMTP_EV_BODY) {
		mix_span(r, ev->bytes);
		return;
	}
	mix(r, (uint64_t)dir << 32 | (uint64_t)ev->kind << 24 | (uint64_t)ev->verb << 16 |
		       (uint64_t)ev->oddity << 8 | (uint64_t)ev->end);
	mix(r, ev->offset);
	mix(r, ev->end_offset);
	mix(r, ev->size);
	mix(r, (uint64_t)ev->tx << 32 | ev->code);
	mix(r, ((unsigned)ev->mode << 4) | (ev->tx_open << 2) | (ev->last << 1) | ev->truncated);
	mix_span(r, ev->line);
	mix_span(r, ev->name);
	mix_span(r, ev->arg);
	mix_span(r, ev->path);
	mix_span(r, ev->params);
	mix_span(r, ev->user);
	mix_span(r, ev->text);
}

static void
pump(struct run *r, enum smtp_dir dir)
{
	struct side *d = &r->side[dir];
	uint8_t *exact = malloc(d->len > 0 ? d->len : 1);
	struct smtp_event ev;
	size_t taken;
	int got;

	must(exact != NULL);
	memcpy(exact, d->bytes, d->len);
	smtp_feed(r->session, dir, span_of(exact, d->len));
	while ((got = smtp_next(r->session, dir, &ev)) == 1)
		take_event(r, dir, &ev);
	must(got == 0 || got == -1 || got == SMTP_OTHER_SIDE);
	if (got == -1 && !d->broken) {
		d->broken = true;
		take_event(r, dir, &ev);
	}
	taken = smtp_consumed(r->session, dir);
	must(taken <= d->len && (got != 0 || taken == d->len));
	free(exact);
	d->offset += taken;
	d->len -= taken;
	memmove(d->bytes, d->bytes + taken, d->len);
}

/* As a proxy does: while the client waits it is asked again after each line of the server. */
static void
say(struct run *r, enum smtp_dir dir, const uint8_t *bytes, size_t len)
{
	struct side *d = &r->side[dir], *client = &r->side[SMTP_CLIENT];

	r->given += len;
	while (len > 0) {
		const uint8_t *lf =
			dir == SMTP_SERVER && client->len > 0 ? memchr(bytes, '\n', len) : NULL;
		size_t n = lf != NULL ? (size_t)(lf - bytes) + 1 : len;

		memcpy(d->bytes + d->len, bytes, n);
		d->len += n;
		bytes += n;
		len -= n;
		pump(r, dir);
		if (dir == SMTP_SERVER && client->len > 0)
			pump(r, SMTP_CLIENT);
	}
}

static uint64_t
session_run(const uint8_t *data, size_t size, uint32_t pieces)
{
	static const char *const verbs[] = { "MAIL", "RCPT", "XDATA", NULL };
	static const struct smtp_verb_limit own[] = { { "RCPT", 20 }, { NULL, 0 } };
	static const struct smtp_normal normal = {
		.command_max = 30, .reply_max = 30, .auth_max = 20, .verb_max = own, .valid = verbs,
		.invalid = verbs, .data_verbs = verbs + 2, .xlink2state = true, .history = true,
	};
	struct smtp_limits limits = { .strict = (data[0] & 3) == 3,
				      .follow = (data[0] & 4) != 0,
				      .line_max = data[0] & 8 ? 100 : 0,
				      .normal = data[0] & 16 ? &normal : NULL };
	struct pool *lines = pool_create("lines", SMTP_LINE_SEEN, 4, 0);
	void *memory = malloc(smtp_session_size());
	struct run r = { .session = smtp_open(memory, &limits, lines) };
	struct smtp_event ev;

	for (int dir = 0; dir < 2; dir++)
		must((r.side[dir].bytes = malloc(size)) != NULL);
	for (size_t i = 1; i < size;) {
		enum smtp_dir dir = data[i] & 0x80 ? SMTP_SERVER : SMTP_CLIENT;
		size_t len = data[i] & 0x7f;

		i++;
		len = len < size - i ? len : size - i;
		while (len > 0) {
			size_t n = len;

			if (pieces != 0) {
				pieces = pieces * 1664525 + 1013904223;
				n = 1 + (pieces >> 28) % (len < 9 ? len : 9);
			}
			say(&r, dir, data + i, n);
			i += n;
			len -= n;
		}
	}
	for (int dir = 0; dir < 2; dir++) {
		smtp_finish(r.session, dir);
		while (smtp_next(r.session, dir, &ev) == 1)
			take_event(&r, dir, &ev);
	}
	must(r.events <= 8 * r.given + 8 * size + 16);
	smtp_close(r.session);
	must(pool_used(lines) == 0);
	pool_destroy(lines);
	free(r.side[0].bytes);
	free(r.side[1].bytes);
	free(memory);
	return r.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t whole;

	if (size < 2 || size > 65536)
		return 0;
	whole = session_run(data, size, 0);
	must(session_run(data, size, 1) == whole);
	must(session_run(data, size, 77) == whole);
	return 0;
}
