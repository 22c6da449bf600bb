/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of texts in a configuration. In: texts; out: copies, in order. Loading calls it.
 */
#include "conf_internal.h"

#include <errno.h>
#include <stdlib.h>

int
conf_list_add(struct conf_list *list, const char *text, unsigned line)
{
	/* Both arrays are kept at a size that is the count's next power of two. */
	if ((list->count & (list->count - 1)) == 0) {
		size_t size = list->count > 0 ? 2 * list->count : 1;
		char **texts = realloc(list->text, size * sizeof(*texts));
		unsigned *lines;

		if (texts == NULL)
			return -ENOMEM;
		list->text = texts;
		lines = realloc(list->line, size * sizeof(*lines));
		if (lines == NULL)
			return -ENOMEM;
		list->line = lines;
	}
	list->text[list->count] = strdup(text);
	if (list->text[list->count] == NULL)
		return -ENOMEM;
	list->line[list->count++] = line;
	return 0;
}

void
conf_list_free(struct conf_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->text[i]);
	free(list->text);
	free(list->line);
	*list = (struct conf_list){ .count = 0 };
}
