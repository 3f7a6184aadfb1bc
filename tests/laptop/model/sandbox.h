/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct sandbox {
	const char *build; /* directory of the programs to install */
	const char *stand_ins; /* directory of systemctl */
	const char *root; /* the machine's files; NULL: throwaway ones over the host's */
	size_t loads; /* modules to load before the command */
	char **load;
	char **command;
	int fuse; /* /dev/fuse, mounted on /run/laptop */
};

/* Enters new user, mount and PID namespaces, as root there; if real root does, nobody is a user
 * there, too (for ordinary users' tests). ALL: so are all others, which only real root can have. */
void users_enter(bool all);

/* Enters namespaces of our own with throwaway /run, /etc, /var/lib, /usr/sbin and modules, or on
 * the root directory that is given with a throwaway /run. Later forks are in a new PID namespace.
 */
void sandbox_enter(struct sandbox *sandbox);

/* Mounts the FUSE file system; it must be served from now on. */
void sandbox_mount(struct sandbox *sandbox);

/* Child, first process of the PID namespace: puts the served trees in place, runs the command and
 * writes its status to CHANNEL, over which it has sent the descriptor of the supervisor. */
void sandbox_run(struct sandbox *sandbox, int channel) __attribute__((noreturn));

/* Parent: the descriptor that sandbox_run sends, -1 if it ended. */
int sandbox_listener(int channel);
