/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parameters of structured header fields (RFC 2045 5.1, RFC 2231). In: what follows the media type,
 * folds still in it; out: names, values, the decoded value of one name. mime_type.c calls this.
 *
 * Unquoted values reach to the next ';', blanks included: broken mailers write `filename=my
 * file.txt` and readers take it. Pieces (name*0=, name*1=) are put in order of their numbers, gaps
 * ignored, the first of two with one number; PIECES_MAX of them at most, in one pass.
 */
#include "mime_internal.h"

#define PIECES_MAX 64

/* Offset of the first `stop`, or the length. */
static size_t
until(struct span s, uint8_t stop)
{
	ptrdiff_t at = span_chr(s, stop);

	return at >= 0 ? (size_t)at : s.len;
}

static void
take_quoted(struct span *rest, struct mime_param *param)
{
	size_t n = 1, end;

	while (n < rest->len && rest->ptr[n] != '"')
		n += rest->ptr[n] == '\\' ? 2 : 1;
	if (n > rest->len)
		n = rest->len;
	param->quoted = true;
	param->value = span_skip(span_take(*rest, n), 1);
	param->odd = n == rest->len;
	*rest = span_skip(*rest, n + 1);
	end = until(*rest, ';');
	param->odd |= mime_trim(span_take(*rest, end)).len > 0;
	*rest = span_skip(*rest, end);
}

bool
mime_param_next(struct span *rest, struct mime_param *param)
{
	for (;;) {
		size_t eq, semi;

		while (rest->len > 0 && (mime_is_space(rest->ptr[0]) || rest->ptr[0] == ';'))
			*rest = span_skip(*rest, 1);
		if (rest->len == 0)
			return false;
		semi = until(*rest, ';');
		eq = until(span_take(*rest, semi), '=');
		*param = (struct mime_param){ .name = mime_trim(span_take(*rest, eq)) };
		*rest = span_skip(*rest, eq);
		if (eq == semi)
			continue; /* a word without a value */
		*rest = span_skip(*rest, 1);
		while (rest->len > 0 && mime_is_space(rest->ptr[0]))
			*rest = span_skip(*rest, 1);
		if (rest->len > 0 && rest->ptr[0] == '"') {
			take_quoted(rest, param);
			return true;
		}
		semi = until(*rest, ';');
		param->value = mime_trim(span_take(*rest, semi));
		*rest = span_skip(*rest, semi);
		return true;
	}
}

/* Only \" and \\ are escapes: mailers write paths with single backslashes into names. */
size_t
mime_param_value(const struct mime_param *param, uint8_t *out, size_t size)
{
	struct span v = param->value;
	size_t n = 0;

	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.ptr[i];

		if (param->quoted && c == '\\' && i + 1 < v.len &&
		    (v.ptr[i + 1] == '"' || v.ptr[i + 1] == '\\'))
			c = v.ptr[++i];
		else if (c == '\r' || c == '\n')
			continue;
		if (n < size)
			out[n] = c;
		n++;
	}
	return n;
}

/* ---- RFC 2231 */

struct piece {
	struct mime_param param;
	uint16_t number;
	bool extended; /* percent escapes; the first also begins with charset'language' */
};

struct pieces {
	struct piece piece[PIECES_MAX];
	unsigned count;
	bool twice, many;
};

/* What stands behind the name: "" 0, "*" 1, "*0" 2, "*0*" 3; -1 another name. */
static int
form(struct span name, struct span wanted, uint16_t *number)
{
	uint64_t value = 0;
	bool star;

	if (!span_starts_nocase(name, wanted))
		return -1;
	name = span_skip(name, wanted.len);
	if (name.len == 0)
		return 0;
	if (name.ptr[0] != '*')
		return -1;
	name = span_skip(name, 1);
	*number = 0;
	if (name.len == 0)
		return 1;
	star = name.ptr[name.len - 1] == '*';
	if (span_to_u64(span_take(name, name.len - star), UINT16_MAX, &value) != 0)
		return -1;
	*number = (uint16_t)value;
	return star ? 3 : 2;
}

/* Kept in order of their numbers. */
static void
add_piece(struct pieces *s, struct piece new)
{
	unsigned at = s->count;

	while (at > 0 && s->piece[at - 1].number > new.number)
		at--;
	if (at > 0 && s->piece[at - 1].number == new.number) {
		s->twice = true;
		return;
	}
	if (s->count == PIECES_MAX) {
		s->many = true;
		return;
	}
	memmove(&s->piece[at + 1], &s->piece[at], (s->count - at) * sizeof(new));
	s->piece[at] = new;
	s->count++;
}

