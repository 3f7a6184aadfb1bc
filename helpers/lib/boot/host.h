/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "boot/arguments.h"
#include "boot/files.h"
#include "boot/generator.h"
#include "boot/images.h"
#include "boot/kernels.h"
#include "boot/state.h"
#include "boot/tree.h"
#include "boot/wanted.h"

/* What stands where a file of ours shall be. */
struct host_file {
	char *text; /* NULL: there is no text */
	struct timespec time;
	bool foreign; /* something else, which is never touched */
	bool serves; /* foreign, but it says what ours would say */
};

/* Which of struct host's files is which, as boot_files orders them. */
enum { HOST_MKINITCPIO = 4, HOST_BOOSTER = 5, HOST_GRUB = 6 };

/* All that plan, apply, remove and status know: what is there, and what shall be. */
struct host {
	struct tree tree;
	struct config *config;
	struct config_boot settings;
	enum generator generator;
	struct kernels kernels;
	struct images images;
	struct state state;
	struct wanted wanted;
	struct boot_file file[BOOT_FILES];
	struct host_file there[BOOT_FILES];
	struct arguments arguments;
};

/*
 * Reads all of it below OUT->tree, which is open. With REMOVING nothing shall be, whatever the
 * config says; one that cannot be used then only costs what it says of the generator. Changes
 * nothing. Returns 0 (host_free) or -errno with WHY set.
 */
int host_load(struct host *out, bool removing, struct msg *why);

void host_free(struct host *host);

/* Reads the images again. */
int host_load_images(struct host *host, struct msg *why);

/* Is file INDEX as it shall be? */
bool host_file_right(const struct host *host, size_t index);

/* An image that is older than a file that goes into it, whose path is then in FILE; NULL if none
 * is. */
const struct image *host_stale_image(const struct host *host, const char **file);

/* Is GRUB's configuration older than our file for it? */
bool host_stale_grub(const struct host *host);

/*
 * What is left for the person to do once all is done that apply can do: calls TELL with a line for
 * each. Returns how many there were; what the person asked to do alone (kernel-arguments=print) is
 * told and not counted.
 */
size_t host_left(const struct host *host, void (*tell)(const char *line));
