/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gpu-handoff-qemu, the gate: libvirt runs it for every event of every guest
 * (https://libvirt.org/hooks.html: OBJECT OPERATION SUB-OPERATION EXTRA, the domain XML on stdin).
 * Nearly all are none of ours, so it links libc alone and decides from the bytes: a guest that has
 * no "<hostdev" (libvirt writes that tag literally) has no GPU. For the others it executes what
 * parses the XML, with the XML on a new stdin.
 *
 * It fails nothing but the start of a guest with host devices: a failing `reconnect` would kill a
 * running guest, and what is printed at `migrate` would become its XML.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define UNDO_DIR "/run/gpu-handoff"

static const char tag[] = "<hostdev";

enum {
	TAG_LENGTH = sizeof(tag) - 1,
	XML_MAX = 16 << 20,
	CHUNK = 32 << 10,
};

/* No read of stdin, no file that is opened later may land on a standard descriptor. */
static void open_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static int complain(const char *what, int err)
{
	dprintf(STDERR_FILENO, "gpu-handoff-qemu: %s: %s\n", what, strerror(err));
	return 1;
}

static bool nothing_to_undo(void)
{
	DIR *dir = opendir(UNDO_DIR);
	struct dirent *entry;
	bool empty = true;

	if (!dir)
		return errno == ENOENT;
	while (empty && (entry = readdir(dir)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

/* Reads until BUFFER is full or stdin ends. Returns the number of bytes or -1. */
static ssize_t fill(char *buffer, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(STDIN_FILENO, buffer + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

/*
 * Copies stdin, up to XML_MAX, into a memory file. Returns it, -1 if the tag does not occur (also
 * across two chunks) and ALWAYS is not set (a small XML then never gets a file), or -2 with errno
 * set. At release the tag proves nothing: the device may have been unplugged from the guest.
 */
static int keep_stdin(bool always)
{
	static char buffer[TAG_LENGTH + CHUNK];
	size_t carry = 0, total = 0;
	bool found = always;
	int file = -1;

	for (;;) {
		ssize_t n = fill(buffer + carry, CHUNK);

		if (n < 0)
			return -2;
		found = found || memmem(buffer, carry + (size_t)n, tag, TAG_LENGTH);
		total += (size_t)n;
		if (n < CHUNK && !found)
			return -1;
		if (file < 0 && (file = memfd_create("domain", 0)) < 0)
			return -2;
		if (n > 0 && write(file, buffer + carry, (size_t)n) != n)
			return -2;
		if (n < CHUNK)
			return file;
		if (total > XML_MAX) {
			errno = EFBIG;
			return -2;
		}
		memmove(buffer, buffer + carry + (size_t)n - TAG_LENGTH, TAG_LENGTH);
		carry = TAG_LENGTH;
	}
}

int main(int argc, char *argv[])
{
	static char locale[] = "LC_ALL=C", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char take[] = "gpu-handoff-take", give_back[] = "gpu-handoff-give-back";
	static char hook[] = "--hook";
	static char *environment[] = {locale, path, NULL};
	bool prepare;
	int file;

	if (argc < 4 || geteuid() != 0)
		return 0;
	prepare = strcmp(argv[2], "prepare") == 0 && strcmp(argv[3], "begin") == 0;
	if (!prepare && !(strcmp(argv[2], "release") == 0 && strcmp(argv[3], "end") == 0))
		return 0;
	signal(SIGPIPE, SIG_IGN); /* a daemon that dies must not take us with it */
	signal(SIGXFSZ, SIG_IGN); /* nor may the limit of a file: the write fails and says so */
	open_standard_descriptors();
	if (!prepare && nothing_to_undo())
		return 0;
	file = keep_stdin(!prepare);
	if (file == -1)
		return 0;
	if (file < 0 && prepare)
		return complain("the domain XML cannot be read", errno);
	if (file < 0 || lseek(file, 0, SEEK_SET) < 0 || dup2(file, STDIN_FILENO) < 0)
		close(STDIN_FILENO); /* release: the guest's name will do */
	else if (file != STDIN_FILENO)
		close(file);
	if (prepare)
		execve(SBINDIR "/gpu-handoff-take", (char *[]){take, hook, NULL}, environment);
	else
		execve(SBINDIR "/gpu-handoff-give-back", (char *[]){give_back, hook, argv[1], NULL},
			environment);
	return complain(SBINDIR "/gpu-handoff-* cannot be executed; reinstall gpu-handoff", errno);
}
