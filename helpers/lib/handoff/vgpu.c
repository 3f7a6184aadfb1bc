/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/vgpu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "handoff/plan.h"
#include "handoff/undo.h"
#include "nouns/holders.h"
#include "nouns/mdev.h"
#include "nouns/sysfs.h"

int vgpu_begin(const struct config_handoff *settings, struct msg *why)
{
	int dir = undo_dir(true, why), err;

	if (dir < 0)
		return dir;
	err = undo_lock(
		dir, deadline_in(settings->busy_timeout + settings->operation_timeout), why);
	if (err == 0)
		return dir;
	close(dir);
	return err;
}

int vgpu_check_parent(const char *parent, struct msg *why)
{
	if (mdev_name(parent) && sysfs_exists("/sys/class/mdev_bus/%s", parent))
		return 0;
	return msg_fail(why, ENODEV,
		"%s makes no vGPUs (there is no /sys/class/mdev_bus/%s); see gpu-handoff doctor",
		parent, parent);
}

/* Writes STEP down behind those that hang. That only serves whoever looks: what goes wrong is no
 * reason not to move. */
static void write_down(int lock, const struct step *step)
{
	char old[VGPU_MOVES_SIZE], text[VGPU_MOVES_SIZE], line[STEP_TEXT_SIZE], *rest = old;
	size_t at = 0;
	struct step other;
	ssize_t n;

	if (step_is_moving(step, lock)) /* an earlier one hangs */
		return;
	n = pread(lock, old, sizeof(old) - 1, 0);
	old[n > 0 ? n : 0] = '\0';
	for (char *word; (word = strsep(&rest, "\n"));) {
		if (step_parse(word, &other) < 0 || !step_is_moving(&other, lock))
			continue;
		step_format(&other, line);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s\n", line);
	}
	step_format(step, line);
	if (at + strlen(line) + 2 > sizeof(text))
		return;
	at += (size_t)snprintf(text + at, sizeof(text) - at, "%s\n", line);
	if (ftruncate(lock, 0) == 0)
		file_write_all(lock, text, at);
}

enum step_result vgpu_move(const struct step *step, unsigned int timeout, struct msg *why)
{
	int lock = open(VGPU_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum step_result result;

	if (lock < 0) {
		msg_fail(why, errno, VGPU_LOCK " cannot be opened: %s; see df /run",
			strerror(errno));
		return STEP_FAILED;
	}
	write_down(lock, step);
	result = step_run(step, lock, deadline_in(timeout), timeout, why);
	if (result == STEP_DONE)
		log_line(LOG_NOTICE, "done: mdev %s %s %s", step->object, step->from, step->to);
	return result;
}

/* Where TYPE has a free instance: the step's TO. */
static int find_parent(const char *uuid, const char *only, const char *type,
	char to[static STATE_SIZE], struct msg *why)
{
	char **parents;
	int n = sysfs_list(&parents, MDEV_PARENTS_MAX, "/sys/class/mdev_bus"), err = -ENOENT;

	if (n <= 0) {
		if (n == 0)
			free(parents);
		return plan_no_parent(uuid, why);
	}
	for (int i = 0; i < n && err < 0; i++) {
		if (!mdev_name(parents[i]) || (only && strcmp(only, parents[i]) != 0) ||
			!mdev_offers(parents[i], type))
			continue;
		err = -ENOSPC;
		if (mdev_available(parents[i], type) <= 0)
			continue;
		snprintf(to, STATE_SIZE, "%s/%s", parents[i], type);
		err = 0;
	}
	free(parents);
	if (err == -ENOENT)
		return msg_fail(why, ENOENT,
			"type %s is not offered by %s; gpu-handoff vgpu list shows the types", type,
			only ? only : "any GPU of this host");
	if (err == -ENOSPC)
		return msg_fail(why, ENOSPC,
			"type %s has no free instance; choose another one (gpu-handoff vgpu list), "
			"or remove vGPUs that nobody uses",
			type);
	return err;
}

/* A plan for nobody, without a configuration: what a vGPU is checked and its type chosen with. */
static struct plan *nobodys_plan(int dir, const char *parent, const struct config *config)
{
	static struct domain_hostdev none;
	static struct domain nobody = {.hostdev = &none};
	static struct plan plan;

