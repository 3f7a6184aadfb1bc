/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the installed kernels have to do with it: modules, their order and their options. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/wanted-parts.h"
#include "nouns/gvt.h"
#include "nouns/kmodules.h"
#include "nouns/sysfs.h"

static const char *const names[WANTED_MODULES] = {
	[WANTED_VFIO_PCI] = "vfio_pci",
	[WANTED_KVM] = "kvm",
	[WANTED_I915] = "i915",
	[WANTED_KVMGT] = "kvmgt",
};

/* One reserved function in one kernel. */
struct look {
	struct wanted *out;
	struct msg *why;
	char builtin[DRIVER_NAME_SIZE]; /* a module that would have it, but is built in */
};

static int add_softdep(struct wanted *out, const char *module, struct msg *why)
{
	if (pci_is_vfio(module))
		return 0;
	for (size_t i = 0; i < out->softdeps; i++)
		if (strcmp(out->softdep[i], module) == 0)
			return 0;
	return wanted_append(
		out->softdep[0], sizeof(out->softdep[0]), &out->softdeps, why, "%s", module);
}

static int on_match(const char *module, enum kmodule_kind kind, void *data)
{
	struct look *look = data;

	if (kind == KMODULE_FILE)
		return add_softdep(look->out, module, look->why);
	if (!pci_is_vfio(module))
		snprintf(look->builtin, sizeof(look->builtin), "%s", module);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The driver that has F now is built in; OUT gets its module, or itself where it has none. */
static bool bound_to_builtin(const struct pci_function *f, char out[static DRIVER_NAME_SIZE])
{
	if (strcmp(f->driver, "-") == 0 || pci_is_vfio(f->driver))
		return false;
	if (sysfs_link(out, DRIVER_NAME_SIZE, "/sys/bus/pci/drivers/%s/module", f->driver) < 0)
		memcpy(out, f->driver, DRIVER_NAME_SIZE);
	return !sysfs_exists("/sys/module/%s/initstate", out);
}

/* Every module of this kernel that would take the function. Which driver has it now does not count:
 * after the next boot it is another one, and the files have to stay what they are. */
static int ask_function(
	const struct wanted_function *f, struct kmodules *modules, struct look *look)
{
	char text[256];
	int err =
		sysfs_read(text, sizeof(text), "/sys/bus/pci/devices/%s/modalias", f->pci.address);

	if (err < 0)
		return msg_fail(look->why, -err, "PCI function %s cannot be read: %s",
			f->pci.address, strerror(-err));
	err = kmodules_match(modules, text, on_match, look);
	if (err < 0 && err != -E2BIG)
		return msg_fail(look->why, -err, "the modules for %s cannot be looked up: %s",
			f->pci.address, strerror(-err));
	return err;
}

/* What a built-in driver takes before any module is loaded cannot be reserved before it. */
static int note_builtin(const struct pci_function *f, const char *module, struct wanted *out)
{
	char bound[DRIVER_NAME_SIZE];

	if (!*module && !bound_to_builtin(f, bound))
		return 0;
	return wanted_note(out,
		"%s goes to %s first, which is built into the kernel; the start of a guest takes "
		"it from there",
		f->address, *module ? module : bound);
}

static int ask_functions(
	const struct survey *survey, struct kmodules **modules, struct wanted *out, struct msg *why)
{
	int err = 0;

	for (size_t i = 0; i < survey->functions && !err; i++) {
		const struct wanted_function *f = &survey->function[i];
		struct look look = {.out = out, .why = why};

		if (!f->reserved)
			continue;
		for (size_t k = 0; k < survey->kernels.count && !err; k++)
			err = ask_function(f, modules[k], &look);
		if (!err)
			err = note_builtin(&f->pci, look.builtin, out);
	}
	qsort(out->softdep, out->softdeps, sizeof(*out->softdep), by_name);
	return err;
}

static int ask_kernel(struct survey *survey, size_t k, struct kmodules *modules, struct wanted *out)
{
	const char *version = survey->kernels.version[k];
	int kind[WANTED_MODULES], err = 0;

	for (int i = 0; i < WANTED_MODULES; i++) {
		kind[i] = kmodules_find(modules, names[i]);
		if (kind[i] < 0)
			return kind[i];
		survey->is_file[i] |= kind[i] == KMODULE_FILE;
		survey->is_builtin[i] |= kind[i] == KMODULE_BUILTIN;
	}
	if (out->reserves && kind[WANTED_VFIO_PCI] == KMODULE_ABSENT)
		err = wanted_note(
			out, "kernel %s has no vfio-pci: under it nothing is reserved", version);
	if (!err && survey->gvt && kind[WANTED_KVMGT] == KMODULE_ABSENT)
		err = wanted_note(
			out, "kernel %s has no kvmgt: under it there are no vGPUs", version);
	return err;
}

static int ask_kernels(struct survey *survey, struct wanted *out, struct msg *why)
{
	struct kmodules *modules[KERNELS_MAX] = {NULL};
	int err = 0;

	if (survey->kernels.count == 0 && (out->reserves || out->vgpus))
		err = wanted_note(out,
			"there is no kernel in %s/lib/modules: what its modules are is not known",
			survey->root);

	for (size_t k = 0; k < survey->kernels.count && !err; k++) {
		err = kmodules_open(survey->root, survey->kernels.version[k], &modules[k], why);
		if (!err)
			err = ask_kernel(survey, k, modules[k], out);
	}
	if (!err)
		err = ask_functions(survey, modules, out, why);
	for (size_t k = 0; k < survey->kernels.count; k++)
		kmodules_close(modules[k]);
	return err;
}

/* Another GPU than Intel's makes vGPUs without our doing if its driver is there. */
static int look_for_gvt(struct survey *survey, struct wanted *out)
{
	struct pci_function gpu;
	char **parents;
	int n;

	if (!out->vgpus)
		return 0;
	survey->gvt = gvt_find_gpu(&gpu) && gvt_generation(&gpu);
	if (survey->gvt)
		return 0;
	n = sysfs_list(&parents, PCI_FUNCTIONS_MAX, "/sys/class/mdev_bus");
	if (n >= 0)
		free(parents);
	return n > 0 ? 0
		     : wanted_note(out, "vGPUs are configured, but this host has no GPU that makes "
					"them (GVT-g needs an Intel GPU from Broadwell to Comet "
					"Lake)");
}

static int add_option(struct wanted *out, struct msg *why, const char *option)
{
	return wanted_append(
		out->option[0], sizeof(out->option[0]), &out->options, why, "%s", option);
}

int wanted_modules(struct survey *survey, struct wanted *out, struct msg *why)
{
	struct config_boot boot;
	int err = look_for_gvt(survey, out);

	if (!err)
		err = ask_kernels(survey, out, why);
	config_boot(survey->config, &boot);
	if (!err && survey->gvt)
		err = add_option(out, why, "i915 enable_gvt=1");
	if (!err && (boot.ignore_msrs == CONFIG_IGNORE_MSRS_YES ||
			    (boot.ignore_msrs == CONFIG_IGNORE_MSRS_AUTO && out->vgpus)))
		err = add_option(out, why, "kvm ignore_msrs=1");
	if (!err && survey->gvt && survey->is_file[WANTED_KVMGT])
		err = wanted_append(out->load[0], sizeof(out->load[0]), &out->loads, why, "kvmgt");
	return err;
}
