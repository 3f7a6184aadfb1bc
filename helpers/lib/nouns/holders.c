/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/holders.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/file.h"
#include "formats/cgroup.h"
#include "nouns/task.h"

/*
 * Children do the scan: several, for nearly all of it is the kernel's work and other CPUs can share
 * it; and children, for reading the maps of a process that hangs in a driver with its memory map
 * locked hangs as well, and a child can be left there.
 */
enum {
	WORKERS_MAX = 6,
	MORE_WORKERS = 2, /* when all were stuck */
	PIDS_PER_WORKER = 128, /* with fewer a fork costs more than it gains */
	PIDS_MAX = 4 << 20,
	SCAN_SECONDS = 4,
};

struct worker {
	pid_t pid;
	_Atomic pid_t at; /* the process that it looks at */
	atomic_bool done;
	int err; /* if done */
	struct holders found;
};

/* What parent and children share. */
struct job {
	const struct nodes *nodes;
	struct worker worker[WORKERS_MAX + MORE_WORKERS];
	atomic_size_t next; /* index of the first process that nobody has taken */
	size_t count;
	pid_t pid[];
};

/* The processes in the order in which /proc lists them, which is that of their PIDs, without us. */
static int list_processes(int proc, pid_t **out, size_t *count)
{
	const struct dirent64 *entry;
	struct directory directory;
	size_t n = 0, room = 0;
	pid_t *list = NULL, self;
	char text[16];
	ssize_t length = readlinkat(proc, "self", text, sizeof(text) - 1);
	int err = length < 0 ? -errno : directory_open(&directory, proc, ".");

	if (err)
		return err;
	text[length] = '\0';
	self = (pid_t)strtol(text, NULL, 10); /* as this /proc has it: mind PID namespaces */
	while (!err && (entry = directory_next(&directory))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 0 || pid == self)
			continue;
		if (n == room) {
			pid_t *bigger = room < PIDS_MAX
						? realloc(list, (room * 2 + 1024) * sizeof(*list))
						: NULL;

			if (!bigger) {
				err = -ENOMEM;
				break;
			}
			list = bigger;
			room = room * 2 + 1024;
		}
		list[n++] = pid;
	}
	err = err ? err : directory.error;
	directory_close(&directory);
	if (err) {
		free(list);
		return err;
	}
	*out = list;
	*count = n;
	return 0;
}

static int work(struct job *job, struct worker *worker)
{
	struct scan *scan;
	int err = 0;

	/* one that is left behind must not keep the undo file locked */
	syscall(SYS_close_range, 0, ~0u, 0);
	scan = malloc(sizeof(*scan));
	if (!scan)
		return -ENOMEM;
	memset(scan, 0, sizeof(*scan));
	scan->nodes = job->nodes;
	scan->out = &worker->found;
	scan->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (scan->proc < 0)
		return -errno;
	while (!err) {
		size_t i = atomic_fetch_add(&job->next, 1);

		if (i >= job->count)
			break;
		worker->at = job->pid[i];
		err = scan_process(scan, worker->at);
	}
	return err;
}

static void start(struct job *job, struct worker *worker, pid_t parent)
{
	pid_t pid = fork();

	/* the memory is shared: the child must not write its 0 there */
	if (pid != 0) {
		worker->pid = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent) {
		worker->err = work(job, worker);
		worker->done = true;
	}
	_exit(0);
}

static void wait_for_exit(pid_t pid, struct deadline deadline)
{
	struct pollfd p = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

	while (p.fd >= 0 && poll(&p, 1, deadline_left(deadline)) < 0 && errno == EINTR)
		;
	if (p.fd >= 0)
		close(p.fd);
}

/*
 * Waits for the worker. One that is late is killed, and the process that it looked at counts as
 * unreadable; a wait that no signal ends is left to end when that process does.
 */
