/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transforms of a buffer before it is judged: letters, blanks, domains, digests, decodings. In: a
 * chain and a value; out: a span in the caller's memory or in the value itself. Called by the run
 * half for each value; no allocation. A value that does not fit is cut, as is what a step makes
 * longer.
 */
#include "rules_digit.h"
#include "rules_internal.h"

/* The one-shot digests of libcrypto allocate; these do not. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>

struct work {
	uint8_t *buf;
	size_t size;
};

/* The value in buf, where it may be changed; every step but the first finds it there already. */
static struct span
to_buf(const struct work *w, struct span in)
{
	size_t n = in.len < w->size ? in.len : w->size;

	if (n > 0 && in.ptr != w->buf)
		memmove(w->buf, in.ptr, n);
	return span_of(w->buf, n);
}

static struct span
change_case(const struct work *w, struct span in, bool upper)
{
	struct span out = to_buf(w, in);

	for (size_t i = 0; i < out.len; i++)
		w->buf[i] = !upper				   ? span_lower(w->buf[i])
			    : w->buf[i] >= 'a' && w->buf[i] <= 'z' ? w->buf[i] & ~0x20
								   : w->buf[i];
	return out;
}

static struct span
dot_prefix(const struct work *w, struct span in)
{
	size_t n = in.len < w->size ? in.len : w->size - 1;

	if (w->size == 0)
		return SPAN_NONE;
	if (n > 0)
		memmove(w->buf + 1, in.ptr, n);
	w->buf[0] = '.';
	return span_of(w->buf, n + 1);
}

static bool
space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span
squeeze(const struct work *w, struct span in, bool keep_one)
{
	struct span from = to_buf(w, in);
	bool in_run = false;
	size_t n = 0;

	for (size_t i = 0; i < from.len; i++) {
		bool s = space(from.ptr[i]);

		if (!s)
			w->buf[n++] = from.ptr[i];
		else if (keep_one && !in_run)
			w->buf[n++] = ' ';
		in_run = s;
	}
	return span_of(w->buf, n);
}

/* The host name of a mailbox, path or host: behind the last @, without > and a last dot. */
static struct span
host_of(struct span s)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == '@') {
			s = span_of(s.ptr + i, s.len - i);
			break;
		}
	if (s.len > 0 && s.ptr[s.len - 1] == '>')
		s.len--;
	if (s.len > 0 && s.ptr[s.len - 1] == '.')
		s.len--;
	return s;
}

static struct span
last_labels(struct span host, unsigned labels)
{
	for (size_t i = host.len; i > 0; i--)
		if (host.ptr[i - 1] == '.' && --labels == 0)
			return span_of(host.ptr + i, host.len - i);
	return host;
}

/* Country codes under which names are registered one label deeper: example.co.uk. */
static bool
deeper(struct span host)
{
	static const char *const second[] = { "ac",  "co", "com", "edu", "go",
					      "gov", "ne", "net", "or",	 "org" };
	struct span two = last_labels(host, 2);
	ptrdiff_t dot = span_chr(two, '.');

	if (dot < 0 || two.len - (size_t)dot != 3)
		return false;
	for (size_t i = 0; i < sizeof(second) / sizeof(second[0]); i++)
		if (span_eq_nocase(span_take(two, (size_t)dot), span_str(second[i])))
			return true;
	return false;
}

static struct span
domain_of(struct span in)
{
	struct span host = host_of(in);

	return last_labels(host, deeper(host) ? 3 : 2);
}

static struct span
digest(const struct work *w, struct span in, uint8_t kind)
{
	uint8_t out[SHA256_DIGEST_LENGTH];
	const void *ptr = in.len > 0 ? in.ptr : (const uint8_t *)"";
	size_t len;

	if (kind == RULES_T_MD5) {
		MD5(ptr, in.len, out);
		len = MD5_DIGEST_LENGTH;
	} else if (kind == RULES_T_SHA1) {
		SHA1(ptr, in.len, out);
		len = SHA_DIGEST_LENGTH;
	} else {
		SHA256(ptr, in.len, out);
		len = SHA256_DIGEST_LENGTH;
	}
	return to_buf(w, span_of(out, len));
}

struct span
rules_base64_decode(struct span in, uint8_t *buf, size_t size)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	/* Never behind its own input: four characters give three bytes. */
	for (size_t i = 0; i < in.len && n < size; i++) {
		int v = rules_base64_digit(in.ptr[i]);

		if (v < 0)
			break;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf[n++] = (uint8_t)(bits >> have);
		}
	}
	return span_of(buf, n);
}

static struct span
part_from_base64(const struct work *w, struct span in, const struct rules_base64 *b)
{
	in = span_skip(in, (size_t)b->offset);
	return rules_base64_decode(b->bytes > 0 ? span_take(in, b->bytes) : in, w->buf, w->size);
}

static struct span
exclusive_or(const struct work *w, struct span in, struct span key)
{
	struct span out = to_buf(w, in);

	for (size_t i = 0; i < out.len; i++)
		w->buf[i] ^= key.ptr[i % key.len];
	return out;
}

static struct span
url_decode(const struct work *w, struct span in)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len && n < w->size; i++) {
		uint8_t c = in.ptr[i];

		if (c == '%' && in.len - i > 2 && rules_hex_digit(in.ptr[i + 1]) >= 0 &&
		    rules_hex_digit(in.ptr[i + 2]) >= 0) {
			c = (uint8_t)(rules_hex_digit(in.ptr[i + 1]) << 4 |
				      rules_hex_digit(in.ptr[i + 2]));
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		w->buf[n++] = c;
	}
	return span_of(w->buf, n);
}

static struct span
step(const struct work *w, const struct rules_step *s, struct span in)
{
	switch (s->kind) {
	case RULES_T_LOWER:
	case RULES_T_UPPER:
		return change_case(w, in, s->kind == RULES_T_UPPER);
	case RULES_T_DOTPREFIX:
		return dot_prefix(w, in);
	case RULES_T_DOMAIN:
		return domain_of(in);
	case RULES_T_TLD:
		return last_labels(host_of(in), 1);
	case RULES_T_STRIP_SPACE:
	case RULES_T_COMPRESS_SPACE:
		return squeeze(w, in, s->kind == RULES_T_COMPRESS_SPACE);
	case RULES_T_FROM_BASE64:
		return part_from_base64(w, in, &s->base64);
	case RULES_T_XOR:
		return exclusive_or(w, in, s->key);
	case RULES_T_URL_DECODE:
		return url_decode(w, in);
	default:
		return digest(w, in, s->kind);
	}
}

struct span
rules_transform(const struct rules_step *chain, unsigned count, struct span in, uint8_t *buf,
		size_t size)
{
	struct work w = { buf, size };

	for (unsigned i = 0; i < count; i++)
		in = step(&w, &chain[i], in);
	return in;
}
