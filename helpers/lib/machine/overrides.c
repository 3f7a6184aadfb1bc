/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "machine/parts.h"

/* Of a function that somebody's unbind hangs in, not even the override can be read (pci_override):
 * a child reads them, and is left where it waits. */
enum { CHILDREN_MAX = 4, PATIENCE_MS = 500, FUNCTIONS_MAX = 1 << 20 };

/* What parent and child share. */
struct job {
	size_t count;
	atomic_size_t read; /* so many were read, in their order */
	struct one {
		struct machine_function *function; /* of the parent */
		char override[DRIVER_NAME_SIZE];
	} one[];
};

/* Calls VISIT for each function of a slot or group. */
static void for_each(struct machine *machine,
	void (*visit)(struct machine_function *function, void *argument), void *argument)
{
	for (size_t i = 0; i < machine->gpus; i++) {
		struct machine_gpu *gpu = &machine->gpu[i];

		for (size_t j = 0; j < gpu->functions; j++)
			visit(&gpu->function[j], argument);
		for (size_t j = 0; j < gpu->members; j++)
			visit(&gpu->member[j], argument);
	}
}

static void count(struct machine_function *function, void *argument)
{
	(void)function;
	++*(size_t *)argument;
}

static void add(struct machine_function *function, void *argument)
{
	struct job *job = argument;

	text_copy(function->override, sizeof(function->override), "?");
	job->one[job->count++].function = function;
}

static void __attribute__((noreturn)) work(struct job *job, pid_t parent)
{
	/* whoever reads our output must not wait for one that is left behind */
	syscall(SYS_close_range, 0, ~0u, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = job->read; i < job->count && getppid() == parent; i++) {
		struct one *one = &job->one[i];

		if (pci_override(one->function->pci.address, one->override) < 0)
			text_copy(one->override, sizeof(one->override), "-");
		job->read = i + 1;
	}
	_exit(0);
}

/* Does one child's work; it is given up when it has read nothing for a while. */
static void run(struct job *job)
{
	pid_t parent = getpid(), pid = fork();
	struct pollfd p = {.events = POLLIN};
	size_t before;

	if (pid == 0)
		work(job, parent);
	if (pid < 0)
		return;
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	do
		before = job->read;
	while (p.fd >= 0 && poll(&p, 1, PATIENCE_MS) <= 0 && job->read > before);
	if (p.fd >= 0)
		close(p.fd);
	if (job->read < job->count)
		kill(pid, SIGKILL); /* our own child, not yet reaped; it may never end */
	waitpid(pid, NULL, job->read < job->count ? WNOHANG : 0);
}

static void take(const struct job *job)
{
	for (size_t i = 0; i < job->count; i++)
		if (*job->one[i].override)
			memcpy(job->one[i].function->override, job->one[i].override,
				DRIVER_NAME_SIZE);
}

static void copy_own(struct machine *machine)
{
	for (size_t i = 0; i < machine->gpus; i++) {
		struct machine_gpu *gpu = &machine->gpu[i];

		for (size_t j = 0; j < gpu->functions; j++)
			if (strcmp(gpu->function[j].pci.address, gpu->pci.address) == 0)
				memcpy(gpu->override, gpu->function[j].override, DRIVER_NAME_SIZE);
	}
}

int machine_overrides(struct machine *machine)
{
	size_t functions = 0, size;
	struct job *job;

	for_each(machine, count, &functions);
	if (functions == 0)
		return 0;
	if (functions > FUNCTIONS_MAX)
		return -E2BIG;
	size = sizeof(*job) + functions * sizeof(struct one);
	job = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job == MAP_FAILED)
		return -errno;
	for_each(machine, add, job);
	for (int child = 0; child < CHILDREN_MAX && job->read < job->count; child++) {
		run(job);
		if (job->read < job->count)
			job->read++; /* the one that it waits at */
	}
	take(job);
	copy_own(machine);
	munmap(job, size);
	return 0;
}
