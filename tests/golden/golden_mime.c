/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * golden_mime [-w] FOLDER: every message NAME.in gives the text NAME.ref, whole, byte by byte, and
 * split at each offset. -w writes the .ref files (then read the diff before you commit it).
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "mime_print.h"

static char *
read_file(const char *path, size_t *size)
{
	char *text = NULL, block[4096];
	FILE *f = fopen(path, "rb"), *all = open_memstream(&text, size);
	size_t n;

	while (f != NULL && (n = fread(block, 1, sizeof(block), f)) > 0)
		fwrite(block, 1, n, all);
	fclose(all);
	if (f == NULL) {
		perror(path);
		free(text);
		return NULL;
	}
	fclose(f);
	return text;
}

/* The first line that differs, for people. */
static void
show(const char *name, const char *how, const char *got, const char *wanted)
{
	size_t line = 1;

	while (*got != '\0' && *got == *wanted) {
		line += *got == '\n';
		got++;
		wanted++;
	}
	fprintf(stderr,
		"%s, %s: differs in line %zu, behind which comes\n  got:    %.*s\n  wanted: %.*s\n",
		name, how, line, (int)strcspn(got, "\n"), got, (int)strcspn(wanted, "\n"), wanted);
}

static int
check(const char *name, const char *how, struct span message,
      const struct mime_print_options *options, const char *wanted)
{
	size_t size;
	char *got = mime_print_text(message, options, &size);
	int failed = strcmp(got, wanted) != 0;

	if (failed)
		show(name, how, got, wanted);
	free(got);
	return failed;
}

static int
run(const char *in_path, const char *ref_path, bool write)
{
	struct mime_print_options options = { .bodies = true };
	size_t size, ref_size, out_size;
	char *in = read_file(in_path, &size), *ref, how[40];
	struct span message = span_of(in, size);
	int failed;

	if (write) {
		FILE *f = fopen(ref_path, "wb");

		ref = mime_print_text(message, &options, &out_size);
		failed = f == NULL || fwrite(ref, 1, out_size, f) != out_size;
		if (f != NULL)
			failed |= fclose(f) != 0;
		free(ref);
		free(in);
		return failed;
	}
	ref = read_file(ref_path, &ref_size);
	failed = ref == NULL || check(in_path, "whole", message, &options, ref);
	options.cut = 1;
	failed = failed || check(in_path, "byte by byte", message, &options, ref);
	options.cut = 0;
	for (size_t i = 1; i < size && !failed; i++) {
		options.split = i;
		snprintf(how, sizeof(how), "split at %zu", i);
		failed = check(in_path, how, message, &options, ref);
	}
	free(ref);
	free(in);
	return failed;
}

int
main(int argc, char **argv)
{
	bool write = argc == 3 && strcmp(argv[1], "-w") == 0;
	const char *folder = argc > 1 ? argv[argc - 1] : ".";
	DIR *dir = opendir(folder);
	unsigned count = 0, failed = 0;
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char in[1024], ref[1024];
		size_t len = strlen(entry->d_name);

		if (len < 4 || strcmp(entry->d_name + len - 3, ".in") != 0)
			continue;
		snprintf(in, sizeof(in), "%s/%s", folder, entry->d_name);
		snprintf(ref, sizeof(ref), "%s/%.*s.ref", folder, (int)len - 3, entry->d_name);
		count++;
		failed += run(in, ref, write) != 0;
	}
	if (dir != NULL)
		closedir(dir);
	printf("%u messages, %u failed\n", count, failed);
	return count > 0 && failed == 0 ? 0 : 1;
}
