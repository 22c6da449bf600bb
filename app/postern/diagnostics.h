/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What went wrong, said to a person on stderr as it comes, or with --json gathered as objects that
 * become a part of the one document on stdout. Main thread only.
 */
#ifndef DIAGNOSTICS_H
#define DIAGNOSTICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include "err.h"

void diagnostics_begin(bool json);
void diagnostics_end(void);
/* Where a library prints its own, as text or as one JSON object a line. */
FILE *diagnostics_out(void);
void diagnostics_say(const struct err *e);
/* All so far as an array; the caller's. */
json_t *diagnostics_json(void);

#endif
