/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/time.h>
#include <unistd.h>

int file_slurp(int fd, size_t max, char **out, size_t *length)
{
	size_t size = 0, n = 0;
	char *text = NULL;

	for (;;) {
		ssize_t got;

		if (size - n < 2) {
			size_t bigger = size ? size * 2 : 16384;
			char *moved;

			if (n > max)
				break;
			moved = realloc(text, bigger);
			if (!moved)
				goto no_memory;
			text = moved;
			size = bigger;
		}
		got = read(fd, text + n, size - n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int err = errno;

			free(text);
			return -err;
		}
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > max)
			break;
	}
	if (n > max) {
		free(text);
		return -EFBIG;
	}
	text[n] = '\0';
	*out = text;
	*length = n;
	return 0;
no_memory:
	free(text);
	return -ENOMEM;
}

int file_read(int dir, const char *path, char *buffer, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	size_t n = 0;
	ssize_t got;
	int err = 0;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, buffer + n, size - n);
		if (got > 0)
			n += (size_t)got;
		else if (got < 0 && errno != EINTR)
			err = errno;
	} while (n < size && (got > 0 || (got < 0 && !err)));
	close(fd);
	if (err)
		return -err;
	if (n >= size)
		return -EFBIG;
	buffer[n] = '\0';
	return (int)n;
}

int file_write_all(int fd, const char *text, size_t length)
{
	ssize_t n;

	do
		n = write(fd, text, length);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -EIO;
}

int file_fill(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

static void wake(int signal)
{
	(void)signal;
}

/*
 * Neither lock takes a time-out, so a timer's signal ends the wait. It comes again every 100 ms:
 * one that fires just before the wait begins is not the last.
 */
static int wait_for_lock(
	int (*lock)(int fd, void *argument), int fd, void *argument, struct deadline deadline)
{
	static const struct itimerval every = {{0, 100000}, {0, 100000}}, never;
	const struct sigaction quiet = {.sa_handler = wake};
	struct sigaction before;
	sigset_t alarm, mask;
	int err = 0;

	sigaction(SIGALRM, &quiet, &before);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm, &mask);
	setitimer(ITIMER_REAL, &every, NULL);
	while (lock(fd, argument) < 0) {
		err = errno;
		if (err == EINTR && deadline_left(deadline) == 0)
			err = ETIMEDOUT;
		if (err != EINTR)
			break;
		err = 0;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGALRM, &before, NULL);
	return -err;
}

static int lock_whole(int fd, void *argument)
{
	(void)argument;
	return flock(fd, LOCK_EX);
}

int file_lock(int fd, struct deadline deadline)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return -errno;
	return wait_for_lock(lock_whole, fd, NULL, deadline);
}

static int lock_range(int fd, void *argument)
{
	return fcntl(fd, F_OFD_SETLKW, (struct flock *)argument);
}

int file_lock_byte(int fd, long long at, struct deadline deadline)
{
	struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};

	if (fcntl(fd, F_OFD_SETLK, &range) == 0)
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return -errno;
	return wait_for_lock(lock_range, fd, &range, deadline);
}

bool file_is_locked(int fd, long long at)
{
	struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};

	return fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}
