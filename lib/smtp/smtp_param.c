/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ESMTP parameters (RFC 5321 section 4.1.2: esmtp-keyword ["=" esmtp-value]). In: the params of a
 * MAIL or RCPT; out: one pair at a time, and the few that the parser itself needs: SIZE (RFC 1870),
 * BODY=BINARYMIME (RFC 3030), SMTPUTF8 (RFC 6531). Unknown ones are left to the rules.
 */
#include <errno.h>
#include "smtp_internal.h"

bool
smtp_param_next(struct span *rest, struct span *key, struct span *value)
{
	struct span s = *rest;
	ptrdiff_t equals;

	while (s.len > 0 && smtp_is_blank(s.ptr[0]))
		s = span_skip(s, 1);
	*key = span_take(s, smtp_word_len(s));
	*rest = span_skip(s, key->len);
	*value = SPAN_NONE;
	equals = span_chr(*key, '=');
	if (equals >= 0) {
		*value = span_of(key->ptr + equals + 1, key->len - (size_t)equals - 1);
		key->len = (size_t)equals;
	}
	return s.len > 0;
}

/* The largest of several counts, and one that no number holds as the largest: limits on it hold. */
static void
size_read(struct span value, struct smtp_command *c)
{
	uint64_t size;
	int r = span_to_u64(value, UINT64_MAX, &size);

	if (r != 0)
		c->odd |= SMTP_ODD(SYNTAX);
	if (r == -ERANGE)
		size = UINT64_MAX;
	if ((r == 0 || r == -ERANGE) && size > c->size)
		c->size = size;
}

void
smtp_params_read(struct smtp_command *c)
{
	struct span rest = c->params, key, value;

	while (smtp_param_next(&rest, &key, &value)) {
		if (span_eq_nocase(key, SPAN_LIT("SIZE")))
			size_read(value, c);
		else if (span_eq_nocase(key, SPAN_LIT("SMTPUTF8")))
			c->utf8 = true;
		else if (span_eq_nocase(key, SPAN_LIT("BODY")))
			c->binary |= span_eq_nocase(value, SPAN_LIT("BINARYMIME"));
	}
}
