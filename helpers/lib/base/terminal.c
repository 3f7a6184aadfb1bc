/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

void terminal_put(const char *text)
{
	if (isatty(STDOUT_FILENO) != 1) {
		fputs(text, stdout);
		return;
	}
	for (size_t left = strlen(text), n; left > 0; text += n, left -= n) {
		char one[5] = "", shown[17];

		n = text_utf8(text, left);
		n = n > 0 ? n : 1;
		memcpy(one, text, n);
		text_printable(one, shown, sizeof(shown));
		fputs(*text == '\n' || *text == '\t' ? one : shown, stdout);
	}
}
