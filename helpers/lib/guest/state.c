/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/file.h"
#include "base/program.h"
#include "base/publish.h"
#include "formats/domain.h"

#define LEFT_OVER ".gpu-handoff-" /* what publish names a file that is not complete */

static const struct {
	const char *name;
	mode_t mode;
} files[STATE_FILES] = {
	[STATE_PREVIOUS] = {"previous.xml", 0600},
	[STATE_DEFINED] = {"defined.xml", 0600},
	[STATE_VBIOS] = {"vbios.rom", 0644},
	[STATE_VGPU_ROM] = {"vgpu.rom", 0644},
};

void guest_path(const char *uuid, enum state_file file, char out[static STATE_PATH_SIZE])
{
	snprintf(out, STATE_PATH_SIZE, STATE_DIR "/%.36s/%s", uuid, files[file].name);
}

static void directory_path(const char *uuid, char out[static STATE_PATH_SIZE])
{
	snprintf(out, STATE_PATH_SIZE, STATE_DIR "/%.36s", uuid);
}

static int check(int fd, mode_t type, const char *path, struct msg *why)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return msg_fail(why, errno, "%s: %s", path, strerror(errno));
	if ((st.st_mode & S_IFMT) != type || st.st_uid != 0 || (st.st_mode & 022))
		return msg_fail(why, EPERM,
			"%s is not root's own or others may write it; nothing was done: remove it "
			"if you do not know it",
			path);
	return 0;
}

/* Opens a directory, which is made if CREATE; -ENOENT without WHY if it is not there. */
static int open_directory(const char *path, bool create, struct msg *why)
{
	int fd, err;

	if (create && mkdir(path, 0711) < 0 && errno != EEXIST)
		return msg_fail(why, errno, "%s cannot be made: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return msg_fail(why, errno,
			"%s cannot be opened: %s; it must be a directory of root", path,
			strerror(errno));
	err = check(fd, S_IFDIR, path, why);
	if (err == 0 && create && fchmod(fd, 0711) < 0)
		err = msg_fail(why, errno, "%s: %s", path, strerror(errno));
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

int guest_lock(struct deadline deadline, struct msg *why)
{
	int fd = open_directory(STATE_DIR, true, why), err;

	if (fd < 0)
		return fd;
	program_interruptible(true);
	err = file_lock(fd, deadline);
	program_interruptible(false);
	if (err == 0)
		return fd;
	close(fd);
	if (err == -ETIMEDOUT)
		return msg_fail(why, ETIMEDOUT,
			"another gpu-handoff-guest has held the lock of " STATE_DIR
			" for too long; see what it is doing (ps) and try again");
	return msg_fail(why, -err, STATE_DIR " cannot be locked: %s", strerror(-err));
}

/* libvirt gives a ROM to QEMU's user while the guest runs. */
static int check_file(int fd, enum state_file file, const char *path, struct msg *why)
{
	struct stat st;

	if (file == STATE_PREVIOUS || file == STATE_DEFINED)
		return check(fd, S_IFREG, path, why);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	return msg_fail(why, EPERM, "%s is no regular file; remove it", path);
}

int guest_read(const char *uuid, enum state_file file, char **out, size_t *length, struct msg *why)
{
	char path[STATE_PATH_SIZE];
	int dir, fd, err;

	directory_path(uuid, path);
	dir = open_directory(path, false, why);
	if (dir < 0)
		return dir;
	guest_path(uuid, file, path);
	fd = openat(
		dir, files[file].name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	err = fd < 0 ? -errno : 0;
	close(dir);
	if (err == -ENOENT)
		return err;
	if (err < 0)
		return msg_fail(why, -err, "%s cannot be opened: %s", path, strerror(-err));
	err = check_file(fd, file, path, why);
	if (err == 0) {
		err = file_slurp(fd, DOMAIN_BYTES_MAX, out, length);
		if (err < 0)
			msg_fail(why, -err, "%s cannot be read: %s", path, strerror(-err));
	}
	close(fd);
	return err;
}

int guest_write(
	const char *uuid, enum state_file file, const void *bytes, size_t length, struct msg *why)
{
	char path[STATE_PATH_SIZE];
	int dir, err;

	directory_path(uuid, path);
	dir = open_directory(path, true, why);
	if (dir < 0)
		return dir;
	guest_path(uuid, file, path);
	err = publish(path, bytes, length, files[file].mode, true);
	if (err == 0 && fsync(dir) < 0)
		err = -errno;
	close(dir);
	return err < 0 ? msg_fail(why, -err, "%s cannot be written: %s; see df " STATE_DIR, path,
				 strerror(-err))
		       : 0;
}

static void remove_left_over(const char *path)
{
	struct directory directory;
	const struct dirent64 *entry;

	if (directory_open(&directory, AT_FDCWD, path) < 0)
		return;
	while ((entry = directory_next(&directory)))
		if (strncmp(entry->d_name, LEFT_OVER, strlen(LEFT_OVER)) == 0)
			unlinkat(directory.fd, entry->d_name, 0);
	directory_close(&directory);
}

int guest_remove(const char *uuid, enum state_file file, struct msg *why)
{
	char path[STATE_PATH_SIZE];

	guest_path(uuid, file, path);
	if (unlink(path) < 0 && errno != ENOENT)
		return msg_fail(why, errno, "%s cannot be removed: %s", path, strerror(errno));
	directory_path(uuid, path);
	remove_left_over(path);
	if (rmdir(path) < 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST)
		return msg_fail(why, errno, "%s cannot be removed: %s", path, strerror(errno));
	return 0;
}
