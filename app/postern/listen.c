/* SPDX-License-Identifier: BSD-3-Clause */
/* See listen.h. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "listen.h"

#define LISTEN_BACKLOG 16

/* Nobody answers there any more. */
static bool
socket_dead(const struct sockaddr_un *at)
{
	struct stat st;
	bool dead;
	int fd;

	if (lstat(at->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	dead = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 &&
	       errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return dead;
}

struct evconnlistener *
listen_unix(struct event_base *base, const char *key, const char *path, unsigned mode,
	    evconnlistener_cb cb, void *arg, struct err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct evconnlistener *l;
	mode_t before;

	if (strlen(path) >= sizeof(at.sun_path)) {
		err_set(err, -ENAMETOOLONG, "%s: the path of the socket is too long", key);
		return NULL;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (socket_dead(&at))
		unlink(path);
	before = umask(0777 & ~mode); /* from its first moment on */
	l = evconnlistener_new_bind(base, cb, arg, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
				    LISTEN_BACKLOG, (struct sockaddr *)&at, sizeof(at));
	umask(before);
	if (l == NULL) {
		err_set(err, -errno, "cannot listen on %s: %s", path, strerror(errno));
		err_hint(err, "is its directory there, and no other program listening?");
	}
	return l;
}
