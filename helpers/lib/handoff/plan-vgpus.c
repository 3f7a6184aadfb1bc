/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which mediated devices have to be made, where and of which type. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "handoff/plan.h"
#include "nouns/holders.h"
#include "nouns/mdev.h"
#include "nouns/sysfs.h"

/* A type of a parent that a vGPU could have. */
struct choice {
	char parent[MDEV_NAME_SIZE], type[MDEV_NAME_SIZE];
	long available; /* -1: nothing chosen yet */
};

static bool absent(const struct domain_hostdev *hostdev)
{
	char state[STATE_SIZE];

	return hostdev->kind == DOMAIN_MDEV && mdev_state(hostdev->uuid, state) == 0 &&
	       strcmp(state, "absent") == 0;
}

bool plan_needs_kvmgt(const struct domain *guest)
{
	bool wanted = false;
	char **parents;
	int n;

	for (size_t i = 0; i < guest->hostdevs; i++)
		wanted |= absent(&guest->hostdev[i]);
	if (!wanted)
		return false;
	n = sysfs_list(&parents, MDEV_PARENTS_MAX, "/sys/class/mdev_bus");
	if (n >= 0)
		free(parents);
	return n <= 0;
}

/* May a vGPU be made on PARENT: does its config, and the plan, allow it? */
static bool allowed(const struct plan *plan, const struct config_vgpu *vgpu, const char *parent)
{
	return (!*vgpu->parent || strcmp(vgpu->parent, parent) == 0) &&
	       (!plan->parent || strcmp(plan->parent, parent) == 0);
}

/* How many of this plan's vGPUs are of this type already. */
static long planned(const struct plan *plan, const char *parent, const char *type)
{
	char state[STATE_SIZE];
	long n = 0;

	snprintf(state, sizeof(state), "%s/%s", parent, type);
	for (size_t i = 0; i < plan->steps; i++)
		n += plan->step[i].noun == &noun_mdev && strcmp(plan->step[i].to, state) == 0;
	return n;
}

/* Takes TYPE of PARENT into BEST if it has room for NEED and is the larger share of the GPU. */
static void consider(const struct plan *plan, const char *parent, const char *type, long need,
	struct choice *best)
{
	long available;

	if (!mdev_name(parent) || !mdev_name(type) || !mdev_is_pci(parent, type))
		return;
	available = mdev_available(parent, type) - planned(plan, parent, type);
	if (available < need || (best->available >= 0 && available > best->available) ||
		(available == best->available && strcmp(type, best->type) >= 0))
		return;
	text_copy(best->parent, sizeof(best->parent), parent);
	text_copy(best->type, sizeof(best->type), type);
	best->available = available;
}

/*
 * The types of a parent share its room, so that after one vGPU the counts of the others are not
 * what they say now: another of the same type is what fits.
 */
static void consider_planned(
	const struct plan *plan, const struct config_vgpu *vgpu, long need, struct choice *best)
{
	char parent[MDEV_NAME_SIZE];

	for (size_t i = 0; i < plan->steps; i++) {
		const char *to = plan->step[i].to, *slash = strchr(to, '/');

		if (plan->step[i].noun != &noun_mdev || !slash)
			continue;
		memcpy(parent, to, (size_t)(slash - to));
		parent[slash - to] = '\0';
		if (allowed(plan, vgpu, parent))
			consider(plan, parent, slash + 1, need, best);
	}
}

/* Looks through the parents for TYPE, or for any if it is NULL. Returns how many parents it saw. */
static int search(const struct plan *plan, const struct config_vgpu *vgpu, const char *type,
	long need, struct choice *best)
{
	char **parents, **types;
	int seen = 0, n = sysfs_list(&parents, MDEV_PARENTS_MAX, "/sys/class/mdev_bus");

	for (int i = 0; i < n; i++) {
		int m;

		if (!allowed(plan, vgpu, parents[i]))
			continue;
		seen++;
		if (type) {
			consider(plan, parents[i], type, need, best);
			continue;
		}
		m = sysfs_list(&types, MDEV_TYPES_MAX,
			"/sys/class/mdev_bus/%s/mdev_supported_types", parents[i]);
		for (int j = 0; j < m; j++)
			consider(plan, parents[i], types[j], need, best);
		if (m >= 0)
			free(types);
	}
	if (n >= 0)
		free(parents);
	return seen;
}

/* Does a parent that the config allows offer one of the types that it names? */
static bool offered(const struct plan *plan, const struct config_vgpu *vgpu)
{
	char **parents;
	bool found = false;
	int n = sysfs_list(&parents, MDEV_PARENTS_MAX, "/sys/class/mdev_bus");

	for (int i = 0; i < n; i++)
		for (size_t j = 0; j < vgpu->types.count; j++)
			found |= allowed(plan, vgpu, parents[i]) &&
				 mdev_offers(parents[i], vgpu->types.word[j]);
	if (n >= 0)
		free(parents);
	return found;
}

