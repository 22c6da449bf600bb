/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Captures under the dataplane: read to their exact end, in the order of time, with their own
 * clock; damage is told; what is written is what was read.
 */
#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "dp_test.h"

#define T0 UINT64_C(1500000000000000)

static char dir[64];
static struct dp_settings set;
static struct dp_capture cap;
static const char *port_names[2];
static char vdev[2][32];

struct writer {
	pcap_t *shape;
	pcap_dumper_t *out;
};

static struct writer
write_begin(const char *name, int link)
{
	struct writer w = { .shape = pcap_open_dead(link, 262144) };

	w.out = pcap_dump_open(w.shape, name);
	assert_non_null(w.out);
	return w;
}

static void
write_frame(struct writer *w, const uint8_t *bytes, uint32_t len, uint64_t us)
{
	struct pcap_pkthdr h = { .caplen = len,
				 .len = len,
				 .ts = { (time_t)(us / 1000000), (suseconds_t)(us % 1000000) } };

	pcap_dump((u_char *)w->out, &h, bytes);
}

static void
write_end(struct writer *w)
{
	pcap_dump_close(w->out);
	pcap_close(w->shape);
}

/* count frames of one connection, step_us apart. */
static void
write_many(const char *name, unsigned count, uint64_t begin_us, uint64_t step_us, bool back)
{
	struct writer w = write_begin(name, DLT_EN10MB);
	uint8_t f[1500];
	unsigned i;

	for (i = 0; i < count; i++) {
		test_frame(f, 60 + i % 1400, back || i % 2, (uint16_t)(1000 + i % 50), 25);
		write_frame(&w, f, 60 + i % 1400, begin_us + i * step_us);
	}
	write_end(&w);
}

/* As the program does at start, but into a running EAL. */
static void
open_capture(unsigned count, const char *a, const char *b)
{
	static unsigned serial;
	const char *files[2] = { a, b };
	struct err err = { .text = "" };
	char args[128];
	unsigned i;

	if (dp_capture_open(&cap, files, count, &err) != 0)
		fail_msg("%s: %s", err.file, err.text);
	for (i = 0; i < count; i++) {
		snprintf(vdev[i], sizeof(vdev[i]), "net_pcap_t%u", serial++);
		snprintf(args, sizeof(args), "rx_pcap=/proc/self/fd/%d", cap.fd[i]);
		assert_int_equal(rte_eal_hotplug_add("vdev", vdev[i], args), 0);
		port_names[i] = vdev[i];
	}
	set.ports = port_names;
	set.port_count = count;
	set.capture = &cap;
}

static struct dp *
run(void)
{
	struct err err = { .text = "" };
	struct dp *dp = dp_create(&set, &err);

	if (dp == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(dp_start(dp, &err), 0);
	test_wait(dp);
	return dp;
}

static int
setup(void **state)
{
	(void)state;
	memset(&stub_plan, 0, sizeof(stub_plan));
	memset(&set, 0, sizeof(set));
	set.event_slots = 16;
	set.engine.capture = true;
	set.engine.key = hash_key_fixed();
	return chdir(dir);
}

static int
teardown(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < set.port_count; i++)
		rte_eal_hotplug_remove("vdev", vdev[i]);
	dp_capture_close(&cap);
	return 0;
}

static void
whole_file_with_its_clock(void **state)
{
	struct stub_seen *seen;
	struct stats s;
	struct err err;
	struct dp *dp;
	unsigned i;

	write_many("a.pcap", 1000, T0, 1000, false);
	open_capture(1, "a.pcap", NULL);
	dp = run();
	assert_int_equal(dp_capture_verdict(dp, &err), 0);
	seen = stub_engines[0]->seen;
	assert_int_equal(stub_engines[0]->seen_count, 1000);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(seen[i].number, i + 1);
		assert_int_equal(seen[i].time_us, T0 + i * 1000);
		assert_int_equal(seen[i].len, 60 + i % 1400);
		assert_int_equal(seen[i].port, 0);
	}
	/* one second of capture time: a tick for each 50 ms, the first at its first frame */
	assert_int_equal(stub_engines[0]->ticks, 20);
	assert_int_equal(stub_engines[0]->last_tick_us, T0 + 19 * 50000);
	assert_int_equal(stub_engines[0]->drains, 3);
	dp_stats(dp, &s);
	assert_int_equal(s.v[STATS_ACCEPTED], 1000);
	dp_destroy(dp);
}

