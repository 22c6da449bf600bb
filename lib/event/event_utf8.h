/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which bytes are UTF-8 (RFC 3629 section 4). One rule for all that we write: each maximal
 * beginning of a character that does not go on as it must counts as one broken character (Unicode,
 * section 3.9, "substitution of maximal subparts"; the same as WHATWG's decoder).
 */
#ifndef EVENT_UTF8_H
#define EVENT_UTF8_H

#include "span.h"

/*
 * Length of the valid character that s (not empty) begins with, 1 to 4; or, negative, how many
 * bytes to take as one broken character.
 */
int event_utf8_next(struct span s);

#endif
