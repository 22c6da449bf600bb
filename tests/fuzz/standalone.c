/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzz harness over files and folders of files, so that every corpus is a test under any
 * compiler. Each input is copied to a block of its exact size: over-reads are seen by ASan.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
run_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(size > 0 ? size : 1);
	int ok = f != NULL && data != NULL && fread(data, 1, size, f) == size;

	if (ok)
		LLVMFuzzerTestOneInput(data, size);
	else
		fprintf(stderr, "%s: cannot read\n", path);
	free(data);
	if (f != NULL)
		fclose(f);
	return ok ? 1 : -1;
}

/* Number of inputs run, -1 on error. */
static int
run_path(const char *path)
{
	struct stat st;
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	if (stat(path, &st) != 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		return run_file(path, (size_t)st.st_size);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char name[4096];
		int n;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		n = run_path(name);
		if (n < 0)
			count = -1;
		if (count < 0)
			break;
		count += n;
	}
	if (dir != NULL)
		closedir(dir);
	return count;
}

int
main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int n = run_path(argv[i]);

		if (n < 0) {
			fprintf(stderr, "%s: no corpus there\n", argv[i]);
			return 1;
		}
		total += n;
	}
	printf("%d inputs\n", total);
	return total > 0 ? 0 : 1;
}
