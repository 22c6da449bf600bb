/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Encoded words (RFC 2047). In: a header value; out: UTF-8 (mime_charset.c). mime_param.c and
 * mime_type.c call it for names. Nothing allocates.
 *
 * Tolerant as readers are: words inside quotes and glued to text are decoded (RFC 2047 5 forbids
 * them there), blanks between two words vanish (6.2), a language suffix (RFC 2231 5) is ignored.
 */
#include "mime_internal.h"

#define WORD_MAX (4 * MIME_NAME_MAX) /* bytes of one word; names are not longer */

struct word {
	struct span charset, text;
	bool base64;
	size_t len; /* of the whole word in the value */
};

/* "=?charset?B?text?=" at the begin of s. */
static bool
find_word(struct span s, struct word *w)
{
	ptrdiff_t mark, end, language;
	uint8_t kind;

	if (!span_starts(s, SPAN_LIT("=?")))
		return false;
	w->charset = span_skip(s, 2);
	mark = span_chr(span_take(w->charset, 64), '?');
	if (mark <= 0 || (size_t)mark + 3 > w->charset.len)
		return false;
	w->text = span_skip(w->charset, (size_t)mark + 1);
	w->charset = span_take(w->charset, (size_t)mark);
	language = span_chr(w->charset, '*');
	if (language >= 0)
		w->charset = span_take(w->charset, (size_t)language);
	kind = span_lower(w->text.ptr[0]);
	if ((kind != 'b' && kind != 'q') || w->text.ptr[1] != '?')
		return false;
	w->base64 = kind == 'b';
	w->text = span_skip(w->text, 2);
	end = span_chr(w->text, '?');
	if (end < 0 || (size_t)end + 1 >= w->text.len || w->text.ptr[end + 1] != '=')
		return false;
	w->text = span_take(w->text, (size_t)end);
	w->len = (size_t)(w->text.ptr + end + 2 - s.ptr);
	return true;
}

/* The Q encoding (RFC 2047 4.2): quoted-printable with '_' for space and no line ends. */
static size_t
decode_q(struct span text, uint8_t *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n < size; i++) {
		if (text.ptr[i] == '=' && i + 2 < text.len) {
			int high = mime_hex(text.ptr[i + 1]), low = mime_hex(text.ptr[i + 2]);

			if (high >= 0 && low >= 0) {
				out[n++] = (uint8_t)(high << 4 | low);
				i += 2;
				continue;
			}
		}
		out[n++] = text.ptr[i] == '_' ? ' ' : text.ptr[i];
	}
	return n;
}

static size_t
decode_word(const struct mime_charsets *charsets, const struct word *w, uint8_t *out, size_t size,
	    bool *unknown)
{
	struct mime_b64 d = { .bad = false };
	struct span text = w->text;
	uint8_t bytes[WORD_MAX + 2];
	size_t n;

	if (w->base64) {
		n = mime_b64_decode(&d, &text, bytes, WORD_MAX);
		n += mime_b64_end(&d, bytes + n);
	} else {
		n = decode_q(text, bytes, WORD_MAX);
	}
	return mime_charset_utf8(charsets, w->charset, span_of(bytes, n), out, size, unknown);
}

static size_t
put(struct span s, uint8_t *out, size_t size)
{
	s = span_take(s, size);
	if (s.len > 0)
		memcpy(out, s.ptr, s.len);
	return s.len;
}

size_t
mime_decode_words(const struct mime_charsets *charsets, struct span value, uint8_t *out,
		  size_t size, bool *unknown)
{
	struct word w;
	size_t n = 0, blanks = 0; /* bytes of blanks behind a word, not yet written */
	bool after_word = false;

	for (size_t i = 0; i < value.len && n < size;) {
		uint8_t c = value.ptr[i];
		bool blank = mime_is_space(c);

		if (c == '=' && find_word(span_skip(value, i), &w)) {
			n += decode_word(charsets, &w, out + n, size - n, unknown);
			i += w.len;
			after_word = true;
			blanks = 0;
			continue;
		}
		i++;
		if (after_word && blank) {
			blanks++;
			continue;
		}
		n += put(span_of(value.ptr + i - 1 - blanks, blanks + 1), out + n, size - n);
		blanks = 0;
		after_word = false;
	}
	return n + put(span_of(value.ptr + value.len - blanks, blanks), out + n, size - n);
}
