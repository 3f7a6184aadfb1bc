/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
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

void scan_unreadable(struct holders *out, int proc, pid_t pid)
{
	if (out->unreadable++ > 0)
		return;
	out->unreadable_first.pid = pid;
	scan_command(
		proc, pid, out->unreadable_first.command, sizeof(out->unreadable_first.command));
}

int scan_process(struct scan *scan, pid_t pid)
{
	struct holders *out = scan->out;
	char name[16];
	int any;

	if (scan->found)
		memset(scan->seen, 0, sizeof(scan->seen));
	scan->found = scan->denied = false;
	scan->pid = pid;
	snprintf(name, sizeof(name), "%d", (int)pid);
	any = scan_task(scan, name);
	if (any == 0)
		any = scan_threads(scan, name);
	if (any < 0)
		return any;
	if (scan->denied && !scan->found && is_alive(scan->proc, pid))
		scan_unreadable(out, scan->proc, pid);
	return 0;
}
