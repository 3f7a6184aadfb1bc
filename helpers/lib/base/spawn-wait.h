/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/deadline.h"

/* What is to be done meanwhile: LOOK is called whenever FD (-1: none) is readable, and each time
 * EVERY milliseconds have passed. ENDING: the child was asked to end. */
struct spawn_watch {
	int fd, every;
	void (*look)(struct spawn_watch *watch, bool ending);
};

/*
 * Waits for our child PID, the leader of a process group of its own. At the deadline, or when one
 * of the signals comes (or came before) that program_start holds back and that is not ignored,
 * unless they do not count (SIGNALS), the group is asked to end and, if not all of it has ended ten
 * seconds later, killed. WATCH may be NULL. Returns the exit status, or -errno: -ETIMEDOUT,
 * -ECANCELED for a signal to us, -EINTR if another killed it.
 */
int spawn_wait(pid_t pid, bool signals, struct spawn_watch *watch, struct deadline deadline);
