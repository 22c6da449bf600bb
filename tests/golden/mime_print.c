/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs lib/mime over a message, fed in pieces that lie in blocks of their exact size (so that ASan
 * sees over-reads), and prints what comes out. In: a message and how to cut it; out: text.
 */
#include "mime_print.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdlib.h>

#include "str.h"

struct print {
	const struct mime_print_options *options;
	FILE *out;
	FILE *body, *urls;
	char *body_text, *urls_text;
	FILE *utf8;
	char *utf8_text;
	size_t utf8_size;
	size_t body_size, urls_size;
	uint64_t body_sum;
	bool open;
	bool odd[MIME_ODDITY_COUNT];
	size_t events;
};

static void
put_escaped(FILE *out, struct span s)
{
	static char text[4 * 65536 + 1];
	struct str str;

	for (; s.len > 0; s = span_skip(s, 65536)) {
		str_open(&str, text, sizeof(text));
		str_add_escaped(&str, span_take(s, 65536));
		fputs(text, out);
	}
}

static void
put_hex(FILE *out, const char *name, const uint8_t *bytes, size_t n)
{
	fprintf(out, " %s=", name);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%02x", bytes[i]);
}

/* Body lines one a line. */
static void
put_body(struct print *p)
{
	struct span rest = span_of(p->body_text, p->body_size);

	while (rest.len > 0) {
		ptrdiff_t lf = span_chr(rest, '\n');
		size_t n = lf >= 0 ? (size_t)lf + 1 : rest.len;

		fprintf(p->out, "  |");
		put_escaped(p->out, span_take(rest, n));
		fputc('\n', p->out);
		rest = span_skip(rest, n);
	}
}

static void
part_begin(struct print *p, const struct mime_part *part)
{
	assert(!p->open);
	p->open = true;
	fprintf(p->out, "part %u depth %u %s", part->number, part->depth,
		mime_encoding_name(part->encoding));
	fprintf(p->out, " type \"");
	put_escaped(p->out, part->type);
	fprintf(p->out, "\"%s%s", part->is_text ? " text" : "",
		part->attachment ? " attachment" : "");
	if (part->filename.len > 0) {
		fprintf(p->out, " name \"");
		put_escaped(p->out, part->filename);
		fputc('"', p->out);
	}
	for (int i = 0; i < part->other_count; i++) {
		fprintf(p->out, " other \"");
		put_escaped(p->out, part->other_names[i]);
		fputc('"', p->out);
	}
	fputc('\n', p->out);
	p->body_sum = 0;
	p->body = open_memstream(&p->body_text, &p->body_size);
	p->urls = open_memstream(&p->urls_text, &p->urls_size);
	p->utf8 = open_memstream(&p->utf8_text, &p->utf8_size);
}

static void
part_end(struct print *p, const struct mime_part *part)
{
	uint8_t sha[32];

	assert(p->open);
	p->open = false;
	fclose(p->body);
	fclose(p->urls);
	fclose(p->utf8);
	assert(p->body_sum == part->size);
	if (p->options->bodies)
		put_body(p);
	fputs(p->urls_text, p->out);
	if (p->options->texts && part->is_text) { /* no other text: it is UTF-8 */
		fprintf(p->out, "utf8 \"");
		put_escaped(p->out, p->utf8_size > 0 ? span_of(p->utf8_text, p->utf8_size)
						     : span_of(p->body_text, p->body_size));
		fprintf(p->out, "\"\n");
	}
	fprintf(p->out, "end %u size %" PRIu64 "%s", part->number, part->size,
		part->closed ? "" : " open");
	SHA256((const uint8_t *)p->body_text, p->body_size, sha);
	if (part->digests & MIME_SHA256)
		assert(memcmp(sha, part->sha256, sizeof(sha)) == 0);
	if (p->options->all_digests || (part->digests & MIME_SHA256))
		put_hex(p->out, "sha256", sha, sizeof(sha));
	if (part->digests & MIME_MD5)
		put_hex(p->out, "md5", part->md5, sizeof(part->md5));
	fputc('\n', p->out);
	free(p->body_text);
	free(p->urls_text);
	free(p->utf8_text);
}

