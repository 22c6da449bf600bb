/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A script of what client and server send, through whole engines. Whatever it is, every frame
 * leaves exactly once, and the server never gets a byte that the client did not send in this order.
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

#define ENGINES 4
static struct wire wires[ENGINES];

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
					   .isn = { 0xfffffff0u, 0x7ffffff0u } };

		check(wire_open(&wires[i], &s));
	}
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
		wire_say(w, side, bytes.ptr, bytes.len);
		break;
	case 3: /* ahead or again, perhaps with other bytes */
		wire_at(w, side, offset, bytes.ptr, bytes.len);
		break;
	case 4:
		wire_fin(w, side);
		break;
	case 5:
		wire_rst(w, side);
		break;
	case 6:
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
	wire_forget_events(w);
	return 0;
}
