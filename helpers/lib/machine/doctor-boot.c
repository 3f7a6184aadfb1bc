/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the configuration, and of what the host boots with. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/other-ids.h"
#include "handoff/config-file.h"
#include "machine/doctor-facts.h"

#define APPLY "gpu-handoff boot apply"

static bool config(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	if (index > 0)
		return false;
	if (doctor->config_error == -EACCES && !doctor->root)
		return doctor_say(line, DOCTOR_NOTE, "only root may read " CONFIG_FILE);
	if (doctor->config_error < 0) {
		doctor_repeat(line, DOCTOR_ERROR, doctor->config_why.text);
		return *line->remedy ||
		       doctor_mend(line, "correct it: no guest with a GPU starts until then");
	}
	return doctor_say(line, DOCTOR_OK,
		doctor->config_there ? CONFIG_FILE " is sound"
				     : "there is no " CONFIG_FILE ": the defaults hold");
}

/* Addresses move when a card is plugged in elsewhere; id= is there to see that. */
static bool ids_of_config(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	struct config_gpu gpu;

	for (size_t i = 0; i < doctor->machine->functions; i++) {
		const struct pci_function *f = &doctor->machine->function[i];

		config_gpu(doctor->config, f->address, f->vendor, f->device, &gpu);
		if (!gpu.has_id || (gpu.id_vendor == f->vendor && gpu.id_device == f->device) ||
			index-- > 0)
			continue;
		doctor_say(line, DOCTOR_ERROR, "%s is %04x:%04x, not %04x:%04x as [gpu %s] says",
			f->address, f->vendor, f->device, gpu.id_vendor, gpu.id_device, f->address);
		return doctor_mend(line, "correct gpu-handoff.conf(5) and the guests: lspci -Dnn");
	}
	return false;
}

/* The boot could not be looked at: said once. */
static bool unknown(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	if (index > 0 || doctor->host || doctor->config_error < 0)
		return false;
	return doctor_repeat(line, doctor->host_error == -EACCES ? DOCTOR_NOTE : DOCTOR_ERROR,
		doctor->host_why.text);
}

static bool files(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct host *host = doctor->host;
	size_t wrong = 0, wanted = 0;

	for (size_t i = 0; host && i < BOOT_FILES; i++) {
		const struct host_file *is = &host->there[i];

		wanted += host->file[i].text != NULL;
		if (host_file_right(host, i) || wrong++ < index)
			continue;
		doctor_say(line, DOCTOR_ERROR, "%s %s", host->file[i].path,
			is->foreign	      ? "is in the way: it is not gpu-handoff's"
			: !is->text	      ? "is missing"
			: !host->file[i].text ? "is not wanted any more"
					      : "is not what the configuration asks for");
		return doctor_mend(line, is->foreign ? "see gpu-handoff boot status" : APPLY);
	}
	if (!host || index > 0 || wrong > 0)
		return false;
	return doctor_say(line, DOCTOR_OK,
		wanted ? "what the configuration wants at boot is written down"
		       : "the configuration wants nothing at boot");
}

static bool images(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct host *host = doctor->host;
	const struct image *stale;
	const char *file;

	if (index > 0 || !host || host->generator == GENERATOR_NONE)
		return false;
	stale = host_stale_image(host, &file);
	if (host->state.pending) {
		doctor_say(line, DOCTOR_ERROR,
			"files of the initramfs were changed, and the images were not made anew");
		return doctor_mend(line, APPLY);
	}
	if (stale) {
		doctor_say(line, DOCTOR_ERROR, "%s is older than %s", stale->path, file);
		return doctor_mend(line, APPLY);
	}
	if (host->images.count == 0)
		return doctor_say(line, DOCTOR_NOTE,
			"whether the images of the initramfs (%s) are fresh is not known: no "
			"installed kernel has one that is found",
			generator_name(host->generator));
	return doctor_say(line, DOCTOR_OK, "the images of the initramfs (%s) are fresh",
		generator_name(host->generator));
}

/* Arguments that apply sets; what a person has to set stands among what is left. */
static bool arguments(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct host *host = doctor->host;
	const struct arguments *arguments = host ? &host->arguments : NULL;

	if (index > 0 || !host ||
		(arguments->way == ARGUMENTS_GRUB && !host_file_right(host, HOST_GRUB)))
		return false; /* the file says it */
	if (host_stale_grub(host))
		doctor_say(line, DOCTOR_ERROR, "GRUB's configuration is older than " BOOT_GRUB);
	else if (arguments->extra > 0)
		doctor_say(line, DOCTOR_WARNING, "the kernel argument %s is not wanted any more",
			arguments->more[0]);
	else if (arguments->missing == 0)
		return doctor_say(line, DOCTOR_OK, "the kernel arguments are as they shall be");
	else if (arguments->way != ARGUMENTS_GRUB && arguments->way != ARGUMENTS_GRUBBY)
		return false;
	else
		doctor_say(line, DOCTOR_ERROR, "the kernel argument %s is missing",
			arguments->miss[0]);
	return doctor_mend(line, APPLY);
}

static struct {
	size_t wanted, count;
	char line[512];
} left_lines;

static void keep_left(const char *text)
{
	if (left_lines.count++ == left_lines.wanted)
		snprintf(left_lines.line, sizeof(left_lines.line), "%s", text);
}

/* What no program does for the person. */
static bool left(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	if (!doctor->host)
		return false;
	left_lines.wanted = index;
	left_lines.count = 0;
	host_left(doctor->host, keep_left);
	if (left_lines.count <= index)
		return false;
	doctor_say(line, DOCTOR_ERROR, "gpu-handoff boot leaves this to you");
	return doctor_mend(line, "%s", left_lines.line);
}

/* Reserved functions that another driver has until the next boot. */
static bool waits(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	if (!doctor->host || index >= doctor->host->wanted.waits)
		return false;
	doctor_say(line, DOCTOR_WARNING, "%s, and is reserved for guests",
		doctor->host->wanted.wait[index]);
	return doctor_mend(line, "reboot");
}

/* What the administrator should know about the boot. The IOMMU has lines of its own. */
static bool notes(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const char *at = doctor->host ? doctor->host->wanted.notes : NULL;
	char text[512];

	for (; at && *at; at += strcspn(at, "\n"), at += *at == '\n') {
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "\n"), at);
		if (strncmp(text, "no IOMMU", 8) != 0 && !strstr(text, " ids= too") && index-- == 0)
			return doctor_say(line, DOCTOR_NOTE, "%s", text);
	}
	return false;
}

/* The recipe's way: every card of that kind is vfio-pci's from boot on, for good. */
static bool ids(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	char path[PATH_MAX];

	if (index > 0 || !doctor->host || !other_ids(&doctor->host->tree, path))
		return false;
	doctor_say(line, DOCTOR_WARNING,
		"%s gives vfio-pci ids=: these cards never come back to the host", path);
	return doctor_mend(
		line, "take it out; reserve=boot in gpu-handoff.conf(5) if you want that");
}

static const struct doctor_check checks[] = {
	{"config", config},
	{"config-ids", ids_of_config},
	{"boot-unknown", unknown},
	{"boot-files", files},
	{"boot-images", images},
	{"boot-arguments", arguments},
	{"boot-left", left},
	{"boot-waits", waits},
	{"boot-notes", notes},
	{"boot-other-ids", ids},
	{NULL, NULL},
};

const struct doctor_group doctor_boot = {"Configuration and boot", checks};
