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
	bool no_query; /* the kernel has no PROCMAP_QUERY */
	const char *mapped; /* what maps calls the file that is looked at; NULL: ask the link */
	unsigned long long last_dev, last_inode; /* of the device that was last found mapped */
	struct directory tasks, descriptors;
	char maps[16384];
};

/* What vanishes is no error and what is forbidden is remembered (0); all else fails the scan. */
int scan_excuse(struct scan *scan, int err);

/* /proc/PID/comm as one printable line; empty if the process is gone. */
void scan_command(int proc, pid_t pid, char *out, size_t size);

/*
 * Looks at the file behind LINK, relative to DIR, and adds it to the list if it is one of the
 * nodes. Returns whether it is a device at all, or -errno. The number comes from the inode that the
 * kernel has: AT_STATX_DONT_SYNC keeps the scan from asking (and waiting for) a file server that
 * some process has a file of.
 */
int scan_look(struct scan *scan, int dir, const char *link);

/* Looks at the shared mappings of task ID (a name in /proc). Returns whether it has any mapping, or
 * -errno. */
int scan_mappings(struct scan *scan, const char *id);

/*
 * Adds what task ID holds to the list, as SCAN's process. Returns whether it has any descriptor or
 * mapping at all, or -errno.
 */
int scan_task(struct scan *scan, const char *id);

/* Adds what process PID holds to the list, or counts it as unreadable. Returns 0 or -errno. */
int scan_process(struct scan *scan, pid_t pid);

/* Counts a process that may hold anything. */
void scan_unreadable(struct holders *out, int proc, pid_t pid);
