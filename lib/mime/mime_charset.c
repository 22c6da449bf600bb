/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Charsets, by iconv(3). In: a charset's name, or bytes of a text in it, any cut; out: UTF-8.
 * mime_utf8.c calls it for text parts, mime_word.c and mime_param.c for names. The tables and
 * descriptors are made by the control plane; glibc's iconv() neither allocates nor locks
 * (tests/unit/mime/test_charset.c holds it to that), only opening and closing do.
 *
 * One descriptor a charset serves all messages of a worker: between two calls a text keeps the few
 * bytes of an unfinished character and what had shifted the state (escape sequences, SO), and
 * gives them to the descriptor again, which is reset each time.
 */
#include "mime_internal.h"

#include <errno.h>
#include <iconv.h>
#include <pthread.h>
#include <stdlib.h>

#define ESC 0x1b
#define SHIFT_OUT 0x0e
#define SHIFT_IN 0x0f
#define SINGLE_SHIFT 'N' /* behind ESC: the next character is of G2 */
#define ROOM 16 /* bytes of output for any character */

enum kind { SINGLE, MULTI, ESCAPES, SHIFTS };

/* Names in lower case without what is no letter or digit; "x-" and "cs" before them are dropped. */
static const struct known {
	const char *name, *iconv;
	enum kind kind;
} known[] = {
	{ "utf16le", "UTF-16LE", MULTI }, /* the first two: mime_charset_utf16 */
	{ "utf16be", "UTF-16BE", MULTI },
	{ "iso88591", "ISO-8859-1", SINGLE },
	{ "latin1", "ISO-8859-1", SINGLE },
	{ "iso88592", "ISO-8859-2", SINGLE },
	{ "latin2", "ISO-8859-2", SINGLE },
	{ "iso88593", "ISO-8859-3", SINGLE },
	{ "iso88594", "ISO-8859-4", SINGLE },
	{ "iso88595", "ISO-8859-5", SINGLE },
	{ "iso88596", "ISO-8859-6", SINGLE },
	{ "iso88597", "ISO-8859-7", SINGLE },
	{ "iso88598", "ISO-8859-8", SINGLE },
	{ "iso88598i", "ISO-8859-8", SINGLE },
	{ "iso88599", "ISO-8859-9", SINGLE },
	{ "iso885910", "ISO-8859-10", SINGLE },
	{ "iso885911", "ISO-8859-11", SINGLE },
	{ "iso885913", "ISO-8859-13", SINGLE },
	{ "iso885914", "ISO-8859-14", SINGLE },
	{ "iso885915", "ISO-8859-15", SINGLE },
	{ "iso885916", "ISO-8859-16", SINGLE },
	{ "windows1250", "CP1250", SINGLE },
	{ "windows1251", "CP1251", SINGLE },
	{ "windows1252", "CP1252", SINGLE },
	{ "windows1253", "CP1253", SINGLE },
	{ "windows1254", "CP1254", SINGLE },
	{ "windows1255", "CP1255", SINGLE },
	{ "windows1256", "CP1256", SINGLE },
	{ "windows1257", "CP1257", SINGLE },
	{ "windows1258", "CP1258", SINGLE },
	{ "windows874", "CP874", SINGLE },
	{ "tis620", "TIS-620", SINGLE },
	{ "koi8r", "KOI8-R", SINGLE },
	{ "koi8u", "KOI8-U", SINGLE },
	{ "koi8ru", "KOI8-U", SINGLE },
	{ "macintosh", "MACINTOSH", SINGLE },
	{ "ibm437", "CP437", SINGLE },
	{ "ibm850", "CP850", SINGLE },
	{ "ibm852", "CP852", SINGLE },
	{ "ibm855", "CP855", SINGLE },
	{ "ibm858", "IBM858", SINGLE },
	{ "ibm866", "CP866", SINGLE },
	{ "ibm037", "IBM037", SINGLE },
	{ "gb2312", "GB18030", MULTI }, /* what is so named is often in its supersets */
	{ "gbk", "GB18030", MULTI },
	{ "gb18030", "GB18030", MULTI },
	{ "euccn", "GB18030", MULTI },
	{ "windows936", "GB18030", MULTI },
	{ "big5", "BIG5", MULTI },
	{ "windows950", "BIG5", MULTI },
	{ "shiftjis", "CP932", MULTI },
	{ "sjis", "CP932", MULTI },
	{ "windows31j", "CP932", MULTI },
	{ "windows932", "CP932", MULTI },
	{ "eucjp", "EUC-JP", MULTI },
	{ "euckr", "UHC", MULTI },
	{ "ksc56011987", "UHC", MULTI },
	{ "windows949", "UHC", MULTI },
	{ "euctw", "EUC-TW", MULTI },
	{ "utf32le", "UTF-32LE", MULTI },
	{ "utf32be", "UTF-32BE", MULTI },
	{ "iso2022jp", "ISO-2022-JP-2", ESCAPES },
	{ "iso2022jp1", "ISO-2022-JP-2", ESCAPES },
	{ "iso2022jp2", "ISO-2022-JP-2", ESCAPES },
	{ "iso2022kr", "ISO-2022-KR", SHIFTS },
};

