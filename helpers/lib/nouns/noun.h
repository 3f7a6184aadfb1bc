/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "base/log.h"

enum {
	OBJECT_SIZE = 257, /* a systemd unit's name has up to 255 bytes */
	STATE_SIZE = 192,
};

/* One kind of thing whose state a step changes. A noun knows no policy and no other noun. */
struct noun {
	const char *name;
	/* Are OBJECT and STATE words that this noun can have? They become parts of paths. */
	bool (*valid)(const char *object, const char *state);
	/* What is now. Returns 0, -ENODEV if there is no such object (any more), or -errno. */
	int (*read)(const char *object, char state[static STATE_SIZE]);
	/* May STATE be met on the way from FROM to TO, when a move was cut short? NULL: never. */
	bool (*between)(const char *state, const char *from, const char *to);
	/* A move that succeeds is at TO, and one from TO to TO does no harm: nothing is read around
	 * it, for reading is as dear as moving. */
	bool certain;
	/*
	 * Changes OBJECT from FROM, or from what lies between, to TO. Runs in a child that may be
	 * left behind when DEADLINE passes, so it begins nothing new after that. The result is only
	 * for the message (-EEXIST: somebody else made it so): read says what came of it.
	 */
	int (*move)(const char *object, const char *from, const char *to, struct deadline deadline);
	/* One line for a move that failed with ERR: what, why, what to do. NULL: a general one. */
	void (*explain)(const char *object, const char *to, int err, struct msg *why);
};

extern const struct noun noun_unit, noun_seat, noun_console, noun_module, noun_power, noun_driver,
	noun_mdev;
