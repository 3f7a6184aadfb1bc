/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "boot/command.h"
#include "boot/generator.h"
#include "boot/state.h"
#include "boot/wanted.h"

/* How kernel arguments get where this host's boot loader reads them. */
enum arguments_way {
	ARGUMENTS_PRINT, /* kernel-arguments=print: the person does it */
	ARGUMENTS_GRUB, /* a file of ours, BOOT_GRUB, and GRUB's configuration made anew */
	ARGUMENTS_GRUBBY, /* grubby(8), and a line in the state for each that it added */
	ARGUMENTS_RPM_OSTREE, /* rpm-ostree kargs, typed by the person */
	ARGUMENTS_BY_HAND, /* no tool is known: the person does it */
};

struct arguments {
	enum arguments_way way;
	/* those that are wanted and not set; they belong to the struct wanted */
	size_t missing;
	const char *miss[WANTED_MAX];
	/* those that grubby added and nobody wants now; they belong to the struct state */
	size_t extra;
	const char *more[WANTED_MAX];
};

enum arguments_way arguments_way(
	const struct tree *tree, const struct config_boot *settings, enum generator generator);

/* What earlier runs have set, one a line: in STATE, and in GRUB, the text of our file or NULL.
 * Returns 0 and *OUT, which the caller frees, or -ENOMEM. */
int arguments_installed(const struct state *state, const char *grub, char **out);

/*
 * Fills OUT but for its way. What stands on the command line that the kernel was booted with or in
 * /etc/kernel/cmdline is set; so is what grubby says of the default kernel, and what it added.
 */
void arguments_compare(const struct tree *tree, const struct wanted *wanted,
	const struct state *state, struct arguments *out);

/* What makes GRUB's configuration anew; no word if there is nothing that does. 0 or -ENOMEM. */
int arguments_grub(const struct tree *tree, struct command *out);

/* GRUB's configuration below TREE; NULL if there is none where it is known to be. */
const char *arguments_grub_file(const struct tree *tree);

/* grubby with the option NAME= (--args or --remove-args) and the COUNT words ARGUMENT for all
 * kernels. 0 or -ENOMEM. */
int arguments_grubby(const struct tree *tree, const char *name, const char *const argument[],
	size_t count, struct command *out);

/* Where a person has to put them on this host, for "add ... to ...". */
const char *arguments_place(const struct tree *tree);
