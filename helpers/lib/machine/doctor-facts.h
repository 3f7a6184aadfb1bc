/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/log.h"
#include "boot/host.h"
#include "formats/config.h"
#include "formats/domain.h"
#include "formats/lint.h"
#include "formats/xml.h"
#include "machine/ask-libvirt.h"
#include "machine/doctor.h"
#include "machine/hooks.h"
#include "machine/machine.h"
#include "nouns/noun.h"

/* What all checks look at; read once, before the first of them. */
struct doctor {
	bool root;
	char kernel[65]; /* that runs, uname -r */
	char command_line[16384]; /* of the kernel */
	struct machine *machine;
	struct config *config; /* of defaults if there is an error */
	int config_error;
	struct msg config_why;
	bool config_there; /* there is such a file */
	struct config_handoff settings; /* the guest's, or everybody's */
	bool wants_vgpus; /* the config does, or the guest */
	struct host *host; /* NULL: HOST_WHY says why */
	int host_error;
	struct msg host_why;
	struct libvirt_answer libvirt;
	struct hooks hooks;
	const char *asked; /* the guest or file that was asked about, or NULL */
	struct domain *guest; /* NULL: none was asked about, or GUEST_WHY says why */
	struct msg guest_why;
	char *xml; /* the guest's */
	struct xml *read; /* it, NULL: it cannot be read */
	struct lint lint; /* what stands in it */
};

/*
 * Reads the facts about this machine and the guest DOMAIN, a name or a UUID (or NULL), or the one
 * of the XML FILE (or NULL). What cannot be read is a fact too. Returns 0 (doctor_free) or -errno
 * with WHY set: -ENOMEM, or sysfs is not there.
 */
int doctor_read(struct doctor **out, const char *domain, const char *file, struct msg *why);
void doctor_free(struct doctor *doctor);

/* The INDEXth GPU that could go to a guest whole: no integrated one, no management controller's,
 * no virtual function. NULL after the last. */
const struct machine_gpu *doctor_card(const struct doctor *doctor, size_t index);

/* The value of the last word NAME=... of the kernel's command line, into OUT; false: there is
 * none. */
bool doctor_argument(const struct doctor *doctor, const char *name, char *out, size_t size);

/* unit_show and unit_reloaded, but once systemd did not answer in time it is not asked again:
 * -ETIMEDOUT. */
int doctor_unit(const char *name, char state[static STATE_SIZE]);
int doctor_reloaded(const char *name, pid_t pid, long long *out);

/* For checks: fill LINE and return true. REMEDY is "" at first. */
bool doctor_say(struct doctor_line *line, enum doctor_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool doctor_mend(struct doctor_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Fills LINE from a message "what, why; what to do". Returns true. */
bool doctor_repeat(struct doctor_line *line, enum doctor_result result, const char *message);
