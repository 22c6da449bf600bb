/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small HTTP server for the management core: GET of a few documents, over TCP on an address or a
 * Unix socket. It has no thread: http_poll serves what is at hand. Knows nothing of what the
 * documents say.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include "err.h"

struct http;

/* The document, malloc'ed; NULL becomes 503. query: what stands behind '?', NULL nothing. *status is 200
 * and may be changed. */
typedef char *(*http_make)(void *arg, const char *query, int *status);
/* Value of name in a query, decoded: 1; 0 it is not there, -1 it is longer or the query is broken. */
int http_param(const char *query, const char *name, char *value, size_t size);

struct http_page {
	const char *path, *type;
	http_make make;
};

/* where: "127.0.0.1:9125", "[::1]:9125", "unix:/path". pages end with a NULL path. NULL and *err.
 */
struct http *http_open(const char *where, const struct http_page *pages, void *arg,
		       struct err *err);
void http_poll(struct http *h); /* h may be NULL */
void http_close(struct http *h);

#endif
