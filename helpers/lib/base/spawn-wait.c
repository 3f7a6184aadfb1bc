/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/spawn-wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE = 10 };

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

int spawn_wait(pid_t pid, bool signals, struct deadline deadline)
{
	int child = (int)syscall(SYS_pidfd_open, pid, 0), fd = signals ? open_signals() : -1;
	int status, err = child < 0 ? 0 : wait_for(child, fd, deadline);

	if (err < 0) {
		kill(-pid, SIGTERM);
		wait_for(child, -1, deadline_in(GRACE));
	}
	if (child >= 0)
		close(child);
	if (fd >= 0)
		close(fd);
	if (err < 0)
		kill(-pid, SIGKILL); /* it is not reaped yet, so the group is still its own */
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err < 0 ? err : -errno;
	if (err < 0)
		return err;
	return WIFSIGNALED(status) ? -EINTR : WEXITSTATUS(status);
}