#define COUNT (sizeof(known) / sizeof(known[0]))

struct mime_charset {
	bool usable;
	bool ascii; /* SINGLE: what is ASCII stays as it is */
	enum kind kind;
	uint8_t unit;	     /* bytes to skip for what is no character */
	iconv_t cd;	     /* not SINGLE */
	uint16_t table[256]; /* SINGLE; 0xfffd: no character */
};

struct mime_charsets {
	struct mime_charset set[COUNT];
};

static void
fill_table(struct mime_charset *c, iconv_t cd)
{
	c->ascii = true;
	for (unsigned i = 0; i < 256; i++) {
		char in = (char)i, *from = &in, *to;
		uint8_t out[2] = { 0 };
		size_t left = 1, room = sizeof(out);

		to = (char *)out;
		iconv(cd, NULL, NULL, NULL, NULL);
		c->table[i] = 0xfffd;
		/* The second call brings what waits for a combining character (windows-1255). */
		if (iconv(cd, &from, &left, &to, &room) != (size_t)-1 &&
		    iconv(cd, NULL, NULL, &to, &room) != (size_t)-1 && room == 0)
			c->table[i] = (uint16_t)(out[0] << 8 | out[1]);
		c->ascii &= i >= 0x80 || c->table[i] == i;
	}
}

static bool
make(struct mime_charset *c, const struct known *k)
{
	iconv_t cd = iconv_open(k->kind == SINGLE ? "UTF-16BE" : "UTF-8", k->iconv);

	if (cd == (iconv_t)-1) /* not on this machine: unknown */
		return false;
	c->kind = k->kind;
	c->unit = strncmp(k->name, "utf16", 5) == 0 ? 2 : strncmp(k->name, "utf32", 5) == 0 ? 4 : 1;
	if (k->kind == SINGLE) {
		fill_table(c, cd);
		iconv_close(cd);
	} else {
		c->cd = cd;
	}
	return true;
}

/* Tables never change: they are made once, and each worker has its copy. */
static struct mime_charset singles[COUNT];

static void
make_singles(void)
{
	for (size_t i = 0; i < COUNT; i++)
		if (known[i].kind == SINGLE)
			singles[i].usable = make(&singles[i], &known[i]);
}

struct mime_charsets *
mime_charsets_create(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct mime_charsets *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	pthread_once(&once, make_singles);
	for (size_t i = 0; i < COUNT; i++) {
		if (known[i].kind == SINGLE)
			s->set[i] = singles[i];
		else
			s->set[i].usable = make(&s->set[i], &known[i]);
	}
	return s;
}

void
mime_charsets_destroy(struct mime_charsets *s)
{
	for (size_t i = 0; s != NULL && i < COUNT; i++)
		if (s->set[i].usable && s->set[i].kind != SINGLE)
			iconv_close(s->set[i].cd);
	free(s);
}

/* "CP1252", "x-windows-1252" and "Windows 1252" are one name. */
static struct span
plain_name(struct span name, uint8_t *out, size_t size)
{
	struct span s;
	size_t n = 0;

	for (size_t i = 0; i < name.len && n < size; i++) {
		uint8_t c = span_lower(name.ptr[i]);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
	}
	s = span_of(out, n);
	if (span_starts(s, SPAN_LIT("x")))
		s = span_skip(s, 1);
	if (span_starts(s, SPAN_LIT("cs")))
		s = span_skip(s, 2);
	return s;
}

