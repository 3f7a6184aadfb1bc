/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STANDIN_I915_H
#define STANDIN_I915_H

struct pci_dev;

/* The GPU that takes mediated devices, or NULL: none is bound, or enable_gvt is off. */
struct pci_dev *intel_gvt_gpu(void);

#endif
