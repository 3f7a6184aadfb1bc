// SPDX-License-Identifier: GPL-2.0
/*
 * Plays i915 on a host with GVT-g: binds to the display at 00:02.0 and, with enable_gvt, lends
 * it to kvmgt. It draws nothing.
 */
#include <linux/module.h>
#include <linux/pci.h>

#include "i915.h"

static bool enable_gvt;
module_param(enable_gvt, bool, 0400);
MODULE_PARM_DESC(enable_gvt, "lend the GPU to kvmgt");

static struct pci_dev *gpu;

struct pci_dev *intel_gvt_gpu(void)
{
	return enable_gvt ? gpu : NULL;
}
EXPORT_SYMBOL_GPL(intel_gvt_gpu);

static int i915_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	if (gpu)
		return -EBUSY;
	ret = pcim_enable_device(pdev);
	if (!ret)
		gpu = pdev;
	return ret;
}

static void i915_remove(struct pci_dev *pdev)
{
	gpu = NULL;
}

/* QEMU's VGA; its bochs-display has the same numbers and another class. */
static const struct pci_device_id ids[] = {
	{PCI_DEVICE(0x1234, 0x1111), .class = PCI_CLASS_DISPLAY_VGA << 8, .class_mask = 0xffff00},
	{},
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver i915_driver = {
	.name = "i915",
	.id_table = ids,
	.probe = i915_probe,
	.remove = i915_remove,
	/* kvmgt holds the device until it goes; nothing here takes it from under kvmgt. */
	.driver.suppress_bind_attrs = true,
};
module_pci_driver(i915_driver);

MODULE_DESCRIPTION("Stand-in for i915 with GVT-g");
MODULE_LICENSE("GPL");
