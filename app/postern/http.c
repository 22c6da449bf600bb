/* SPDX-License-Identifier: BSD-3-Clause */
/* See http.h; over libevent's evhttp. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http.h"
#include "listen.h"

#define HTTP_TIMEOUT_S 10
#define HTTP_HEADER_MAX 8192

struct http {
	struct event_base *base;
	struct evhttp *server;
	const struct http_page *pages;
	void *arg;
	char path[LISTEN_PATH]; /* of a Unix socket, "" for TCP */
};

int
http_param(const char *query, const char *name, char *value, size_t size)
{
	struct evkeyvalq all;
	const char *found;
	int r = 0;

	if (query == NULL)
		return 0;
	if (evhttp_parse_query_str(query, &all) != 0)
		return -1;
	found = evhttp_find_header(&all, name);
	if (found != NULL)
		r = strlen(found) < size ? 1 : -1;
	if (r == 1)
		memcpy(value, found, strlen(found) + 1);
	evhttp_clear_headers(&all);
	return r;
}

static void
http_answer(struct evhttp_request *req, void *arg)
{
	struct http *h = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	const struct http_page *p = h->pages;
	struct evbuffer *out;
	int status = HTTP_OK;
	char *text;

	while (p->path != NULL && (path == NULL || strcmp(p->path, path) != 0))
		p++;
	if (p->path == NULL) {
		evhttp_send_error(req, HTTP_NOTFOUND, NULL);
		return;
	}
	text = p->make(h->arg, evhttp_uri_get_query(uri), &status);
	out = text != NULL ? evbuffer_new() : NULL;
	if (out == NULL) {
		free(text);
		evhttp_send_error(req, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	evbuffer_add(out, text, strlen(text));
	free(text);
	evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type", p->type);
	evhttp_add_header(evhttp_request_get_output_headers(req), "Cache-Control", "no-store");
	evhttp_send_reply(req, status, status == HTTP_OK ? "OK" : "Error", out);
	evbuffer_free(out);
}

/* "host:port" or "[v6]:port" apart. */
static int
http_split(const char *where, char *host, size_t size, unsigned short *port)
{
	const char *colon = strrchr(where, ':');
	const char *from = where;
	size_t len;
	char *end;
	unsigned long n;

	if (colon == NULL)
		return -EINVAL;
	len = (size_t)(colon - where);
	if (len > 2 && where[0] == '[' && colon[-1] == ']') {
		from++;
		len -= 2;
	}
	n = strtoul(colon + 1, &end, 10);
	if (len == 0 || len >= size || n == 0 || n > 65535 || *end != '\0')
		return -EINVAL;
	memcpy(host, from, len);
	host[len] = '\0';
	*port = (unsigned short)n;
	return 0;
}

static int
http_listen_tcp(struct http *h, const char *where, struct err *err)
{
	char host[128];
	unsigned short port;

	if (http_split(where, host, sizeof(host), &port) != 0) {
		err_set(err, -EINVAL, "management.http: '%s' is no address:port", where);
		err_hint(err, "e.g. 127.0.0.1:9125, or unix:/run/postern/http.socket");
		return -EINVAL;
	}
	errno = 0;
	if (evhttp_bind_socket(h->server, host, port) == 0)
		return 0;
	err_set(err, -EADDRINUSE, "cannot listen on %s: %s", where,
		errno != 0 ? strerror(errno) : "no such address");
	err_hint(err, "set management.http to another address, or to \"\" for none");
	return -EADDRINUSE;
}

static int
http_listen_unix(struct http *h, const char *path, struct err *err)
{
	struct evconnlistener *l = listen_unix(h->base, "management.http", path, 0660, NULL, NULL, err);

	if (l == NULL)
		return -EADDRINUSE;
	snprintf(h->path, sizeof(h->path), "%s", path);
	if (evhttp_bind_listener(h->server, l) != NULL)
		return 0;
	evconnlistener_free(l);
	return err_set(err, -ENOMEM, "no memory for http");
}

struct http *
http_open(const char *where, const struct http_page *pages, void *arg, struct err *err)
{
	struct http *h = calloc(1, sizeof(*h));
	int r;

	if (h != NULL)
		h->base = event_base_new();
	if (h != NULL && h->base != NULL)
		h->server = evhttp_new(h->base);
	if (h == NULL || h->server == NULL) {
		err_set(err, -ENOMEM, "no memory for http");
		http_close(h);
		return NULL;
	}
	h->pages = pages;
	h->arg = arg;
	evhttp_set_allowed_methods(h->server, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_timeout(h->server, HTTP_TIMEOUT_S);
	evhttp_set_max_headers_size(h->server, HTTP_HEADER_MAX);
	evhttp_set_max_body_size(h->server, 0);
	evhttp_set_gencb(h->server, http_answer, h);
	r = strncmp(where, "unix:", 5) == 0 ? http_listen_unix(h, where + 5, err)
					    : http_listen_tcp(h, where, err);
	if (r == 0)
		return h;
	http_close(h);
	return NULL;
}

void
http_poll(struct http *h)
{
	if (h != NULL)
		event_base_loop(h->base, EVLOOP_NONBLOCK);
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	if (h->server != NULL)
		evhttp_free(h->server);
	if (h->base != NULL)
		event_base_free(h->base);
	if (h->path[0] != '\0')
		unlink(h->path);
	free(h);
}
