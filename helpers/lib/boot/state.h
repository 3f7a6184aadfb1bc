/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "boot/tree.h"
#include "boot/wanted.h"

/*
 * What has to be known of earlier runs, in STATE_FILE: a text published by rename, whose lines are
 * STATE_FIRST_LINE, "pending", "directory PATH" and "argument TEXT". It is removed when there is
 * nothing to know.
 */
#define STATE_DIRECTORY	 "/var/lib/gpu-handoff"
#define STATE_FILE	 STATE_DIRECTORY "/boot"
#define STATE_FIRST_LINE "gpu-handoff boot 1"

enum { STATE_DIRECTORIES = 16, STATE_PATH = 128 };

struct state {
	/* files were changed, and the images or the boot loader do not have that yet */
	bool pending;
	/* directories that were made for our files, a parent before its child */
	size_t directories;
	char directory[STATE_DIRECTORIES][STATE_PATH];
	/* kernel arguments that grubby added */
	size_t arguments;
	char argument[WANTED_MAX][WANTED_TEXT];
};

/*
 * Takes the lock that serialises whoever changes TREE; it is an open file, which children may
 * inherit. Returns its descriptor, or -errno with WHY set: -EBUSY if somebody has it.
 */
int state_lock(const struct tree *tree, struct msg *why);

/* Returns 0 or -errno with WHY set (OUT untouched): -EPROTO if it is of another version. */
int state_load(const struct tree *tree, struct state *out, struct msg *why);

int state_save(const struct tree *tree, const struct state *state, struct msg *why);

/* Removes each directory that we made for our files, but for the first KEEP, and forgets it; one in
 * which there is something else now stays. Returns 0 or -errno with WHY set: then it is not
 * forgotten. */
int state_drop_directories(
	const struct tree *tree, struct state *state, size_t keep, struct msg *why);
