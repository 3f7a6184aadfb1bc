/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/log.h"

/*
 * inih cuts long lines and section names, takes an indented line as more of the value above it, a
 * ':' for '=', and ' ;' for a comment, and stops at a NUL, mostly without a word. Only text whose
 * every line it reads as a person would passes here, so that all versions of inih agree on it.
 */
enum { CONFIG_LINE_MAX = 190, CONFIG_SECTION_MAX = 49 };

/* Returns 0, or -EINVAL with "line N: what; what is right" in WHY. */
int config_text_check(const char *text, size_t length, struct msg *why);
