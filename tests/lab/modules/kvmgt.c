// SPDX-License-Identifier: GPL-2.0
/*
 * Plays kvmgt: registers the GPU that the i915 stand-in lends as a parent of mediated devices.
 * A vGPU is a PCI function with a configuration space, an OpRegion and a display that is off, which
 * is all that QEMU needs to start a guest with it.
 */
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vfio.h>

#include "i915.h"

/* Low graphics memory for guests, in units of the smallest type: an aperture of 256 MB. */
#define POOL	      2
#define CONFIG_SIZE   256
#define OPREGION_SIZE 8192
#define REGION_SHIFT  40

/* What the real one has besides the regions of any PCI function. */
enum { REGION_OPREGION = VFIO_PCI_NUM_REGIONS, REGIONS };

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
static const u8 opregion[OPREGION_SIZE] = "IntelGraphicsMem";

static struct vgpu_type *to_type(struct mdev_type *type)
{
	return container_of(type, struct vgpu_type, type);
}

/* What can be read of a region, NULL if it has nothing. */
static const u8 *vgpu_region(struct vgpu *vgpu, unsigned int index, size_t *size)
{
	switch (index) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		*size = sizeof(vgpu->config);
		return vgpu->config;
	case REGION_OPREGION:
		*size = sizeof(opregion);
		return opregion;
	}
	*size = 0;
	return NULL;
}

static ssize_t vgpu_access(
	struct vgpu *vgpu, char __user *buf, const char __user *from, size_t count, loff_t *ppos)
{
	u64 pos = *ppos & GENMASK_ULL(REGION_SHIFT - 1, 0);
	size_t size;
	const u8 *bytes = vgpu_region(vgpu, *ppos >> REGION_SHIFT, &size);
	u16 command;

	if (!bytes)
		return -EINVAL;
	if (pos >= size)
		return 0;
	count = min_t(size_t, count, size - pos);
	if (buf && copy_to_user(buf, bytes + pos, count))
		return -EFAULT;
	/* The command register takes what is written; everything else is read only. */
	if (from && bytes == vgpu->config && pos == PCI_COMMAND && count == sizeof(command)) {
		if (copy_from_user(&command, from, sizeof(command)))
			return -EFAULT;
		memcpy(vgpu->config + PCI_COMMAND, &command, sizeof(command));
	}
	*ppos += count;
	return count;
}

static ssize_t vgpu_read(struct vfio_device *vdev, char __user *buf, size_t count, loff_t *ppos)
{
	return vgpu_access(container_of(vdev, struct vgpu, vdev), buf, NULL, count, ppos);
}

static ssize_t vgpu_write(
	struct vfio_device *vdev, const char __user *buf, size_t count, loff_t *ppos)
{
	return vgpu_access(container_of(vdev, struct vgpu, vdev), NULL, buf, count, ppos);
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
	info.num_regions = REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user(arg, &info, size) ? -EFAULT : 0;
}

/* QEMU finds the OpRegion by its type. */
static long vgpu_region_info(struct vgpu *vgpu, void __user *arg)
{
	struct {
		struct vfio_region_info info;
		struct vfio_region_info_cap_type type;
	} answer = {
		.type.header = {.id = VFIO_REGION_INFO_CAP_TYPE, .version = 1},
		.type.type = VFIO_REGION_TYPE_PCI_VENDOR_TYPE | PCI_VENDOR_ID_INTEL,
		.type.subtype = VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION,
	};
	struct vfio_region_info *info = &answer.info;
	size_t size = sizeof(*info), bytes, room;

	if (copy_from_user(info, arg, size))
		return -EFAULT;
	if (info->argsz < size || info->index >= REGIONS)
		return -EINVAL;
	room = info->argsz;
	info->argsz = size;
	info->cap_offset = 0;
	info->offset = (u64)info->index << REGION_SHIFT;
	info->flags = 0;
	if (vgpu_region(vgpu, info->index, &bytes))
		info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	info->size = bytes;
	if (info->index == REGION_OPREGION) {
		info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
		info->argsz = sizeof(answer);
		if (room >= sizeof(answer)) {
			info->cap_offset = offsetof(typeof(answer), type);
			size = sizeof(answer);
		}
	}
	return copy_to_user(arg, &answer, size) ? -EFAULT : 0;
}

/* A display that is read from a region, while the real one's is a buffer for the host's OpenGL. */
static long vgpu_gfx_plane(void __user *arg)
{
	struct vfio_device_gfx_plane_info info, off = {};
	size_t size = offsetofend(struct vfio_device_gfx_plane_info, dmabuf_id);

	if (copy_from_user(&info, arg, size))
		return -EFAULT;
	if (info.argsz < size || !(info.flags & VFIO_GFX_PLANE_TYPE_REGION))
		return -EINVAL;
	if (info.flags & VFIO_GFX_PLANE_TYPE_PROBE)
		return 0;
	off.argsz = info.argsz;
	off.flags = info.flags;
	return copy_to_user(arg, &off, size) ? -EFAULT : 0;
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
		return vgpu_region_info(container_of(vdev, struct vgpu, vdev), user);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return vgpu_irq_info(user);
	case VFIO_DEVICE_QUERY_GFX_PLANE:
		return vgpu_gfx_plane(user);
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
