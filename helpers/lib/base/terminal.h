/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writes TEXT, lines that are not ours, on stdout: byte for byte, but with what is not shown
 * (text_shown, but tabs) as \xNN if stdout is a terminal.
 */
void terminal_put(const char *text);
