/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "firmware/search.h"

/*
 * firmware_search in the file PATH, in a process of its own that has no rights, within SECONDS;
 * with CONTENTS it prints each part on stdout. OUT is to be given back. Returns 0, or a negative
 * errno with WHY set, which names the file (OUT untouched): what firmware_search returns, -EFBIG
 * for more than FIRMWARE_BYTES_MAX bytes, -ECANCELED if a signal asked us to end, -EINTR if that
 * process was killed, or open's or read's.
 */
int firmware_read_file(const char *path, unsigned int seconds, bool contents, struct firmware **out,
	struct msg *why);

void firmware_free(struct firmware *firmware);
