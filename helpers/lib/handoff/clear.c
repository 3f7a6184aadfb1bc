/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/clear.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nouns/block.h"

#define DEVICE "/sys/bus/pci/devices/%s"

static bool any_block(const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (nodes->node[i].block)
			return true;
	return false;
}

static int collect(struct clear *clear, struct msg *why)
{
	char path[64];
	int err = 0;

	for (size_t i = 0; i < clear->plan->functions && err == 0; i++) {
		const struct plan_function *f = &clear->plan->function[i];

		snprintf(path, sizeof(path), DEVICE, f->pci.address);
		err = nodes_below(path, &clear->nodes);
		if (err == 0 && f->moves && any_block(&clear->nodes))
			err = block_in_use(path, why);
		if (err == -EBUSY)
			return err;
		if (err == 0 && f->moves && strcmp(f->pci.driver, "nvidia") == 0)
			err = nodes_nvidia(f->pci.address, clear->plan->all_nvidia, &clear->nodes);
		if (err == 0)
			err = nodes_vfio(f->pci.group, &clear->nodes);
		if (err < 0)
			msg_fail(why, -err, "what is below %s cannot be read: %s", f->pci.address,
				strerror(-err));
	}
	return err;
}

/* Has the process a DRM node of the card? With NVIDIA a compositor has /dev/nvidia* too. */
static bool has_drm(const struct clear *clear, pid_t pid)
{
	for (size_t i = 0; i < clear->holders.count; i++)
		if (clear->holders.holder[i].pid == pid && clear->holders.holder[i].node.drm)
			return true;
	return false;
}

/* Will the first steps of the plan make the holder let go? */
static bool will_let_go(const struct clear *clear, const struct holder *holder)
{
	const struct plan *plan = clear->plan;

	if ((plan->settings.seat_release || plan->releases_console) && has_drm(clear, holder->pid))
		return true;
	for (size_t i = 0; i < plan->steps; i++)
		if (plan->step[i].noun == &noun_unit &&
			holder_in_unit(holder, plan->step[i].object))
			return true;
	return false;
}

typedef bool in_the_way(const struct holder *holder, void *clear);

static bool in_the_way_now(const struct holder *holder, void *clear)
{
	(void)clear;
	return !holder->node.notify;
}

static bool in_the_way_first(const struct holder *holder, void *clear)
{
	return !holder->node.notify && !will_let_go(clear, holder);
}

/* "A (pid 1, /dev/a), B (pid 2, /dev/b) and 3 more" */
static void list_holders(struct clear *clear, in_the_way *wanted, char *out, size_t size)
{
	size_t named = 0, more = 0, at = 0;

	*out = '\0';
	for (size_t i = 0; i < clear->holders.count; i++) {
		const struct holder *h = &clear->holders.holder[i];

		if (!wanted(h, clear))
			continue;
		if (named == 4) {
			more++;
			continue;
		}
		at += (size_t)snprintf(out + at, size - at, "%s%s (pid %d, %s)",
			named++ ? ", " : "", h->command, (int)h->pid, h->path);
	}
	more += clear->holders.omitted;
	if (more > 0)
		snprintf(out + at, size - at, named ? " and %zu more" : "%zu processes", more);
}

static bool finds(const struct nodes *nodes, const struct node *wanted)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (nodes->node[i].rdev == wanted->rdev && nodes->node[i].block == wanted->block)
			return true;
	return false;
}

/* The function that the first holder in the way has a node of, the first one if in doubt. */
static const char *held_function(struct clear *clear, in_the_way *wanted)
{
	const struct plan *plan = clear->plan;
	char path[64];

	for (size_t h = 0; h < clear->holders.count; h++) {
		if (!wanted(&clear->holders.holder[h], clear))
			continue;
		for (size_t i = 0; i < plan->functions; i++) {
			struct nodes nodes = {0};

			snprintf(path, sizeof(path), DEVICE, plan->function[i].pci.address);
			if (nodes_below(path, &nodes) == 0 &&
				finds(&nodes, &clear->holders.holder[h].node))
				return plan->function[i].pci.address;
		}
		break;
	}
	return plan->function[0].pci.address;
}

static int refuse(struct clear *clear, in_the_way *wanted, struct msg *why)
{
	const struct holders *holders = &clear->holders;
	char list[1200], hidden[160] = "";

	list_holders(clear, wanted, list, sizeof(list));
	if (!*list)
		return msg_fail(why, EBUSY,
			"who has %s open cannot be found out: processes hang (ps shows them in "
			"state D); reboot if they stay",
			clear->plan->function[0].pci.address);
	if (holders->unreadable > 0)
		snprintf(hidden, sizeof(hidden),
			"; %zu processes could not be looked into, such as %s (pid %d)",
			holders->unreadable, holders->unreadable_first.command,
			(int)holders->unreadable_first.pid);
	return msg_fail(why, EBUSY,
		"%s is in use by %s; close it, or see busy= in gpu-handoff.conf(5)%s",
		held_function(clear, wanted), list, hidden);
}

static bool any(struct clear *clear, in_the_way *wanted)
{
	for (size_t i = 0; i < clear->holders.count; i++)
		if (wanted(&clear->holders.holder[i], clear))
			return true;
	return false;
}

/* Those whom we may not look into are only possible holders: say so and go on. */
static void report_unreadable(const struct clear *clear)
{
	const struct holders *holders = &clear->holders;

	if (holders->unreadable > 0)
		say(LOG_WARNING,
			"%zu processes cannot be looked into and may hold %s, such as %s (pid %d)",
			holders->unreadable, clear->plan->function[0].pci.address,
			holders->unreadable_first.command, (int)holders->unreadable_first.pid);
}

static int wait_for(struct clear *clear, in_the_way *wanted, unsigned int seconds, struct msg *why)
{
	int err = holders_wait(&clear->nodes, wanted, clear, deadline_in(seconds), &clear->holders);

	if (err == -ETIMEDOUT)
		return refuse(clear, wanted, why);
	return err < 0 ? msg_fail(why, -err, "/proc cannot be read: %s", strerror(-err)) : 0;
}

int clear_first(struct clear *clear, const struct plan *plan, struct msg *why)
{
	int err;

	*clear = (struct clear){.plan = plan};
	if (plan->functions == 0)
		return 0;
	err = collect(clear, why);
	if (err == 0)
		err = wait_for(clear, in_the_way_first,
			plan->settings.busy_wait ? plan->settings.busy_timeout : 0, why);
	if (err < 0)
		return err;
	report_unreadable(clear);
	clear->expects_release = any(clear, in_the_way_now);
	return 0;
}

int clear_second(struct clear *clear, struct msg *why)
{
	if (clear->plan->functions == 0)
		return 0;
	return wait_for(clear, in_the_way_now, clear->plan->settings.busy_timeout, why);
}