static void
put_url(FILE *out, struct span url)
{
	fprintf(out, "url \"");
	put_escaped(out, url);
	fprintf(out, "\"\n");
}

static void
event(struct print *p, const struct mime_event *ev)
{
	p->events++;
	switch (ev->kind) {
	case MIME_EV_HEADER:
		fprintf(p->out, "header %u \"", ev->part->number);
		put_escaped(p->out, ev->name);
		fprintf(p->out, "\" \"");
		put_escaped(p->out, ev->value);
		fprintf(p->out, "\"\n");
		break;
	case MIME_EV_HEADERS_END:
		fprintf(p->out, "headers %u\n", ev->part->number);
		break;
	case MIME_EV_PART_BEGIN:
		part_begin(p, ev->part);
		break;
	case MIME_EV_BODY:
		assert(p->open && ev->bytes.len > 0);
		p->body_sum += ev->bytes.len;
		fwrite(ev->bytes.ptr, 1, ev->bytes.len, p->body);
		break;
	case MIME_EV_TEXT:
		assert(p->open && ev->bytes.len > 0 && ev->part->is_text);
		fwrite(ev->bytes.ptr, 1, ev->bytes.len, p->utf8);
		break;
	case MIME_EV_PART_END:
		part_end(p, ev->part);
		break;
	case MIME_EV_URL:
		put_url(p->open ? p->urls : p->out, ev->value);
		break;
	case MIME_EV_ODDITY:
		assert(!p->odd[ev->oddity]);
		p->odd[ev->oddity] = true;
		break;
	case MIME_EV_END:
		fprintf(p->out, "end");
		put_hex(p->out, "md5", ev->body_md5, sizeof(ev->body_md5));
		fputc('\n', p->out);
		break;
	}
}

static void
drain(struct print *p, struct mime_parser *parser)
{
	struct mime_event ev;

	while (mime_next(parser, &ev) == 1)
		event(p, &ev);
}

static void
feed(struct print *p, struct mime_parser *parser, struct span bytes)
{
	uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);

	assert(copy != NULL);
	if (bytes.len > 0)
		memcpy(copy, bytes.ptr, bytes.len);
	mime_feed(parser, span_of(copy, bytes.len));
	drain(p, parser);
	free(copy);
}

size_t
mime_print(struct span message, const struct mime_print_options *options, FILE *out)
{
	static const char *const schemes[] = { "http", "https", "ftp", NULL };
	static struct mime_charsets *charsets; /* of all calls */
	struct mime_limits limits = { .digests = MIME_MD5 | MIME_SHA256,
					    .body_md5 = true,
					    .urls = true,
					    .url_schemes = schemes,
					    .texts = options->texts };
	struct pool *pool = pool_create("lines", MIME_LINE_SIZE, 16, 0);
	void *memory = malloc(mime_size());
	struct print p = { .options = options, .out = out };
	struct mime_parser *parser;
	size_t cut = options->cut > 0 ? options->cut : message.len;

	assert(pool != NULL && memory != NULL);
	if (charsets == NULL)
		charsets = mime_charsets_create();
	limits.charsets = charsets;
	limits.contexts = mime_contexts_create(&limits, 1);
	parser = mime_open(memory, &limits, pool);
	if (options->split > 0) {
		feed(&p, parser, span_take(message, options->split));
		message = span_skip(message, options->split);
		cut = message.len;
	}
	for (; message.len > 0; message = span_skip(message, cut))
		feed(&p, parser, span_take(message, cut));
	mime_finish(parser);
	drain(&p, parser);
	for (int i = 0; i < MIME_ODDITY_COUNT; i++) {
		if (p.odd[i])
			fprintf(out, "oddity %s\n", mime_oddity_name(i));
	}
	assert(!p.open);
	mime_close(parser);
	mime_contexts_destroy(limits.contexts);
	assert(pool_used(pool) == 0);
	pool_destroy(pool);
	free(memory);
	return p.events;
}

char *
mime_print_text(struct span message, const struct mime_print_options *options, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	assert(out != NULL);
	mime_print(message, options, out);
	fclose(out);
	return text;
}
