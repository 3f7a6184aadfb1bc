/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "machine/machine.h"

/*
 * Prints on stdout, for a person, what MACHINE's GPUs offer in the kernel's words, then the vGPUs
 * that exist and whose they are; at most 80 columns with the names of GVT-g. Says on stderr what
 * could not be seen of it. Returns 0, or -EIO with WHY set: not all could be printed.
 */
int vgpu_list(const struct machine *machine, struct msg *why);
