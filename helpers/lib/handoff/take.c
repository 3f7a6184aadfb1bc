/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/take.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/spawn.h"
#include "handoff/clear.h"
#include "handoff/plan.h"
#include "handoff/replay.h"
#include "nouns/kmod.h"
#include "nouns/sysfs.h"

static int load_kvmgt(void *argument)
{
	(void)argument;
	return kmodule_load("kvmgt");
}

/* Of a device whose move hangs not even the driver override can be read: refuse before the plan
 * does. */
static int refuse_stuck(const struct undo *undo, struct msg *why)
{
	/* the newest line of an object is the one whose move hangs */
	for (size_t i = undo->lines; i > 0; i--) {
		const struct step *s = &undo->line[i - 1].step;
		int lock = undo_reopen(undo);

		if (lock >= 0 && step_is_stuck(s, lock))
			return msg_fail(why, EBUSY,
				"%s is stuck since an earlier start of this guest: the kernel has "
				"not returned from moving its %s; close what uses it, else reboot",
				s->object, s->noun->name);
	}
	return 0;
}

/*
 * The guest's own undo file, kept from a take that was cut short; *OUT is NULL if there is none.
 * One without lines, whose head may not even be whole, is removed: nothing can be appended to that.
 */
static int open_own(int dir, const struct domain *guest, const struct undo_owner *owner,
	struct undo **out, struct msg *why)
{
	struct holders holders;
	struct undo *undo;
	int err = undo_open(dir, guest->uuid, &undo, why);

	*out = NULL;
	if (err < 0)
		return err == -ENOENT ? 0 : err;
	if (undo_left(undo) == 0) {
		undo_finish(undo);
		return 0;
	}
	if (owner->by_hand && undo_may_be_starting(undo)) {
		undo_close(undo);
		return msg_fail(
			why, EBUSY, "guest %s runs or may be starting; stop it first", guest->name);
	}
	if (replay_in_use(undo, &holders) == 0) {
		err = refuse_stuck(undo, why);
		if (err == 0)
			*out = undo;
		else
			undo_close(undo);
		return err;
	}
	undo_close(undo);
	return msg_fail(why, EBUSY,
		"guest %s runs already: %s (pid %d) has its GPU open; stop it first", guest->name,
		holders.holder[0].command, (int)holders.holder[0].pid);
}

/*
 * One step. Its inverse is in the file before it begins; a step of which nothing had to be done
 * leaves none. An object that an earlier take has a line about keeps that line: it says how the
 * host had it.
 */
static int run_step(
	struct undo *undo, const struct step *step, unsigned int timeout, struct msg *why)
{
	bool known = undo_find(undo, step) != NULL;
	char text[STEP_TEXT_SIZE], state[STATE_SIZE];
	int err = known ? 0 : undo_append(undo, step, why), lock;

	if (err < 0)
		return err;
	/* a driver whose module an earlier step unloaded: on one again, somebody loaded it */
	if (step->unbound && step->noun->read(step->object, state) == 0 && *state != '-')
		return msg_fail(why, EBUSY,
			"%s is on a driver again (%s): something loaded its module while it was "
			"handed over; end what did (nvidia-smi, nvidia-persistenced, a display "
			"server) and start the guest again",
			step->object, state);
	lock = undo_reopen(undo);
	if (lock < 0)
		return msg_fail(why, -lock, "the undo file cannot be opened: %s", strerror(-lock));
	step_format(step, text);
	switch (step_run(step, lock, deadline_in(timeout), timeout, why)) {
	case STEP_DONE:
		log_line(LOG_NOTICE, "guest %s: took: %s", undo->name, text);
		return 0;
	case STEP_NOTHING:
		if (known || undo_cut(undo, undo_find(undo, step)) == 0)
			return 0;
		return msg_fail(why, EIO, UNDO_DIR " cannot be written; see df /run");
	case STEP_GONE:
		return -ENODEV;
	case STEP_FOREIGN:
	case STEP_STUCK:
	case STEP_FAILED:
		break;
	}
	return -EIO;
}

/* Is the step one of those that make people let go? The second look comes after them. */
static bool makes_room(const struct step *step)
{
	return step->noun == &noun_unit || step->noun == &noun_seat || step->noun == &noun_console;
}

static int run_steps(
	struct undo *undo, const struct plan *plan, struct clear *clear, struct msg *why)
{
	bool looked = !clear->expects_release && (plan->steps == 0 || !makes_room(&plan->step[0]));
	int err = 0;

