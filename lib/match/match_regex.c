/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCRE2 programs: what a rule means exactly, where Hyperscan only says "perhaps" or reports ends
 * without beginnings. Built by the control plane, shared by all workers, run with the worker's
 * scratch. Limits make a hostile input a refusal to answer, never a long wait.
 */
#include <errno.h>
#include <stdlib.h>

#include "match_internal.h"

static uint32_t
regex_options(unsigned flags)
{
	uint32_t options = 0;

	if (flags & MATCH_NOCASE)
		options |= PCRE2_CASELESS;
	if (flags & MATCH_DOTALL)
		options |= PCRE2_DOTALL;
	if (flags & MATCH_MULTILINE)
		options |= PCRE2_MULTILINE;
	if (flags & MATCH_EXTENDED)
		options |= PCRE2_EXTENDED;
	if (flags & MATCH_ANCHORED)
		options |= PCRE2_ANCHORED;
	if (flags & MATCH_DOLLAR_END)
		options |= PCRE2_DOLLAR_ENDONLY;
	if (flags & MATCH_UNGREEDY)
		options |= PCRE2_UNGREEDY;
	if (flags & MATCH_AT_END)
		options |= PCRE2_ENDANCHORED;
	/* Bytes are bytes: no pattern may switch to UTF. \C is beyond the JIT compiler. */
	return options | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;
}

struct match_regex *
match_regex_build(struct span text, unsigned flags, struct err *err)
{
	struct match_regex *re = calloc(1, sizeof(*re));
	char message[256];
	PCRE2_SIZE at = 0;
	int code = 0;

	if (re == NULL) {
		err_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	re->code = pcre2_compile(text.ptr != NULL ? text.ptr : (const uint8_t *)"", text.len,
				 regex_options(flags), &code, &at, NULL);
	if (re->code == NULL) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof(message));
		err_set(err, -EINVAL, "%s", message);
		if (err != NULL)
			err->col = (unsigned)at + 1;
		free(re);
		return NULL;
	}
	/* Without it the program runs interpreted, with the same answers. */
	pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
	return re;
}

void
match_regex_free(struct match_regex *re)
{
	if (re == NULL)
		return;
	pcre2_code_free(re->code);
	free(re);
}

int
match_regex_run(const struct match_regex *re, struct match_scratch *s, struct span bytes,
		size_t start, size_t *begin, size_t *end)
{
	const uint8_t *ptr = bytes.ptr != NULL ? bytes.ptr : (const uint8_t *)"";
	PCRE2_SIZE *offset;
	int rc;

	if (start > bytes.len)
		return 0;
	rc = pcre2_match(re->code, ptr, bytes.len, start, 0, s->data, s->context);
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc < 0)
		return -1;
	offset = pcre2_get_ovector_pointer(s->data);
	/* \K in a lookaround may set the beginning behind the end. */
	*begin = offset[0] <= offset[1] ? offset[0] : offset[1];
	*end = offset[1];
	return 1;
}