static void
empty_capture_ends(void **state)
{
	struct err err;
	struct dp *dp;

	write_many("empty.pcap", 0, T0, 1, false);
	open_capture(1, "empty.pcap", NULL);
	dp = run();
	assert_int_equal(dp_capture_verdict(dp, &err), 0);
	assert_int_equal(stub_engines[0]->seen_count, 0);
	dp_destroy(dp);
}

static void
two_captures_merge_by_time(void **state)
{
	struct stub_seen *seen;
	struct err err;
	struct dp *dp;
	uint64_t last = 0;
	unsigned i, side[2] = { 0, 0 };

	write_many("c.pcap", 300, T0, 1000, false);
	write_many("s.pcap", 700, T0 + 100500, 300, true);
	open_capture(2, "c.pcap", "s.pcap");
	dp = run();
	assert_int_equal(dp_capture_verdict(dp, &err), 0);
	seen = stub_engines[0]->seen;
	assert_int_equal(stub_engines[0]->seen_count, 1000);
	for (i = 0; i < 1000; i++) {
		assert_true(seen[i].time_us >= last);
		assert_int_equal(seen[i].number, i + 1);
		last = seen[i].time_us;
		side[seen[i].port]++;
	}
	assert_int_equal(side[0], 300);
	assert_int_equal(side[1], 700);
	dp_destroy(dp);
}

static void
cut_file_is_damaged(void **state)
{
	struct err err = { .text = "" };
	struct stat st;
	struct dp *dp;

	write_many("cut.pcap", 100, T0, 1000, false);
	stat("cut.pcap", &st);
	assert_int_equal(truncate("cut.pcap", st.st_size - 7), 0);
	open_capture(1, "cut.pcap", NULL);
	dp = run();
	assert_int_equal(stub_engines[0]->seen_count, 99);
	assert_int_equal(dp_capture_verdict(dp, &err), -EIO);
	assert_string_equal(err.file, "cut.pcap");
	assert_non_null(strstr(err.text, "after packet 99"));
	dp_destroy(dp);
}

static void
no_capture_no_run(void **state)
{
	const char *missing = "not-there.pcap", *junk = "junk.pcap", *odd = "odd.pcap";
	struct err err = { .text = "" };
	struct dp_capture c;
	struct writer w;
	FILE *f = fopen(junk, "w");

	fputs("this is no capture, but long enough to hold a header", f);
	fclose(f);
	assert_int_equal(dp_capture_open(&c, &missing, 1, &err), -ENOENT);
	assert_string_equal(err.file, missing);
	assert_int_equal(dp_capture_open(&c, &junk, 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no capture"));
	w = write_begin(odd, DLT_IEEE802_11);
	write_end(&w);
	assert_int_equal(dp_capture_open(&c, &odd, 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "link type"));
}

static bool
same_file(const char *a, const char *b)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "cmp %s %s", a, b);
	return system(cmd) == 0;
}

/* Everything goes on: the output is the input, byte for byte, long frames too; with any shape of
 * lcores. */
static void
output_repeats_input(const char *in, const char *out)
{
	struct err err;
	struct dp *dp;

	open_capture(1, in, NULL);
	set.pcap_out = out;
	dp = run();
	assert_int_equal(dp_capture_verdict(dp, &err), 0);
	dp_destroy(dp);
	assert_true(same_file(in, out));
}

static void
output_inline(void **state)
{
	write_many("in.pcap", 3000, T0, 777, false);
	output_repeats_input("in.pcap", "out.pcap");
}

static void
output_by_a_sender(void **state)
{
	write_many("in.pcap", 3000, T0, 777, false);
	set.tx_mode = DP_TX_CORES;
	set.ring_size = 64; /* back-pressure, no loss */
	output_repeats_input("in.pcap", "out2.pcap");
}

/* Frames of hosts with segmentation offload: longer than a buffer, longer than 65535. */
static void
long_frames(void **state)
{
	static const uint32_t sizes[] = { 60, 9014, 2100, 65535, 65549, 1500 };
	static uint8_t f[66000];
	struct writer w = write_begin("long.pcap", DLT_EN10MB);
	unsigned i;

	for (i = 0; i < 600; i++) {
		test_frame(f, sizes[i % 6], false, 4, 25);
		write_frame(&w, f, sizes[i % 6], T0 + i);
	}
	write_end(&w);
	output_repeats_input("long.pcap", "long-out.pcap");
}

/* Three workers: no frame is lost although rings are small, and each flow stays in order with one
 * worker. */
