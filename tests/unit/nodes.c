/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/nodes.h"

#include "tree.h"

static struct nodes nodes;

static int fresh(void **state)
{
	*state = tree_new();
	nodes.count = 0;
	return 0;
}

static int stale(void **state)
{
	tree_remove(*state);
	return 0;
}

static const struct node *get(unsigned int high, unsigned int low)
{
	for (size_t i = 0; i < nodes.count; i++)
		if (nodes.node[i].rdev == makedev(high, low))
			return &nodes.node[i];
	return NULL;
}

static void test_kinds(void **state)
{
	const char *tree = *state;
	const struct node *node;

	tree_device(tree, "drm/card1", "226:1\n", "drm");
	tree_device(tree, "drm/card1/card1-DP-1/drm_dp_aux0", "238:0\n", "drm_dp_aux_dev");
	tree_device(tree, "sound/card0/controlC0", "116:2\n", "sound");
	tree_device(tree, "sound/card0/pcmC0D3p", "116:3\n", "sound");
	tree_device(tree, "usb1/1-1/host0/target/block/sda", "8:0\n", "block");
	tree_device(tree, "usb1/1-1/host0/target/block/sda/sda1", "8:1\n", "block");
	assert_int_equal(nodes_below(tree, &nodes), 0);
	assert_int_equal(nodes.count, 6);
	node = get(226, 1);
	assert_true(node && node->drm && !node->block && !node->notify && !node->any_minor);
	node = get(238, 0);
	assert_true(node && !node->drm && !node->block && !node->notify);
	node = get(116, 2);
	assert_true(node && node->notify && !node->drm);
	node = get(116, 3);
	assert_true(node && !node->notify);
	node = get(8, 1);
	assert_true(node && node->block);
	/* once more adds nothing */
	assert_int_equal(nodes_below(tree, &nodes), 0);
	assert_int_equal(nodes.count, 6);
}

static void test_root_and_link(void **state)
{
	const char *tree = *state;
	char path[4096];

	tree_device(tree, "devices/sound/controlC7", "116:7\n", "sound");
	tree_link(tree, "bus/by-another-name", "../devices/sound/controlC7");
	tree_link(tree, "devices/loop", "../devices");
	snprintf(path, sizeof(path), "%s/bus/by-another-name", tree);
	assert_int_equal(nodes_below(path, &nodes), 0);
	assert_int_equal(nodes.count, 1);
	assert_true(nodes.node[0].notify);
	nodes.count = 0;
	snprintf(path, sizeof(path), "%s/bus", tree);
	assert_int_equal(nodes_below(path, &nodes), 0);
	assert_int_equal(nodes.count, 0);
	snprintf(path, sizeof(path), "%s/gone", tree);
	assert_int_equal(nodes_below(path, &nodes), -ENOENT);
}

static void test_not_a_number(void **state)
{
	static const char *const wrong[] = {"", "\n", "226\n", "226:\nx", "a:b\n", "226:1x\n",
		"99999:0\n", "1:9999999\n", "226:1 and much more text than a number has, indeed\n"};
	const char *tree = *state;
	char path[64];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(path, sizeof(path), "device%zu/dev", i);
		tree_write(tree, path, wrong[i]);
	}
	tree_write(tree, "glue/dev/x/dev", "10:1\n");
	assert_int_equal(nodes_below(tree, &nodes), 0);
	assert_int_equal(nodes.count, 1);
	assert_non_null(get(10, 1));
}

static void test_barren(void **state)
{
	const char *tree = *state;

	tree_write(tree, "drm/card1/power/dev", "10:1\n");
	tree_write(tree, "mdev_supported_types/i915-GVTg_V5_4/dev", "10:2\n");
	assert_int_equal(nodes_below(tree, &nodes), 0);
	assert_int_equal(nodes.count, 0);
}

