/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/boot-vgpus.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "handoff/plan.h"
#include "handoff/vgpu.h"
#include "nouns/mdev.h"

static bool exists(const char *uuid)
{
	char state[STATE_SIZE];
	int err = mdev_state(uuid, state);

	/* -EAGAIN: somebody is just making it */
	return err == -EAGAIN || (err == 0 && strcmp(state, "absent") != 0);
}

/* Is vGPU UUID to be made at boot, on PARENT? */
static bool wanted(const struct config *config, const char *uuid, const char *parent)
{
	struct config_vgpu vgpu;

	config_vgpu(config, uuid, &vgpu);
	return vgpu.at_boot && (!*vgpu.parent || strcmp(vgpu.parent, parent) == 0);
}

/* Collects those that are to be made as the devices of GUEST, which nobody is. */
static int collect(const struct plan *plan, struct domain *guest)
{
	const char *uuid;
	struct msg why;
	int failed = 0;

	for (size_t i = 0; (uuid = config_vgpu_uuid(plan->config, i)); i++) {
		int err;

		if (!wanted(plan->config, uuid, plan->parent) || exists(uuid))
			continue;
		err = plan_unclaimed(plan, uuid, &why);
		if (err == 0 && guest->hostdevs == DOMAIN_HOSTDEVS_MAX)
			err = msg_fail(&why, E2BIG,
				"vGPU %s is not made: %d are enough; see gpu-handoff.conf(5)", uuid,
				DOMAIN_HOSTDEVS_MAX);
		if (err == 0) {
			struct domain_hostdev *h = &guest->hostdev[guest->hostdevs++];

			*h = (struct domain_hostdev){.kind = DOMAIN_MDEV};
			text_copy(h->uuid, sizeof(h->uuid), uuid);
		} else if (err != -EBUSY) {
			say(LOG_ERR, "%s", why.text);
			failed++;
		}
	}
	return failed;
}

static bool make(const struct step *step, unsigned int timeout)
{
	struct msg why;
	enum step_result result = vgpu_move(step, timeout, &why);

	if (result == STEP_DONE || result == STEP_NOTHING || exists(step->object))
		return true;
	say(LOG_ERR, "%s", why.text);
	return false;
}

static int run(struct plan *plan, struct domain *guest)
{
	int failed = collect(plan, guest);
	struct msg why;

	for (size_t i = 0; i < guest->hostdevs; i++)
		if (plan_vgpu(plan, guest->hostdev[i].uuid, (long)(guest->hostdevs - i), &why) <
			0) {
			say(LOG_ERR, "%s", why.text);
			failed++;
		}
	for (size_t i = 0; i < plan->steps; i++)
		failed += !make(&plan->step[i], plan->settings.operation_timeout);
	return failed;
}

int boot_vgpus(const char *parent, const struct config *config, struct msg *why)
{
	static struct domain_hostdev devices[DOMAIN_HOSTDEVS_MAX];
	struct domain guest = {.hostdev = devices};
	static struct plan plan;
	int err = vgpu_check_parent(parent, why);

	if (err < 0)
		return err;
	plan = (struct plan){.guest = &guest, .config = config, .parent = parent};
	config_handoff(config, NULL, NULL, &plan.settings);
	plan.undo_dir = vgpu_begin(&plan.settings, why);
	if (plan.undo_dir < 0)
		return plan.undo_dir;
	err = run(&plan, &guest);
	close(plan.undo_dir);
	return err;
}