enum mime_charset_is
mime_charset_find(const struct mime_charsets *s, struct span name, const struct mime_charset **found)
{
	static const char *const as_is[] = { "utf8", "usascii", "ascii", "ansix341968", "" };
	uint8_t text[32];
	struct span plain = plain_name(name, text, sizeof(text)), number = SPAN_NONE;

	*found = NULL;
	for (size_t i = 0; i < sizeof(as_is) / sizeof(as_is[0]); i++)
		if (span_eq(plain, span_str(as_is[i])))
			return MIME_CHARSET_UTF8;
	if (span_eq(plain, SPAN_LIT("utf16")))
		return MIME_CHARSET_UTF16;
	if (span_starts(plain, SPAN_LIT("cp")) || span_starts(plain, SPAN_LIT("ms")))
		number = span_skip(plain, 2);
	for (size_t i = 0; s != NULL && i < COUNT && *found == NULL; i++) {
		struct span one = span_str(known[i].name);
		bool page = span_starts(one, SPAN_LIT("windows")) || span_starts(one, SPAN_LIT("ibm"));

		if (s->set[i].usable &&
		    (span_eq(plain, one) ||
		     (page && number.len > 0 &&
		      span_eq(number, span_skip(one, one.ptr[0] == 'w' ? 7 : 3)))))
			*found = &s->set[i];
	}
	return *found != NULL ? MIME_CHARSET_KNOWN : MIME_CHARSET_UNKNOWN;
}

/* The byte order that a mark says, or else the place of the zero in a first ASCII character. */
const struct mime_charset *
mime_charset_utf16(const struct mime_charsets *s, const uint8_t first[2], bool *mark)
{
	bool little = (first[0] == 0xff && first[1] == 0xfe) || (first[0] != 0 && first[1] == 0);
	const struct mime_charset *c = s != NULL ? &s->set[little ? 0 : 1] : NULL;

	*mark = (first[0] ^ first[1]) == 1 && first[0] >= 0xfe;
	return c != NULL && c->usable ? c : NULL;
}

/* Returns the bytes written; 0: there is no room. */
static size_t
put_utf8(uint16_t c, uint8_t *out, size_t size)
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;

	if (len > size)
		return 0;
	if (len == 1) {
		out[0] = (uint8_t)c;
		return 1;
	}
	out[0] = (uint8_t)(len == 2 ? 0xc0 | c >> 6 : 0xe0 | c >> 12);
	out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[len - 1] = (uint8_t)(0x80 | (c & 0x3f));
	return len;
}

static size_t
by_table(const struct mime_charset *c, struct span *in, uint8_t *out, size_t size, bool *bad)
{
	size_t n = 0, len;

	for (; in->len > 0; *in = span_skip(*in, 1), n += len) {
		if (c->ascii) {
			len = mime_ascii(span_take(*in, size - n));
			memcpy(out + n, in->ptr, len);
			n += len;
			*in = span_skip(*in, len);
			if (in->len == 0)
				break;
		}
		len = put_utf8(c->table[in->ptr[0]], out + n, size - n);
		if (len == 0)
			break;
		*bad |= c->table[in->ptr[0]] == 0xfffd;
	}
	return n;
}

/* The escape sequence of ISO-2022-JP-2 (RFC 1554) that s begins with. ISO-2022-KR has none that
 * shifts, and any other is text to iconv. */
static struct span
escape_of(struct span s)
{
	static const char *const known_ones[] = { "(B", "(J", "$@", "$A", "$B",
						  "$(C", "$(D", ".A", ".F" };

	for (size_t i = 0; i < sizeof(known_ones) / sizeof(known_ones[0]) && s.ptr[0] == ESC; i++) {
		struct span one = span_str(known_ones[i]);

		if (span_starts(span_skip(s, 1), one))
			return span_take(s, one.len + 1);
	}
	return SPAN_NONE;
}

static void
track_escapes(struct mime_shift *s, struct span used)
{
	for (; used.len > 0; used = span_skip(used, 1)) {
		struct span escape = escape_of(used);
		bool second = escape.len > 1 && escape.ptr[1] == '.';

		if (escape.len > 0) {
			memcpy(s->escape[second], escape.ptr, escape.len);
			s->escape_len[second] = (uint8_t)escape.len;
		} else if (s->escape_len[1] > 0 && used.len > 2 && used.ptr[0] == ESC &&
			   used.ptr[1] == SINGLE_SHIFT) {
			used = span_skip(used, 2); /* a character of G2 may look like anything */
		}
	}
}

/* What these bytes, which iconv understood, did to the state. */
static void
track(const struct mime_charset *c, struct mime_shift *s, struct span used)
{
	if (c->kind == ESCAPES)
		track_escapes(s, used);
	for (size_t i = 0; i < used.len && c->kind == SHIFTS; i++)
		if (used.ptr[i] == SHIFT_OUT || used.ptr[i] == SHIFT_IN)
			s->out = used.ptr[i] == SHIFT_OUT;
}

