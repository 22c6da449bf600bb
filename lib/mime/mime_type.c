/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a header block says about its entity: kind, type, encoding, names, boundaries (RFC 2045,
 * 2046, 2183). In: fields as mime_header.c reads them; out: p->heads while the block goes on, and
 * at its end p->part and what is to be done with the bytes that follow.
 *
 * Where a field comes twice, the reading that shows most wins: multipart before message before a
 * leaf, an encoding that decodes before one that does not; the boundaries of all count.
 */
#include "mime_internal.h"

void
mime_heads_begin(struct mime_parser *p)
{
	p->heads = (struct mime_heads){ .kind = MIME_LEAF };
	p->part = (struct mime_part){ .number = p->entities++, .depth = p->levels };
}

/* The word before the first ';': lower case, without comments, blanks and quotes. *odd when any of
 * them had to go. Returns its length. */
static size_t
bare_word(struct span value, uint8_t *out, size_t size, bool *odd)
{
	size_t n = 0;
	unsigned depth = 0;

	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.ptr[i];

		if (c == '(') {
			depth++;
		} else if (c == ')' && depth > 0) {
			depth--;
		} else if (depth == 0) {
			if (c == ';')
				return n;
			if (c > ' ' && c < 0x7f && c != '"') {
				if (n < size)
					out[n++] = span_lower(c);
				continue;
			}
			*odd |= c == '"' || c == 0 || c >= 0x7f;
			continue;
		}
		*odd = true;
	}
	return n;
}

static struct span
params_of(struct span value)
{
	ptrdiff_t at = span_chr(value, ';');

	return at >= 0 ? span_skip(value, (size_t)at) : SPAN_NONE;
}

enum { NAME_OF_DISPOSITION, NAME_OF_TYPE, NAME_OTHERS };

/* In its slot when that is free, else among the others when it is none of those known. Returns the
 * slot it took, or -1. */
static int
keep_name(struct mime_parser *p, struct span text, int slot)
{
	uint8_t *len = p->heads.name_len;

	if (text.len == 0)
		return -1;
	if (slot == NAME_OTHERS || len[slot] > 0) {
		for (int i = 0; i < MIME_NAMES; i++)
			if (span_eq(text, span_of(p->name[i], len[i])))
				return -1;
		slot = NAME_OTHERS;
		while (slot < MIME_NAMES && len[slot] > 0)
			slot++;
	}
	if (slot == MIME_NAMES) {
		mime_odd(p, MIME_ODD_NAMES);
		return -1;
	}
	memcpy(p->name[slot], text.ptr, text.len);
	len[slot] = (uint8_t)text.len;
	return slot;
}

static struct mime_param_found
find(struct mime_parser *p, struct span params, struct span name, uint8_t *best, uint8_t *plain,
     size_t size)
{
	struct mime_param_found f =
		mime_param_find(p->limits.charsets, params, name, best, plain, size);

	if (f.unknown)
		mime_odd(p, MIME_ODD_UNKNOWN_CHARSET);
	return f;
}

/* The name in all its forms; where they differ, each that stands alone is kept too. */
static void
name_of(struct mime_parser *p, struct span params, struct span name, int slot)
{
	uint8_t best[MIME_NAME_MAX], plain[MIME_NAME_MAX];
	struct mime_param_found f = find(p, params, name, best, plain, sizeof(best));
	struct span rest = params, one = params;
	struct mime_param param;

	if (f.cut)
		mime_odd(p, MIME_ODD_LONG_FILENAME);
	if (f.found)
		keep_name(p, span_of(best, f.len), slot);
	if (!f.twice)
		return;
	mime_odd(p, MIME_ODD_DUPLICATE_PARAM);
	for (; mime_param_next(&rest, &param); one = rest) {
		f = find(p, span_take(one, one.len - rest.len), name, best, plain, sizeof(best));
		if (f.found && param.name.len <= name.len + 1)
			keep_name(p, span_of(best, f.len), NAME_OTHERS);
	}
}

