/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firmware/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/spawn-wait.h"

static int limit(int resource, rlim_t value)
{
	struct rlimit now, wanted = {value, value};

	if (getrlimit(resource, &now) < 0)
		return -errno;
	if (now.rlim_max < value)
		wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
	return setrlimit(resource, &wanted) < 0 ? -errno : 0;
}

/* What we have ourselves: a sanitizer's shadow memory is terabytes. */
static rlim_t memory_now(void)
{
	unsigned long pages = 0;
	char text[128];

	if (file_read(AT_FDCWD, "/proc/self/statm", text, sizeof(text)) < 0 ||
		sscanf(text, "%lu", &pages) != 1)
		return 0;
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static int limit_all(size_t memory, size_t file, struct deadline deadline)
{
	rlim_t seconds = (rlim_t)deadline_left(deadline) / 1000 + 1;
	int err = limit(RLIMIT_AS, memory_now() + memory);

	if (err == 0)
		err = limit(RLIMIT_CPU, seconds);
	if (err == 0)
		err = limit(RLIMIT_FSIZE, file);
	if (err == 0)
		err = limit(RLIMIT_CORE, 0);
	return err;
}

/* In a user namespace that has no other user than root, root has no rights to lose; in some
 * containers it has not the right to be another. */
static int drop_rights(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (geteuid() != 0)
		return 0;
	if (setresgid(CONFINE_UID, CONFINE_UID, CONFINE_UID) < 0)
		return errno == EINVAL || errno == EPERM ? 0 : -errno;
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return -errno;
	return setresuid(CONFINE_UID, CONFINE_UID, CONFINE_UID) < 0 ? -errno : 0;
}

static void __attribute__((noreturn)) run(int (*function)(void *argument), void *argument,
	size_t memory, size_t file, struct deadline deadline, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY), result;
	sigset_t none;

	sigemptyset(&none);
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
		syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0) < 0 ||
		limit_all(memory, file, deadline) < 0 || drop_rights() < 0 ||
		prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(255);
	sigprocmask(SIG_SETMASK, &none, NULL);
	result = function(argument);
	fflush(stdout);
	_exit(result);
}

int confine_call(int (*function)(void *argument), void *argument, size_t memory, size_t file,
	bool signals, struct spawn_watch *watch, struct deadline deadline)
{
	pid_t parent = getpid(), pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		run(function, argument, memory, file, deadline, parent);
	setpgid(pid, pid);
	return spawn_wait(pid, signals, watch, deadline);
}
