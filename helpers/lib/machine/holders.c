/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who holds what: one scan for the nodes of all, and each node knows whose it is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine/claims.h"
#include "machine/parts.h"

static int by_node(const void *a, const void *b)
{
	return claims_compare(&((const struct claim *)a)->node, &((const struct claim *)b)->node);
}

static int own_list(struct claims *claims, struct holders **holders)
{
	if (*holders != &claims->machine->nobody)
		return 0;
	*holders = malloc(sizeof(**holders));
	if (!*holders) {
		*holders = &claims->machine->nobody;
		return -ENOMEM;
	}
	(*holders)->count = (*holders)->omitted = (*holders)->unreadable = 0;
	return 0;
}

/* One process holds one node: it is on the list of each whose node that is. */
static int deliver(struct claims *claims, const struct holder *holder)
{
	const struct claim key = {.node = holder->node};
	const struct claim *end = claims->claim + claims->count;
	const struct claim *at = bsearch(&key, claims->claim, claims->count, sizeof(key), by_node);
	int err = 0;

	while (at && at > claims->claim && by_node(at - 1, &key) == 0)
		at--;
	for (; at && at < end && by_node(at, &key) == 0 && err == 0; at++) {
		err = own_list(claims, at->holders);
		if (err < 0)
			break;
		if ((*at->holders)->count == HOLDERS_MAX)
			(*at->holders)->omitted++;
		else
			(*at->holders)->holder[(*at->holders)->count++] = *holder;
	}
	return err;
}

/* Those that one scan has no room for: they hold one of the nodes from FROM on, the last one. */
static void count_omitted(struct claims *claims, size_t from, size_t omitted)
{
	for (size_t i = from; i < claims->count; i++)
		if (by_node(&claims->claim[i], &claims->claim[from]) == 0 &&
			*claims->claim[i].holders != &claims->machine->nobody)
			(*claims->claim[i].holders)->omitted += omitted;
}

/* The holders of the nodes of claims FROM to TO, which are sorted; in two halves if they are too
 * many for one scan. */
static int scan(struct claims *claims, size_t from, size_t to)
{
	struct nodes nodes = {.count = 0};
	size_t i;
	int err;

	for (i = from; i < to && nodes.count < NODES_MAX; i++)
		if (i == from || by_node(&claims->claim[i - 1], &claims->claim[i]) != 0)
			nodes.node[nodes.count++] = claims->claim[i].node;
	while (i < to && by_node(&claims->claim[i - 1], &claims->claim[i]) == 0)
		i++;
	if (nodes.count == 0)
		return 0;
	err = holders_scan(&nodes, &claims->found);
	if (err < 0)
		return err;
	if (claims->found.unreadable > claims->machine->processes_unseen)
		claims->machine->processes_unseen = claims->found.unreadable;
	if (claims->found.omitted > 0 && nodes.count > 1) {
		size_t middle = from + (i - from) / 2;

		while (middle < i &&
			by_node(&claims->claim[middle - 1], &claims->claim[middle]) == 0)
			middle++;
		if (middle == i) /* the last of the nodes has most of the claims */
			for (middle = i - 1;
				by_node(&claims->claim[middle - 1], &claims->claim[i - 1]) == 0;)
				middle--;
		err = scan(claims, from, middle);
		err = err < 0 ? err : scan(claims, middle, i);
	} else {
		for (size_t h = 0; h < claims->found.count && err == 0; h++)
			err = deliver(claims, &claims->found.holder[h]);
		count_omitted(claims, from, claims->found.omitted);
	}
	return err < 0 || i == to ? err : scan(claims, i, to);
}

static int by_pid(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return x->pid != y->pid ? (x->pid > y->pid) - (x->pid < y->pid)
				: claims_compare(&x->node, &y->node);
}

/* Several scans may have filled one list. */
static void order(struct holders *holders)
{
	qsort(holders->holder, holders->count, sizeof(*holders->holder), by_pid);
}

static void finish(struct machine *machine)
{
	for (size_t i = 0; i < machine->gpus; i++)
		order(machine->gpu[i].holders);
	for (size_t i = 0; i < machine->vgpus; i++)
		order(machine->vgpu[i].holders);
	for (size_t i = 0; i < machine->guests; i++) {
		order(machine->guest[i].holders);
		if (machine->guest[i].holders->count > 0)
			machine->guest[i].state = MACHINE_RUNNING;
	}
}

int machine_holders(struct machine *machine)
{
	struct claims *claims = calloc(1, sizeof(*claims));
	int err;

	if (!claims)
		return -ENOMEM;
	claims->machine = machine;
	err = claims_collect(claims);
	if (err == 0 && claims->count > 0) {
		err = scan(claims, 0, claims->count);
		if (err != -ENOMEM) {
			machine->holders_error = err;
			err = 0;
		}
	}
	finish(machine);
	free(claims->claim);
	free(claims);
	return err;
}
