/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Is PATH a place where people build or keep firmware of their own, and no package installs it? */
bool build_tree(const char *path);
