/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The key of users' names in events, kept in a file. In: a path; out: the key that it holds, drawn and
 * written when there is none. Called at start. The key is a secret: with it and a list of names somebody
 * could tell whose hash it is, so nobody but the owner may read the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"

#define TEXT_SIZE 33 /* 32 hexadecimal digits and a newline */

static int
fail(const char *path, struct err *err)
{
	int error = errno;

	err_set_at(err, -error, path, 0, 0, "the key for names of users: %s", strerror(error));
	return -error;
}

/* -EEXIST: somebody was faster. */
static int
make(const char *path, struct err *err)
{
	struct hash_key key = hash_key_random();
	char text[TEXT_SIZE + 1];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool written;

	if (fd < 0)
		return fail(path, err);
	snprintf(text, sizeof(text), "%016llx%016llx\n", (unsigned long long)key.k0,
		 (unsigned long long)key.k1);
	written = write(fd, text, TEXT_SIZE) == TEXT_SIZE && fsync(fd) == 0;
	if (!written)
		fail(path, err);
	close(fd);
	if (!written)
		unlink(path); /* half a key is none */
	return written ? 0 : -EIO;
}

static int
parse(int fd, const char *path, struct hash_key *key, struct err *err)
{
	unsigned long long k0, k1;
	char text[TEXT_SIZE + 2];
	struct stat st;
	ssize_t len;
	int end = 0;

	if (fstat(fd, &st) != 0 || (len = read(fd, text, sizeof(text) - 1)) < 0)
		return fail(path, err);
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0) {
		err_set_at(err, -EPERM, path, 0, 0, "others may read the key for names of users");
		err_hint(err, "chmod 600 %s", path);
		return -EPERM;
	}
	text[len] = '\0';
	if (strspn(text, "0123456789abcdef") != TEXT_SIZE - 1 ||
	    sscanf(text, "%16llx%16llx\n%n", &k0, &k1, &end) != 2 || end != len) {
		err_set_at(err, -EINVAL, path, 0, 0, "no key for names of users: 32 hexadecimal digits are");
		err_hint(err, "remove the file for a new key; hashes in older events compare no more");
		return -EINVAL;
	}
	*key = (struct hash_key){ k0, k1 };
	return 0;
}

/* A capture run must tell the same twice, whoever makes it: its key is fixed. */
bool
userkey_wanted(const struct app *a)
{
	const char *path = a->conf.outputs.user_key_file;

	return !app_offline(a) && path != NULL && path[0] != '\0';
}

int
userkey_load(const char *path, struct hash_key *key, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;

	if (fd < 0 && errno == ENOENT) {
		r = make(path, err);
		if (r != 0 && r != -EEXIST)
			return r;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	}
	if (fd < 0)
		return fail(path, err);
	r = parse(fd, path, key, err);
	close(fd);
	return r;
}
