/* SPDX-License-Identifier: BSD-3-Clause */
/* Files: read whole, or a message with the path and the cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "ydoc.h"

static void
test_file(void **state)
{
	char path[] = "/tmp/ydoc-XXXXXX";
	int fd = mkstemp(path);
	struct err err;
	struct ydoc *d;

	(void)state;
	assert_int_equal(write(fd, "a: b\n", 5), 5);
	close(fd);
	d = ydoc_load(path, &err);
	assert_non_null(d);
	assert_string_equal(ydoc_file(d), path);
	assert_string_equal(ydoc_get(ydoc_root(d), "a")->text, "b");
	ydoc_free(d);
	unlink(path);
}

static void
test_no_file(void **state)
{
	char line[512];
	struct err err;

	(void)state;
	assert_null(ydoc_load("/nonexistent/x.yaml", &err));
	assert_string_equal(err_text(&err, line, sizeof(line)),
			    "/nonexistent/x.yaml: cannot read: No such file or directory; "
			    "check the path");
	assert_null(ydoc_load("/tmp", &err));
	assert_string_equal(err_text(&err, line, sizeof(line)),
			    "/tmp: cannot read: Is a directory");
}

static void
test_endless_file(void **state)
{
	struct err err;

	(void)state;
	assert_null(ydoc_load("/dev/zero", &err));
	assert_string_equal(err.text, "more than 16 MiB of YAML");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_endless_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
