/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start of DPDK's environment: from settings or from the command line's own EAL options to the
 * argument vector of rte_eal_init. What EAL would say in its own words, or not at all, is looked at
 * before: closed standard descriptors, missing hugepages, devices named twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "dp_internal.h"

#define DP_EAL_ARGS 128
#define DP_EAL_CAPTURE_MB 256

struct dp_argv {
	char *arg[DP_EAL_ARGS + 1]; /* EAL changes the order, and repeats one */
	char *own[DP_EAL_ARGS];
	int count;
	bool full;
};

static char dp_eal_runtime[64];	   /* private runtime directory, removed at the end */
static struct dp_argv dp_eal_argv; /* EAL keeps pointers into it */

void
dp_stdio_guard(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			abort(); /* EAL would use the number for its memory: nothing sane can follow
				  */
}

static void __attribute__((format(printf, 2, 3)))
dp_argv_add(struct dp_argv *v, const char *format, ...)
{
	va_list args;

	if (v->count == DP_EAL_ARGS) {
		v->full = true;
		return;
	}
	va_start(args, format);
	if (vasprintf(&v->own[v->count], format, args) >= 0) {
		v->arg[v->count] = v->own[v->count];
		v->arg[++v->count] = NULL;
	} else {
		v->full = true;
	}
	va_end(args);
}

static void
dp_argv_free(struct dp_argv *v)
{
	while (v->count > 0)
		free(v->own[--v->count]);
	v->full = false;
}

/* Reserved pages of any size? */
static bool
dp_eal_hugepages(void)
{
	unsigned long pages = 0, n;
	glob_t g;
	size_t i;

	if (glob("/sys/kernel/mm/hugepages/*/nr_hugepages", 0, NULL, &g) != 0)
		return false;
	for (i = 0; i < g.gl_pathc; i++) {
		FILE *f = fopen(g.gl_pathv[i], "re");

		if (f != NULL && fscanf(f, "%lu", &n) == 1)
			pages += n;
		if (f != NULL)
			fclose(f);
	}
	globfree(&g);
	return pages > 0;
}

/*
 * One lcore for each task. With a CPU for each they are pinned; else they float over all CPUs that
 * this process may use, and give way to each other when idle.
 */
static void
dp_eal_lcores(struct dp_argv *v, unsigned want)
{
	char text[1024] = "";
	struct str s;
	cpu_set_t set;
	unsigned cpu, i = 0, have;

	str_open(&s, text, sizeof(text));
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return;
	have = (unsigned)CPU_COUNT(&set);
	if (have < want)
		str_printf(&s, "(0-%u)@(", want - 1);
	for (cpu = 0; cpu < CPU_SETSIZE && (have < want || i < want); cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		if (have < want)
			str_printf(&s, "%s%u", i > 0 ? "," : "", cpu);
		else
			str_printf(&s, "%s%u@%u", i > 0 ? "," : "", i, cpu);
		i++;
	}
	if (have < want)
		str_add_char(&s, ')');
	dp_argv_add(v, "--lcores");
	dp_argv_add(v, "%s", text);
}

static void
dp_eal_many(struct dp_argv *v, const char *option, const char *const *each, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (option != NULL)
			dp_argv_add(v, "%s", option);
		dp_argv_add(v, "%s", each[i]);
	}
}

/* A device named twice is one port in EAL, without a word. */
static int
dp_eal_twice(const struct dp_eal *s, struct err *err)
{
	size_t i, k, len;

	for (i = 0; i < s->vdevs; i++) {
		len = strcspn(s->vdev[i], ",");
		for (k = 0; k < i; k++) {
			if (strcspn(s->vdev[k], ",") != len ||
			    strncmp(s->vdev[i], s->vdev[k], len) != 0)
				continue;
			err_set(err, -EINVAL, "device %.*s is given twice", (int)len, s->vdev[i]);
			err_hint(err, "number them: net_tap0, net_tap1");
			return -EINVAL;
		}
	}
	return 0;
}

static int
dp_eal_memory(struct dp_argv *v, const struct dp_eal *s, struct err *err)
{
	if (s->no_huge && s->in_memory)
		return err_set(err, -EINVAL, "eal: no-huge and in-memory exclude each other");
	if (!s->no_huge && !dp_eal_hugepages()) {
		err_set(err, -ENOMEM, "no hugepages are reserved");
		err_hint(err,
			 "echo 512 >/proc/sys/vm/nr_hugepages, or set eal.no-huge: yes (slower)");
		return -ENOMEM;
	}
	if (s->no_huge) {
		dp_argv_add(v, "--no-huge");
		dp_argv_add(v, "--no-shconf");
	}
	if (s->in_memory)
		dp_argv_add(v, "--in-memory");
	if (s->memory_mb > 0) {
		dp_argv_add(v, "-m");
		dp_argv_add(v, "%u", s->memory_mb);
	}
	return 0;
}

