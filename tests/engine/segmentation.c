/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The same bytes, however cut, give the same events and the same forwarded bytes.
 *
 *	segmentation --rules FILE CAPTURE...
 *
 * Every TCP connection of a capture is put in order and said again through an engine: in one piece,
 * byte by byte, in random pieces, and in random pieces that are swapped and doubled. Drop records
 * are left out of the comparison: they are one a frame, and frames are what differs. Events are
 * compared sorted: two rules that match in one piece of a body fire in the rules' order, in two
 * pieces in the body's.
 */
#include <glob.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define CONNS 4096
#define WINDOW 4 /* pieces that may be swapped among each other */

struct said { /* consecutive bytes of one side, or its FIN */
	enum wire_side from;
	bool fin;
	uint8_t *ptr;
	size_t len;
	struct said *next;
};

struct late { /* a segment that came before its turn */
	uint32_t seq;
	struct span bytes;
	struct late *next;
};

struct talk {
	struct net_addr client, server;
	uint16_t client_port, server_port;
	uint32_t next[2];
	bool known[2], over[2];
	struct said *first, *last;
	struct late *late[2];
	size_t bytes;
};

enum mode { WHOLE, SINGLE, RANDOM, MIXED, MODES };
static const char *const mode_name[] = { "whole", "single bytes", "random", "swapped and doubled" };

static struct talk *talks[CONNS];
static size_t talk_count;

static bool
same(const struct net_addr *a, uint16_t ap, const struct net_addr *b, uint16_t bp)
{
	return ap == bp && memcmp(a, b, sizeof(*a)) == 0;
}

/* The latest connection of these two, and who of them speaks. */
static struct talk *
talk_of(const struct pkt *p, enum wire_side *from)
{
	bool syn = (p->flags & (NET_SYN | NET_ACK)) == NET_SYN;

	for (size_t i = talk_count; i-- > 0 && !syn;) {
		struct talk *t = talks[i];

		*from = WIRE_CLIENT;
		if (same(&t->client, t->client_port, &p->src, p->sport) &&
		    same(&t->server, t->server_port, &p->dst, p->dport))
			return t;
		*from = WIRE_SERVER;
		if (same(&t->client, t->client_port, &p->dst, p->dport) &&
		    same(&t->server, t->server_port, &p->src, p->sport))
			return t;
	}
	*from = WIRE_CLIENT;
	if (!syn || talk_count == CONNS)
		return NULL;
	talks[talk_count] = calloc(1, sizeof(struct talk));
	talks[talk_count]->client = p->src;
	talks[talk_count]->server = p->dst;
	talks[talk_count]->client_port = p->sport;
	talks[talk_count]->server_port = p->dport;
	return talks[talk_count++];
}

static struct said *
append(struct talk *t, enum wire_side from, bool fin)
{
	struct said *s = t->last;

	if (!fin && s != NULL && s->from == from && !s->fin)
		return s;
	s = calloc(1, sizeof(*s));
	s->from = from;
	s->fin = fin;
	if (t->last != NULL)
		t->last->next = s;
	else
		t->first = s;
	t->last = s;
	return s;
}

/* Takes what is next in order. */
static bool
take(struct talk *t, enum wire_side from, uint32_t seq, struct span bytes)
{
	uint32_t skip = t->next[from] - seq;
	struct said *s;

	if ((int32_t)skip < 0)
		return false;
	bytes = span_skip(bytes, skip);
	if (bytes.len == 0)
		return true;
	s = append(t, from, false);
	s->ptr = realloc(s->ptr, s->len + bytes.len);
	memcpy(s->ptr + s->len, bytes.ptr, bytes.len);
	s->len += bytes.len;
	t->bytes += bytes.len;
	t->next[from] += (uint32_t)bytes.len;
	return true;
}

static void
keep_late(struct talk *t, enum wire_side from, uint32_t seq, struct span bytes)
{
	struct late *l = calloc(1, sizeof(*l));
	uint8_t *copy = malloc(bytes.len);

	memcpy(copy, bytes.ptr, bytes.len);
	l->seq = seq;
	l->bytes = span_of(copy, bytes.len);
	l->next = t->late[from];
	t->late[from] = l;
}

