/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A directory of the test's own that plays a part of sysfs. */
static inline char *tree_new(void)
{
	char path[] = "/tmp/gpu-handoff-tree-XXXXXX";

	assert_non_null(mkdtemp(path));
	return strdup(path);
}

static inline void tree_remove(char *tree)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", tree, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	free(tree);
}

/* Makes every directory above the last component of PATH, in TREE; the whole path is in OUT. */
static inline void tree_parents(const char *tree, const char *path, char out[static 4096])
{
	snprintf(out, 4096, "%s/%s", tree, path);
	for (char *slash = strchr(out + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(out, 0755) < 0 && errno != EEXIST)
			fail_msg("%s: %s", out, strerror(errno));
		*slash = '/';
	}
}

static inline void tree_write(const char *tree, const char *path, const char *text)
{
	char whole[4096];
	FILE *file;

	tree_parents(tree, path, whole);
	file = fopen(whole, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline void tree_link(const char *tree, const char *path, const char *target)
{
	char whole[4096];

	tree_parents(tree, path, whole);
	assert_int_equal(symlink(target, whole), 0);
}

/* A device directory as sysfs has it. */
static inline void tree_device(
	const char *tree, const char *path, const char *number, const char *subsystem)
{
	char file[2048], target[256];

	snprintf(file, sizeof(file), "%s/dev", path);
	tree_write(tree, file, number);
	snprintf(file, sizeof(file), "%s/subsystem", path);
	snprintf(target, sizeof(target), "../../class/%s", subsystem);
	tree_link(tree, file, target);
}

static inline bool tree_put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	bool done = file && fputs(text, file) >= 0;

	return file && fclose(file) == 0 && done;
}

/* Mounts of our own: in a user namespace, as its root, if we are not root. */
static inline bool tree_unshare(void)
{
	char uid[32], gid[32];

	if (geteuid() != 0) {
		snprintf(uid, sizeof(uid), "0 %u 1\n", geteuid());
		snprintf(gid, sizeof(gid), "0 %u 1\n", getegid());
		if (unshare(CLONE_NEWNS | CLONE_NEWUSER) < 0 ||
			!tree_put("/proc/self/setgroups", "deny\n") ||
			!tree_put("/proc/self/uid_map", uid) ||
			!tree_put("/proc/self/gid_map", gid))
			return false;
	} else if (unshare(CLONE_NEWNS) < 0) {
		return false;
	}
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/*
 * Runs BODY in a child with mounts of its own. Skips the test where the system forbids that.
 */
static inline void in_own_mounts(void (*body)(void *argument), void *argument)
{
	enum { FORBIDDEN = 77 };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (!tree_unshare())
			_exit(FORBIDDEN);
		body(argument);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == FORBIDDEN) {
		print_message("skip: no mount namespace for us\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* For BODY, where cmocka's assertions cannot end the test. */
#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition,         \
				strerror(errno));                                                  \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)
