/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* A moment on CLOCK_BOOTTIME in milliseconds; a clock that is set does not move it. */
struct deadline {
	uint64_t at;
};

/* This moment. */
uint64_t deadline_now(void);

/* The moment SECONDS from now. */
struct deadline deadline_in(unsigned int seconds);

/* Milliseconds left, 0 if it has passed; at most 24 hours, so that it fits poll(2). */
int deadline_left(struct deadline deadline);