static int finish(struct worker *worker, struct deadline deadline, int proc)
{
	if (worker->pid <= 0)
		return 0; /* the others do its share */
	wait_for_exit(worker->pid, deadline);
	if (waitpid(worker->pid, NULL, WNOHANG) == 0) {
		kill(worker->pid, SIGKILL); /* our own child, not yet reaped */
		wait_for_exit(worker->pid, deadline_in(1));
		waitpid(worker->pid, NULL, WNOHANG);
		if (!worker->done && worker->at)
			scan_unreadable(&worker->found, proc, worker->at);
		return 0;
	}
	return worker->done ? worker->err : -EINTR;
}

static int by_pid(const void *a, const void *b)
{
	const struct holder *x = *(const struct holder *const *)a;
	const struct holder *y = *(const struct holder *const *)b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x > y) - (x < y); /* one worker found both */
}

/* Each worker keeps its first, so the first of all are among them. */
static void merge(const struct job *job, struct holders *out)
{
	const struct holder *all[(WORKERS_MAX + MORE_WORKERS) * HOLDERS_MAX];
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	for (size_t w = 0; w < WORKERS_MAX + MORE_WORKERS; w++) {
		const struct holders *found = &job->worker[w].found;

		for (size_t i = 0; i < found->count; i++)
			all[n++] = &found->holder[i];
		out->omitted += found->omitted;
		if (found->unreadable && (!out->unreadable || found->unreadable_first.pid <
								      out->unreadable_first.pid))
			out->unreadable_first = found->unreadable_first;
		out->unreadable += found->unreadable;
	}
	qsort(all, n, sizeof(*all), by_pid);
	out->count = n < HOLDERS_MAX ? n : HOLDERS_MAX;
	out->omitted += n - out->count;
	for (size_t i = 0; i < out->count; i++)
		out->holder[i] = *all[i];
}

static size_t count_workers(size_t processes)
{
	cpu_set_t cpus;
	int n = sched_getaffinity(0, sizeof(cpus), &cpus) < 0 ? 1 : CPU_COUNT(&cpus);
	size_t most = n < WORKERS_MAX ? (size_t)n : WORKERS_MAX, use = processes / PIDS_PER_WORKER;

	return use < 1 ? 1 : use < most ? use : most;
}

static int run(struct job *job, size_t first, size_t workers, int proc)
{
	const struct deadline deadline = deadline_in(SCAN_SECONDS);
	const pid_t parent = getpid();
	int err = 0;

	for (size_t w = first; w < first + workers; w++)
		start(job, &job->worker[w], parent);
	for (size_t w = first; w < first + workers; w++) {
		int result = finish(&job->worker[w], deadline, proc);

		err = err ? err : result;
	}
	return err;
}

/* A process that hangs must not hide those behind it: if all were stuck, two more go on. */
static int run_all(struct job *job, int proc)
{
	size_t workers = count_workers(job->count);
	int err = run(job, 0, workers, proc);

	if (!err && job->next < job->count)
		err = run(job, workers, MORE_WORKERS, proc);
	if (!err && job->next < job->count)
		err = job->next ? -ETIMEDOUT : -EAGAIN;
	return err;
}

int holders_scan(const struct nodes *nodes, struct holders *out)
{
	int proc, err;
	struct job *job;
	size_t count, size;
	pid_t *list;

	if (nodes->count == 0) {
		memset(out, 0, sizeof(*out));
		return 0;
	}
	proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return -errno;
	err = list_processes(proc, &list, &count);
	if (err)
		goto close_proc;
	size = sizeof(*job) + count * sizeof(*list);
	job = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job == MAP_FAILED) {
		err = -errno;
		goto free_list;
	}
	job->nodes = nodes;
	job->count = count;
	if (count)
		memcpy(job->pid, list, count * sizeof(*list));
	err = run_all(job, proc);
	if (!err)
		merge(job, out);
	munmap(job, size);
free_list:
	free(list);
close_proc:
	close(proc);
	return err;
}

bool holder_in_unit(const struct holder *holder, const char *unit)
{
	char path[32], text[16384];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)holder->pid);
	return file_read(AT_FDCWD, path, text, sizeof(text)) > 0 && cgroup_in_unit(text, unit);
}
