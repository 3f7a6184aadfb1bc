/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a host has no GPU that makes vGPUs. */
#include <errno.h>
#include <string.h>

#include "handoff/plan.h"
#include "nouns/gvt.h"
#include "nouns/sysfs.h"

#define ENABLE_GVT "/sys/module/i915/parameters/enable_gvt"

int plan_no_parent(const char *uuid, struct msg *why)
{
	struct pci_function gpu;
	char enabled[8];
	int err;

	if (!gvt_find_gpu(&gpu))
		return msg_fail(why, ENODEV,
			"vGPU %s cannot be made: this host has no GPU that makes vGPUs (GVT-g "
			"needs an "
			"Intel GPU); remove the mdev from the guest's <hostdev>s",
			uuid);
	if (!gvt_generation(&gpu))
		return msg_fail(why, ENODEV,
			"vGPU %s cannot be made: the Intel GPU at %s [8086:%04x] is of a "
			"generation "
			"without GVT-g (it has it from Broadwell to Comet Lake); remove the mdev "
			"from the guest's <hostdev>s",
			uuid, gpu.address, gpu.device);
	if (strcmp(gpu.driver, "i915") != 0)
		return msg_fail(why, ENODEV,
			"vGPU %s cannot be made: the Intel GPU at %s is on driver %s, not i915; "
			"give it back to the host",
			uuid, gpu.address, gpu.driver);
	err = sysfs_read(enabled, sizeof(enabled), ENABLE_GVT);
	if (err == -EACCES)
		return msg_fail(why, EACCES,
			"vGPU %s cannot be planned: only root may read " ENABLE_GVT
			"; run it with sudo",
			uuid);
	if (err < 0)
		return msg_fail(why, ENODEV,
			"vGPU %s cannot be made: this kernel's i915 has no GVT-g; boot a kernel "
			"with CONFIG_DRM_I915_GVT",
			uuid);
	if (*enabled == 'N' || *enabled == '0')
		return msg_fail(why, ENODEV,
			"vGPU %s cannot be made: GVT-g is switched off; boot with "
			"i915.enable_gvt=1 (gpu-handoff boot apply does it)",
			uuid);
	if (!sysfs_exists("/sys/module/kvmgt"))
		return msg_fail(why, ENODEV,
			"vGPU %s cannot be made: module kvmgt is not loaded; run modprobe kvmgt, "
			"and gpu-handoff doctor if that fails",
			uuid);
	return msg_fail(why, ENODEV,
		"vGPU %s cannot be made: kvmgt is loaded but %s offers no types; see "
		"gpu-handoff doctor",
		uuid, gpu.address);
}

bool plan_lacks_kvmgt(void)
{
	struct pci_function gpu;
	char enabled[8];
	int err = sysfs_read(enabled, sizeof(enabled), ENABLE_GVT);

	return !sysfs_exists("/sys/module/kvmgt") && gvt_find_gpu(&gpu) && gvt_generation(&gpu) &&
	       strcmp(gpu.driver, "i915") == 0 &&
	       (err == -EACCES || (err == 0 && *enabled != 'N' && *enabled != '0'));
}
