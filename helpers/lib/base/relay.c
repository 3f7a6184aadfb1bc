/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { REST = 64 /* times as much as is read at once may be left at the end */ };

/* No byte is changed on its way, and lines are as long as on our terminal. */
static void set_up(int terminal)
{
	struct termios raw;
	struct winsize size;

	if (tcgetattr(terminal, &raw) == 0) {
		cfmakeraw(&raw);
		tcsetattr(terminal, TCSANOW, &raw);
	}
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(terminal, TIOCSWINSZ, &size);
}

int relay_open(struct relay *relay)
{
	int from = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), to = -1, err;

	if (from < 0)
		return -errno;
	if (unlockpt(from) == 0)
		to = ioctl(from, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (to < 0) {
		err = -errno;
		close(from);
		return err;
	}
	set_up(to);
	*relay = (struct relay){.from = from, .to = to};
	return 0;
}

void relay_given(struct relay *relay)
{
	close(relay->to);
	relay->to = -1;
}

static void end(struct relay *relay)
{
	close(relay->from);
	relay->from = -1;
}

static void put(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDERR_FILENO, text, length);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			text += n;
			length -= (size_t)n;
		}
	}
}

/* Returns whether there was anything. */
static bool pass(struct relay *relay, struct progress *progress)
{
	char text[4096];
	ssize_t n = read(relay->from, text, sizeof(text));

	if (n > 0) {
		progress_wipe(progress);
		put(text, (size_t)n);
		relay->in_line = text[n - 1] != '\n';
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		end(relay);
	}
	return n > 0;
}

void relay_pass(struct relay *relay, struct progress *progress)
{
	struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (relay->from >= 0 && poll(&terminal, 1, PROGRESS_EVERY) > 0)
		pass(relay, progress);
}

void relay_close(struct relay *relay, struct progress *progress)
{
	for (int i = 0; i < REST && relay->from >= 0 && pass(relay, progress); i++)
		;
	if (relay->from >= 0)
		end(relay);
	progress_wipe(progress);
	if (relay->in_line)
		put("\n", 1);
}