static void test_limits(void **state)
{
	const char *tree = *state;
	char path[64], number[32];

	for (int i = 0; i < NODES_MAX; i++) {
		snprintf(path, sizeof(path), "many/d%d/dev", i);
		snprintf(number, sizeof(number), "10:%d\n", i);
		tree_write(tree, path, number);
	}
	assert_int_equal(nodes_below(tree, &nodes), 0);
	assert_int_equal(nodes.count, NODES_MAX);
	tree_write(tree, "many/other/dev", "11:0\n");
	assert_int_equal(nodes_below(tree, &nodes), -E2BIG);
}

static void test_depth(void **state)
{
	const char *tree = *state;
	char path[256] = "";

	/* the tree itself is the first of 32 levels */
	for (int i = 0; i < 31; i++)
		strcat(path, "d/");
	strcat(path, "dev");
	tree_write(tree, path, "11:1\n");
	assert_int_equal(nodes_below(tree, &nodes), 0);
	assert_int_equal(nodes.count, 1);
	strcpy(path + strlen(path) - strlen("dev"), "e/dev");
	tree_write(tree, path, "11:2\n");
	assert_int_equal(nodes_below(tree, &nodes), -E2BIG);
}

static void nvidia(void *argument)
{
	const char *tree = argument, *devices = "Character devices:\n  1 mem\n195 nvidia\n"
						"508 nvidia-uvm\n 240 nvidia-caps\n"
						"241 nvidia-caps-imex-channels\n242 nvidia-cap\n"
						"\nBlock devices:\n  9 nvidia-uvm\n";
	char path[4096];

	must(mount("tree", "/proc/driver", "tmpfs", 0, NULL) == 0);
	nodes.count = 0;
	must(nodes_nvidia("0000:01:00.0", true, &nodes) == 0 && nodes.count == 0);
	must(mkdir("/proc/driver/nvidia", 0755) == 0);
	tree_write("/proc/driver/nvidia/gpus", "0000:01:00.0/information",
		"Model: \t\t NVIDIA GeForce GTX 1050\nIRQ:   \t\t 131\n"
		"Bus Location: \t 0000:01:00.0\nDevice Minor: \t 3\n");
	tree_write(tree, "devices", devices);
	snprintf(path, sizeof(path), "%s/devices", tree);
	must(mount(path, "/proc/devices", NULL, MS_BIND, NULL) == 0);
	must(nodes_nvidia("0000:01:00.0", false, &nodes) == 0 && nodes.count == 1);
	must(get(195, 3) && !get(195, 3)->any_minor && !get(195, 3)->block);
	must(nodes_nvidia("0000:02:00.0", false, &nodes) == 0 && nodes.count == 1);
	must(nodes_nvidia("0000:01:00.0", true, &nodes) == 0 && nodes.count == 6);
	must(get(195, 255) && get(195, 254) && !get(195, 254)->any_minor);
	must(get(508, 0) && get(508, 0)->any_minor);
	must(get(240, 0) && get(240, 0)->any_minor);
	must(get(241, 0) && get(241, 0)->any_minor);
	must(!get(242, 0) && !get(9, 0));
}

static void vfio(void *argument)
{
	(void)argument;
	must(mount("tree", "/sys/class", "tmpfs", 0, NULL) == 0);
	nodes.count = 0;
	must(nodes_vfio(12, &nodes) == 0 && nodes.count == 0);
	tree_write("/sys/class", "vfio/12/dev", "243:5\n");
	must(nodes_vfio(12, &nodes) == 0 && nodes.count == 1);
	must(get(243, 5) && !get(243, 5)->any_minor && !get(243, 5)->block);
	must(nodes_vfio(1, &nodes) == 0 && nodes.count == 1);
}

static void test_nvidia(void **state)
{
	in_own_mounts(nvidia, *state);
}

static void test_vfio(void **state)
{
	in_own_mounts(vfio, *state);
}

#define row(test) cmocka_unit_test_setup_teardown(test, fresh, stale)

int main(void)
{
	const struct CMUnitTest tests[] = {row(test_kinds), row(test_root_and_link),
		row(test_not_a_number), row(test_barren), row(test_limits), row(test_depth),
		row(test_nvidia), row(test_vfio)};

	return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
