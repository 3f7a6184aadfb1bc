/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/parts.h"

static int by_address(const void *key, const void *gpu)
{
	return strcmp(key, ((const struct machine_gpu *)gpu)->pci.address);
}

static int by_uuid(const void *key, const void *vgpu)
{
	return strcmp(key, ((const struct machine_vgpu *)vgpu)->uuid);
}

/* The GPU at ADDRESS, or those in the slot of a function that is none, belong to GUEST now. */
static void own_slot(struct machine *machine, const char *address, const char *guest)
{
	struct machine_gpu *gpu =
		bsearch(address, machine->gpu, machine->gpus, sizeof(*machine->gpu), by_address);
	char sibling[ADDRESS_SIZE];

	if (gpu) {
		gpu->guest = guest;
		return;
	}
	if (!address_parse(address, sibling))
		return;
	for (char number = '0'; number < '8'; number++) {
		sibling[strlen(sibling) - 1] = number;
		gpu = bsearch(
			sibling, machine->gpu, machine->gpus, sizeof(*machine->gpu), by_address);
		if (gpu && !gpu->pci.is_virtual && !gpu->guest)
			gpu->guest = guest;
	}
}

static void own(struct machine *machine, const struct step *step, const char *guest)
{
	struct machine_vgpu *vgpu;

	if (step->noun == &noun_driver) {
		own_slot(machine, step->object, guest);
	} else if (step->noun == &noun_mdev) {
		vgpu = bsearch(step->object, machine->vgpu, machine->vgpus, sizeof(*machine->vgpu),
			by_uuid);
		if (vgpu)
			vgpu->guest = guest;
	}
}

/* What is left to do, newest first. */
static int add_steps(struct machine_guest *guest, const struct undo *undo)
{
	char path[sizeof(UNDO_DIR) + sizeof(undo->uuid) + sizeof(UNDO_SUFFIX)];

	snprintf(path, sizeof(path), UNDO_DIR "/%s" UNDO_SUFFIX, undo->uuid);
	guest->step = calloc(undo_left(undo) + 1, sizeof(*guest->step));
	if (!guest->step)
		return -ENOMEM;
	for (size_t i = undo->lines; i > 0; i--) {
		const struct undo_line *line = &undo->line[i - 1];

		if (line->done)
			continue;
		guest->step[guest->steps++] = (struct machine_step){.step = line->step,
			.moving = step_is_moving(&line->step, undo->fd),
			.stuck = machine_is_stuck(&line->step, path, undo->fd)};
	}
	return 0;
}

static int add(struct machine *machine, int dir, const char *uuid)
{
	struct machine_guest *guest = &machine->guest[machine->guests];
	struct undo *undo;
	int err = undo_look(dir, uuid, &undo, &guest->why);

	if (err == -ENOENT)
		return 0;
	memcpy(guest->uuid, uuid, sizeof(guest->uuid));
	guest->holders = &machine->nobody;
	machine->guests++;
	if (err < 0) {
		guest->state = MACHINE_BROKEN;
		return err == -ENOMEM ? err : 0;
	}
	guest->name = undo->name;
	undo->name = NULL;
	guest->state = undo_may_be_starting(undo)		? MACHINE_STARTING
		       : undo->owner.by_hand && !undo->released ? MACHINE_BY_HAND
								: MACHINE_STALE;
	err = add_steps(guest, undo);
	undo_close(undo);
	for (size_t i = 0; i < guest->steps; i++)
		own(machine, &guest->step[i].step, guest->name ? guest->name : guest->uuid);
	return err;
}

int machine_guests(struct machine *machine)
{
	char(*uuids)[37];
	int dir = undo_dir(false, &machine->undo_why), n, err = 0;

	if (dir == -ENOENT)
		return 0;
	n = dir < 0 ? dir : undo_list(dir, &uuids);
	if (n < 0) {
		machine->undo_unseen = true;
		if (dir == -EACCES)
			msg_fail(&machine->undo_why, EACCES, "only root may read " UNDO_DIR);
		if (dir >= 0) {
			msg_fail(&machine->undo_why, -n, UNDO_DIR " cannot be read: %s",
				strerror(-n));
			close(dir);
		}
		return 0;
	}
	machine->guest = calloc((size_t)n + 1, sizeof(*machine->guest));
	if (!machine->guest)
		err = -ENOMEM;
	for (int i = 0; i < n && err == 0; i++)
		err = add(machine, dir, uuids[i]);
	free(uuids);
	close(dir);
	return err;
}
