/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

enum { TRIES = 100 };

int tree_open(const char *root, struct tree *out, struct msg *why)
{
	struct stat here, running;
	char path[PATH_MAX];
	int fd;

	if (!realpath(root, path))
		return msg_fail(why, errno, "%s: %s", root, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &here) < 0 || stat("/", &running) < 0) {
		int err = errno;

		if (fd >= 0)
			close(fd);
		return msg_fail(why, err, "%s: %s", root, strerror(err));
	}
	out->fd = fd;
	out->running = here.st_dev == running.st_dev && here.st_ino == running.st_ino;
	memcpy(out->root, path, sizeof(path));
	if (out->running)
		*out->root = '\0';
	return 0;
}

void tree_close(struct tree *tree)
{
	close(tree->fd);
	tree->fd = -1;
}

int tree_resolve(const struct tree *tree, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd, tries = 0;

	/* EAGAIN: somebody renamed a directory meanwhile, and the kernel cannot be sure */
	do
		fd = (int)syscall(SYS_openat2, tree->fd, path, &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR) && ++tries < TRIES);
	return fd < 0 ? -errno : fd;
}

bool tree_exists(const struct tree *tree, const char *path)
{
	int fd = tree_resolve(tree, path, O_PATH);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool tree_contains(const struct tree *tree, const char *path, const char *text)
{
	int fd = tree_resolve(tree, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	bool found = false;
	size_t length;
	char *have;

	if (fd < 0)
		return false;
	if (file_slurp(fd, TREE_TEXT_MAX, &have, &length) == 0) {
		found = memmem(have, length, text, strlen(text)) != NULL;
		free(have);
	}
	close(fd);
	return found;
}

int tree_read(const struct tree *tree, const char *path, char **out, struct timespec *time)
{
	int fd = tree_resolve(tree, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY), err;
	struct stat st;
	size_t length;
	char *text = NULL;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else
		err = S_ISREG(st.st_mode) ? file_slurp(fd, TREE_TEXT_MAX, &text, &length) : -ELOOP;
	close(fd);
	if (err < 0)
		return err;
	if (time)
		*time = st.st_mtim;
	*out = text;
	return 0;
}

/* The directory of PATH, open, and the name of what a new file is called there until it is done. */
static int open_parent(const struct tree *tree, const char *path, char temporary[static NAME_MAX])
{
	const char *name = strrchr(path, '/') + 1;
	char parent[PATH_MAX];

	if (snprintf(parent, sizeof(parent), "%.*s", (int)(name - path), path) >=
			(int)sizeof(parent) ||
		snprintf(temporary, NAME_MAX, ".%s.new", name) >= NAME_MAX)
		return -ENAMETOOLONG;
	return tree_resolve(tree, parent, O_RDONLY | O_DIRECTORY);
}

static int fill(int fd, const char *text, const struct timespec *time)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_OMIT}};
	int err = file_fill(fd, text, strlen(text));

	if (time)
		times[1] = *time;
	if (err < 0)
		return err;
	if (fchown(fd, 0, 0) < 0 || fchmod(fd, 0644) < 0 || futimens(fd, times) < 0 ||
		fsync(fd) < 0)
		return -errno;
	return 0;
}

int tree_publish(
	const struct tree *tree, const char *path, const char *text, const struct timespec *time)
{
	char temporary[NAME_MAX];
	int parent = open_parent(tree, path, temporary), fd, err;

	if (parent < 0)
		return parent;
	if (unlinkat(parent, temporary, 0) < 0 && errno != ENOENT) {
		err = -errno;
		goto close_parent;
	}
	fd = openat(parent, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		err = -errno;
		goto close_parent;
	}
	err = fill(fd, text, time);
	close(fd);
	if (err == 0 && renameat(parent, temporary, parent, strrchr(path, '/') + 1) < 0)
		err = -errno;
	if (err < 0)
		unlinkat(parent, temporary, 0);
	else
		fsync(parent);
close_parent:
	close(parent);
	return err;
}

int tree_remove(const struct tree *tree, const char *path)
{
	char temporary[NAME_MAX];
	int parent = open_parent(tree, path, temporary), err = 0;

	if (parent < 0)
		return parent == -ENOENT ? 0 : parent;
	if (unlinkat(parent, strrchr(path, '/') + 1, 0) < 0)
		err = errno == ENOENT ? 0 : -errno;
	else
		fsync(parent);
	close(parent);
	return err;
}

void tree_clean(const struct tree *tree, const char *path)
{
	char temporary[NAME_MAX];
	int parent = open_parent(tree, path, temporary);

	if (parent < 0)
		return;
	unlinkat(parent, temporary, 0);
	close(parent);
}

void tree_missing(const struct tree *tree, const char *path, char out[static PATH_MAX])
{
	for (const char *end = strchr(path + 1, '/'); end; end = strchr(end + 1, '/')) {
		snprintf(out, PATH_MAX, "%.*s", (int)(end - path), path);
		if (!tree_exists(tree, out))
			return;
	}
	*out = '\0';
}

int tree_make_parents(const struct tree *tree, const char *path)
{
	char missing[PATH_MAX], unused[NAME_MAX];

	for (;;) {
		int parent, err = 0;

		tree_missing(tree, path, missing);
		if (!*missing)
			return 0;
		parent = open_parent(tree, missing, unused);
		if (parent < 0)
			return parent;
		if (mkdirat(parent, strrchr(missing, '/') + 1, 0755) < 0 ||
			fchmodat(parent, strrchr(missing, '/') + 1, 0755, 0) < 0)
			err = -errno;
		else
			fsync(parent);
		close(parent);
		if (err < 0)
			return err;
	}
}

int tree_remove_directory(const struct tree *tree, const char *path)
{
	char unused[NAME_MAX];
	int parent = open_parent(tree, path, unused), err = 0;

	if (parent < 0)
		return parent;
	if (unlinkat(parent, strrchr(path, '/') + 1, AT_REMOVEDIR) < 0)
		err = -errno;
	else
		fsync(parent);
	close(parent);
	return err;
}

int tree_replace(const struct tree *tree, const char *from, const char *to)
{
	char unused[NAME_MAX];
	int parent = open_parent(tree, to, unused), fd, err = 0;

	if (parent < 0)
		return parent;
	fd = openat(parent, strrchr(from, '/') + 1, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0 ||
		renameat(parent, strrchr(from, '/') + 1, parent, strrchr(to, '/') + 1) < 0 ||
		fsync(parent) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	close(parent);
	return err;
}
