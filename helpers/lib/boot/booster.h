/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* booster reads one file and no drop-ins, so an administrator's own has to say what ours would. */

/* Does HAVE, the text of the file, name all modules that WANTED, what ours would be, names? */
bool booster_serves(const char *have, const char *wanted);

/* The line that HAVE (NULL if it is no text) needs in order to serve. Returns 0 and *OUT, which the
 * caller frees, or -ENOMEM. */
int booster_line(const char *have, const char *wanted, char **out);
