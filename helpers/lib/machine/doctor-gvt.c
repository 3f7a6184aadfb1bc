/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what virtual GPUs of an Intel GPU (GVT-g) need. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/doctor-facts.h"
#include "nouns/gvt.h"
#include "nouns/kmod.h"
#include "nouns/sysfs.h"

#define PARAMETERS  "/sys/module/%s/parameters/%s"
#define IGNORE_MSRS "/sys/module/kvm/parameters/ignore_msrs"
#define PROBE	    "/sys/bus/pci/drivers_probe"

enum { APERTURE_LINE = 3 }; /* of `resource`: BAR 2 */

/* The Intel GPU, if GVT-g knows it. */
static bool find_gpu(struct pci_function *gpu)
{
	return gvt_find_gpu(gpu) && gvt_generation(gpu);
}

/* What is in the way of vGPUs is an error for whoever wants some. */
static enum doctor_result unwell(const struct doctor *doctor)
{
	return doctor->wants_vgpus ? DOCTOR_ERROR : DOCTOR_WARNING;
}

static bool generation(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	struct pci_function gpu;

	if (index > 0)
		return false;
	if (!gvt_find_gpu(&gpu))
		return doctor_say(line, doctor->wants_vgpus ? DOCTOR_ERROR : DOCTOR_NOTE,
			"no vGPUs: this host has no Intel GPU");
	if (!gvt_generation(&gpu))
		return doctor_say(line, doctor->wants_vgpus ? DOCTOR_ERROR : DOCTOR_NOTE,
			"no vGPUs: %s [8086:%04x] is of a generation without GVT-g (it has it from "
			"Broadwell to Comet Lake)",
			gpu.address, gpu.device);
	return doctor_say(line, DOCTOR_OK, "%s [8086:%04x] is of a generation with GVT-g",
		gpu.address, gpu.device);
}

/* Is it some guest's, or was it, or somebody else has put it aside? */
static bool is_put_aside(const struct doctor *doctor, const struct pci_function *gpu)
{
	const struct machine *m = doctor->machine;

	for (size_t i = 0; i < m->gpus; i++)
		if (strcmp(m->gpu[i].pci.address, gpu->address) == 0)
			return m->gpu[i].guest ||
			       (*m->gpu[i].override && strcmp(m->gpu[i].override, "-") != 0);
	return false;
}

static bool driver(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	struct pci_function gpu;

	if (index > 0 || !find_gpu(&gpu))
		return false;
	if (strcmp(gpu.driver, "i915") == 0)
		return doctor_say(line, DOCTOR_OK, "%s is on i915", gpu.address);
	doctor_say(line, unwell(doctor), "%s is on %s, not i915: no vGPUs", gpu.address,
		strcmp(gpu.driver, "-") == 0 ? "no driver" : gpu.driver);
	if (pci_is_vfio(gpu.driver) || is_put_aside(doctor, &gpu))
		return doctor_mend(line, "gpu-handoff give-back --all, once no guest has it");
	if (strcmp(gpu.driver, "-") == 0)
		return doctor_mend(line, "modprobe i915; echo %s >" PROBE, gpu.address);
	return doctor_mend(line, "let i915 have it: lspci -nnk -s %s", gpu.address);
}

/* Is there a GPU that could make vGPUs, and module i915 with it? */
static bool has_i915(void)
{
	struct pci_function gpu;

	return find_gpu(&gpu) && strcmp(gpu.driver, "i915") == 0;
}

static bool hidden(const struct doctor *doctor, const char *parameter, struct doctor_line *line)
{
	char name[64], value[16];

	snprintf(name, sizeof(name), "i915.%s", parameter);
	if (doctor_argument(doctor, name, value, sizeof(value)))
		return doctor_say(line, DOCTOR_NOTE,
			"only root may read %s; the kernel's command line says %s", name, value);
	return doctor_say(line, DOCTOR_NOTE, "only root may read %s", name);
}

