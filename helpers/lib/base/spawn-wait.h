/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/deadline.h"

/*
 * Waits for our child PID, the leader of a process group of its own. At the deadline, or when one
 * of the signals comes (or came before) that program_start holds back, unless they do not count
 * (SIGNALS), the group is asked to end and ten seconds later is killed. Returns the exit status, or
 * -errno: -ETIMEDOUT, -ECANCELED for a signal to us, -EINTR if another killed it.
 */
int spawn_wait(pid_t pid, bool signals, struct deadline deadline);
