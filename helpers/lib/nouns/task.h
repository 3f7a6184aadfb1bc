/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/directory.h"
#include "nouns/holders.h"

/* A scan for holders, with every buffer it needs. */
struct scan {
	const struct nodes *nodes;
	struct holders *out;
	int proc; /* /proc */
	pid_t pid; /* the process that is looked at */
	bool seen[NODES_MAX]; /* the nodes that it is known to hold */
	bool found; /* one of them at least */
	bool denied; /* something of it may not be read */
	const char *mapped; /* what maps calls the file that is looked at; NULL: a descriptor */
	struct directory pids, tasks, descriptors;
	char last[512]; /* the file of the mapping before */
	char maps[16384];
};

/* What vanishes is no error and what is forbidden is remembered (0); all else fails the scan. */
int scan_excuse(struct scan *scan, int err);

/* /proc/PID/comm as one printable line; empty if the process is gone. */
void scan_command(int proc, pid_t pid, char *out, size_t size);

/*
 * Adds what task ID (a name in /proc) holds to the list, as SCAN's process. Returns whether it has
 * any descriptor or mapping at all, or -errno.
 */
int scan_task(struct scan *scan, const char *id);
