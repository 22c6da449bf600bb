/* SPDX-License-Identifier: BSD-3-Clause */
/* A listening Unix socket for http and the control socket. */
#ifndef LISTEN_H
#define LISTEN_H

#include <event2/event.h>
#include <event2/listener.h>
#include <sys/un.h>
#include "err.h"

#define LISTEN_PATH sizeof(((struct sockaddr_un *)0)->sun_path)

/* A socket of a program that is gone is taken away; one that answers is not ours to take. cb may be NULL.
 * NULL and *err, which begins with key, the configuration's. */
struct evconnlistener *listen_unix(struct event_base *base, const char *key, const char *path,
				   unsigned mode, evconnlistener_cb cb, void *arg, struct err *err);

#endif
