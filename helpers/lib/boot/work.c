/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* An administrator's file is in the way; of booster's he is told which line it needs. */
static int refuse_foreign(const struct host *host, struct msg *why)
{
	for (size_t i = 0; i < BOOT_FILES; i++)
		if (i != HOST_BOOSTER && host->file[i].text && host->there[i].foreign)
			return msg_fail(why, EEXIST,
				"%s%s was not written by gpu-handoff-boot (its first line says "
				"so where it was); give it another name, or remove it, and try "
				"again",
				host->tree.root, host->file[i].path);
	return 0;
}

static void add_change(const struct host *host, size_t index, struct changes *out)
{
	const struct host_file *is = &host->there[index];

	if (is->foreign || host_file_right(host, index))
		return;
	out->change[out->count++] = (struct change){
		.path = host->file[index].path,
		.from = is->text,
		.to = host->file[index].text,
		.from_time = is->time,
		.to_time = {.tv_nsec = UTIME_NOW},
	};
}

static void add_files(const struct host *host, struct work *out)
{
	for (size_t i = 0; i < BOOT_FILES; i++) {
		size_t before = out->files.count;

		add_change(host, i, i == HOST_GRUB ? &out->grub : &out->files);
		if (out->files.count > before && host->file[i].in_image)
			out->image_files = true;
	}
}

static int add_grub(const struct host *host, struct work *out)
{
	if (out->grub.count == 0 && !host_stale_grub(host) &&
		!(host->state.pending && host->arguments.way == ARGUMENTS_GRUB))
		return 0;
	return arguments_grub(&host->tree, &out->grub_command);
}

/* What grubby added in a run that was cut off may not have been added: once more then. */
static int add_grubby(const struct host *host, struct work *out)
{
	const struct arguments *arguments = &host->arguments;
	const char *all[2 * WANTED_MAX];
	size_t count = 0;
	int err = 0;

	if (arguments->extra > 0)
		err = arguments_grubby(&host->tree, "--remove-args", arguments->more,
			arguments->extra, &out->take);
	if (err < 0 || arguments->way != ARGUMENTS_GRUBBY)
		return err;
	for (size_t i = 0; i < arguments->missing; i++)
		all[count++] = arguments->miss[i];
	for (size_t i = 0; i < host->state.arguments && host->state.pending; i++) {
		const char *word = host->state.argument[i];
		bool extra = false;

		for (size_t j = 0; j < arguments->extra; j++)
			extra = extra || arguments->more[j] == word;
		if (!extra)
			all[count++] = word;
	}
	return count > 0 ? arguments_grubby(&host->tree, "--args", all, count, &out->add) : 0;
}

int work_make(const struct host *host, struct work *out, struct msg *why)
{
	const char *file;
	int err;

	memset(out, 0, sizeof(*out));
	err = refuse_foreign(host, why);
	if (err < 0)
		return err;
	add_files(host, out);
	out->images = host->generator != GENERATOR_NONE &&
		      (out->image_files || host->state.pending || host_stale_image(host, &file));
	if (out->images)
		err = jobs_make(
			&host->tree, host->generator, &host->kernels, &host->images, &out->jobs);
	if (err == 0)
		err = add_grub(host, out);
	if (err == 0)
		err = add_grubby(host, out);
	if (err == 0)
		return 0;
	work_free(out);
	return msg_fail(why, -err, "%s", strerror(-err));
}

void work_free(struct work *work)
{
	jobs_free(&work->jobs);
	command_free(&work->grub_command);
	command_free(&work->take);
	command_free(&work->add);
}

bool work_none(const struct host *host, const struct work *work)
{
	if (work->files.count > 0 || work->grub.count > 0)
		return false;
	if (!host->tree.running)
		return true;
	return !host->state.pending && work->jobs.count == 0 && !work->grub_command.word[0] &&
	       !work->take.word[0] && !work->add.word[0];
}

static void print(const struct command *command, const char *before, const char *temporary)
{
	if (!command->word[0])
		return;
	printf("%s ", before);
	command_print(command, stdout);
	if (*temporary)
		fputs(", which then is renamed", stdout);
	putchar('\n');
}

void work_print_commands(const struct work *work, const char *before)
{
	for (size_t i = 0; i < work->jobs.count; i++)
		print(&work->jobs.job[i].command, before, work->jobs.job[i].temporary);
	print(&work->grub_command, before, "");
	print(&work->take, before, "");
	print(&work->add, before, "");
}
