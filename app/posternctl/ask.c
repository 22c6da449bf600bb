/* SPDX-License-Identifier: BSD-3-Clause */
/* One command over the control socket: the version first, then the line; an answer is one line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl.h"

#define ASK_MAX (64u << 20)

static int
send_json(FILE *f, json_t *o)
{
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	int r = -1;

	if (text != NULL) {
		size_t len = strlen(text);

		text[len++] = '\n'; /* in place of its end */
		r = send(fileno(f), text, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
	}
	free(text);
	json_decref(o);
	return r;
}

static json_t *
answer(FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n = getline(&line, &size, f);
	json_t *o = n > 0 && n < ASK_MAX ? json_loadb(line, (size_t)n, 0, NULL) : NULL;

	free(line);
	return o;
}

/* What an answer says: its message, or NULL and why it is none. */
static json_t *
message(json_t *o, const char *where, struct err *err)
{
	const char *word = json_string_value(json_object_get(o, "return"));
	json_t *said = json_object_get(o, "message");

	if (word != NULL && strcmp(word, "OK") == 0)
		return said != NULL ? json_incref(said) : json_null();
	err_set(err, -EPROTO, "%s", json_is_string(said) ? json_string_value(said) : "no answer");
	if (o == NULL)
		err_set(err, -EPROTO, "%s: no answer that makes sense", where);
	return NULL;
}

json_t *
ctl_ask(const char *where, const char *line, int as_text, int *reached, struct err *err)
{
	int fd = ctl_connect(where);
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	json_t *hello = NULL, *o = NULL, *said = NULL;

	*reached = f != NULL;
	if (f == NULL) {
		err_set(err, -errno, "cannot reach postern at %s: %s", where + strlen("unix:"),
			strerror(errno));
		err_hint(err, "is it running, and is this its management.socket? Say another with --socket");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (send_json(f, json_pack("{s:s}", "version", "0.2")) == 0)
		hello = answer(f);
	said = message(hello, where, err);
	if (said != NULL) {
		json_decref(said);
		if (send_json(f, json_pack("{s:s, s:{s:s}}", "command", line, "arguments", "format",
					   as_text ? "text" : "json")) == 0)
			o = answer(f);
		said = message(o, where, err);
	}
	json_decref(o);
	json_decref(hello);
	fclose(f);
	return said;
}
