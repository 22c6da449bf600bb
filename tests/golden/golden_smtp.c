/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dialogues against their event logs: golden_smtp [--write] FOLDER runs every FOLDER/smtp/x.in and
 * compares with x.ref; --write makes the .ref files (read them before you commit them).
 *
 * Lines of a dialogue:
 *	C: text		the client says text and CRLF
 *	S: text		the server does
 *	C+ raw, S+ raw	bytes without CRLF, joined to what the same side says next to it
 *	C!, S!		the side closes
 *	%name value	a limit: strict, follow, line_max, auth_max, bdat_max, pending_max
 *	#		comment
 * Escapes: \xNN, \r, \n, \0, \\, and \*NUMBER*c for that many times c.
 *
 * Each dialogue is run whole, byte by byte, and with every stream cut in two at every offset; all
 * logs must be the same. PARTIAL events are left out, BODY events that adjoin are joined. Every span
 * lies in a block of its exact size, which is freed as soon as its events were told.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include "smtp.h"
#include "str.h"

enum { STEPS_MAX = 512, LOG_MAX = 1 << 18, SHOWN_MAX = 72 };

/* What one side says before the other does. */
struct step {
	char side; /* 'C', 'S'; lower case: that side closes */
	uint8_t *bytes;
	size_t len;
};

struct dialogue {
	struct smtp_limits limits;
	struct step step[STEPS_MAX];
	size_t count;
};

/* A side's bytes that the parser did not take yet. */
struct queue {
	uint8_t *bytes;
	size_t len;
	uint64_t told; /* offset of the last "wait" logged, plus one */
};

struct run {
	struct smtp_session *session;
	struct queue queue[2];
	struct str log;
	bool broken[2];
	bool in_body; /* the last line of the log is a BODY that can grow */
	uint64_t body_end;
	size_t body_len;
	char body_head[200];
};

static void *
must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static void
step_add(struct dialogue *d, char side, const uint8_t *bytes, size_t len)
{
	struct step *s = d->count > 0 ? &d->step[d->count - 1] : NULL;

	if (s == NULL || s->side != side) {
		if (d->count == STEPS_MAX)
			abort();
		s = &d->step[d->count++];
		s->side = side;
	}
	s->bytes = must(realloc(s->bytes, s->len + len + 1));
	if (len > 0)
		memcpy(s->bytes + s->len, bytes, len);
	s->len += len;
}

/* Undo escapes. Returns the length. */
static size_t
unescape(const char *text, uint8_t *out)
{
	size_t n = 0;

	while (*text != '\0') {
		if (*text != '\\') {
			out[n++] = (uint8_t)*text++;
			continue;
		}
		text++;
		if (*text == 'x') {
			char hex[3] = { text[1], text[2], 0 };

			out[n++] = (uint8_t)strtoul(hex, NULL, 16);
			text += 3;
		} else if (*text == '*') {
			char *end;
			size_t times = strtoul(text + 1, &end, 10);

			memset(out + n, end[1], times);
			n += times;
			text = end + 2;
		} else {
			out[n++] = *text == 'r'	  ? '\r'
				   : *text == 'n' ? '\n'
				   : *text == '0' ? 0
						  : '\\';
			text++;
		}
	}
	return n;
}

static void
limit_read(struct smtp_limits *l, const char *text)
{
	char name[32] = "";
	unsigned value = 1;

	sscanf(text, "%31s %u", name, &value);
	if (strcmp(name, "strict") == 0)
		l->strict = true;
	else if (strcmp(name, "follow") == 0)
		l->follow = true;
	else if (strcmp(name, "line_max") == 0)
		l->line_max = value;
	else if (strcmp(name, "auth_max") == 0)
		l->auth_max = value;
	else if (strcmp(name, "bdat_max") == 0)
		l->bdat_max = value;
	else if (strcmp(name, "pending_max") == 0)
		l->pending_max = (uint16_t)value;
	else
		abort();
}

