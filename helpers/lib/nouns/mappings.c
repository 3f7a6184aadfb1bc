/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "nouns/task.h"

/* PROCMAP_QUERY of linux/fs.h, in kernels since 6.11: one mapping as a struct, found by flags. */
struct procmap_query {
	uint64_t size, query_flags, query_addr;
	uint64_t vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	uint32_t dev_major, dev_minor, vma_name_size, build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};
#define PROCMAP_QUERY _IOWR('f', 17, struct procmap_query)
enum { VMA_SHARED = 0x08, COVERING_OR_NEXT_VMA = 0x10, FILE_BACKED_VMA = 0x20 };

/* One shared mapping of a file. */
struct mapping {
	unsigned long long start, end, dev, inode;
	const char *path; /* NULL: query_path knows */
};

/* What the kernel calls the file of the mapping; NULL if that is gone. */
static const char *query_path(int maps, const struct mapping *mapping, char out[static PATH_MAX])
{
	struct procmap_query query = {.size = sizeof(query),
		.query_addr = mapping->start,
		.vma_name_size = PATH_MAX,
		.vma_name_addr = (uintptr_t)out};

	return ioctl(maps, PROCMAP_QUERY, &query) == 0 && query.vma_name_size ? out : NULL;
}

/*
 * Looks at the mapped file: by its link in map_files, which is the file itself but asks for
 * CAP_CHECKPOINT_RESTORE in the first user namespace, else by its path.
 */
static void look_at_mapping(
	struct scan *scan, const char *id, int maps, const struct mapping *mapping)
{
	char link[PATH_MAX + 32], name[PATH_MAX];
	const char *path;
	int found;

	/* a GPU's client maps the same node many times in a row */
	if (mapping->dev == scan->last_dev && mapping->inode == scan->last_inode)
		return;
	snprintf(link, sizeof(link), "%s/map_files/%llx-%llx", id, mapping->start, mapping->end);
	found = scan_look(scan, scan->proc, link);
	if (found == -EPERM || found == -EACCES) {
		path = mapping->path ? mapping->path : query_path(maps, mapping, name);
		if (!path || path[0] != '/')
			return;
		scan->mapped = path;
		snprintf(link, sizeof(link), "%s/root%s", id, path);
		found = scan_look(scan, scan->proc, link);
		scan->mapped = NULL;
	}
	if (found > 0) {
		scan->last_dev = mapping->dev;
		scan->last_inode = mapping->inode;
	}
}

/* Asks for one shared mapping after the other. Returns 1 (without memory of its own the task has no
 * maps to ask), or -errno: -ENOTTY in older kernels. */
static int query_mappings(struct scan *scan, const char *id, int maps)
{
	struct procmap_query query = {.size = sizeof(query),
		.query_flags = VMA_SHARED | COVERING_OR_NEXT_VMA | FILE_BACKED_VMA};

	while (ioctl(maps, PROCMAP_QUERY, &query) == 0) {
		struct mapping mapping = {.start = query.vma_start,
			.end = query.vma_end,
			.dev = makedev(query.dev_major, query.dev_minor),
			.inode = query.inode};

		look_at_mapping(scan, id, maps, &mapping);
		query.query_addr = query.vma_end;
		query.vma_name_size = 0;
	}
	return errno == ENOENT ? 1 : -errno;
}

/* One line of maps, "START-END PERMS OFFSET MAJOR:MINOR INODE PATH". */
static void scan_line(struct scan *scan, const char *id, int maps, const char *line)
{
	const char *perms = strchr(line, ' '), *path;
	struct mapping mapping;
	unsigned int high, low;

	if (!perms || strnlen(perms, 5) < 5 || perms[4] != 's')
		return;
	path = strchr(perms, '/');
	if (!path || sscanf(line, "%llx-%llx %*s %*s %x:%x %llu", &mapping.start, &mapping.end,
			     &high, &low, &mapping.inode) != 5)
		return;
	mapping.dev = makedev(high, low);
	mapping.path = path;
	look_at_mapping(scan, id, maps, &mapping);
}

/* Takes the whole lines off the N bytes in the buffer; returns what is left at its start. */
static size_t scan_lines(struct scan *scan, const char *id, int maps, size_t n)
{
	char *line = scan->maps, *end;

	while ((end = memchr(line, '\n', n - (size_t)(line - scan->maps)))) {
		*end = '\0';
		scan_line(scan, id, maps, line);
		line = end + 1;
	}
	n -= (size_t)(line - scan->maps);
	if (n == sizeof(scan->maps)) /* longer than four times PATH_MAX: not a line of maps */
		return 0;
	memmove(scan->maps, line, n);
	return n;
}

/* The same from the text. Returns whether there is any mapping, or -errno. */
static int read_mappings(struct scan *scan, const char *id, int maps)
{
	size_t have = 0;
	ssize_t n;
	int any = 0;

	do {
		n = read(maps, scan->maps + have, sizeof(scan->maps) - have);
		if (n > 0) {
			any = 1;
			have = scan_lines(scan, id, maps, have + (size_t)n);
		}
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : any;
}

int scan_mappings(struct scan *scan, const char *id)
{
	char path[32];
	int maps, err;

	snprintf(path, sizeof(path), "%s/maps", id);
	maps = openat(scan->proc, path, O_RDONLY | O_CLOEXEC);
	if (maps < 0)
		return scan_excuse(scan, -errno);
	scan->last_dev = scan->last_inode = 0;
	err = scan->no_query ? -ENOTTY : query_mappings(scan, id, maps);
	if (err == -ENOTTY) {
		scan->no_query = true;
		err = read_mappings(scan, id, maps);
	}
	close(maps);
	return err < 0 ? scan_excuse(scan, err) : err;
}
