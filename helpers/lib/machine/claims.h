/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "machine/machine.h"

/* A node, and the list of holders that it fills; a node of a group may be of several. */
struct claim {
	struct node node;
	struct holders **holders;
};

struct claims {
	struct machine *machine;
	size_t count, room;
	struct claim *claim; /* in order of claims_compare, each once */
	struct holders **holders; /* of those that are added now */
	bool vfio; /* its own nodes of vfio's are meant, not those of vGPUs below it */
	struct holders found; /* of one scan */
};

/* Fills the list, which is empty, with the nodes of all GPUs, vGPUs and guests; the caller frees
 * it. Returns 0 or -ENOMEM. */
int claims_collect(struct claims *claims);

/* Orders nodes; 0: the same one. */
int claims_compare(const struct node *a, const struct node *b);
