/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/change.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct change change_inverse(const struct change *change)
{
	return (struct change){
		.path = change->path,
		.from = change->to,
		.to = change->from,
		.from_time = change->to_time,
		.to_time = change->from_time,
	};
}

static bool equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static int write_it(const struct tree *tree, const struct change *change)
{
	int err = tree_make_parents(tree, change->path);

	if (err < 0)
		return err;
	return tree_publish(tree, change->path, change->to,
		change->to_time.tv_nsec == UTIME_NOW ? NULL : &change->to_time);
}

int change_do(const struct tree *tree, const struct change *change, struct msg *why)
{
	char *now = NULL;
	bool from, to;
	int err = tree_read(tree, change->path, &now, NULL);

	if (err < 0 && err != -ENOENT)
		return msg_fail(why, -err, "%s%s cannot be read: %s", tree->root, change->path,
			err == -ELOOP ? "it is no regular file" : strerror(-err));
	from = equal(now, change->from);
	to = equal(now, change->to);
	free(now);
	if (to)
		return 0;
	if (!from)
		return msg_fail(why, ESTALE,
			"%s%s was changed by somebody else meanwhile; run it again", tree->root,
			change->path);
	err = change->to ? write_it(tree, change) : tree_remove(tree, change->path);
	if (err < 0)
		return msg_fail(why, -err, "%s%s cannot be %s: %s", tree->root, change->path,
			change->to ? "written" : "removed", strerror(-err));
	return 0;
}
