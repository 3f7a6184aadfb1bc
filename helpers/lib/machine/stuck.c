/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who waits for a move that is under way. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/file.h"
#include "machine/parts.h"

/* The lock of a move, as /proc shows it of every process that has the file open by which it is
 * held. */
struct lock {
	int proc;
	char path[96]; /* of the file */
	unsigned long inode;
	long long at;
};

/* Of proc(5), fdinfo: "lock:\t1: OFDLCK ADVISORY  WRITE -1 00:1a:1234 1099511627776
 * 1099511627776" */
static bool is_lock(const char *text, const struct lock *lock)
{
	unsigned long inode;
	long long at;

	for (const char *line = text; (line = strstr(line, "lock:")); line++)
		if (sscanf(line, "lock: %*d: OFDLCK %*s %*s %*d %*x:%*x:%lu %lld", &inode, &at) ==
				2 &&
			inode == lock->inode && at == lock->at)
			return true;
	return false;
}

/* What a process has that has the lock. */
struct possession {
	bool lock;
	bool directory; /* UNDO_DIR, which spawn_call's child has not */
};

static void look(const struct lock *lock, const char *pid, const char *fd, struct possession *out)
{
	char name[600], text[4096];
	ssize_t n;

	snprintf(name, sizeof(name), "%s/fd/%s", pid, fd);
	n = readlinkat(lock->proc, name, text, sizeof(text) - 1);
	if (n < 0)
		return;
	text[n] = '\0';
	out->directory |= strcmp(text, UNDO_DIR) == 0;
	if (strcmp(text, lock->path) != 0)
		return;
	snprintf(name, sizeof(name), "%s/fdinfo/%s", pid, fd);
	out->lock |= file_read(lock->proc, name, text, sizeof(text)) > 0 && is_lock(text, lock);
}

static struct possession look_all(const struct lock *lock, const char *pid)
{
	struct possession found = {.lock = false};
	struct directory directory;
	const struct dirent64 *entry;
	char path[300];

	snprintf(path, sizeof(path), "%s/fd", pid);
	if (directory_open(&directory, lock->proc, path) < 0)
		return found;
	while ((entry = directory_next(&directory)))
		look(lock, pid, entry->d_name, &found);
	directory_close(&directory);
	return found;
}

bool machine_is_stuck(const struct step *step, const char *path, int file)
{
	struct lock lock = {.at = step_lock_byte(step)};
	const struct dirent64 *entry;
	struct directory directory;
	bool hangs = false, awaited = false;
	struct stat st;

	if (!step_is_moving(step, file) || fstat(file, &st) < 0 ||
		directory_open(&directory, AT_FDCWD, "/proc") < 0)
		return false;
	lock.proc = directory.fd;
	lock.inode = st.st_ino;
	snprintf(lock.path, sizeof(lock.path), "%s", path);
	while ((entry = directory_next(&directory))) {
		struct possession has = {.lock = false};

		if (*entry->d_name >= '1' && *entry->d_name <= '9')
			has = look_all(&lock, entry->d_name);
		awaited |= has.lock && has.directory;
		hangs |= has.lock && !has.directory;
	}
	directory_close(&directory);
	return hangs && !awaited;
}
