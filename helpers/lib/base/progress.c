/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/progress.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/text.h"

enum { FIRST = 500, WIDTH = 80, ECHOED = 2 /* ^C, for Ctrl-C */, TEXT_MAX = 512 };

/* "\033[K" (EL of ECMA-48) clears from the cursor to the end of its line. */
#define CLEAR "\033[K"

void progress_begin(struct progress *progress)
{
	const char *term = secure_getenv("TERM");

	*progress = (struct progress){.began = deadline_now()};
	progress->on = isatty(STDERR_FILENO) == 1 && term && *term && strcmp(term, "dumb") != 0;
}

/* Another job may have the terminal by now. */
static bool in_foreground(void)
{
	pid_t foreground = tcgetpgrp(STDERR_FILENO);

	return foreground < 0 || foreground == getpgrp();
}

/* Ctrl-S stops it, which shall not stop us. */
static bool can_print(void)
{
	struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&terminal, 1, 0) > 0 && (terminal.revents & POLLOUT);
}

/* A line as wide as the terminal, or one that an echo makes so, would go over two. */
static size_t columns(void)
{
	struct winsize size;
	size_t width = WIDTH;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_col < WIDTH)
		width = size.ws_col;
	return width > ECHOED + 1 ? width - ECHOED - 1 : 0;
}

/* How many bytes of TEXT fit. Characters of three bytes and more may be two columns wide. */
static size_t fitting(const char *text, size_t width)
{
	size_t length = strlen(text), at = 0;

	while (at < length) {
		size_t n = text_utf8(text + at, length - at), wide = n >= 3 ? 2 : 1;

		if (n == 0 || wide > width)
			break;
		at += n;
		width -= wide;
	}
	return at;
}

static void put(const char *text, size_t length)
{
	while (write(STDERR_FILENO, text, length) < 0 && errno == EINTR)
		;
}

static void draw(const char *text, uint64_t seconds)
{
	char end[32], line[TEXT_MAX + 64];
	size_t width = columns();
	int n = snprintf(end, sizeof(end), ", %llu s", (unsigned long long)seconds);

	if ((size_t)n > width)
		return;
	n = snprintf(line, sizeof(line), "\r%.*s%s" CLEAR, (int)fitting(text, width - (size_t)n),
		text, end);
	put(line, (size_t)n);
}

void progress_show(struct progress *progress, const char *format, ...)
{
	char raw[TEXT_MAX], text[TEXT_MAX];
	uint64_t t = deadline_now();
	va_list ap;

	if (!progress->on || t < progress->began + FIRST || t < progress->drawn + PROGRESS_EVERY ||
		!in_foreground() || !can_print())
		return;
	va_start(ap, format);
	vsnprintf(raw, sizeof(raw), format, ap);
	va_end(ap);
	text_printable(raw, text, sizeof(text));
	draw(text, (t - progress->began) / 1000);
	progress->drawn = t;
	progress->shown = true;
}

void progress_wipe(struct progress *progress)
{
	if (progress->shown && in_foreground())
		put("\r" CLEAR, sizeof("\r" CLEAR) - 1);
	progress->shown = false;
}
