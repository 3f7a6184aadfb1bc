/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of an undo file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "handoff/undo.h"

/* The lines of owner and state are as long whatever they say: both are overwritten in place */
enum { OWNER_WIDTH = 40 };

static const char acquired[] = "acquired", released[] = "released";

static int parse_owner(const char *line, struct undo_owner *out)
{
	struct undo_owner owner = {0};
	int pid, used = 0;

	if (strlen(line) != OWNER_WIDTH)
		return -EINVAL;
	if (strncmp(line, "owner - ", 8) == 0)
		owner.by_hand = true;
	else if (sscanf(line, "owner %9d %19llu %n", &pid, &owner.start, &used) != 2 ||
		 line[used] || pid < 0)
		return -EINVAL;
	else
		owner.pid = pid;
	*out = owner;
	return 0;
}

static int parse_guest(struct undo *undo, const char *line)
{
	const char *name;

	if (strncmp(line, "guest ", 6) != 0 || strlen(line) < 6 + 37 ||
		strncmp(line + 6, undo->uuid, 36) != 0 || line[6 + 36] != ' ')
		return -EINVAL;
	name = line + 6 + 37;
	undo->name = malloc(strlen(name) + 1);
	if (!undo->name)
		return -ENOMEM;
	return text_unescape(name, undo->name, strlen(name) + 1);
}

/* The head's line NUMBER (from 0), or a step. */
static int parse_line(struct undo *undo, size_t number, const char *line, off_t at)
{
	struct undo_line *l = &undo->line[undo->lines];

	switch (number) {
	case 0:
		if (strcmp(line, "gpu-handoff 1") == 0)
			return 0;
		return strncmp(line, "gpu-handoff ", 12) == 0 ? -EPROTONOSUPPORT : -EINVAL;
	case 1:
		return parse_guest(undo, line);
	case 2:
		undo->owner_at = at;
		return parse_owner(line, &undo->owner);
	case 3:
		undo->released = strcmp(line, released) == 0;
		return undo->released || strcmp(line, acquired) == 0 ? 0 : -EINVAL;
	default:
		break;
	}
	if (*line == '#')
		return 0;
	if (undo->lines >= STEPS_MAX)
		return -E2BIG;
	*l = (struct undo_line){.at = at, .length = strlen(line) + 1};
	if (step_parse(line, &l->step) < 0)
		return -EINVAL;
	undo->lines++;
	return 0;
}

int undo_parse(struct undo *undo, char *text, struct msg *why)
{
	char *line = text, *newline;
	size_t number = 0;
	int err = 0;

	for (; !err && (newline = strchr(line, '\n')); line = newline + 1) {
		*newline = '\0';
		err = parse_line(undo, number++, line, line - text);
	}
	undo->end = line - text;
	if (err == -EPROTONOSUPPORT)
		return msg_fail(why, EINVAL,
			UNDO_DIR "/%s" UNDO_SUFFIX
				 " is of another version of gpu-handoff; install that again "
				 "and run gpu-handoff give-back %s",
			undo->uuid, undo->uuid);
	if (err)
		return msg_fail(why, -err,
			UNDO_DIR "/%s" UNDO_SUFFIX ", line %zu: not what this program writes; "
				 "nothing was done: correct or remove it",
			undo->uuid, number);
	if (number < 4) { /* killed while it wrote the head: no step can have run */
		undo->released = true;
		undo->end = 0;
	}
	return 0;
}

size_t undo_format_state(const struct undo *undo, char out[static UNDO_STATE_SIZE])
{
	char owner[OWNER_WIDTH + 1] = "owner -";

	if (!undo->owner.by_hand)
		snprintf(owner, sizeof(owner), "owner %d %llu", (int)undo->owner.pid,
			undo->owner.start);
	return (size_t)snprintf(out, UNDO_STATE_SIZE, "%-*s\n%s\n", OWNER_WIDTH, owner,
		undo->released ? released : acquired);
}
