/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/log.h"

/* The modules of one installed kernel, ROOT/lib/modules/VERSION, whatever kernel runs. Nothing of
 * modprobe.d counts: no alias, blacklist or install command of the administrator's. */
struct kmodules;

enum kmodule_kind {
	KMODULE_ABSENT,
	KMODULE_FILE, /* it can be loaded */
	KMODULE_BUILTIN,
};

/* Is there a module tree that depmod(8) has been over? */
bool kmodules_there(const char *root, const char *version);

/* Returns 0 (kmodules_close), or -errno with WHY set: -ENOENT if there is no such tree. */
int kmodules_open(const char *root, const char *version, struct kmodules **out, struct msg *why);

void kmodules_close(struct kmodules *modules);

/* What NAME, spelled with - or _, is in this kernel. Returns the kind or -ENOMEM. */
int kmodules_find(struct kmodules *modules, const char *name);

/*
 * Calls FOUND with the name, spelled with _, of each module that the modalias ALIAS stands for.
 * libkmod tells of built-in ones only where no file matches. Ends at the first return of FOUND
 * that is not 0, with that; otherwise returns 0 or -errno.
 */
int kmodules_match(struct kmodules *modules, const char *alias,
	int (*found)(const char *name, enum kmodule_kind kind, void *data), void *data);
