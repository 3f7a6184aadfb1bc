/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a machine whose /sys is a tree of the test's own. */
#include "tree.h"

#include <signal.h>
#include <sys/prctl.h>

#include "base/deadline.h"
#include "machine/machine.h"

static void make_function(const char *tree, const char *address, unsigned int class)
{
	char path[256], text[32];
	static const char *const words[][2] = {
		{"vendor", "0x10de\n"}, {"device", "0x1c8d\n"}, {"driver_override", "(null)\n"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		snprintf(path, sizeof(path), "bus/pci/devices/%s/%s", address, words[i][0]);
		tree_write(tree, path, words[i][1]);
	}
	snprintf(path, sizeof(path), "bus/pci/devices/%s/class", address);
	snprintf(text, sizeof(text), "0x%06x\n", class);
	tree_write(tree, path, text);
	snprintf(path, sizeof(path), "bus/pci/devices/%s/iommu_group", address);
	tree_link(tree, path, "../../../../kernel/iommu_groups/7");
	snprintf(path, sizeof(path), "kernel/iommu_groups/7/devices/%s", address);
	tree_link(tree, path, address);
}

static struct machine *read_tree(const char *tree)
{
	struct machine *machine;
	struct msg why;

	must(mount(tree, "/sys", NULL, MS_BIND, NULL) == 0);
	if (machine_read(&machine, &why) < 0) {
		fprintf(stderr, "%s\n", why.text);
		_exit(1);
	}
	return machine;
}

/* A pipe without a writer: whoever opens it waits, as for the lock of a device that hangs. */
static void read_override_that_waits(void *tree)
{
	struct deadline late = deadline_in(10);
	struct machine *machine = read_tree(tree);

	must(deadline_left(late) > 0);
	must(machine->functions == 3 && machine->gpus == 1);
	must(machine->gpu[0].functions == 3 && machine->gpu[0].members == 3);
	must(strcmp(machine->gpu[0].override, "vfio-pci") == 0);
	must(strcmp(machine->gpu[0].function[0].override, "vfio-pci") == 0);
	must(strcmp(machine->gpu[0].function[1].override, "?") == 0);
	must(strcmp(machine->gpu[0].function[2].override, "-") == 0);
	must(strcmp(machine->gpu[0].member[1].override, "?") == 0);
	must(strcmp(machine->gpu[0].member[2].override, "-") == 0);
	machine_free(machine);
}

static void test_override_that_waits(void **state)
{
	char *tree = tree_new(), path[4096];

	(void)state;
	make_function(tree, "0000:01:00.0", 0x030200);
	make_function(tree, "0000:01:00.1", 0x040300);
	make_function(tree, "0000:01:00.2", 0x0c0330);
	tree_write(tree, "bus/pci/devices/0000:01:00.0/driver_override", "vfio-pci\n");
	snprintf(path, sizeof(path), "%s/bus/pci/devices/0000:01:00.1/driver_override", tree);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	in_own_mounts(read_override_that_waits, tree);
	tree_remove(tree);
}

static pid_t hold(const char *path)
{
	int ready[2];
	char byte;
	pid_t pid;

	must(pipe(ready) == 0);
	pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		must(open(path, O_RDONLY | O_CLOEXEC) >= 0);
		must(write(ready[1], "", 1) == 1);
		for (;;)
			pause();
	}
	must(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

enum { MANY = HOLDERS_MAX + 30 };

/* One scan has no room for all: the one process that holds the other card must be found still. */
static void read_many_holders(void *tree)
{
	static pid_t pids[MANY];
	pid_t last;
	struct machine *machine;

	for (size_t i = 0; i < MANY; i++)
		pids[i] = hold("/dev/full");
	last = hold("/dev/zero");
	machine = read_tree(tree);
	must(machine->gpus == 2 && machine->holders_error == 0);
	must(machine->gpu[0].holders->count == HOLDERS_MAX);
	must(machine->gpu[0].holders->omitted >= MANY - HOLDERS_MAX);
	must(machine->gpu[0].holders->holder[0].pid <= pids[0]);
	must(machine->gpu[1].holders->count >= 1 && machine->gpu[1].holders->omitted == 0);
	must(machine->gpu[1].holders->holder[machine->gpu[1].holders->count - 1].pid == last);
	machine_free(machine);
}

static void test_many_holders(void **state)
{
	char *tree = tree_new();

	(void)state;
	make_function(tree, "0000:01:00.0", 0x030200);
	make_function(tree, "0000:02:00.0", 0x030200);
	tree_device(tree, "bus/pci/devices/0000:01:00.0/drm/card0", "1:7\n", "drm");
	tree_device(tree, "bus/pci/devices/0000:02:00.0/drm/card1", "1:5\n", "drm");
	in_own_mounts(read_many_holders, tree);
	tree_remove(tree);
}

/* A node that belongs to two: the group of two cards. */
static void read_shared_node(void *tree)
{
	pid_t pid = hold("/dev/full");
	struct machine *machine = read_tree(tree);

	must(machine->gpus == 2);
	for (size_t i = 0; i < 2; i++) {
		const struct holders *holders = machine->gpu[i].holders;
		size_t found = 0;

		for (size_t j = 0; j < holders->count; j++)
			found += holders->holder[j].pid == pid;
		must(found == 1);
	}
	machine_free(machine);
}

static void test_shared_node(void **state)
{
	char *tree = tree_new();

	(void)state;
	make_function(tree, "0000:01:00.0", 0x030200);
	make_function(tree, "0000:01:00.1", 0x030200);
	tree_link(tree, "bus/pci/devices/0000:01:00.0/driver", "../vfio-pci");
	tree_link(tree, "bus/pci/devices/0000:01:00.1/driver", "../vfio-pci");
	tree_write(tree, "class/vfio/7/dev", "1:7\n");
	in_own_mounts(read_shared_node, tree);
	tree_remove(tree);
}

static void read_nothing(void *tree)
{
	struct machine *machine = NULL;
	struct msg why;

	must(mount(tree, "/sys", NULL, MS_BIND, NULL) == 0);
	must(machine_read(&machine, &why) == -ENOENT && !machine);
	must(strcmp(why.text, "/sys/bus/pci/devices cannot be read: No such file or directory; is "
			      "/sys mounted, and has this kernel PCI?") == 0);
}

static void test_no_pci(void **state)
{
	char *tree = tree_new();

	(void)state;
	in_own_mounts(read_nothing, tree);
	tree_remove(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_override_that_waits),
		cmocka_unit_test(test_many_holders),
		cmocka_unit_test(test_shared_node),
		cmocka_unit_test(test_no_pci),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
