/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "boot/change.h"
#include "boot/command.h"
#include "boot/host.h"
#include "boot/regenerate.h"

struct changes {
	size_t count;
	struct change change[BOOT_FILES];
};

/* What there is to do so that a host is as it shall be, in this order. */
struct work {
	struct changes files; /* but for GRUB's */
	bool images; /* they have to be made anew: a file that goes into them changed, or changes */
	bool image_files; /* one of FILES goes into them */
	struct jobs jobs; /* what makes them; none where a person has to */
	struct changes grub;
	struct command grub_command; /* no word: nothing to run */
	struct command take, add; /* grubby, likewise */
};

/* Returns 0 (work_free), or -errno with WHY set: -EEXIST for a file that is not ours where one of
 * ours has to be. */
int work_make(const struct host *host, struct work *out, struct msg *why);

void work_free(struct work *work);

/* Is there none? */
bool work_none(const struct host *host, const struct work *work);

/* Prints a line "BEFORE COMMAND" for each program that has to run after the files are written. */
void work_print_commands(const struct work *work, const char *before);
