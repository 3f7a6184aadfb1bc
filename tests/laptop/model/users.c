/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is who inside the sandbox. */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model.h"
#include "sandbox.h"

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(125, "%s", path);
	close(fd);
}

/* Only from outside can more than ourselves be mapped: root, and nobody as an ordinary user. */
static void map_more(pid_t pid, const char *which, bool all)
{
	const char *map = all ? "0 0 65536\n" : "0 0 1\n65534 65534 1\n";
	char *path = text_of("/proc/%d/%s", pid, which);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	free(path);
	if (fd < 0 || write(fd, map, strlen(map)) < 0)
		_exit(1);
	close(fd);
}

/* A child outside that maps users as soon as it reads a byte from FD. */
static pid_t start_mapper(int fd, bool all)
{
	pid_t parent = getpid(), pid = fork();
	char byte;

	if (pid != 0)
		return pid;
	if (read(fd, &byte, 1) != 1)
		_exit(1);
	map_more(parent, "uid_map", all);
	map_more(parent, "gid_map", all);
	_exit(0);
}

static void map_ourselves(uid_t uid, gid_t gid)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "0 %u 1", uid);
	snprintf(gids, sizeof(gids), "0 %u 1", gid);
	write_text("/proc/self/uid_map", uids);
	write_text("/proc/self/gid_map", gids);
}

/* If we may, root and nobody are users inside, else root alone. */
void users_enter(bool all)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	int go[2], status = 1;
	pid_t mapper = -1;

	if (uid == 0 && gid == 0 && pipe2(go, O_CLOEXEC) == 0)
		mapper = start_mapper(go[0], all);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID))
		err(125, "cannot make user, mount and PID namespaces (see kernel.apparmor_restrict_"
			 "unprivileged_userns, kernel.unprivileged_userns_clone)");
	if (!all)
		write_text("/proc/self/setgroups", "deny");
	if (mapper > 0 && write(go[1], "", 1) == 1)
		waitpid(mapper, &status, 0);
	if (mapper > 0) {
		close(go[0]);
		close(go[1]);
	}
	if (status != 0 && all)
		errx(125, "only root can have a laptop with all users");
	if (status != 0)
		map_ourselves(uid, gid);
}
