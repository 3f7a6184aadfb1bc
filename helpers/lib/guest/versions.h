/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/log.h"

/* Whom a domain is written for. Numbers are as libvirt's own: major * 1000000 + minor * 1000 +
 * micro (virGetVersion). */
struct versions {
	unsigned long libvirt, qemu;
};

/* Reads "9.0.0", "9.0" or "9". Returns 0 or -EINVAL with WHY set (OUT untouched). */
int versions_parse(const char *text, unsigned long *out, struct msg *why);

/* What they understand (https://libvirt.org/news.html, QEMU's changelog). */
bool versions_ramfb(const struct versions *versions); /* <hostdev ramfb='on'>, 5.10 */
bool versions_aliases(const struct versions *versions); /* <alias name="ua-...">, 3.9 */
bool versions_fwcfg(const struct versions *versions); /* <sysinfo type='fwcfg'>, 6.5 */
bool versions_override(const struct versions *versions); /* <qemu:override>, 8.2 */
bool versions_raw_tables(const struct versions *versions); /* <table type='raw'>, 11.2 */
/* `-set device.ALIAS.x=y` finds the device: not where libvirt passes devices as JSON, as of
 * libvirt 7.9 with QEMU 6.2. */
bool versions_set(const struct versions *versions);
