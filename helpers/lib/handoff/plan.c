/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "handoff/replay.h"
#include "handoff/undo.h"

int plan_add(struct plan *plan, const struct noun *noun, const char *object, const char *from,
	const char *to, struct msg *why)
{
	if (plan->steps >= STEPS_MAX)
		return msg_fail(why, E2BIG, "the guest names too many devices: more than %d steps",
			STEPS_MAX);
	if (step_make(&plan->step[plan->steps], noun, object, from, to) < 0)
		return msg_fail(why, EINVAL,
			"%s %s has a name that cannot be written down: %s -> %s", noun->name,
			object, from, to);
	plan->steps++;
	return 0;
}

const struct plan_function *plan_find(const struct plan *plan, const char *address)
{
	for (size_t i = 0; i < plan->functions; i++)
		if (strcmp(plan->function[i].pci.address, address) == 0)
			return &plan->function[i];
	return NULL;
}

static bool names(const struct undo *undo, const char *object)
{
	for (size_t i = 0; i < undo->lines; i++)
		if (strcmp(undo->line[i].step.object, object) == 0)
			return true;
	return false;
}

static int owned(const struct undo *undo, const char *object, struct msg *why)
{
	char name[256];
	struct holders holders;

	text_printable(undo->name, name, sizeof(name));
	if (undo->released && replay_in_use(undo, &holders) == 0)
		return msg_fail(why, EBUSY,
			"%s did not come back whole from guest %s; gpu-handoff give-back %s says "
			"why, and removing " UNDO_DIR "/%s" UNDO_SUFFIX " gives up on what remains",
			object, name, undo->uuid, undo->uuid);
	return msg_fail(why, EBUSY,
		"%s belongs to guest %s now; stop that guest first, or run gpu-handoff give-back "
		"%s if it does not run",
		object, name, undo->uuid);
}

int plan_unclaimed(const struct plan *plan, const char *object, struct msg *why)
{
	char(*uuids)[37] = NULL;
	int n = plan->undo_dir < 0 ? 0 : undo_list(plan->undo_dir, &uuids), err = 0;

	if (n < 0)
		return msg_fail(why, -n, UNDO_DIR " cannot be read: %s", strerror(-n));
	for (int i = 0; i < n && err == 0; i++) {
		struct undo *undo;

		if (strcmp(uuids[i], plan->guest->uuid) == 0)
			continue;
		err = undo_open(plan->undo_dir, uuids[i], &undo, why);
		if (err < 0) {
			err = err == -ENOENT ? 0 : err;
			continue;
		}
		if (names(undo, object)) {
			err = owned(undo, object, why);
		}
		undo_close(undo);
	}
	free(uuids);
	return err;
}

int plan_make(struct plan *plan, struct msg *why)
{
	int err = plan_functions(plan, why);

	if (err == 0)
		err = plan_console(plan, why);
	if (err == 0)
		err = plan_moves(plan, why);
	if (err == 0 && !plan->no_vgpus)
		err = plan_vgpus(plan, why);
	return err;
}
