/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What judging costs: one event of a RCPT and of a command, and bodies, for sets of 0 to 10,000
 * rules. Not a test: it prints, and judges nothing; time is the processor's own.
 *
 *	perf_rules [SECONDS a measurement, default 0.5]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rules.h"
#include "rules_build.h"

enum { BODY = 1 << 20, SEGMENT = 1448, ROUNDS = 1000 };

static double seconds = 0.5;

static struct {
	struct rules_set *set;
	struct rules_worker *w;
	struct pool *pool;
	struct arena arena, flow_arena;
	struct rules_flow flow;
	struct rules_tx tx;
	struct rules_packet packet;
	struct rules_values values;
	struct rules_hits hits;
} bench;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A word that mail does not hold, different for each i. */
static const char *
word(unsigned i)
{
	static char out[16];

	snprintf(out, sizeof(out), "q%c%c%c%ux", 'a' + i % 26, 'a' + i / 26 % 26,
		 'a' + i / 676 % 26, i);
	return out;
}

static void
print_rules(FILE *f, unsigned count, const char *form)
{
	for (unsigned i = 0; i < count; i++)
		fprintf(f, form, word(i), i + 1);
	fputs("accept:hook smtp:rcpt any any -> any any (sid:20000000;)\n", f);
}

static void
open_set(unsigned count, const char *form)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	print_rules(f, count, form);
	fclose(f);
	rules_source_text(s, "perf", span_of(text, size));
	bench.set = rules_build(s, NULL, false);
	for (size_t i = 0; bench.set == NULL && i < rules_diag_count(s); i++)
		rules_diag_print(rules_diag(s, i), stderr);
	if (bench.set == NULL)
		exit(1);
	rules_source_destroy(s);
	free(text);
	bench.w = rules_worker_create(bench.set, 16);
	bench.pool = pool_create("perf", 8192, 64, 0);
	arena_open(&bench.arena, bench.pool, 256 * 1024);
	arena_open(&bench.flow_arena, bench.pool, 64 * 1024);
	bench.packet = (struct rules_packet){
		.kind = RULES_P_TCP, .to_server = true, .established = true, .flow_known = true
	};
}

static void
close_set(void)
{
	rules_tx_close(bench.w, &bench.tx);
	arena_close(&bench.arena);
	arena_close(&bench.flow_arena);
	rules_worker_destroy(bench.w);
	rules_free(bench.set);
	pool_destroy(bench.pool);
}

static void
judge(enum rules_hook hook)
{
	struct rules_event ev = {
		.hooks = { hook },
		.hook_count = 1,
		.to_server = true,
		.packet = &bench.packet,
		.values = &bench.values,
		.arena = &bench.arena,
		.flow_arena = &bench.flow_arena,
		.now_us = 1,
		.detect = true,
		.firewall = true,
	};

	rules_event(bench.w, &bench.flow, &bench.tx, &ev, &bench.hits);
}

static void
rcpt(const char *path)
{
	rules_values_clear(&bench.values);
	rules_value(&bench.values, RULES_COMMAND, SPAN_LIT("RCPT TO"), true);
	rules_value(&bench.values, RULES_COMMAND_DATA, span_str(path), true);
	rules_value(&bench.values, RULES_RCPT_TO, span_str(path), true);
	judge(RULES_AT_RCPT);
}

static void
measure_events(const char *name, const char *form)
{
	static const unsigned counts[] = { 0, 10, 100, 1000, 10000 };

	printf("%-34s", name);
	for (unsigned c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		unsigned long events = 0;
		double begin, used;

		open_set(counts[c], form);
		begin = now();
		do {
			for (unsigned i = 0; i < ROUNDS; i++)
				rcpt("<firstname.lastname@mail.example.com>");
			events += ROUNDS;
			used = now() - begin;
		} while (used < seconds);
		printf(" %8.0f", used / (double)events * 1e9);
		fflush(stdout);
		close_set();
	}
	puts("  ns an event");
}

/* Text with the frequencies of letters that mail has, in lines. */
static uint8_t *
make_body(void)
{
	static const char letters[] =
		"eeeeeeeetttttaaaaooooiiiinnnnsssshhhhrrrrddlllluuccmmwwffggyyppbbvk     ";
	uint8_t *body = malloc(BODY);
	uint32_t random = 1;

	for (size_t i = 0; i < BODY; i++) {
		random = random * 1664525 + 1013904223;
		body[i] =
			(uint8_t)(i % 72 == 70	 ? '\r'
				  : i % 72 == 71 ? '\n'
						 : letters[(random >> 8) % (sizeof(letters) - 1)]);
	}
	return body;
}

static void
measure_body(const char *name, const char *form)
{
	static const unsigned counts[] = { 0, 10, 100, 1000, 10000 };
	uint8_t *body = make_body();

	printf("%-34s", name);
	for (unsigned c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		double begin, used, bytes = 0;

		open_set(counts[c], form);
		begin = now();
		do {
			for (size_t at = 0; at + SEGMENT <= BODY; at += SEGMENT) {
				struct span piece = span_of(body + at, SEGMENT);

				rules_body(bench.w, &bench.flow, &bench.tx, RULES_DATA, piece,
					   &bench.arena);
				rules_values_clear(&bench.values);
				rules_value(&bench.values, RULES_DATA, piece, true);
				judge(RULES_REQUEST_DATA);
				bytes += SEGMENT;
			}
			used = now() - begin;
		} while (used < seconds);
		printf(" %8.2f", bytes / used * 1e-9);
		fflush(stdout);
		close_set();
	}
	puts("  GB/s");
	free(body);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		seconds = strtod(argv[1], NULL);
	printf("%-34s %8s %8s %8s %8s %8s\n", "rules", "0", "10", "100", "1000", "10000");
	measure_events("smtp.rcpt_to content", "drop:flow smtp:rcpt any any -> any any "
					       "(smtp.rcpt_to; content:\"%s@\"; sid:%u;)\n");
	measure_events("smtp.rcpt_to content, endswith",
		       "drop:flow smtp:rcpt any any -> any any (smtp.rcpt_to; "
		       "content:\"@%s.com>\"; endswith; sid:%u;)\n");
	measure_events("smtp.command and command_data",
		       "drop:flow smtp:rcpt any any -> any any (smtp.command; content:\"RCPT TO\"; "
		       "smtp.command_data; content:\"%s@\"; sid:%u;)\n");
	measure_events("detection, two buffers",
		       "alert smtp any any -> any any (smtp.rcpt_to; content:\"%s@\"; smtp.helo; "
		       "content:\"x\"; sid:%u;)\n");
	measure_body("smtp.data content", "drop:flow smtp:request_data any any -> any any "
					  "(smtp.data; content:\"%s\"; sid:%u;)\n");
	measure_body("smtp.data content, nocase", "drop:flow smtp:request_data any any -> any any "
						  "(smtp.data; content:\"%s\"; nocase; sid:%u;)\n");
	measure_body("smtp.data content and distance",
		     "drop:flow smtp:request_data any any -> any any (smtp.data; content:\"%s\"; "
		     "content:\"zz\"; distance:0; within:20; sid:%u;)\n");
	return 0;
}
