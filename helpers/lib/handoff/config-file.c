/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/config-file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

/* Links of another installation do not lead out of it. */
static int open_below(const char *root)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	struct open_how how = {
		.flags = (unsigned int)flags,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int dir, fd, err;

	if (!*root)
		return open(CONFIG_FILE, flags);
	dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, dir, CONFIG_FILE, &how, sizeof(how));
	err = errno;
	close(dir);
	errno = err;
	return fd;
}

static int open_config(const char *root, struct msg *why)
{
	int fd = open_below(root);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 && errno == ELOOP)
		return msg_fail(
			why, EPERM, "%s" CONFIG_FILE " is a symbolic link; make it a file", root);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int err = errno;

		if (fd >= 0)
			close(fd);
		return msg_fail(
			why, err, "%s" CONFIG_FILE " cannot be opened: %s", root, strerror(err));
	}
	if (S_ISREG(st.st_mode) && st.st_uid == 0 && !(st.st_mode & 022))
		return fd;
	close(fd);
	return msg_fail(why, EPERM,
		"%s" CONFIG_FILE " must be a regular file of root that only root may write; run "
		"chown root: and chmod 644 on it",
		root);
}

/* Reads the file into TEXT, which the caller frees: NULL if it is missing. Returns 0 or -errno. */
static int read_config(const char *root, char **text, size_t *length, struct msg *why)
{
	int fd = open_config(root, why), err;

	*text = NULL;
	*length = 0;
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	err = file_slurp(fd, CONFIG_BYTES_MAX, text, length);
	close(fd);
	return err < 0 ? msg_fail(why, -err, "%s" CONFIG_FILE " cannot be read: %s", root,
				 err == -EFBIG ? "it is larger than 64 KiB" : strerror(-err))
		       : 0;
}

static int parse(
	const char *root, const char *text, size_t length, struct config **out, struct msg *why)
{
	struct msg reason;
	int err = config_parse(text ? text : "", length, out, &reason);

	return err < 0 ? msg_fail(why, -err, "%s" CONFIG_FILE ", %s", root, reason.text) : 0;
}

int config_load_below(const char *root, struct config **out, struct msg *why)
{
	size_t length;
	char *text;
	int err = read_config(root, &text, &length, why);

	if (err == 0)
		err = parse(root, text, length, out, why);
	free(text);
	return err;
}

int config_load(struct config **out, struct msg *why)
{
	return config_load_below("", out, why);
}

/* A section begins at the margin and with its kind, or the text is refused. */
static bool has_gpus(const char *text, size_t length)
{
	static const char section[] = "\n[gpu";

	return length >= sizeof(section) - 2 &&
	       (memcmp(text, section + 1, sizeof(section) - 2) == 0 ||
		       memmem(text, length, section, sizeof(section) - 1));
}

int config_load_gpus(struct config **out, struct msg *why)
{
	struct config *config = NULL;
	size_t length;
	char *text;
	int err = read_config("", &text, &length, why);

	if (err == 0 && has_gpus(text, length))
		err = parse("", text, length, &config, why);
	free(text);
	if (err == 0)
		*out = config;
	return err;
}
