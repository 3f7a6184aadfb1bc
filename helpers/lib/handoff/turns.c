/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/turns.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "handoff/replay.h"
#include "handoff/undo.h"

enum {
	AGAIN_S = 60,
	STARTING_MS = 1000,
	STARTING_MAX = 60, /* a start takes less than as many looks */
	RUNNING_MS = 10000, /* a device may also be unplugged from a guest that runs on */
};

/* What one look at all of them gives: whose ends to wait for, and for how long. */
struct wait {
	struct pollfd end[TURNS_MAX];
	nfds_t ends;
	int timeout;
};

static struct turn *turn_of(struct turns *turns, const char *uuid)
{
	struct turn *turn;

	for (size_t i = 0; i < turns->count; i++)
		if (strcmp(turns->turn[i].uuid, uuid) == 0)
			return &turns->turn[i];
	if (turns->count == TURNS_MAX)
		return NULL;
	turn = &turns->turn[turns->count++];
	memcpy(turn->uuid, uuid, sizeof(turn->uuid));
	return turn;
}

/* Forgets the guests whose undo file has gone. */
static void drop(struct turns *turns, char (*uuids)[37], int n)
{
	size_t kept = 0;

	for (size_t i = 0; i < turns->count; i++) {
		bool there = false;

		for (int j = 0; j < n && !there; j++)
			there = strcmp(turns->turn[i].uuid, uuids[j]) == 0;
		if (there)
			turns->turn[kept++] = turns->turn[i];
	}
	turns->count = kept;
	memset(turns->turn + kept, 0, (TURNS_MAX - kept) * sizeof(*turns->turn));
}

static void wait_for(struct wait *wait, pid_t pid)
{
	int fd = wait->ends < TURNS_MAX ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;

	if (fd >= 0)
		wait->end[wait->ends++] = (struct pollfd){fd, POLLIN, 0};
}

/* Is it this guest's turn? If not, WAIT knows what may change that. */
static bool is_due(int dir, struct turn *turn, struct wait *wait)
{
	struct holders holders;
	struct undo *undo;
	struct stat st = {.st_ino = 0};
	struct msg ignored; /* giving back says it */
	int used, left = deadline_left(turn->not_before);
	bool starting;
	pid_t pid;

	if (left > 0) {
		wait->timeout = left < wait->timeout ? left : wait->timeout;
		return false;
	}
	if (undo_look(dir, turn->uuid, &undo, &ignored) < 0)
		return true;
	used = replay_in_use(undo, &holders);
	fstat(undo->fd, &st);
	starting = used == 0 && st.st_ino != turn->seen && turn->starting < STARTING_MAX &&
		   undo_may_be_starting(undo);
	pid = used > 0 ? holders.holder[0].pid : undo->owner.pid;
	undo_close(undo);
	if (used > 0)
		turn->seen = st.st_ino;
	turn->starting = starting ? turn->starting + 1 : 0;
	if (used <= 0 && !starting)
		return true;
	wait_for(wait, pid);
	if (starting && wait->timeout > STARTING_MS)
		wait->timeout = STARTING_MS;
	return false;
}

/* 1 and UUID, 0: nothing is left, -EAGAIN: nobody's turn yet, or -errno with WHY set */
static int look(struct turns *turns, struct wait *wait, char *uuid, struct msg *why)
{
	char(*uuids)[37];
	int dir = undo_dir(false, why), n, result;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	n = undo_list(dir, &uuids);
	if (n < 0) {
		close(dir);
		return msg_fail(why, -n, UNDO_DIR " cannot be read: %s", strerror(-n));
	}
	drop(turns, uuids, n);
	result = n > 0 ? -EAGAIN : 0;
	for (int i = 0; i < n && result == -EAGAIN; i++) {
		struct turn *turn = turn_of(turns, uuids[i]);

		if (!turn || !is_due(dir, turn, wait))
			continue;
		turn->not_before = deadline_in(AGAIN_S);
		memcpy(uuid, turn->uuid, sizeof(turn->uuid));
		result = 1;
	}
	free(uuids);
	close(dir);
	return result;
}

int turns_next(struct turns *turns, char uuid[static 37], struct msg *why)
{
	int result;

	do {
		struct wait wait = {.ends = 0, .timeout = RUNNING_MS};

		result = look(turns, &wait, uuid, why);
		if (result == -EAGAIN)
			poll(wait.end, wait.ends, wait.timeout);
		for (nfds_t i = 0; i < wait.ends; i++)
			close(wait.end[i].fd);
	} while (result == -EAGAIN);
	return result;
}
