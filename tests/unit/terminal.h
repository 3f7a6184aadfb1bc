/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree.h"

#include <signal.h>
#include <sys/ioctl.h>

/* A terminal of 80 columns in the place of stderr, and whoever sits at it. */
struct terminal {
	int ours, stderr_before;
};

static inline int terminal_open(void **state)
{
	static struct terminal t;
	struct winsize size = {.ws_row = 25, .ws_col = 80};
	int theirs;

	t.ours = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	must(t.ours >= 0 && unlockpt(t.ours) == 0);
	theirs = ioctl(t.ours, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	t.stderr_before = dup(STDERR_FILENO);
	must(theirs >= 0 && t.stderr_before >= 0 && dup2(theirs, STDERR_FILENO) >= 0);
	close(theirs);
	must(ioctl(t.ours, TIOCSWINSZ, &size) == 0);
	setenv("TERM", "xterm", 1);
	*state = &t;
	return 0;
}

static inline int terminal_close(void **state)
{
	struct terminal *t = *state;

	must(dup2(t->stderr_before, STDERR_FILENO) >= 0);
	close(t->stderr_before);
	close(t->ours);
	return 0;
}

/* The seconds of ", 5 s" are N. */
static inline void without_seconds(const char *text, char *out, size_t size)
{
	const char *end = text + strlen(text);
	size_t at = 0;

	while (text < end && at + 1 < size) {
		char *behind;
		bool is_end = strncmp(text, ", ", 2) == 0 && text[2] >= '0' && text[2] <= '9';

		if (is_end && strtoul(text + 2, &behind, 10) < 60 &&
			strncmp(behind, " s\033[K", 5) == 0) {
			at += (size_t)snprintf(out + at, size - at, ", N");
			text = behind;
		} else {
			out[at++] = *text++;
		}
	}
	out[at] = '\0';
}

/* What came to the terminal since it was asked last is that, with N for the seconds. */
static inline void shows(const struct terminal *t, const char *wanted)
{
	char text[4096], plain[4096];
	size_t length = 0;
	ssize_t n;

	while ((n = read(t->ours, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	without_seconds(text, plain, sizeof(plain));
	assert_string_equal(plain, wanted);
}
