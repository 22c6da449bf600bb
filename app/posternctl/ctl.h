/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * posternctl: a client without DPDK. It fetches a document from the daemon's http address and
 * prints it, as a table or as it is.
 */
#ifndef CTL_H
#define CTL_H

#include <jansson.h>
#include <stdio.h>
#include "err.h"

/* where: "127.0.0.1:9125", "[::1]:9125", "unix:/path". The body, malloc'ed, of a 200. NULL and
 * *err; *reached: somebody answered at all. */
char *ctl_fetch(const char *where, const char *path, int *reached, struct err *err);

void ctl_show_stats(const json_t *o, FILE *out);
void ctl_show_health(const json_t *o, FILE *out);
void ctl_show_sessions(const json_t *o, FILE *out);
void ctl_show_rules(const json_t *o, FILE *out);

#endif