/* RFC 2046 5.1.1 bchars. */
static bool
is_boundary_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i], l = span_lower(c);

		if (!((c >= '0' && c <= '9') || (l >= 'a' && l <= 'z') ||
		      (c != 0 && strchr("'()+_,-./:=? ", c) != NULL)))
			return false;
	}
	return s.len == 0 || s.ptr[s.len - 1] != ' ';
}

static void
add_boundary(struct mime_parser *p, struct span text)
{
	if (text.len > 70)
		mime_odd(p, MIME_ODD_LONG_BOUNDARY);
	while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	mime_boundary_add(p, text);
}

/* An unquoted value ends for some readers at the first character that no token may hold. */
static size_t
token_len(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f || strchr("(),<>@\"", s.ptr[i]) != NULL)
			return i;
	}
	return s.len;
}

/* All boundaries that some reader would take. */
static void
boundaries_of(struct mime_parser *p, struct span params)
{
	const struct span name = SPAN_LIT("boundary");
	uint8_t text[MIME_BOUNDARY_MAX + 1], other[MIME_BOUNDARY_MAX + 1];
	uint8_t before = p->heads.boundaries;
	struct span rest = params, value;
	struct mime_param param;
	struct mime_param_found f;
	bool unknown = false;

	while (mime_param_next(&rest, &param)) {
		size_t n;

		if (!span_eq_nocase(param.name, name))
			continue;
		n = mime_param_value(&param, text, sizeof(text));
		value = span_of(text, n < sizeof(text) ? n : sizeof(text));
		if (param.odd || !is_boundary_text(value) ||
		    (!param.quoted && token_len(value) < value.len))
			mime_odd(p, MIME_ODD_ODD_BOUNDARY);
		add_boundary(p, value);
		if (!param.quoted)
			add_boundary(p, span_take(value, token_len(value)));
		n = mime_decode_words(p->limits.charsets, value, other, sizeof(other), &unknown);
		if (!span_eq(value, span_of(other, n))) {
			mime_odd(p, MIME_ODD_ODD_BOUNDARY);
			add_boundary(p, span_of(other, n));
		}
	}
	f = find(p, params, name, text, other, sizeof(text));
	if (f.twice)
		mime_odd(p, MIME_ODD_DUPLICATE_PARAM);
	if (f.pieces) {
		mime_odd(p, MIME_ODD_ODD_BOUNDARY);
		add_boundary(p, span_of(text, f.len));
	}
	if (p->heads.boundaries == before)
		mime_odd(p, MIME_ODD_NO_BOUNDARY);
}

static void
charset_of(struct mime_parser *p, struct span params)
{
	uint8_t other[MIME_CHARSET_MAX];
	struct mime_param_found f = { .found = false };

	if (p->limits.texts)
		f = find(p, params, SPAN_LIT("charset"), p->charset, other, sizeof(other));
	if (f.twice)
		mime_odd(p, MIME_ODD_DUPLICATE_PARAM);
	p->heads.charset_len = (uint8_t)f.len;
}

static void
content_type(struct mime_parser *p, struct span value)
{
	uint8_t type[MIME_TYPE_MAX];
	bool odd = false;
	size_t len = bare_word(value, type, sizeof(type), &odd);
	struct span t = span_of(type, len), params = params_of(value);
	enum mime_entity kind = MIME_LEAF;

	if (p->heads.has_type)
		mime_odd(p, MIME_ODD_DUPLICATE_HEADER);
	if (span_starts(t, SPAN_LIT("multipart/"))) {
		boundaries_of(p, params);
		if (p->heads.boundaries > 0)
			kind = MIME_MULTIPART;
		p->heads.digest |= span_eq(t, SPAN_LIT("multipart/digest"));
	} else if (span_eq(t, SPAN_LIT("message/rfc822")) ||
		   span_eq(t, SPAN_LIT("message/global")) || span_eq(t, SPAN_LIT("message/news"))) {
		kind = MIME_MESSAGE;
	} else if (span_eq(t, SPAN_LIT("message/partial")) ||
		   span_eq(t, SPAN_LIT("message/external-body"))) {
		mime_odd(p, MIME_ODD_PARTIAL_MESSAGE);
	}
	name_of(p, params, SPAN_LIT("name"), NAME_OF_TYPE);
	if (p->heads.has_type && (kind == MIME_LEAF || p->heads.kind == MIME_MULTIPART))
		return;
	p->heads.has_type = true;
	p->heads.kind = kind;
	charset_of(p, params);
	memcpy(p->type, type, len);
	p->part.type = span_of(p->type, len);
}

