/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* State of somebody else is not run. As root files are given away for it, else ours are foreign. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handoff/undo.h"

enum { NOBODY = 65534 };

static const char advice[] = "x is not root's own or others may write it; nothing was done: remove "
			     "it if you do not know it";

static int check(int fd, mode_t type)
{
	struct msg why = {.text = ""};
	int err = undo_check(fd, type, "x", &why);

	assert_string_equal(why.text, err ? advice : "");
	return err;
}

static void test_foreign_file(void **state)
{
	char name[] = "/tmp/undo-check-XXXXXX";
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	unlink(name);
	if (geteuid() == 0) {
		assert_int_equal(check(fd, S_IFREG), 0);
		assert_int_equal(fchown(fd, NOBODY, NOBODY), 0);
	}
	assert_int_equal(check(fd, S_IFREG), -EPERM);
	close(fd);
}

static void test_foreign_directory(void **state)
{
	char name[] = "/tmp/undo-check-XXXXXX";
	int fd;

	(void)state;
	assert_non_null(mkdtemp(name));
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	if (geteuid() == 0) {
		assert_int_equal(check(fd, S_IFDIR), 0);
		assert_int_equal(check(fd, S_IFREG), -EPERM);
		assert_int_equal(fchown(fd, NOBODY, NOBODY), 0);
	}
	assert_int_equal(check(fd, S_IFDIR), -EPERM);
	close(fd);
	rmdir(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foreign_file),
		cmocka_unit_test(test_foreign_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
