/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/vgpu-list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "base/text.h"
#include "handoff/undo.h"

/* A number with its unit, right aligned; "-" if the driver does not say it. */
static void print_number(long value, const char *unit, int width)
{
	char text[32] = "-";

	if (value >= 0)
		snprintf(text, sizeof(text), "%ld%s", value, unit);
	printf("  %*s", width, text);
}

static void print_type(const struct machine_type *type, int width)
{
	printf("  %-*s", width, type->name);
	print_number(type->available, "", 4);
	print_number(type->low_mb ? (long)type->low_mb : -1, "MB", 11);
	print_number(type->high_mb ? (long)type->high_mb : -1, "MB", 12);
	printf("  %10s", *type->resolution ? type->resolution : "-");
	print_number(type->fence ? (long)type->fence : -1, "", 5);
	print_number(type->weight ? (long)type->weight : -1, "", 6);
	putchar('\n');
}

static void print_types(const struct machine_gpu *gpu)
{
	int width = (int)strlen("type");

	for (size_t i = 0; i < gpu->types; i++)
		if ((int)strlen(gpu->type[i].name) > width)
			width = (int)strlen(gpu->type[i].name);
	printf("%s\n  %-*s  free  low_gm_size  high_gm_size  resolution  fence  weight\n",
		gpu->pci.address, width, "type");
	for (size_t i = 0; i < gpu->types; i++)
		print_type(&gpu->type[i], width);
}

/* Whose it is; whoever has it open by several nodes stands there once. */
static void print_users(const struct machine_vgpu *vgpu, bool seen)
{
	const struct holders *h = vgpu->holders;
	char name[256];

	if (vgpu->guest) {
		text_printable(vgpu->guest, name, sizeof(name));
		printf("  guest %s\n", name);
	}
	for (size_t i = 0; i < h->count; i++)
		if (i == 0 || h->holder[i].pid != h->holder[i - 1].pid)
			printf("  open in %s (pid %d, %s)\n", h->holder[i].command,
				(int)h->holder[i].pid, h->holder[i].path);
	if (h->omitted > 0)
		printf("  open in %zu more\n", h->omitted);
	if (vgpu->moving)
		puts(vgpu->stuck ? "  stuck: the kernel has not returned from making or removing it"
				 : "  moving");
	if (vgpu->by_mdevctl)
		puts("  defined by mdevctl");
	if (!vgpu->guest && h->count == 0 && !vgpu->by_mdevctl && !vgpu->moving)
		puts(seen ? "  nobody's" : "  not known");
}

/* Is all that makes one somebody's known? */
static bool all_seen(const struct machine *machine)
{
	return machine_owners_known(machine) && !machine->holders_error &&
	       machine->processes_unseen == 0;
}

static const struct machine_guest *find_broken(const struct machine *machine)
{
	for (size_t i = 0; i < machine->guests; i++)
		if (machine->guest[i].state == MACHINE_BROKEN)
			return &machine->guest[i];
	return NULL;
}

static void say_unseen(const struct machine *machine)
{
	const struct machine_guest *broken = find_broken(machine);

	if (geteuid() != 0)
		say(LOG_WARNING, "who uses the vGPUs is not all known: only root may read " UNDO_DIR
				 " and what processes have open; run it with sudo");
	else if (machine->undo_unseen)
		say(LOG_WARNING, "what guests have is not known: %s", machine->undo_why.text);
	else if (broken)
		say(LOG_WARNING, "what guests have is not all known: %s", broken->why.text);
	else if (machine->holders_error)
		say(LOG_WARNING, "who has vGPUs open is not known: %s; try again",
			strerror(-machine->holders_error));
	else
		say(LOG_WARNING, "what %zu processes have open is not known: they hang; see dmesg",
			machine->processes_unseen);
}

int vgpu_list(const struct machine *machine, struct msg *why)
{
	size_t types = 0;
	bool seen = all_seen(machine);

	for (size_t i = 0; i < machine->gpus; i++) {
		types += machine->gpu[i].types;
		if (machine->gpu[i].types > 0)
			print_types(&machine->gpu[i]);
	}
	if (types == 0)
		puts("No GPU of this host offers vGPUs; gpu-handoff doctor says why.");
	for (size_t i = 0; i < machine->vgpus; i++) {
		const struct machine_vgpu *vgpu = &machine->vgpu[i];

		printf("%s%s  %s  %s\n", i == 0 ? "\n" : "", vgpu->uuid,
			*vgpu->parent ? vgpu->parent : "?", *vgpu->type ? vgpu->type : "?");
		print_users(vgpu, seen);
	}
	if (program_flush(why) < 0)
		return -EIO;
	if (machine->vgpus > 0 && !seen)
		say_unseen(machine);
	return 0;
}
