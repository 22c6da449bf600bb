/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a data set has learnt since it was loaded: values added, values removed. In: keys; out: in,
 * out, or not known. Any worker and the management core may read and write at once, without a lock
 * and without memory from elsewhere: all of it is taken when the table is made. A key keeps its
 * place for ever; adding and removing it again changes one word. When there is no room, putting a
 * new key fails and says so.
 */
#ifndef RULES_LIVE_H
#define RULES_LIVE_H

#include "span.h"

struct rules_live;

enum rules_live_answer { RULES_LIVE_UNKNOWN, RULES_LIVE_IN, RULES_LIVE_OUT };

/* Room for so many values of so many bytes together; one reference. NULL: no memory. */
struct rules_live *rules_live_create(size_t values, size_t bytes);
/* Control plane only. */
struct rules_live *rules_live_share(struct rules_live *l);
void rules_live_release(struct rules_live *l);

enum rules_live_answer rules_live_find(const struct rules_live *l, struct span key);
/* Nothing is in any more, not even what is loaded beside it, until it is put there again. */
void rules_live_clear(struct rules_live *l);
bool rules_live_cleared(const struct rules_live *l);
/* False: no room for it. */
bool rules_live_put(struct rules_live *l, struct span key, bool in);

size_t rules_live_count(const struct rules_live *l);
size_t rules_live_room(const struct rules_live *l);
/* Each key that is in, once; *i begins with 0. False behind the last. */
bool rules_live_next(const struct rules_live *l, size_t *i, struct span *key);

#endif
