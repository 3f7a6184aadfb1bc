/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first process of the laptop: puts the served trees in place and runs the command. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model.h"
#include "sandbox.h"
#include "supervisor.h"

static void bind_on(const char *from, const char *to)
{
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL))
		err(125, "%s on %s", from, to);
}

/* The host's devices that the laptop has too; the tree has a place for each. */
static void make_devices(void)
{
	for (size_t i = 0; i < DEV_HOST_COUNT; i++) {
		char *from = text_of("/dev/%s", dev_host[i]);
		char *to = text_of("/run/laptop/dev/%s", dev_host[i]);

		if (!access(from, F_OK))
			bind_on(from, to);
		free(from);
		free(to);
	}
	bind_on("/run/laptop/dev", "/dev");
}

static void make_mounts(void)
{
	make_devices();
	bind_on("/run/laptop/sys", "/sys");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		err(125, "cannot mount /proc (a container that masks parts of it forbids that)");
	bind_on("/run/laptop/proc/driver", "/proc/driver");
	bind_on("/run/laptop/proc/devices", "/proc/devices");
	bind_on("/run/laptop/proc/cmdline", "/proc/cmdline");
	if (!access("/proc/modules", F_OK))
		bind_on("/run/laptop/proc/modules", "/proc/modules");
	if (umount2("/run/laptop", MNT_DETACH) || rmdir("/run/laptop"))
		err(125, "/run/laptop");
}

static void send_descriptor(int channel, int fd)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	char byte = 0;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	/* the answer says that the parent still lives and serves */
	if (sendmsg(channel, &message, MSG_NOSIGNAL) != 1 || read(channel, &byte, 1) != 1)
		_exit(125);
	close(fd);
}

int sandbox_listener(int channel)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	int fd = -1;

	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return write(channel, "", 1) == 1 ? fd : -1;
}

/* Runs a program and reaps whatever ends until it has ended; its wait status. */
static int run(char *const argv[])
{
	pid_t child = fork(), ended;
	int status;

	if (child < 0)
		err(125, "fork");
	if (!child) {
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		execvp(*argv, argv);
		warn("%s", *argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	do
		ended = wait(&status);
	while (ended != child && (ended > 0 || errno == EINTR));
	return status;
}

static void prepare(const struct sandbox *sandbox)
{
	char *depmod[] = {(char[]){"/usr/sbin/depmod"}, NULL};

	if (run(depmod))
		errx(125, "depmod failed");
	for (size_t i = 0; i < sandbox->loads; i++) {
		char *modprobe[] = {(char[]){"/usr/sbin/modprobe"}, sandbox->load[i], NULL};

		if (run(modprobe))
			errx(125, "cannot load %s", sandbox->load[i]);
	}
}

/* What an ordinary user has as PATH may lack what root finds there. */
static void add_path(void)
{
	const char *old = getenv("PATH");
	char *path = text_of("%s:/usr/sbin", old ? old : "/usr/bin");

	setenv("PATH", path, 1);
	free(path);
}

void sandbox_run(struct sandbox *sandbox, int channel)
{
	int status, here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(sandbox->fuse);
	make_mounts();
	if (here < 0 || fchdir(here))
		err(125, "cannot return to the current directory");
	close(here);
	send_descriptor(channel, supervisor_install());
	setenv("SYSTEMD_DEVICE_VERIFY_SYSFS", "0", 1);
	add_path();
	prepare(sandbox);
	status = run(sandbox->command);
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	_exit(write(channel, &status, sizeof(status)) == sizeof(status) ? status : 125);
}
