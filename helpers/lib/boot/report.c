/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/terminal.h"
#include "formats/diff.h"

#define APPLY "run gpu-handoff boot apply"

static void print_note(const char *line)
{
	printf("note: %s\n", line);
}

void report_notes(const struct host *host)
{
	const char *notes = host->wanted.notes;

	while (notes && *notes) {
		int length = (int)strcspn(notes, "\n");

		printf("note: %.*s\n", length, notes);
		notes += length + (notes[length] == '\n');
	}
}

static int print_diffs(const struct changes *changes, struct msg *why)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->change[i];
		char *diff;

		if (diff_unified(change->path, change->from, change->to, &diff) < 0)
			return msg_fail(why, ENOMEM, "out of memory");
		terminal_put(diff);
		free(diff);
	}
	return 0;
}

int report_plan(const struct host *host, const struct work *work, struct msg *why)
{
	int err = print_diffs(&work->files, why);

	if (err == 0)
		err = print_diffs(&work->grub, why);
	if (err < 0)
		return err;
	report_notes(host);
	host_left(host, print_note);
	if (host->tree.running)
		work_print_commands(work, "run:");
	return 0;
}

static bool report_file(const struct host *host, size_t index)
{
	const struct host_file *is = &host->there[index];
	const char *shall = host->file[index].text, *says = "up to date";
	bool right = host_file_right(host, index);

	if (!shall && (is->foreign || !is->text))
		return true;
	if (is->foreign)
		says = right ? "not ours, and says what is needed" : "not ours";
	else if (!right && !is->text)
		says = "missing (" APPLY ")";
	else if (!right && !shall)
		says = "is not wanted any more (" APPLY ")";
	else if (!right)
		says = "differs (" APPLY ")";
	printf("%s%s: %s\n", host->tree.root, host->file[index].path, says);
	return right;
}

static bool report_images(const struct host *host)
{
	const struct image *stale;
	const char *file;

	if (host->generator == GENERATOR_NONE) {
		puts(host->settings.initramfs == CONFIG_INITRAMFS_NONE
				? "images: left to you (initramfs=none)"
				: "images: left to you (no generator is known here)");
		return true;
	}
	printf("images (%s): ", generator_name(host->generator));
	stale = host_stale_image(host, &file);
	if (host->state.pending)
		puts(host->tree.running ? "cut off: files were changed, but the images were not "
					  "made (" APPLY ")"
					: "not made yet since files were changed");
	else if (stale)
		printf("%s is older than %s (%s)\n", stale->path, file,
			host->generator == GENERATOR_RPM_OSTREE ? "see below" : APPLY);
	else
		puts(host->images.count ? "up to date" : "none of a known name is in /boot");
	return !host->state.pending && !stale;
}

static bool report_arguments(const struct host *host)
{
	const struct arguments *arguments = &host->arguments;

	if (host_stale_grub(host)) {
		printf("kernel arguments: %s is older than " BOOT_GRUB " (" APPLY ")\n",
			arguments_grub_file(&host->tree));
		return false;
	}
	if (arguments->extra > 0) {
		printf("kernel arguments: %s is not wanted any more (" APPLY ")\n",
			arguments->more[0]);
		return false;
	}
	if (arguments->missing > 0) {
		printf("kernel arguments: %s is missing%s\n", arguments->miss[0],
			arguments->way == ARGUMENTS_GRUBBY ? " (" APPLY ")" : "");
		return arguments->way == ARGUMENTS_PRINT;
	}
	puts(host->wanted.arguments ? "kernel arguments: up to date"
				    : "kernel arguments: none is needed");
	return true;
}

static void print_left(const char *line)
{
	puts(line);
}

bool report_status(const struct host *host)
{
	bool right = true;

	for (size_t i = 0; i < BOOT_FILES; i++)
		right = report_file(host, i) && right;
	for (size_t i = 0; i < host->wanted.waits && host->tree.running; i++)
		printf("now %s and not on vfio-pci\n", host->wanted.wait[i]);
	right = report_images(host) && right;
	right = report_arguments(host) && right;
	return host_left(host, print_left) == 0 && right;
}