enum mime_encoding
mime_encoding_of(struct span value, bool *odd)
{
	static const struct {
		const char *name;
		enum mime_encoding encoding;
	} names[] = {
		{ "7bit", MIME_IDENTITY },	 { "8bit", MIME_IDENTITY },
		{ "binary", MIME_IDENTITY },	 { "base64", MIME_BASE64 },
		{ "quoted-printable", MIME_QP }, { "x-uuencode", MIME_UU },
		{ "uuencode", MIME_UU },	 { "x-uue", MIME_UU },
	};
	uint8_t word[32];
	size_t len = bare_word(value, word, sizeof(word), odd);

	*odd |= len < span_trim(value).len;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (span_eq(span_of(word, len), span_str(names[i].name)))
			return names[i].encoding;
	}
	*odd = true;
	return MIME_ENCODING_UNKNOWN;
}

static void
content_encoding(struct mime_parser *p, struct span value)
{
	bool odd = false;
	enum mime_encoding e = mime_encoding_of(value, &odd);
	bool decodes = e != MIME_IDENTITY && e != MIME_ENCODING_UNKNOWN;

	if (odd)
		mime_odd(p, MIME_ODD_ODD_ENCODING);
	if (p->heads.has_encoding) {
		mime_odd(p, MIME_ODD_DUPLICATE_HEADER);
		if (!decodes || (p->part.encoding != MIME_IDENTITY &&
				 p->part.encoding != MIME_ENCODING_UNKNOWN))
			return;
	}
	p->heads.has_encoding = true;
	p->part.encoding = e;
}

static void
content_disposition(struct mime_parser *p, struct span value)
{
	uint8_t word[32];
	bool odd = false;
	size_t len = bare_word(value, word, sizeof(word), &odd);

	if (p->heads.has_disposition)
		mime_odd(p, MIME_ODD_DUPLICATE_HEADER);
	p->heads.has_disposition = true;
	p->heads.attachment |= span_eq(span_of(word, len), SPAN_LIT("attachment"));
	name_of(p, params_of(value), SPAN_LIT("filename"), NAME_OF_DISPOSITION);
}

void
mime_heads_field(struct mime_parser *p, struct span name, struct span written)
{
	if (span_eq_nocase(name, SPAN_LIT("Content-Type"))) {
		content_type(p, written);
	} else if (span_eq_nocase(name, SPAN_LIT("Content-Transfer-Encoding"))) {
		content_encoding(p, written);
	} else if (span_eq_nocase(name, SPAN_LIT("Content-Disposition"))) {
		content_disposition(p, written);
	} else if (span_eq_nocase(name, SPAN_LIT("From"))) {
		if (p->heads.has_from)
			mime_odd(p, MIME_ODD_DUPLICATE_HEADER);
		p->heads.has_from = true;
	}
}

/* The names of the part: the disposition's first, then the type's. */
static void
choose_names(struct mime_parser *p)
{
	const uint8_t *len = p->heads.name_len;
	struct span of_disposition = span_of(p->name[NAME_OF_DISPOSITION], len[NAME_OF_DISPOSITION]);
	struct span of_type = span_of(p->name[NAME_OF_TYPE], len[NAME_OF_TYPE]);
	struct mime_part *part = &p->part;

	part->filename = SPAN_NONE;
	part->other_count = 0;
	for (int i = 0; i < MIME_NAMES; i++) {
		struct span name = span_of(p->name[i], len[i]);

		if (name.len == 0 || span_eq(name, part->filename))
			continue;
		if (part->filename.len == 0)
			part->filename = name;
		else
			part->other_names[part->other_count++] = name;
	}
	if (of_disposition.len > 0 && of_type.len > 0 && !span_eq(of_disposition, of_type))
		mime_odd(p, MIME_ODD_CONFLICTING_NAMES);
	part->attachment = p->heads.attachment || part->filename.len > 0;
}

