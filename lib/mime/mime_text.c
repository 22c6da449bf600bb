/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names and sentences of oddities and encodings, from the one list in mime.h. In: an enum or a
 * name; out: a text or an enum. Rules and event logs call this.
 */
#include "mime.h"

static const struct {
	const char *name, *text;
} oddities[MIME_ODDITY_COUNT] = {
#define MIME_X(symbol, oddity_name, oddity_text)                                                   \
	[MIME_ODD_##symbol] = { .name = oddity_name, .text = oddity_text },
	MIME_ODDITIES(MIME_X)
#undef MIME_X
};

const char *
mime_oddity_name(enum mime_oddity o)
{
	return (unsigned)o < MIME_ODDITY_COUNT ? oddities[o].name : "";
}

const char *
mime_oddity_text(enum mime_oddity o)
{
	return (unsigned)o < MIME_ODDITY_COUNT ? oddities[o].text : "";
}

int
mime_oddity_by_name(struct span name)
{
	for (int i = 0; i < MIME_ODDITY_COUNT; i++) {
		if (span_eq_nocase(name, span_str(oddities[i].name)))
			return i;
	}
	return -1;
}

const char *
mime_encoding_name(enum mime_encoding e)
{
	static const char *const names[] = {
		[MIME_IDENTITY] = "identity",	     [MIME_BASE64] = "base64",
		[MIME_QP] = "quoted-printable",	     [MIME_UU] = "uuencode",
		[MIME_ENCODING_UNKNOWN] = "unknown",
	};

	return (unsigned)e < sizeof(names) / sizeof(names[0]) ? names[e] : "unknown";
}
