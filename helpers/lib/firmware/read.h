/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "firmware/search.h"

/*
 * firmware_search in a process of its own that has no rights, within SECONDS; with CONTENTS it
 * prints each part on stdout. OUT is to be given back. Returns 0, or a negative errno with WHY set
 * (OUT untouched): what firmware_search returns, -ECANCELED if a signal asked us to end, -EINTR if
 * that process was killed.
 */
int firmware_read(struct span input, unsigned int seconds, bool contents, struct firmware **out,
	struct msg *why);

void firmware_free(struct firmware *firmware);
