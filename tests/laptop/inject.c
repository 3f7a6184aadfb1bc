/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inject MODE [N [ERROR]] COMMAND...: runs COMMAND and follows everything it starts; counts the
 * system calls that change something (opens for writing, writes, renames, removals, truncations,
 * new processes and programs, modules), in the order in which they are entered, from 1.
 *
 *	list               prints "N NAME PATH" for each on descriptor 3
 *	kill-entry N       kills the process that enters call N, before the call
 *	kill-exit N        after it
 *	kill-all-entry N   kills all of them at that moment, as the kernel does with a control group
 *	kill-all-exit N
 *	error N ERRNO      call N fails with errno ERRNO (a number) and is not made
 *	hold N             call N never returns, for as long as COMMAND runs
 *
 * With INJECT=sysfs in the environment only writes to files below /sys count. Exits with COMMAND's
 * status (128 and the signal if it was killed), or 125 if call N never came.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#ifndef __x86_64__
#error "inject changes registers and knows only those of x86-64"
#endif

enum { TRACEES_MAX = 256 };

enum mode { LIST, KILL_ENTRY, KILL_EXIT, KILL_ALL_ENTRY, KILL_ALL_EXIT, ERROR, HOLD };

static const char *const modes[] = {
	"list", "kill-entry", "kill-exit", "kill-all-entry", "kill-all-exit", "error", "hold"};

static struct tracee {
	pid_t pid;
	bool target; /* it is in the call that is aimed at */
} tracees[TRACEES_MAX];

static enum mode mode;
static unsigned long aim, count;
static long error_number;
static bool sysfs_only, hit;
static pid_t command, held;

static struct tracee *find(pid_t pid)
{
	struct tracee *unused = NULL;

	for (size_t i = 0; i < TRACEES_MAX; i++) {
		if (tracees[i].pid == pid)
			return &tracees[i];
		if (!tracees[i].pid)
			unused = &tracees[i];
	}
	if (!unused)
		exit(126);
	*unused = (struct tracee){.pid = pid};
	return unused;
}

static void kill_all(void)
{
	for (size_t i = 0; i < TRACEES_MAX; i++)
		if (tracees[i].pid)
			kill(tracees[i].pid, SIGKILL);
}

/* The name of the call if it changes something; *FILE is the descriptor or -1. */
static const char *changes(const struct ptrace_syscall_info *info, int *file)
{
	const unsigned long long *a = info->entry.args;
	const int writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

	*file = -1;
	switch (info->entry.nr) {
	case SYS_openat:
		return a[2] & (unsigned int)writing ? "openat" : NULL;
	case SYS_open:
		return a[1] & (unsigned int)writing ? "open" : NULL;
	case SYS_write:
		*file = (int)a[0];
		return "write";
	case SYS_pwrite64:
		*file = (int)a[0];
		return "pwrite64";
	case SYS_ftruncate:
		*file = (int)a[0];
		return "ftruncate";
	case SYS_fsync:
		return "fsync";
	case SYS_rename:
	case SYS_renameat:
	case SYS_renameat2:
		return "rename";
	case SYS_unlink:
	case SYS_unlinkat:
		return "unlink";
	case SYS_mkdir:
	case SYS_mkdirat:
		return "mkdir";
	case SYS_clone:
	case SYS_clone3:
	case SYS_fork:
	case SYS_vfork:
		return "clone";
	case SYS_execve:
		return "execve";
	case SYS_init_module:
	case SYS_finit_module:
		return "finit_module";
	case SYS_delete_module:
		return "delete_module";
	default:
		return NULL;
	}
}

static void path_of(pid_t pid, int file, char *out, size_t size)
{
	char link[64];
	ssize_t n = -1;

	if (file >= 0) {
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, file);
		n = readlink(link, out, size - 1);
	}
	out[n > 0 ? n : 0] = '\0';
}

/* Makes the call that PID enters an impossible one: it does nothing and fails. */
static void skip_call(pid_t pid)
{
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1l);
}

