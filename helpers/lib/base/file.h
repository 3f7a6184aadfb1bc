/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"

/*
 * Reads what is left of FD, at most MAX bytes, into memory of its own that the caller frees; the
 * text is terminated with a NUL that LENGTH does not count. Returns 0, -EFBIG if there is more
 * than MAX, -ENOMEM or read's error (OUT untouched).
 */
int file_slurp(int fd, size_t max, char **out, size_t *length);

/*
 * Reads the whole file PATH (O_NOFOLLOW, O_NONBLOCK; relative to DIR as in openat(2)) into BUFFER
 * and terminates it. Returns the number of bytes, or -errno: -EFBIG if it does not fit.
 */
int file_read(int dir, const char *path, char *buffer, size_t size);

/* One write(2) of all of TEXT to FD: 0, or -errno (-EIO if the kernel took only a part). */
int file_write_all(int fd, const char *text, size_t length);

/* Writes all of BYTES to a file FD, in as many writes as that takes. Returns 0 or -errno. */
int file_fill(int fd, const char *bytes, size_t length);

/*
 * Waits for an exclusive flock(2) on FD. Returns 0, -ETIMEDOUT at the deadline, or -errno.
 */
int file_lock(int fd, struct deadline deadline);

/*
 * Waits for an exclusive lock on byte AT of FD (F_OFD_SETLKW of fcntl(2): it belongs to the open
 * file, is shared with children and ends with the last descriptor). FD must be open for writing.
 * Returns 0, -ETIMEDOUT or -errno.
 */
int file_lock_byte(int fd, long long at, struct deadline deadline);

/* Has anybody that lock on byte AT? FD may be open for reading alone, and no lock is taken
 * (F_OFD_GETLK). */
bool file_is_locked(int fd, long long at);
