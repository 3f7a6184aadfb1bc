/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/hooks.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "handoff/undo.h"

#define OURS SBINDIR "/gpu-handoff-qemu"

enum { SCRIPT_BYTES = 64 << 10 };

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Does a line of TEXT say WORD, not as a part of another word, and not in a comment? */
static bool says(const char *text, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += length) {
		const char *line = at;

		while (line > text && line[-1] != '\n')
			line--;
		line += strspn(line, " \t");
		if (*line != '#' && (at == text || !is_word(at[-1])) && !is_word(at[length]))
			return true;
	}
	return false;
}

static bool says_any(const char *text, const char *const words[])
{
	for (; *words; words++)
		if (says(text, *words))
			return true;
	return false;
}

/* At most SCRIPT_BYTES of it; what else there is does not count. Returns the length or -errno. */
static ssize_t read_start(const char *path, char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t length = 0, n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && length < SCRIPT_BYTES) {
		n = read(fd, text + length, (size_t)(SCRIPT_BYTES - length));
		length += n > 0 ? n : 0;
	}
	close(fd);
	text[length] = '\0';
	return n < 0 ? -EIO : length;
}

static void read_script(const char *path, struct hook *hook)
{
	static const char *const libvirt[] = {
		"virsh", "virt-install", "virt-xml", "virt-clone", NULL};
	static const char *const devices[] = {"driver_override", "unbind", "new_id",
		"nodedev-detach", "mdev_supported_types", "mdevctl", "driverctl", NULL};
	static char text[SCRIPT_BYTES + 1];
	ssize_t length = read_start(path, text);

	hook->unreadable = length < 0;
	if (length < 0)
		return;
	hook->no_program = strncmp(text, "#!", 2) != 0 && strncmp(text, "\177ELF", 4) != 0;
	if (strncmp(text, "#!", 2) != 0)
		return;
	hook->calls_ours = says(text, "gpu-handoff-qemu");
	hook->calls_libvirt = says_any(text, libvirt);
	hook->moves_devices = says_any(text, devices);
}

static bool is_ours(const struct stat *st)
{
	struct stat ours;

	return stat(OURS, &ours) == 0 && ours.st_dev == st->st_dev && ours.st_ino == st->st_ino;
}

static long long milliseconds(const struct timespec *t)
{
	return t->tv_sec * 1000LL + t->tv_nsec / 1000000;
}

static long long changed(const struct stat *st)
{
	return milliseconds(&st->st_ctim);
}

/* One that is a directory or cannot be executed is no hook, and no line. */
static void add(struct hooks *out, const char *name)
{
	struct hook hook = {.runs = true};
	struct stat link, st;
	char path[512];

	if (snprintf(hook.name, sizeof(hook.name), "%s", name) >= (int)sizeof(hook.name))
		return;
	snprintf(path, sizeof(path), HOOKS_DIRECTORY "/%s", name);
	if (lstat(path, &link) < 0)
		return;
	if (stat(path, &st) < 0) {
		hook.dangling = true;
		hook.runs = false;
	} else if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		return;
	} else {
		hook.since = changed(&link) > changed(&st) ? changed(&link) : changed(&st);
		hook.is_ours = is_ours(&st);
		if (!hook.is_ours)
			read_script(path, &hook);
	}
	if (out->count < HOOKS_MAX)
		out->hook[out->count++] = hook;
	else
		out->cut = true;
}

static int is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void hooks_read(struct hooks *out)
{
	struct dirent **entries;
	struct stat st;
	char name[280];
	int n;

	*out = (struct hooks){0};
	add(out, "qemu");
	if (stat(HOOKS_DIRECTORY "/qemu.d", &st) < 0 || !S_ISDIR(st.st_mode)) {
		out->no_directory = errno != EACCES;
		out->error = out->no_directory ? 0 : -EACCES;
		return;
	}
	out->mode = st.st_mode & 07777;
	n = scandir(HOOKS_DIRECTORY "/qemu.d", &entries, is_entry, by_bytes);
	if (n < 0) {
		out->error = -errno;
		return;
	}
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "qemu.d/%s", entries[i]->d_name);
		add(out, name);
		free(entries[i]);
	}
	free(entries);
}

/* When the clock showed the moment TICKS after boot (proc(5), stat field 22). */
static long long clock_at(unsigned long long ticks)
{
	struct timespec now, up;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return milliseconds(&now) - milliseconds(&up) +
	       (long long)(ticks * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK));
}

/* One of a user has other hooks. */
static bool is_daemon(const char *pid, char command[static 16])
{
	char path[300], text[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if (file_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	if ((strcmp(text, "libvirtd") != 0 && strcmp(text, "virtqemud") != 0) ||
		stat(path, &st) < 0 || st.st_uid != 0)
		return false;
	snprintf(command, 16, "%.15s", text);
	return true;
}

void hooks_daemon(struct libvirt_daemon *out)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	*out = (struct libvirt_daemon){0};
	while (proc && out->pid == 0 && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 0 || !is_daemon(entry->d_name, out->command))
			continue;
		out->pid = pid;
		out->since = clock_at(undo_owner_of(pid).start);
	}
	if (proc)
		closedir(proc);
}
