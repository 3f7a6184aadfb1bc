/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/log.h"
#include "guest/versions.h"

/* What libvirt's daemon on this host says of itself and of one guest. */
struct libvirt_answer {
	int error; /* 0, or -errno: it does not answer, WHY says why */
	struct msg why;
	struct versions versions; /* 0: not known */
	bool apparmor, selinux; /* it confines QEMU with that */
	int guest_error; /* 0, or -errno: GUEST_WHY */
	struct msg guest_why;
	char *xml; /* the guest's definition, which the caller frees; NULL: none was asked for */
};

/*
 * Asks the daemon by a connection that any user may have, and that changes nothing. GUEST is a
 * name or a UUID, or NULL. Nothing in libvirt's protocol ends a wait for a daemon that hangs, so
 * a child asks, and is not waited for longer than some seconds. Never fails.
 */
void ask_libvirt(const char *guest, struct libvirt_answer *out);
