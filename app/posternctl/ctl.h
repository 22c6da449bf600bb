/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * posternctl: a client without DPDK. It sends a command to the daemon's control socket, or fetches a
 * document from its http address, and prints the answer.
 */
#ifndef CTL_H
#define CTL_H

#include <jansson.h>
#include <stdio.h>
#include "err.h"

/* A connection to "unix:/path" or "address:port"; -1 and errno. */
int ctl_connect(const char *where);
/* One command over the control socket: the message, the caller's. NULL and *err. */
json_t *ctl_ask(const char *where, const char *line, int as_text, int *reached, struct err *err);

/* where: "127.0.0.1:9125", "[::1]:9125", "unix:/path". The body, malloc'ed, of a 200. NULL and
 * *err; *reached: somebody answered at all. */
char *ctl_fetch(const char *where, const char *path, int *reached, struct err *err);

/* A field as printable text in buf, "" when it is missing; as a number, 0. */
const char *ctl_text(const json_t *o, const char *key, char *buf, size_t size);
long long ctl_number(const json_t *o, const char *key);

void ctl_show_stats(const json_t *o, FILE *out);
void ctl_show_health(const json_t *o, FILE *out);
void ctl_show_sessions(const json_t *o, FILE *out);
void ctl_show_rules(const json_t *o, FILE *out);

#endif
