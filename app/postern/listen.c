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

/* /run is empty after each start of the machine: the last folder of the path is made. */
static void
make_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *slash = strrchr(path, '/');
	size_t len = slash != NULL ? (size_t)(slash - path) : 0;

	if (len == 0)
		return;
	memcpy(folder, path, len);
	folder[len] = '\0';
	mkdir(folder, 0755); /* whatever is wrong with it, the bind tells */
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
	make_folder(path);
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
