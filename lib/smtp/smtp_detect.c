/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is it SMTP? In: the first bytes of one direction; out: yes, no, not yet known. Looks at no port.
 * Used for CONNECT, and by whoever must choose a parser.
 */
#include "smtp_internal.h"

static int
detect_server(struct span first)
{
	static const char code[] = "220";
	bool refuses = first.ptr[0] == '4' || first.ptr[0] == '5';
	size_t n = first.len < 3 ? first.len : 3;

	for (size_t i = 0; i < n; i++)
		if (refuses ? (uint8_t)(first.ptr[i] - '0') > 9 : first.ptr[i] != (uint8_t)code[i])
			return -1;
	if (first.len < 4)
		return 0;
	if (first.ptr[3] != ' ' && first.ptr[3] != '-' && first.ptr[3] != '\r' &&
	    first.ptr[3] != '\n')
		return -1;
	return refuses ? 0 : 1; /* 554, 421 (RFC 5321 section 3.1): FTP refuses so, too */
}

/* Could more bytes make a verb of this word? */
static bool
begins_verb(struct span word)
{
	for (int v = 0; v < SMTP_UNKNOWN; v++) {
		struct span name = span_str(smtp_verb_name((enum smtp_verb)v));

		if (span_starts_nocase(name, word))
			return true;
	}
	return false;
}

static int
detect_client(struct span first)
{
	struct span word = span_take(first, smtp_word_len(first));

	if (first.ptr[0] == 0x16) /* TLS record: handshake, version 3 */
		return first.len < 2 ? 0 : first.ptr[1] == 3 ? SMTP_DETECT_TLS : -1;
	if (word.len == first.len)
		return begins_verb(word) ? 0 : -1;
	return smtp_verb_word(word) != SMTP_UNKNOWN ? 1 : -1;
}

int
smtp_detect(enum smtp_dir dir, struct span first)
{
	if (first.len == 0)
		return 0;
	return dir == SMTP_SERVER ? detect_server(first) : detect_client(first);
}

/* The blank is part of a verb: it ends inside the bytes that callers keep. */
const char *
smtp_detect_other(enum smtp_dir dir, struct span first)
{
	static const struct {
		const char *begin, *name;
		bool of[2]; /* SMTP_CLIENT, SMTP_SERVER say so */
	} known[] = {
		{ "\x16\x03", "tls", { true, true } }, { "\x15\x03", "tls", { true, true } },
		{ "SSH-", "ssh", { true, true } },     { "HTTP/1.", "http", { false, true } },
		{ "GET /", "http", { true, false } },  { "GET http", "http", { true, false } },
		{ "HEAD /", "http", { true, false } }, { "POST /", "http", { true, false } },
		{ "PUT /", "http", { true, false } },  { "CONNECT ", "http", { true, false } },
		{ "OPTIONS ", "http", { true, false } }, { "PRI * HTT", "http", { true, false } },
		{ "USER ", "ftp", { true, false } },   { "FEAT\r", "ftp", { true, false } },
		{ "AUTH TLS", "ftp", { true, false } },  { "AUTH SSL", "ftp", { true, false } },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].of[dir] && span_starts(first, span_str(known[i].begin)))
			return known[i].name;
	return NULL;
}
