/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * laptop [--build DIR | --root DIR] [--load MODULE]... [--without MODULE]... [--builtin MODULE]...
 *         MACHINE COMMAND [ARGUMENT...]
 *
 * Runs COMMAND inside a simulated laptop and exits with its status (128 + N after signal N; 125 if
 * there is no laptop). MACHINE is a description (machine.c tells how it reads), as in
 * tests/laptop/machines. It needs no root, and nothing is left behind when it ends, however it
 * ends.
 *
 * Inside, COMMAND is root of a user namespace and sees only its own processes. /sys is the model: a
 * FUSE file system that behaves as the kernel does when drivers are bound and unbound, vGPUs made,
 * modules loaded. /dev has the model's nodes: their number is right, but they can be opened with
 * O_PATH only. /etc, /run, /var/lib, /boot and /lib/modules are fresh; the gpu-handoff programs of
 * the directory above this one's (or DIR) are in /usr/sbin and libvirt's hook directory; systemctl
 * is a stand-in that reads /run/laptop-units and writes /run/laptop-systemctl.log.
 *
 * --root starts the laptop from a root directory of its own, as from a disk: COMMAND sees only
 * that, nothing is installed in it but systemctl, what is written there but in /run stays, and all
 * users exist. Only root can do that.
 *
 * --load loads a module with modprobe before COMMAND runs; --without leaves one out of
 * /lib/modules, --builtin builds one into the kernel. Faults and surprises are written to
 * /sys/kernel/laptop, which reads as the log of all writes (control.c). hold(1) plays a process
 * that uses a device, snapshot(1) prints /sys.
 *
 * A write that the model lets block cannot be ended by a signal, SIGKILL included, as in the
 * kernel: it ends with `unblock`, or with the laptop. A module call that waits for its answer can
 * be killed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs.h"
#include "model.h"
#include "sandbox.h"
#include "supervisor.h"
#include "writes.h"

enum { LOADS_MAX = 32, POLL_MAX = 256, FIXED = 3 };

static char *loads[LOADS_MAX];
static struct change {
	int option; /* 'w' or 'i' */
	char *module;
} changes[LOADS_MAX];
static size_t change_count;

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
		"usage: laptop [--build DIR | --root DIR] [--load MODULE]... [--without MODULE]... "
		"[--builtin MODULE]... MACHINE COMMAND [ARGUMENT...]\n");
	exit(125);
}

static void parse(int argc, char **argv, struct sandbox *sandbox)
{
	static const struct option options[] = {
		{"build", required_argument, NULL, 'b'},
		{"root", required_argument, NULL, 'r'},
		{"load", required_argument, NULL, 'l'},
		{"without", required_argument, NULL, 'w'},
		{"builtin", required_argument, NULL, 'i'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1)
		if (option == 'b')
			sandbox->build = optarg;
		else if (option == 'r')
			sandbox->root = optarg;
		else if (option == 'l' && sandbox->loads < LOADS_MAX)
			loads[sandbox->loads++] = optarg;
		else if (strchr("wi", option) && change_count < LOADS_MAX)
			changes[change_count++] = (struct change){option, optarg};
		else
			usage();
	if (argc - optind < 2)
		usage();
	sandbox->load = loads;
	sandbox->command = argv + optind + 1;
	machine_read(argv[optind]);
	for (size_t i = 0; i < change_count; i++) {
		struct module *m = machine_module(changes[i].module);

		if (!m)
			errx(125, "%s: the machine has no such module", changes[i].module);
		if (changes[i].option == 'w')
			m->absent = true;
		else
			m->builtin = m->live = true;
	}
}

/* The directory of this program, and the one above it. */
static void find_build(struct sandbox *sandbox)
{
	char *path = realpath("/proc/self/exe", NULL), *slash;

	if (!path)
		err(125, "/proc/self/exe");
	*strrchr(path, '/') = '\0';
	sandbox->stand_ins = path;
	path = text_of("%s", path);
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	sandbox->build = path;
}

/* The tree is never freed, and /proc is not that of our own PID namespace. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static void start_model(void)
{
	tree_start();
	dev_start();
	proc_start();
	bus_start();
	groups_start();
	functions_start();
	parts_start();
	console_start();
	modules_start();
	control_start();
}

/* Serves until the first process has said how the command ended, or has ended itself. */
static int serve(int fuse, int channel, int proc)
{
	struct pollfd fds[POLL_MAX] = {{fuse, POLLIN, 0}, {channel, POLLIN, 0}, {-1, POLLIN, 0}};
	int status = 125, holders[POLL_MAX - FIXED];
	bool started = false;

	for (;;) {
		size_t count = holds_pidfds(holders, POLL_MAX - FIXED);

		for (size_t i = 0; i < count; i++)
			fds[FIXED + i] = (struct pollfd){holders[i], POLLIN, 0};
		if (poll(fds, FIXED + count, -1) < 0)
			continue;
		/* who waited for a holder's end finds that it has let go */
		for (size_t i = 0; i < count; i++)
			if (fds[FIXED + i].revents)
				holds_ended(holders[i]);
		if (fds[0].revents && fs_serve())
			return status;
		if (fds[2].revents & POLLIN)
			supervisor_serve(fds[2].fd, proc);
		else if (fds[2].revents)
			fds[2].fd = -1;
		writes_retry();
		supervisor_retry(fds[2].fd, proc);
		if (!fds[1].revents)
			continue;
		if (started) {
			if (read(channel, &status, sizeof(status)) != sizeof(status))
				status = 125;
			return status;
		}
		started = true;
		fds[2].fd = sandbox_listener(channel);
		if (fds[2].fd < 0)
			return status;
	}
}

/* Processes that end may still close files: serve until all have ended. */
static void finish(int fuse, pid_t child)
{
	int pidfd = pidfd_open(child, 0);
	struct pollfd fds[2] = {{fuse, POLLIN, 0}, {pidfd, POLLIN, 0}};

	writes_abort();
	while (!fds[1].revents) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents && fs_serve())
			break;
		writes_abort();
	}
	waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	struct sandbox sandbox = {0};
	int channel[2], proc, status;
	pid_t child;

	find_build(&sandbox);
	parse(argc, argv, &sandbox);
	proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel))
		err(125, "socketpair");
	/* the terminal's ^C is for the command */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	sandbox_enter(&sandbox);
	start_model();
	sandbox_mount(&sandbox);
	child = fork();
	if (child < 0)
		err(125, "fork");
	if (!child) {
		close(channel[0]);
		close(proc);
		sandbox_run(&sandbox, channel[1]);
	}
	close(channel[1]);
	fs_start(sandbox.fuse);
	status = serve(sandbox.fuse, channel[0], proc);
	finish(sandbox.fuse, child);
	return status;
}