static int no_room(
	const struct plan *plan, const char *uuid, const struct config_vgpu *vgpu, struct msg *why)
{
	if (vgpu->types.count > 0 && !offered(plan, vgpu))
		return msg_fail(why, ENOENT,
			"vGPU %s cannot be made: no GPU of this host offers type %s; see ls "
			"/sys/class/mdev_bus/*/mdev_supported_types and correct type= in "
			"gpu-handoff.conf(5)",
			uuid, vgpu->types.word[0]);
	if (vgpu->types.count == 0)
		return msg_fail(why, ENOSPC,
			"vGPU %s cannot be made: no type has a free instance; stop another guest "
			"that has a vGPU, or remove vGPUs that nobody uses",
			uuid);
	return msg_fail(why, ENOSPC,
		"vGPU %s cannot be made: no free instance of type %s%s; stop another guest, or "
		"choose another type= in gpu-handoff.conf(5)",
		uuid, vgpu->types.word[0], vgpu->types.count > 1 ? " or the others in type=" : "");
}

/* Which type a new vGPU gets. NEED is how many of this guest's own still want a type. */
static int choose(const struct plan *plan, const char *uuid, const struct config_vgpu *vgpu,
	long need, struct choice *best, struct msg *why)
{
	*best = (struct choice){.available = -1};
	for (size_t i = 0; i < vgpu->types.count && best->available < 0; i++)
		search(plan, vgpu, vgpu->types.word[i], 1, best);
	if (best->available >= 0)
		return 0;
	if (vgpu->types.count == 0) {
		int seen;

		consider_planned(plan, vgpu, need, best);
		if (best->available >= 0)
			return 0;
		seen = search(plan, vgpu, NULL, need, best);

		if (best->available < 0 && need > 1)
			search(plan, vgpu, NULL, 1, best);
		if (best->available >= 0)
			return 0;
		if (seen > 0)
			return no_room(plan, uuid, vgpu, why);
	} else if (search(plan, vgpu, vgpu->types.word[0], 1, best) > 0) {
		return no_room(plan, uuid, vgpu, why);
	}
	if (*vgpu->parent && !plan_needs_kvmgt(plan->guest))
		return msg_fail(why, ENODEV,
			"vGPU %s cannot be made: %s makes no vGPUs; correct parent= in "
			"gpu-handoff.conf(5)",
			uuid, vgpu->parent);
	return plan_no_parent(uuid, why);
}

/* An mdev that is there already is used as it is, and stays: it is not ours. */
static int check_existing(
	const struct plan *plan, const char *uuid, const char *state, struct msg *why)
{
	struct config_vgpu vgpu;
	const char *type = strchr(state, '/');
	struct nodes nodes = {0};
	struct holders holders;
	bool right;

	config_vgpu(plan->config, uuid, &vgpu);
	right = !*vgpu.parent || (strncmp(vgpu.parent, state, (size_t)(type - state)) == 0 &&
					 strlen(vgpu.parent) == (size_t)(type - state));
	if (right && vgpu.types.count > 0) {
		right = false;
		for (size_t i = 0; i < vgpu.types.count; i++)
			right |= strcmp(vgpu.types.word[i], type + 1) == 0;
	}
	if (!right)
		return msg_fail(why, EEXIST,
			"vGPU %s exists as %s, which is not what [vgpu] in gpu-handoff.conf(5) "
			"says; remove it (echo 1 >/sys/bus/mdev/devices/%s/remove) or correct the "
			"config",
			uuid, state, uuid);
	if (mdev_nodes(uuid, &nodes) < 0 || holders_scan(&nodes, &holders) < 0)
		return 0; /* QEMU's open says it then */
	if (holders.count == 0)
		return 0;
	return msg_fail(why, EBUSY, "vGPU %s is in use by %s (pid %d, %s); stop that first", uuid,
		holders.holder[0].command, (int)holders.holder[0].pid, holders.holder[0].path);
}

int plan_vgpu(struct plan *plan, const char *uuid, long need, struct msg *why)
{
	struct config_vgpu vgpu;
	struct choice best;
	char to[STATE_SIZE];
	int err;

	config_vgpu(plan->config, uuid, &vgpu);
	err = choose(plan, uuid, &vgpu, need, &best, why);
	if (err < 0)
		return err;
	snprintf(to, sizeof(to), "%s/%s", best.parent, best.type);
	return plan_add(plan, &noun_mdev, uuid, "absent", to, why);
}

int plan_vgpus(struct plan *plan, struct msg *why)
{
	char state[STATE_SIZE];
	long need = 0;
	int err = 0;

	for (size_t i = 0; i < plan->guest->hostdevs; i++)
		need += absent(&plan->guest->hostdev[i]);
	for (size_t i = 0; i < plan->guest->hostdevs && err == 0; i++) {
		const struct domain_hostdev *h = &plan->guest->hostdev[i];

		if (h->kind != DOMAIN_MDEV)
			continue;
		err = plan_unclaimed(plan, h->uuid, why);
		if (err == 0 && (err = mdev_state(h->uuid, state)) < 0)
			msg_fail(why, -err, "vGPU %s cannot be read: %s; start the guest again",
				h->uuid, strerror(-err));
		if (err < 0)
			break;
		if (strcmp(state, "absent") != 0) {
			err = check_existing(plan, h->uuid, state, why);
			continue;
		}
		err = plan_vgpu(plan, h->uuid, need--, why);
	}
	return err;
}
