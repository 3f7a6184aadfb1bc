/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/spawn.h"

enum { GRACE = 10 };

/* LC_ALL, PATH and a TERM that is a terminal's name. */
struct environment {
	char term[64];
	char *list[4];
};

static void make_environment(struct environment *e)
{
	static char locale[] = "LC_ALL=C", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	const char *term = secure_getenv("TERM");
	size_t length = term ? strlen(term) : 0;

	e->list[0] = locale;
	e->list[1] = path;
	e->list[2] = e->list[3] = NULL;
	if (length == 0 || length > 40 ||
		strspn(term, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+.") !=
			length)
		return;
	snprintf(e->term, sizeof(e->term), "TERM=%s", term);
	e->list[2] = e->term;
}

static int set_files(posix_spawn_file_actions_t *files, int keep)
{
	int err = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDWR, 0);

	if (err == 0 && keep >= 0)
		err = posix_spawn_file_actions_adddup2(files, keep, STDERR_FILENO + 1);
	if (err == 0)
		err = posix_spawn_file_actions_addclosefrom_np(
			files, STDERR_FILENO + (keep >= 0 ? 2 : 1));
	return err;
}

static int start(const char *const argv[], int keep, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	struct environment environment;
	sigset_t mask, defaults;
	int err;

	make_environment(&environment);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTTOU); /* it writes to the terminal from the background */
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	if (posix_spawn_file_actions_init(&files) != 0)
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return -ENOMEM;
	}
	posix_spawnattr_setflags(&attributes,
		POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attributes, &mask);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setpgroup(&attributes, 0);
	err = set_files(&files, keep);
	if (err == 0)
		err = posix_spawn(pid, argv[0], &files, &attributes,
			(char *const *)(unsigned long)argv, environment.list);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return -err;
}

/* Waits for the end of the child, a signal (SIGNALS may be -1) or the deadline. */
static int wait_for(int child, int signals, struct deadline deadline)
{
	struct pollfd fds[2] = {{child, POLLIN, 0}, {signals, POLLIN, 0}};

	for (;;) {
		int left = deadline_left(deadline), n = poll(fds, 2, left);

		if (n > 0 && fds[0].revents)
			return 0;
		if (n > 0)
			return -ECANCELED;
		if (n == 0 && left == 0)
			return -ETIMEDOUT;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

/* The signals that ask us to end, as far as they are held back. */
static int open_signals(void)
{
	static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	sigset_t held, set;

	sigemptyset(&set);
	sigprocmask(SIG_BLOCK, NULL, &held);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		if (sigismember(&held, ending[i]) == 1)
			sigaddset(&set, ending[i]);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int spawn_show(const char *const argv[], int keep, struct deadline deadline)
{
	int child, signals, status, err;
	pid_t pid = -1;

	err = start(argv, keep, &pid);
	if (err < 0)
		return err;
	child = (int)syscall(SYS_pidfd_open, pid, 0);
	signals = open_signals();
	err = child < 0 ? 0 : wait_for(child, signals, deadline);
	if (err < 0) {
		kill(-pid, SIGTERM);
		wait_for(child, -1, deadline_in(GRACE));
		kill(-pid, SIGKILL); /* it is not reaped yet, so the group is still its own */
	}
	if (child >= 0)
		close(child);
	if (signals >= 0)
		close(signals);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err < 0 ? err : -errno;
	if (err < 0)
		return err;
	return WIFSIGNALED(status) ? -EINTR : WEXITSTATUS(status);
}
