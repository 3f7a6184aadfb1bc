/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nouns/mdev.h"
#include "nouns/pci.h"
#include "nouns/sysfs.h"

/* Is STEP the removal of a vGPU that mdevctl(8) has a definition of? The administrator keeps it. */
static bool is_kept(const struct step *step)
{
	char parent[STATE_SIZE];

	if (step->noun != &noun_mdev || strcmp(step->to, "absent") != 0)
		return false;
	text_copy(parent, sizeof(parent), step->from);
	parent[strcspn(parent, "/")] = '\0';
	return mdev_is_defined(parent, step->object);
}

/* Runs one line. Returns whether it is settled and can be cut off. */
static bool run_line(const struct undo *undo, const struct step *step, struct deadline patience,
	unsigned int timeout)
{
	struct msg why = {.text = ""};
	char text[STEP_TEXT_SIZE];
	int lock;

	step_format(step, text);
	if (is_kept(step)) {
		log_line(LOG_INFO, "guest %s: mdevctl has a definition of it, so it stays: %s",
			undo->name, text);
		return true;
	}
	lock = undo_reopen(undo);
	if (lock < 0) {
		say(LOG_ERR, "guest %s: its undo file cannot be opened: %s", undo->name,
			strerror(-lock));
		return false;
	}
	switch (step_run(step, lock, patience, timeout, &why)) {
	case STEP_DONE:
		log_line(LOG_NOTICE, "guest %s: gave back: %s", undo->name, text);
		return true;
	case STEP_NOTHING:
		return true;
	case STEP_GONE:
	case STEP_FOREIGN:
		say(LOG_WARNING, "guest %s: %s", undo->name, why.text);
		return true;
	case STEP_STUCK:
	case STEP_FAILED:
		break;
	}
	say(LOG_ERR, "guest %s: %s", undo->name, why.text);
	return false;
}

/* The module of the driver that STEP brings its function to; false if it has none. */
static bool module_of(const struct step *step, char module[static OBJECT_SIZE])
{
	return step->noun == &noun_driver &&
	       sysfs_link(module, OBJECT_SIZE, "/sys/bus/pci/drivers/%.*s/module",
		       (int)strcspn(step->to, "/"), step->to) == 0;
}

static bool unloaded(const struct undo *undo, const char *module)
{
	for (size_t i = 0; i < undo->lines; i++)
		if (!undo->line[i].done && undo->line[i].step.noun == &noun_module &&
			strcmp(undo->line[i].step.object, module) == 0)
			return true;
	return false;
}

/*
 * STEP has brought a card back to its driver. Another guest's start may have unloaded the modules
 * that belong to it, because no card of the host was left: load them now. That guest's lines stay,
 * and find nothing to do in the end.
 */
static void load_again(const struct undo *undo, const struct step *step, struct deadline patience,
	unsigned int timeout)
{
	char(*uuids)[37], module[OBJECT_SIZE];
	int n = module_of(step, module) ? undo_list(undo->dir, &uuids) : -ENOENT;

	for (int i = 0; i < n; i++) {
		struct undo *other;
		struct msg why;

		if (strcmp(uuids[i], undo->uuid) == 0 ||
			undo_open(undo->dir, uuids[i], &other, &why) < 0)
			continue;
		for (size_t j = unloaded(other, module) ? other->lines : 0; j > 0; j--)
			if (!other->line[j - 1].done &&
				other->line[j - 1].step.noun == &noun_module)
				run_line(other, &other->line[j - 1].step, patience, timeout);
		undo_close(other);
	}
	if (n >= 0)
		free(uuids);
}

/* Is a newer line about the same object still there? An object goes back the way it came. */
static bool must_wait(const struct undo *undo, size_t index)
{
	for (size_t i = index + 1; i < undo->lines; i++)
		if (!undo->line[i].done &&
			strcmp(undo->line[i].step.object, undo->line[index].step.object) == 0)
			return true;
	return false;
}

size_t replay(struct undo *undo, struct deadline patience, unsigned int timeout)
{
	for (size_t i = undo->lines; i > 0; i--) {
		struct undo_line *line = &undo->line[i - 1];

		if (line->done || must_wait(undo, i - 1) ||
			!run_line(undo, &line->step, patience, timeout))
			continue;
		load_again(undo, &line->step, patience, timeout);
		if (undo_cut(undo, line) < 0)
			say(LOG_ERR, "guest %s: " UNDO_DIR " cannot be written: %s", undo->name,
				strerror(errno));
	}
	/* the guest is over: what is left is for whoever looks for stale files */
	if (undo_left(undo) > 0)
		undo_release(undo);
	return undo_finish(undo);
}

int replay_in_use(const struct undo *undo, struct holders *out)
{
	struct nodes nodes = {0};
	struct pci_function f;
	char path[96];
	int err = 0;

	for (size_t i = 0; i < undo->lines && err == 0; i++) {
		const struct step *s = &undo->line[i].step;

		if (s->noun == &noun_mdev) {
			err = mdev_nodes(s->object, &nodes);
		} else if (s->noun == &noun_driver && pci_read(s->object, &f) == 0 &&
			   pci_is_vfio(f.driver)) {
			snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", f.address);
			err = nodes_vfio(f.group, &nodes);
			if (err == 0 && (err = nodes_below(path, &nodes)) == -ENOENT)
				err = 0;
		}
	}
	*out = (struct holders){0};
	if (err == 0 && nodes.count > 0)
		err = holders_scan(&nodes, out);
	return err < 0 ? err : out->count > 0;
}

bool replay_is_stale(const struct undo *undo)
{
	struct holders holders;

	return (undo->released || undo_owner_gone(undo)) && replay_in_use(undo, &holders) == 0;
}

int replay_all_stale(int dir, const char *except, unsigned int timeout, struct msg *why)
{
	char(*uuids)[37];
	int n = undo_list(dir, &uuids), left = 0;

	if (n < 0)
		return msg_fail(why, -n, UNDO_DIR " cannot be read: %s", strerror(-n));
	for (int i = 0; i < n; i++) {
		struct undo *undo;
		int err = strcmp(uuids[i], except) == 0 ? -ENOENT
							: undo_open(dir, uuids[i], &undo, why);

		if (err < 0) {
			if (err != -ENOENT)
				say(LOG_ERR, "%s", why->text);
			continue;
		}
		if (replay_is_stale(undo))
			left += (int)replay(undo, deadline_in(0), timeout);
		else
			undo_close(undo);
	}
	free(uuids);
	return left;
}