static void
take_late(struct talk *t, enum wire_side from)
{
	for (struct late **l = &t->late[from]; *l != NULL;) {
		struct late *one = *l;

		if (!take(t, from, one->seq, one->bytes)) {
			l = &one->next;
			continue;
		}
		*l = one->next;
		free((void *)(uintptr_t)one->bytes.ptr);
		free(one);
		l = &t->late[from];
	}
}

static void
add_frame(const struct pkt *p)
{
	enum wire_side from;
	struct talk *t = talk_of(p, &from);
	struct span bytes = pkt_payload(p);

	if (t == NULL || (p->flags & NET_RST))
		return;
	if (p->flags & NET_SYN) {
		t->next[from] = p->seq + 1;
		t->known[from] = true;
		return;
	}
	if (!t->known[from] || t->over[from])
		return;
	if (bytes.len > 0 && !take(t, from, p->seq, bytes))
		keep_late(t, from, p->seq, bytes);
	take_late(t, from);
	if ((p->flags & NET_FIN) && t->next[from] == p->seq + p->payload_len) {
		append(t, from, true);
		t->over[from] = true;
	}
}

static bool
read_capture(const char *path)
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, text);
	struct pcap_pkthdr *head;
	const u_char *data;
	enum net_link link = NET_LINK_ETHER;

	if (pcap == NULL) {
		fprintf(stderr, "%s: %s\n", path, text);
		return false;
	}
	switch (pcap_datalink(pcap)) {
	case DLT_NULL:
	case DLT_LOOP:
		link = NET_LINK_NULL;
		break;
	case DLT_RAW:
		link = NET_LINK_RAW;
		break;
	case DLT_LINUX_SLL:
		link = NET_LINK_COOKED;
		break;
	}
	while (pcap_next_ex(pcap, &head, &data) == 1) {
		uint8_t *copy = malloc(head->caplen + 1);
		struct pkt p = { .data = copy, .len = head->caplen, .link = link };

		memcpy(copy, data, head->caplen);
		if (net_decode(&p, 0) == NET_TCP)
			add_frame(&p);
		free(copy);
	}
	pcap_close(pcap);
	return true;
}

static void
forget_talks(void)
{
	for (size_t i = 0; i < talk_count; i++) {
		for (struct said *s = talks[i]->first, *next; s != NULL; s = next) {
			next = s->next;
			free(s->ptr);
			free(s);
		}
		for (int side = 0; side < 2; side++)
			for (struct late *l = talks[i]->late[side], *next; l != NULL; l = next) {
				next = l->next;
				free((void *)(uintptr_t)l->bytes.ptr);
				free(l);
			}
		free(talks[i]);
	}
	talk_count = 0;
}

static unsigned random_state;

