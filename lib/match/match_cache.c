/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compiled databases on disk: a set of 10,000 patterns compiles in seconds and loads in
 * milliseconds. In: a folder and a key; out: a database or NULL. Called by match_build alone. It
 * never fails a build (what it cannot use or write is said in the log), and never cleans the folder
 * up.
 *
 * A database is trusted code to Hyperscan, so a file is used only when it belongs to us, nobody
 * else can write it, and its checksum holds. It is written aside and renamed: no half files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "log.h"
#include "match_internal.h"

#define CACHE_MAGIC "postern match 1\n"
#define CACHE_MAX (1024L * 1024 * 1024)

struct cache_header {
	char magic[16];
	struct match_cache_key key;
	uint64_t size;	/* bytes behind the header */
	uint64_t check; /* hash of them */
};

static void
mix(struct match_cache_key *key, const void *bytes, size_t size)
{
	struct hash_key first = { key->word[0], key->word[1] };
	struct hash_key second = { key->word[1], ~key->word[0] };

	key->word[0] = hash_bytes(first, bytes, size);
	key->word[1] = hash_bytes(second, bytes, size);
}

void
match_cache_key(const struct match_pattern *patterns, size_t count, enum match_shape shape,
		struct match_cache_key *key)
{
	hs_platform_info_t platform = { 0 };
	const char *version = hs_version();

	*key = (struct match_cache_key){ { 1, 2 } };
	hs_populate_platform(&platform);
	mix(key, version, strlen(version));
	mix(key, &platform.tune, sizeof(platform.tune));
	mix(key, &platform.cpu_features, sizeof(platform.cpu_features));
	mix(key, &shape, sizeof(shape));
	for (size_t i = 0; i < count; i++) {
		const struct match_pattern *p = &patterns[i];
		uint64_t facts[5] = { p->id, p->flags, p->min_end, p->max_end, p->text.len };

		mix(key, facts, sizeof(facts));
		mix(key, p->text.ptr, p->text.len);
	}
}

static int
cache_path(char *path, size_t size, const char *dir, const struct match_cache_key *key,
	   const char *suffix)
{
	int n = snprintf(path, size, "%s/%016llx%016llx%s", dir, (unsigned long long)key->word[0],
			 (unsigned long long)key->word[1], suffix);

	return n > 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

static uint64_t
checksum(const void *bytes, size_t size)
{
	return hash_bytes(hash_key_fixed(), bytes, size);
}

/* The database behind a header that holds in every respect, or NULL and *why. */
static hs_database_t *
read_trusted(FILE *f, const struct match_cache_key *key, const char **why)
{
	hs_database_t *db = NULL;
	struct cache_header h;
	struct stat st;
	char *bytes;

	*why = "others may have written it";
	if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return NULL;
	*why = "it is damaged or of another version";
	if (st.st_size > CACHE_MAX || fread(&h, sizeof(h), 1, f) != 1 ||
	    memcmp(h.magic, CACHE_MAGIC, sizeof(h.magic)) != 0 ||
	    memcmp(&h.key, key, sizeof(*key)) != 0 || h.size != (uint64_t)st.st_size - sizeof(h) ||
	    h.size == 0)
		return NULL;
	bytes = malloc(h.size);
	if (bytes == NULL || fread(bytes, h.size, 1, f) != 1 ||
	    checksum(bytes, h.size) != h.check ||
	    hs_deserialize_database(bytes, h.size, &db) != HS_SUCCESS)
		db = NULL;
	free(bytes);
	return db;
}

hs_database_t *
match_cache_load(const char *dir, const struct match_cache_key *key)
{
	hs_database_t *db;
	const char *why;
	char path[512];
	FILE *f;

	if (cache_path(path, sizeof(path), dir, key, ".hsdb") != 0)
		return NULL;
	f = fopen(path, "rbe");
	if (f == NULL) {
		if (errno != ENOENT)
			log_warn("%s: %s; patterns are compiled anew", path, strerror(errno));
		return NULL;
	}
	db = read_trusted(f, key, &why);
	fclose(f);
	if (db == NULL)
		log_warn("%s is not used, %s; patterns are compiled anew", path, why);
	return db;
}

static bool
write_file(const char *path, const struct cache_header *h, const char *bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd >= 0 ? fdopen(fd, "wb") : NULL;
	bool ok;

	if (f == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	ok = fwrite(h, sizeof(*h), 1, f) == 1 && fwrite(bytes, h->size, 1, f) == 1;
	return fclose(f) == 0 && ok;
}

void
match_cache_save(const char *dir, const struct match_cache_key *key, const hs_database_t *db)
{
	struct cache_header h = { .key = *key };
	char path[512], aside[512], suffix[32], *bytes = NULL;
	size_t size = 0;

	snprintf(suffix, sizeof(suffix), ".%ld.tmp", (long)getpid());
	if (cache_path(path, sizeof(path), dir, key, ".hsdb") != 0 ||
	    cache_path(aside, sizeof(aside), dir, key, suffix) != 0 ||
	    hs_serialize_database(db, &bytes, &size) != HS_SUCCESS)
		return;
	memcpy(h.magic, CACHE_MAGIC, sizeof(h.magic));
	h.size = size;
	h.check = checksum(bytes, size);
	unlink(aside); /* of a run with this number that was cut short */
	if (!write_file(aside, &h, bytes) || rename(aside, path) != 0) {
		log_warn("cannot keep compiled patterns in %s: %s", aside, strerror(errno));
		unlink(aside);
	}
	free(bytes);
}
