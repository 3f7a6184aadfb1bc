// SPDX-License-Identifier: GPL-2.0
/*
 * Plays kvmgt: registers the GPU that the i915 stand-in lends as a parent of mediated devices.
 * A vGPU is a PCI function with a configuration space and nothing behind it, which is all that
 * QEMU needs to start a guest with it.
 */
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vfio.h>

#include "i915.h"

/* Low graphics memory for guests, in units of the smallest type: an aperture of 256 MB. */
#define POOL	     2
#define CONFIG_SIZE  256
#define REGION_SHIFT 40

struct vgpu_type {
	struct mdev_type type;
	int units;
};

struct vgpu {
	struct vfio_device vdev;
	int units;
	u8 config[CONFIG_SIZE];
};

static struct vgpu_type types[] = {
	{{.sysfs_name = "GVTg_V5_4", .pretty_name = "GVTg_V5_4"}, 2},
	{{.sysfs_name = "GVTg_V5_8", .pretty_name = "GVTg_V5_8"}, 1},
};
static struct mdev_type *type_list[] = {&types[0].type, &types[1].type};
static struct mdev_parent parent;
static struct pci_dev *gpu;
static atomic_t pool = ATOMIC_INIT(POOL);

static struct vgpu_type *to_type(struct mdev_type *type)
{
	return container_of(type, struct vgpu_type, type);
}

static ssize_t vgpu_config(
	struct vgpu *vgpu, char __user *buf, const char __user *from, size_t count, loff_t *ppos)
{
	u64 pos = *ppos & GENMASK_ULL(REGION_SHIFT - 1, 0);
	u16 command;

	if (*ppos >> REGION_SHIFT != VFIO_PCI_CONFIG_REGION_INDEX)
		return -EINVAL;
	if (pos >= CONFIG_SIZE)
		return 0;
	count = min_t(size_t, count, CONFIG_SIZE - pos);
	if (buf && copy_to_user(buf, vgpu->config + pos, count))
		return -EFAULT;
	/* The command register takes what is written; everything else is read only. */
	if (from && pos == PCI_COMMAND && count == sizeof(command)) {
		if (copy_from_user(&command, from, sizeof(command)))
			return -EFAULT;
		memcpy(vgpu->config + PCI_COMMAND, &command, sizeof(command));
	}
	*ppos += count;
	return count;
}

static ssize_t vgpu_read(struct vfio_device *vdev, char __user *buf, size_t count, loff_t *ppos)
{
	return vgpu_config(container_of(vdev, struct vgpu, vdev), buf, NULL, count, ppos);
}

static ssize_t vgpu_write(
	struct vfio_device *vdev, const char __user *buf, size_t count, loff_t *ppos)
{
	return vgpu_config(container_of(vdev, struct vgpu, vdev), NULL, buf, count, ppos);
}

static long vgpu_device_info(void __user *arg)
{
	struct vfio_device_info info;
	size_t size = offsetofend(struct vfio_device_info, num_irqs);

	if (copy_from_user(&info, arg, size))
		return -EFAULT;
	if (info.argsz < size)
		return -EINVAL;
	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user(arg, &info, size) ? -EFAULT : 0;
}

static long vgpu_region_info(void __user *arg)
{
	struct vfio_region_info info;
	size_t size = offsetofend(struct vfio_region_info, offset);

	if (copy_from_user(&info, arg, size))
		return -EFAULT;
	if (info.argsz < size || info.index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;
	info.flags = 0;
	info.cap_offset = 0;
	info.size = 0;
	info.offset = (u64)info.index << REGION_SHIFT;
	if (info.index == VFIO_PCI_CONFIG_REGION_INDEX) {
		info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
		info.size = CONFIG_SIZE;
	}
	return copy_to_user(arg, &info, size) ? -EFAULT : 0;
}

static long vgpu_irq_info(void __user *arg)
{
	struct vfio_irq_info info;

	if (copy_from_user(&info, arg, sizeof(info)))
		return -EFAULT;
	if (info.argsz < sizeof(info) || info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	info.flags = 0;
	info.count = 0;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long vgpu_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return vgpu_device_info(user);
	case VFIO_DEVICE_GET_REGION_INFO:
		return vgpu_region_info(user);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return vgpu_irq_info(user);
	case VFIO_DEVICE_RESET:
		return 0;
	}
	return -ENOTTY;
}

static void put16(u8 *at, u16 value)
{
	at[0] = value & 0xff;
	at[1] = value >> 8;
}

static int vgpu_init(struct vfio_device *vdev)
{
	struct vgpu *vgpu = container_of(vdev, struct vgpu, vdev);
	int units = to_type(to_mdev_device(vdev->dev)->type)->units;

	if (atomic_sub_return(units, &pool) < 0) {
		atomic_add(units, &pool);
		return -ENOSPC;
	}
	vgpu->units = units;
	put16(vgpu->config + PCI_VENDOR_ID, PCI_VENDOR_ID_INTEL);
	put16(vgpu->config + PCI_DEVICE_ID, 0x591b);
	/* not VGA: QEMU would look for the regions that the real one has for its firmware */
	put16(vgpu->config + PCI_CLASS_DEVICE, PCI_CLASS_DISPLAY_OTHER);
	return 0;
}

static void vgpu_release(struct vfio_device *vdev)
{
	atomic_add(container_of(vdev, struct vgpu, vdev)->units, &pool);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	vfio_free_device(vdev);
#endif
}

static const struct vfio_device_ops vgpu_ops = {
	.name = "kvmgt",
	.init = vgpu_init,
	.release = vgpu_release,
	.read = vgpu_read,
	.write = vgpu_write,
	.ioctl = vgpu_ioctl,
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
#endif
};

static int vgpu_probe(struct mdev_device *mdev)
{
	struct vgpu *vgpu = vfio_alloc_device(vgpu, vdev, &mdev->dev, &vgpu_ops);
	int ret;

	if (IS_ERR(vgpu))
		return PTR_ERR(vgpu);
	ret = vfio_register_emulated_iommu_dev(&vgpu->vdev);
	if (ret)
		vfio_put_device(&vgpu->vdev);
	else
		dev_set_drvdata(&mdev->dev, vgpu);
	return ret;
}

static void vgpu_remove(struct mdev_device *mdev)
{
	struct vgpu *vgpu = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&vgpu->vdev);
	vfio_put_device(&vgpu->vdev);
}

static unsigned int vgpu_available(struct mdev_type *type)
{
	return atomic_read(&pool) / to_type(type)->units;
}

static struct mdev_driver vgpu_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.probe = vgpu_probe,
	.remove = vgpu_remove,
	.get_available = vgpu_available,
	.driver =
		{
			.name = "kvmgt",
			.owner = THIS_MODULE,
			.mod_name = KBUILD_MODNAME,
		},
};

static int __init kvmgt_init(void)
{
	int ret;

	gpu = intel_gvt_gpu();
	if (!gpu)
		return -ENODEV;
	ret = mdev_register_driver(&vgpu_driver);
	if (ret)
		return ret;
	ret = mdev_register_parent(
		&parent, &gpu->dev, &vgpu_driver, type_list, ARRAY_SIZE(type_list));
	if (ret)
		mdev_unregister_driver(&vgpu_driver);
	return ret;
}

static void __exit kvmgt_exit(void)
{
	mdev_unregister_parent(&parent);
	mdev_unregister_driver(&vgpu_driver);
}

module_init(kvmgt_init);
module_exit(kvmgt_exit);
MODULE_DESCRIPTION("Stand-in for kvmgt");
MODULE_LICENSE("GPL");
