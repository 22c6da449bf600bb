/* SPDX-License-Identifier: BSD-3-Clause */
/* See names.h. Those of smtp come first, in the order of their enum; those of mime and of inspect follow. */
#include "inspect.h"
#include "mime.h"
#include "names.h"
#include "smtp.h"

const char *const *
names_of_events(void)
{
	static const char *names[SMTP_ODDITY_COUNT + MIME_ODDITY_COUNT + INSPECT_ODDITY_COUNT + 1];
	int i, n = 0;

	for (i = 0; i < SMTP_ODDITY_COUNT; i++)
		names[n++] = smtp_oddity_name((enum smtp_oddity)i);
	for (i = 0; i < MIME_ODDITY_COUNT; i++)
		names[n++] = mime_oddity_name((enum mime_oddity)i);
	for (i = 0; i < INSPECT_ODDITY_COUNT; i++)
		names[n++] = inspect_oddity_name((enum inspect_oddity)i);
	names[n] = NULL;
	return names;
}
