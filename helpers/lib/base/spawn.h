/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"

/*
 * Calls FUNCTION(ARGUMENT) in a child process and waits for its result until the deadline. The
 * child keeps descriptor KEEP (-1 for none), has /dev/null as 0 to 2 and no other descriptor.
 * FUNCTION returns 0 or -errno (down to -254). Returns that; -ETIMEDOUT at the deadline: the child
 * is then left alone, for it may sit in a write that nothing can interrupt; -EINTR if a signal
 * killed it.
 */
int spawn_call(int (*function)(void *argument), void *argument, int keep, struct deadline deadline);

/*
 * Runs the program ARGV[0] (an absolute path) with an environment of LC_ALL=C and PATH alone, stdin
 * and stderr on /dev/null and stdout into OUT (terminated, cut at SIZE; NULL: /dev/null). At the
 * deadline it is killed. Returns its exit status, or -errno: -ETIMEDOUT, -EINTR if a signal killed
 * it, -ENOENT if it cannot be executed.
 */
int spawn_run(const char *const argv[], char *out, size_t size, struct deadline deadline);

/*
 * Calls FUNCTION(ARGUMENT) in a child process that holds nothing of ours but what it inherits in
 * memory: its stdout and stderr are kept in memory and passed on when it ends, or at the deadline
 * as far as they came. So whatever blocks in there, nobody waits for our descriptors. Returns
 * FUNCTION's result (0 to 254), or -errno as spawn_call does; at the deadline the child is left.
 */
int spawn_job(int (*function)(void *argument), void *argument, struct deadline deadline);

/*
 * Runs the program ARGV[0] (an absolute path) for a person who watches: in a process group of its
 * own, stdin on /dev/null, stdout and stderr ours, KEEP (-1 for none) as its descriptor 3, and an
 * environment of LC_ALL=C, PATH and TERM alone. A terminal (see base/progress.h) shows that it is
 * at work, on PART if that is not NULL, and for how long, below what it prints; that it gets by way
 * of another terminal then, while files and pipes are given to it themselves. With stdout in a
 * pipe, which may come to the same terminal, nothing is shown. At the deadline, or with SIGNALS
 * when one of the signals comes that program_start holds back (and that is not ignored, as by
 * nohup), its group is asked to end and ten seconds later is killed. Returns its exit status, or
 * -errno: -ETIMEDOUT, -ECANCELED for a signal to us, -EINTR if another killed it, -ENOENT and the
 * like if it cannot be executed.
 */
int spawn_show(const char *const argv[], const char *part, int keep, bool signals,
	struct deadline deadline);