/* Returns whether the tracee may go on. */
static bool on_entry(struct tracee *t, const struct ptrace_syscall_info *info)
{
	char path[512];
	int file;
	const char *name = changes(info, &file);

	if (!name)
		return true;
	path_of(t->pid, file, path, sizeof(path));
	if (sysfs_only && (strncmp(path, "/sys/", 5) != 0 || strcmp(name, "write") != 0))
		return true;
	count++;
	if (mode == LIST)
		dprintf(3, "%lu %s%s%s\n", count, name, *path ? " " : "", path);
	if (mode == LIST || count != aim)
		return true;
	hit = true;
	t->target = true;
	if (mode == KILL_ENTRY)
		kill(t->pid, SIGKILL);
	else if (mode == KILL_ALL_ENTRY)
		kill_all();
	else if (mode == ERROR)
		skip_call(t->pid);
	else if (mode == HOLD)
		held = t->pid;
	return mode != HOLD;
}

static void on_exit_of_call(struct tracee *t)
{
	if (!t->target)
		return;
	t->target = false;
	if (mode == KILL_EXIT)
		kill(t->pid, SIGKILL);
	else if (mode == KILL_ALL_EXIT)
		kill_all();
	else if (mode == ERROR)
		ptrace(PTRACE_POKEUSER, t->pid, offsetof(struct user_regs_struct, rax),
			-error_number);
}

/* A stop of a tracee: what it needs to go on with. */
static void on_stop(pid_t pid, int status)
{
	struct ptrace_syscall_info info;
	int stop = WSTOPSIG(status), event = status >> 16, deliver = 0;
	struct tracee *t = find(pid);

	if (stop == (SIGTRAP | 0x80)) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
			return; /* killed meanwhile */
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY && !on_entry(t, &info))
			return;
		if (info.op == PTRACE_SYSCALL_INFO_EXIT)
			on_exit_of_call(t);
	} else if (event == PTRACE_EVENT_STOP && stop != SIGTRAP) {
		ptrace(PTRACE_LISTEN, pid, 0, 0); /* stopped like anybody by a stop signal */
		return;
	} else if (event == 0) {
		deliver = stop;
	}
	ptrace(PTRACE_SYSCALL, pid, 0, deliver);
}

static int trace(void)
{
	int result = 125, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			on_stop(pid, status);
			continue;
		}
		find(pid)->pid = 0;
		if (pid != command)
			continue;
		result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (held) /* what never returned ends with us */
			break;
	}
	return aim && !hit ? 125 : result;
}

static void start(char *const argv[])
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int go[2];
	char byte;

	if (pipe2(go, O_CLOEXEC) < 0)
		exit(126);
	command = fork();
	if (command == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) < 0)
			_exit(126);
		execv(argv[0], argv);
		_exit(127);
	}
	close(go[0]);
	if (command < 0 || ptrace(PTRACE_SEIZE, command, 0, options) < 0) {
		perror("inject");
		exit(126);
	}
	find(command);
	ptrace(PTRACE_INTERRUPT, command, 0, 0);
	close(go[1]);
}

int main(int argc, char *argv[])
{
	const char *only = getenv("INJECT");
	size_t m = 0, first;

	while (argc > 1 && m < sizeof(modes) / sizeof(*modes) && strcmp(modes[m], argv[1]) != 0)
		m++;
	first = m == LIST ? 2 : m == ERROR ? 4 : 3;
	if (argc < 2 || m == sizeof(modes) / sizeof(*modes) || argc <= (int)first) {
		fprintf(stderr, "usage: inject MODE [N [ERRNO]] COMMAND...\n");
		return 126;
	}
	mode = (enum mode)m;
	aim = mode == LIST ? 0 : strtoul(argv[2], NULL, 10);
	error_number = mode == ERROR ? strtol(argv[3], NULL, 10) : 0;
	sysfs_only = only && strcmp(only, "sysfs") == 0;
	unsetenv("INJECT");
	start(argv + first);
	return trace();
}
