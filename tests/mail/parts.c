/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What lib/mime makes of messages, for comparison with another decoder. In: names of files with one
 * message each, one a line, on standard input; a line of a message may end in LF or CRLF and is fed
 * with CRLF, in pieces of changing size. Out: a line of JSON a message: its leaf parts with type,
 * name, encoding, size, SHA-256 and, where it is text, that as UTF-8, and its oddities. Texts are
 * written byte by byte as Latin-1, so that nothing is lost.
 */
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mime.h"

struct reader {
	struct mime_parser *p;
	EVP_MD_CTX *digest;
	char *utf8, *bytes;
	size_t utf8_len, bytes_len;
	FILE *text, *raw; /* of a part: as UTF-8, as it is */
	json_t *parts, *oddities;
};

static json_t *
latin(struct span s)
{
	char *utf8 = malloc(2 * s.len + 1);
	size_t n = 0;
	json_t *text;

	if (utf8 == NULL)
		exit(2);
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < 0x80) {
			utf8[n++] = (char)s.ptr[i];
			continue;
		}
		utf8[n++] = (char)(0xc0 | s.ptr[i] >> 6);
		utf8[n++] = (char)(0x80 | (s.ptr[i] & 0x3f));
	}
	text = json_stringn(utf8, n);
	free(utf8);
	return text;
}

static void
part_end(struct reader *r, const struct mime_part *m)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	struct span text;
	unsigned len;

	EVP_DigestFinal_ex(r->digest, sum, &len);
	for (unsigned i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", sum[i]);
	fclose(r->text);
	fclose(r->raw);
	/* Of a text in UTF-8 there is no other. */
	text = r->utf8_len > 0 ? span_of((const uint8_t *)r->utf8, r->utf8_len)
			       : span_of((const uint8_t *)r->bytes, r->bytes_len);
	json_array_append_new(
		r->parts, json_pack("{s:o,s:o,s:s,s:I,s:s,s:o*}", "type", latin(m->type), "name",
				    latin(m->filename), "encoding", mime_encoding_name(m->encoding),
				    "size", (json_int_t)m->size, "sha256", hex, "text",
				    m->is_text ? latin(text) : NULL));
	free(r->utf8);
	free(r->bytes);
}

static void
pull(struct reader *r)
{
	struct mime_event ev;

	while (mime_next(r->p, &ev) == 1) {
		if (ev.kind == MIME_EV_PART_BEGIN) {
			EVP_DigestInit_ex(r->digest, EVP_sha256(), NULL);
			r->text = open_memstream(&r->utf8, &r->utf8_len);
			r->raw = open_memstream(&r->bytes, &r->bytes_len);
			if (r->text == NULL || r->raw == NULL)
				exit(2);
		} else if (ev.kind == MIME_EV_TEXT) {
			fwrite(ev.bytes.ptr, 1, ev.bytes.len, r->text);
		} else if (ev.kind == MIME_EV_BODY) {
			fwrite(ev.bytes.ptr, 1, ev.bytes.len, r->raw);
			EVP_DigestUpdate(r->digest, ev.bytes.ptr, ev.bytes.len);
		} else if (ev.kind == MIME_EV_PART_END) {
			part_end(r, ev.part);
		} else if (ev.kind == MIME_EV_ODDITY) {
			json_array_append_new(r->oddities,
					      json_string(mime_oddity_name(ev.oddity)));
		}
	}
}

/* The whole message with CRLF. */
static uint8_t *
load(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = NULL;
	size_t size = 0, n = 0;
	int c, last = 0;

	if (f == NULL) {
		perror(path);
		exit(2);
	}
	while ((c = getc(f)) != EOF) {
		if (n + 2 > size && (bytes = realloc(bytes, size = 2 * size + 4096)) == NULL)
			exit(2);
		if (c == '\n' && last != '\r')
			bytes[n++] = '\r';
		bytes[n++] = (uint8_t)c;
		last = c;
	}
	fclose(f);
	if (n > 5 && memcmp(bytes, "From ", 5) == 0) { /* a mailbox's separator, no header field */
		size_t line = (size_t)((uint8_t *)memchr(bytes, '\n', n) - bytes) + 1;

		memmove(bytes, bytes + line, n -= line);
	}
	*len = n;
	return bytes;
}

static void
read_message(const char *path, void *memory, struct pool *lines,
	     const struct mime_charsets *charsets)
{
	const struct mime_limits limits = { .charsets = charsets, .texts = true };
	struct reader r = { .digest = EVP_MD_CTX_new(), .parts = json_array(),
			    .oddities = json_array() };
	size_t len, at = 0, piece = 1;
	uint8_t *bytes = load(path, &len);
	json_t *line;

	r.p = mime_open(memory, &limits, lines);
	while (at < len) {
		size_t n = piece < len - at ? piece : len - at;

		mime_feed(r.p, span_of(bytes + at, n));
		pull(&r);
		at += n;
		piece = piece * 7 % 1459 + 1;
	}
	mime_finish(r.p);
	pull(&r);
	mime_close(r.p);
	line = json_pack("{s:o,s:o,s:o}", "file", latin(span_str(path)), "parts", r.parts, "oddities",
			 r.oddities);
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
	EVP_MD_CTX_free(r.digest);
	free(bytes);
}

int
main(void)
{
	struct pool *lines = pool_create("lines", MIME_LINE_SIZE, 256, 0);
	struct mime_charsets *charsets = mime_charsets_create();
	void *memory = malloc(mime_size());
	char path[4096];

	if (lines == NULL || memory == NULL || charsets == NULL)
		return 2;
	while (fgets(path, sizeof(path), stdin) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		read_message(path, memory, lines, charsets);
	}
	free(memory);
	mime_charsets_destroy(charsets);
	pool_destroy(lines);
	return ferror(stdin) || fflush(stdout) != 0 ? 2 : 0;
}
