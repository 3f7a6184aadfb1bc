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

/* Will the first steps of the plan make the holder let go? */
static bool will_let_go(const struct holder *holder, const struct plan *plan)
{
	if (holder->node.drm && (plan->settings.seat_release || plan->releases_console))
		return true;
	for (size_t i = 0; i < plan->steps; i++)
		if (plan->step[i].noun == &noun_unit &&
			holder_in_unit(holder, plan->step[i].object))
			return true;
	return false;
}

static bool in_the_way_now(const struct holder *holder, void *argument)
{
	(void)argument;
	return !holder->node.notify;
}

static bool in_the_way_first(const struct holder *holder, void *argument)
{
	return !holder->node.notify && !will_let_go(holder, argument);
}

/* "A (pid 1, /dev/a), B (pid 2, /dev/b) and 3 more" */
static void list_holders(const struct holders *holders,
	bool (*wanted)(const struct holder *, void *), void *argument, char *out, size_t size)
{
	size_t named = 0, more = 0, at = 0;

	*out = '\0';
	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *h = &holders->holder[i];

		if (!wanted(h, argument))
			continue;
		if (named == 4) {
			more++;
			continue;
		}
		at += (size_t)snprintf(out + at, size - at, "%s%s (pid %d, %s)",
			named++ ? ", " : "", h->command, (int)h->pid, h->path);
	}
	if (more > 0)
		snprintf(out + at, size - at, " and %zu more", more);
}

static int refuse(const struct clear *clear, const struct holders *holders,
	bool (*wanted)(const struct holder *, void *), void *argument, struct msg *why)
{
	char list[1200], hidden[160] = "";

	list_holders(holders, wanted, argument, list, sizeof(list));
	if (holders->unreadable > 0)
		snprintf(hidden, sizeof(hidden),
			"; %zu processes could not be looked into, such as %s (pid %d)",
			holders->unreadable, holders->unreadable_first.command,
			(int)holders->unreadable_first.pid);
	return msg_fail(why, EBUSY,
		"%s is in use by %s; close it, or see busy= in gpu-handoff.conf(5)%s",
		clear->plan->function[0].pci.address, list, hidden);
}

static bool any(const struct holders *holders, bool (*wanted)(const struct holder *, void *),
	void *argument)
{
	for (size_t i = 0; i < holders->count; i++)
		if (wanted(&holders->holder[i], argument))
			return true;
	return false;
}

/* Those whom we may not look into are only possible holders: say so and go on. */
static void report_unreadable(const struct clear *clear, const struct holders *holders)
{
	if (holders->unreadable > 0)
		say(LOG_WARNING,
			"%zu processes cannot be looked into and may hold %s, such as %s (pid %d)",
			holders->unreadable, clear->plan->function[0].pci.address,
			holders->unreadable_first.command, (int)holders->unreadable_first.pid);
}

static int wait_for(const struct clear *clear, bool (*wanted)(const struct holder *, void *),
	void *argument, unsigned int seconds, struct holders *out, struct msg *why)
{
	int err = holders_wait(&clear->nodes, wanted, argument, deadline_in(seconds), out);

	if (err == -ETIMEDOUT)
		return refuse(clear, out, wanted, argument, why);
	return err < 0 ? msg_fail(why, -err, "/proc cannot be read: %s", strerror(-err)) : 0;
}

int clear_first(struct clear *clear, const struct plan *plan, struct msg *why)
{
	struct holders holders = {0};
	void *argument = (void *)(unsigned long)plan;
	int err;

	*clear = (struct clear){.plan = plan};
	if (plan->functions == 0)
		return 0;
	err = collect(clear, why);
	if (err < 0)
		return err;
	err = wait_for(clear, in_the_way_first, argument,
		plan->settings.busy_wait ? plan->settings.busy_timeout : 0, &holders, why);
	if (err < 0)
		return err;
	report_unreadable(clear, &holders);
	clear->expects_release = any(&holders, in_the_way_now, NULL);
	return 0;
}

int clear_second(struct clear *clear, struct msg *why)
{
	struct holders holders = {0};

	if (clear->plan->functions == 0)
		return 0;
	return wait_for(
		clear, in_the_way_now, NULL, clear->plan->settings.busy_timeout, &holders, why);
}
