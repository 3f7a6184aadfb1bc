/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

/*
 * One prerequisite or trap that a program can see. A check looks at one thing and says one line:
 * what was found, and the command that mends it.
 */
enum doctor_result {
	DOCTOR_OK,
	DOCTOR_NOTE, /* cannot be seen here (not root, no such hardware): says why */
	DOCTOR_WARNING, /* may bite */
	DOCTOR_ERROR, /* will bite */
};

struct doctor_line {
	enum doctor_result result;
	char text[512]; /* what was found */
	char remedy[256]; /* "": nothing to do */
};

struct doctor; /* what all checks look at: the machine, the config, the guest (doctor-facts.h) */

struct doctor_check {
	const char *name; /* for --json and tests: "iommu-on" */
	/* Fills LINE; may be called again with INDEX 1, 2, .. while it returns true (one line for
	 * each GPU, hook, finding). Returns false: nothing to say at this INDEX. */
	bool (*look)(const struct doctor *doctor, size_t index, struct doctor_line *line);
};

struct doctor_group {
	const char *title; /* "IOMMU" */
	const struct doctor_check *check; /* ends with a NULL name */
};

/* One file a group. */
extern const struct doctor_group doctor_iommu, doctor_gvt, doctor_cards, doctor_holders,
	doctor_libvirt, doctor_host, doctor_kernels, doctor_boot, doctor_state, doctor_guest;
