/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                                       \
	"# Written by gpu-handoff-boot(8), which replaces it: change /etc/gpu-handoff.conf "       \
	"instead.\n"
#define DRACUT_TEXT                                                                                \
	HEAD "[ ! -d /usr/lib/dracut/modules.d/90gpu-handoff ] || "                                \
	     "add_dracutmodules+=\" gpu-handoff \"\n"
#define MKINITCPIO_TEXT                                                                            \
	HEAD "[ ! -e /usr/lib/initcpio/install/gpu-handoff ] || "                                  \
	     "HOOKS=(gpu-handoff \"${HOOKS[@]}\")\n"
#define BOOSTER_TEXT HEAD "modules_force_load: vfio_pci,vfio,vfio_iommu_type1\n"

/* One text a file, in the order of the header; NULL for none. */
struct texts {
	const char *modprobe, *modules_load, *overrides, *dracut, *mkinitcpio, *booster, *grub;
};

static void expect(
	const struct wanted *wanted, enum generator generator, bool grub, const struct texts *texts)
{
	const struct {
		const char *path, *text;
		bool in_image;
	} right[BOOT_FILES] = {
		{"/etc/modprobe.d/gpu-handoff.conf", texts->modprobe, true},
		{"/etc/modules-load.d/gpu-handoff.conf", texts->modules_load, false},
		{"/etc/gpu-handoff.overrides", texts->overrides, true},
		{"/etc/dracut.conf.d/gpu-handoff.conf", texts->dracut, true},
		{"/etc/mkinitcpio.conf.d/gpu-handoff.conf", texts->mkinitcpio, true},
		{"/etc/booster.yaml", texts->booster, true},
		{"/etc/default/grub.d/gpu-handoff.cfg", texts->grub, false},
	};
	struct boot_file file[BOOT_FILES];

	assert_int_equal(boot_files(wanted, generator, grub, file), 0);
	for (size_t i = 0; i < BOOT_FILES; i++) {
		assert_string_equal(file[i].path, right[i].path);
		assert_int_equal(file[i].in_image, right[i].in_image);
		if (right[i].text && file[i].text)
			assert_string_equal(file[i].text, right[i].text);
		else if (right[i].text || file[i].text)
			fail_msg("%s: %s", file[i].path,
				file[i].text ? file[i].text : "there is no text");
	}
	boot_files_free(file);
	for (size_t i = 0; i < BOOT_FILES; i++)
		assert_null(file[i].text);
}

static void test_nothing_wanted(void **state)
{
	static const struct wanted wanted = {.reserves = false};
	const struct texts none = {.modprobe = NULL};

	(void)state;
	for (int i = GENERATOR_NONE; i <= GENERATOR_RPM_OSTREE; i++) {
		expect(&wanted, (enum generator)i, false, &none);
		expect(&wanted, (enum generator)i, true, &none);
	}
}

/* A card by its IDs, and vGPUs on another one. */
static const struct wanted laptop = {
	.reserves = true,
	.vgpus = true,
	.ids = 2,
	.id = {"10de:1c8d", "10de:0fb9"},
	.softdeps = 3,
	.softdep = {"nouveau", "nvidia", "snd_hda_intel"},
	.options = 2,
	.option = {"i915 enable_gvt=1", "kvm ignore_msrs=1"},
	.loads = 1,
	.load = {"kvmgt"},
	.arguments = 2,
	.argument = {"intel_iommu=on", "vfio-pci.ids=10de:1c8d,10de:0fb9"},
};

static const char laptop_modprobe[] =
	HEAD "# vfio-pci takes the reserved GPUs before the host's drivers can.\n"
	     "options vfio-pci ids=10de:1c8d,10de:0fb9\n"
	     "softdep nouveau pre: vfio-pci\n"
	     "softdep nvidia pre: vfio-pci\n"
	     "softdep snd_hda_intel pre: vfio-pci\n"
	     "# For vGPUs, and for guests that read unknown registers.\n"
	     "options i915 enable_gvt=1\n"
	     "options kvm ignore_msrs=1\n";
