/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Records on their way to the files, and the notices that they give rise to (lib/event/event_notice.h).
 *
 *	n = notices_open(&conf, key, &err);		all of notices.*
 *	notices_write(n, writer, record);		the record, then its notices
 *	notices_close(n);
 */
#ifndef NOTICES_H
#define NOTICES_H

#include "conf.h"
#include "err.h"
#include "event_nets.h"
#include "event_notice.h"

struct notices;

/* NULL and *err. conf must live as long. */
struct notices *notices_open(const struct conf *c, struct hash_key key, struct err *err);
void notices_close(struct notices *n);
const struct event_nets *notices_local(const struct notices *n);
void notices_write(struct notices *n, struct event_writer *w, const struct event *e);
void notices_counts(const struct notices *n, struct event_notice_counts *c);

#endif
