/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What all sessions of one worker share: pools, rule scratch, parser limits. Made and freed by the
 * control plane, before and after the packet path runs.
 */
#include <errno.h>
#include <stdlib.h>

#include "err.h"
#include "inspect_internal.h"

static void
set_limits(struct inspect_env *env)
{
	const struct policy *p = env->policy;

	env->smtp_limits = (struct smtp_limits){
		.line_max = p->limits.line_max,
		.auth_max = p->limits.auth_max,
		.bdat_max = p->limits.bdat_max,
		.pending_max = p->limits.pending_max,
		.strict = p->strict,
		.follow = env->follow,
		.normal = p->normal,
	};
	env->decode_depth[MIME_IDENTITY] = p->bitenc_depth;
	env->decode_depth[MIME_BASE64] = p->b64_depth;
	env->decode_depth[MIME_QP] = p->qp_depth;
	env->decode_depth[MIME_UU] = p->uu_depth;
	env->decode_depth[MIME_ENCODING_UNKNOWN] = p->bitenc_depth;
	env->mime_limits = (struct mime_limits){
		.header_max = p->limits.header_max,
		.depth_max = p->limits.depth_max,
		.parts_max = p->limits.parts_max,
		.digests = p->digests,
		.body_md5 = p->body_md5,
		.urls = p->urls,
		.url_schemes = p->url_schemes,
		.decode_off = !p->mime_decode,
		.decode_depth = env->decode_depth,
		.header_line_max = p->normalizer.header_line_max,
		.header_name_max = p->normalizer.header_name_max,
		.texts = inspect_wants(env, RULES_MIME_TEXT),
	};
}

/* What the rules keep in one piece must fit a chunk of the envelope, beside its head. */
static size_t
chunk_size(const struct inspect_env *env)
{
	size_t rules = rules_tx_memory(env->policy->rules) + INSPECT_CHUNK_HEAD;

	return rules > INSPECT_CHUNK ? rules : INSPECT_CHUNK;
}

/* Idle sessions are many and small: what they need grows with use. Messages are few and large. */
static bool
make_pools(struct inspect_env *env, bool eager)
{
	const struct policy_limits *l = &env->policy->limits;
	unsigned flags = POOL_SECRET | (eager ? POOL_EAGER : 0);
	size_t messages = l->messages, sessions = l->sessions;

	env->small_chunks = pool_create("inspect.small", INSPECT_SMALL_CHUNK, sessions * 2,
					POOL_SECRET);
	env->txs = pool_create("inspect.tx", sizeof(struct inspect_tx), sessions + messages,
			       POOL_SECRET);
	env->chunks = pool_create("inspect.chunks", chunk_size(env), sessions + messages * 2,
				  POOL_SECRET);
	env->large_chunks = pool_create("inspect.large", INSPECT_LARGE_CHUNK, messages * 3, flags);
	/* Unfinished lines: two a session at worst, but few sessions have one at one time. */
	env->lines = pool_create("inspect.lines", MIME_LINE_SIZE, messages * (env->mime_limits.texts ? 5 : 4), flags);
	env->parsers = pool_create("inspect.mime", mime_size(), messages, flags);
	if (env->policy->normalizer.headers > 0) {
		env->headers = pool_create("inspect.headers", env->policy->normalizer.header_depth,
					   env->policy->normalizer.headers, POOL_SECRET);
		if (env->headers == NULL)
			return false;
	}
	return env->lines != NULL && env->chunks != NULL && env->small_chunks != NULL &&
	       env->large_chunks != NULL && env->txs != NULL && env->parsers != NULL;
}

struct inspect_env *
inspect_env_create(const struct inspect_env_settings *s, struct err *err)
{
	struct inspect_env *env = calloc(1, sizeof(*env));

	if (env == NULL) {
		err_set(err, -ENOMEM, "no memory for a worker's inspection");
		return NULL;
	}
	env->policy = s->policy;
	env->stats = s->stats;
	env->events = s->events;
	env->event_types = s->event_types;
	env->capture = s->capture;
	env->follow = s->capture || s->policy->monitor;
	env->user_key = (struct hash_key){ hash_span(s->key, SPAN_LIT("user names, first half")),
					   hash_span(s->key, SPAN_LIT("user names, second half")) };
	env->fields = rules_fields_used(s->policy->rules);
	env->judges = rules_count(s->policy->rules) > 0 || s->policy->firewall;
	env->watch = s->watch;
	set_limits(env);
	env->charsets = mime_charsets_create();
	env->mime_limits.charsets = env->charsets;
	env->rules = rules_worker_create(s->policy->rules, s->policy->limits.messages);
	env->mime_limits.contexts = mime_contexts_create(&env->mime_limits,
							 s->policy->limits.messages);
	if (env->rules == NULL || env->mime_limits.contexts == NULL ||
	    env->charsets == NULL || !make_pools(env, !s->lazy)) {
		err_set(err, -ENOMEM, "no memory for the inspection of %u messages",
			s->policy->limits.messages);
		err_hint(err, "lower limits.messages or limits.sessions, or use fewer workers");
		inspect_env_destroy(env);
		return NULL;
	}
	if (s->watch != NULL)
		rules_worker_watch(env->rules, &s->watch->rules);
	return env;
}

void
inspect_env_destroy(struct inspect_env *env)
{
	if (env == NULL)
		return;
	rules_worker_destroy(env->rules);
	pool_destroy(env->lines);
	pool_destroy(env->chunks);
	pool_destroy(env->small_chunks);
	pool_destroy(env->large_chunks);
	pool_destroy(env->txs);
	pool_destroy(env->parsers);
	mime_contexts_destroy(env->mime_limits.contexts);
	mime_charsets_destroy(env->charsets);
	pool_destroy(env->headers);
	free(env);
}