static bool
dialogue_read(const char *path, struct dialogue *d)
{
	static char line[4096];
	static uint8_t bytes[1 << 18];
	FILE *f = fopen(path, "r");

	memset(d, 0, sizeof(*d));
	if (f == NULL)
		return false;
	while (fgets(line, sizeof(line), f) != NULL) {
		size_t n;

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		if (line[0] == '%') {
			limit_read(&d->limits, line + 1);
			continue;
		}
		if ((line[0] != 'C' && line[0] != 'S') || line[1] == '\0' ||
		    strchr(":+!", line[1]) == NULL) {
			fprintf(stderr, "%s: what is '%s'?\n", path, line);
			fclose(f);
			return false;
		}
		n = line[1] != '!' && line[2] == ' ' ? unescape(line + 3, bytes) : 0;
		if (line[1] == ':') {
			bytes[n++] = '\r';
			bytes[n++] = '\n';
		}
		step_add(d, line[1] == '!' ? (char)(line[0] | 0x20) : line[0], bytes, n);
	}
	fclose(f);
	return d->count > 0;
}

static void
dialogue_free(struct dialogue *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->step[i].bytes);
}

static void
show(struct str *log, const char *name, struct span s)
{
	if (s.ptr == NULL)
		return;
	str_printf(log, " %s=\"", name);
	str_add_escaped(log, span_take(s, SHOWN_MAX));
	str_add(log, "\"");
	if (s.len > SHOWN_MAX)
		str_printf(log, "+%zu", s.len - SHOWN_MAX);
}

static const char *const kinds[] = {
	[SMTP_EV_CONNECT] = "connect",	 [SMTP_EV_PARTIAL] = "partial",
	[SMTP_EV_COMMAND] = "command",	 [SMTP_EV_REPLY_LINE] = "reply line",
	[SMTP_EV_REPLY] = "reply",	 [SMTP_EV_BODY] = "body",
	[SMTP_EV_BODY_END] = "body end", [SMTP_EV_TX_BEGIN] = "begin",
	[SMTP_EV_TX_END] = "end",	 [SMTP_EV_TLS] = "tls",
	[SMTP_EV_ODDITY] = "oddity",
};

static const char *const ends[] = {
	[SMTP_END_REPLY] = "reply", [SMTP_END_RSET] = "rset",	[SMTP_END_TLS] = "tls",
	[SMTP_END_QUIT] = "quit",   [SMTP_END_CLOSE] = "close",
};

/* Bodies are told in pieces that depend on the cut: keep the first bytes and the sum. */
static void
log_body_end(struct run *r)
{
	if (!r->in_body)
		return;
	str_printf(&r->log, "-%llu", (unsigned long long)r->body_end);
	show(&r->log, "bytes",
	     span_of(r->body_head,
		     r->body_len < sizeof(r->body_head) ? r->body_len : sizeof(r->body_head)));
	str_printf(&r->log, " of %zu\n", r->body_len);
	r->in_body = false;
}

static void
log_body(struct run *r, const struct smtp_event *ev)
{
	if (r->in_body && ev->offset != r->body_end)
		log_body_end(r);
	if (!r->in_body) {
		str_printf(&r->log, "C %s%u body %llu", ev->tx_open ? "" : "-", ev->tx,
			   (unsigned long long)ev->offset);
		r->in_body = true;
		r->body_len = 0;
	}
	for (size_t i = 0; i < ev->bytes.len; i++, r->body_len++)
		if (r->body_len < sizeof(r->body_head))
			r->body_head[r->body_len] = (char)ev->bytes.ptr[i];
	r->body_end = ev->end_offset;
}

static void
log_event(struct run *r, enum smtp_dir dir, const struct smtp_event *ev, bool broken)
{
	struct str *log = &r->log;

	if (ev->kind == SMTP_EV_PARTIAL)
		return;
	if (ev->kind == SMTP_EV_BODY) {
		log_body(r, ev);
		return;
	}
	log_body_end(r);
	str_printf(log, "%c %s%u %s", dir == SMTP_CLIENT ? 'C' : 'S', ev->tx_open ? "" : "-",
		   ev->tx, broken ? "BROKEN" : kinds[ev->kind]);
	if (ev->kind == SMTP_EV_ODDITY)
		str_printf(log, " %s", smtp_oddity_name(ev->oddity));
	if (ev->kind == SMTP_EV_TX_END)
		str_printf(log, " %s", ends[ev->end]);
	if (ev->kind == SMTP_EV_COMMAND || ev->kind == SMTP_EV_REPLY_LINE ||
	    ev->kind == SMTP_EV_REPLY)
		str_printf(log, " %s", smtp_verb_name(ev->verb));
	if (ev->code != 0)
		str_printf(log, " %u", ev->code);
	str_printf(log, " %llu-%llu", (unsigned long long)ev->offset,
		   (unsigned long long)ev->end_offset);
	if (ev->mode != SMTP_MODE_COMMAND && !broken)
		str_printf(log, " mode=%s", smtp_mode_name(ev->mode));
	if (ev->size != 0)
		str_printf(log, " size=%llu", (unsigned long long)ev->size);
	str_add(log, ev->last ? " last" : "");
	str_add(log, ev->truncated ? " truncated" : "");
	show(log, "name", ev->name);
	show(log, "arg", ev->arg);
	show(log, "path", ev->path.len > 0 ? ev->path : SPAN_NONE);
	show(log, "params", ev->params.len > 0 ? ev->params : SPAN_NONE);
	show(log, "user", ev->user);
	show(log, "text", ev->text);
	str_add(log, "\n");
}

