/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/log.h"
#include "handoff/step.h"

#define UNDO_DIR    "/run/gpu-handoff"
#define UNDO_SUFFIX ".undo"

enum { UNDO_BYTES_MAX = 256 << 10 }; /* of one file */

/*
 * What one guest has changed since boot and what takes it back, UNDO_DIR/UUID.undo:
 *
 *	gpu-handoff 1
 *	guest UUID NAME            the name percent-escaped
 *	owner PID STARTTIME        the daemon that ran the hook (proc(5), stat field 22), padded
 *with blanks; - by hand, 0 0 if it was gone already acquired                   or, once the guest's
 *release has begun, released NOUN OBJECT FROM TO        the inverses of what was done, oldest first
 *
 * A line is appended with one write before its step runs and cut off when its inverse has run. A
 * line that is done while a later one is not is overwritten with #. An unterminated last line
 * never ran.
 */
struct undo_line {
	struct step step;
	off_t at;
	size_t length; /* with its newline */
	bool done;
};

struct undo_owner {
	bool by_hand;
	pid_t pid; /* 0: was gone when the file was written */
	unsigned long long start;
};

struct undo {
	int dir;
	int fd;
	char uuid[37];
	char *name;
	struct undo_owner owner;
	bool released;
	off_t owner_at, end;
	size_t lines;
	struct undo_line line[STEPS_MAX];
};

/* Is FD of file type TYPE, root's own and closed to other writers? 0, or -EPERM with WHY set. */
int undo_check(int fd, mode_t type, const char *what, struct msg *why);

/*
 * Opens UNDO_DIR, with CREATE making it (0700) if it is missing. Returns the descriptor, -ENOENT,
 * or -errno with WHY set: it must be a directory of root that nobody else may write.
 */
int undo_dir(bool create, struct msg *why);

/* The lock of UNDO_DIR: ends with the last copy of DIR. -ETIMEDOUT with WHY set. */
int undo_lock(int dir, struct deadline deadline, struct msg *why);

/* The UUIDs that have an undo file, sorted: one allocation. Returns how many, or -errno. */
int undo_list(int dir, char (**uuids)[37]);

/*
 * Has any undo file a line about OBJECT (an address, a UUID)? Reads bytes and links no noun, for
 * the program that udev runs; takes no lock. Returns 1, 0, or -errno with WHY set.
 */
int undo_names(const char *object, struct msg *why);

/*
 * Opens and parses UUID's file. Returns 0 and *OUT (undo_close), -ENOENT if there is none, -EINVAL,
 * -EPERM or -errno with WHY set. A file whose head was never finished reads as one without lines.
 */
int undo_open(int dir, const char *uuid, struct undo **out, struct msg *why);

/* The same for whoever only looks: the file is open for reading. */
int undo_look(int dir, const char *uuid, struct undo **out, struct msg *why);

/* Creates the file with its head. Returns 0 or -errno with WHY set and no file left. */
int undo_create(int dir, const char *uuid, const char *name, const struct undo_owner *owner,
	struct undo **out, struct msg *why);

/* Appends the inverse of STEP. Returns 0 or -errno with WHY set (the file as it was). */
int undo_append(struct undo *undo, const struct step *step, struct msg *why);

/* The line about the object of STEP, NULL if there is none. */
struct undo_line *undo_find(struct undo *undo, const struct step *step);

/* Cuts LINE off. Returns 0 or -errno. */
int undo_cut(struct undo *undo, struct undo_line *line);

/* Says in the file that the guest's release has begun. Returns 0 or -errno. */
int undo_release(struct undo *undo);

/* Says that the guest starts again, by OWNER, on top of what is left. Returns 0 or -errno. */
int undo_acquire(struct undo *undo, const struct undo_owner *owner);

/* How many lines are left. */
size_t undo_left(const struct undo *undo);

/* Removes the file if no line is left; closes it. Returns the number of lines that remain. */
size_t undo_finish(struct undo *undo);

void undo_close(struct undo *undo);

/*
 * Fills UNDO, whose uuid is set, from the text of its file, which is cut into lines. Returns 0 or
 * -errno with WHY set; name is allocated either way and may be NULL. A head that was never finished
 * gives no lines and end 0.
 */
int undo_parse(struct undo *undo, char *text, struct msg *why);

enum { UNDO_STATE_SIZE = 64 };

/* The lines of owner and state, as long whatever they say: they are overwritten in place. Returns
 * their length. */
size_t undo_format_state(const struct undo *undo, char out[static UNDO_STATE_SIZE]);

/* A second descriptor of the same file, with locks of its own, or -errno. */
int undo_reopen(const struct undo *undo);

/* The owner of a hook that PARENT ran: libvirt's daemon among its ancestors (a script may stand
 * between), else PARENT itself; pid 0 if it is gone already, for pid 1 has adopted us. */
struct undo_owner undo_owner_of(pid_t parent);

/* Is the daemon that ran the hook gone? By hand: never. */
bool undo_owner_gone(const struct undo *undo);

/* Between prepare and QEMU's open of the nodes nobody has them, and yet they are the guest's: its
 * release has not begun and the daemon that started it lives. */
bool undo_may_be_starting(const struct undo *undo);

/* Is the file another living libvirt daemon's than MINE's? */
bool undo_is_of_another(const struct undo *undo, const struct undo_owner *mine);
