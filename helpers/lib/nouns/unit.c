/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/spawn.h"
#include "base/text.h"

#define SYSTEMCTL "/usr/bin/systemctl"

enum { ASK_SECONDS = 10 };

bool unit_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n < OBJECT_SIZE && *text != '-' && strchr(text, '.') &&
	       strspn(text,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@") ==
		       n;
}

static bool valid(const char *object, const char *state)
{
	return unit_name(object) &&
	       (strcmp(state, "active") == 0 || strcmp(state, "inactive") == 0);
}

/* Copies what follows KEY in the lines of TEXT. */
static bool property(const char *text, const char *key, char *out, size_t size)
{
	size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, n) != 0)
			continue;
		snprintf(out, size, "%.*s", (int)strcspn(line + n, "\n"), line + n);
		return true;
	}
	return false;
}

int unit_show(const char *name, char id[static OBJECT_SIZE], char state[static STATE_SIZE])
{
	const char *const argv[] = {
		SYSTEMCTL, "show", "--property=Id,LoadState,ActiveState", "--", name, NULL};
	char out[1024], load[32], active[32];
	int status = spawn_run(argv, out, sizeof(out), deadline_in(ASK_SECONDS));

	if (status == -ENOENT) /* a host without systemd has no units */
		return -ENODEV;
	if (status > 0 && access("/run/systemd/system", F_OK) < 0)
		return -ENODEV; /* it is installed but does not run this host: sd_booted(3) */
	if (status != 0)
		return status < 0 ? status : -EIO;
	if (!property(out, "Id=", id, OBJECT_SIZE) ||
		!property(out, "LoadState=", load, sizeof(load)) ||
		!property(out, "ActiveState=", active, sizeof(active)))
		return -EIO;
	if (strcmp(load, "not-found") == 0 && strcmp(active, "active") != 0)
		return -ENODEV;
	/* activating and reloading are on their way: a job waits for them */
	return text_copy(state, STATE_SIZE,
		strcmp(active, "active") == 0 || strcmp(active, "activating") == 0 ||
				strcmp(active, "reloading") == 0
			? "active"
			: "inactive");
}

/* "Sun 2026-11-22 18:37:43.696635 UTC", as systemctl prints it with --timestamp=us+utc */
static bool milliseconds(const char *text, long long *out)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%a %Y-%m-%d %H:%M:%S", &tm);
	unsigned int micro;
	int n = 0;

	if (!end || sscanf(end, ".%6u UTC%n", &micro, &n) != 1 || n == 0 || end[n])
		return false;
	*out = timegm(&tm) * 1000LL + micro / 1000;
	return true;
}

int unit_reloaded(const char *name, pid_t pid, long long *out)
{
	const char *const argv[] = {SYSTEMCTL, "show", "--timestamp=us+utc",
		"--property=MainPID,ActiveState,ReloadResult,ActiveEnterTimestamp,"
		"StateChangeTimestamp",
		"--", name, NULL};
	char text[1024], value[64];
	int status = spawn_run(argv, text, sizeof(text), deadline_in(ASK_SECONDS));
	long long active, changed;

	if (status == -ENOENT)
		return -ENODEV;
	if (status != 0)
		return status < 0 ? status : -ENODATA;
	if (!property(text, "MainPID=", value, sizeof(value)) || atoll(value) != pid ||
		!property(text, "ActiveState=", value, sizeof(value)) ||
		strcmp(value, "active") != 0 ||
		!property(text, "ActiveEnterTimestamp=", value, sizeof(value)) ||
		!milliseconds(value, &active) ||
		!property(text, "StateChangeTimestamp=", value, sizeof(value)) ||
		!milliseconds(value, &changed) ||
		!property(text, "ReloadResult=", value, sizeof(value)))
		return -ENODATA;
	if (changed <= active)
		return -ENOENT;
	if (strcmp(value, "success") != 0)
		return -ENODATA;
	*out = changed;
	return 0;
}

static int read_state(const char *object, char state[static STATE_SIZE])
{
	char id[OBJECT_SIZE];

	return unit_show(object, id, state);
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
	/* a unit that was stopped and started often runs into its start limit; failing to reset one
	 * that never failed is no harm */
	systemctl("reset-failed", object, deadline);
	return systemctl("start", object, deadline);
}

static void explain(const char *object, const char *to, int err, struct msg *why)
{
	const char *verb = strcmp(to, "inactive") == 0 ? "stopped" : "started";

	msg_fail(why, -err, "%s could not be %s%s; see systemctl status %s", object, verb,
		err == -ETIMEDOUT ? " in time" : "", object);
}

const struct noun noun_unit = {.certain = true,
	.name = "unit",
	.valid = valid,
	.read = read_state,
	.move = move,
	.explain = explain};
