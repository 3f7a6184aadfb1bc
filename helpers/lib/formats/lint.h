/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "formats/xml.h"

/* Known traps of a domain that has a GPU of the host. Pure: what the host is like stands in
 * lint_host. */

enum lint_severity { LINT_NOTE, LINT_WARNING, LINT_ERROR };

struct lint_finding {
	enum lint_severity severity;
	int line; /* of the XML */
	char place[128]; /* "hostdev 0000:01:00.0", "qemu:commandline" */
	char text[512]; /* what, and why it hurts */
	char remedy[256]; /* what to do */
};

struct lint_host {
	unsigned long libvirt, qemu; /* as virGetVersion counts; 0: not known */
	bool apparmor, selinux; /* confine QEMU */
	/* Is the host's function at this address (0000:01:00.0) a display controller of class 03?
	 * NULL: not known, every PCI hostdev with function 0 counts as one. */
	bool (*is_gpu)(const char *address);
	/* Its vendor, 0: not known. May be NULL. */
	unsigned int (*vendor)(const char *address);
};

enum { LINT_FINDINGS_MAX = 64 };

struct lint {
	size_t findings;
	struct lint_finding finding[LINT_FINDINGS_MAX];
	bool cut; /* there were more */
};

/* Fills OUT in the order of lines. Never fails. */
void lint_domain(const struct xml *xml, const struct lint_host *host, struct lint *out);

/* "error", "warning", "note" */
const char *lint_severity_name(enum lint_severity severity);
