/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in over QEMU on the simulated laptop, which has no VFIO to give to a guest: becomes the
 * real one, PROGRAM.real, without the devices that are the host's. It writes those to LOG, a line
 * each, and has their VFIO nodes open, as QEMU would.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define LOG "/usr/lib/laptop/qemu.log"

static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
}

/* The node stays open in QEMU; the model is told who holds it. */
static void hold(const char *group)
{
	char path[300], text[64];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/vfio/%s", group);
	if (open(path, O_PATH) < 0 || stat(path, &st))
		err(1, "%s", path);
	snprintf(text, sizeof(text), "hold %u:%u\n", major(st.st_rdev), minor(st.st_rdev));
	append("/sys/kernel/laptop", text);
}

/* The word behind KEY, if that is in DEVICE, and PREFIX before it name its directory. */
static void hold_named(const char *device, const char *key, const char *prefix)
{
	char directory[300], link[300], target[300];
	const char *word = strstr(device, key);
	ssize_t length;

	if (!word)
		return;
	word += strlen(key);
	snprintf(directory, sizeof(directory), "%s%.*s", prefix, (int)strcspn(word, "\""), word);
	snprintf(link, sizeof(link), "%.280s/iommu_group", directory);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		err(1, "%s", link);
	target[length] = '\0';
	hold(strrchr(target, '/') + 1);
}

int main(int argc, char **argv)
{
	char **kept = calloc((size_t)argc + 1, sizeof(*kept)), program[300];
	int count = 0;

	if (!kept)
		err(1, NULL);
	snprintf(program, sizeof(program), "%s.real", argv[0]);
	for (int i = 0; i < argc; i++)
		if (i + 1 < argc && !strcmp(argv[i], "-device") &&
			strstr(argv[i + 1], "\"driver\":\"vfio-pci")) {
			i++;
			append(LOG, argv[i]);
			append(LOG, "\n");
			hold_named(argv[i], "\"host\":\"", "/sys/bus/pci/devices/");
			hold_named(argv[i], "\"sysfsdev\":\"", "");
		} else {
			kept[count++] = argv[i];
		}
	execv(program, kept);
	err(1, "%s", program);
}
