/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdio.h>

#include "formats/lint.h"
#include "guest/edit.h"

/*
 * Prints what lint finds in the definition as it is now, from the severity LEAST on, one a line:
 * "Win10:171: error: hostdev 0000:01:00.0: what; what to do". Returns how many errors there are.
 */
int findings_print(struct edit *edit, enum lint_severity least, FILE *out);
