/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

static const char *program = "gpu-handoff";

int msg_fail(struct msg *why, int err, const char *format, ...)
{
	va_list ap;

	if (why) {
		va_start(ap, format);
		vsnprintf(why->text, sizeof(why->text), format, ap);
		va_end(ap);
	}
	return -err;
}

void log_start(const char *name)
{
	program = name;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDWR); /* the lowest that is free */
}

/*
 * syslog(3) blocks when the log's queue is full, so the datagram is sent here: "<PRI>TAG[PID]:
 * TEXT" (RFC 3164, 4.1, as /dev/log takes it: without time and host).
 */
static void send_line(int priority, const char *line)
{
	static const struct sockaddr_un log_socket = {
		.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	char text[4096 + 64];
	int n = snprintf(text, sizeof(text), "<%d>%s[%d]: %s", LOG_DAEMON | priority, program,
		(int)getpid(), line);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (n > 0)
		sendto(fd, text, (size_t)n, MSG_NOSIGNAL, (const struct sockaddr *)&log_socket,
			sizeof(log_socket));
	close(fd);
}

static void __attribute__((format(printf, 3, 0)))
put(int priority, bool on_stderr, const char *format, va_list ap)
{
	char raw[4096], line[4096], out[4096 + 64];
	int n;

	vsnprintf(raw, sizeof(raw), format, ap);
	text_printable(raw, line, sizeof(line));
	if (on_stderr) {
		n = snprintf(out, sizeof(out), "%s: %s\n", program, line);
		while (n > 0 && write(STDERR_FILENO, out, (size_t)n) < 0 && errno == EINTR)
			;
	}
	send_line(priority, line);
}

void log_line(int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(priority, false, format, ap);
	va_end(ap);
}

void say(int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(priority, true, format, ap);
	va_end(ap);
}
