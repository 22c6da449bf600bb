/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A script of what client and server send, through whole engines. Whatever it is, every frame
 * leaves exactly once, and no side gets a byte that the other did not send at that place.
 *
 * First byte: which engine. Then steps: kind and length, bytes.
 */
#include <stdlib.h>

#include "wire.h"

static const char rules[] =
	"accept:hook tcp:all any any -> any any (sid:1;)\n"
	"accept:hook,alert smtp:request_started any any -> any any (smtp.mail_from; content:\"@a>\"; "
	"endswith; xbits:set,ok,track tx; sid:2;)\n"
	"drop:flow smtp:request_started any any -> any any (smtp.rcpt_to; content:\"drop\"; sid:3;)\n"
	"reject:flow smtp:request_started any any -> any any (smtp.rcpt_to; content:\"rst\"; sid:4;)\n"
	"accept:hook smtp:request_started any any -> any any (sid:5;)\n"
	"reject:flow smtp:request_data any any -> any any (smtp.data; content:\"virus\"; sid:6;)\n"
	"accept:hook smtp:request_data any any -> any any (sid:7;)\n"
	"accept:hook smtp:request_complete any any -> any any (sid:8;)\n"
	"accept:hook smtp:response_started any any -> any any (sid:9;)\n"
	"accept:hook smtp:response_data any any -> any any (sid:10;)\n"
	"accept:hook smtp:response_complete any any -> any any (sid:11;)\n";

#define ENGINES 5
static struct wire wires[ENGINES];

#define PLACES 4096 /* of each stream that are checked */
static struct sent { /* which bytes a side has sent at each place: it may say it again otherwise */
	uint64_t byte[PLACES][4];
	uint32_t begin, used;
} sent[2];
static bool unchecked; /* nothing is enforced, or a whole frame came: it could be of this session */

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static void
open_all(void)
{
	static bool opened;

	if (opened)
		return;
	opened = true;
	for (unsigned i = 0; i < ENGINES; i++) {
		struct wire_settings s = { .rules = rules, .capture = i == 1, .monitor = i == 2,
					   .strict = i == 3,
					   .yaml = i == 4 ? "tcp: {midstream: yes}\n" : NULL,
					   .isn = { 0xfffffff0u, 0x7ffffff0u } };

		check(wire_open(&wires[i], &s));
	}
}

static void
note(const struct wire *w, enum wire_side side, int32_t offset, struct span bytes)
{
	uint32_t at = w->next[side] - sent[side].begin + (uint32_t)offset;

	for (size_t i = 0; i < bytes.len; i++, at++) {
		if (at >= PLACES)
			continue;
		sent[side].byte[at][bytes.ptr[i] / 64] |= UINT64_C(1) << bytes.ptr[i] % 64;
		if (at >= sent[side].used)
			sent[side].used = at + 1;
	}
}

static void
note_begin(const struct wire *w)
{
	for (unsigned side = 0; side < 2; side++) {
		memset(sent[side].byte, 0, sent[side].used * sizeof(sent[side].byte[0]));
		sent[side].begin = w->next[side];
		sent[side].used = 0;
	}
	unchecked = w->set.capture || w->set.monitor;
}

static void
note_check(const struct wire *w, enum wire_side side)
{
	const struct wire_bytes *got = &w->got[!side];

	for (size_t i = 0; i < got->len && i < PLACES && !unchecked; i++)
		check((sent[side].byte[i][got->ptr[i] / 64] >> got->ptr[i] % 64 & 1) != 0);
}

static void
step(struct wire *w, uint8_t kind, struct span bytes)
{
	enum wire_side side = kind & 1 ? WIRE_SERVER : WIRE_CLIENT;
	int32_t offset = bytes.len > 0 ? (int8_t)bytes.ptr[0] : 0;

	switch ((kind >> 1) % 8) {
	case 0:
	case 1:
	case 2:
		note(w, side, 0, bytes);
		wire_say(w, side, bytes.ptr, bytes.len);
		break;
	case 3: /* ahead or again, perhaps with other bytes */
		note(w, side, offset, bytes);
		wire_at(w, side, offset, bytes.ptr, bytes.len);
		break;
	case 4:
		wire_fin(w, side);
		break;
	case 5:
		wire_rst(w, side);
		break;
	case 6:
		unchecked = true;
		wire_frame(w, side, bytes.ptr, bytes.len);
		break;
	case 7:
		wire_wait(w, bytes.len * 3000000);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire *w;
	size_t at = 1;

	open_all();
	if (size < 2)
		return 0;
	w = &wires[data[0] % ENGINES];
	wire_reconnect(w);
	note_begin(w);
	while (at + 2 <= size) {
		size_t len = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
		uint8_t *copy = malloc(len > 0 ? len : 1);

		memcpy(copy, data + at + 2, len);
		step(w, data[at], span_of(copy, len));
		free(copy);
		at += 2 + len;
	}
	wire_drain(w);
	check(w->frames_in == w->frames_out);
	note_check(w, WIRE_CLIENT);
	note_check(w, WIRE_SERVER);
	wire_forget_events(w);
	return 0;
}
