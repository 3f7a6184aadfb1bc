/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/pci.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "nouns/sysfs.h"

#define DEVICES "/sys/bus/pci/devices/"

static int read_id(int device, const char *name, unsigned int *out)
{
	unsigned long long value;
	int err = sysfs_number_at(device, name, &value);

	if (err < 0)
		return err == -ENOENT ? -ENODEV : err;
	*out = (unsigned int)value;
	return 0;
}

static void read_group(int device, struct pci_function *f)
{
	char text[32];

	f->group = -1;
	if (sysfs_link_at(device, "iommu_group", text, sizeof(text)) < 0)
		return;
	f->group = strtol(text, NULL, 10);
	f->noiommu = sysfs_read_at(device, "iommu_group/name", text, sizeof(text)) == 0 &&
		     strcmp(text, "vfio-noiommu") == 0;
}

static int read_function(int device, struct pci_function *f)
{
	unsigned long long boot_vga;
	int err;

	if ((err = read_id(device, "vendor", &f->vendor)) < 0 ||
		(err = read_id(device, "device", &f->device)) < 0 ||
		(err = read_id(device, "class", &f->class)) < 0)
		return err;
	err = sysfs_link_at(device, "driver", f->driver, sizeof(f->driver));
	if (err == -ENOENT)
		text_copy(f->driver, sizeof(f->driver), "-");
	else if (err < 0)
		return err;
	f->boot_vga = sysfs_number_at(device, "boot_vga", &boot_vga) == 0 && boot_vga == 1;
	f->is_virtual = faccessat(device, "physfn", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	read_group(device, f);
	return 0;
}

int pci_read(const char *address, struct pci_function *out)
{
	struct pci_function f = {0};
	char path[64];
	int device, err;

	if (!address_parse(address, f.address))
		return -ENODEV;
	snprintf(path, sizeof(path), DEVICES "%s", f.address);
	device = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (device < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	err = read_function(device, &f);
	close(device);
	if (err == 0)
		*out = f;
	return err;
}

int pci_override(const char *address, char out[static DRIVER_NAME_SIZE])
{
	char text[DRIVER_NAME_SIZE];
	int err = sysfs_read(text, sizeof(text), DEVICES "%s/driver_override", address);

	if (err < 0)
		return err == -ENOENT ? -ENODEV : err;
	/* the kernel prints a null pointer */
	return text_copy(out, DRIVER_NAME_SIZE, !*text || strcmp(text, "(null)") == 0 ? "-" : text);
}

bool pci_is_display(const struct pci_function *f)
{
	return f->class >> 16 == 0x03;
}

bool pci_is_bridge(const struct pci_function *f)
{
	return f->class >> 8 == 0x0604 || (f->class >> 16 == 0x06 && strcmp(f->driver, "-") == 0);
}

bool pci_is_vfio(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

bool pci_responds(const char *address)
{
	unsigned char
		header[16]; /* more than the IDs: those of a virtual function read as ffffffff */
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), DEVICES "%s/config", address);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	do
		n = pread(fd, header, sizeof(header), 0);
	while (n < 0 && errno == EINTR);
	close(fd);
	if (n != sizeof(header))
		return false;
	for (size_t i = 0; i < sizeof(header); i++)
		if (header[i] != 0xff)
			return true;
	return false;
}
