/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "nouns/pci.h"

/* Intel GVT-g: vGPUs of an Intel GPU, by i915 and kvmgt. */

/* Has the host an Intel GPU (the first, virtual functions aside)? */
bool gvt_find_gpu(struct pci_function *out);

/* Is it of a generation that GVT-g knows? */
bool gvt_generation(const struct pci_function *gpu);
