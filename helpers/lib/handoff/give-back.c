/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/give-back.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/program.h"
#include "base/text.h"
#include "handoff/replay.h"
#include "handoff/undo.h"

enum { DEFAULT_SECONDS = 30, LOOK_AGAIN_MS = 1000, LOOKS_MAX = 60 };

/* What waiting has seen. */
struct looks {
	ino_t seen; /* the last undo file whose guest had its nodes open: it is not starting any
		       more */
	unsigned int
		starting; /* looks in a row at one that may be; a start takes less than LOOKS_MAX */
};

/* What is to be run, and what the visitor of its files needs. */
struct job {
	enum give_back_scope scope;
	const char *uuid, *name;
	/* libvirt's release: the daemon that called it; NULL by hand */
	const struct undo_owner *hook;
	const struct config *config;
	bool quiet; /* do not say that there was nothing */
	struct looks *looks;
};

static unsigned int timeout_of(const struct config *config, const char *name, const char *uuid)
{
	struct config_handoff settings;

	if (!config)
		return DEFAULT_SECONDS;
	config_handoff(config, name, uuid, &settings);
	return settings.operation_timeout;
}

static bool is_meant(const struct job *job, const struct undo *undo)
{
	if (job->scope != GIVE_BACK_ONE)
		return true;
	if (job->uuid && *job->uuid)
		return strcmp(job->uuid, undo->uuid) == 0;
	return job->name && undo->name && strcmp(job->name, undo->name) == 0;
}

static int nothing(const struct job *job)
{
	if (job->scope == GIVE_BACK_ONE && !job->hook && !job->quiet)
		say(LOG_NOTICE, "guest %s has nothing to give back",
			job->uuid && *job->uuid ? job->uuid : job->name);
	return 0;
}

/* Calls VISIT, which closes the undo file, for every file that the job means. */
static int for_each(int dir, const struct job *job,
	int (*visit)(struct undo *, const struct job *, struct msg *), struct msg *why)
{
	char(*uuids)[37];
	int n = undo_list(dir, &uuids), result = 0;
	bool any = false;

	if (n < 0)
		return msg_fail(why, -n, UNDO_DIR " cannot be read: %s", strerror(-n));
	for (int i = 0; i < n; i++) {
		struct msg reason;
		struct undo *undo;
		int one = -ENOENT;

		if (job->scope != GIVE_BACK_ONE || !job->uuid || !*job->uuid ||
			strcmp(job->uuid, uuids[i]) == 0)
			one = undo_open(dir, uuids[i], &undo, &reason);
		if (one == -ENOENT)
			continue;
		/* a release that was late: the guest has been started again by a new daemon */
		if (one == 0 && (!is_meant(job, undo) ||
					(job->hook && undo_is_of_another(undo, job->hook)))) {
			undo_close(undo);
			continue;
		}
		any = true;
		if (one == 0)
			one = visit(undo, job, &reason);
		if (one < 0 && result >= 0)
			*why = reason;
		else if (one < 0)
			say(LOG_ERR, "%s", reason.text);
		result = one < 0 ? one : result < 0 ? result : result + one;
	}
	free(uuids);
	return any ? result : nothing(job);
}

static int mark_released(struct undo *undo, const struct job *job, struct msg *why)
{
	(void)job;
	(void)why;
	undo_release(undo); /* if it fails, the daemon's end or the next release will do */
	undo_close(undo);
	return 0;
}

static int run(struct undo *undo, const struct job *job, struct msg *why)
{
	unsigned int timeout = timeout_of(job->config, undo->name ? undo->name : "", undo->uuid);
	struct holders holders;
	char name[256];
	int used;

	if (job->scope == GIVE_BACK_STALE) {
		if (replay_is_stale(undo))
			return (int)replay(undo, deadline_in(0), timeout);
		undo_close(undo);
		return 0;
	}
	used = replay_in_use(undo, &holders);
	if (job->scope == GIVE_BACK_ALL &&
		(used > 0 || (used == 0 && undo_may_be_starting(undo)))) {
		msg_fail(why, EBUSY,
			"guest %s %s: left alone; gpu-handoff give-back %s asks for it alone",
			undo->name ? undo->name : "", used > 0 ? "runs" : "may be starting",
			undo->uuid);
		undo_close(undo);
		return -EBUSY;
	}
	if (used == 0)
		return (int)replay(undo, deadline_in(timeout), timeout);
	text_printable(undo->name ? undo->name : undo->uuid, name, sizeof(name));
	undo_close(undo);
	if (used < 0)
		return msg_fail(why, -used, "guest %s: who holds its GPU cannot be read: %s", name,
			strerror(-used));
	return msg_fail(why, EBUSY,
		"guest %s still runs: %s (pid %d, %s) has its GPU open; stop it first", name,
		holders.holder[0].command, (int)holders.holder[0].pid, holders.holder[0].path);
}