static void
spread_loses_nothing(void **state)
{
	struct err err;
	struct stats s;
	struct dp *dp;
	uint64_t last[50] = { 0 };
	int owner[50];
	unsigned w, c;
	size_t k;

	memset(owner, -1, sizeof(owner));
	write_many("many.pcap", 4000, T0, 100, false);
	open_capture(1, "many.pcap", NULL);
	set.rx = 3;
	set.ring_size = 32;
	set.pcap_out = "spread.pcap";
	dp = run();
	assert_int_equal(dp_capture_verdict(dp, &err), 0);
	dp_stats(dp, &s);
	assert_int_equal(s.v[STATS_FRAMES], 4000);
	assert_int_equal(s.v[STATS_ACCEPTED], 4000);
	for (w = 0; w < 3; w++) {
		for (k = 0; k < stub_engines[w]->seen_count; k++) {
			const struct stub_seen *f = &stub_engines[w]->seen[k];

			c = (f->sport == 25 ? f->dport : f->sport) - 1000u;
			assert_true(owner[c] == -1 || owner[c] == (int)w);
			assert_true(f->number > last[c]);
			owner[c] = (int)w;
			last[c] = f->number;
		}
	}
	dp_destroy(dp);
}

/* The link type goes to the engine and into the output. */
static void
other_link_types(void **state)
{
	static const struct {
		int dlt;
		uint8_t link;
	} each[] = { { DLT_NULL, NET_LINK_NULL },
		     { DLT_RAW, NET_LINK_RAW },
		     { DLT_LINUX_SLL, NET_LINK_COOKED },
		     { DLT_LINUX_SLL2, NET_LINK_COOKED2 } };
	uint8_t f[60] = { 0x45 };
	struct writer w;
	struct dp *dp;
	size_t i;

	for (i = 0; i < RTE_DIM(each); i++) {
		teardown(state);
		setup(state);
		w = write_begin("link.pcap", each[i].dlt);
		write_frame(&w, f, sizeof(f), T0);
		write_end(&w);
		open_capture(1, "link.pcap", NULL);
		set.pcap_out = "link-out.pcap";
		dp = run();
		assert_int_equal(stub_engines[0]->seen[0].link, each[i].link);
		dp_destroy(dp);
		assert_true(same_file("link.pcap", "link-out.pcap"));
	}
}

static void
output_that_cannot_be_written(void **state)
{
	struct err err = { .text = "" };
	struct dp *dp;

	write_many("in.pcap", 10, T0, 777, false);
	open_capture(1, "in.pcap", NULL);
	set.pcap_out = "no/such/dir.pcap";
	assert_null(dp_create(&set, &err));
	assert_string_equal(err.file, "no/such/dir.pcap");
	set.pcap_out = "/dev/full";
	dp = run();
	assert_int_equal(dp_capture_verdict(dp, &err), -EIO);
	assert_non_null(strstr(err.text, "could not be written"));
	dp_destroy(dp);
}

static void
stop_in_the_middle(void **state)
{
	struct err err = { .text = "" };
	struct dp *dp;

	write_many("in.pcap", 30000, T0, 777, false);
	open_capture(1, "in.pcap", NULL);
	dp = dp_create(&set, &err);
	assert_non_null(dp);
	assert_int_equal(dp_start(dp, &err), 0);
	dp_stop(dp, DP_DRAIN);
	test_wait(dp);
	assert_int_equal(stub_engines[0]->drains, 3);
	dp_destroy(dp);
}

static int
begin(void **state)
{
	snprintf(dir, sizeof(dir), "/tmp/dp-test-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : test_eal(state);
}

static int
end(void **state)
{
	char cmd[96];

	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	test_eal_end(state);
	return chdir("/") != 0 || system(cmd) != 0 ? -1 : 0;
}

#define CAPTURE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(whole_file_with_its_clock),
		CAPTURE_TEST(empty_capture_ends),
		CAPTURE_TEST(two_captures_merge_by_time),
		CAPTURE_TEST(cut_file_is_damaged),
		CAPTURE_TEST(no_capture_no_run),
		CAPTURE_TEST(output_inline),
		CAPTURE_TEST(output_by_a_sender),
		CAPTURE_TEST(long_frames),
		CAPTURE_TEST(spread_loses_nothing),
		CAPTURE_TEST(other_link_types),
		CAPTURE_TEST(output_that_cannot_be_written),
		CAPTURE_TEST(stop_in_the_middle),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
