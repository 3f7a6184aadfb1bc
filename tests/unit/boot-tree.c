/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "boot/change.h"
#include "boot/images.h"
#include "boot/state.h"
#include "boot/tree.h"

/* Files are root's, so only root can make them. */
static struct tree tree;
static char root[] = "/tmp/boot-tree.XXXXXX";
static struct msg why;

static int make_root(void **state)
{
	(void)state;
	if (!mkdtemp(root) || tree_open(root, &tree, &why) < 0)
		return -1;
	return tree.running || strcmp(tree.root, root) != 0;
}

static int remove_root(void **state)
{
	char command[sizeof(root) + 16];

	(void)state;
	tree_close(&tree);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void assert_text(const char *path, const char *text)
{
	char *now = NULL;
	int err = tree_read(&tree, path, &now, NULL);

	if (text) {
		assert_int_equal(err, 0);
		assert_string_equal(now, text);
	} else {
		assert_int_equal(err, -ENOENT);
	}
	free(now);
}

static void link_inside(const char *to, const char *name)
{
	assert_int_equal(symlinkat(to, tree.fd, name), 0);
}

static void test_links_stay_inside(void **state)
{
	char *text;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(tree_make_parents(&tree, "/in/etc/file"), 0);
	assert_int_equal(tree_publish(&tree, "/in/etc/file", "text\n", NULL), 0);
	link_inside("/in/etc", "absolute");
	link_inside("../../../../in/etc", "upwards");
	link_inside("/proc/self/root", "magic");
	assert_text("/absolute/file", "text\n");
	assert_text("/upwards/file", "text\n");
	assert_text("/../../in/etc/file", "text\n");
	assert_false(tree_exists(&tree, "/etc/passwd"));
	assert_false(tree_exists(&tree, "/magic/etc/passwd"));
	link_inside("in/etc/file", "link");
	assert_int_equal(tree_read(&tree, "/link", &text, NULL), -ELOOP);
	assert_int_equal(tree_read(&tree, "/in", &text, NULL), -ELOOP);
	assert_true(tree_contains(&tree, "/link", "ext"));
	assert_false(tree_contains(&tree, "/link", "nothing"));
	/* a link is replaced, not followed */
	assert_int_equal(tree_publish(&tree, "/link", "new\n", NULL), 0);
	assert_text("/in/etc/file", "text\n");
	assert_text("/link", "new\n");
}

static void test_publish(void **state)
{
	const struct timespec old = {.tv_sec = 1000000000, .tv_nsec = 5};
	struct timespec time;
	struct stat st;
	char *text;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(tree_publish(&tree, "/none/file", "a\n", NULL), -ENOENT);
	/* what a killed run left is replaced, and can be removed */
	assert_int_equal(tree_publish(&tree, "/.file.new", "left\n", NULL), 0);
	assert_int_equal(tree_publish(&tree, "/file", "a\n", &old), 0);
	assert_text("/.file.new", NULL);
	assert_int_equal(tree_read(&tree, "/file", &text, &time), 0);
	free(text);
	assert_true(time.tv_sec == old.tv_sec && time.tv_nsec == old.tv_nsec);
	assert_int_equal(fstatat(tree.fd, "file", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(tree_publish(&tree, "/.file.new", "left\n", NULL), 0);
	tree_clean(&tree, "/file");
	assert_text("/.file.new", NULL);
	assert_int_equal(mkdirat(tree.fd, ".file.new", 0755), 0);
	assert_int_equal(tree_publish(&tree, "/file", "b\n", NULL), -EISDIR);
	assert_text("/file", "a\n");
	assert_int_equal(tree_remove_directory(&tree, "/.file.new"), 0);
	assert_int_equal(tree_remove(&tree, "/file"), 0);
	assert_int_equal(tree_remove(&tree, "/file"), 0);
	assert_int_equal(tree_remove(&tree, "/none/file"), 0);
}

static void test_change_and_inverse(void **state)
{
	struct change make = {.path = "/d/e/f", .to = "one\n", .to_time = {.tv_nsec = UTIME_NOW}};
	struct change undo = change_inverse(&make);

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(change_do(&tree, &make, &why), 0);
	assert_text("/d/e/f", "one\n");
	assert_int_equal(change_do(&tree, &make, &why), 0);
	assert_int_equal(tree_publish(&tree, "/d/e/f", "other\n", NULL), 0);
	assert_int_equal(change_do(&tree, &make, &why), -ESTALE);
	assert_int_equal(change_do(&tree, &undo, &why), -ESTALE);
	assert_text("/d/e/f", "other\n");
	assert_int_equal(tree_publish(&tree, "/d/e/f", "one\n", NULL), 0);
	assert_int_equal(change_do(&tree, &undo, &why), 0);
	assert_text("/d/e/f", NULL);
	assert_int_equal(change_do(&tree, &undo, &why), 0);
}

static void test_state(void **state)
{
	static const char *const wrong[] = {"", "pending\n", "gpu-handoff boot 10\n",
		STATE_FIRST_LINE "\nunknown\n", STATE_FIRST_LINE "\ndirectory relative\n",
		STATE_FIRST_LINE "\npending yes\n"};
	static struct state a, b;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(tree_make_parents(&tree, STATE_FILE), 0);
	a.pending = true;
	a.directories = a.arguments = 1;
	strcpy(a.directory[0], "/etc/modules-load.d");
	strcpy(a.argument[0], "vfio-pci.ids=10de:1c8d with blanks");
	assert_int_equal(state_save(&tree, &a, &why), 0);
	assert_text(STATE_FILE, STATE_FIRST_LINE "\npending\ndirectory /etc/modules-load.d\n"
						 "argument vfio-pci.ids=10de:1c8d with blanks\n");
	assert_int_equal(state_load(&tree, &b, &why), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	a = (struct state){.pending = false};
	assert_int_equal(state_save(&tree, &a, &why), 0);
	assert_text(STATE_FILE, NULL);
	assert_int_equal(state_load(&tree, &b, &why), 0);
	assert_true(!b.pending && b.directories + b.arguments == 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(tree_publish(&tree, STATE_FILE, wrong[i], NULL), 0);
		assert_int_equal(state_load(&tree, &b, &why), -EPROTO);
	}
}

/* Equal is not older; FAT keeps times in steps of two seconds. */
static void test_age(void **state)
{
	const struct timespec input = {.tv_sec = 1001, .tv_nsec = 500};
	const struct {
		struct timespec made;
		bool coarse, older;
	} rows[] = {
		{{1001, 500}, false, false},
		{{1001, 499}, false, true},
		{{1000, 900}, false, true},
		{{1002, 0}, false, false},
		{{1000, 0}, true, false},
		{{999, 0}, true, true},
		{{998, 0}, true, true},
		{{1002, 0}, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct image image = {.coarse = rows[i].coarse};

		image.st.st_mtim = rows[i].made;
		assert_int_equal(image_older(&image, &input), rows[i].older);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links_stay_inside),
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_change_and_inverse),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_age),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
