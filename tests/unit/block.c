/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/block.h"

#include "tree.h"

static int fresh(void **state)
{
	*state = tree_new();
	return 0;
}

static int stale(void **state)
{
	tree_remove(*state);
	return 0;
}

/* The tables that a case sees in place of the kernel's, and what is right then. */
struct tables {
	const char *tree, *mounts, *swaps;
	int err;
	const char *why;
};

static void with_tables(void *argument)
{
	const struct tables *t = argument;
	struct msg why = {""};
	char path[4096], dir[4096];
	int err;

	tree_write(t->tree, "tables/mounts", t->mounts);
	tree_write(t->tree, "tables/swaps", t->swaps);
	snprintf(path, sizeof(path), "%s/tables/mounts", t->tree);
	must(mount(path, "/proc/self/mountinfo", NULL, MS_BIND, NULL) == 0);
	snprintf(path, sizeof(path), "%s/tables/swaps", t->tree);
	must(mount(path, "/proc/swaps", NULL, MS_BIND, NULL) == 0);
	snprintf(dir, sizeof(dir), "%s/device", t->tree);
	err = block_in_use(dir, &why);
	errno = -err;
	must(err == t->err);
	if (strcmp(why.text, t->why) != 0)
		fprintf(stderr, "# %s\n", why.text);
	must(strcmp(why.text, t->why) == 0);
}

static void expect(
	const char *tree, const char *mounts, const char *swaps, int err, const char *why)
{
	struct tables tables = {tree, mounts, swaps, err, why};

	in_own_mounts(with_tables, &tables);
}

static const char no_swaps[] = "Filename\tType\tSize\tUsed\tPriority\n";
static const char other_mount[] = "22 1 8:17 / / rw,relatime shared:1 - ext4 /dev/sdb1 rw\n";

static void test_mounted(void **state)
{
	const char *tree = *state;

	tree_device(tree, "device/usb1/block/sda", "8:0\n", "block");
	tree_device(tree, "device/usb1/block/sda/sda1", "8:1\n", "block");
	expect(tree, other_mount, no_swaps, 0, "");
	expect(tree, "", "", 0, "");
	expect(tree,
		"22 1 8:17 / / rw - ext4 /dev/sdb1 rw\n"
		"30 22 8:1 / /srv/my\\040disk rw,relatime shared:9 - ext4 /dev/sda1 rw\n",
		no_swaps, -EBUSY, "/dev/sda1 is mounted on /srv/my disk; unmount it first");
	/* the same number of a character device is another device */
	expect(tree, "30 22 1:8 / /srv rw - ext4 /dev/sda1 rw", no_swaps, 0, "");
}

static void test_character(void **state)
{
	tree_device(*state, "device/tty/ttyACM0", "8:1\n", "tty");
	expect(*state, "30 22 8:1 / /srv rw - ext4 /dev/sda1 rw\n", no_swaps, 0, "");
}

/* A device node that is there on every Linux with loop devices; it is never opened. */
static bool have_loop(void)
{
	struct stat st;

	if (stat("/dev/loop0", &st) == 0 && S_ISBLK(st.st_mode) && st.st_rdev == makedev(7, 0))
		return true;
	print_message("skip: no /dev/loop0\n");
	return false;
}

static void test_anonymous(void **state)
{
	const char *tree = *state;

	if (!have_loop())
		skip();
	tree_device(tree, "device/block/loop0", "7:0\n", "block");
	expect(tree, "30 22 0:45 /@ /srv rw shared:9 - btrfs /dev/loop0 rw,subvol=/@\n", no_swaps,
		-EBUSY, "/dev/loop0 is mounted on /srv; unmount it first");
	expect(tree,
		"30 22 0:45 /@ /srv rw - btrfs /dev/null rw\n"
		"31 22 0:46 / /proc rw - proc proc rw\n32 22 0:47 / /x rw - nfs host:/x rw\n",
		no_swaps, 0, "");
}

static void test_swap(void **state)
{
	const char *tree = *state;

	if (!have_loop())
		skip();
	tree_device(tree, "device/block/loop0", "7:0\n", "block");
	expect(tree, other_mount,
		"Filename\tType\tSize\tUsed\tPriority\n/dev/loop0  partition\t1\t0\t-2\n", -EBUSY,
		"/dev/loop0 is swap space; run swapoff on it first");
	expect(tree, other_mount,
		"Filename\tType\tSize\tUsed\tPriority\n/dev/null  partition\t1\t0\t-2\n", 0, "");
}

static void test_held(void **state)
{
	const char *tree = *state;
	char path[4096];

	tree_device(tree, "device/block/cciss!c0d0", "104:0\n", "block");
	tree_parents(tree, "device/block/cciss!c0d0/holders/x", path);
	expect(tree, other_mount, no_swaps, 0, "");
	tree_link(tree, "device/block/cciss!c0d0/holders/dm-3", "../../dm-3");
	expect(tree, other_mount, no_swaps, -EBUSY,
		"/dev/cciss/c0d0 is held by /dev/dm-3; end that first");
}

static void test_gone(void **state)
{
	struct msg why = {""};
	char path[4096];

	snprintf(path, sizeof(path), "%s/gone", (char *)*state);
	assert_int_equal(block_in_use(path, &why), -ENOENT);
}

#define row(test) cmocka_unit_test_setup_teardown(test, fresh, stale)

int main(void)
{
	const struct CMUnitTest tests[] = {row(test_mounted), row(test_character),
		row(test_anonymous), row(test_swap), row(test_held), row(test_gone)};

	return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
