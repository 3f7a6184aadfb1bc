/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdio.h>

#include "base/log.h"

enum { COMMAND_WORDS = 7 };

/* A program that changes what boots, with its arguments; never by way of a shell or PATH. */
struct command {
	char *word[COMMAND_WORDS + 1]; /* NULL after the last; none: nothing to run */
};

/* Of the words PATH..., ended by NULL. Returns 0 (command_free) or -ENOMEM. */
int command_make(struct command *out, const char *path, ...) __attribute__((sentinel));

void command_free(struct command *command);

/* As a person would type it, words with blanks in quotes. */
void command_print(const struct command *command, FILE *out);

/*
 * Runs it in front of the person, with PART and LOCK as spawn_show's PART and KEEP, for at most
 * half an hour. Returns 0 if it succeeded, or -errno with WHY set: -ECANCELED if a signal asked us
 * to end.
 */
int command_run(const struct command *command, const char *part, int lock, struct msg *why);

/* The same for one that takes back what another did: the signal that ended that one, or a new one,
 * does not end it. */
int command_take_back(const struct command *command, int lock, struct msg *why);
