/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The unified diff (as of diff -u, three lines of context) that makes TO of FROM, two texts of the
 * file PATH; NULL is a file that is not there. Texts that differ in very many lines are shown as
 * replaced between what they have in common at both ends. Returns 0 and *OUT, which the caller
 * frees and which is "" if there is nothing to show, or -ENOMEM (OUT untouched).
 */
int diff_unified(const char *path, const char *from, const char *to, char **out);
