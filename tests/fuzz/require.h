/* SPDX-License-Identifier: BSD-3-Clause */
/* What a harness demands: said, and fatal, where it does not hold. */
#ifndef REQUIRE_H
#define REQUIRE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void
require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

#endif
