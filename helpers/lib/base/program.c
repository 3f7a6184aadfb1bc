/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/program.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void program_interruptible(bool allowed)
{
	static const int held[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(held) / sizeof(*held); i++)
		sigaddset(&set, held[i]);
	sigprocmask(allowed ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

void program_start(const char *name)
{
	log_start(name);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* ignored, children could not be waited for */
	program_interruptible(false);
}

int program_flush(struct msg *why)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return msg_fail(why, errno ? errno : EIO, "not all could be printed: %s",
		strerror(errno ? errno : EIO));
}
