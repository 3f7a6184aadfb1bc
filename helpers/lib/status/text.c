/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "status/page.h"
#include "status/status.h"

enum { HOLDERS_SHOWN = 8 }; /* processes; --json has all */

static bool is_set(const char *word)
{
	return strcmp(word, "-") != 0;
}

/* The processes, with all their nodes in one row. */
static void show_holders(const struct page *page, const char *label, const struct holders *holders)
{
	const char *before = *label ? "" : "held by ";
	size_t shown = 0, more = holders->omitted;

	for (size_t i = 0, next; i < holders->count; i = next) {
		const struct holder *h = &holders->holder[i];
		char paths[2048] = "";

		for (next = i; next < holders->count && holders->holder[next].pid == h->pid;
			next++) {
			size_t at = strlen(paths);

			snprintf(paths + at, sizeof(paths) - at, "%s%s", at ? ", " : "",
				holders->holder[next].path);
		}
		if (shown++ < HOLDERS_SHOWN)
			page_row(page, INK_PLAIN, label, "%s%s (pid %d): %s", before, h->command,
				(int)h->pid, paths);
		else
			more++;
		label = before = "";
	}
	if (more)
		page_row(page, INK_PLAIN, label, "%sand %zu more", before, more);
}

static bool in_slot(const struct machine_gpu *gpu, const char *address)
{
	for (size_t i = 0; i < gpu->functions; i++)
		if (strcmp(gpu->function[i].pci.address, address) == 0)
			return true;
	return false;
}

static void show_function(const struct page *page, const char *label,
	const struct machine_function *f, enum ink ink, const char *note)
{
	page_row(page, ink, label, "%s  %04x:%04x  %-15s %s%s%s%s", f->pci.address, f->pci.vendor,
		f->pci.device, status_kind(f->pci.class), f->pci.driver,
		is_set(f->override) ? ", override " : "", is_set(f->override) ? f->override : "",
		note);
}

/* The group with its members, then what of the slot is not in it. */
static void show_group(const struct page *page, const struct machine_gpu *gpu)
{
	const char *slot = "slot";
	char label[32];

	snprintf(label, sizeof(label), "group %ld", gpu->pci.group);
	if (gpu->pci.group < 0)
		page_row(page, INK_WARNING, "group", "none: the IOMMU is off");
	else if (gpu->pci.noiommu)
		page_row(page, INK_WARNING, label, "without isolation (noiommu)");
	for (size_t i = 0; i < gpu->members; i++) {
		const struct machine_function *f = &gpu->member[i];
		bool own = in_slot(gpu, f->pci.address), bridge = pci_is_bridge(&f->pci);

		show_function(page, i ? "" : label, f, own || bridge ? INK_PLAIN : INK_WARNING,
			own	 ? ""
			: bridge ? " (stays)"
				 : " (not of this GPU)");
	}
	for (size_t i = 0; i < gpu->functions; i++) {
		const struct machine_function *f = &gpu->function[i];

		if (f->pci.group == gpu->pci.group && gpu->pci.group >= 0)
			continue;
		snprintf(label, sizeof(label), "group %ld", f->pci.group);
		show_function(page, f->pci.group >= 0 ? label : slot, f, INK_PLAIN, "");
		slot = "";
	}
}

static void show_types(const struct page *page, const struct machine_gpu *gpu)
{
	for (size_t i = 0; i < gpu->types; i++) {
		const struct machine_type *t = &gpu->type[i];
		char free[32] = "?", memory[48] = "";

		if (t->available >= 0)
			snprintf(free, sizeof(free), "%ld", t->available);
		if (t->low_mb || t->high_mb)
			snprintf(memory, sizeof(memory), ", %u MB low, %u MB high", t->low_mb,
				t->high_mb);
		page_row(page, INK_PLAIN, i ? "" : "types", "%-16s %s free%s%s%s%s", t->name, free,
			memory, *t->resolution ? ", " : "", t->resolution,
			t->pci ? "" : ", not for vfio-pci");
	}
}

static const char *move_text(bool moving, bool stuck)
{
	return stuck	? " (stuck: the kernel has not returned from a move)"
	       : moving ? " (moving)"
			: "";
}

static void show_vgpus(const struct page *page, const struct machine *machine, const char *parent)
{
	for (size_t i = 0; i < machine->vgpus; i++) {
		const struct machine_vgpu *vgpu = &machine->vgpu[i];

		if (strcmp(vgpu->parent, parent) != 0)
			continue;
		page_row(page,
			vgpu->stuck   ? INK_ALARM
			: *vgpu->type ? INK_PLAIN
				      : INK_WARNING,
			"vGPU", "%s %s%s%s%s%s", vgpu->uuid,
			*vgpu->type ? vgpu->type : "just made, or its removal hangs",
			vgpu->guest ? ", guest " : "", vgpu->guest ? vgpu->guest : "",
			vgpu->by_mdevctl ? ", defined by mdevctl" : "",
			move_text(vgpu->moving, vgpu->stuck));
		show_holders(page, "", vgpu->holders);
	}
}

