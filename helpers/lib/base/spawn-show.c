/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/progress.h"
#include "base/relay.h"
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

/* What a person sees of it. */
struct showing {
	struct spawn_watch watch; /* the first, so that it is found by it */
	struct progress progress;
	struct relay relay;
	const char *name, *part;
	dev_t terminal;
};

static void look(struct spawn_watch *watch, bool ending)
{
	struct showing *s = (struct showing *)watch;

	relay_pass(&s->relay, &s->progress);
	watch->fd = s->relay.from;
	if (s->relay.in_line)
		return;
	if (ending)
		progress_show(&s->progress, "%s is being ended", s->name);
	else
		progress_show(&s->progress, "%s is at work%s%s", s->name, s->part ? " on " : "",
			s->part ? s->part : "");
}

/* What goes into a pipe may come to the same terminal, where nobody would get out of its way. */
static bool is_piped(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static bool prepare(struct showing *s, const char *path, const char *part)
{
	const char *slash = strrchr(path, '/');
	struct stat st;

	*s = (struct showing){.watch = {.every = PROGRESS_EVERY, .look = look},
		.relay = {.from = -1},
		.name = slash ? slash + 1 : path,
		.part = part};
	progress_begin(&s->progress);
	if (!s->progress.on || is_piped(STDOUT_FILENO) || fstat(STDERR_FILENO, &st) < 0 ||
		relay_open(&s->relay) < 0)
		return false;
	s->terminal = st.st_rdev;
	s->watch.fd = s->relay.from;
	return true;
}

static bool is_terminal(int fd, dev_t terminal)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == terminal;
}

/* SHOWING is NULL where nobody watches. */
static int set_files(posix_spawn_file_actions_t *files, int keep, const struct showing *showing)
{
	int err = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDWR, 0);

	for (int fd = STDOUT_FILENO; showing && fd <= STDERR_FILENO && err == 0; fd++)
		if (is_terminal(fd, showing->terminal))
			err = posix_spawn_file_actions_adddup2(files, showing->relay.to, fd);
	if (err == 0 && keep >= 0)
		err = posix_spawn_file_actions_adddup2(files, keep, STDERR_FILENO + 1);
	if (err == 0)
		err = posix_spawn_file_actions_addclosefrom_np(
			files, STDERR_FILENO + (keep >= 0 ? 2 : 1));
	return err;
}

static int start(const char *const argv[], int keep, const struct showing *showing, pid_t *pid)
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
	err = set_files(&files, keep, showing);
	if (err == 0)
		err = posix_spawn(pid, argv[0], &files, &attributes,
			(char *const *)(unsigned long)argv, environment.list);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return -err;
}

int spawn_show(const char *const argv[], const char *part, int keep, bool signals,
	struct deadline deadline)
{
	struct showing s;
	bool shown = prepare(&s, argv[0], part);
	pid_t pid = -1;
	int err = start(argv, keep, shown ? &s : NULL, &pid);

	if (shown)
		relay_given(&s.relay);
	if (err == 0)
		err = spawn_wait(pid, signals, shown ? &s.watch : NULL, deadline);
	if (shown)
		relay_close(&s.relay, &s.progress);
	return err;
}
