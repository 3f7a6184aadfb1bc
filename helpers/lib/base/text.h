/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length in bytes (1 to 4) of the valid UTF-8 sequence (RFC 3629) at TEXT, 0 if there is none. */
size_t text_utf8(const char *text, size_t length);

/* The same, and the character itself in OUT (untouched if there is none). */
size_t text_character(const char *text, size_t length, uint32_t *out);

/*
 * Does a terminal show it, and do nothing else about it? Not control characters (C0, DEL, C1), nor
 * those of the categories Cf, Zl and Zp of Unicode that change the direction or end a line, or are
 * not seen; but zero-width joiners and non-joiners, which belong to how some names are spelt.
 */
bool text_shown(uint32_t character);

/*
 * Copies TEXT into OUT as one printable line: of characters that are not shown (text_shown) each
 * byte, and bytes that are not UTF-8, become \xNN. OUT is always terminated; what does not fit is
 * cut between characters.
 */
void text_printable(const char *text, char *out, size_t size);

/*
 * Percent-escapes (RFC 3986, 2.1) everything but letters, digits and -._~ so that a guest's name is
 * one word of an undo file. Returns 0, or -ENAMETOOLONG (OUT untouched).
 */
int text_escape(const char *text, char *out, size_t size);

/* The inverse. Returns 0, -EINVAL for a bad escape or a NUL, -ENAMETOOLONG (OUT untouched). */
int text_unescape(const char *text, char *out, size_t size);

/* strcpy that refuses: 0, or -ENAMETOOLONG (OUT untouched). */
int text_copy(char *out, size_t size, const char *text);

/* Is TEXT a UUID of 8-4-4-4-12 hex digits? Writes it in lower case to OUT if so. */
bool text_uuid(const char *text, char out[static 37]);

enum { TEXT_DISTANCE_MAX = 32 };

/*
 * How many bytes must be put in, left out, replaced or swapped with their neighbour, none of them
 * twice, to make B of A. TEXT_DISTANCE_MAX for texts of as many bytes or more.
 */
size_t text_distance(const char *a, const char *b);
