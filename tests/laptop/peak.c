/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * peak [--bare] FILE COMMAND [ARGUMENT...]: runs COMMAND, a path, and writes to FILE what it and
 * its children took: "MILLISECONDS KILOBYTES", CPU time and peak resident memory. Exits with its
 * status. With --bare COMMAND gets no argument at all, not even its name.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long milliseconds(const struct timeval *t)
{
	return t->tv_sec * 1000 + t->tv_usec / 1000;
}

int main(int argc, char **argv)
{
	bool bare = argc > 1 && !strcmp(argv[1], "--bare");
	char *none[] = {NULL};
	struct rusage use;
	int status;
	FILE *out;
	pid_t pid;

	argv += 1 + bare;
	if (argc - bare < 3)
		errx(125, "usage: peak [--bare] FILE COMMAND [ARGUMENT...]");
	pid = fork();
	if (pid < 0)
		err(125, "fork");
	if (!pid) {
		execve(argv[1], bare ? none : argv + 1, environ);
		err(127, "%s", argv[1]);
	}
	if (waitpid(pid, &status, 0) != pid || getrusage(RUSAGE_CHILDREN, &use))
		err(125, "wait");
	out = fopen(*argv, "we");
	if (!out ||
		fprintf(out, "%ld %ld\n", milliseconds(&use.ru_utime) + milliseconds(&use.ru_stime),
			use.ru_maxrss) < 0 ||
		fclose(out))
		err(125, "%s", *argv);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
