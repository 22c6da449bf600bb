/* SPDX-License-Identifier: BSD-3-Clause */
/* One GET over TCP or a Unix socket: HTTP/1.0, so that the end of the connection ends the document.
 */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"
#include "str.h"

#define FETCH_TIMEOUT_S 5
#define FETCH_MAX (64u << 20)

static int
try_address(const struct sockaddr *at, socklen_t size)
{
	struct timeval limit = { .tv_sec = FETCH_TIMEOUT_S };
	int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), saved;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, at, size) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	return try_address((const struct sockaddr *)&at, sizeof(at));
}

static int
connect_tcp(const char *where)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM }, *all, *a;
	const char *colon = strrchr(where, ':');
	char host[128] = "";
	int fd = -1, bracket = where[0] == '[';
	size_t len = colon != NULL ? (size_t)(colon - where) : 0;

	if (len <= (size_t)bracket * 2 || len >= sizeof(host)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(host, where + bracket, len - (size_t)bracket * 2);
	if (getaddrinfo(host, colon + 1, &want, &all) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	for (a = all; a != NULL && fd < 0; a = a->ai_next)
		fd = try_address(a->ai_addr, a->ai_addrlen);
	freeaddrinfo(all);
	return fd;
}

int
ctl_connect(const char *where)
{
	return strncmp(where, "unix:", 5) == 0 ? connect_unix(where + 5) : connect_tcp(where);
}

static int
send_request(int fd, const char *path)
{
	char text[512];
	struct str s;
	size_t done = 0;
	ssize_t n;

	str_open(&s, text, sizeof(text));
	str_printf(&s, "GET %s HTTP/1.0\r\nHost: postern\r\n\r\n", path);
	while (done < s.len) {
		n = send(fd, text + done, s.len - done, MSG_NOSIGNAL);
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

/* All until the end, terminated; NULL and errno. */
static char *
read_all(int fd)
{
	size_t size = 65536, len = 0;
	char *text = malloc(size), *more;
	ssize_t n;

	while (text != NULL) {
		n = read(fd, text + len, size - len - 1);
		if (n < 0) {
			free(text);
			return NULL;
		}
		len += (size_t)n;
		text[len] = '\0';
		if (n == 0)
			return text;
		if (size - len > 1)
			continue;
		size *= 2;
		more = size <= FETCH_MAX ? realloc(text, size) : NULL;
		if (more == NULL)
			free(text);
		text = more;
	}
	errno = ENOMEM;
	return NULL;
}

char *
ctl_fetch(const char *where, const char *path, int *reached, struct err *err)
{
	int fd = ctl_connect(where);
	char *text = NULL, *body;
	unsigned code = 0;

	*reached = 0;
	if (fd >= 0 && send_request(fd, path) == 0)
		text = read_all(fd);
	if (text == NULL) {
		err_set(err, -errno, "cannot reach postern at %s: %s", where, strerror(errno));
		err_hint(err,
			 "is it running, and is this its management.http? Say another with --at");
	}
	if (fd >= 0)
		close(fd);
	if (text == NULL)
		return NULL;
	*reached = 1;
	body = strstr(text, "\r\n\r\n");
	if (sscanf(text, "HTTP/%*u.%*u %u", &code) != 1 || code != 200 || body == NULL) {
		err_set(err, -EPROTO, "%s: postern answered %u to %s", where, code, path);
		free(text);
		return NULL;
	}
	memmove(text, body + 4, strlen(body + 4) + 1);
	return text;
}