static const char laptop_load[] = HEAD "kvmgt\n";
static const char laptop_grub[] =
	HEAD "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on "
	     "vfio-pci.ids=10de:1c8d,10de:0fb9\"\n";

static void test_generators(void **state)
{
	const struct texts texts[] = {
		[GENERATOR_NONE] = {.modprobe = laptop_modprobe, .modules_load = laptop_load},
		[GENERATOR_INITRAMFS_TOOLS] = {.modprobe = laptop_modprobe,
			.modules_load = laptop_load},
		[GENERATOR_DRACUT] = {.modprobe = laptop_modprobe,
			.modules_load = laptop_load,
			.dracut = DRACUT_TEXT},
		[GENERATOR_MKINITCPIO] = {.modprobe = laptop_modprobe,
			.modules_load = laptop_load,
			.mkinitcpio = MKINITCPIO_TEXT},
		[GENERATOR_BOOSTER] = {.modprobe = laptop_modprobe,
			.modules_load = laptop_load,
			.booster = BOOSTER_TEXT},
		[GENERATOR_RPM_OSTREE] = {.modprobe = laptop_modprobe,
			.modules_load = laptop_load,
			.dracut = DRACUT_TEXT},
	};

	(void)state;
	for (int i = GENERATOR_NONE; i <= GENERATOR_RPM_OSTREE; i++) {
		struct texts with_grub = texts[i];

		expect(&laptop, (enum generator)i, false, &texts[i]);
		with_grub.grub = laptop_grub;
		expect(&laptop, (enum generator)i, true, &with_grub);
	}
}

/* One of two equal cards: no IDs at all. */
static void test_by_address(void **state)
{
	static struct wanted wanted = {
		.reserves = true,
		.overrides = 2,
		.override = {{"10000:02:00.0", 0x10de, 0x1b80}, {"10000:02:00.1", 0x10de, 0x0fb}},
		.softdeps = 1,
		.softdep = {"nvidia"},
	};
	struct texts texts = {
		.modprobe =
			HEAD "# vfio-pci takes the reserved GPUs before the host's drivers can.\n"
			     "softdep nvidia pre: vfio-pci\n",
		.overrides = HEAD
		"# Other functions have the same IDs: taken by address, if that device "
		"sits there.\n"
		"10000:02:00.0 10de:1b80 vfio-pci\n"
		"10000:02:00.1 10de:00fb vfio-pci\n",
	};

	(void)state;
	expect(&wanted, GENERATOR_INITRAMFS_TOOLS, true, &texts);
	wanted.console = true;
	texts.overrides =
		HEAD "# Other functions have the same IDs: taken by address, if that device "
		     "sits there.\n"
		     "10000:02:00.0 10de:1b80 vfio-pci console\n"
		     "10000:02:00.1 10de:00fb vfio-pci console\n";
	expect(&wanted, GENERATOR_INITRAMFS_TOOLS, true, &texts);
}

/* A GPU that is not there now: images are made ready for it, nothing else. */
static void test_absent_card(void **state)
{
	static const struct wanted wanted = {.reserves = true};
	const struct texts texts = {.mkinitcpio = MKINITCPIO_TEXT};

	(void)state;
	expect(&wanted, GENERATOR_MKINITCPIO, false, &texts);
}

/* vGPUs alone need nothing in an image but the options. */
static void test_vgpus_alone(void **state)
{
	static const struct wanted wanted = {
		.vgpus = true,
		.options = 1,
		.option = {"i915 enable_gvt=1"},
		.loads = 1,
		.load = {"kvmgt"},
		.arguments = 1,
		.argument = {"kvm.ignore_msrs=1"},
	};
	const struct texts texts = {
		.modprobe = HEAD "# For vGPUs, and for guests that read unknown registers.\n"
				 "options i915 enable_gvt=1\n",
		.modules_load = laptop_load,
		.grub = HEAD "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT "
			     "kvm.ignore_msrs=1\"\n",
	};

	(void)state;
	expect(&wanted, GENERATOR_DRACUT, true, &texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_wanted),
		cmocka_unit_test(test_generators),
		cmocka_unit_test(test_by_address),
		cmocka_unit_test(test_absent_card),
		cmocka_unit_test(test_vgpus_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