static size_t
percent(struct span v, uint8_t *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < v.len && n < size; i++) {
		uint8_t c = v.ptr[i];

		if (c == '%' && i + 2 < v.len && mime_hex(v.ptr[i + 1]) >= 0 &&
		    mime_hex(v.ptr[i + 2]) >= 0) {
			c = (uint8_t)(mime_hex(v.ptr[i + 1]) << 4 | mime_hex(v.ptr[i + 2]));
			i += 2;
		}
		out[n++] = c;
	}
	return n;
}

/* Takes "charset'language'" off the value. */
static struct span
take_charset(struct span *v)
{
	size_t first = until(*v, '\''), second;
	struct span charset;

	if (first == v->len)
		return SPAN_NONE;
	second = until(span_skip(*v, first + 1), '\'');
	if (first + 1 + second == v->len)
		return SPAN_NONE;
	charset = span_take(*v, first);
	*v = span_skip(*v, first + second + 2);
	return charset;
}

/* Joins the pieces. Returns the bytes written to out; *cut when not all fitted. */
static size_t
join(const struct mime_charsets *charsets, const struct pieces *s, uint8_t *out, size_t size,
     struct mime_param_found *f)
{
	uint8_t raw[4 * MIME_NAME_MAX], text[4 * MIME_NAME_MAX];
	uint8_t charset_text[32];
	struct span charset = SPAN_NONE;
	size_t n = 0, len;

	for (unsigned i = 0; i < s->count; i++) {
		size_t have = mime_param_value(&s->piece[i].param, text, sizeof(text));
		struct span v = span_of(text, have < sizeof(text) ? have : sizeof(text));

		f->cut |= have > sizeof(text);
		if (i == 0 && s->piece[i].extended) {
			charset = span_take(take_charset(&v), sizeof(charset_text));
			if (charset.len > 0)
				memcpy(charset_text, charset.ptr, charset.len);
			charset.ptr = charset_text;
		}
		if (s->piece[i].extended) {
			n += percent(v, raw + n, sizeof(raw) - n);
		} else {
			v = span_take(v, sizeof(raw) - n);
			if (v.len > 0)
				memcpy(raw + n, v.ptr, v.len);
			n += v.len;
		}
	}
	len = mime_charset_utf8(charsets, charset, span_of(raw, n), text, sizeof(text),
				&f->unknown);
	f->cut |= len > size || n == sizeof(raw);
	len = len < size ? len : size;
	memcpy(out, text, len);
	return len;
}

static size_t
plain_value(const struct mime_charsets *charsets, const struct mime_param *param, uint8_t *out,
	    size_t size, struct mime_param_found *f)
{
	uint8_t raw[4 * MIME_NAME_MAX], text[4 * MIME_NAME_MAX];
	size_t n = mime_param_value(param, raw, sizeof(raw));

	f->cut |= n > sizeof(raw);
	n = mime_decode_words(charsets, span_of(raw, n < sizeof(raw) ? n : sizeof(raw)), text,
			      sizeof(text), &f->unknown);
	f->cut |= n > size;
	n = n < size ? n : size;
	memcpy(out, text, n);
	return n;
}

struct mime_param_found
mime_param_find(const struct mime_charsets *charsets, struct span params, struct span name,
		uint8_t *best, uint8_t *plain, size_t size)
{
	struct mime_param_found f = { .found = false };
	struct pieces s;
	struct mime_param param;
	size_t plain_len = 0;
	bool has_plain = false;

	s.count = 0;
	s.twice = s.many = false;
	while (mime_param_next(&params, &param)) {
		uint16_t number = 0;
		int kind = form(param.name, name, &number);

		if (kind < 0)
			continue;
		f.odd |= param.odd;
		if (kind > 0) {
			add_piece(&s, (struct piece){ param, number, kind & 1 });
		} else if (has_plain) {
			f.twice = true;
		} else {
			has_plain = true;
			plain_len = plain_value(charsets, &param, plain, size, &f);
		}
	}
	f.twice |= s.twice;
	f.cut |= s.many;
	f.found = has_plain || s.count > 0;
	f.pieces = s.count > 0;
	if (s.count == 0) {
		memcpy(best, plain, plain_len);
		f.len = plain_len;
		return f;
	}
	f.len = join(charsets, &s, best, size, &f);
	if (has_plain && !span_eq(span_of(best, f.len), span_of(plain, plain_len))) {
		f.plain = plain_len;
		f.twice = true;
	}
	return f;
}
