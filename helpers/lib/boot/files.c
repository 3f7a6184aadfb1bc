/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A removed package breaks no image: both switches do nothing without what they switch on. */
#define DRACUT_MODULE	"/usr/lib/dracut/modules.d/90gpu-handoff"
#define MKINITCPIO_HOOK "/usr/lib/initcpio/install/gpu-handoff"

static void write_modprobe(const struct wanted *wanted, FILE *out)
{
	if (wanted->ids + wanted->softdeps > 0)
		fprintf(out, "# vfio-pci takes the reserved GPUs before the host's drivers "
			     "can.\n");
	for (size_t i = 0; i < wanted->ids; i++)
		fprintf(out, "%s%s", i ? "," : "options vfio-pci ids=", wanted->id[i]);
	if (wanted->ids > 0)
		fprintf(out, "\n");
	for (size_t i = 0; i < wanted->softdeps; i++)
		fprintf(out, "softdep %s pre: vfio-pci\n", wanted->softdep[i]);
	if (wanted->options > 0)
		fprintf(out, "# For vGPUs, and for guests that read unknown registers.\n");
	for (size_t i = 0; i < wanted->options; i++)
		fprintf(out, "options %s\n", wanted->option[i]);
}

static void write_modules_load(const struct wanted *wanted, FILE *out)
{
	for (size_t i = 0; i < wanted->loads; i++)
		fprintf(out, "%s\n", wanted->load[i]);
}

static void write_overrides(const struct wanted *wanted, FILE *out)
{
	if (wanted->overrides > 0)
		fprintf(out,
			"# Other functions have the same IDs: taken by address, if that device "
			"sits there.\n");
	for (size_t i = 0; i < wanted->overrides; i++)
		fprintf(out, "%s %04x:%04x vfio-pci%s\n", wanted->override[i].address,
			wanted->override[i].vendor, wanted->override[i].device,
			wanted->console ? " console" : "");
}

static void write_dracut(const struct wanted *wanted, FILE *out)
{
	if (wanted->reserves)
		fprintf(out,
			"[ ! -d " DRACUT_MODULE " ] || add_dracutmodules+=\" gpu-handoff \"\n");
}

/* First: udev's own early hook handles the devices that are there. */
static void write_mkinitcpio(const struct wanted *wanted, FILE *out)
{
	if (wanted->reserves)
		fprintf(out,
			"[ ! -e " MKINITCPIO_HOOK " ] || HOOKS=(gpu-handoff \"${HOOKS[@]}\")\n");
}

static void write_booster(const struct wanted *wanted, FILE *out)
{
	if (wanted->reserves)
		fprintf(out, "modules_force_load: vfio_pci,vfio,vfio_iommu_type1\n");
}

/* Not in GRUB_CMDLINE_LINUX: the entries for recovery boot without them. */
static void write_grub(const struct wanted *wanted, FILE *out)
{
	if (wanted->arguments == 0)
		return;
	fprintf(out, "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT");
	for (size_t i = 0; i < wanted->arguments; i++)
		fprintf(out, " %s", wanted->argument[i]);
	fprintf(out, "\"\n");
}

/* The first line and what WRITE writes; no text if that is nothing. */
static int compose(
	const struct wanted *wanted, void (*write)(const struct wanted *, FILE *), char **text)
{
	char *buffer = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&buffer, &size);
	long head, end;
	bool failed;

	if (!out)
		return -ENOMEM;
	fprintf(out, BOOT_FIRST_LINE "\n");
	head = ftell(out);
	write(wanted, out);
	end = ftell(out);
	failed = ferror(out) || head < 0 || end < 0;
	if (fclose(out) != 0 || failed) {
		free(buffer);
		return -ENOMEM;
	}
	if (end == head) {
		free(buffer);
		buffer = NULL;
	}
	*text = buffer;
	return 0;
}

int boot_files(const struct wanted *wanted, enum generator generator, bool grub,
	struct boot_file out[static BOOT_FILES])
{
	const bool dracut = generator == GENERATOR_DRACUT || generator == GENERATOR_RPM_OSTREE;
	const struct {
		struct boot_file file;
		void (*write)(const struct wanted *, FILE *);
		bool here;
	} table[BOOT_FILES] = {
		{{.path = BOOT_MODPROBE, .in_image = true}, write_modprobe, true},
		{{.path = BOOT_MODULES_LOAD}, write_modules_load, true},
		{{.path = BOOT_OVERRIDES, .in_image = true}, write_overrides, true},
		{{.path = BOOT_DRACUT, .in_image = true}, write_dracut, dracut},
		{{.path = BOOT_MKINITCPIO, .in_image = true}, write_mkinitcpio,
			generator == GENERATOR_MKINITCPIO},
		{{.path = BOOT_BOOSTER, .in_image = true}, write_booster,
			generator == GENERATOR_BOOSTER},
		{{.path = BOOT_GRUB}, write_grub, grub},
	};

	for (size_t i = 0; i < BOOT_FILES; i++)
		out[i] = table[i].file;
	for (size_t i = 0; i < BOOT_FILES; i++) {
		if (!table[i].here || compose(wanted, table[i].write, &out[i].text) == 0)
			continue;
		boot_files_free(out);
		return -ENOMEM;
	}
	return 0;
}

void boot_files_free(struct boot_file file[static BOOT_FILES])
{
	for (size_t i = 0; i < BOOT_FILES; i++) {
		free(file[i].text);
		file[i].text = NULL;
	}
}
