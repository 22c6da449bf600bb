/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Digests of attachments and of the message body, by OpenSSL. In: decoded bytes; out: md5, sha1,
 * sha256 in p->part. One context of each kind that is asked for, made at mime_open and used again
 * for every part: on the packet path nothing is allocated. The algorithms are fetched once a
 * process (EVP_md5() and its like would look them up, under a lock, at each begin).
 *
 * Where OpenSSL cannot give an algorithm (MD5 in FIPS mode), its digest is missing: the bit in
 * part.digests is not set.
 */
#include "mime_internal.h"

#include <openssl/evp.h>
#include <pthread.h>

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

/* A context ready to use, or NULL. */
static void *
open_one(const EVP_MD *algorithm, bool wanted)
{
	EVP_MD_CTX *ctx;

	if (!wanted || algorithm == NULL)
		return NULL;
	ctx = EVP_MD_CTX_new();
	if (ctx != NULL && EVP_DigestInit_ex2(ctx, algorithm, NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

void
mime_digest_open(struct mime_parser *p)
{
	unsigned wanted = p->limits.digests;

	if (wanted == 0 && !p->limits.body_md5)
		return;
	pthread_once(&algorithms.once, fetch);
	p->digest.md5 = open_one(algorithms.md5, wanted & MIME_MD5);
	p->digest.sha1 = open_one(algorithms.sha1, wanted & MIME_SHA1);
	p->digest.sha256 = open_one(algorithms.sha256, wanted & MIME_SHA256);
	p->digest.body = open_one(algorithms.md5, p->limits.body_md5);
}

void
mime_digest_close(struct mime_parser *p)
{
	EVP_MD_CTX_free(p->digest.md5);
	EVP_MD_CTX_free(p->digest.sha1);
	EVP_MD_CTX_free(p->digest.sha256);
	EVP_MD_CTX_free(p->digest.body);
	p->digest = (struct mime_digests){ .md5 = NULL };
}

static void
begin_one(void *ctx)
{
	if (ctx != NULL)
		EVP_DigestInit_ex2(ctx, NULL, NULL); /* the same algorithm, from its start */
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

	if (!part->attachment)
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