static unsigned
draw(unsigned below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

static size_t
piece(enum mode mode, size_t left)
{
	size_t n = mode == WHOLE ? 60000 : mode == SINGLE ? 1 : 1 + draw(draw(4) == 0 ? 1460 : 40);

	return n < left ? n : left;
}

/* Cut into pieces; in mode MIXED neighbours change places and some come twice. */
static void
say(struct wire *w, const struct said *s, enum mode mode)
{
	size_t window = mode == MIXED ? WINDOW : 1, at = 0;

	while (at < s->len) {
		size_t base = at, off[WINDOW], len[WINDOW], n = 0;

		for (; n < window && at < s->len; at += len[n++]) {
			off[n] = at;
			len[n] = piece(mode, s->len - at);
		}
		for (size_t i = n; i > 1; i--) {
			size_t j = draw((unsigned)i), o = off[j], l = len[j];

			off[j] = off[i - 1], len[j] = len[i - 1];
			off[i - 1] = o, len[i - 1] = l;
		}
		for (size_t i = 0; i < n; i++)
			for (unsigned times = mode == MIXED && draw(5) == 0 ? 2 : 1; times > 0; times--)
				wire_at(w, s->from, (int32_t)(off[i] - base), s->ptr + off[i],
					len[i]);
		wire_advance(w, s->from, (uint32_t)(at - base));
	}
}

/* What a capture gave in one mode. */
struct outcome {
	struct wire_bytes bytes; /* forwarded, all connections, both sides */
	char **event;
	size_t events;
};

static void
add(struct wire_bytes *b, const void *ptr, size_t len)
{
	b->ptr = realloc(b->ptr, b->len + len + 1);
	if (len > 0)
		memcpy(b->ptr + b->len, ptr, len);
	b->len += len;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
replay(const char *rules, enum mode mode, bool capture, struct outcome *o)
{
	struct wire_settings set = { .rules = rules, .capture = capture,
				     .isn = { 0xfffffff0u, 0xffffff00u } };
	struct wire w;

	random_state = 7;
	memset(o, 0, sizeof(*o));
	if (!wire_open(&w, &set))
		return false;
	for (size_t i = 0; i < talk_count; i++) {
		w.server_port = talks[i]->server_port;
		w.client_port = (uint16_t)(20000 + i);
		wire_connect(&w);
		for (const struct said *s = talks[i]->first; s != NULL; s = s->next) {
			if (s->fin)
				wire_fin(&w, s->from);
			else
				say(&w, s, mode);
		}
		for (int side = 0; side < 2; side++) {
			add(&o->bytes, "|", 1);
			add(&o->bytes, w.got[side].ptr, w.got[side].len);
		}
	}
	wire_drain(&w);
	o->event = calloc(w.events + 1, sizeof(char *));
	for (size_t i = 0; i < w.events; i++)
		if (strstr(w.event[i], "\"event_type\":\"drop\"") == NULL)
			o->event[o->events++] = strdup(w.event[i]);
	qsort(o->event, o->events, sizeof(char *), by_text);
	return wire_close(&w);
}

static void
forget(struct outcome *o)
{
	for (size_t i = 0; i < o->events; i++)
		free(o->event[i]);
	free(o->event);
	free(o->bytes.ptr);
}

static bool
differs(const char *path, enum mode mode, const struct outcome *a, const struct outcome *b)
{
	if (a->bytes.len != b->bytes.len || memcmp(a->bytes.ptr, b->bytes.ptr, a->bytes.len) != 0) {
		printf("%s, %s: %zu bytes forwarded instead of %zu, or others\n", path,
		       mode_name[mode], b->bytes.len, a->bytes.len);
		return true;
	}
	for (size_t i = 0; i < a->events || i < b->events; i++) {
		const char *x = i < a->events ? a->event[i] : "(none)";
		const char *y = i < b->events ? b->event[i] : "(none)";

		if (strcmp(x, y) != 0) {
			printf("%s, %s, event %zu:\n  whole: %s\n  cut:   %s\n", path, mode_name[mode],
			       i, x, y);
			return true;
		}
	}
	return false;
}

static size_t total_events, total_bytes;

/* 0 the same in all modes, else how many modes differ. */
static int
one_capture(const char *path, const char *rules, bool capture)
{
	struct outcome whole, other;
	int wrong = 0;

	if (!replay(rules, WHOLE, capture, &whole)) {
		printf("%s: cannot be run\n", path);
		return 1;
	}
	total_events += whole.events;
	total_bytes += whole.bytes.len;
	for (enum mode m = SINGLE; m < MODES; m++) {
		if (!replay(rules, m, capture, &other)) {
			printf("%s, %s: a frame was lost\n", path, mode_name[m]);
			wrong++;
		}
		wrong += differs(path, m, &whole, &other);
		forget(&other);
	}
	forget(&whole);
	return wrong;
}

static char *
read_text(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (f == NULL || fread(text, 1, (1 << 20) - 1, f) == 0) {
		fprintf(stderr, "%s: cannot read\n", path);
		exit(2);
	}
	fclose(f);
	return text;
}

int
main(int argc, char **argv)
{
	char *rules = NULL;
	int wrong = 0, files = 0, i = 1;
	glob_t found;

	if (argc > 2 && strcmp(argv[1], "--rules") == 0) {
		rules = read_text(argv[2]);
		i = 3;
	}
	for (; i < argc; i++) {
		if (glob(argv[i], 0, NULL, &found) != 0)
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++) {
			if (!read_capture(found.gl_pathv[k])) {
				wrong++;
				continue;
			}
			files++;
			wrong += one_capture(found.gl_pathv[k], rules, false);
			wrong += one_capture(found.gl_pathv[k], rules, true);
			forget_talks();
		}
		globfree(&found);
	}
	free(rules);
	printf("%d captures, %zu events, %zu bytes, 4 ways each, in line and as a record: %d differ\n", files,
	       total_events, total_bytes, wrong);
	if (files == 0)
		return 77;
	return wrong != 0 || total_events == 0;
}
