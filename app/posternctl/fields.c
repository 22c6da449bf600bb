/* SPDX-License-Identifier: BSD-3-Clause */
/* Fields of the daemon's documents. A missing one is nothing; control bytes never come through. */
#include "ctl.h"
#include "str.h"

const char *
ctl_text(const json_t *o, const char *key, char *buf, size_t size)
{
	const char *s = json_string_value(json_object_get(o, key));
	struct str out;

	str_open(&out, buf, size);
	str_add_escaped(&out, span_str(s));
	return buf;
}

long long
ctl_number(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}
