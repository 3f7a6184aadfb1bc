/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firmware/scratch.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "firmware/confine.h"

enum { REMOVE_SECONDS = 30, REMOVE_MEMORY = 64 << 20 };

int scratch_make(char path[static SCRATCH_SIZE])
{
	text_copy(path, SCRATCH_SIZE, "/tmp/gpu-handoff-XXXXXX");
	if (!mkdtemp(path))
		return -errno;
	if (geteuid() == 0 && chown(path, CONFINE_UID, CONFINE_UID) < 0 && errno != EINVAL &&
		errno != EPERM) {
		int err = -errno;

		rmdir(path);
		return err;
	}
	return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* No link is followed, no other file system entered. */
static FTS *open_tree(const char *path)
{
	char *copy = strdup(path), *list[] = {copy, NULL};
	FTS *tree = copy ? fts_open(list, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, by_name) : NULL;

	free(copy);
	return tree;
}

static int remove_all(void *argument)
{
	FTS *tree = open_tree(argument);
	FTSENT *entry;

	while (tree && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_DP && entry->fts_level > 0)
			rmdir(entry->fts_accpath);
		else if (entry->fts_info == FTS_D)
			chmod(entry->fts_accpath, 0700);
		else if (entry->fts_info != FTS_DP)
			unlink(entry->fts_accpath);
	}
	if (tree)
		fts_close(tree);
	return 0;
}

void scratch_remove(const char *path)
{
	char copy[SCRATCH_SIZE];

	if (rmdir(path) == 0 || text_copy(copy, sizeof(copy), path) < 0)
		return;
	confine_call(remove_all, copy, REMOVE_MEMORY, 0, false, NULL, deadline_in(REMOVE_SECONDS));
	rmdir(path);
}

uint64_t scratch_used(const char *path)
{
	FTS *tree = open_tree(path);
	uint64_t used = 0;
	FTSENT *entry;

	while (tree && (entry = fts_read(tree)))
		if (entry->fts_info == FTS_F)
			used += (uint64_t)entry->fts_statp->st_blocks * 512;
	if (tree)
		fts_close(tree);
	return used;
}

int scratch_each(const char *path, int (*each)(void *context, const char *path, const char *name),
	void *context)
{
	FTS *tree = open_tree(path);
	FTSENT *entry;
	int err = 0;

	if (!tree)
		return -errno;
	while (err == 0 && (entry = fts_read(tree)))
		if (entry->fts_info == FTS_F)
			err = each(context, entry->fts_path, entry->fts_path + strlen(path) + 1);
	fts_close(tree);
	return err;
}
