/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine/parts.h"

static void free_holders(const struct machine *machine, struct holders *holders)
{
	if (holders != &machine->nobody)
		free(holders);
}

void machine_free(struct machine *machine)
{
	if (!machine)
		return;
	for (size_t i = 0; i < machine->gpus; i++) {
		free(machine->gpu[i].function);
		free(machine->gpu[i].member);
		free(machine->gpu[i].type);
		free_holders(machine, machine->gpu[i].holders);
	}
	for (size_t i = 0; i < machine->vgpus; i++)
		free_holders(machine, machine->vgpu[i].holders);
	for (size_t i = 0; i < machine->guests; i++) {
		free(machine->guest[i].name);
		free(machine->guest[i].step);
		free_holders(machine, machine->guest[i].holders);
	}
	free(machine->function);
	free(machine->gpu);
	free(machine->vgpu);
	free(machine->guest);
	free(machine);
}

bool machine_owners_known(const struct machine *machine)
{
	for (size_t i = 0; i < machine->guests; i++)
		if (machine->guest[i].state == MACHINE_BROKEN)
			return false;
	return !machine->undo_unseen;
}

int machine_read(struct machine **out, struct msg *why)
{
	int (*const parts[])(struct machine *) = {machine_functions, machine_gpus,
		machine_overrides, machine_vgpus, machine_moving_vgpus, machine_guests,
		machine_holders};
	struct machine *machine = calloc(1, sizeof(*machine));
	int err = machine ? 0 : -ENOMEM;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && err == 0; i++)
		err = parts[i](machine);
	if (err == 0) {
		*out = machine;
		return 0;
	}
	machine_free(machine);
	if (err == -ENOMEM)
		return msg_fail(why, ENOMEM, "not enough memory");
	return msg_fail(why, -err,
		"/sys/bus/pci/devices cannot be read: %s; is /sys mounted, and has this kernel "
		"PCI?",
		strerror(-err));
}
