/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An engine for the dataplane's tests: it lets every frame go on, to the other side, and can be
 * told to drop, trim, or make frames. It remembers what it was given, per worker.
 */
#ifndef STUB_ENGINE_H
#define STUB_ENGINE_H

#include "engine.h"

#define STUB_SEEN 4096

struct stub_seen {
	uint64_t time_us, number;
	uint32_t len;
	uint8_t port, link;
	uint16_t sport, dport;
};

struct stub_plan {
	bool drop_all;
	bool make;     /* each frame is answered by one made in the reverse direction */
	uint32_t trim; /* bytes cut off each frame's end */
	size_t take;   /* frames taken at a time, 0: all */
	uint32_t poke; /* offset of a byte that is overwritten with 0xee; 0: none */
};

/* Set before dp_create; all engines follow it. */
extern struct stub_plan stub_plan;

struct engine {
	struct engine_settings set;
	struct stats stats;
	struct engine_act acts[256];
	size_t count;
	uint8_t made[64][128];
	size_t made_count;
	struct stub_seen seen[STUB_SEEN];
	size_t seen_count;
	uint64_t ticks, last_tick_us, inputs, drains;
};

/* The engines that were created, by worker; reset by the test. */
extern struct engine *stub_engines[32];

#endif
