/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an EHLO reply line offers (RFC 5321 section 4.1.1.1). In: the text of one line behind the
 * first; out: bits of enum smtp_offer. The session keeps those of the last EHLO only.
 */
#include "smtp_internal.h"

unsigned
smtp_ehlo_offer(struct span text)
{
	static const struct {
		const char *keyword;
		unsigned offer;
	} offers[] = {
		{ "PIPELINING", SMTP_OFFER_PIPELINING },
		{ "CHUNKING", SMTP_OFFER_CHUNKING },
		{ "STARTTLS", SMTP_OFFER_STARTTLS },
		{ "AUTH", SMTP_OFFER_AUTH },
		{ "SIZE", SMTP_OFFER_SIZE },
		{ "8BITMIME", SMTP_OFFER_8BITMIME },
		{ "SMTPUTF8", SMTP_OFFER_SMTPUTF8 },
		{ "BINARYMIME", SMTP_OFFER_BINARYMIME },
		{ "DSN", SMTP_OFFER_DSN },
		{ "XCLIENT", SMTP_OFFER_XCLIENT },
		{ "ENHANCEDSTATUSCODES", SMTP_OFFER_ENHANCED },
	};
	struct span word = span_take(text, smtp_word_len(text));
	ptrdiff_t equals = span_chr(word, '=');

	if (equals > 0) /* "AUTH=LOGIN", as old clients want it */
		word = span_take(word, (size_t)equals);
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		if (span_eq_nocase(word, span_str(offers[i].keyword)))
			return offers[i].offer;
	return 0;
}
