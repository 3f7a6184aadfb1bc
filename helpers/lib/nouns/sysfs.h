/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Attributes of sysfs (Documentation/filesystems/sysfs.rst): one read(2) and one write(2) each.
 * The path is made from FORMAT; one longer than PATH_MAX is -ENAMETOOLONG.
 */

/* The attribute's text without its last newline. Returns 0, -EFBIG if it does not fit, or -errno
 * (OUT untouched). */
int sysfs_read(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for PATH relative to DIR, as in openat(2): for whoever reads many of one device. */
int sysfs_read_at(int dir, const char *path, char *out, size_t size);

/* An attribute that is a number, decimal or with 0x. Returns 0, -EINVAL or -errno. */
int sysfs_number(unsigned long long *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

int sysfs_number_at(int dir, const char *path, unsigned long long *out);

/* Writes all of TEXT. Returns 0, -EIO if the kernel took a part of it, or -errno. May block for
 * as long as the kernel likes: call it in a child with a deadline. */
int sysfs_write(const char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The last component of what a symbolic link points at. Returns 0, -ENAMETOOLONG or -errno. */
int sysfs_link(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

int sysfs_link_at(int dir, const char *path, char *out, size_t size);

bool sysfs_exists(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The names in a directory, but for those that begin with a dot, sorted by strcmp. *NAMES is one
 * allocation that the caller frees. Returns how many, -E2BIG for more than MAX, -ENOMEM or -errno
 * (NAMES untouched).
 */
int sysfs_list(char ***names, size_t max, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
