/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Digests of attachments and of the message body, by OpenSSL. In: decoded bytes; out: md5, sha1,
 * sha256 in p->part. A message takes a context of each kind that is asked for from a stack that was
 * made at the start, and uses them for each of its parts: on the packet path nothing is allocated.
 * The algorithms are fetched once a process (EVP_md5() and its like would look them up, under a
 * lock, at each begin).
 *
 * Where OpenSSL cannot give an algorithm (MD5 in FIPS mode), its digest is missing: the bit in
 * part.digests is not set.
 */
#include "mime_internal.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

static struct {
	pthread_once_t once;
	EVP_MD *md5, *sha1, *sha256;
} algorithms = { .once = PTHREAD_ONCE_INIT };

static void
fetch(void)
{
	algorithms.md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	algorithms.sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	algorithms.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

/* True: *ctx is ready to use, or not wanted, or OpenSSL does not give the algorithm. */
static bool
open_one(void **ctx, const EVP_MD *algorithm, bool wanted)
{
	if (!wanted || algorithm == NULL)
		return true;
	*ctx = EVP_MD_CTX_new();
	return *ctx != NULL && EVP_DigestInit_ex2(*ctx, algorithm, NULL) == 1;
}

struct mime_contexts {
	size_t count, left;
	struct mime_digests set[]; /* of these set[0 .. left) are not with a message */
};

static bool
open_set(struct mime_digests *d, const struct mime_limits *limits)
{
	return open_one(&d->md5, algorithms.md5, limits->digests & MIME_MD5) &&
	       open_one(&d->sha1, algorithms.sha1, limits->digests & MIME_SHA1) &&
	       open_one(&d->sha256, algorithms.sha256, limits->digests & MIME_SHA256) &&
	       open_one(&d->body, algorithms.md5, limits->body_md5);
}

struct mime_contexts *
mime_contexts_create(const struct mime_limits *limits, size_t count)
{
	struct mime_contexts *c;

	if (limits->digests == 0 && !limits->body_md5)
		count = 0;
	else
		pthread_once(&algorithms.once, fetch);
	c = calloc(1, sizeof(*c) + count * sizeof(c->set[0]));
	if (c == NULL)
		return NULL;
	c->count = c->left = count;
	for (size_t i = 0; i < count; i++)
		if (!open_set(&c->set[i], limits)) {
			mime_contexts_destroy(c);
			return NULL;
		}
	return c;
}

/* All messages are closed: every context lies in the stack. */
void
mime_contexts_destroy(struct mime_contexts *c)
{
	for (size_t i = 0; c != NULL && i < c->count; i++) {
		EVP_MD_CTX_free(c->set[i].md5);
		EVP_MD_CTX_free(c->set[i].sha1);
		EVP_MD_CTX_free(c->set[i].sha256);
		EVP_MD_CTX_free(c->set[i].body);
	}
	free(c);
}

static void
begin_one(void *ctx)
{
	if (ctx != NULL)
		EVP_DigestInit_ex2(ctx, NULL, NULL); /* the same algorithm, from its start */
}

void
mime_digest_open(struct mime_parser *p)
{
	struct mime_contexts *c = p->limits.contexts;

	if (c == NULL || c->left == 0)
		return;
	p->digest = c->set[--c->left];
	p->digest.taken = true;
	begin_one(p->digest.body);
}

void
mime_digest_close(struct mime_parser *p)
{
	struct mime_contexts *c = p->limits.contexts;

	if (p->digest.taken)
		c->set[c->left++] = p->digest;
}

static void
add_one(void *ctx, struct span bytes)
{
	if (ctx != NULL && bytes.len > 0)
		EVP_DigestUpdate(ctx, bytes.ptr, bytes.len);
}

static unsigned
end_one(void *ctx, uint8_t *out, enum mime_digest bit)
{
	return ctx != NULL && EVP_DigestFinal_ex(ctx, out, NULL) == 1 ? (unsigned)bit : 0;
}

void
mime_digest_begin(struct mime_parser *p)
{
	if (!p->part.attachment)
		return;
	begin_one(p->digest.md5);
	begin_one(p->digest.sha1);
	begin_one(p->digest.sha256);
}

void
mime_digest_add(struct mime_parser *p, struct span bytes)
{
	if (!p->part.attachment)
		return;
	add_one(p->digest.md5, bytes);
	add_one(p->digest.sha1, bytes);
	add_one(p->digest.sha256, bytes);
}

void
mime_digest_end(struct mime_parser *p)
{
	struct mime_part *part = &p->part;

	if (!part->attachment || part->cut)
		return;
	part->digests = end_one(p->digest.md5, part->md5, MIME_MD5) |
			end_one(p->digest.sha1, part->sha1, MIME_SHA1) |
			end_one(p->digest.sha256, part->sha256, MIME_SHA256);
}

void
mime_digest_body_add(struct mime_parser *p, struct span bytes)
{
	add_one(p->digest.body, bytes);
}

void
mime_digest_body_end(struct mime_parser *p, uint8_t out[16])
{
	end_one(p->digest.body, out, MIME_MD5);
}
