/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "formats/ssdt.h"
#include "nouns/pci.h"
#include "nouns/sysfs.h"

static bool is_gpu(const char *address)
{
	struct pci_function f;

	if (pci_read(address, &f) < 0) /* of another host, or unplugged: the first may be one */
		return address[strlen(address) - 1] == '0';
	return pci_is_display(&f);
}

static unsigned int vendor(const char *address)
{
	struct pci_function f;

	return pci_read(address, &f) < 0 ? 0 : f.vendor;
}

static bool has_apparmor(void)
{
	char enabled[8];

	return sysfs_read(enabled, sizeof(enabled), "/sys/module/apparmor/parameters/enabled") ==
		       0 &&
	       strcmp(enabled, "Y") == 0;
}

void host_for_lint(struct connection *connection, const struct versions *versions, bool other_host,
	struct lint_host *out)
{
	*out = (struct lint_host){.libvirt = versions->libvirt, .qemu = versions->qemu};
	if (other_host)
		return;
	out->is_gpu = is_gpu;
	out->vendor = vendor;
	out->apparmor =
		has_apparmor() && (!connection || connection_confines(connection, "apparmor"));
	out->selinux = sysfs_exists("/sys/fs/selinux/enforce") &&
		       (!connection || connection_confines(connection, "selinux"));
}

/* Where the distributions have QEMU's UEFI: Debian and Ubuntu, Fedora, Arch, openSUSE; of variables
 * with 528 KiB (firmware of 4 MiB) and with 128 KiB (of 2 MiB). */
static const struct migrate_loader loaders[] = {
	{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
	{"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
	{"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
	{"/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"},
	{"/usr/share/edk2/x64/OVMF_CODE.fd", "/usr/share/edk2/x64/OVMF_VARS.fd"},
	{"/usr/share/qemu/ovmf-x86_64-4m-code.bin", "/usr/share/qemu/ovmf-x86_64-4m-vars.bin"},
	{"/usr/share/qemu/ovmf-x86_64-code.bin", "/usr/share/qemu/ovmf-x86_64-vars.bin"},
};

bool host_loader_fits(const struct migrate_loader *loader, off_t size)
{
	struct stat st;

	return stat(loader->vars, &st) == 0 && st.st_size == size;
}

static void find_loader(off_t nvram, struct migrate_loader *out)
{
	struct stat st;
	bool found = false;

	for (size_t i = 0; i < sizeof(loaders) / sizeof(*loaders); i++) {
		if (stat(loaders[i].code, &st) < 0 || stat(loaders[i].vars, &st) < 0)
			continue;
		if (!found || st.st_size == nvram)
			*out = loaders[i];
		found = true;
		if (nvram < 0 || st.st_size == nvram)
			break;
	}
}

/* A file of more bytes than a table has is none. */
static bool is_battery(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct aml battery = {0};
	bool equal = false;
	struct stat st;
	size_t length;
	char *bytes;

	if (fd < 0)
		return false;
	if (ssdt_battery(&battery) == 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		file_slurp(fd, AML_TABLE_MAX, &bytes, &length) == 0) {
		equal = length == battery.length && memcmp(bytes, battery.bytes, length) == 0;
		free(bytes);
	}
	free(battery.bytes);
	close(fd);
	return equal;
}

void host_for_migrate(const struct versions *versions, off_t nvram, struct migrate_host *out)
{
	*out = (struct migrate_host){.versions = *versions, .is_battery = is_battery};
	find_loader(nvram, &out->loader);
}
