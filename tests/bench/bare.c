/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bare LIST: makes the writes and module calls of LIST in its order and does nothing else. LIST is
 * what the simulated laptop's log says of a take and a give-back (tests/laptop/model/control.c):
 *
 *   write PATH "TEXT" -> 0     TEXT may end in \n
 *   load NAME -> 0             from /lib/modules/RELEASE/kernel/NAME.ko
 *   unload NAME -> 0
 *
 * Fails at the first that does not succeed, and at a line that did not succeed in the log.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static void write_file(const char *path, char *text)
{
	char *newline = strstr(text, "\\n");
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (newline)
		strcpy(newline, "\n");
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s", path);
	close(fd);
}

static void load(const char *name)
{
	static struct utsname system;
	char path[512];
	int fd;

	if (!*system.release && uname(&system) < 0)
		err(1, "uname");
	snprintf(path, sizeof(path), "/lib/modules/%s/kernel/%s.ko", system.release, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
		err(1, "%s", path);
	close(fd);
}

static void unload(const char *name)
{
	if (syscall(SYS_delete_module, name, O_NONBLOCK) < 0)
		err(1, "%s", name);
}

static void run_line(char *line)
{
	char *verb = strsep(&line, " "), *object = strsep(&line, " "), *quote;

	if (!line || strcmp(line + strlen(line) - 4, "-> 0") != 0)
		errx(2, "%s %s: did not succeed", verb, object);
	if (strcmp(verb, "load") == 0) {
		load(object);
	} else if (strcmp(verb, "unload") == 0) {
		unload(object);
	} else if (strcmp(verb, "write") == 0 && *line == '"' && (quote = strchr(++line, '"'))) {
		*quote = '\0';
		write_file(object, line);
	} else {
		errx(2, "%s: what is it?", verb);
	}
}

int main(int argc, char **argv)
{
	static char text[65536];
	char *rest = text, *line;
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		errx(2, "usage: bare LIST");
	while ((line = strsep(&rest, "\n")))
		if (*line)
			run_line(line);
	return 0;
}
