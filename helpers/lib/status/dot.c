/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As in the drawings that people make of their laptops: which GPU has the screen. */
#include <string.h>

#include "base/text.h"
#include "status/status.h"

/* A quoted string of the language: only the quote and the backslash are special. */
static void quote(FILE *out, const char *text)
{
	char printable[1024];

	text_printable(text, printable, sizeof(printable));
	for (const char *c = printable; *c; c++)
		fprintf(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
}

static void label(FILE *out, const char *first, const char *second, const char *third)
{
	fputs("label=\"", out);
	quote(out, first);
	fputs("\\n", out);
	quote(out, second);
	if (*third) {
		fputs("\\n", out);
		quote(out, third);
	}
	fputc('"', out);
}

static const struct machine_gpu *gpu_at(const struct machine *machine, const char *address)
{
	for (size_t i = 0; i < machine->gpus; i++)
		if (strcmp(machine->gpu[i].pci.address, address) == 0)
			return &machine->gpu[i];
	return NULL;
}

static void draw_gpu(FILE *out, const struct machine_gpu *gpu)
{
	static const char *const colours[] = {[MACHINE_INTEGRATED] = "lightblue",
		[MACHINE_DISCRETE] = "palegreen",
		[MACHINE_MANAGEMENT] = "lightgrey"};
	char name[256], what[192];

	status_name(gpu, name, sizeof(name));
	snprintf(what, sizeof(what), "%s, %s, %s", machine_role_name(gpu->role),
		status_kind(gpu->pci.class),
		strcmp(gpu->pci.driver, "-") ? gpu->pci.driver : "no driver");
	fprintf(out, "\t\t\"%s\" [style=filled, fillcolor=%s, ", gpu->pci.address,
		colours[gpu->role]);
	label(out, name, gpu->pci.address, what);
	fputs("];\n", out);
}

static void draw_function(FILE *out, const struct machine_function *f)
{
	fprintf(out, "\t\t\"%s\" [", f->pci.address);
	label(out, status_kind(f->pci.class), f->pci.address,
		strcmp(f->pci.driver, "-") ? f->pci.driver : "no driver");
	fputs("];\n", out);
}

/* Has an earlier GPU drawn this group? */
static bool is_drawn(const struct machine *machine, size_t gpu)
{
	for (size_t i = 0; i < gpu; i++)
		if (machine->gpu[i].pci.group == machine->gpu[gpu].pci.group)
			return true;
	return false;
}

static void draw_group(FILE *out, const struct machine *machine, size_t index)
{
	const struct machine_gpu *gpu = &machine->gpu[index];

	if (gpu->pci.group < 0) {
		draw_gpu(out, gpu);
		return;
	}
	if (is_drawn(machine, index))
		return;
	fprintf(out, "\tsubgraph \"cluster_%ld\" {\n\t\tlabel=\"IOMMU group %ld\";\n",
		gpu->pci.group, gpu->pci.group);
	for (size_t i = 0; i < gpu->members; i++) {
		const struct machine_gpu *display = gpu_at(machine, gpu->member[i].pci.address);

		if (display)
			draw_gpu(out, display);
		else
			draw_function(out, &gpu->member[i]);
	}
	fputs("\t}\n", out);
}

/* The other functions of the card, in whatever group they are. */
static void draw_slot(FILE *out, const struct machine *machine, const struct machine_gpu *gpu)
{
	for (size_t i = 0; i < gpu->functions; i++) {
		const struct machine_function *f = &gpu->function[i];

		if (gpu_at(machine, f->pci.address))
			continue;
		if (f->pci.group != gpu->pci.group || gpu->pci.group < 0)
			draw_function(out, f);
		fprintf(out, "\t\"%s\" -> \"%s\" [dir=none, style=dotted];\n", gpu->pci.address,
			f->pci.address);
	}
}

/*
 * MUXless: dGPU -> iGPU -> screen. MUXed: both -> switch -> screen. One kind alone: GPU -> screen.
 */
static void draw_wiring(FILE *out, const struct machine *machine)
{
	const bool muxed = machine->wiring == MACHINE_MUXED;
	const char *integrated = NULL;

	for (size_t i = 0; i < machine->gpus && !integrated; i++)
		if (machine->gpu[i].role == MACHINE_INTEGRATED && !machine->gpu[i].pci.is_virtual)
			integrated = machine->gpu[i].pci.address;
	fputs("\tscreen [shape=ellipse];\n", out);
	if (muxed)
		fputs("\tswitch [shape=diamond, label=\"switch\\nor cables\"];\n"
		      "\tswitch -> screen;\n",
			out);
	for (size_t i = 0; i < machine->gpus; i++) {
		const struct machine_gpu *gpu = &machine->gpu[i];
		bool behind = machine->wiring == MACHINE_MUXLESS && gpu->role == MACHINE_DISCRETE &&
			      gpu->pci.class >> 8 != 0x0300;

		if (gpu->pci.is_virtual || gpu->role == MACHINE_MANAGEMENT)
			continue;
		fprintf(out, "\t\"%s\" -> \"%s\";\n", gpu->pci.address,
			muxed		       ? "switch"
			: behind && integrated ? integrated
					       : "screen");
	}
}

static void draw_vgpus(FILE *out, const struct machine *machine)
{
	for (size_t i = 0; i < machine->vgpus; i++) {
		const struct machine_vgpu *vgpu = &machine->vgpu[i];

		fprintf(out, "\t\"%s\" [style=rounded, ", vgpu->uuid);
		label(out, "vGPU", vgpu->uuid, vgpu->type);
		fputs("];\n", out);
		if (!*vgpu->parent)
			continue;
		fputs("\t\"", out);
		quote(out, vgpu->parent);
		fprintf(out, "\" -> \"%s\" [dir=back, arrowtail=odot];\n", vgpu->uuid);
	}
}

static void draw_owner(FILE *out, const struct machine *machine, const char *owner, const char *of)
{
	for (size_t i = 0; owner && i < machine->guests; i++) {
		const struct machine_guest *guest = &machine->guest[i];

		if (owner == guest->name || owner == guest->uuid)
			fprintf(out, "\t\"%s\" -> \"guest %s\" [style=dashed];\n", of, guest->uuid);
	}
}

static void draw_guests(FILE *out, const struct machine *machine)
{
	for (size_t i = 0; i < machine->guests; i++) {
		const struct machine_guest *guest = &machine->guest[i];

		fprintf(out, "\t\"guest %s\" [shape=house, ", guest->uuid);
		label(out, "guest", guest->name ? guest->name : guest->uuid,
			machine_guest_state_name(guest->state));
		fputs("];\n", out);
	}
	for (size_t i = 0; i < machine->gpus; i++)
		draw_owner(out, machine, machine->gpu[i].guest, machine->gpu[i].pci.address);
	for (size_t i = 0; i < machine->vgpus; i++)
		draw_owner(out, machine, machine->vgpu[i].guest, machine->vgpu[i].uuid);
}

void status_dot(const struct machine *machine, FILE *out)
{
	fputs("digraph machine {\n\trankdir=LR;\n\tnode [shape=box, fontname=\"sans\"];\n"
	      "\tgraph [fontname=\"sans\", labelloc=t, ",
		out);
	label(out, machine_wiring_name(machine->wiring), machine->wiring_evidence, "");
	fputs("];\n", out);
	for (size_t i = 0; i < machine->gpus; i++)
		draw_group(out, machine, i);
	for (size_t i = 0; i < machine->gpus; i++)
		draw_slot(out, machine, &machine->gpu[i]);
	draw_wiring(out, machine);
	draw_vgpus(out, machine);
	draw_guests(out, machine);
	fputs("}\n", out);
}
