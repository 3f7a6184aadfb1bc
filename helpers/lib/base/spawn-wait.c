/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/spawn-wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE = 10 };

/* Waits for END to be readable, a signal (SIGNALS may be -1) or the deadline. */
static int wait_for(
	int end, int signals, struct spawn_watch *watch, bool ending, struct deadline deadline)
{
	for (;;) {
		struct pollfd fds[3] = {{end, POLLIN, 0}, {signals, POLLIN, 0},
			{watch ? watch->fd : -1, POLLIN, 0}};
		int left = deadline_left(deadline);
		int n = poll(fds, 3, watch && watch->every < left ? watch->every : left);

		if (n > 0 && fds[0].revents)
			return 0;
		if (n > 0 && fds[1].revents)
			return -ECANCELED;
		if (left == 0)
			return -ETIMEDOUT;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (watch && n >= 0)
			watch->look(watch, ending);
	}
}

/* Does it not matter to us, as nohup and the shells of background jobs want it? What is held back
 * is kept even then. */
static bool is_ignored(int number)
{
	struct sigaction now;

	return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* The signals that ask us to end, as far as they are held back and not ignored. */
static int open_signals(void)
{
	static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	sigset_t held, set;

	sigemptyset(&set);
	sigprocmask(SIG_BLOCK, NULL, &held);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		if (sigismember(&held, ending[i]) == 1 && !is_ignored(ending[i]))
			sigaddset(&set, ending[i]);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Reaps all of the group; CHILDREN is a signalfd of SIGCHLD. Is any left at the deadline? */
static bool outlasts(pid_t group, int children, struct spawn_watch *watch, struct deadline deadline)
{
	struct signalfd_siginfo info;
	pid_t pid;

	do {
		while (read(children, &info, sizeof(info)) > 0)
			;
		while ((pid = waitpid(-group, NULL, WNOHANG)) > 0)
			;
	} while (pid == 0 && wait_for(children, -1, watch, true, deadline) == 0);
	return pid == 0;
}

/* What the leader has started may have to clean up after it, so we adopt those that it leaves. As
 * long as one of them is not reaped the group is still its own. */
static void end_group(pid_t group, struct spawn_watch *watch)
{
	sigset_t set, before;
	int children;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &before);
	children = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	kill(-group, SIGTERM);
	if (outlasts(group, children, watch, deadline_in(GRACE))) {
		kill(-group, SIGKILL);
		outlasts(group, children, watch, deadline_in(GRACE));
	}
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	if (children >= 0)
		close(children);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

int spawn_wait(pid_t pid, bool signals, struct spawn_watch *watch, struct deadline deadline)
{
	int child = (int)syscall(SYS_pidfd_open, pid, 0), err = child < 0 ? -errno : 0, status;
	int fd = signals ? open_signals() : -1;

	if (err == 0)
		err = wait_for(child, fd, watch, false, deadline);
	if (child >= 0)
		close(child);
	if (fd >= 0)
		close(fd);
	if (err < 0) {
		end_group(pid, watch);
		return err;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? -EINTR : WEXITSTATUS(status);
}
