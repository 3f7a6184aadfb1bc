/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hold [OPTION]... NAME PATH...: a process called NAME that uses devices until it is killed.
 *
 * --path          open with O_PATH: for nodes that nobody can open
 * --map           map each file, shared, and close it again (of /dev/zero shared memory comes of
 * it)
 * --private       with --map: map it private (of a character device the only way to see its path)
 * --pid FILE      write the PID to FILE when all is held; without it, print it
 * --cgroup TEXT   /proc/PID/cgroup reads TEXT (for root of a user and mount namespace)
 * --unit UNIT     be of that unit: its cgroup, and the stand-in systemctl ends us when it stops it
 * --until FILE    let go and end when FILE vanishes, as a compositor does on a device's remove
 *
 * In the simulated laptop the model is told what is held. The program goes to the background once
 * it holds, so that a script needs no wait.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct options {
	bool path, map, private;
	char *pid, *cgroup, *unit, *until;
} options;

static void write_text(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
}

static void hold(const char *path)
{
	int fd = open(path, (options.path ? O_PATH : O_RDONLY | O_NONBLOCK) | O_CLOEXEC);
	struct stat st;
	char line[64];

	/* what cannot be read may be written: /dev/full and others can both */
	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", path);
	if (options.map) {
		if (mmap(NULL, 4096, PROT_READ, options.private ? MAP_PRIVATE : MAP_SHARED, fd,
			    0) == MAP_FAILED)
			err(1, "map %s", path);
		close(fd);
	}
	if ((S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) && !access("/sys/kernel/laptop", F_OK)) {
		snprintf(line, sizeof(line), "hold %u:%u\n", major(st.st_rdev), minor(st.st_rdev));
		write_text("/sys/kernel/laptop", 0, line);
	}
}

static void set_cgroup(const char *text)
{
	char file[] = "/run/laptop-cgroup-XXXXXX", path[64];
	int fd = mkstemp(file);

	if (fd < 0 || dprintf(fd, "%s\n", text) < 0)
		err(1, "%s", file);
	close(fd);
	snprintf(path, sizeof(path), "/proc/%d/cgroup", getpid());
	if (mount(file, path, NULL, MS_BIND, NULL))
		err(1, "mount on %s", path);
	unlink(file);
}

static void join_unit(const char *unit)
{
	char text[512], path[512];

	snprintf(text, sizeof(text), "0::/system.slice/%s", unit);
	set_cgroup(text);
	snprintf(path, sizeof(path), "/run/laptop-unit/%s", unit);
	snprintf(text, sizeof(text), "%d\n", getpid());
	write_text(path, O_CREAT | O_APPEND, text);
}

/* Ends when the file is no more. */
static void wait_until_gone(char *file)
{
	char *directory = strdup(file), event[4096];
	int fd = inotify_init1(IN_CLOEXEC);

	if (!directory || fd < 0 || inotify_add_watch(fd, dirname(directory), IN_DELETE) < 0)
		err(1, "%s", file);
	free(directory);
	while (!access(file, F_OK))
		if (read(fd, event, sizeof(event)) < 0 && errno != EINTR)
			err(1, "inotify");
}

static int parse(int argc, char **argv)
{
	static const struct option names[] = {
		{"path", no_argument, NULL, 'p'},
		{"map", no_argument, NULL, 'm'},
		{"private", no_argument, NULL, 'P'},
		{"pid", required_argument, NULL, 'i'},
		{"cgroup", required_argument, NULL, 'c'},
		{"unit", required_argument, NULL, 'u'},
		{"until", required_argument, NULL, 'g'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", names, NULL)) != -1)
		switch (option) {
		case 'p':
			options.path = true;
			break;
		case 'm':
			options.map = true;
			break;
		case 'P':
			options.private = true;
			break;
		case 'i':
			options.pid = optarg;
			break;
		case 'c':
			options.cgroup = optarg;
			break;
		case 'u':
			options.unit = optarg;
			break;
		case 'g':
			options.until = optarg;
			break;
		default:
			exit(2);
		}
	if (argc - optind < 2)
		errx(2, "usage: hold [OPTION]... NAME PATH...");
	return optind;
}

/* The child: holds, says so on READY, stays. */
static void stay(char **argv, int ready)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_NAME, *argv);
	for (char **path = argv + 1; *path; path++)
		hold(*path);
	if (options.cgroup)
		set_cgroup(options.cgroup);
	if (options.unit)
		join_unit(options.unit);
	/* a script that reads our output must not wait for us */
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
	if (write(ready, "", 1) != 1)
		exit(1);
	close(ready);
	if (options.until)
		wait_until_gone(options.until);
	else
		for (;;)
			pause();
}

int main(int argc, char **argv)
{
	int first = parse(argc, argv), ready[2];
	char line[32], byte;
	pid_t child;

	if (pipe2(ready, O_CLOEXEC))
		err(1, "pipe");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		close(ready[0]);
		setsid();
		stay(argv + first, ready[1]);
		return 0;
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return 1;
	snprintf(line, sizeof(line), "%d\n", child);
	if (options.pid)
		write_text(options.pid, O_CREAT | O_TRUNC, line);
	else if (fputs(line, stdout) < 0)
		return 1;
	return 0;
}
