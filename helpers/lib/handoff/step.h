/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "base/log.h"
#include "nouns/noun.h"

/* One change of one thing; "NOUN OBJECT FROM TO" as text. Its inverse swaps FROM and TO. */
struct step {
	const struct noun *noun;
	char object[OBJECT_SIZE];
	char from[STATE_SIZE];
	char to[STATE_SIZE];
	/* a take's own notes, not part of the text: */
	bool unbound; /* an earlier step took its driver away: on one again, it is somebody else's
		       */
};

enum { STEP_TEXT_SIZE = 16 + OBJECT_SIZE + 2 * STATE_SIZE, STEPS_MAX = 256 };

/* Fills OUT; -EINVAL if a word cannot stand in a step (OUT untouched). */
int step_make(struct step *out, const struct noun *noun, const char *object, const char *from,
	const char *to);

/* Parses one line without its newline. Returns 0 or -EINVAL (OUT untouched). */
int step_parse(const char *line, struct step *out);

/* The line, without a newline. */
void step_format(const struct step *step, char out[static STEP_TEXT_SIZE]);

struct step step_inverse(const struct step *step);

bool step_same_object(const struct step *a, const struct step *b);

enum step_result {
	STEP_DONE, /* it is at TO, and we moved it */
	STEP_NOTHING, /* it was at TO before we came, or somebody else made it so */
	STEP_GONE, /* there is no such object any more */
	STEP_FOREIGN, /* it is where neither we nor a move cut short left it: untouched */
	STEP_STUCK, /* a move of it does not return, ours or an earlier one's */
	STEP_FAILED, /* it is not at TO; WHY says why */
};

/*
 * Moves one object. LOCK is a descriptor of the guest's undo file, opened for this call: its byte
 * for this object is locked until the kernel has let the move return, even if we are gone, so that
 * nobody touches a device whose move hangs. Waits for that lock until PATIENCE and for the move
 * TIMEOUT seconds. Closes LOCK. WHY is one line for every result but STEP_DONE and STEP_NOTHING.
 */
enum step_result step_run(const struct step *step, int lock, struct deadline patience,
	unsigned int timeout, struct msg *why);

/* Does an earlier move of the step's object not return? Closes LOCK, a descriptor as step_run's. */
bool step_is_stuck(const struct step *step, int lock);

/* The same for whoever only looks, by any descriptor FILE of the undo file; takes no lock, and so a
 * move that is on its way looks as one that hangs. */
bool step_is_moving(const struct step *step, int file);

/* The byte of the undo file that the lock of the step's object is on. */
long long step_lock_byte(const struct step *step);