static void
set_state(const struct mime_charset *c, struct mime_shift *s)
{
	static uint8_t shift_out[] = { SHIFT_OUT };
	const struct span again[] = { span_of(s->escape[0], s->escape_len[0]),
				      span_of(s->escape[1], s->escape_len[1]),
				      span_of(shift_out, s->out) };

	iconv(c->cd, NULL, NULL, NULL, NULL);
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]) && c->kind != MULTI; i++) {
		char sink[ROOM], *to = sink, *from = (char *)(uintptr_t)again[i].ptr;
		size_t room = sizeof(sink), left = again[i].len;

		if (left > 0)
			iconv(c->cd, &from, &left, &to, &room);
	}
}

/* Takes n bytes off what is held and what comes behind it. */
static void
take(struct mime_shift *s, struct span *in, size_t n)
{
	size_t held = n < s->held_len ? n : s->held_len;

	memmove(s->held, s->held + held, s->held_len - held);
	s->held_len = (uint8_t)(s->held_len - held);
	*in = span_skip(*in, n - held);
}

static size_t
by_iconv(const struct mime_charset *c, struct mime_shift *s, struct span *in, uint8_t *out,
	 size_t size, bool *bad)
{
	uint8_t glued[2 * sizeof(s->held)];
	size_t room = size;

	set_state(c, s);
	while (in->len > 0 && room >= ROOM) {
		struct span piece = *in;
		char *from, *to = (char *)(out + size - room);
		size_t left, used, good;
		int why;

		if (s->held_len > 0) { /* with some of what follows, in one piece */
			struct span more = span_take(*in, sizeof(glued) - s->held_len);

			memcpy(glued, s->held, s->held_len);
			memcpy(glued + s->held_len, more.ptr, more.len);
			piece = span_of(glued, s->held_len + more.len);
		}
		from = (char *)(uintptr_t)piece.ptr;
		left = piece.len;
		why = iconv(c->cd, &from, &left, &to, &room) == (size_t)-1 ? errno : 0;
		used = good = piece.len - left;
		if (why == EINVAL && left == s->held_len + in->len - used && left <= sizeof(s->held)) {
			track(c, s, span_take(piece, used));
			take(s, in, used);
			memcpy(s->held + s->held_len, in->ptr, in->len);
			s->held_len = (uint8_t)(s->held_len + in->len);
			*in = SPAN_NONE;
			break;
		}
		if (why == EILSEQ || (why == EINVAL && left > sizeof(s->held))) {
			*bad = true;
			why = room < 3 ? E2BIG : EILSEQ;
			if (why == EILSEQ) {
				used += left < c->unit ? left : c->unit;
				room -= put_utf8(0xfffd, out + size - room, room);
			}
		}
		track(c, s, span_take(piece, good));
		take(s, in, used);
		if (why == E2BIG)
			break;
	}
	return size - room;
}

/* in goes on as UTF-8 until it or the room is used up; what has no character is U+FFFD. */
size_t
mime_charset_run(const struct mime_charset *c, struct mime_shift *s, struct span *in, uint8_t *out,
		 size_t size, bool *bad)
{
	return c->kind == SINGLE ? by_table(c, in, out, size, bad)
				 : by_iconv(c, s, in, out, size, bad);
}

size_t
mime_charset_utf8(const struct mime_charsets *s, struct span name, struct span bytes, uint8_t *out,
		  size_t size, bool *unknown)
{
	struct mime_shift shift = { .held_len = 0 };
	const struct mime_charset *c;
	enum mime_charset_is is = mime_charset_find(s, name, &c);
	bool mark, bad = false;
	size_t n = 0;

	if (is == MIME_CHARSET_UTF16 && bytes.len >= 2) {
		c = mime_charset_utf16(s, bytes.ptr, &mark);
		bytes = span_skip(bytes, c != NULL && mark ? 2 : 0);
	}
	*unknown |= c == NULL && is != MIME_CHARSET_UTF8;
	if (c != NULL) {
		n = mime_charset_run(c, &shift, &bytes, out, size, &bad);
		bytes = span_of(shift.held, shift.held_len); /* no character: visible as it is */
	}
	bytes = span_take(bytes, size - n);
	if (bytes.len > 0)
		memcpy(out + n, bytes.ptr, bytes.len);
	return n + bytes.len;
}
