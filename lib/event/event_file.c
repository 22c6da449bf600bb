/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log files. In: lines; out: the same lines, in order, in a file, many to a write(). The writer
 * calls it from one thread. It does not rotate: others rename the file and ask for a reopen.
 */
#include "event_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int
open_path(const char *path, bool append, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (append ? 0 : O_TRUNC),
		      0640);

	if (fd < 0) {
		int code = -errno;

		err_set_at(err, code, path, 0, 0, "cannot open for writing: %s", strerror(-code));
		err_hint(err, "%sgive another folder with --log-dir",
			 code == -ENOENT   ? "create its folder, or "
			 : code == -EACCES ? "let the user that runs postern write there, or "
					   : "");
		return code;
	}
	return fd;
}

int
event_file_open(struct event_file *f, const char *dir, const char *name, bool append,
		struct err *err)
{
	int fd;

	*f = (struct event_file){ .fd = -1 };
	f->buf = malloc(EVENT_BATCH);
	if (f->buf == NULL || asprintf(&f->path, "%s/%s", dir, name) < 0) {
		free(f->buf);
		*f = (struct event_file){ .fd = -1 };
		return err_set(err, -ENOMEM, "no memory for the buffer of %s", name);
	}
	fd = open_path(f->path, append, err);
	if (fd < 0) {
		free(f->path);
		free(f->buf);
		*f = (struct event_file){ .fd = -1 };
		return fd;
	}
	f->fd = fd;
	return 0;
}

static uint64_t
count_lines(const char *buf, size_t size)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += buf[i] == '\n';
	return n;
}

/*
 * After a write that stopped at `done`: forget the batch, and take back the half line that is in
 * the file. A pipe cannot be shortened; its reader sees one broken line.
 */
static void
give_up(struct event_file *f, size_t done, int code)
{
	size_t whole = done;
	struct stat st;

	while (whole > 0 && f->buf[whole - 1] != '\n')
		whole--;
	if (whole < done && fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size >= (off_t)(done - whole) &&
	    ftruncate(f->fd, st.st_size - (off_t)(done - whole)) != 0)
		whole = done;
	f->lost += count_lines(f->buf + whole, f->used - whole);
	if (f->error == 0)
		f->error = code;
	f->used = 0;
}

int
event_file_flush(struct event_file *f)
{
	size_t done = 0;

	if (f->path == NULL || f->used == 0)
		return 0;
	while (done < f->used) {
		ssize_t n = write(f->fd, f->buf + done, f->used - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int code = n < 0 ? -errno : -EIO;

			give_up(f, done, code);
			return code;
		}
		done += (size_t)n;
	}
	f->used = 0;
	return 0;
}

void
event_file_add(struct event_file *f, struct span line)
{
	if (f->path == NULL)
		return;
	if (line.len + 1 > EVENT_BATCH - f->used)
		event_file_flush(f);
	memcpy(f->buf + f->used, line.ptr, line.len);
	f->used += line.len;
	f->buf[f->used++] = '\n';
}

int
event_file_reopen(struct event_file *f, struct err *err)
{
	int fd;

	if (f->path == NULL)
		return 0;
	event_file_flush(f);
	fd = open_path(f->path, true, err);
	if (fd < 0)
		return fd;
	close(f->fd);
	f->fd = fd;
	return 0;
}

int
event_file_close(struct event_file *f)
{
	int code;

	if (f->path == NULL)
		return 0;
	event_file_flush(f);
	if (close(f->fd) != 0 && f->error == 0)
		f->error = -errno;
	code = f->error;
	free(f->path);
	free(f->buf);
	*f = (struct event_file){ .fd = -1 };
	return code;
}
