/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of verbs, modes and oddities, both ways. For logs, rules and reports; no state.
 */
#include "smtp_internal.h"

static const char *const verb_names[SMTP_VERBS] = {
	[SMTP_HELO] = "HELO",
	[SMTP_EHLO] = "EHLO",
	[SMTP_LHLO] = "LHLO",
	[SMTP_MAIL] = "MAIL FROM",
	[SMTP_RCPT] = "RCPT TO",
	[SMTP_DATA] = "DATA",
	[SMTP_BDAT] = "BDAT",
	[SMTP_RSET] = "RSET",
	[SMTP_NOOP] = "NOOP",
	[SMTP_QUIT] = "QUIT",
	[SMTP_VRFY] = "VRFY",
	[SMTP_EXPN] = "EXPN",
	[SMTP_HELP] = "HELP",
	[SMTP_AUTH] = "AUTH",
	[SMTP_STARTTLS] = "STARTTLS",
	[SMTP_ETRN] = "ETRN",
	[SMTP_TURN] = "TURN",
	[SMTP_ATRN] = "ATRN",
	[SMTP_SEND] = "SEND FROM",
	[SMTP_SOML] = "SOML FROM",
	[SMTP_SAML] = "SAML FROM",
	[SMTP_BURL] = "BURL",
	[SMTP_XCLIENT] = "XCLIENT",
	[SMTP_XFORWARD] = "XFORWARD",
	[SMTP_X_LINK2STATE] = "X-LINK2STATE",
	[SMTP_XEXCH50] = "XEXCH50",
	[SMTP_UNKNOWN] = "unknown",
	[SMTP_AUTH_LINE] = "auth line",
	[SMTP_END_OF_DATA] = "end of data",
	[SMTP_GREETING] = "greeting",
};

static const struct {
	const char *name;
	bool broken;
	const char *text;
} oddities[SMTP_ODDITY_COUNT] = {
#define SMTP_X(symbol, name, broken, text) [SMTP_ODD_##symbol] = { name, broken, text },
	SMTP_ODDITIES(SMTP_X)
#undef SMTP_X
};

/* Tolerated by default, since some legal sender's software does it or a server reads it as meant.
 */
#define STRICT                                                                                     \
	(SMTP_ODD(BARE_CR) | SMTP_ODD(BARE_LF) | SMTP_ODD(BODY_BARE_CR) | SMTP_ODD(BODY_BARE_LF) | \
	 SMTP_ODD(BODY_NUL) | SMTP_ODD(EIGHT_BIT) | SMTP_ODD(EARLY_TALKER) | SMTP_ODD(SYNTAX))

#define SMTP_X(symbol, name, broken, text) | (broken ? SMTP_ODD(symbol) : 0)
static const uint64_t broken_always = 0 SMTP_ODDITIES(SMTP_X);
#undef SMTP_X

const char *
smtp_verb_name(enum smtp_verb v)
{
	return (unsigned)v < SMTP_VERBS ? verb_names[v] : "none";
}

/* The verb of a command's first word, without FROM or TO. */
enum smtp_verb
smtp_verb_word(struct span word)
{
	for (int v = 0; v < SMTP_UNKNOWN; v++) {
		const char *name = verb_names[v];
		size_t n = 0;

		while (n < word.len && name[n] != '\0' && name[n] != ' ' &&
		       span_lower(word.ptr[n]) == span_lower((uint8_t)name[n]))
			n++;
		if (n == word.len && n > 0 && (name[n] == '\0' || name[n] == ' '))
			return (enum smtp_verb)v;
	}
	return SMTP_UNKNOWN;
}

enum smtp_verb
smtp_verb_by_name(struct span name)
{
	enum smtp_verb v = smtp_verb_word(name);

	if (v != SMTP_UNKNOWN)
		return v;
	for (v = 0; v < SMTP_VERBS; v++) {
		const char *have = verb_names[v];
		size_t n = 0;

		while (n < name.len && have[n] != '\0' &&
		       (span_lower(name.ptr[n]) == span_lower((uint8_t)have[n]) ||
			(name.ptr[n] == '_' && have[n] == ' ')))
			n++;
		if (n == name.len && have[n] == '\0')
			return v;
	}
	return SMTP_UNKNOWN;
}

const char *
smtp_mode_name(enum smtp_mode m)
{
	static const char *const names[] = {
		[SMTP_MODE_COMMAND] = "command", [SMTP_MODE_DATA] = "data",
		[SMTP_MODE_AUTH] = "auth",	 [SMTP_MODE_TLS] = "tls",
		[SMTP_MODE_CLOSED] = "closed",
	};

	return (unsigned)m <= SMTP_MODE_CLOSED ? names[m] : "none";
}

const char *
smtp_oddity_name(enum smtp_oddity o)
{
	return (unsigned)o < SMTP_ODDITY_COUNT ? oddities[o].name : "none";
}

const char *
smtp_oddity_text(enum smtp_oddity o)
{
	return (unsigned)o < SMTP_ODDITY_COUNT ? oddities[o].text : "none";
}

int
smtp_oddity_by_name(struct span name)
{
	for (int o = 0; o < SMTP_ODDITY_COUNT; o++)
		if (span_eq_nocase(name, span_str(oddities[o].name)))
			return o;
	return -1;
}

/* The oddities after which nothing more may pass. */
uint64_t
smtp_broken_mask(bool strict)
{
	return strict ? broken_always | STRICT : broken_always;
}

bool
smtp_oddity_broken(enum smtp_oddity o, bool strict)
{
	return (unsigned)o < SMTP_ODDITY_COUNT && (smtp_broken_mask(strict) >> o & 1) != 0;
}