/* The body names its file too; only the last such name holds. */
void
mime_heads_name(struct mime_parser *p, struct span name)
{
	struct mime_heads *h = &p->heads;
	int slot;

	if (h->body_named)
		h->name_len[h->body_slot] = 0;
	if (name.len > MIME_NAME_MAX)
		mime_odd(p, MIME_ODD_LONG_FILENAME);
	slot = keep_name(p, span_take(name, MIME_NAME_MAX), NAME_OTHERS);
	h->body_named = slot >= 0;
	h->body_slot = (uint8_t)(slot >= 0 ? slot : 0);
	choose_names(p);
	if (p->part.other_count > 0)
		mime_odd(p, MIME_ODD_CONFLICTING_NAMES);
}

/* A multipart that is encoded as a whole is read twice: as it stands, and decoded in a layer above
 * until a delimiter shows that it was not encoded after all. */
static void
nest(struct mime_parser *p, enum mime_entity kind)
{
	struct mime_layer *y = &p->layer[p->top];
	uint8_t own = p->level[p->levels - 1].boundaries, count = (uint8_t)(p->boundaries - own);

	mime_odd(p, MIME_ODD_ENCODED_MULTIPART);
	if (p->top + 1 == MIME_LAYERS_MAX) {
		mime_odd(p, MIME_ODD_DEPTH);
		return;
	}
	if (!mime_decoder_begin(p, y, p->part.encoding))
		return;
	mime_body_begin(p, y, MIME_AT_NEST);
	mime_layer_push(p, kind == MIME_MULTIPART ? MIME_AT_PREAMBLE : MIME_AT_BEGIN);
	if (kind == MIME_MESSAGE)
		return;
	for (uint8_t i = own; i < own + count; i++)
		mime_boundary_add(
			p, span_of(p->boundary_text + p->boundary[i].at, p->boundary[i].len));
	if (!mime_level_push(p, kind)) {
		mime_boundary_drop(p);
		mime_odd(p, MIME_ODD_DEPTH);
	}
}

static bool
is_encoded(const struct mime_parser *p)
{
	return !p->limits.decode_off &&
	       (p->part.encoding == MIME_BASE64 || p->part.encoding == MIME_QP);
}

/* The header block is over: what follows is a body, parts, or another header block. */
void
mime_heads_end(struct mime_parser *p)
{
	struct mime_layer *y = &p->layer[p->top];
	enum mime_entity kind = p->heads.kind;

	if (!p->heads.has_type && p->levels > y->base && p->level[p->levels - 1].digest) {
		static const uint8_t type[] = "message/rfc822";

		kind = MIME_MESSAGE;
		p->part.type = span_of(type, sizeof(type) - 1);
	}
	choose_names(p);
	if (kind != MIME_MULTIPART)
		mime_boundary_drop(p);
	if (kind != MIME_LEAF && !mime_level_push(p, kind)) {
		mime_odd(p, MIME_ODD_DEPTH);
		mime_boundary_drop(p);
		kind = MIME_LEAF;
	}
	p->part.is_text = kind == MIME_LEAF && (span_starts(p->part.type, SPAN_LIT("text/")) ||
						span_chr(p->part.type, '/') < 0);
	mime_queue(p, MIME_EV_HEADERS_END);
	if (kind == MIME_LEAF)
		mime_body_begin(p, y, MIME_AT_BODY);
	else if (kind == MIME_MULTIPART)
		mime_body_begin(p, y, MIME_AT_PREAMBLE);
	else
		y->where = MIME_AT_BEGIN;
	if (kind != MIME_LEAF && is_encoded(p))
		nest(p, kind);
}
