/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "boot/kernels.h"
#include "boot/wanted.h"
#include "nouns/pci.h"

/* What wanted_make has found out, and its parts in the order in which they run. */

/* Modules that the host's boot is asked about. */
enum wanted_module { WANTED_VFIO_PCI, WANTED_KVM, WANTED_I915, WANTED_KVMGT, WANTED_MODULES };

struct wanted_function {
	struct pci_function pci;
	bool reserved; /* vfio-pci shall have it at boot */
};

struct survey {
	const struct config *config;
	const char *root;
	const char *installed;
	size_t functions;
	struct wanted_function *function; /* all of the host, by address */
	struct kernels kernels;
	bool gvt; /* vGPUs are wanted, and an Intel GPU can make them */
	/* some kernel has it as a file, has it built in */
	bool is_file[WANTED_MODULES], is_builtin[WANTED_MODULES];
};

/* Reads the functions, decides which are reserved and fills ids and overrides. */
int wanted_cards(struct survey *survey, struct wanted *out, struct msg *why);

/* Asks the kernels; fills is_file, is_builtin, softdeps, options and loads. */
int wanted_modules(struct survey *survey, struct wanted *out, struct msg *why);

/* Fills arguments. */
int wanted_arguments(const struct survey *survey, struct wanted *out, struct msg *why);

/* Appends TEXT to a list of COUNT texts of SIZE bytes each. Returns 0 or -E2BIG with WHY set. */
int wanted_append(char *list, size_t size, size_t *count, struct msg *why, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
