/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/unit.h"

#include <errno.h>
#include <string.h>

#include "base/spawn.h"
#include "base/text.h"
#include "nouns/noun.h"

#define SYSTEMCTL "/usr/bin/systemctl"

enum { ASK_SECONDS = 10 };

bool unit_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n < OBJECT_SIZE && *text != '-' && strchr(text, '.') &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    ":-_.\\@") == n;
}

static bool valid(const char *object, const char *state)
{
	return unit_name(object) &&
	       (strcmp(state, "active") == 0 || strcmp(state, "inactive") == 0);
}

/* A host without systemd has no units: everything is inactive there. */
static int read_state(const char *object, char state[static STATE_SIZE])
{
	const char *const argv[] = {SYSTEMCTL, "is-active", "--", object, NULL};
	char out[64];
	int status = spawn_run(argv, out, sizeof(out), deadline_in(ASK_SECONDS));

	if (status < 0 && status != -ENOENT)
		return status;
	if (status == 0)
		return text_copy(state, STATE_SIZE, "active");
	/* activating, deactivating and reloading are on their way: a job waits for them */
	if (status != -ENOENT &&
		(strncmp(out, "activating", 10) == 0 || strncmp(out, "reloading", 9) == 0))
		return text_copy(state, STATE_SIZE, "active");
	return text_copy(state, STATE_SIZE, "inactive");
}

static int systemctl(const char *verb, const char *object, struct deadline deadline)
{
	const char *const argv[] = {SYSTEMCTL, verb, "--", object, NULL};
	int status = spawn_run(argv, NULL, 0, deadline);

	return status > 0 ? -EIO : status;
}

static int move(const char *object, const char *from, const char *to, struct deadline deadline)
{
	(void)from;
	if (strcmp(to, "inactive") == 0)
		return systemctl("stop", object, deadline);
	/* a unit that was stopped and started often runs into its start limit; failing to reset
	 * one that never failed is no harm */
	systemctl("reset-failed", object, deadline);
	return systemctl("start", object, deadline);
}

static void explain(const char *object, const char *to, int err, struct msg *why)
{
	const char *verb = strcmp(to, "inactive") == 0 ? "stopped" : "started";

	msg_fail(why, -err, "%s could not be %s%s; see systemctl status %s", object, verb,
		err == -ETIMEDOUT ? " in time" : "", object);
}

const struct noun noun_unit = {
	.name = "unit", .valid = valid, .read = read_state, .move = move, .explain = explain};
