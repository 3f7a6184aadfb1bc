/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "handoff/vgpu.h"
#include "machine/parts.h"

static int by_uuid(const void *a, const void *b)
{
	return strcmp(
		((const struct machine_vgpu *)a)->uuid, ((const struct machine_vgpu *)b)->uuid);
}

/* One that is made has no place in sysfs yet. */
static struct machine_vgpu *find_or_add(struct machine *machine, const struct step *step)
{
	struct machine_vgpu *vgpu, *more, new = {.holders = &machine->nobody};
	const char *slash = strchr(step->to, '/');

	memcpy(new.uuid, step->object, sizeof(new.uuid) - 1);
	vgpu = machine->vgpus ? bsearch(&new, machine->vgpu, machine->vgpus, sizeof(new), by_uuid)
			      : NULL;
	if (vgpu || !slash)
		return vgpu;
	snprintf(new.parent, sizeof(new.parent), "%.*s", (int)(slash - step->to), step->to);
	snprintf(new.type, sizeof(new.type), "%s", slash + 1);
	more = realloc(machine->vgpu, (machine->vgpus + 1) * sizeof(new));
	if (!more)
		return NULL;
	machine->vgpu = more;
	more[machine->vgpus++] = new;
	qsort(more, machine->vgpus, sizeof(new), by_uuid);
	return bsearch(&new, more, machine->vgpus, sizeof(new), by_uuid);
}

int machine_moving_vgpus(struct machine *machine)
{
	char text[VGPU_MOVES_SIZE], *rest = text, *line;
	int file = open(VGPU_LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct step step;

	if (file < 0)
		return 0;
	if (undo_check(file, S_IFREG, VGPU_LOCK, NULL) < 0 ||
		file_read(AT_FDCWD, VGPU_LOCK, text, sizeof(text)) < 0)
		*text = '\0';
	while ((line = strsep(&rest, "\n"))) {
		struct machine_vgpu *vgpu;

		if (step_parse(line, &step) < 0 || step.noun != &noun_mdev ||
			!step_is_moving(&step, file) || !(vgpu = find_or_add(machine, &step)))
			continue;
		vgpu->moving = true;
		vgpu->stuck = machine_is_stuck(&step, VGPU_LOCK, file);
	}
	close(file);
	return 0;
}