static void show_driver(const struct page *page, const struct machine_gpu *gpu)
{
	char power[64] = "";

	if (*gpu->power || *gpu->power_state)
		snprintf(power, sizeof(power), " (%s%s%s)", gpu->power,
			*gpu->power && *gpu->power_state ? ", " : "", gpu->power_state);
	page_row(page, INK_PLAIN, "driver", "%s%s%s%s",
		is_set(gpu->pci.driver) ? gpu->pci.driver : "none",
		is_set(gpu->override) ? ", override " : "",
		is_set(gpu->override) ? gpu->override : "", power);
}

static void show_gpu(
	const struct page *page, const struct machine *machine, const struct machine_gpu *gpu)
{
	char name[256];

	status_name(gpu, name, sizeof(name));
	page_gap(page);
	page_title(page, INK_BOLD, "%s  %s", gpu->pci.address, name);
	page_row(page, INK_PLAIN, "role", "%s%s (%s)", machine_role_name(gpu->role),
		gpu->pci.is_virtual ? ", a virtual function" : "", gpu->role_evidence);
	show_driver(page, gpu);
	if (gpu->pci.boot_vga)
		page_row(page, INK_PLAIN, "console", "the firmware's picture is on it");
	show_group(page, gpu);
	if (gpu->guest)
		page_row(page, INK_PLAIN, "guest", "%s", gpu->guest);
	show_holders(page, "held by", gpu->holders);
	show_types(page, gpu);
	show_vgpus(page, machine, gpu->pci.address);
}

static const char *state_text(enum machine_guest_state state)
{
	static const char *const texts[] = {[MACHINE_RUNNING] = "running",
		[MACHINE_STARTING] = "starting",
		[MACHINE_BY_HAND] = "taken by hand, and nobody has it open",
		[MACHINE_STALE] = "over, but not all is given back; it is tried every minute",
		[MACHINE_BROKEN] = "its record cannot be read"};

	return texts[state];
}

static void show_guest(const struct page *page, const struct machine_guest *guest)
{
	page_gap(page);
	page_title(page, INK_BOLD, "guest %s", guest->name ? guest->name : guest->uuid);
	page_row(page, INK_PLAIN, "UUID", "%s", guest->uuid);
	page_row(page,
		guest->state == MACHINE_BROKEN	? INK_ALARM
		: guest->state == MACHINE_STALE ? INK_WARNING
						: INK_PLAIN,
		"state", "%s", state_text(guest->state));
	if (guest->state == MACHINE_BROKEN)
		page_row(page, INK_ALARM, "why", "%s", guest->why.text);
	show_holders(page, "held by", guest->holders);
	for (size_t i = 0; i < guest->steps; i++) {
		char step[STEP_TEXT_SIZE];

		step_format(&guest->step[i].step, step);
		page_row(page, guest->step[i].stuck ? INK_ALARM : INK_PLAIN, i ? "" : "give back",
			"%s%s", step, move_text(guest->step[i].moving, guest->step[i].stuck));
	}
}

static void show_unseen(const struct page *page, const struct machine *machine)
{
	if (machine->holders_error || machine->processes_unseen || machine->undo_unseen)
		page_gap(page);
	if (machine->holders_error)
		page_text(page, INK_WARNING, "Not seen: who holds what; /proc cannot be read (%s).",
			strerror(-machine->holders_error));
	if (machine->processes_unseen)
		page_text(page, INK_WARNING,
			"Not seen: what is held by processes that may not be looked at (%zu of "
			"them).",
			machine->processes_unseen);
	if (machine->undo_unseen)
		page_text(page, INK_WARNING, "Not seen: which guest has what (%s).",
			machine->undo_why.text);
}

void status_text(const struct machine *machine, FILE *out, bool colour)
{
	const struct page page = {.out = out, .colour = colour};

	page_title(&page, INK_BOLD, "Wiring: %s", machine_wiring_name(machine->wiring));
	page_text(&page, INK_PLAIN, "  %s", machine->wiring_evidence);
	for (size_t i = 0; i < machine->gpus; i++)
		show_gpu(&page, machine, &machine->gpu[i]);
	if (machine->vgpus > 0)
		show_vgpus(&page, machine, "");
	for (size_t i = 0; i < machine->guests; i++)
		show_guest(&page, &machine->guest[i]);
	show_unseen(&page, machine);
}
