/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mime_dump [-b] [-c SIZE] FILE...: what lib/mime makes of messages: header fields, parts with
 * their sizes and sha256, URLs, oddities. -b: decoded bodies too. -c: feed pieces of SIZE bytes.
 * Several files: a line "== FILE" before each. Used by the oracle test, and by hand.
 */
#include <stdlib.h>
#include <unistd.h>

#include "mime_print.h"

static int
dump(const char *path, const struct mime_print_options *options)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t size = 0, n;
	char block[65536];
	FILE *all = open_memstream(&text, &size);

	if (f == NULL || all == NULL) {
		perror(path);
		return 1;
	}
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		fwrite(block, 1, n, all);
	fclose(f);
	fclose(all);
	mime_print(span_of(text, size), options, stdout);
	free(text);
	return 0;
}

int
main(int argc, char **argv)
{
	struct mime_print_options options = { .all_digests = true };
	int c, failed = 0;

	while ((c = getopt(argc, argv, "bc:")) != -1) {
		if (c == 'b')
			options.bodies = true;
		else if (c == 'c')
			options.cut = (size_t)strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	for (int i = optind; i < argc; i++) {
		if (argc - optind > 1)
			printf("== %s\n", argv[i]);
		failed |= dump(argv[i], &options);
	}
	return failed;
}
