/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char locale[] = "LC_ALL=C", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
enum { VARIABLES_MAX = 16 };

static char *environment[VARIABLES_MAX + 1] = {locale, path};

void command_environment(char *words)
{
	char *word;
	size_t n = 0;

	while (environment[n])
		n++;
	while (n < VARIABLES_MAX && (word = strsep(&words, " ")))
		environment[n++] = word;
}

double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

double cpu_of(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e3 +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e3;
}

/* A descriptor that reads INPUT and then ends, all of it in the pipe already. */
static int input_pipe(const char *input, size_t length)
{
	int ends[2];
	ssize_t n;

	if (!input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	n = write(ends[1], input, length);
	close(ends[1]);
	if (n != (ssize_t)length || fcntl(ends[0], F_SETFL, 0) < 0) {
		close(ends[0]);
		errno = E2BIG;
		return -1;
	}
	return ends[0];
}

static int start(pid_t *pid, char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t actions;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
	err = posix_spawnp(pid, argv[0], &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	return err;
}

static int start_forked(pid_t *pid, char *const argv[], int in, int out)
{
	*pid = fork();
	if (*pid < 0)
		return errno;
	if (*pid > 0)
		return 0;
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
		dup2(out, STDERR_FILENO) >= 0)
		execvpe(argv[0], argv, environment);
	_exit(127);
}

int command_run(char *const argv[], const char *input, size_t length, int output, bool forked,
	struct cost *cost)
{
	int in = input_pipe(input, length), status, err;
	struct rusage usage;
	double before;
	pid_t pid;

	if (in < 0)
		return -errno;
	before = now_ms();
	err = (forked ? start_forked : start)(&pid, argv, in, output);
	if (!err)
		while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
			;
	if (!err && cost) {
		cost->time += now_ms() - before;
		cost->cpu += cpu_of(&usage);
		cost->memory = usage.ru_maxrss > cost->memory ? usage.ru_maxrss : cost->memory;
	}
	close(in);
	if (err)
		return -err;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