	for (size_t i = 0; i < plan->steps && err == 0; i++) {
		if (!looked && !makes_room(&plan->step[i])) {
			err = clear_second(clear, why);
			looked = true;
		}
		if (err == 0)
			err = run_step(undo, &plan->step[i], plan->settings.operation_timeout, why);
	}
	return err;
}

/* Does LINE's object stay as the guest leaves it: give-back=vfio, keep=yes? */
static bool stays(const struct plan *plan, const struct step *inverse)
{
	struct config_vgpu vgpu;

	if (inverse->noun == &noun_mdev) {
		config_vgpu(plan->config, inverse->object, &vgpu);
		return vgpu.keep;
	}
	if (!plan->settings.give_back_vfio)
		return false;
	/* services that need a GPU of their own on the host stay stopped if none is left */
	if (inverse->noun == &noun_unit)
		return plan->settings.stop_units_default && plan->all_nvidia &&
		       strncmp(inverse->object, "nvidia-", 7) == 0;
	return true;
}

/*
 * What stays needs no way back, now that all is done. A line "FROM FROM" of a device and of a vGPU
 * remains all the same: as long as it is there, they are this guest's.
 */
static int settle(struct undo *undo, const struct plan *plan, struct msg *why)
{
	size_t lines = undo->lines;
	int err = 0;

	for (size_t i = 0; i < lines && err == 0; i++) {
		struct step same = undo->line[i].step;

		if (undo->line[i].done || !stays(plan, &same))
			continue;
		memcpy(same.to, same.from, sizeof(same.to));
		if (same.noun == &noun_driver || same.noun == &noun_mdev)
			err = undo_append(undo, &same, why);
		if (err == 0 && undo_cut(undo, &undo->line[i]) < 0)
			err = msg_fail(why, EIO, UNDO_DIR " cannot be written; see df /run");
	}
	return err;
}

static void roll_back(struct undo *undo, unsigned int timeout, struct msg *why)
{
	char uuid[37];
	size_t length, left;

	memcpy(uuid, undo->uuid, sizeof(uuid));
	left = replay(undo, deadline_in(0), timeout);
	length = strlen(why->text);
	if (left > 0)
		snprintf(why->text + length, sizeof(why->text) - length,
			" (%zu steps could not be taken back; " UNDO_DIR "/%s" UNDO_SUFFIX
			" says which, and they are tried again every minute)",
			left, uuid);
}

static int act(struct undo *undo, const struct plan *plan, struct clear *clear,
	const struct undo_owner *owner, struct msg *why)
{
	int err;

	if (undo)
		err = undo_acquire(undo, owner) < 0
			      ? msg_fail(why, EIO, UNDO_DIR " cannot be written; see df /run")
			      : 0;
	else if (plan->steps == 0)
		return 0;
	else
		err = undo_create(
			plan->undo_dir, plan->guest->uuid, plan->guest->name, owner, &undo, why);
	if (!undo)
		return err;
	if (err == 0)
		err = run_steps(undo, plan, clear, why);
	if (err == 0)
		err = settle(undo, plan, why);
	if (err < 0)
		roll_back(undo, plan->settings.operation_timeout, why);
	else
		undo_finish(undo);
	return err;
}

static int take_locked(struct plan *plan, const struct undo_owner *owner, struct msg *why)
{
	unsigned int timeout = plan->settings.operation_timeout;
	static struct clear clear;
	struct undo *undo;
	int err = replay_all_stale(plan->undo_dir, plan->guest->uuid, timeout, why);

	if (err >= 0)
		err = open_own(plan->undo_dir, plan->guest, owner, &undo, why);
	if (err < 0)
		return err;
	if (plan_needs_kvmgt(plan->guest))
		spawn_call(load_kvmgt, NULL, -1,
			deadline_in(timeout)); /* the plan sees what came of it */
	err = plan_make(plan, why);
	if (err == 0)
		err = clear_first(&clear, plan, why);
	if (err == 0)
		return act(undo, plan, &clear, owner, why);
	/* refused, but an earlier take of this guest was cut short: that one is over now */
	if (undo)
		roll_back(undo, timeout, why);
	return err;
}

int take(const struct domain *guest, const struct config *config,
	const struct config_handoff *settings, const struct undo_owner *owner, struct msg *why)
{
	static struct plan plan;
	int dir = undo_dir(true, why), err;

	if (dir < 0)
		return dir;
	plan = (struct plan){
		.guest = guest, .config = config, .settings = *settings, .undo_dir = dir};
	err = undo_lock(
		dir, deadline_in(settings->busy_timeout + settings->operation_timeout), why);
	if (err == 0)
		err = take_locked(&plan, owner, why);
	close(dir);
	return err;
}
