/* SPDX-License-Identifier: BSD-3-Clause */
/* What the dataplane's tests share: EAL without hugepages or root, frames, a run from start to end.
 */
#ifndef DP_TEST_H
#define DP_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_byteorder.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "dp.h"
#include "stub_engine.h"

#define TEST_LCORES "6"

/* One EAL a process: six lcores that share whatever CPUs there are. */
static inline int
test_eal(void **state)
{
	const char *args[] = { "--no-huge",	    "--no-pci", "--no-telemetry",
			       "--no-shconf",	    "-m",	"256",
			       "--log-level=error", "--lcores", "(0-5)@0" };
	struct dp_eal s = { .program = "test", .args = args, .arg_count = RTE_DIM(args) };
	struct err err = { .text = "" };

	(void)state;
	if (dp_eal_start(&s, &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.text);
	return -1;
}

static inline int
test_eal_end(void **state)
{
	(void)state;
	dp_eal_stop();
	return 0;
}

/* An Ethernet/IPv4/TCP frame of len bytes in all (at least 54), from port a of 10.0.0.1 to b
 * of 10.0.0.2. */
static inline void
test_frame(uint8_t *f, size_t len, bool back, uint16_t a, uint16_t b)
{
	uint8_t *ip = f + 14, *tcp = f + 34;
	size_t i, total = len - 14 > 65535 ? 65535 : len - 14;

	memset(f, 0, 54);
	for (i = 54; i < len; i++)
		f[i] = (uint8_t)(i * 7 + a);
	f[12] = 8;
	ip[0] = 0x45;
	ip[2] = (uint8_t)(total >> 8);
	ip[3] = (uint8_t)total;
	ip[8] = 64;
	ip[9] = 6;
	memcpy(ip + 12, back ? "\x0a\0\0\2\x0a\0\0\1" : "\x0a\0\0\1\x0a\0\0\2", 8);
	tcp[0] = (uint8_t)((back ? b : a) >> 8);
	tcp[1] = (uint8_t)(back ? b : a);
	tcp[2] = (uint8_t)((back ? a : b) >> 8);
	tcp[3] = (uint8_t)(back ? a : b);
	tcp[12] = 0x50;
	tcp[13] = 0x10;
}

/* Take the events as the program does, until all lcores have ended. */
static inline void
test_wait(struct dp *dp)
{
	unsigned w;

	while (!dp_done(dp)) {
		for (w = 0; w < dp_workers(dp); w++)
			while (dp_event_peek(dp, w) != NULL)
				dp_event_pop(dp, w);
		usleep(200);
	}
	assert_int_equal(dp_join(dp), 0);
}

#endif
