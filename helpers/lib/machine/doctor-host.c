/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what libvirt's guests need of the host. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.h"
#include "guest/tables.h"
#include "machine/doctor-facts.h"
#include "machine/hooks.h"
#include "nouns/sysfs.h"

/* AppArmor's profile of the daemon lets a hook be executed from a few directories alone, and goes
 * by where links lead. */
static bool apparmor(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const char *const allowed[] = {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"};
	char enabled[8], *path;
	bool found = false;

	(void)doctor;
	if (index > 0 ||
		sysfs_read(enabled, sizeof(enabled), "/sys/module/apparmor/parameters/enabled") <
			0 ||
		*enabled != 'Y')
		return false;
	path = realpath(HOOKS_DIRECTORY "/" HOOKS_OURS, NULL);
	for (size_t i = 0; path && i < sizeof(allowed) / sizeof(*allowed); i++)
		found |= strncmp(path, allowed[i], strlen(allowed[i])) == 0;
	if (found || !path)
		doctor_say(line, DOCTOR_OK, "AppArmor lets libvirt run what is in /usr/sbin");
	else {
		doctor_say(line, DOCTOR_ERROR, "AppArmor does not let libvirt run %s", path);
		doctor_mend(line, "install gpu-handoff with PREFIX=/usr");
	}
	free(path);
	return true;
}

static bool selinux(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	char enforcing[8];

	(void)doctor;
	if (index > 0 || sysfs_read(enforcing, sizeof(enforcing), "/sys/fs/selinux/enforce") < 0)
		return false;
	if (*enforcing == '0')
		return doctor_say(line, DOCTOR_OK, "SELinux does not enforce");
	doctor_say(line, DOCTOR_WARNING,
		"SELinux enforces: whether the hook may move devices depends on its policy");
	return doctor_mend(line, "restorecon -R " HOOKS_DIRECTORY "; then ausearch -m avc");
}

static bool kvm(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	(void)doctor;
	if (index > 0)
		return false;
	if (sysfs_exists("/sys/devices/virtual/misc/kvm"))
		return doctor_say(line, DOCTOR_OK, "KVM is on");
	doctor_say(line, DOCTOR_WARNING, "KVM is off: no /dev/kvm");
	return doctor_mend(line,
		"switch on VT-x or SVM in the firmware's setup; modprobe kvm_intel (AMD: kvm_amd)");
}

enum { DESCRIPTION_MAX = 64 << 10 };

/* Does the description at PATH, a text of JSON, have this host's architecture among its targets? */
static bool is_of_host(const char *path)
{
	char *text, quoted[80];
	struct utsname host;
	size_t length;
	bool found;
	int fd, err;

	if (uname(&host) < 0)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	err = file_slurp(fd, DESCRIPTION_MAX, &text, &length);
	close(fd);
	if (err < 0)
		return false;
	snprintf(quoted, sizeof(quoted), "\"%s\"", host.machine);
	found = strstr(text, quoted);
	free(text);
	return found;
}

static bool has_firmware(const char *directory)
{
	bool found = false;
	char **names, path[512];
	int n = sysfs_list(&names, 256, "%s", directory);

	for (int i = 0; i < n && !found; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		found = is_of_host(path);
	}
	if (n >= 0)
		free(names);
	return found;
}

/* QEMU's description of firmware (docs/interop/firmware.json), by which libvirt finds it. */
static bool firmware(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const char *const places[] = {"/etc/qemu/firmware", "/usr/share/qemu/firmware"};
	bool found = false;

	(void)doctor;
	if (index > 0)
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		found |= has_firmware(places[i]);
	if (found)
		return doctor_say(line, DOCTOR_OK, "UEFI for guests is installed");
	doctor_say(line, DOCTOR_WARNING, "no UEFI for guests is installed, which the dGPU needs");
	return doctor_mend(line, "install ovmf (Fedora, Arch: edk2-ovmf)");
}

static bool tables(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const char *const paths[] = {TABLES_BATTERY, TABLES_VBIOS};
	struct stat st;
	size_t wrong = 0;

	(void)doctor;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (stat(paths[i], &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0004))
			continue;
		if (wrong++ < index)
			continue;
		doctor_say(line, DOCTOR_WARNING, "QEMU cannot read the table %s", paths[i]);
		return doctor_mend(line, "install gpu-handoff again");
	}
	return wrong == 0 && index == 0 &&
	       doctor_say(line, DOCTOR_OK, "the ACPI tables for guests are there");
}

static const struct doctor_check checks[] = {
	{"apparmor", apparmor},
	{"selinux", selinux},
	{"kvm", kvm},
	{"firmware", firmware},
	{"tables", tables},
	{NULL, NULL},
};

const struct doctor_group doctor_host = {"What guests need of the host", checks};
