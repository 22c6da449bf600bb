/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file of lines, written in batches of whole lines. When the disk is full, what is in the batch is
 * lost and counted, and the file still ends with a newline. Internal to event.
 */
#ifndef EVENT_FILE_H
#define EVENT_FILE_H

#include "err.h"
#include "span.h"

#define EVENT_BATCH 262144 /* bytes of a batch */

struct event_file {
	char *path; /* NULL: not in use; all calls do nothing */
	int fd;
	int error;  /* first -errno of a write, 0 */
	char *buf;
	size_t used;
	uint64_t lost; /* lines */
};

/* 0, or -errno and *err. append: go on behind what is there, else begin anew. */
int event_file_open(struct event_file *f, const char *dir, const char *name, bool append,
		    struct err *err);
/* line is without its newline and shorter than EVENT_LINE_MAX. */
void event_file_add(struct event_file *f, struct span line);
/* One write() of all that waits. 0 or -errno. */
int event_file_flush(struct event_file *f);
/* By the same name, appending; on failure the old file stays in use. */
int event_file_reopen(struct event_file *f, struct err *err);
/* 0, or the first error of the file's life. */
int event_file_close(struct event_file *f);

#endif
