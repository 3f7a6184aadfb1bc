/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/log.h"

/* libvirt's hooks for QEMU as virhook.c finds them: the file `qemu`, and since libvirt 6.5.0 every
 * executable regular file of `qemu.d`, whatever it is called, where links lead. */
#define HOOKS_DIRECTORY "/etc/libvirt/hooks"
/* The name of our own there. */
#define HOOKS_OURS "qemu.d/50-gpu-handoff"

enum { HOOKS_MAX = 64 };

struct hook {
	char name[280]; /* "qemu", "qemu.d/50-gpu-handoff" */
	bool runs; /* libvirt runs it */
	bool dangling; /* a link to nothing */
	bool is_ours; /* it is gpu-handoff-qemu, under whatever name */
	bool unreadable;
	bool no_program; /* it runs, and is neither a program nor begins with #! */
	/* words in it, comments aside */
	bool calls_ours; /* gpu-handoff-qemu */
	bool calls_libvirt; /* virsh and the like */
	bool moves_devices; /* driver_override, unbind, new_id, mdev's create */
	long long since; /* it was put there, in this form: milliseconds of the clock */
};

struct hooks {
	bool no_directory; /* there is no qemu.d */
	mode_t mode; /* of qemu.d */
	int error; /* -errno: it cannot be read */
	size_t count; /* in strcmp order, which is libvirt's */
	bool cut; /* there are more */
	struct hook hook[HOOKS_MAX];
};

/* Never fails. Reads at most 64 KiB of each. */
void hooks_read(struct hooks *out);

/* libvirt's daemon for the system's QEMU guests. */
struct libvirt_daemon {
	pid_t pid; /* 0: none runs */
	char command[16]; /* libvirtd, virtqemud */
	long long since; /* milliseconds of the clock */
};

void hooks_daemon(struct libvirt_daemon *out);
