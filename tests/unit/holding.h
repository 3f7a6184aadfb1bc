/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "nouns/holders.h"

/* Children that hold a device, /dev/full unless it says otherwise. */
enum hold {
	HOLD_OPEN,
	HOLD_O_PATH,
	HOLD_TWICE,
	HOLD_THREAD, /* the first thread has ended */
	HOLD_MAPPING, /* /dev/loop0, mapped and closed */
	HOLD_MAPPING_NOBODY, /* the same, as a user without rights */
	HOLD_OTHER_NAME, /* the same device by a name that is gone */
	HOLD_LOOKALIKE, /* a regular file of a name that ends in /dev/full */
};

static const struct nodes full = {.count = 1, .node = {{.rdev = 0x107 /* 1:7 */}}};

struct child {
	pid_t pid;
	int command; /* a byte written there makes the child close what it holds */
};

static int child_ready, child_command;

static inline void child_need(bool condition)
{
	if (!condition)
		_exit(1);
}

/* Tells the parent, and obeys its commands until it is killed. */
static inline void *child_serve(void *held)
{
	char byte = 'r';

	child_need(write(child_ready, &byte, 1) == 1);
	while (read(child_command, &byte, 1) == 1)
		close(*(int *)held);
	for (;;)
		pause();
	return NULL;
}

static inline void *child_serve_alone(void *held)
{
	char path[64], text[256], *state;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)getpid());
	do {
		int fd = open(path, O_RDONLY);
		ssize_t n = read(fd, text, sizeof(text) - 1);

		child_need(n > 0);
		close(fd);
		text[n] = '\0';
		state = strrchr(text, ')');
		sched_yield();
	} while (state && state[2] != 'Z');
	return child_serve(held);
}

static inline int child_open_gone(bool regular)
{
	char dir[] = "/tmp/gpu-handoff-holder-XXXXXX", dev[64], node[96];
	int fd;

	child_need(mkdtemp(dir) != NULL);
	snprintf(dev, sizeof(dev), "%s/dev", dir);
	snprintf(node, sizeof(node), "%s/full", dev);
	child_need(mkdir(dev, 0755) == 0);
	child_need(mknod(node, (regular ? S_IFREG : S_IFCHR) | 0600, makedev(1, 7)) == 0);
	fd = open(node, O_PATH | O_CLOEXEC);
	unlink(node);
	rmdir(dev);
	rmdir(dir);
	return fd;
}

static inline void __attribute__((noreturn)) child_main(enum hold how)
{
	static int fd;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "a\nb c");
	if (how == HOLD_MAPPING || how == HOLD_MAPPING_NOBODY) {
		int loop = open("/dev/loop0", O_RDONLY | O_CLOEXEC);

		child_need(mmap(NULL, 4096, PROT_READ, MAP_SHARED, loop, 0) != MAP_FAILED);
		close(loop);
		if (how == HOLD_MAPPING_NOBODY) {
			child_need(setgid(65534) == 0 && setuid(65534) == 0);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			prctl(PR_SET_DUMPABLE, 1);
		}
	} else if (how == HOLD_OTHER_NAME || how == HOLD_LOOKALIKE) {
		fd = child_open_gone(how == HOLD_LOOKALIKE);
	} else {
		fd = open("/dev/full", (how == HOLD_O_PATH ? O_PATH : O_RDONLY) | O_CLOEXEC);
		child_need(how != HOLD_TWICE || dup(fd) >= 0);
	}
	child_need(fd >= 0);
	if (how == HOLD_THREAD) {
		child_need(pthread_create(&thread, NULL, child_serve_alone, &fd) == 0);
		pthread_exit(NULL);
	}
	child_serve(&fd);
	_exit(0);
}

static inline struct child child_start(enum hold how)
{
	struct child child;
	int ready[2], command[2];
	struct pollfd p;
	char byte = 0;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(command, O_CLOEXEC), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		child_ready = ready[1];
		child_command = command[0];
		close(ready[0]);
		close(command[1]);
		child_main(how);
	}
	close(ready[1]);
	close(command[0]);
	p = (struct pollfd){.fd = ready[0], .events = POLLIN};
	assert_int_equal(poll(&p, 1, 30000), 1);
	if (read(ready[0], &byte, 1) != 1)
		fail_msg("the child could not take hold");
	close(ready[0]);
	child.command = command[1];
	return child;
}

static inline void child_end(struct child *child)
{
	close(child->command);
	assert_int_equal(kill(child->pid, SIGKILL), 0);
	assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
}
