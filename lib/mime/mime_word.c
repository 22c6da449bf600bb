/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Encoded words (RFC 2047) and charsets. In: a header value; out: UTF-8. mime_param.c calls it for
 * names, rules and logs for values. Charsets known here are single-byte ones and UTF-8; the bytes
 * of others are given as they are, undecoded but visible. Nothing allocates.
 *
 * Tolerant as readers are: words inside quotes and glued to text are decoded (RFC 2047 5 forbids
 * them there), blanks between two words vanish (6.2), a language suffix (RFC 2231 5) is ignored.
 */
#include "mime_internal.h"

/* The upper halves, 0x80..0xff; 0: no character. ISO 8859-1 needs none. */
static const uint16_t cp1252[32] = {
	0x20ac, 0,	0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,	0x017d, 0,	0,	0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,	0x017e, 0x0178,
};

static const uint16_t cp1251[64] = {
	0x0402, 0x0403, 0x201a, 0x0453, 0x201e, 0x2026, 0x2020, 0x2021, 0x20ac, 0x2030, 0x0409,
	0x2039, 0x040a, 0x040c, 0x040b, 0x040f, 0x0452, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0,	0x2122, 0x0459, 0x203a, 0x045a, 0x045c, 0x045b, 0x045f, 0x00a0,
	0x040e, 0x045e, 0x0408, 0x00a4, 0x0490, 0x00a6, 0x00a7, 0x0401, 0x00a9, 0x0404, 0x00ab,
	0x00ac, 0x00ad, 0x00ae, 0x0407, 0x00b0, 0x00b1, 0x0406, 0x0456, 0x0491, 0x00b5, 0x00b6,
	0x00b7, 0x0451, 0x2116, 0x0454, 0x00bb, 0x0458, 0x0405, 0x0455, 0x0457,
};

/* The letters of KOI8-R, 0xc0..0xff. */
static const uint16_t koi8_letters[64] = {
	0x44e, 0x430, 0x431, 0x446, 0x434, 0x435, 0x444, 0x433, 0x445, 0x438, 0x439, 0x43a, 0x43b,
	0x43c, 0x43d, 0x43e, 0x43f, 0x44f, 0x440, 0x441, 0x442, 0x443, 0x436, 0x432, 0x44c, 0x44b,
	0x437, 0x448, 0x44d, 0x449, 0x447, 0x44a, 0x42e, 0x410, 0x411, 0x426, 0x414, 0x415, 0x424,
	0x413, 0x425, 0x418, 0x419, 0x41a, 0x41b, 0x41c, 0x41d, 0x41e, 0x41f, 0x42f, 0x420, 0x421,
	0x422, 0x423, 0x416, 0x412, 0x42c, 0x42b, 0x417, 0x428, 0x42d, 0x429, 0x427, 0x42a,
};

static uint16_t
from_latin1(uint8_t c)
{
	return c;
}

static uint16_t
from_latin9(uint8_t c)
{
	static const uint16_t other[][2] = { { 0xa4, 0x20ac }, { 0xa6, 0x160 }, { 0xa8, 0x161 },
					     { 0xb4, 0x17d },  { 0xb8, 0x17e }, { 0xbc, 0x152 },
					     { 0xbd, 0x153 },  { 0xbe, 0x178 } };

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (other[i][0] == c)
			return other[i][1];
	}
	return c;
}

static uint16_t
from_cp1252(uint8_t c)
{
	return c < 0xa0 && cp1252[c - 0x80] != 0 ? cp1252[c - 0x80] : c;
}

static uint16_t
from_cp1251(uint8_t c)
{
	return c >= 0xc0 ? (uint16_t)(c - 0xc0 + 0x410) : cp1251[c - 0x80];
}

static uint16_t
from_koi8(uint8_t c)
{
	if (c >= 0xc0)
		return koi8_letters[c - 0xc0];
	return c == 0xa3 ? 0x451 : c == 0xb3 ? 0x401 : 0xfffd;
}

static const struct {
	const char *name;
	uint16_t (*from)(uint8_t c); /* for bytes above 0x7f */
} charsets[] = {
	{ "iso-8859-1", from_latin1 },	 { "latin1", from_latin1 },
	{ "us-ascii", from_latin1 },	 { "iso-8859-15", from_latin9 },
	{ "windows-1252", from_cp1252 }, { "cp1252", from_cp1252 },
	{ "windows-1251", from_cp1251 }, { "cp1251", from_cp1251 },
	{ "koi8-r", from_koi8 },
};

static size_t
put_utf8(uint32_t c, uint8_t out[3])
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (uint8_t)(0xe0 | c >> 12);
	out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c & 0x3f));
	return 3;
}

size_t
mime_charset_utf8(struct span charset, struct span bytes, uint8_t *out, size_t size)
{
	uint16_t (*from)(uint8_t) = NULL;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++) {
		if (span_eq_nocase(charset, span_str(charsets[i].name)))
			from = charsets[i].from;
	}
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.ptr[i], text[3] = { c };
		size_t len = from != NULL && c >= 0x80 ? put_utf8(from(c), text) : 1;

		if (len > size - n)
			break;
		memcpy(out + n, text, len);
		n += len;
	}
	return n;
}

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

/* Words of any length: in pieces that decode alone. */
static size_t
decode_word(const struct word *w, uint8_t *out, size_t size)
{
	struct mime_b64 d = { .bad = false };
	struct span rest = w->text;
	uint8_t bytes[256];
	size_t n = 0, len;

	if (!w->base64) {
		while (rest.len > 0) {
			size_t take = rest.len < sizeof(bytes) ? rest.len : sizeof(bytes);
			ptrdiff_t cut = -1; /* not inside an escape */

			if (take < rest.len)
				cut = span_chr(span_of(rest.ptr + take - 2, 2), '=');
			if (cut >= 0)
				take = take - 2 + (size_t)cut;
			len = decode_q(span_take(rest, take), bytes, sizeof(bytes));
			n += mime_charset_utf8(w->charset, span_of(bytes, len), out + n, size - n);
			rest = span_skip(rest, take);
		}
		return n;
	}
	while (rest.len > 0) {
		len = mime_b64_decode(&d, &rest, bytes, sizeof(bytes));
		n += mime_charset_utf8(w->charset, span_of(bytes, len), out + n, size - n);
	}
	len = mime_b64_end(&d, bytes);
	return n + mime_charset_utf8(w->charset, span_of(bytes, len), out + n, size - n);
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
mime_decode_words(struct span value, uint8_t *out, size_t size)
{
	struct word w;
	size_t n = 0, blanks = 0; /* bytes of blanks behind a word, not yet written */
	bool after_word = false;

	for (size_t i = 0; i < value.len && n < size;) {
		uint8_t c = value.ptr[i];
		bool blank = mime_is_space(c);

		if (c == '=' && find_word(span_skip(value, i), &w)) {
			n += decode_word(&w, out + n, size - n);
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