/* Offer all that is queued for one side. Returns bytes taken. */
static size_t
pump(struct run *r, enum smtp_dir dir)
{
	struct queue *q = &r->queue[dir];
	size_t len = q->len, taken;
	uint8_t *exact = must(malloc(len > 0 ? len : 1));
	struct smtp_event ev;
	uint64_t begin;
	int got;

	if (len > 0)
		memcpy(exact, q->bytes, len);
	smtp_feed(r->session, dir, span_of(exact, len));
	while ((got = smtp_next(r->session, dir, &ev)) == 1)
		log_event(r, dir, &ev, false);
	if (got == -1 && !r->broken[dir]) {
		log_event(r, dir, &ev, true);
		r->broken[dir] = true;
	}
	taken = smtp_consumed(r->session, dir);
	if (taken > len || (got == 0 && taken != len))
		abort();
	smtp_unfinished(r->session, dir, &begin);
	if (got == SMTP_OTHER_SIDE && q->told != begin + 1) {
		q->told = begin + 1;
		log_body_end(r);
		str_printf(&r->log, "%c wait %llu\n", dir == SMTP_CLIENT ? 'C' : 'S',
			   (unsigned long long)begin);
	}
	free(exact);
	q->len -= taken;
	memmove(q->bytes, q->bytes + taken, q->len);
	return taken;
}

/* One side says some bytes. While the client waits, the server's lines are given one by one, and
 * the client is asked after each: else the order of events would depend on the cut. */
static void
say(struct run *r, enum smtp_dir dir, const uint8_t *bytes, size_t len)
{
	struct queue *q = &r->queue[dir], *client = &r->queue[SMTP_CLIENT];

	q->bytes = must(realloc(q->bytes, q->len + len + 1));
	while (len > 0) {
		const uint8_t *lf =
			dir == SMTP_SERVER && client->len > 0 ? memchr(bytes, '\n', len) : NULL;
		size_t n = lf != NULL ? (size_t)(lf - bytes) + 1 : len;

		memcpy(q->bytes + q->len, bytes, n);
		q->len += n;
		bytes += n;
		len -= n;
		pump(r, dir);
		if (dir == SMTP_SERVER && client->len > 0 && !r->broken[SMTP_CLIENT])
			pump(r, SMTP_CLIENT);
	}
}

static void
close_side(struct run *r, enum smtp_dir dir)
{
	struct smtp_event ev;

	smtp_finish(r->session, dir);
	while (smtp_next(r->session, dir, &ev) == 1)
		log_event(r, dir, &ev, false);
}

/* The log of the dialogue, valid until the next run. cut_side's stream is cut at cut_at; 'B' cuts
 * all at every byte. */
static const char *
dialogue_run(const struct dialogue *d, char cut_side, uint64_t cut_at)
{
	static char text[LOG_MAX];
	struct pool *lines = must(pool_create("lines", SMTP_LINE_SEEN, 4, 0));
	void *memory = must(malloc(smtp_session_size()));
	struct run r = { .session = smtp_open(memory, &d->limits, lines) };
	uint64_t at[2] = { 0, 0 };

	str_open(&r.log, text, LOG_MAX);
	for (size_t i = 0; i < d->count; i++) {
		const struct step *s = &d->step[i];
		enum smtp_dir dir = (s->side | 0x20) == 'c' ? SMTP_CLIENT : SMTP_SERVER;
		size_t n = s->len, pos = 0;

		if (s->side & 0x20)
			close_side(&r, dir);
		if (s->side == cut_side && cut_at > at[dir] && cut_at < at[dir] + s->len)
			n = (size_t)(cut_at - at[dir]);
		for (; pos < s->len; pos += n, n = s->len - pos) {
			n = cut_side == 'B' ? 1 : n;
			say(&r, dir, s->bytes + pos, n);
		}
		at[dir] += s->len;
	}
	close_side(&r, SMTP_CLIENT);
	close_side(&r, SMTP_SERVER);
	log_body_end(&r);
	str_printf(&r.log, "transactions %u, mode %s, offers 0x%x\n", smtp_tx_count(r.session),
		   smtp_mode_name(smtp_mode(r.session)), smtp_offers(r.session));
	smtp_close(r.session);
	if (pool_used(lines) != 0 || r.log.cut)
		abort();
	pool_destroy(lines);
	free(memory);
	free(r.queue[0].bytes);
	free(r.queue[1].bytes);
	return text;
}