static bool enabled(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	char value[8];
	int err;

	if (index > 0 || !has_i915())
		return false;
	err = sysfs_read(value, sizeof(value), PARAMETERS, "i915", "enable_gvt");
	if (err == -EACCES)
		return hidden(doctor, "enable_gvt", line);
	if (err < 0) {
		doctor_say(line, unwell(doctor), "this kernel's i915 has no GVT-g");
		return doctor_mend(line, "boot a kernel with CONFIG_DRM_I915_GVT");
	}
	if (*value != 'N' && *value != '0')
		return doctor_say(line, DOCTOR_OK, "i915.enable_gvt is on");
	doctor_say(line, unwell(doctor), "i915.enable_gvt is off");
	return doctor_mend(line, "boot with i915.enable_gvt=1 (gpu-handoff boot apply does it)");
}

/* Bit 0 is submission, bit 1 loading the HuC firmware; negative leaves it to the driver. */
static bool guc(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	char text[16];
	long value;
	int err;

	if (index > 0 || !has_i915())
		return false;
	err = sysfs_read(text, sizeof(text), PARAMETERS, "i915", "enable_guc");
	if (err == -EACCES)
		return hidden(doctor, "enable_guc", line);
	if (err < 0)
		return false;
	value = strtol(text, NULL, 10);
	if (value < 0 || !(value & 1))
		return doctor_say(
			line, DOCTOR_OK, "GuC submission is not asked for (enable_guc=%s)", text);
	doctor_say(line, unwell(doctor),
		"i915 submits through the GuC (enable_guc=%s): GVT-g refuses that", text);
	return doctor_mend(line, "boot with i915.enable_guc=0");
}

static bool kvmgt(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	int err;

	if (index > 0 || !has_i915())
		return false;
	if (sysfs_exists("/sys/module/kvmgt"))
		return doctor_say(line, DOCTOR_OK, "kvmgt is loaded");
	if (!kmodule_tree())
		return doctor_say(
			line, DOCTOR_NOTE, "kvmgt is not loaded; whether it could be is not known");
	err = kmodule_available("kvmgt");
	if (err == 0)
		return doctor_say(line, DOCTOR_OK,
			"kvmgt can be loaded; the start of a guest with a vGPU does it");
	if (err == -EPERM) {
		doctor_say(line, unwell(doctor),
			"kvmgt is switched off in modprobe.d (blacklist or install)");
		return doctor_mend(line, "find the line with modprobe -c and remove it");
	}
	doctor_say(line, unwell(doctor), "kernel %s has no module kvmgt", doctor->kernel);
	return doctor_mend(line, "boot a kernel with CONFIG_DRM_I915_GVT_KVMGT");
}

/* The mdev parent, and why there is none. */
static bool parent(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	struct pci_function gpu;

	if (index > 0 || !has_i915() || !find_gpu(&gpu))
		return false;
	if (sysfs_exists("/sys/class/mdev_bus/%s", gpu.address))
		return doctor_say(line, DOCTOR_OK, "%s makes vGPUs", gpu.address);
	if (!sysfs_exists("/sys/module/kvmgt"))
		return doctor_say(line, DOCTOR_NOTE, "%s makes no vGPUs yet: kvmgt is not loaded",
			gpu.address);
	doctor_say(line, unwell(doctor), "%s makes no vGPUs although kvmgt is loaded", gpu.address);
	return doctor_mend(line, "see what dmesg says of gvt (GuC, firmware, generation)");
}

/* Free instances by type, of each GPU that makes vGPUs. */
static bool types(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *gpu = NULL;
	char list[384] = "";
	size_t at = 0, free_types = 0;

	for (size_t i = 0; i < doctor->machine->gpus; i++)
		if (doctor->machine->gpu[i].types > 0 && index-- == 0) {
			gpu = &doctor->machine->gpu[i];
			break;
		}
	if (!gpu)
		return false;
	for (size_t i = 0; i < gpu->types && at < sizeof(list); i++) {
		char room[24] = "?";

		if (gpu->type[i].available >= 0)
			snprintf(room, sizeof(room), "%ld", gpu->type[i].available);
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s %s", i ? ", " : "",
			gpu->type[i].name, room);
		free_types += gpu->type[i].available != 0;
	}
	if (free_types > 0)
		return doctor_say(line, DOCTOR_OK, "%s has room for %s", gpu->pci.address, list);
	doctor_say(line, DOCTOR_NOTE, "%s has no room for another vGPU", gpu->pci.address);
	return doctor_mend(line,
		"stop a guest that has one, or remove one that nobody uses (gpu-handoff status)");
}

