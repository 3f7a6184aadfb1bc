/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

enum {
	FILE_NAME_SIZE = 36 + sizeof(UNDO_SUFFIX),
};

static void file_name(const char *uuid, char out[static FILE_NAME_SIZE])
{
	snprintf(out, FILE_NAME_SIZE, "%.36s" UNDO_SUFFIX, uuid);
}

static struct undo *new_undo(int dir, const char *uuid, int fd)
{
	struct undo *undo = calloc(1, sizeof(*undo));

	if (!undo)
		return NULL;
	undo->dir = dir;
	undo->fd = fd;
	memcpy(undo->uuid, uuid, 36);
	return undo;
}

static int open_as(int mode, int dir, const char *uuid, struct undo **out, struct msg *why)
{
	char name[FILE_NAME_SIZE], path[sizeof(UNDO_DIR) + FILE_NAME_SIZE], *text = NULL;
	struct undo *undo = NULL;
	size_t length;
	int fd, err;

	file_name(uuid, name);
	snprintf(path, sizeof(path), UNDO_DIR "/%s", name);
	fd = openat(dir, name, mode | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 && errno == ELOOP)
		return msg_fail(
			why, EPERM, "%s is a symbolic link; nothing was done: remove it", path);
	if (fd < 0)
		return msg_fail(why, errno, "%s cannot be opened: %s", path, strerror(errno));
	err = undo_check(fd, S_IFREG, path, why);
	if (err == 0 && (err = file_slurp(fd, UNDO_BYTES_MAX, &text, &length)) < 0)
		msg_fail(why, -err, "%s cannot be read: %s", path, strerror(-err));
	if (err == 0 && !(undo = new_undo(dir, uuid, fd)))
		err = msg_fail(why, ENOMEM, "out of memory");
	if (err == 0)
		err = undo_parse(undo, text, why);
	free(text);
	if (err == 0) {
		*out = undo;
		return 0;
	}
	if (undo)
		undo_close(undo);
	else
		close(fd);
	return err;
}

int undo_open(int dir, const char *uuid, struct undo **out, struct msg *why)
{
	return open_as(O_RDWR, dir, uuid, out, why);
}

int undo_look(int dir, const char *uuid, struct undo **out, struct msg *why)
{
	return open_as(O_RDONLY, dir, uuid, out, why);
}

static int write_head(struct undo *undo, const char *escaped, struct msg *why)
{
	char state[UNDO_STATE_SIZE], *head;
	int n, err;

	undo_format_state(undo, state);
	n = asprintf(&head, "gpu-handoff 1\nguest %s %s\n%s", undo->uuid, escaped, state);
	if (n < 0)
		return msg_fail(why, ENOMEM, "out of memory");
	err = file_write_all(undo->fd, head, (size_t)n);
	free(head);
	undo->end = n;
	undo->owner_at = n - (off_t)strlen(state);
	return err < 0 ? msg_fail(why, -err, UNDO_DIR " cannot be written: %s; see df /run",
				 strerror(-err))
		       : 0;
}

int undo_create(int dir, const char *uuid, const char *name, const struct undo_owner *owner,
	struct undo **out, struct msg *why)
{
	char file[FILE_NAME_SIZE], *escaped = malloc(3 * strlen(name) + 1);
	struct undo *undo = NULL;
	int fd = -1, err;

	file_name(uuid, file);
	if (escaped)
		fd = openat(dir, file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		err = escaped ? errno : ENOMEM;
		free(escaped);
		return msg_fail(why, err, UNDO_DIR "/%s cannot be made: %s; see df /run", file,
			strerror(err));
	}
	undo = new_undo(dir, uuid, fd);
	err = undo && (undo->name = strdup(name)) ? 0 : msg_fail(why, ENOMEM, "out of memory");
	if (err == 0) {
		undo->owner = *owner;
		text_escape(name, escaped, 3 * strlen(name) + 1);
		err = write_head(undo, escaped, why);
	}
	free(escaped);
	if (err == 0) {
		*out = undo;
		return 0;
	}
	unlinkat(dir, file, 0);
	if (undo)
		undo_close(undo);
	else
		close(fd);
	return err;
}

int undo_append(struct undo *undo, const struct step *step, struct msg *why)
{
	char text[STEP_TEXT_SIZE + 1];
	struct undo_line *l = &undo->line[undo->lines];
	ssize_t n;
	int err;

	if (undo->lines >= STEPS_MAX)
		return msg_fail(why, E2BIG, "the undo file of this guest has too many lines");
	*l = (struct undo_line){.step = step_inverse(step), .at = undo->end};
	step_format(&l->step, text);
	l->length = strlen(text);
	text[l->length++] = '\n';
	do
		n = pwrite(undo->fd, text, l->length, l->at);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)l->length) {
		undo->lines++;
		undo->end += n;
		return 0;
	}
	err = n < 0 ? errno : ENOSPC;
	if (n > 0 && ftruncate(undo->fd, undo->end) < 0)
		err = errno; /* what stands there has no newline and so counts as never run */
	return msg_fail(why, err, UNDO_DIR " cannot be written: %s; see df /run", strerror(err));
}

struct undo_line *undo_find(struct undo *undo, const struct step *step)
{
	for (size_t i = 0; i < undo->lines; i++)
		if (!undo->line[i].done && step_same_object(&undo->line[i].step, step))
			return &undo->line[i];
	return NULL;
}

int undo_cut(struct undo *undo, struct undo_line *line)
{
	char text[STEP_TEXT_SIZE + 1];

	if (line->at + (off_t)line->length == undo->end) {
		if (ftruncate(undo->fd, line->at) < 0)
			return -errno;
		undo->end = line->at;
	} else {
		memset(text, '#', line->length - 1);
		if (pwrite(undo->fd, text, line->length - 1, line->at) < 0)
			return -errno;
	}
	line->done = true;
	return 0;
}

static int write_state(const struct undo *undo)
{
	char state[UNDO_STATE_SIZE];
	size_t n = undo_format_state(undo, state);

	if (undo->end == 0)
		return 0; /* the head was never finished */
	return pwrite(undo->fd, state, n, undo->owner_at) == (ssize_t)n ? 0 : -EIO;
}

int undo_release(struct undo *undo)
{
	undo->released = true;
	return write_state(undo);
}

int undo_acquire(struct undo *undo, const struct undo_owner *owner)
{
	undo->released = false;
	undo->owner = *owner;
	return write_state(undo);
}

size_t undo_left(const struct undo *undo)
{
	size_t left = 0;

	for (size_t i = 0; i < undo->lines; i++)
		left += !undo->line[i].done;
	return left;
}

size_t undo_finish(struct undo *undo)
{
	char file[FILE_NAME_SIZE];
	size_t left = undo_left(undo);

	file_name(undo->uuid, file);
	if (left == 0)
		unlinkat(undo->dir, file, 0);
	undo_close(undo);
	return left;
}

void undo_close(struct undo *undo)
{
	if (undo->fd >= 0)
		close(undo->fd);
	free(undo->name);
	free(undo);
}

int undo_reopen(const struct undo *undo)
{
	char file[FILE_NAME_SIZE];
	int fd;

	file_name(undo->uuid, file);
	fd = openat(undo->dir, file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
