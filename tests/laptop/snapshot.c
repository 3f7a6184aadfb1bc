/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * snapshot [DIR]: prints the tree below DIR (/sys) as sorted text: directories, links with their
 * targets, files with their content. /sys/kernel/laptop is left out.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void print_content(const char *path, const unsigned char *text, size_t length)
{
	size_t lines = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n') {
			lines++;
		} else if ((text[i] < ' ' || text[i] > '~') && text[i] != '\t') {
			printf("%s = hex ", path);
			for (i = 0; i < length; i++)
				printf("%02x", text[i]);
			putchar('\n');
			return;
		}
	}
	printf("%s =%s", path, lines > 1 ? "\n" : " ");
	for (size_t start = 0; start < length;) {
		const unsigned char *end = memchr(text + start, '\n', length - start);
		size_t part = end ? (size_t)(end - text) - start : length - start;

		printf("%s%.*s\n", lines > 1 ? "  | " : "", (int)part, text + start);
		start += part + 1;
	}
	if (!length || text[length - 1] != '\n')
		printf("%s", length ? "  (no newline)\n" : "(empty)\n");
}

static void print_file(int dir, const char *name, const char *path)
{
	static unsigned char text[64 << 10];
	size_t length = 0;
	ssize_t got = 0;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);

	if (fd < 0) {
		printf("%s ! %s\n", path, strerrorname_np(errno));
		return;
	}
	/* an attribute is read whole by one read */
	got = read(fd, text, sizeof(text));
	if (got > 0)
		length = (size_t)got;
	if (got < 0)
		printf("%s ! %s\n", path, strerrorname_np(errno));
	else
		print_content(path, text, length);
	close(fd);
}

static void print_link(int dir, const char *name, const char *path)
{
	char to[PATH_MAX];
	ssize_t length = readlinkat(dir, name, to, sizeof(to));

	if (length < 0)
		printf("%s ! %s\n", path, strerrorname_np(errno));
	else
		printf("%s -> %.*s\n", path, (int)length, to);
}

static void print_directory(int dir, const char *path);

static void print_entry(int dir, const struct dirent *entry, const char *path)
{
	unsigned char type = entry->d_type;
	struct stat st;
	int below;

	if (type == DT_UNKNOWN && !fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
		type = (unsigned char)IFTODT(st.st_mode);
	switch (type) {
	case DT_DIR:
		printf("%s/\n", path);
		below = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (below < 0)
			printf("%s ! %s\n", path, strerrorname_np(errno));
		else
			print_directory(below, path);
		break;
	case DT_LNK:
		print_link(dir, entry->d_name, path);
		break;
	case DT_REG:
		print_file(dir, entry->d_name, path);
		break;
	default:
		if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			printf("%s ! %s\n", path, strerrorname_np(errno));
		else
			printf("%s node %o %u:%u\n", path, st.st_mode, major(st.st_rdev),
				minor(st.st_rdev));
	}
}

static int is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Closes DIR. */
static void print_directory(int dir, const char *path)
{
	struct dirent **entries;
	int count = scandirat(dir, ".", &entries, is_entry, by_bytes);

	if (count < 0)
		err(1, "%s", path);
	for (int i = 0; i < count; i++) {
		char *name;

		if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0)
			err(1, "asprintf");
		if (strcmp(name, "/sys/kernel/laptop"))
			print_entry(dir, entries[i], name);
		free(name);
		free(entries[i]);
	}
	free(entries);
	close(dir);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "/sys";
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (argc > 2 || dir < 0)
		err(1, "%s", path);
	print_directory(dir, path);
	return fflush(stdout) ? 1 : 0;
}
