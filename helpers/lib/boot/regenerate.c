/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/regenerate.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NEW ".new"
#define OLD ".dpkg-bak"

enum { SCARCE_MIB = 64 };

static int add_dracut(const char *dracut, const char *kernel, const char *image, struct jobs *out)
{
	struct job *job = &out->job[out->count];
	const char *name = image ? strrchr(image, '/') + 1 : "";
	int err;

	if (out->count == IMAGES_MAX)
		return 0;
	if (image) {
		if (text_copy(job->image, sizeof(job->image), image) < 0 ||
			snprintf(job->temporary, sizeof(job->temporary), "%.*s.%s.new",
				(int)(name - image), image, name) >= (int)sizeof(job->temporary))
			return -ENAMETOOLONG;
	}
	err = command_make(&job->command, dracut, "--force", "--kver", kernel,
		image ? job->temporary : NULL, NULL);
	if (err == 0)
		out->count++;
	return err;
}

/*
 * Once any image is known, a kernel without one is a tree of modules that a removed kernel left.
 * In another installation the paths are dracut's to find.
 */
static int make_dracut(const struct tree *tree, const struct kernels *kernels,
	const struct images *images, struct jobs *out)
{
	const char *dracut = generator_dracut(tree);
	int err = 0;

	for (size_t i = 0; i < kernels->count && err == 0; i++) {
		const char *kernel = kernels->version[i];
		bool has_image = false;

		for (size_t j = 0; j < images->count && err == 0; j++) {
			if (images->image[j].kernel != kernel)
				continue;
			has_image = true;
			if (tree->running)
				err = add_dracut(dracut, kernel, images->image[j].path, out);
		}
		if (err == 0 && (images->count == 0 || (has_image && !tree->running)))
			err = add_dracut(dracut, kernel, NULL, out);
	}
	return err;
}

int jobs_make(const struct tree *tree, enum generator generator, const struct kernels *kernels,
	const struct images *images, struct jobs *out)
{
	struct command *first = &out->job[0].command;
	int err = 0;

	memset(out, 0, sizeof(*out));
	if (generator == GENERATOR_INITRAMFS_TOOLS)
		out->images = images;
	if (generator == GENERATOR_INITRAMFS_TOOLS)
		err = command_make(first, UPDATE_INITRAMFS, "-u", "-k", "all", NULL);
	else if (generator == GENERATOR_MKINITCPIO)
		err = command_make(first, MKINITCPIO, "-P", NULL);
	else if (generator == GENERATOR_BOOSTER && tree_exists(tree, BOOSTER_IMAGES))
		err = command_make(first, BOOSTER_IMAGES, NULL);
	else if (generator == GENERATOR_DRACUT)
		err = make_dracut(tree, kernels, images, out);
	if (err == 0 && first->word[0] && out->count == 0)
		out->count = 1;
	if (err < 0)
		jobs_free(out);
	return err;
}

void jobs_free(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		command_free(&jobs->job[i].command);
	jobs->count = 0;
}

/* Adds to WHY how little space /boot has, where that may be the reason. */
static void hint_at_space(const struct tree *tree, struct msg *why)
{
	int fd = tree_resolve(tree, "/boot", O_PATH | O_DIRECTORY);
	size_t at = strlen(why->text);
	struct statfs fs;

	if (fd < 0)
		return;
	if (fstatfs(fd, &fs) == 0 && fs.f_blocks > 0) {
		unsigned long long free_mib =
			(unsigned long long)fs.f_bavail * (unsigned long long)fs.f_bsize >> 20;

		if (free_mib < SCARCE_MIB)
			snprintf(why->text + at, sizeof(why->text) - at,
				"; /boot has only %llu MiB free: remove a kernel that you do not "
				"need",
				free_mib);
	}
	close(fd);
}

static int run_one(
	const struct tree *tree, const struct job *job, const char *part, int lock, struct msg *why)
{
	const char *name = strrchr(job->command.word[0], '/') + 1;
	int err;

	if (*job->image)
		printf("making %s with %s\n", job->image, name);
	else
		printf("making images with %s\n", name);
	err = command_run(&job->command, part, lock, why);
	if (err < 0 || !*job->image)
		return err;
	err = tree_replace(tree, job->temporary, job->image);
	if (err < 0)
		return msg_fail(why, -err, "%s made no %s that could replace %s: %s", name,
			job->temporary, job->image, strerror(-err));
	return 0;
}

/* What update-initramfs makes beside an image and, if it is ended, leaves there: the new one, and a
 * link to the old one or a copy of it. Was there none of that name when the work began? */
struct beside {
	bool new, old;
};

enum { BESIDE_PATH = IMAGE_PATH + 16 };

static void beside_path(const struct image *image, const char *suffix, char out[static BESIDE_PATH])
{
	snprintf(out, BESIDE_PATH, "%s%s", image->path, suffix);
}

static void find_free(const struct tree *tree, const struct images *images, struct beside *out)
{
	char path[BESIDE_PATH];

	for (size_t i = 0; images && i < images->count; i++) {
		beside_path(&images->image[i], NEW, path);
		out[i].new = !tree_exists(tree, path);
		beside_path(&images->image[i], OLD, path);
		out[i].old = !tree_exists(tree, path);
	}
}

/* Removes it, but no image that would be the only one of its kernel. */
static void clean_up(
	const struct tree *tree, const struct images *images, const struct beside *was_free)
{
	char path[BESIDE_PATH];

	for (size_t i = 0; images && i < images->count; i++) {
		const struct image *image = &images->image[i];

		beside_path(image, OLD, path);
		if (!tree_exists(tree, image->path)) {
			if (!was_free[i].old || tree_replace(tree, path, image->path) < 0)
				continue;
		} else if (was_free[i].old) {
			tree_remove(tree, path);
		}
		beside_path(image, NEW, path);
		if (was_free[i].new)
			tree_remove(tree, path);
	}
}

int jobs_run(const struct tree *tree, const struct jobs *jobs, int lock, struct msg *why)
{
	static struct beside beside[IMAGES_MAX];
	int err = 0;

	find_free(tree, jobs->images, beside);
	for (size_t i = 0; i < jobs->count && err == 0; i++) {
		const struct job *job = &jobs->job[i];
		char part[64];

		if (*job->temporary)
			tree_remove(tree, job->temporary);
		snprintf(part, sizeof(part), "image %zu of %zu", i + 1, jobs->count);
		err = run_one(tree, job, jobs->count > 1 ? part : NULL, lock, why);
		if (err < 0 && err != -ECANCELED)
			hint_at_space(tree, why);
		/* after the hint: what is in the way shall be counted */
		if (err < 0 && *job->temporary)
			tree_remove(tree, job->temporary);
	}
	if (err == -ECANCELED || err == -ETIMEDOUT)
		clean_up(tree, jobs->images, beside);
	return err;
}
