/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot/booster.h"
#include "boot/other-ids.h"
#include "handoff/config-file.h"

static bool is_ours(const char *text)
{
	const size_t length = sizeof(BOOT_FIRST_LINE) - 1;

	return strncmp(text, BOOT_FIRST_LINE, length) == 0 && text[length] == '\n';
}

static int read_one(
	const struct tree *tree, const char *path, struct host_file *out, struct msg *why)
{
	int err = tree_read(tree, path, &out->text, &out->time);

	if (err == -ENOENT)
		return 0;
	out->foreign = err == -ELOOP || err == -EFBIG || (err == 0 && !is_ours(out->text));
	if (err < 0 && !out->foreign)
		return msg_fail(
			why, -err, "%s%s cannot be read: %s", tree->root, path, strerror(-err));
	return 0;
}

static int read_files(struct host *host, struct msg *why)
{
	int err = 0;

	for (size_t i = 0; i < BOOT_FILES && err == 0; i++)
		err = read_one(&host->tree, host->file[i].path, &host->there[i], why);
	if (err == 0 && host->file[HOST_BOOSTER].text && host->there[HOST_BOOSTER].foreign)
		host->there[HOST_BOOSTER].serves = booster_serves(
			host->there[HOST_BOOSTER].text, host->file[HOST_BOOSTER].text);
	return err;
}

static int read_config(struct host *host, bool removing, struct msg *why)
{
	int err = config_load_below(host->tree.root, &host->config, why);

	if (err < 0 && removing) {
		say(LOG_WARNING, "%s; it is not needed for this", why->text);
		err = config_parse("", 0, &host->config, why);
	}
	if (err == 0)
		config_boot(host->config, &host->settings);
	return err;
}

static int note_kernels(struct host *host)
{
	for (size_t i = 0; i < host->kernels.count && host->images.count > 0; i++) {
		const char *kernel = host->kernels.version[i];
		bool has_image = false;

		for (size_t j = 0; j < host->images.count; j++)
			has_image = has_image || host->images.image[j].kernel == kernel;
		if (!has_image && wanted_note(&host->wanted,
					  "kernel %s has no image of a known name: none is made "
					  "for it",
					  kernel) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What the images have to do with it. Returns 0 or -ENOMEM. */
static int note_images(struct host *host)
{
	struct wanted *wanted = &host->wanted;

	if (!wanted->reserves)
		return 0;
	if (host->generator == GENERATOR_NONE)
		return wanted_note(wanted,
			"%s, so no image is made: vfio-pci has a reserved GPU only if nothing in "
			"the image takes it first",
			host->settings.initramfs == CONFIG_INITRAMFS_NONE
				? "initramfs=none"
				: "no initramfs generator is known here");
	if (host->generator == GENERATOR_DRACUT)
		return note_kernels(host);
	if (host->generator == GENERATOR_BOOSTER && wanted->overrides > 0)
		return wanted_note(wanted, "booster's images take no card by its address: udev "
					   "does after them, if they have no driver for it");
	return 0;
}

static int note_other_ids(struct host *host)
{
	char path[PATH_MAX];

	if (host->wanted.ids == 0 || !other_ids(&host->tree, path))
		return 0;
	return wanted_note(&host->wanted,
		"%s gives vfio-pci ids= too, and only one such list counts: take it out there, and "
		"reserve these devices in gpu-handoff.conf",
		path);
}

/* What shall be, into host->wanted. Needs what is there: a kernel argument that was set before
 * stays wanted although the kernel, booted with it, no longer shows why. */
static int make_wanted(struct host *host, struct msg *why)
{
	struct host_file grub = {.text = NULL};
	char *installed = NULL;
	int err = read_one(&host->tree, BOOT_GRUB, &grub, why);

	if (err == 0 &&
		arguments_installed(&host->state, grub.foreign ? NULL : grub.text, &installed) < 0)
		err = msg_fail(why, ENOMEM, "out of memory");
	if (err == 0)
		err = wanted_make(host->config, host->tree.root, installed, &host->wanted, why);
	if (err == 0 && (note_other_ids(host) < 0 || note_images(host) < 0))
		err = msg_fail(why, ENOMEM, "out of memory");
	free(installed);
	free(grub.text);
	return err;
}

int host_load_images(struct host *host, struct msg *why)
{
	return images_list(&host->tree, host->generator, &host->kernels, &host->images, why);
}

int host_load(struct host *out, bool removing, struct msg *why)
{
	int err = read_config(out, removing, why);

	if (err == 0)
		err = generator_find(&out->tree, &out->settings, &out->generator, why);
	if (err == 0)
		err = state_load(&out->tree, &out->state, why);
	if (err == 0)
		err = kernels_list(out->tree.root, &out->kernels, why);
	if (err == 0)
		err = host_load_images(out, why);
	if (err == 0 && !removing)
		err = make_wanted(out, why);
	if (err < 0)
		goto fail;
	out->arguments.way = arguments_way(&out->tree, &out->settings, out->generator);
	if (boot_files(&out->wanted, out->generator, out->arguments.way == ARGUMENTS_GRUB,
		    out->file) < 0) {
		err = msg_fail(why, ENOMEM, "out of memory");
		goto fail;
	}
	arguments_compare(&out->tree, &out->wanted, &out->state, &out->arguments);
	err = read_files(out, why);
	if (err == 0)
		return 0;
fail:
	host_free(out);
	return err;
}

void host_free(struct host *host)
{
	for (size_t i = 0; i < BOOT_FILES; i++)
		free(host->there[i].text);
	memset(host->there, 0, sizeof(host->there));
	boot_files_free(host->file);
	wanted_free(&host->wanted);
	config_free(host->config);
	host->config = NULL;
}

bool host_file_right(const struct host *host, size_t index)
{
	const char *shall = host->file[index].text;
	const struct host_file *is = &host->there[index];

	if (is->foreign)
		return !shall || is->serves;
	return shall && is->text ? strcmp(shall, is->text) == 0 : shall == is->text;
}

const struct image *host_stale_image(const struct host *host, const char **file)
{
	for (size_t i = 0; i < BOOT_FILES; i++) {
		if (!host->file[i].in_image || !host->file[i].text || !host->there[i].text ||
			!host_file_right(host, i))
			continue;
		for (size_t j = 0; j < host->images.count; j++)
			if (image_older(&host->images.image[j], &host->there[i].time)) {
				*file = host->file[i].path;
				return &host->images.image[j];
			}
	}
	return NULL;
}

bool host_stale_grub(const struct host *host)
{
	const char *path = arguments_grub_file(&host->tree);
	const struct host_file *ours = &host->there[HOST_GRUB];
	struct image made = {.coarse = false};
	int fd;

	if (!path || !host->file[HOST_GRUB].text || !ours->text ||
		!host_file_right(host, HOST_GRUB))
		return false;
	fd = tree_resolve(&host->tree, path, O_PATH);
	if (fd < 0)
		return false;
	if (fstat(fd, &made.st) < 0)
		made.st.st_mtim = ours->time;
	close(fd);
	return image_older(&made, &ours->time);
}
