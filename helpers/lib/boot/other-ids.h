/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <limits.h>
#include <stdbool.h>

struct tree;

/*
 * Finds a file of modprobe.d, but for ours, that gives vfio-pci the option ids: the module heeds
 * only one of several. Its path goes into PATH; false if there is none.
 */
bool other_ids(const struct tree *tree, char path[static PATH_MAX]);
