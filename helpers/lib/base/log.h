/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <syslog.h>

/*
 * What the library has to tell. Library code prints nothing: it fills a msg with one line ("what,
 * why; what to do") and returns a negative errno; the program says it once.
 */
struct msg {
	char text[2048];
};

/*
 * Fills WHY (which may be NULL) and returns -ERR, so that a caller can write
 * `return msg_fail(why, EBUSY, "%s is in use", name);`. Text that does not fit is cut.
 */
int msg_fail(struct msg *why, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Names the program in what follows. Call once, first. Also points the descriptors 0 to 2 that
 * are closed at /dev/null, so that no file that is opened later can be taken for stderr. Never
 * fails; PROGRAM must live as long as the process.
 */
void log_start(const char *program);

/*
 * One line to syslog (/dev/log), with the program's name and PID. Never blocks and never fails: a
 * full or missing log loses the line. Control characters and bytes that are not UTF-8 are written
 * as \xNN. PRIORITY is one of LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO.
 */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same line to stderr ("PROGRAM: TEXT\n", one write) and to syslog. */
void say(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));
