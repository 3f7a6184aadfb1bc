// SPDX-License-Identifier: GPL-2.0
/*
 * Plays the driver of a discrete GPU: binds to QEMU's bochs-display and gives each a device
 * node, /dev/handoff_gpuN. Like nvidia's, its remove never returns while the node is open.
 */
#include <linux/cdev.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/version.h>

#define NAME  "handoff_gpu"
#define CARDS 8

/* Static, as an open file outlives everything but the module, which it pins. */
static struct gpu {
	struct cdev cdev;
	struct pci_dev *pdev;
	int users;
} gpus[CARDS];
static DEFINE_MUTEX(lock);
static struct class *gpu_class;
static dev_t first;

static int gpu_open(struct inode *inode, struct file *file)
{
	struct gpu *gpu = container_of(inode->i_cdev, struct gpu, cdev);
	int ret = -ENODEV;

	mutex_lock(&lock);
	if (gpu->pdev) {
		gpu->users++;
		file->private_data = gpu;
		ret = 0;
	}
	mutex_unlock(&lock);
	return ret;
}

static int gpu_release(struct inode *inode, struct file *file)
{
	struct gpu *gpu = file->private_data;

	mutex_lock(&lock);
	gpu->users--;
	mutex_unlock(&lock);
	return 0;
}

static const struct file_operations gpu_fops = {
	.owner = THIS_MODULE,
	.open = gpu_open,
	.release = gpu_release,
	.llseek = noop_llseek,
};

static int gpu_add_node(struct gpu *gpu)
{
	dev_t devt = first + (gpu - gpus);
	struct device *dev;
	int ret;

	cdev_init(&gpu->cdev, &gpu_fops);
	gpu->cdev.owner = THIS_MODULE;
	ret = cdev_add(&gpu->cdev, devt, 1);
	if (ret)
		return ret;
	dev = device_create(gpu_class, &gpu->pdev->dev, devt, NULL, NAME "%d", (int)(gpu - gpus));
	if (IS_ERR(dev))
		cdev_del(&gpu->cdev);
	return PTR_ERR_OR_ZERO(dev);
}

static int gpu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct gpu *gpu;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	mutex_lock(&lock);
	for (gpu = gpus; gpu < gpus + CARDS && gpu->pdev; gpu++)
		;
	if (gpu < gpus + CARDS)
		gpu->pdev = pdev;
	mutex_unlock(&lock);
	if (gpu == gpus + CARDS)
		return -ENOSPC;
	ret = gpu_add_node(gpu);
	if (ret)
		gpu->pdev = NULL;
	else
		pci_set_drvdata(pdev, gpu);
	return ret;
}

static bool gpu_close_doors(struct gpu *gpu)
{
	bool idle;

	mutex_lock(&lock);
	idle = !gpu->users;
	if (idle)
		gpu->pdev = NULL;
	mutex_unlock(&lock);
	return idle;
}

static void gpu_remove(struct pci_dev *pdev)
{
	struct gpu *gpu = pci_get_drvdata(pdev);

	if (gpu->users)
		pci_err(pdev, "removed while its node is open\n");
	while (!gpu_close_doors(gpu))
		msleep(100);
	device_destroy(gpu_class, gpu->cdev.dev);
	cdev_del(&gpu->cdev);
}

static const struct pci_device_id ids[] = {
	{PCI_DEVICE(0x1234, 0x1111), .class = PCI_CLASS_DISPLAY_OTHER << 8, .class_mask = 0xffff00},
	{},
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver gpu_driver = {
	.name = NAME,
	.id_table = ids,
	.probe = gpu_probe,
	.remove = gpu_remove,
};

static int __init gpu_init(void)
{
	int ret;

	ret = alloc_chrdev_region(&first, 0, CARDS, NAME);
	if (ret)
		return ret;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	gpu_class = class_create(THIS_MODULE, NAME);
#else
	gpu_class = class_create(NAME);
#endif
	ret = PTR_ERR_OR_ZERO(gpu_class);
	if (ret)
		goto no_class;
	ret = pci_register_driver(&gpu_driver);
	if (!ret)
		return 0;
	class_destroy(gpu_class);
no_class:
	unregister_chrdev_region(first, CARDS);
	return ret;
}

static void __exit gpu_exit(void)
{
	pci_unregister_driver(&gpu_driver);
	class_destroy(gpu_class);
	unregister_chrdev_region(first, CARDS);
}

module_init(gpu_init);
module_exit(gpu_exit);
MODULE_DESCRIPTION("Stand-in for the driver of a discrete GPU");
MODULE_LICENSE("GPL");
