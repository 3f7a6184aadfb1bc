/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/gone.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/spawn.h"
#include "base/text.h"
#include "handoff/replay.h"
#include "handoff/undo.h"
#include "nouns/pci.h"

enum { DEFAULT_SECONDS = 30, ELSEWHERE = 240 /* beyond all errnos */ };

static bool is_about(const struct undo_line *line, const char *address)
{
	return !line->done && strcmp(line->step.object, address) == 0;
}

static bool names(const struct undo *undo, const char *address)
{
	for (size_t i = 0; i < undo->lines; i++)
		if (is_about(&undo->line[i], address))
			return true;
	return false;
}

/* The newest line about the function's driver, which says where the guest left it, or NULL. */
static const struct step *driver_line(const struct undo *undo, const char *address)
{
	for (size_t i = undo->lines; i > 0; i--)
		if (is_about(&undo->line[i - 1], address) &&
			undo->line[i - 1].step.noun == &noun_driver)
			return &undo->line[i - 1].step;
	return NULL;
}

/* In a child: behind an unbind that hangs the state cannot be read. */
static int compare(void *argument)
{
	const struct step *const *step = argument;
	char state[STATE_SIZE];
	int err = (*step)->noun->read((*step)->object, state);

	return err == 0 && strcmp(state, (*step)->from) != 0 ? -ELSEWHERE : err;
}

/* Is the function away from where the guest left it? 1, 0, or -errno with WHY set. */
static int is_away(
	const struct undo *undo, const char *address, unsigned int timeout, struct msg *why)
{
	const struct step *line = driver_line(undo, address);
	struct pci_function f;
	int err, lock;

	if (pci_read(address, &f) == -ENODEV)
		return 1;
	/* a guest that is over: giving back tells what is left to do from what somebody changed */
	if (!line || undo->released)
		return 0;
	lock = undo_reopen(undo);
	if (lock >= 0 && step_is_stuck(line, lock))
		return msg_fail(why, EBUSY,
			"%s is stuck: the kernel has not returned from moving its driver; close "
			"what uses it, else reboot",
			address);
	err = spawn_call(compare, &line, -1, deadline_in(timeout));
	if (err == -ELSEWHERE || err == -ENODEV)
		return 1;
	return err < 0 ? msg_fail(why, -err, "driver %s cannot be read: %s; see dmesg", address,
				 strerror(-err))
		       : 0;
}

static int cut(struct undo *undo, const char *address, struct msg *why)
{
	char name[256];
	int err = 0;

	text_printable(undo->name ? undo->name : undo->uuid, name, sizeof(name));
	say(LOG_WARNING, "%s was unplugged while guest %s had it", address, name);
	for (size_t i = undo->lines; i > 0 && err == 0; i--)
		if (is_about(&undo->line[i - 1], address))
			err = undo_cut(undo, &undo->line[i - 1]);
	return err < 0 ? msg_fail(why, -err, UNDO_DIR " cannot be written: %s; see df /run",
				 strerror(-err))
		       : 0;
}

/* Closes UNDO. The release of a guest that may run removes its file, lines or not. */
static int drop(struct undo *undo, const char *address, unsigned int timeout, struct msg *why)
{
	struct holders holders;
	bool over = false;
	int err = names(undo, address) ? is_away(undo, address, timeout, why) : 0;

	if (err > 0) {
		over = !undo_may_be_starting(undo) && replay_in_use(undo, &holders) == 0;
		err = cut(undo, address, why);
	}
	if (over && undo_left(undo) == 0)
		undo_finish(undo);
	else
		undo_close(undo);
	return err;
}

/* The first error is the result, the others are said. */
static int drop_all(int dir, const char *address, unsigned int timeout, struct msg *why)
{
	char(*uuids)[37];
	int n = undo_list(dir, &uuids), err = 0;

	if (n < 0)
		return msg_fail(why, -n, UNDO_DIR " cannot be read: %s", strerror(-n));
	for (int i = 0; i < n; i++) {
		struct undo *undo;
		struct msg reason;
		int one = undo_open(dir, uuids[i], &undo, &reason);

		if (one == 0)
			one = drop(undo, address, timeout, &reason);
		if (one == 0 || one == -ENOENT)
			continue;
		if (err == 0)
			*why = reason;
		else
			say(LOG_ERR, "%s", reason.text);
		err = one;
	}
	free(uuids);
	return err;
}

int gone(const char *address, const struct config *config, struct msg *why)
{
	struct config_handoff settings = {.operation_timeout = DEFAULT_SECONDS};
	int dir = undo_dir(false, why), err;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	if (config)
		config_handoff(config, NULL, NULL, &settings);
	err = undo_lock(dir, deadline_in(2 * settings.operation_timeout), why);
	if (err == 0)
		err = drop_all(dir, address, settings.operation_timeout, why);
	close(dir);
	return err;
}
