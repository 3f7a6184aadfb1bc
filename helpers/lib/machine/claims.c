/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/claims.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/parts.h"

enum { CLAIMS_MAX = 1 << 20 };

static int add(struct claims *claims, const struct node *node)
{
	if (claims->count == claims->room) {
		size_t room = 2 * claims->room + 256;
		struct claim *bigger =
			room > CLAIMS_MAX ? NULL : realloc(claims->claim, room * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		claims->claim = bigger;
		claims->room = room;
	}
	claims->claim[claims->count++] = (struct claim){.node = *node, .holders = claims->holders};
	return 0;
}

static int add_visited(int dir, const char *name, const struct node *node, void *argument)
{
	struct claims *claims = argument;

	(void)dir;
	return strncmp(name, "vfio", strlen("vfio")) == 0 && !claims->vfio ? 0 : add(claims, node);
}

static int add_nodes(struct claims *claims, int err, const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count && err == 0; i++)
		err = add(claims, &nodes->node[i]);
	return err == -ENOMEM ? err : 0; /* what cannot be read is gone */
}

/* SHARED: the nodes of the whole nvidia driver are this GPU's, for it runs no other. */
static int add_function(struct claims *claims, const struct pci_function *f, bool shared)
{
	struct nodes nodes = {.count = 0};
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", f->address);
	claims->vfio = pci_is_vfio(f->driver);
	err = nodes_walk(path, add_visited, claims);
	if (err == -ENOMEM)
		return err;
	err = 0;
	if (strcmp(f->driver, "nvidia") == 0)
		err = nodes_nvidia(f->address, shared, &nodes);
	else if (claims->vfio)
		err = nodes_vfio(f->group, &nodes);
	return add_nodes(claims, err, &nodes);
}

static int add_gpus(struct claims *claims)
{
	struct machine *machine = claims->machine;
	size_t nvidia = 0;
	int err = 0;

	for (size_t i = 0; i < machine->gpus; i++)
		nvidia += strcmp(machine->gpu[i].pci.driver, "nvidia") == 0;
	for (size_t i = 0; i < machine->gpus; i++) {
		struct machine_gpu *gpu = &machine->gpu[i];

		claims->holders = &gpu->holders;
		for (size_t j = 0; j < gpu->functions && err == 0; j++)
			err = add_function(claims, &gpu->function[j].pci, nvidia == 1);
	}
	return err;
}

static int add_vgpus(struct claims *claims)
{
	struct machine *machine = claims->machine;
	int err = 0;

	for (size_t i = 0; i < machine->vgpus && err == 0; i++) {
		struct nodes nodes = {.count = 0};

		claims->holders = &machine->vgpu[i].holders;
		err = mdev_nodes(machine->vgpu[i].uuid, &nodes);
		err = add_nodes(claims, err, &nodes);
	}
	return err;
}

/* What a guest has: vGPUs, and functions that are on vfio now, those of group-allow= too. */
static int add_guest(struct claims *claims, const struct machine_guest *guest)
{
	int err = 0;

	for (size_t i = 0; i < guest->steps && err == 0; i++) {
		const struct step *step = &guest->step[i].step;
		struct nodes nodes = {.count = 0};
		const struct pci_function *f =
			step->noun == &noun_driver
				? machine_function_at(claims->machine, step->object)
				: NULL;

		if (step->noun == &noun_mdev)
			err = add_nodes(claims, mdev_nodes(step->object, &nodes), &nodes);
		else if (f && pci_is_vfio(f->driver))
			err = add_function(claims, f, false);
	}
	return err;
}

static int by_node_and_list(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = claims_compare(&x->node, &y->node);

	return order ? order : (x->holders > y->holders) - (x->holders < y->holders);
}

/* In order, and each once: functions of one slot may be in one group. */
static void sort(struct claims *claims)
{
	size_t kept = 0;

	qsort(claims->claim, claims->count, sizeof(*claims->claim), by_node_and_list);
	for (size_t i = 0; i < claims->count; i++)
		if (i == 0 || by_node_and_list(&claims->claim[i], &claims->claim[kept - 1]) != 0)
			claims->claim[kept++] = claims->claim[i];
	claims->count = kept;
}

int claims_collect(struct claims *claims)
{
	struct machine *machine = claims->machine;
	int err = add_gpus(claims);

	if (err == 0)
		err = add_vgpus(claims);
	for (size_t i = 0; i < machine->guests && err == 0; i++) {
		claims->holders = &machine->guest[i].holders;
		err = add_guest(claims, &machine->guest[i]);
	}
	if (err == 0 && claims->count > 0)
		sort(claims);
	return err;
}

int claims_compare(const struct node *a, const struct node *b)
{
	if (a->rdev != b->rdev)
		return a->rdev < b->rdev ? -1 : 1;
	if (a->block != b->block)
		return a->block - b->block;
	return a->any_minor - b->any_minor;
}