int give_back(enum give_back_scope scope, const char *uuid, const char *name,
	const struct undo_owner *hook, const struct config *config, struct msg *why)
{
	const struct job job = {
		.scope = scope, .uuid = uuid, .name = name, .hook = hook, .config = config};
	struct msg ignored; /* the run that follows says it */
	int dir = undo_dir(false, why), err = 0;

	if (dir == -ENOENT)
		return nothing(&job);
	if (dir < 0)
		return dir;
	/* before the lock: if that cannot be had, the timer sees that the guest is over */
	if (hook)
		for_each(dir, &job, mark_released, &ignored);
	err = undo_lock(dir, deadline_in(2 * timeout_of(config, name, uuid)), why);
	if (err == 0)
		err = for_each(dir, &job, run, why);
	else if (hook) /* the file may have come while we waited */
		for_each(dir, &job, mark_released, &ignored);
	close(dir);
	return err;
}

static int print(struct undo *undo, const struct job *job, struct msg *why)
{
	char text[STEP_TEXT_SIZE], name[256];

	(void)why;
	if (job->scope == GIVE_BACK_STALE && !replay_is_stale(undo)) {
		undo_close(undo);
		return 0;
	}
	text_printable(undo->name ? undo->name : "", name, sizeof(name));
	printf("# guest %s %s\n", undo->uuid, name);
	for (size_t i = undo->lines; i > 0; i--) {
		step_format(&undo->line[i - 1].step, text);
		puts(text);
	}
	undo_close(undo);
	return 0;
}

int give_back_plan(enum give_back_scope scope, const char *uuid, const char *name, struct msg *why)
{
	const struct job job = {.scope = scope, .uuid = uuid, .name = name};
	int dir = undo_dir(false, why), err;

	if (dir == -ENOENT)
		return nothing(&job);
	if (dir < 0)
		return dir;
	err = for_each(dir, &job, print, why);
	if (err == 0)
		err = program_flush(why);
	close(dir);
	return err;
}

/* Waits for the end of the process that has the nodes, or of the daemon while the guest starts. It
 * looks again after a second: a device may also be unplugged from a guest. 1: look again. */
static int wait_one(struct undo *undo, const struct job *job, struct msg *why)
{
	struct holders holders;
	struct pollfd p = {.events = POLLIN};
	int used = replay_in_use(undo, &holders);
	struct looks *looks = job->looks;
	struct stat st = {.st_ino = 0};
	bool starting;
	pid_t pid = used > 0 ? holders.holder[0].pid : undo->owner.pid;

	fstat(undo->fd, &st);
	starting = used == 0 && undo_may_be_starting(undo) && st.st_ino != looks->seen &&
		   looks->starting < LOOKS_MAX;
	undo_close(undo);
	if (used < 0)
		return msg_fail(why, -used, "/proc cannot be read: %s", strerror(-used));
	if (used == 0 && !starting)
		return 0;
	looks->starting = used > 0 ? 0 : looks->starting + 1;
	if (used > 0)
		looks->seen = st.st_ino;
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	poll(&p, 1, LOOK_AGAIN_MS);
	if (p.fd >= 0)
		close(p.fd);
	return 1;
}

int give_back_wait(enum give_back_scope scope, const char *uuid, const char *name, struct msg *why)
{
	struct looks looks = {.seen = 0};
	const struct job job = {
		.scope = scope, .uuid = uuid, .name = name, .quiet = true, .looks = &looks};
	int dir = undo_dir(false, why), again;

	if (dir == -ENOENT)
		return nothing(&job);
	if (dir < 0)
		return dir;
	do
		again = for_each(dir, &job, wait_one, why);
	while (again > 0);
	close(dir);
	return again;
}
