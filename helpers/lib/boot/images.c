/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/images.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/text.h"
#include "formats/preset.h"

#define BOOT	"/boot"
#define PRESETS "/etc/mkinitcpio.d"

/* Adds the file PATH if it is there. */
static void add(const struct tree *tree, const char *path, const char *kernel, struct images *out)
{
	struct image *image = &out->image[out->count];
	struct statfs fs;
	int fd;

	if (out->count == IMAGES_MAX || text_copy(image->path, sizeof(image->path), path) < 0)
		return;
	fd = tree_resolve(tree, path, O_PATH);
	if (fd < 0)
		return;
	if (fstat(fd, &image->st) == 0 && S_ISREG(image->st.st_mode)) {
		image->kernel = kernel;
		image->coarse = fstatfs(fd, &fs) == 0 && fs.f_type == MSDOS_SUPER_MAGIC;
		out->count++;
	}
	close(fd);
}

/* An image that is named after the kernel's package, as Arch does. */
static void add_of_package(const struct tree *tree, const char *kernel, struct images *out)
{
	char path[IMAGE_PATH], *package;

	if (snprintf(path, sizeof(path), "/lib/modules/%s/pkgbase", kernel) >= (int)sizeof(path) ||
		tree_read(tree, path, &package, NULL) < 0)
		return;
	package[strcspn(package, "\n/")] = '\0';
	if (snprintf(path, sizeof(path), BOOT "/initramfs-%s.img", package) < (int)sizeof(path))
		add(tree, path, kernel, out);
	free(package);
}

static void add_of_kernel(const struct tree *tree, const char *kernel, struct images *out)
{
	static const char *const around[][2] = {
		{BOOT "/initrd.img-", ""}, {BOOT "/initramfs-", ".img"}, {BOOT "/initrd-", ""}};
	char path[IMAGE_PATH];

	for (size_t i = 0; i < sizeof(around) / sizeof(*around); i++)
		if (snprintf(path, sizeof(path), "%s%s%s", around[i][0], kernel, around[i][1]) <
			(int)sizeof(path))
			add(tree, path, kernel, out);
}

/* Where dracut itself looks first: directories of boot entries, and of the kernel. */
static void add_of_dracut(const struct tree *tree, const char *kernel, struct images *out)
{
	static const char *const boots[] = {"/efi", BOOT, BOOT "/efi"};
	char path[IMAGE_PATH], *machine;

	if (snprintf(path, sizeof(path), "/lib/modules/%s/initrd", kernel) < (int)sizeof(path))
		add(tree, path, kernel, out);
	if (tree_read(tree, "/etc/machine-id", &machine, NULL) < 0)
		return;
	machine[strcspn(machine, "\n/")] = '\0';
	for (size_t i = 0; i < sizeof(boots) / sizeof(*boots) && *machine; i++)
		if (snprintf(path, sizeof(path), "%s/%s/%s/initrd", boots[i], machine, kernel) <
			(int)sizeof(path))
			add(tree, path, kernel, out);
	free(machine);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct image *)a)->path, ((const struct image *)b)->path);
}

/* Calls FOUND with the path of each entry of DIRECTORY, if there is one. */
static int each_name(const struct tree *tree, const char *path,
	void (*found)(const struct tree *tree, const char *path, struct images *out),
	struct images *out, struct msg *why)
{
	int fd = tree_resolve(tree, path, O_RDONLY | O_DIRECTORY), err;
	const struct dirent64 *entry;
	struct directory directory;
	char name[IMAGE_PATH];

	if (fd == -ENOENT)
		return 0;
	err = fd < 0 ? fd : directory_open(&directory, fd, ".");
	if (fd >= 0)
		close(fd);
	if (err < 0)
		return msg_fail(
			why, -err, "%s%s cannot be read: %s", tree->root, path, strerror(-err));
	while ((entry = directory_next(&directory)))
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) < (int)sizeof(name))
			found(tree, name, out);
	directory_close(&directory);
	qsort(out->image, out->count, sizeof(*out->image), by_path);
	return 0;
}

static bool ends_in(const char *path, const char *end)
{
	size_t length = strlen(path);

	return length > strlen(end) && strcmp(path + length - strlen(end), end) == 0;
}

static void add_booster(const struct tree *tree, const char *path, struct images *out)
{
	if (strncmp(path, BOOT "/booster-", sizeof(BOOT "/booster-") - 1) == 0 &&
		ends_in(path, ".img"))
		add(tree, path, NULL, out);
}

struct preset {
	const struct tree *tree;
	const char *path;
	struct images *out;
};

static void add_of_preset(const char *path, void *argument)
{
	const struct preset *preset = argument;

	add(preset->tree, path, NULL, preset->out);
}

static void note_config(const char *path, void *argument)
{
	const struct preset *preset = argument;
	struct images *out = preset->out;

	if (!*out->config && !tree_contains(preset->tree, path, "gpu-handoff") &&
		text_copy(out->config, sizeof(out->config), path) == 0)
		text_copy(out->preset, sizeof(out->preset), preset->path);
}

static void read_preset(const struct tree *tree, const char *path, struct images *out)
{
	struct preset preset = {.tree = tree, .path = path, .out = out};
	char *text;

	if (!ends_in(path, ".preset") || tree_read(tree, path, &text, NULL) < 0)
		return;
	preset_images(text, add_of_preset, &preset);
	preset_configs(text, note_config, &preset);
	free(text);
}

int images_list(const struct tree *tree, enum generator generator, const struct kernels *kernels,
	struct images *out, struct msg *why)
{
	out->count = 0;
	*out->config = '\0';
	switch (generator) {
	case GENERATOR_NONE:
		break;
	case GENERATOR_RPM_OSTREE:
		add(tree, OSTREE_BOOTED, NULL, out);
		break;
	case GENERATOR_MKINITCPIO:
		return each_name(tree, PRESETS, read_preset, out, why);
	case GENERATOR_BOOSTER:
		return each_name(tree, BOOT, add_booster, out, why);
	case GENERATOR_DRACUT:
	case GENERATOR_INITRAMFS_TOOLS:
		for (size_t i = 0; i < kernels->count; i++) {
			add_of_kernel(tree, kernels->version[i], out);
			if (generator == GENERATOR_DRACUT) {
				add_of_package(tree, kernels->version[i], out);
				add_of_dracut(tree, kernels->version[i], out);
			}
		}
	}
	return 0;
}

bool image_older(const struct image *image, const struct timespec *time)
{
	const struct timespec *made = &image->st.st_mtim;

	if (image->coarse)
		return made->tv_sec < (time->tv_sec & ~(time_t)1);
	return made->tv_sec < time->tv_sec ||
	       (made->tv_sec == time->tv_sec && made->tv_nsec < time->tv_nsec);
}

/* The time of the last change of status is none of the image: update-initramfs links it meanwhile.
 */
static bool same(const struct image *a, const struct image *b)
{
	return strcmp(a->path, b->path) == 0 && a->st.st_dev == b->st.st_dev &&
	       a->st.st_ino == b->st.st_ino && a->st.st_size == b->st.st_size &&
	       a->st.st_mtim.tv_sec == b->st.st_mtim.tv_sec &&
	       a->st.st_mtim.tv_nsec == b->st.st_mtim.tv_nsec;
}

bool images_changed(const struct images *before, const struct images *now)
{
	for (size_t i = 0; i < now->count; i++) {
		bool was = false;

		for (size_t j = 0; j < before->count && !was; j++)
			was = same(&before->image[j], &now->image[i]);
		if (!was)
			return true;
	}
	return false;
}
