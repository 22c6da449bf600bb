/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events of lib/mime as text that does not depend on how the message was cut: bodies are joined,
 * oddities and URLs come in a fixed place. For golden_mime, mime_dump and the fuzz harness.
 */
#ifndef MIME_PRINT_H
#define MIME_PRINT_H

#include <stdio.h>
#include "mime.h"

struct mime_print_options {
	bool bodies;	  /* print decoded bytes, not only their size and digest */
	bool all_digests; /* sha256 of every part, not only of attachments */
	bool texts;	  /* print text parts as UTF-8, too */
	size_t cut;	  /* feed pieces of this size; 0: whole */
	size_t split;	  /* or two pieces: up to here, and the rest */
};

/* Parses the message and prints its events to out. Returns the number of events. */
size_t mime_print(struct span message, const struct mime_print_options *options, FILE *out);
/* The same into memory of malloc's; *size without the terminator. */
char *mime_print_text(struct span message, const struct mime_print_options *options, size_t *size);

#endif
