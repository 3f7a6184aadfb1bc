/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "machine/parts.h"
#include "nouns/sysfs.h"

enum { VGPUS_MAX = 65536 };

static void add(struct machine *machine, const char *name)
{
	struct machine_vgpu *vgpu = &machine->vgpu[machine->vgpus];
	char state[STATE_SIZE], *slash;
	int err;

	if (!text_uuid(name, vgpu->uuid))
		return;
	err = mdev_state(name, state);
	if (err < 0 ? err != -EAGAIN : strcmp(state, "absent") == 0)
		return;
	vgpu->holders = &machine->nobody;
	machine->vgpus++;
	slash = err == 0 ? strchr(state, '/') : NULL;
	if (!slash)
		return;
	*slash = '\0';
	text_copy(vgpu->parent, sizeof(vgpu->parent), state);
	text_copy(vgpu->type, sizeof(vgpu->type), slash + 1);
	vgpu->by_mdevctl = mdev_is_defined(vgpu->parent, vgpu->uuid);
}

int machine_vgpus(struct machine *machine)
{
	char **names;
	int n = sysfs_list(&names, VGPUS_MAX, "/sys/bus/mdev/devices");

	if (n < 0) /* without the module mdev there is no such bus */
		return n == -ENOENT ? 0 : n;
	machine->vgpu = calloc((size_t)n + 1, sizeof(*machine->vgpu));
	for (int i = 0; machine->vgpu && i < n; i++)
		add(machine, names[i]);
	free(names);
	return machine->vgpu ? 0 : -ENOMEM;
}