	plan = (struct plan){.guest = &nobody, .config = config, .undo_dir = dir, .parent = parent};
	return &plan;
}

static int find_type(
	int dir, const char *uuid, const char *parent, char to[static STATE_SIZE], struct msg *why)
{
	struct config *defaults;
	struct plan *plan;
	int err = config_parse("", 0, &defaults, why);

	if (err < 0)
		return err;
	plan = nobodys_plan(dir, parent, defaults);
	err = plan_vgpu(plan, uuid, 1, why);
	if (err == 0)
		memcpy(to, plan->step[0].to, STATE_SIZE);
	config_free(defaults);
	return err;
}

/* Is there no such vGPU, nor one that is just coming? */
static int check_absent(const char *uuid, struct msg *why)
{
	char state[STATE_SIZE];
	int err = mdev_state(uuid, state);

	if (err == 0 && strcmp(state, "absent") == 0)
		return 0;
	if (err == 0)
		return msg_fail(why, EEXIST, "vGPU %s exists already, as %s; choose another UUID",
			uuid, state);
	return msg_fail(why, -err, "vGPU %s cannot be read: %s; try again", uuid, strerror(-err));
}

static int create(int dir, const char *parent, const char *type, const char *uuid,
	unsigned int timeout, struct msg *why)
{
	char to[STATE_SIZE];
	struct step step;
	enum step_result result;
	int err = check_absent(uuid, why);

	if (err == 0)
		err = plan_unclaimed(nobodys_plan(dir, NULL, NULL), uuid, why);
	if (err == 0 && parent)
		err = vgpu_check_parent(parent, why);
	if (err == 0)
		err = strcmp(type, "auto") == 0 ? find_type(dir, uuid, parent, to, why)
						: find_parent(uuid, parent, type, to, why);
	if (err < 0)
		return err;
	if (step_make(&step, &noun_mdev, uuid, "absent", to) < 0)
		return msg_fail(why, EINVAL, "%s cannot be the name of a type", type);
	result = vgpu_move(&step, timeout, why);
	if (result == STEP_NOTHING) /* somebody was quicker */
		return check_absent(uuid, why);
	return result == STEP_DONE ? 0 : -EIO;
}

int vgpu_create(const char *parent, const char *type, const char *uuid,
	const struct config_handoff *settings, struct msg *why)
{
	int dir, err;

	if (!mdev_name(type))
		return msg_fail(why, EINVAL, "%s cannot be the name of a type", type);
	dir = vgpu_begin(settings, why);
	if (dir < 0)
		return dir;
	err = create(dir, parent, type, uuid, settings->operation_timeout, why);
	close(dir);
	return err;
}

static int check_unused(const char *uuid, struct msg *why)
{
	struct nodes nodes = {0};
	struct holders holders;
	int err = mdev_nodes(uuid, &nodes);

	if (err < 0 || (err = holders_scan(&nodes, &holders)) < 0)
		return msg_fail(why, -err,
			"vGPU %s is not removed: who has it open cannot be read: %s; try again",
			uuid, strerror(-err));
	if (holders.count == 0)
		return 0;
	return msg_fail(why, EBUSY, "vGPU %s is in use by %s (pid %d, %s); stop that first", uuid,
		holders.holder[0].command, (int)holders.holder[0].pid, holders.holder[0].path);
}

static int check_undefined(const char *uuid, const char *state, struct msg *why)
{
	const char *slash = strchr(state, '/');
	char parent[STATE_SIZE];

	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - state), state);
	if (!mdev_is_defined(parent, uuid))
		return 0;
	return msg_fail(why, EPERM,
		"vGPU %s is defined by mdevctl (/etc/mdevctl.d/%s/%s); run mdevctl stop --uuid %s",
		uuid, parent, uuid, uuid);
}

static int remove_it(int dir, const char *uuid, unsigned int timeout, struct msg *why)
{
	char state[STATE_SIZE];
	struct step step;
	enum step_result result;
	int err = mdev_state(uuid, state);

	if (err < 0)
		return msg_fail(
			why, -err, "vGPU %s cannot be read: %s; try again", uuid, strerror(-err));
	if (strcmp(state, "absent") == 0)
		return msg_fail(why, ENODEV,
			"there is no vGPU %s; gpu-handoff vgpu list shows those that there are",
			uuid);
	if (step_make(&step, &noun_mdev, uuid, state, "absent") < 0)
		return msg_fail(why, EINVAL, "vGPU %s has a name that cannot be written down: %s",
			uuid, state);
	err = plan_unclaimed(nobodys_plan(dir, NULL, NULL), uuid, why);
	if (err == 0)
		err = check_unused(uuid, why);
	if (err == 0)
		err = check_undefined(uuid, state, why);
	if (err < 0)
		return err;
	result = vgpu_move(&step, timeout, why);
	if (result == STEP_DONE || result == STEP_NOTHING || result == STEP_GONE)
		return 0;
	/* opened a moment ago? */
	return result == STEP_FAILED && check_unused(uuid, why) < 0 ? -EBUSY : -EIO;
}

int vgpu_remove(const char *uuid, const struct config_handoff *settings, struct msg *why)
{
	int dir = vgpu_begin(settings, why), err;

	if (dir < 0)
		return dir;
	err = remove_it(dir, uuid, settings->operation_timeout, why);
	close(dir);
	return err;
}
