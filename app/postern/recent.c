/* SPDX-License-Identifier: BSD-3-Clause */
/* See recent.h. A record is kept without the rest of its room: some hundred bytes of 14 KiB. */
#include "recent.h"

#include <stdlib.h>
#include <string.h>

struct kept {
	uint64_t flow_id;
	uint32_t times, sid;
	uint8_t type;
	char *bytes; /* the fixed part, texts, room; NULL: none */
};

struct recent {
	struct kept kept[RECENT_KEPT];
	size_t next;
};

struct recent *
recent_open(void)
{
	return calloc(1, sizeof(struct recent));
}

void
recent_close(struct recent *r)
{
	for (size_t i = 0; r != NULL && i < RECENT_KEPT; i++)
		free(r->kept[i].bytes);
	free(r);
}

#define FIXED offsetof(struct event, text)

static char *
pack(const struct event *e)
{
	size_t texts = e->text_count * sizeof(e->text[0]);
	char *bytes = malloc(FIXED + texts + e->room_used);

	if (bytes == NULL)
		return NULL;
	memcpy(bytes, e, FIXED);
	memcpy(bytes + FIXED, e->text, texts);
	memcpy(bytes + FIXED + texts, e->room, e->room_used);
	return bytes;
}

static void
unpack(const char *bytes, struct event *e)
{
	memcpy(e, bytes, FIXED);
	memcpy(e->text, bytes + FIXED, e->text_count * sizeof(e->text[0]));
	memcpy(e->room, bytes + FIXED + e->text_count * sizeof(e->text[0]), e->room_used);
}

void
recent_keep(struct recent *r, const struct event *e)
{
	unsigned kinds = 1u << EVENT_ALERT | 1u << EVENT_DROP | 1u << EVENT_VERDICT | 1u << EVENT_ANOMALY;
	struct kept *last, *k;

	if (r == NULL || (kinds >> e->type & 1) == 0)
		return;
	last = &r->kept[(r->next + RECENT_KEPT - 1) % RECENT_KEPT];
	if (e->type != EVENT_ANOMALY && last->bytes != NULL && last->flow_id == e->flow_id &&
	    last->type == e->type && last->sid == e->sid) {
		last->times++;
		return;
	}
	k = &r->kept[r->next];
	r->next = (r->next + 1) % RECENT_KEPT;
	free(k->bytes);
	*k = (struct kept){ e->flow_id, 1, e->sid, e->type, pack(e) };
}

json_t *
recent_of(const struct recent *r, uint64_t flow_id)
{
	static const struct event_writer_settings as = { .utc = false };
	json_t *all = json_array(), *one;
	static struct event e;
	char *text;

	for (size_t i = 0; r != NULL && i < RECENT_KEPT; i++) {
		const struct kept *k = &r->kept[(r->next + i) % RECENT_KEPT];

		if (k->bytes == NULL || k->flow_id != flow_id)
			continue;
		unpack(k->bytes, &e);
		text = event_json(&as, &e);
		one = text != NULL ? json_loads(text, 0, NULL) : NULL;
		free(text);
		if (one != NULL && k->times > 1)
			json_object_set_new(one, "times", json_integer(k->times));
		if (one != NULL)
			json_array_append_new(all, one);
	}
	return all;
}
