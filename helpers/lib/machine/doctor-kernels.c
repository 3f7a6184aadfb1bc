/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the kernel that runs, of those that are installed, and of their modules. */
#include <errno.h>
#include <string.h>

#include "machine/doctor-facts.h"
#include "machine/named-modules.h"
#include "nouns/gvt.h"
#include "nouns/kmod.h"
#include "nouns/kmodules.h"
#include "nouns/sysfs.h"

static bool module_tree(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	if (index > 0)
		return false;
	if (kmodule_tree())
		return doctor_say(line, DOCTOR_OK,
			"the modules of kernel %s, which runs, are there", doctor->kernel);
	doctor_say(line, DOCTOR_ERROR, "the modules of kernel %s, which runs, are gone",
		doctor->kernel);
	return doctor_mend(line, "reboot into the kernel that is installed");
}

static int find_module(const char *kernel, const char *name)
{
	struct kmodules *modules;
	struct msg why;
	int kind = kmodules_open("", kernel, &modules, &why);

	if (kind < 0)
		return kind;
	kind = kmodules_find(modules, name);
	kmodules_close(modules);
	return kind;
}

/* What each installed kernel has of the modules that are needed; the one that boots next may be
 * another than the one that runs. */
static bool kernels(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	struct pci_function gpu;
	struct kernels list;
	struct msg why;
	bool vgpus = gvt_find_gpu(&gpu) && gvt_generation(&gpu), vfio, kvmgt;
	const char *kernel;

	if (kernels_list("", &list, &why) < 0)
		return index == 0 && doctor_repeat(line, DOCTOR_NOTE, why.text);
	if (index >= list.count)
		return false;
	kernel = list.version[index];
	vfio = find_module(kernel, "vfio_pci") > KMODULE_ABSENT;
	kvmgt = !vgpus || find_module(kernel, "kvmgt") > KMODULE_ABSENT;
	if (vfio && kvmgt)
		return doctor_say(line, DOCTOR_OK, "kernel %s has vfio-pci%s", kernel,
			vgpus ? " and kvmgt" : "");
	doctor_say(line, !vfio || doctor->wants_vgpus ? DOCTOR_ERROR : DOCTOR_WARNING,
		"kernel %s has no %s%s%s", kernel, vfio ? "" : "vfio-pci",
		!vfio && !kvmgt ? " and no " : "", kvmgt ? "" : "kvmgt");
	return doctor_mend(line, "do not boot it, or install its modules");
}

/* A driver that is loaded now, and could not be loaded again to take its card back. */
static bool drivers(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *card;
	char module[DRIVER_NAME_SIZE];

	for (size_t i = 0; kmodule_tree() && (card = doctor_card(doctor, i)); i++)
		for (size_t j = 0; j < card->functions; j++) {
			const struct pci_function *f = &card->function[j].pci;
			int err;

			if (sysfs_link(module, sizeof(module), "/sys/bus/pci/drivers/%s/module",
				    f->driver) < 0)
				continue;
			err = kmodule_available(module);
			if ((err != -ENOENT && err != -EPERM) || index-- > 0)
				continue;
			doctor_say(line, DOCTOR_WARNING,
				"%s is on %s, whose module %s %s: it may not come back", f->address,
				f->driver, module,
				err == -ENOENT ? "is not installed any more"
					       : "is switched off in modprobe.d");
			return doctor_mend(
				line, err == -ENOENT ? "install it again for this kernel, or reboot"
						     : "find the line with modprobe -c");
		}
	return false;
}

/* Words of old instructions: modules that are parts of others by now. */
static bool named(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	struct named_module module;

	if (!named_module_absent(doctor->kernel, index, &module))
		return false;
	doctor_say(line, module.in_image ? DOCTOR_ERROR : DOCTOR_WARNING,
		"%s names %s, which kernel %s has not%s", module.path, module.name, doctor->kernel,
		module.in_image ? ": its image cannot be made" : "");
	return doctor_mend(line, "take it out; gpu-handoff boot apply names what each kernel has");
}

static const struct doctor_check checks[] = {
	{"module-tree", module_tree},
	{"kernels", kernels},
	{"driver-modules", drivers},
	{"named-modules", named},
	{NULL, NULL},
};

const struct doctor_group doctor_kernels = {"Kernels and their modules", checks};
