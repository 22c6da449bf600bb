/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rte_telemetry: /postern/... for DPDK's own tools. In: a request on a thread of DPDK. Out: flat dicts, as
 * DPDK's are. That thread only waits: the main thread, which owns everything, runs the command in
 * telemetry_poll. DPDK knows neither an argument for a callback nor an end of it, so that the state is the
 * program's.
 */
#include <errno.h>
#include <pthread.h>
#include <rte_telemetry.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "commands.h"

#define TELEMETRY_WAIT_S 3
#define TELEMETRY_NAME 64 /* of an entry, DPDK's limit; it takes 256 entries of a dict, 512 of an array */

static struct {
	pthread_mutex_t one;  /* who asks; the others wait */
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t done;
	atomic_bool asked;    /* set by who asks, cleared by the main thread or when it is too late */
	bool open;
	char line[COMMANDS_LINE];
	json_t *answer; /* NULL: the command failed */
} state = { .one = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER,
	    .done = PTHREAD_COND_INITIALIZER };

/* ---- the main thread ---- */

void
telemetry_poll(struct app *a)
{
	struct err err = { .text = "" };
	char *text = NULL;

	if (!atomic_load(&state.asked))
		return;
	pthread_mutex_lock(&state.lock);
	if (atomic_load(&state.asked)) {
		state.answer = NULL;
		if (commands_run(a, state.line, NULL, &text, &state.answer, &err) != 0)
			state.answer = NULL;
		free(text);
		atomic_store(&state.asked, false);
		pthread_cond_signal(&state.done);
	}
	pthread_mutex_unlock(&state.lock);
}

/* ---- a thread of DPDK ---- */

/* The answer, the caller's; NULL: none came, or the command failed. */
static json_t *
ask(const char *command, const char *words)
{
	struct timespec until;
	json_t *answer = NULL;
	struct str s;
	int r = 0;

	pthread_mutex_lock(&state.one);
	pthread_mutex_lock(&state.lock);
	str_open(&s, state.line, sizeof(state.line));
	str_printf(&s, "%s %s", command, words != NULL ? words : "");
	if (state.open && !s.cut) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += TELEMETRY_WAIT_S;
		atomic_store(&state.asked, true);
		while (atomic_load(&state.asked) && r == 0)
			r = pthread_cond_timedwait(&state.done, &state.lock, &until);
		answer = atomic_load(&state.asked) ? NULL : state.answer;
		atomic_store(&state.asked, false);
	}
	state.answer = NULL;
	pthread_mutex_unlock(&state.lock);
	pthread_mutex_unlock(&state.one);
	return answer;
}

/* a{b{c}} as "a/b/c". What does not fit is left out: DPDK's limit. */
static void
add(struct rte_tel_data *d, const char *name, json_t *o)
{
	char inner[TELEMETRY_NAME];
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_integer(o))
		rte_tel_data_add_dict_u64(d, name, (uint64_t)json_integer_value(o));
	else if (json_is_boolean(o))
		rte_tel_data_add_dict_int(d, name, json_is_true(o));
	else if (json_is_string(o))
		rte_tel_data_add_dict_string(d, name, json_string_value(o));
	json_object_foreach(o, key, value)
	{
		snprintf(inner, sizeof(inner), "%s%s%s", name, name[0] != '\0' ? "/" : "", key);
		add(d, inner, value);
	}
	json_array_foreach(o, i, value)
	{
		snprintf(inner, sizeof(inner), "%s/%zu", name, i);
		add(d, inner, value);
	}
}

static int
fill_dict(struct rte_tel_data *d, json_t *answer)
{
	rte_tel_data_start_dict(d);
	add(d, "", answer);
	return 0;
}

static int
on_stats(const char *path, const char *words, struct rte_tel_data *d)
{
	json_t *answer = ask("show stats", NULL);
	int r = answer != NULL ? fill_dict(d, answer) : -1;

	(void)path;
	(void)words;
	json_decref(answer);
	return r;
}

static int
on_session(const char *path, const char *words, struct rte_tel_data *d)
{
	json_t *answer = ask("show session", words);
	int r = answer != NULL ? fill_dict(d, answer) : -1;

	(void)path;
	json_decref(answer);
	return r;
}

static int
on_sessions(const char *path, const char *words, struct rte_tel_data *d)
{
	json_t *answer = ask("show sessions limit:512", words), *o;
	size_t i;
	int r = answer != NULL ? 0 : -1;

	(void)path;
	rte_tel_data_start_array(d, RTE_TEL_U64_VAL);
	json_array_foreach(json_object_get(answer, "sessions"), i, o)
		rte_tel_data_add_array_u64(d, (uint64_t)json_integer_value(json_object_get(o, "flow_id")));
	json_decref(answer);
	return r;
}

static int
on_rules(const char *path, const char *words, struct rte_tel_data *d)
{
	json_t *answer = ask("show rules hits", NULL), *o;
	char name[TELEMETRY_NAME];
	size_t i;
	int r = answer != NULL ? 0 : -1;

	(void)path;
	(void)words;
	rte_tel_data_start_dict(d);
	json_array_foreach(json_object_get(answer, "rules"), i, o)
	{
		snprintf(name, sizeof(name), "%lld/%lld",
			 (long long)json_integer_value(json_object_get(o, "gid")),
			 (long long)json_integer_value(json_object_get(o, "sid")));
		add(d, name, json_object_get(o, "hits"));
	}
	json_decref(answer);
	return r;
}

/* ---- begin and end ---- */

static const struct {
	const char *path, *help;
	telemetry_cb fn;
} requests[] = {
	{ "/postern/stats", "Counters, lcores. No parameters", on_stats },
	{ "/postern/sessions", "Flow ids. Parameters: words of a filter, as of show sessions", on_sessions },
	{ "/postern/session", "All of one session. Parameters: flow id", on_session },
	{ "/postern/rules", "Hits by gid/sid of rules that matched. No parameters", on_rules },
};

void
telemetry_open(void)
{
	size_t i;

	pthread_mutex_lock(&state.lock);
	state.open = true;
	pthread_mutex_unlock(&state.lock);
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		rte_telemetry_register_cmd(requests[i].path, requests[i].fn, requests[i].help);
}

/* Who waits is told that there is nothing. */
void
telemetry_close(void)
{
	pthread_mutex_lock(&state.lock);
	state.open = false;
	state.answer = NULL;
	atomic_store(&state.asked, false);
	pthread_cond_signal(&state.done);
	pthread_mutex_unlock(&state.lock);
}
