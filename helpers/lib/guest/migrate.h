/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "formats/xml.h"
#include "guest/versions.h"

/* A loader and the template of its variables, as a distribution installs them. */
struct migrate_loader {
	const char *code, *vars;
};

/* What migrate knows of the host. */
struct migrate_host {
	struct versions versions;
	struct migrate_loader loader; /* NULLs: none is known, a home-built one stays */
	/* Does PATH hold the battery's table? */
	bool (*is_battery)(const char *path);
};

/*
 * Writes a domain that was made for an older libvirt and QEMU as today's want it: `-set
 * device.hostdevN.x=y` becomes ramfb='on' or a <qemu:override> in decimal with a user alias (or,
 * where -set is all there is and works, names the device by that alias instead of its number), a
 * loader under a build tree becomes the distribution's, `-acpitable` a <table type='raw'> where
 * there is one, a copy of the battery table the installed one, MESA_LOADER_DRIVER_OVERRIDE=i965
 * goes. What it does not know stays. Done twice it changes nothing. Returns 0, or a negative errno
 * with WHY set: -ENOTSUP if the versions have no other form, -EINVAL, -ENOMEM.
 */
int migrate(struct xml *xml, const struct migrate_host *host, struct msg *why);
