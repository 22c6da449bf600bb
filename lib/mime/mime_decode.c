/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Raw body bytes become decoded ones: identity passes spans through, base64 and quoted-printable
 * decode into the layer's buffer. In: y->raw; out: BODY events, or the input of the layer above
 * when the body is an encoded container. mime_body.c fills y->raw; mime_parser.c steps it.
 */
#include "mime_internal.h"

/* False: no buffer. */
bool
mime_decoder_begin(struct mime_parser *p, struct mime_layer *y, enum mime_encoding e)
{
	y->decoder = MIME_IDENTITY;
	if (e != MIME_BASE64 && e != MIME_QP)
		return true;
	if (mime_buffer(p, &y->out) == NULL)
		return false;
	y->decoder = e;
	y->b64 = (struct mime_b64){ .bad = false };
	y->qp = (struct mime_qp){ .bad = false };
	return true;
}

static void
check_epilogue(struct mime_parser *p, struct span s)
{
	for (size_t i = 0; i < s.len && !(p->odd_seen & 1u << MIME_ODD_TEXT_AFTER_CLOSE); i++) {
		if (s.ptr[i] > ' ')
			mime_odd(p, MIME_ODD_TEXT_AFTER_CLOSE);
	}
}

/* Bytes of the open leaf up to its decode depth. */
static uint64_t
depth_left(const struct mime_parser *p)
{
	const uint64_t *depth = p->limits.decode_depth;

	return depth != NULL ? depth[p->part.encoding] - p->part.size : UINT64_MAX;
}

static struct span
within_depth(struct mime_parser *p, struct span bytes)
{
	uint64_t left = depth_left(p);

	if (bytes.len > left) {
		p->part.cut = true;
		mime_odd(p, MIME_ODD_DECODE_DEPTH);
	}
	return span_take(bytes, left);
}

/* Decoded bytes go where they belong. Around the parts of a multipart only URLs are looked for:
 * some readers show that text when they find no part. */
void
mime_deliver(struct mime_parser *p, struct mime_layer *y, struct span bytes)
{
	if (y->where == MIME_AT_NEST || y->where == MIME_AT_DRAIN) {
		y[1].in = bytes;
		return;
	}
	if (y->where == MIME_AT_EPILOGUE)
		check_epilogue(p, bytes);
	if (y->where == MIME_AT_PREAMBLE || y->where == MIME_AT_EPILOGUE) {
		p->url_in = p->limits.urls ? bytes : SPAN_NONE;
		return;
	}
	bytes = within_depth(p, bytes);
	if (bytes.len == 0)
		return;
	p->part.size += bytes.len;
	mime_digest_add(p, bytes);
	if (p->part.is_text && p->limits.urls)
		p->url_in = bytes;
	if (p->part.is_text && p->limits.texts)
		p->utf8.in = bytes;
	mime_queue(p, MIME_EV_BODY)->bytes = bytes;
}

static void
check(struct mime_parser *p, const struct mime_layer *y)
{
	if (y->b64.bad)
		mime_odd(p, MIME_ODD_INVALID_BASE64);
	if (y->qp.bad)
		mime_odd(p, MIME_ODD_INVALID_QP);
}

/* How much is decoded at once: not more than the depth and a byte, however the message was cut. */
static size_t
out_size(const struct mime_parser *p, const struct mime_layer *y, size_t room)
{
	uint64_t left = y->where == MIME_AT_BODY ? depth_left(p) : UINT64_MAX;

	return left < MIME_LINE_SIZE - room ? left + room : MIME_LINE_SIZE;
}

bool
mime_decode_step(struct mime_parser *p, struct mime_layer *y)
{
	struct span *raw = &y->raw[0], bytes;
	size_t size;

	if (p->part.cut && y->where == MIME_AT_BODY) { /* only its end is looked for */
		bytes = *raw = SPAN_NONE;
	} else if (y->decoder == MIME_BASE64) {
		size = out_size(p, y, MIME_B64_ROOM);
		bytes = span_of(y->out, mime_b64_decode(&y->b64, raw, y->out, size));
	} else if (y->decoder == MIME_QP) {
		size = out_size(p, y, MIME_QP_ROOM);
		bytes = span_of(y->out, mime_qp_decode(&y->qp, raw, y->out, size));
	} else {
		bytes = *raw;
		*raw = SPAN_NONE;
	}
	if (raw->len == 0) {
		y->raw[0] = y->raw[1];
		y->raw_count--;
	}
	check(p, y);
	if (bytes.len > 0)
		mime_deliver(p, y, bytes);
	return true;
}

/* What the decoder still holds when the body ends. */
struct span
mime_decoder_end(struct mime_parser *p, struct mime_layer *y)
{
	size_t n = 0;

	if (y->decoder == MIME_BASE64)
		n = mime_b64_end(&y->b64, y->small);
	else if (y->decoder == MIME_QP)
		n = mime_qp_end(&y->qp, y->small);
	if (y->decoder != MIME_IDENTITY)
		check(p, y);
	return span_of(y->small, n);
}
