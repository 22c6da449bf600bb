/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control socket: JSON values in, one line of JSON out for each; Suricata's protocol 0.2, so that
 * suricatasc and the tools around it find what they know. In: {"version": "0.2"}, then {"command":
 * LINE, "arguments": {...}}; out: {"return": "OK"|"NOK", "message": ...}. With "format": "text" among the
 * arguments the message is the text for people. No thread: control_poll serves what is at hand.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "listen.h"

#define CONTROL_CLIENTS 16
#define CONTROL_REQUEST 65536
#define CONTROL_UNSENT (1u << 20) /* bytes of answers that a client has not taken: it is read no more */
#define CONTROL_WRITE_S 10

struct control {
	struct app *app;
	struct event_base *base;
	struct evconnlistener *listener;
	struct bufferevent *client[CONTROL_CLIENTS]; /* NULL: free */
	char path[LISTEN_PATH];
};

static void
answer(struct bufferevent *to, bool ok, json_t *message)
{
	json_t *o = json_pack("{s:s}", "return", ok ? "OK" : "NOK");
	char *text;

	if (message != NULL)
		json_object_set_new(o, "message", message);
	text = json_dumps(o, JSON_COMPACT);
	if (text != NULL)
		evbuffer_add_printf(bufferevent_get_output(to), "%s\n", text);
	free(text);
	json_decref(o);
}

/* Words of a request may come back: they are UTF-8, jansson takes no other. */
static void
run(struct control *c, struct bufferevent *to, const char *line, json_t *arguments)
{
	const char *format = json_string_value(json_object_get(arguments, "format"));
	bool as_text = format != NULL && strcmp(format, "text") == 0;
	struct err err = { .text = "" };
	char why[1200], *text;
	json_t *json = NULL;

	if (commands_run(c->app, line, arguments, &text, as_text ? NULL : &json, &err) != 0)
		answer(to, false, json_string(err_text(&err, why, sizeof(why))));
	else
		answer(to, true, as_text ? json_string(text) : json);
	free(text);
}

static void
request(struct control *c, struct bufferevent *to, const json_t *o)
{
	const char *version = json_string_value(json_object_get(o, "version"));
	const char *command = json_string_value(json_object_get(o, "command"));

	if (command != NULL)
		run(c, to, command, json_object_get(o, "arguments"));
	else if (version != NULL && (strcmp(version, "0.2") == 0 || strcmp(version, "0.1") == 0))
		answer(to, true, NULL);
	else
		answer(to, false, json_string(version != NULL ? "the protocol is 0.2"
							      : "no command in the request"));
}

static void
client_end(struct control *c, struct bufferevent *b)
{
	size_t i;

	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (c->client[i] == b)
			c->client[i] = NULL;
	bufferevent_free(b);
}

/* One value after the other; suricatasc sends its version without a line's end. */
static void
on_read(struct bufferevent *b, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(b), *out = bufferevent_get_output(b);
	struct control *c = arg;
	json_error_t why;
	const char *bytes;
	size_t len;
	json_t *o;

	while ((len = evbuffer_get_length(in)) > 0) {
		bytes = (const char *)evbuffer_pullup(in, -1);
		if (strchr(" \t\r\n", bytes[0]) != NULL && bytes[0] != '\0') {
			evbuffer_drain(in, 1);
			continue;
		}
		if (evbuffer_get_length(out) > CONTROL_UNSENT) {
			bufferevent_disable(b, EV_READ);
			return;
		}
		o = json_loadb(bytes, len, JSON_DISABLE_EOF_CHECK, &why);
		if (o == NULL) {
			if (json_error_code(&why) == json_error_premature_end_of_input &&
			    len < CONTROL_REQUEST)
				return;
			client_end(c, b);
			return;
		}
		evbuffer_drain(in, (size_t)why.position);
		request(c, b, o);
		json_decref(o);
	}
}

static void
on_written(struct bufferevent *b, void *arg)
{
	if (bufferevent_get_enabled(b) & EV_READ)
		return;
	bufferevent_enable(b, EV_READ);
	on_read(b, arg);
}

static void
on_event(struct bufferevent *b, short what, void *arg)
{
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		client_end(arg, b);
}

static void
on_client(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	const struct timeval limit = { .tv_sec = CONTROL_WRITE_S };
	struct control *c = arg;
	struct bufferevent *b = NULL;
	size_t i = 0;

	(void)l;
	(void)from;
	(void)len;
	while (i < CONTROL_CLIENTS && c->client[i] != NULL)
		i++;
	if (i < CONTROL_CLIENTS)
		b = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (b == NULL) {
		close(fd);
		return;
	}
	c->client[i] = b;
	bufferevent_setcb(b, on_read, on_written, on_event, c);
	bufferevent_set_timeouts(b, NULL, &limit);
	bufferevent_enable(b, EV_READ | EV_WRITE);
}

struct control *
control_open(struct app *a, const char *path, struct err *err)
{
	struct control *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->base = event_base_new();
	if (c == NULL || c->base == NULL) {
		err_set(err, -ENOMEM, "no memory for the control socket");
		control_close(c);
		return NULL;
	}
	c->app = a;
	c->listener = listen_unix(c->base, "management.socket", path, 0600, on_client, c, err);
	if (c->listener == NULL) {
		control_close(c);
		return NULL;
	}
	snprintf(c->path, sizeof(c->path), "%s", path);
	return c;
}

void
control_poll(struct control *c)
{
	if (c != NULL)
		event_base_loop(c->base, EVLOOP_NONBLOCK);
}

/* Answers that are on their way leave first, as far as the clients take them at once. */
void
control_close(struct control *c)
{
	size_t i;

	if (c == NULL)
		return;
	if (c->path[0] != '\0') {
		control_poll(c);
		unlink(c->path);
	}
	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (c->client[i] != NULL)
			bufferevent_free(c->client[i]);
	if (c->listener != NULL)
		evconnlistener_free(c->listener);
	if (c->base != NULL)
		event_base_free(c->base);
	free(c);
}
