/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Waits for FD to become readable: 0, or -ETIMEDOUT. */
static int wait_readable(int fd, struct deadline deadline)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	for (;;) {
		int left = deadline_left(deadline);
		int n = poll(&p, 1, left);

		if (n > 0)
			return 0;
		if (n == 0 && left == 0)
			return -ETIMEDOUT;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

/* Closes every descriptor but KEEP and those below FIRST. */
static void close_others(unsigned int first, int keep)
{
	if (keep >= (int)first) {
		if (keep > (int)first)
			syscall(SYS_close_range, first, (unsigned int)keep - 1, 0);
		first = (unsigned int)keep + 1;
	}
	syscall(SYS_close_range, first, ~0u, 0);
}

/* The exit status of our child, or -EINTR if a signal killed it. */
static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? -EINTR : WEXITSTATUS(status);
}

/* spawn_call encodes -errno as its exit status. */
static int finish(pid_t pid)
{
	int status = reap(pid);

	return status > 0 ? -status : status;
}

int spawn_call(int (*function)(void *argument), void *argument, int keep, struct deadline deadline)
{
	pid_t pid = fork();
	int pidfd, err;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		if (null < 0)
			_exit(errno);
		for (int fd = 0; fd <= STDERR_FILENO; fd++)
			if (dup2(null, fd) < 0)
				_exit(errno);
		close_others(STDERR_FILENO + 1, keep);
		err = -function(argument);
		_exit(err > 0 && err < 255 ? err : err ? EIO : 0);
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd <
		0) /* cannot be: the child is ours and not yet reaped; then wait without limit */
		return finish(pid);
	err = wait_readable(pidfd, deadline);
	close(pidfd);
	return err ? err : finish(pid);
}

/* Starts ARGV without copying our memory: its stdout is OUT, /dev/null if that is -1. */
static int start_program(const char *const argv[], int out, pid_t *pid)
{
	static char locale[] = "LC_ALL=C", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char *environment[] = {locale, path, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int err;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	if (posix_spawn_file_actions_init(&files) != 0)
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return -ENOMEM;
	}
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	err = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
	if (err == 0)
		err = posix_spawn_file_actions_adddup2(&files, out >= 0 ? out : 0, 1);
	if (err == 0)
		err = posix_spawn_file_actions_adddup2(&files, 0, 2);
	if (err == 0)
		err = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	if (err == 0)
		err = posix_spawn(pid, argv[0], &files, &attributes,
			(char *const *)(unsigned long)argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return -err;
}

/* Reads into OUT until the writer ends or the deadline passes; what does not fit is dropped. */
static int read_output(int fd, char *out, size_t size, struct deadline deadline)
{
	char spill[512];
	size_t at = 0;
	int err;

	while ((err = wait_readable(fd, deadline)) == 0) {
		bool full = at + 1 >= size;
		ssize_t n = read(fd, full ? spill : out + at, full ? sizeof(spill) : size - at - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (!full)
			at += (size_t)n;
	}
	if (size > 0)
		out[at] = '\0';
	return err;
}

int spawn_run(const char *const argv[], char *out, size_t size, struct deadline deadline)
{
	int ends[2] = {-1, -1}, pidfd, status, err = 0;
	pid_t pid = -1;

	if (out && pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	err = start_program(argv, ends[1], &pid);
	if (out)
		close(ends[1]);
	if (!err && out)
		err = read_output(ends[0], out, size, deadline);
	if (out)
		close(ends[0]);
	if (pid < 0)
		return err;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (!err && pidfd >= 0)
		err = wait_readable(pidfd, deadline);
	if (pidfd >= 0)
		close(pidfd);
	if (err)
		kill(pid, SIGKILL); /* our own child, not yet reaped */
	status = reap(pid);
	if (err)
		return err;
	return status;
}

/* What the child said so far, from its file to ours. */
static void relay(int from, int to)
{
	char text[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, text, sizeof(text), at)) > 0) {
		if (write(to, text, (size_t)n) < 0 && errno != EINTR)
			break;
		at += n;
	}
	close(from);
}

static void __attribute__((noreturn))
job_child(int (*function)(void *argument), void *argument, int out, int err)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(255);
	close_others(STDERR_FILENO + 1, -1);
	_exit(function(argument));
}

int spawn_job(int (*function)(void *argument), void *argument, struct deadline deadline)
{
	int out = memfd_create("stdout", MFD_CLOEXEC), err = memfd_create("stderr", MFD_CLOEXEC);
	int pidfd, result;
	pid_t pid;

	if (out < 0 || err < 0 || (pid = fork()) < 0) {
		result = -errno;
		goto close_both;
	}
	if (pid == 0)
		job_child(function, argument, out, err);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	result = pidfd < 0 ? 0 : wait_readable(pidfd, deadline);
	if (pidfd >= 0)
		close(pidfd);
	if (result == 0)
		result = reap(pid);
	relay(out, STDOUT_FILENO);
	relay(err, STDERR_FILENO);
	return result;
close_both:
	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
	return result;
}
