/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/holders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/file.h"
#include "formats/cgroup.h"
#include "nouns/task.h"

/*
 * Neither descriptors nor mappings: a kernel thread, a zombie, or a process whose first thread has
 * ended before the others; those show what the process has.
 */
static int scan_threads(struct scan *scan, const char *pid)
{
	const struct dirent64 *entry;
	struct statx st;
	char path[32];
	int err;

	snprintf(path, sizeof(path), "%s/task", pid);
	/* two links and one a thread */
	if (statx(scan->proc, path, 0, STATX_NLINK, &st) < 0 || st.stx_nlink <= 3)
		return 0;
	err = directory_open(&scan->tasks, scan->proc, path);
	if (err)
		return scan_excuse(scan, err);
	while (!err && (entry = directory_next(&scan->tasks)))
		err = strcmp(entry->d_name, pid) == 0 ? 0 : scan_task(scan, entry->d_name);
	directory_close(&scan->tasks);
	return err < 0 ? err : 0;
}

/* May a process that cannot be read hold anything? Kernel threads and zombies do not. */
static bool is_alive(int proc, pid_t pid)
{
	const unsigned int kernel_thread = 0x00200000; /* PF_KTHREAD of include/linux/sched.h */
	char path[32], text[1024], *at, state;
	unsigned int flags;
	long threads;

	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	if (file_read(proc, path, text, sizeof(text)) < 0)
		return false;
	at = strrchr(text, ')');
	if (!at ||
		sscanf(at,
			") %c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld",
			&state, &flags, &threads) != 3)
		return true;
	return !(flags & kernel_thread) && ((state != 'Z' && state != 'X') || threads > 1);
}

static int scan_process(struct scan *scan, const char *name)
{
	struct holders *out = scan->out;
	int any;

	if (scan->found)
		memset(scan->seen, 0, sizeof(scan->seen));
	scan->found = scan->denied = false;
	any = scan_task(scan, name);
	if (any == 0 && !scan->denied)
		any = scan_threads(scan, name);
	if (any < 0)
		return any;
	if (scan->denied && !scan->found && is_alive(scan->proc, scan->pid)) {
		if (out->unreadable++ == 0) {
			out->unreadable_first.pid = scan->pid;
			scan_command(scan->proc, scan->pid, out->unreadable_first.command,
				sizeof(out->unreadable_first.command));
		}
	}
	return 0;
}

/* Our own number as this /proc has it, which need not be of our PID namespace. */
static pid_t self(int proc)
{
	char text[16];
	ssize_t n = readlinkat(proc, "self", text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

static int scan_all(struct scan *scan)
{
	const pid_t own = self(scan->proc);
	const struct dirent64 *entry;
	int err = directory_open(&scan->pids, scan->proc, ".");

	if (err)
		return err;
	/* the kernel lists processes in order of PID */
	while (!err && (entry = directory_next(&scan->pids))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		scan->pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (scan->pid != own)
			err = scan_process(scan, entry->d_name);
	}
	err = err ? err : scan->pids.error;
	directory_close(&scan->pids);
	return err;
}

int holders_scan(const struct nodes *nodes, struct holders *out)
{
	struct holders *found = calloc(1, sizeof(*found));
	struct scan *scan = malloc(sizeof(*scan));
	int err = -ENOMEM;

	if (!found || !scan)
		goto out;
	memset(scan, 0, offsetof(struct scan, pids));
	scan->nodes = nodes;
	scan->out = found;
	scan->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	err = scan->proc < 0 ? -errno : scan_all(scan);
	if (scan->proc >= 0)
		close(scan->proc);
	if (!err)
		*out = *found;
out:
	free(scan);
	free(found);
	return err;
}

bool holder_in_unit(const struct holder *holder, const char *unit)
{
	char path[32], text[16384];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)holder->pid);
	return file_read(AT_FDCWD, path, text, sizeof(text)) > 0 && cgroup_in_unit(text, unit);
}
