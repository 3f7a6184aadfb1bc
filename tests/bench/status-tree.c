/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status-tree DIR FUNCTIONS VGPUS: makes in the empty directory DIR what /sys is on a host with so
 * many PCI functions and vGPUs, as far as gpu-handoff-status reads it. Of ten functions one is a
 * GPU and one its sound; the vGPUs are those of the Intel GPU.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IGPU "devices/pci0000:00/0000:00:02.0"
#define TYPE "i915-GVTg_V5_4"

static void make_above(char *path)
{
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			err(1, "%s", path);
		*slash = '/';
	}
}

/* A file DIRECTORY/NAME with its directories. */
static void put(const char *directory, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	make_above(path);
	file = fopen(path, "we");
	if (!file || fprintf(file, "%s\n", text) < 0 || fclose(file) != 0)
		err(1, "%s", path);
}

static void put_link(const char *directory, const char *name, const char *target)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	make_above(path);
	if (symlink(target, path) < 0)
		err(1, "%s", path);
}

struct kind {
	unsigned int vendor, device, class;
	const char *driver;
};

static void put_function(const char *address, const struct kind *kind, int group)
{
	char at[128], text[128], up[160];

	snprintf(at, sizeof(at), "devices/pci0000:00/%s", address);
	snprintf(text, sizeof(text), "0x%04x", kind->vendor);
	put(at, "vendor", text);
	snprintf(text, sizeof(text), "0x%04x", kind->device);
	put(at, "device", text);
	snprintf(text, sizeof(text), "0x%06x", kind->class);
	put(at, "class", text);
	snprintf(text, sizeof(text), "pci:v%08Xd%08Xsv000017AAsd000039D1bc%02Xsc%02Xi%02X",
		kind->vendor, kind->device, kind->class >> 16, kind->class >> 8 & 0xff,
		kind->class & 0xff);
	put(at, "modalias", text);
	put(at, "subsystem_vendor", "0x17aa");
	put(at, "subsystem_device", "0x39d1");
	put(at, "driver_override", "(null)");
	put(at, "power/runtime_status", "active");
	put(at, "power_state", "D0");
	snprintf(text, sizeof(text), "../../../bus/pci/drivers/%s", kind->driver);
	put_link(at, "driver", text);
	snprintf(text, sizeof(text), "../../../kernel/iommu_groups/%d", group);
	put_link(at, "iommu_group", text);
	snprintf(up, sizeof(up), "../../../%s", at);
	put_link("bus/pci/devices", address, up);
	snprintf(text, sizeof(text), "kernel/iommu_groups/%d/devices", group);
	snprintf(up, sizeof(up), "../../../../%s", at);
	put_link(text, address, up);
}

static void put_igpu(void)
{
	static const struct kind kind = {0x8086, 0x591b, 0x030000, "i915"};
	static const char types[] = IGPU "/mdev_supported_types/" TYPE;

	put_function("0000:00:02.0", &kind, 0);
	put_link("class/mdev_bus", "0000:00:02.0", "../../" IGPU);
	put(types, "available_instances", "0");
	put(types, "device_api", "vfio-pci");
	put(types, "description",
		"low_gm_size: 128MB\nhigh_gm_size: 512MB\nfence: 4\nresolution: 1920x1200\nweight: "
		"4");
}

/* Ten functions a bus: a card of two, and eight in slots of their own. */
static void put_bus_function(int number)
{
	static const struct kind gpu = {0x10de, 0x1c8d, 0x030200, "nouveau"},
				 sound = {0x10de, 0x0fb9, 0x040300, "snd_hda_intel"},
				 other = {0x8086, 0x1521, 0x020000, "igb"};
	const int at = number % 10, bus = number / 10 + 1;
	char address[32], card[128], text[32];

	snprintf(address, sizeof(address), "0000:%02x:%02x.%d", bus, at < 2 ? 0 : at,
		at < 2 ? at : 0);
	put_function(address, at == 0 ? &gpu : at == 1 ? &sound : &other, bus);
	if (at != 0)
		return;
	snprintf(card, sizeof(card), "devices/pci0000:00/%s/drm/card%d", address, bus);
	snprintf(text, sizeof(text), "226:%d", bus);
	put(card, "dev", text);
}

static void put_vgpu(int number, int group)
{
	char uuid[37], at[128], text[192];

	snprintf(uuid, sizeof(uuid), "%08x-0000-4000-8000-000000000000", (unsigned int)number);
	snprintf(at, sizeof(at), IGPU "/%s", uuid);
	snprintf(text, sizeof(text), "../../../../kernel/iommu_groups/%d", group);
	put_link(at, "iommu_group", text);
	put_link(at, "mdev_type", "../mdev_supported_types/" TYPE);
	snprintf(text, sizeof(text), "../../../%s", at);
	put_link("bus/mdev/devices", uuid, text);
	snprintf(at, sizeof(at), "class/vfio/%d", group);
	snprintf(text, sizeof(text), "240:%d", number);
	put(at, "dev", text);
}

int main(int argc, char *argv[])
{
	int functions, vgpus;

	if (argc != 4)
		errx(2, "usage: status-tree DIR FUNCTIONS VGPUS");
	functions = atoi(argv[2]);
	vgpus = atoi(argv[3]);
	if (functions < 1 || functions > 2000 || vgpus < 0)
		errx(2, "at least 1 and at most 2000 functions");
	if (chdir(argv[1]) < 0)
		err(1, "%s", argv[1]);
	put_igpu();
	for (int i = 0; i < functions - 1; i++)
		put_bus_function(i);
	for (int i = 0; i < vgpus; i++)
		put_vgpu(i, 1000 + i);
	return 0;
}
