/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/kernels.h"

#include "nouns/kmodules.h"

#include "config-check.h"
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

/* A kernel that has FILES and BUILTIN, words with a blank after each, in its tree. */
static void install(const char *root, const char *version, const char *files, const char *builtin)
{
	char path[512], text[1024] = "";
	int status;
	pid_t pid;

	for (; *files; files += strcspn(files, " ") + 1) {
		snprintf(path, sizeof(path), "lib/modules/%s/kernel/%.*s.ko", version,
			(int)strcspn(files, " "), files);
		tree_write(root, path, "");
	}
	for (; *builtin; builtin += strcspn(builtin, " ") + 1)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "kernel/%.*s.ko\n",
			(int)strcspn(builtin, " "), builtin);
	snprintf(path, sizeof(path), "lib/modules/%s/modules.builtin", version);
	tree_write(root, path, text);
	snprintf(path, sizeof(path), "lib/modules/%s/modules.order", version);
	tree_write(root, path, "");
	pid = fork();
	if (pid == 0) {
		/* it says of each module that it is no ELF */
		if (freopen("/dev/null", "w", stderr))
			execl("/sbin/depmod", "depmod", "-b", root, version, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_list(void **state)
{
	const char *root = *state;
	struct kernels kernels = {0};
	struct msg why = {""};
	char path[512], name[KERNEL_NAME_SIZE + 1] = "";

	assert_int_equal(kernels_list(root, &kernels, &why), 0);
	assert_int_equal(kernels.count, 0);
	tree_write(root, "lib/modules/6.10.3-1/modules.dep.bin", "");
	tree_write(root, "lib/modules/6.1.0-50-amd64/modules.dep.bin", "");
	tree_write(root, "lib/modules/6.9.12/modules.dep.bin", "");
	tree_write(root, "lib/modules/6.9.12-rt/modules.dep.bin", "");
	/* what a removed kernel leaves behind */
	tree_write(root, "lib/modules/5.10.0-30-amd64/updates/dkms/nvidia.ko", "");
	tree_write(root, "lib/modules/extramodules", "");
	assert_int_equal(kernels_list(root, &kernels, &why), 0);
	assert_int_equal(kernels.count, 4);
	assert_string_equal(kernels.version[0], "6.1.0-50-amd64");
	assert_string_equal(kernels.version[1], "6.9.12");
	assert_string_equal(kernels.version[2], "6.9.12-rt");
	assert_string_equal(kernels.version[3], "6.10.3-1");
	memset(name, '9', KERNEL_NAME_SIZE);
	snprintf(path, sizeof(path), "lib/modules/%s/modules.dep.bin", name);
	tree_write(root, path, "");
	assert_int_equal(kernels_list(root, &kernels, &why), -E2BIG);
	assert_int_equal(kernels.count, 4);
}

static void test_too_many(void **state)
{
	const char *root = *state;
	struct kernels kernels = {0};
	struct msg why = {""};
	char path[64];

	for (int i = 0; i <= KERNELS_MAX; i++) {
		snprintf(path, sizeof(path), "lib/modules/6.%d/modules.dep.bin", i);
		tree_write(root, path, "");
		assert_int_equal(kernels_list(root, &kernels, &why), i < KERNELS_MAX ? 0 : -E2BIG);
	}
	assert_int_equal(kernels.count, KERNELS_MAX);
}

/* What kernels_modules says of VERSION, one word after the other: name+ is in the image. */
static void expect(const char *root, const char *version, const char *config, const char *right)
{
	struct kernel_module module[KERNEL_MODULES_MAX];
	struct config *parsed = good(config);
	struct msg why = {""};
	char text[512] = "";
	int n = kernels_modules(root, version, parsed, module, &why);

	assert_string_equal(why.text, "");
	assert_true(n >= 0);
	for (int i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s%s", i ? " " : "",
			module[i].name, module[i].in_image ? "+" : "");
	assert_string_equal(text, right);
	config_free(parsed);
}

static const char reserve[] = "[gpu 10de:1c8d]\nreserve = boot\n";
static const char vgpus[] = "[vgpu]\nwhen = boot\n";
static const char both[] = "[gpu 10de:1c8d]\nreserve = boot\n[vgpu]\nwhen = boot\n";

static void test_modules(void **state)
{
	const char *root = *state;

	install(root, "5.10.0",
		"vfio vfio_pci vfio_iommu_type1 vfio_virqfd mdev vfio_mdev kvmgt i915 ", "");
	install(root, "6.1.0",
		"vfio vfio-pci vfio_pci_core vfio_iommu_type1 vfio_virqfd mdev kvmgt ", "");
	install(root, "6.12.0", "vfio vfio-pci vfio-pci-core vfio_iommu_type1 mdev kvmgt ", "");
	install(root, "6.8.0-ubuntu", "mdev kvmgt ",
		"vfio vfio_pci vfio-pci-core vfio_iommu_type1 vfio_virqfd ");
	install(root, "6.12.0-cloud", "vfio vfio_pci vfio_iommu_type1 ", "mdev ");

	expect(root, "5.10.0", "", "");
	expect(root, "5.10.0", reserve, "vfio_pci+ vfio+ vfio_iommu_type1+ vfio_virqfd+");
	expect(root, "5.10.0", vgpus, "kvmgt mdev vfio_mdev");
	expect(root, "5.10.0", both,
		"vfio_pci+ vfio+ vfio_iommu_type1+ vfio_virqfd+ kvmgt mdev vfio_mdev");
	expect(root, "6.1.0", both, "vfio_pci+ vfio+ vfio_iommu_type1+ vfio_virqfd+ kvmgt mdev");
	expect(root, "6.12.0", both, "vfio_pci+ vfio+ vfio_iommu_type1+ kvmgt mdev");
	expect(root, "6.8.0-ubuntu", reserve, "");
	expect(root, "6.8.0-ubuntu", both, "kvmgt mdev");
	expect(root, "6.12.0-cloud", both, "vfio_pci+ vfio+ vfio_iommu_type1+");
	expect(root, "6.12.0-cloud", vgpus, "");
}

/* Refused with BEFORE, and, if there is more of it, ROOT and AFTER. */
static void refuse(const char *root, const char *version, const char *config, const char *before,
	const char *after)
{
	struct kernel_module module[KERNEL_MODULES_MAX];
	struct config *parsed = good(config);
	struct msg why = {""};
	char text[1024];

	snprintf(text, sizeof(text), "%s%s%s", before, after ? root : "", after ? after : "");
	assert_int_equal(kernels_modules(root, version, parsed, module, &why), -ENOENT);
	assert_string_equal(why.text, text);
	config_free(parsed);
}

static void test_no_modules(void **state)
{
	const char *root = *state;

	install(root, "6.12.0-cloud", "mdev ", "vfio ");
	refuse(root, "6.12.0-cloud", both,
		"kernel 6.12.0-cloud has no vfio-pci, so that no GPU can be reserved under it; "
		"use one with CONFIG_VFIO_PCI",
		NULL);
	expect(root, "6.12.0-cloud", vgpus, "mdev");
	refuse(root, "6.12.1", "", "kernel 6.12.1 has no modules in ",
		"/lib/modules; see uname -r, or run depmod 6.12.1");
	refuse(root, "../modules/6.12.0-cloud", "",
		"kernel ../modules/6.12.0-cloud has no modules in ",
		"/lib/modules; see uname -r, or run depmod ../modules/6.12.0-cloud");
	/* an index that is no index: nothing is found in it, and nothing else goes wrong */
	tree_write(root, "lib/modules/6.12.2/modules.dep.bin", "not an index");
	expect(root, "6.12.2", vgpus, "");
}

static void test_names(void **state)
{
	const char *root = *state;
	struct kmodules *modules = NULL;
	struct msg why = {""};

	install(root, "6.12.0", "vfio-pci mdev ", "snd-hda-intel ");
	assert_int_equal(kmodules_open(root, "6.12.0", &modules, &why), 0);
	assert_int_equal(kmodules_find(modules, "vfio_pci"), KMODULE_FILE);
	assert_int_equal(kmodules_find(modules, "vfio-pci"), KMODULE_FILE);
	assert_int_equal(kmodules_find(modules, "snd_hda_intel"), KMODULE_BUILTIN);
	assert_int_equal(kmodules_find(modules, "snd-hda-intel"), KMODULE_BUILTIN);
	assert_int_equal(kmodules_find(modules, "vfio"), KMODULE_ABSENT);
	assert_int_equal(kmodules_find(modules, ""), KMODULE_ABSENT);
	kmodules_close(modules);
	kmodules_close(NULL);
	assert_false(kmodules_there(root, ""));
	assert_false(kmodules_there(root, "."));
	assert_false(kmodules_there(root, ".."));
	assert_false(kmodules_there(root, "6.12.0/kernel"));
	assert_true(kmodules_there(root, "6.12.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_list, fresh, stale),
		cmocka_unit_test_setup_teardown(test_too_many, fresh, stale),
		cmocka_unit_test_setup_teardown(test_modules, fresh, stale),
		cmocka_unit_test_setup_teardown(test_no_modules, fresh, stale),
		cmocka_unit_test_setup_teardown(test_names, fresh, stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