static char *
file_read(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = must(calloc(1, LOG_MAX));

	if (f != NULL) {
		if (fread(text, 1, LOG_MAX - 1, f) == 0)
			text[0] = '\0';
		fclose(f);
	}
	return text;
}

/* Show the first line where they part. */
static bool
same(const char *path, const char *how, uint64_t at, const char *want, const char *have)
{
	size_t i = 0, begin = 0;

	if (strcmp(want, have) == 0)
		return true;
	for (; want[i] == have[i]; i++)
		if (want[i] == '\n')
			begin = i + 1;
	printf("%s: %s %llu differs:\n\twant %.*s\n\thave %.*s\n", path, how,
	       (unsigned long long)at, (int)strcspn(want + begin, "\n"), want + begin,
	       (int)strcspn(have + begin, "\n"), have + begin);
	return false;
}

/* All that one side says. Returns the length. */
static size_t
stream_of(const struct dialogue *d, char side, uint8_t **stream)
{
	size_t len = 0;

	*stream = NULL;
	for (size_t i = 0; i < d->count; i++) {
		const struct step *s = &d->step[i];

		if (s->side != side)
			continue;
		*stream = must(realloc(*stream, len + s->len + 1));
		memcpy(*stream + len, s->bytes, s->len);
		len += s->len;
	}
	return len;
}

/* Deep within a run of one byte one cut is as good as the next: try every 512th. */
static bool
worth_a_cut(const uint8_t *stream, size_t len, size_t at)
{
	enum { NEAR = 8 };

	if (at % 512 == 0 || at < NEAR || at + NEAR > len)
		return true;
	for (size_t i = at - NEAR; i < at + NEAR; i++)
		if (stream[i] != stream[at])
			return true;
	return false;
}

static bool
every_cut(const char *path, const struct dialogue *d, const char *want)
{
	bool ok = same(path, "byte by byte", 0, want, dialogue_run(d, 'B', 0));

	for (int side = 0; side < 2; side++) {
		uint8_t *stream;
		size_t len = stream_of(d, side == 0 ? 'C' : 'S', &stream);

		for (size_t at = 1; ok && at < len; at++) {
			if (!worth_a_cut(stream, len, at))
				continue;
			ok = same(path, side == 0 ? "cut in client at" : "cut in server at", at,
				  want, dialogue_run(d, side == 0 ? 'C' : 'S', at));
		}
		free(stream);
	}
	return ok;
}

static bool
check(const char *folder, const char *name, bool write)
{
	char path[4400], ref[4400];
	static struct dialogue d;
	const char *have;
	char *want;
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(ref, sizeof(ref), "%s/%.*s.ref", folder, (int)(strlen(name) - 3), name);
	if (!dialogue_read(path, &d)) {
		printf("%s: cannot be read\n", path);
		return false;
	}
	have = dialogue_run(&d, 0, 0);
	if (write && (f = fopen(ref, "w")) != NULL) {
		fputs(have, f);
		fclose(f);
	}
	want = file_read(ref);
	ok = same(path, "whole", 0, want, have) && every_cut(path, &d, want);
	free(want);
	dialogue_free(&d);
	return ok;
}

int
main(int argc, char **argv)
{
	bool write = argc > 2 && strcmp(argv[1], "--write") == 0;
	int count = 0, failed = 0;
	struct dirent *entry;
	char folder[4000];
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/smtp", argc > 1 ? argv[argc - 1] : ".");
	dir = opendir(folder);
	if (dir == NULL) {
		fprintf(stderr, "%s: no dialogues there\n", folder);
		return 1;
	}
	while ((entry = readdir(dir)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n < 4 || strcmp(entry->d_name + n - 3, ".in") != 0)
			continue;
		count++;
		failed += !check(folder, entry->d_name, write);
	}
	closedir(dir);
	printf("%d dialogues, %d failed\n", count, failed);
	return count == 0 || failed > 0;
}
