/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree.h"

struct fault;

/* A write that the kernel waits for. */
struct request {
	struct node *node;
	char *text;
	size_t length;
	pid_t pid;
	struct fault *fault; /* that blocks it */
	void *reply; /* whom writes_answer answers */
	bool waited;
	struct request *next;
};

/* Ends a write: the number of bytes taken or -errno. Set by the file system. */
extern void (*writes_answer)(void *reply, long result);

/* The write whose store function runs, or NULL. */
extern struct request *writes_current;

/* Is that write to block inside the store function? */
bool writes_blocked(void);

/* A process writes TEXT; answered now or by a later writes_retry. */
void writes_begin(struct node *node, const char *text, size_t length, pid_t pid, void *reply);

/* Tries those that wait once more, until nothing moves. */
void writes_retry(void);

/* Ends all that wait with EIO. */
void writes_abort(void);

/* What /sys/kernel/laptop shows. */
void log_add(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_print(FILE *out);
void log_clear(void);
