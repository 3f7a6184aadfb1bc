/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/*
 * What goes wrong, by event: the path of a file that is written or read ("/sys/devices/..."), or
 * probe:DRIVER:ADDRESS, load:MODULE, unload:MODULE.
 */
struct fault {
	enum fault_kind {
		FAULT_FAIL, /* the write fails with NUMBER */
		FAULT_LIE, /* the write claims success, nothing happens */
		FAULT_BLOCK, /* the write does not end while ACTIVE */
		FAULT_SHORT, /* the write takes NUMBER bytes only */
		FAULT_READ, /* the read fails with NUMBER */
		FAULT_ON, /* after the event COMMAND runs */
	} kind;
	char *glob, *command;
	long number;
	long skip, count; /* let SKIP events pass, then hit COUNT; -1 without end */
	bool active;
	struct fault *next;
};

void faults_add(enum fault_kind kind, const char *glob, long number, long count, long skip,
	const char *command);
void faults_clear(void);
/* Those that block writes of GLOB end. */
void faults_unblock(const char *glob);

/* The fault that hits EVENT now, or NULL; it is counted. */
struct fault *faults_take(const char *event, bool reading);

/* The same for events that can only fail or wait: 0, -errno, or -EINPROGRESS while faults_waiting,
 * which is what holds them up, is active. */
int faults_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern struct fault *faults_waiting;

/* Runs what shall follow EVENT. */
void faults_after(const char *format, ...) __attribute__((format(printf, 1, 2)));