static int
dp_eal_live(struct dp_argv *v, const struct dp_eal *s, struct err *err)
{
	int r = dp_eal_twice(s, err);

	if (r == 0)
		r = dp_eal_memory(v, s, err);
	if (r != 0)
		return r;
	if (s->lcores != NULL && s->lcores[0] != '\0')
		dp_eal_many(v, "--lcores", &s->lcores, 1);
	else
		dp_eal_lcores(v, s->lcore_count);
	if (s->no_pci)
		dp_argv_add(v, "--no-pci");
	if (s->file_prefix != NULL && s->file_prefix[0] != '\0')
		dp_argv_add(v, "--file-prefix=%s", s->file_prefix);
	dp_argv_add(v, "--log-level=warning"); /* what comes later on the line wins */
	dp_eal_many(v, "-a", s->allow, s->allows);
	dp_eal_many(v, "--vdev", s->vdev, s->vdevs);
	dp_eal_many(v, NULL, s->extra, s->extras);
	return 0;
}

/* No root, no hugepages, no devices but the files, nothing left behind. */
static void
dp_eal_offline(struct dp_argv *v, const struct dp_eal *s)
{
	const char *const fixed[] = { "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf",
				      "--log-level=error" };

	dp_eal_many(v, NULL, fixed, RTE_DIM(fixed));
	dp_argv_add(v, "-m");
	dp_argv_add(v, "%u", s->memory_mb > 0 ? s->memory_mb : DP_EAL_CAPTURE_MB);
	dp_eal_lcores(v, s->lcore_count);
}

/* By descriptor: a path may hold a comma, which ends an argument of a device. */
static void
dp_eal_files(struct dp_argv *v, const struct dp_capture *c)
{
	unsigned i;

	for (i = 0; i < c->count; i++) {
		dp_argv_add(v, "--vdev");
		dp_argv_add(v, "net_pcap_file%u,rx_pcap=/proc/self/fd/%d", i, c->fd[i]);
	}
}

/* EAL wants a place for its files even where it needs none; /tmp/dpdk may be somebody else's. */
static void
dp_eal_runtime_dir(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	if (getuid() == 0 || (dir != NULL && access(dir, W_OK | X_OK) == 0))
		return;
	snprintf(dp_eal_runtime, sizeof(dp_eal_runtime), "/tmp/postern-run-XXXXXX");
	if (mkdtemp(dp_eal_runtime) != NULL)
		setenv("XDG_RUNTIME_DIR", dp_eal_runtime, 1);
	else
		dp_eal_runtime[0] = '\0';
}

int
dp_eal_start(const struct dp_eal *s, struct err *err)
{
	struct dp_argv *v = &dp_eal_argv;
	int r = 0;

	dp_stdio_guard();
	dp_argv_add(v, "%s", s->program);
	if (s->arg_count > 0)
		dp_eal_many(v, NULL, s->args, s->arg_count);
	else if (s->capture != NULL)
		dp_eal_offline(v, s);
	else
		r = dp_eal_live(v, s, err);
	if (s->capture != NULL)
		dp_eal_files(v, s->capture);
	if (r == 0 && v->full)
		r = err_set(err, -E2BIG, "too many EAL options");
	if (r != 0) {
		dp_argv_free(v);
		return r;
	}
	dp_eal_runtime_dir();
	r = rte_eal_init(v->count, v->arg);
	if (r >= 0)
		return 0;
	r = -rte_errno;
	err_set(err, r, "DPDK's EAL did not start: %s", rte_strerror(rte_errno));
	err_hint(err, "its own message stands above; see the eal: part of the configuration");
	return r;
}

void
dp_eal_stop(void)
{
	char path[96];

	rte_eal_cleanup();
	dp_argv_free(&dp_eal_argv);
	if (dp_eal_runtime[0] == '\0')
		return;
	snprintf(path, sizeof(path), "%s/dpdk/rte", dp_eal_runtime);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/dpdk", dp_eal_runtime);
	rmdir(path);
	rmdir(dp_eal_runtime);
	dp_eal_runtime[0] = '\0';
}
