/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel's command line has to say. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "boot/wanted-parts.h"
#include "nouns/sysfs.h"

#define ACPI_TABLES  "/sys/firmware/acpi/tables"
#define COMMAND_LINE "/proc/cmdline"
#define HOST_BRIDGE  "0000:00:00.0"
#define INTEL_IOMMU  "intel_iommu="

enum { VENDOR_INTEL = 0x8086, VENDOR_AMD = 0x1022, COMMAND_LINE_SIZE = 16384 };

static int add(struct wanted *out, struct msg *why, const char *argument)
{
	return wanted_append(
		out->argument[0], sizeof(out->argument[0]), &out->arguments, why, "%s", argument);
}

/* The last word of TEXT that begins with BEGINNING, and its length; NULL if there is none. */
static const char *find_word(const char *text, const char *beginning, int *length)
{
	const char *found = NULL;

	while (*(text += strspn(text, " \n"))) {
		size_t n = strcspn(text, " \n");

		if (strncmp(text, beginning, strlen(beginning)) == 0) {
			found = text;
			*length = (int)n;
		}
		text += n;
	}
	return found;
}

static bool has_iommu(void)
{
	char **names;
	int n = sysfs_list(&names, PCI_FUNCTIONS_MAX, "/sys/class/iommu");

	if (n >= 0)
		free(names);
	return n > 0;
}

/* A cause that an argument does not mend. Returns 1 with a note of it, 0 for none, or -ENOMEM. */
static int note_cause(struct wanted *out)
{
	struct pci_function bridge = {0};
	char line[COMMAND_LINE_SIZE];
	const char *said = NULL;
	int err, length;

	(void)pci_read(HOST_BRIDGE, &bridge);
	if (bridge.vendor == VENDOR_AMD)
		err = wanted_note(out, "no IOMMU is on: switch on IOMMU (AMD-Vi) in the firmware's "
				       "setup, and keep amd_iommu=off off the kernel's command "
				       "line");
	else if (bridge.vendor != VENDOR_INTEL)
		err = wanted_note(
			out, "no IOMMU is on: without one no GPU can be handed to a guest");
	else if (sysfs_exists(ACPI_TABLES) && !sysfs_exists(ACPI_TABLES "/DMAR"))
		err = wanted_note(out, "no IOMMU is on and the firmware has no DMAR table: switch "
				       "on VT-d in the firmware's setup");
	else {
		if (file_read(AT_FDCWD, COMMAND_LINE, line, sizeof(line)) >= 0)
			said = find_word(line, INTEL_IOMMU, &length);
		if (!said)
			return 0;
		err = wanted_note(out,
			"no IOMMU is on, and the kernel's command line says %.*s already: correct "
			"it "
			"there, or see dmesg for why it has no effect",
			length, said);
	}
	return err < 0 ? err : 1;
}

/* With the argument of an earlier apply the machine has an IOMMU, and does not without it. */
static int add_iommu(const struct survey *survey, struct wanted *out, struct msg *why)
{
	bool installed;
	int length, cause;

	installed = survey->installed && find_word(survey->installed, INTEL_IOMMU "on", &length);
	if (has_iommu())
		return installed ? add(out, why, INTEL_IOMMU "on") : 0;
	cause = note_cause(out);
	if (cause < 0)
		return cause;
	return installed || !cause ? add(out, why, INTEL_IOMMU "on") : 0;
}

static int add_ids(struct wanted *out, struct msg *why)
{
	char text[WANTED_TEXT] = "vfio-pci.ids=";

	for (size_t i = 0; i < out->ids; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "%s%s", i ? "," : "", out->id[i]);
	}
	return add(out, why, text);
}

/* "kvm ignore_msrs=1" as the kernel reads it of a module that is built in. */
static int add_option(
	const struct survey *survey, const char *option, struct wanted *out, struct msg *why)
{
	static const struct {
		const char *name;
		enum wanted_module module;
	} owners[] = {{"i915 ", WANTED_I915}, {"kvm ", WANTED_KVM}};

	for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++) {
		size_t n = strlen(owners[i].name);

		if (survey->is_builtin[owners[i].module] && strncmp(option, owners[i].name, n) == 0)
			return wanted_append(out->argument[0], sizeof(out->argument[0]),
				&out->arguments, why, "%.*s.%s", (int)n - 1, option, option + n);
	}
	return 0;
}

int wanted_arguments(const struct survey *survey, struct wanted *out, struct msg *why)
{
	int err = add_iommu(survey, out, why);

	if (!err && out->ids > 0 && survey->is_builtin[WANTED_VFIO_PCI])
		err = add_ids(out, why);
	for (size_t i = 0; i < out->options && !err; i++)
		err = add_option(survey, out->option[i], out, why);
	return err;
}
