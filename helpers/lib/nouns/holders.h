/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "nouns/block.h"
#include "nouns/nodes.h"

enum { HOLDERS_MAX = 256 };

/* One process that holds one node, by descriptor or by mapping; one entry a process and node. */
struct holder {
	pid_t pid;
	char command[64]; /* /proc/PID/comm, printable */
	char path[128]; /* the path that the process has it under, printable */
	struct node node; /* the one of the list, any_minor included */
};

struct holders {
	size_t count; /* at most HOLDERS_MAX are kept, in order of PID */
	struct holder holder[HOLDERS_MAX];
	size_t omitted; /* those beyond */
	size_t unreadable; /* processes whose descriptors we may not see (EACCES, EPERM) */
	struct holder unreadable_first; /* pid and command of the first of them */
};

/*
 * Who holds one of NODES now: every process whose descriptors (any kind, O_PATH too) or shared
 * mappings show one of the device numbers; ourselves excepted. Sends no signal, opens no device.
 * Children do it, and one that a hanging process holds up is left after some seconds; that process
 * counts as unreadable. Returns 0, -ETIMEDOUT if several processes hang, or -errno if /proc cannot
 * be read at all (OUT untouched).
 *
 * Not seen: what holds a device without its node (a dma-buf, a file registered with io_uring or in
 * flight through a socket), a thread that has left its process's descriptor table while the first
 * thread lives, and processes that another PID namespace or hidepid= hides.
 */
int holders_scan(const struct nodes *nodes, struct holders *out);

/*
 * Waits until nobody that WANTED(holder, argument) says yes to holds one of NODES, and leaves the
 * last scan in OUT. Woken by the nodes being closed (inotify on OUT's paths) and by holders ending
 * (pidfd), and looks again at least every 200 ms. While a scan omits holders it waits, too. Returns
 * 0, -ETIMEDOUT at the deadline, or what holders_scan returns.
 */
int holders_wait(const struct nodes *nodes, bool (*wanted)(const struct holder *, void *),
	void *argument, struct deadline deadline, struct holders *out);

/* Is the process in the control group of the systemd unit (a component of /proc/PID/cgroup)? */
bool holder_in_unit(const struct holder *holder, const char *unit);
