/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "boot/booster.h"
#include "boot/host.h"
#include "boot/regenerate.h"

struct teller {
	void (*tell)(const char *line);
	size_t count;
};

static void __attribute__((format(printf, 2, 3)))
tell(struct teller *teller, const char *format, ...)
{
	struct msg line;
	va_list ap;

	va_start(ap, format);
	vsnprintf(line.text, sizeof(line.text), format, ap);
	va_end(ap);
	teller->tell(line.text);
	teller->count++;
}

static void tell_booster(const struct host *host, struct teller *teller)
{
	const struct host_file *there = &host->there[HOST_BOOSTER];
	const char *shall = host->file[HOST_BOOSTER].text, *file;
	char *line;

	if (shall && there->foreign && !there->serves &&
		booster_line(there->text, shall, &line) == 0) {
		tell(teller,
			"%s" BOOT_BOOSTER " is not gpu-handoff's and is left alone; let it "
			"have the line %s",
			host->tree.root, line);
		free(line);
	}
	if (host->generator == GENERATOR_BOOSTER && !tree_exists(&host->tree, BOOSTER_IMAGES) &&
		host_stale_image(host, &file))
		tell(teller,
			"the images are older than %s, and there is no " BOOSTER_IMAGES
			"; run booster build --force for each kernel",
			file);
}

static void tell_mkinitcpio(const struct host *host, struct teller *teller)
{
	const struct images *images = &host->images;

	if (host->file[HOST_MKINITCPIO].text && *images->config)
		tell(teller,
			"%s%s names %s, so that mkinitcpio reads nothing of "
			"/etc/mkinitcpio.conf.d: take that out, or put gpu-handoff first into "
			"HOOKS of %s; then run mkinitcpio -P",
			host->tree.root, images->preset, images->config, images->config);
}

/* The missing arguments, each with BEFORE before it. */
static char *join(const struct arguments *arguments, const char *before)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < arguments->missing; i++)
		fprintf(stream, "%s%s%s", i ? " " : "", before, arguments->miss[i]);
	fclose(stream);
	return text;
}

static void tell_arguments(const struct host *host, struct teller *teller)
{
	const enum arguments_way way = host->arguments.way;
	char *words;

	if (host->arguments.missing == 0 || (way == ARGUMENTS_GRUBBY && host->tree.running))
		return;
	words = join(&host->arguments, way == ARGUMENTS_RPM_OSTREE ? "--append-if-missing=" : "");
	if (!words)
		return;
	if (way == ARGUMENTS_RPM_OSTREE) {
		tell(teller, "run rpm-ostree kargs %s", words);
	} else if (way == ARGUMENTS_GRUBBY) {
		tell(teller, "run in %s: grubby --update-kernel=ALL --args='%s'", host->tree.root,
			words);
	} else {
		tell(teller, "add %s to %s", words, arguments_place(&host->tree));
		teller->count -= way == ARGUMENTS_PRINT;
	}
	free(words);
}

static void tell_rpm_ostree(const struct host *host, struct teller *teller)
{
	const char *file;

	if (host->generator == GENERATOR_RPM_OSTREE && host_stale_image(host, &file))
		tell(teller,
			"run rpm-ostree initramfs --enable, then restart: this system was "
			"started before %s was written",
			file);
}

size_t host_left(const struct host *host, void (*tell_line)(const char *line))
{
	struct teller teller = {.tell = tell_line};

	tell_mkinitcpio(host, &teller);
	tell_booster(host, &teller);
	tell_rpm_ostree(host, &teller);
	tell_arguments(host, &teller);
	return teller.count;
}
