/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/spawn-wait.h"
#include "base/spawn.h"

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

int spawn_show(const char *const argv[], int keep, struct deadline deadline)
{
	pid_t pid = -1;
	int err = start(argv, keep, &pid);

	return err < 0 ? err : spawn_wait(pid, true, deadline);
}