/* Does a move of it hang? What takes its lock in the kernel would not return. */
static bool hangs(const struct doctor *doctor, const char *address)
{
	for (size_t i = 0; i < doctor->machine->gpus; i++)
		if (strcmp(doctor->machine->gpu[i].pci.address, address) == 0)
			return strcmp(doctor->machine->gpu[i].override, "?") == 0;
	return false;
}

/* The room that all vGPUs share, as the firmware has set it. */
static bool aperture(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	unsigned long long start, end;
	struct pci_function gpu;
	char text[2048], *at = text;

	if (index > 0 || !has_i915() || !find_gpu(&gpu) ||
		sysfs_read(text, sizeof(text), "/sys/bus/pci/devices/%s/resource", gpu.address) < 0)
		return false;
	for (int i = 1; at && i < APERTURE_LINE; i++)
		at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
	if (!at || sscanf(at, "%llx %llx", &start, &end) != 2 || end <= start)
		return false;
	end = (end - start + 1) >> 20;
	if (end >= 256)
		return doctor_say(line, DOCTOR_OK, "its aperture has %llu MiB", end);
	doctor_say(line, unwell(doctor),
		"its aperture has %llu MiB: 128 are the host's, a vGPU takes at least 64", end);
	return doctor_mend(line, "make the aperture larger in the firmware's setup");
}

static bool sriov(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	struct pci_function gpu;
	unsigned long long count;

	if (index > 0 || !find_gpu(&gpu) || hangs(doctor, gpu.address) ||
		sysfs_number(&count, "/sys/bus/pci/devices/%s/sriov_numvfs", gpu.address) < 0 ||
		count == 0)
		return false;
	doctor_say(line, unwell(doctor), "%s has %llu virtual functions: no GVT-g beside them",
		gpu.address, count);
	return doctor_mend(line, "echo 0 >/sys/bus/pci/devices/%s/sriov_numvfs", gpu.address);
}

static bool ignore_msrs(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	char value[8];

	if (index > 0 || !has_i915() || sysfs_read(value, sizeof(value), IGNORE_MSRS) < 0)
		return false;
	if (*value == 'Y' || *value == '1')
		return doctor_say(line, DOCTOR_OK, "KVM ignores registers that it does not know");
	doctor_say(line, doctor->wants_vgpus ? DOCTOR_WARNING : DOCTOR_NOTE,
		"kvm.ignore_msrs is off: Windows may stop at a register that KVM does not know");
	return doctor_mend(line, "echo 1 >" IGNORE_MSRS " (gpu-handoff boot apply keeps it)");
}

static bool beside_nvidia(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	(void)doctor;
	if (index > 0 || !sysfs_exists("/sys/module/kvmgt") || !sysfs_exists("/sys/module/nvidia"))
		return false;
	return doctor_say(line, DOCTOR_NOTE,
		"kvmgt and nvidia are both loaded: one host was reported to hang with that");
}

static bool by_mdevctl(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	for (size_t i = 0; i < doctor->machine->vgpus; i++)
		if (doctor->machine->vgpu[i].by_mdevctl && index-- == 0)
			return doctor_say(line, DOCTOR_NOTE,
				"mdevctl has a definition of %s: it stays when its guest ends",
				doctor->machine->vgpu[i].uuid);
	return false;
}

static const struct doctor_check checks[] = {
	{"gvt-generation", generation},
	{"gvt-driver", driver},
	{"gvt-enabled", enabled},
	{"gvt-guc", guc},
	{"gvt-kvmgt", kvmgt},
	{"gvt-parent", parent},
	{"gvt-types", types},
	{"gvt-aperture", aperture},
	{"gvt-sriov", sriov},
	{"kvm-ignore-msrs", ignore_msrs},
	{"gvt-beside-nvidia", beside_nvidia},
	{"gvt-mdevctl", by_mdevctl},
	{NULL, NULL},
};

const struct doctor_group doctor_gvt = {"Virtual GPUs (GVT-g)", checks};
