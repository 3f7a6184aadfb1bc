/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "firmware/scratch.h"
#include "firmware/search-parts.h"

static const char program[] = "/usr/bin/innoextract";

static int write_file(const char *path, struct span bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), err;

	if (fd < 0)
		return -errno;
	err = file_fill(fd, (const char *)bytes.at, bytes.size);
	if (close(fd) < 0 && err == 0)
		err = -errno;
	return err;
}

/* It inherits our limits and our uid. */
static pid_t start(const char *setup, const char *out)
{
	static char locale[] = "LC_ALL=C.UTF-8", path[] = "PATH=/usr/bin:/bin";
	static char *environment[] = {locale, path, NULL};
	const char *argv[] = {program, "--extract", "--silent", "--color=0", "--progress=0",
		"--no-gog-galaxy", "--collisions=rename-all", "--output-dir", out, "--", setup,
		NULL};
	pid_t parent = getpid(), pid = fork();
	int null;

	if (pid != 0)
		return pid;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
		prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	execve(program, (char *const *)(uintptr_t)argv, environment);
	_exit(127);
}

/* Waits for its end, and ends it if it fills the disk. Returns its exit status (255 for a signal),
 * -ENOSPC, -ETIMEDOUT or -errno. */
static int watch(struct search *s, pid_t pid, const char *out)
{
	enum { EVERY = 100 };
	struct pollfd child = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
	int err = child.fd < 0 ? -errno : 0, status;

	while (err == 0 && poll(&child, 1, EVERY) <= 0) {
		s->found->coming = (size_t)scratch_used(out);
		if (deadline_left(s->options->deadline) == 0)
			err = -ETIMEDOUT;
		else if (s->found->coming > s->left)
			err = -ENOSPC;
	}
	if (err < 0)
		kill(pid, SIGKILL); /* our own child, not yet reaped */
	if (child.fd >= 0)
		close(child.fd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return err < 0 ? err : WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* What was counted while it came is counted as unpacked from now on. */
static void look_at(struct search *s, size_t size)
{
	s->found->coming -= size < s->found->coming ? size : s->found->coming;
}

static int search_one(void *context, const char *path, const char *name)
{
	struct search *s = context;
	char printable[ROM_PLACE_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), err;
	size_t size;
	char *bytes;

	text_printable(name, printable, sizeof(printable));
	if (fd < 0) {
		search_note(s, printable, "what innoextract made of it cannot be read");
		return 0;
	}
	err = file_slurp(fd, search_room(s), &bytes, &size);
	close(fd);
	if (err == -EFBIG || err == -ENOMEM)
		return search_refuse(s, err == -EFBIG ? -E2BIG : err, printable);
	if (err < 0) {
		search_note(s, printable, "what innoextract made of it cannot be read");
		return 0;
	}
	look_at(s, size);
	err = search_file(s, printable, (struct span){(uint8_t *)bytes, size});
	free(bytes);
	return err;
}

static int unpack(struct search *s, const char *setup, const char *out, struct span bytes)
{
	int err = write_file(setup, bytes);
	pid_t pid;

	if (err == 0 && mkdir(out, 0700) < 0)
		err = -errno;
	if (err < 0) {
		search_note(s, NULL, "it cannot be written to /tmp for innoextract");
		return 0;
	}
	pid = start(setup, out);
	if (pid < 0)
		return search_refuse(s, -ENOMEM, NULL);
	err = watch(s, pid, out);
	if (err < 0)
		return search_refuse(s, err, NULL);
	unlink(setup);
	if (err > 0)
		search_note(s, NULL,
			"innoextract does not unpack all of this InnoSetup program; a newer one "
			"may");
	err = scratch_each(out, search_one, s);
	s->found->coming = 0;
	return err;
}

int search_installer(struct search *s, struct span bytes)
{
	static const char data[] = "Inno Setup Setup Data (";
	char setup[SCRATCH_SIZE + 32], out[SCRATCH_SIZE + 32];
	size_t before;
	int err;

	if (span_find(bytes, 0, data, sizeof(data) - 1) == SIZE_MAX)
		return 0;
	if (!s->options->scratch) {
		search_note(s, NULL,
			"it is an InnoSetup program, and there is no innoextract to unpack it; "
			"install that");
		return 0;
	}
	snprintf(setup, sizeof(setup), "%s/%zu.exe", s->options->scratch, s->found->parts);
	snprintf(out, sizeof(out), "%s/%zu", s->options->scratch, s->found->parts);
	err = search_enter(s, bytes, &before, "InnoSetup");
	if (err < 0)
		return err;
	err = unpack(s, setup, out, bytes);
	search_leave(s, before);
	return err;
}
