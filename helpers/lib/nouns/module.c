/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nouns/kmod.h"
#include "nouns/noun.h"
#include "nouns/sysfs.h"

#define MODULE "/sys/module/%s"

static bool valid(const char *object, const char *state)
{
	return *object && strlen(object) < 64 &&
	       strspn(object, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
		       strlen(object) &&
	       (strcmp(state, "loaded") == 0 || strcmp(state, "unloaded") == 0);
}

static int read_state(const char *object, char state[static STATE_SIZE])
{
	char text[32];
	int err = sysfs_read(text, sizeof(text), MODULE "/initstate", object);

	if (err < 0 && err != -ENOENT)
		return err;
	return text_copy(
		state, STATE_SIZE, err == 0 && strcmp(text, "live") == 0 ? "loaded" : "unloaded");
}

static int move(const char *object, const char *from, const char *to, struct deadline deadline)
{
	(void)from;
	(void)deadline;
	return strcmp(to, "loaded") == 0 ? kmodule_load(object) : kmodule_unload(object);
}

static void explain(const char *object, const char *to, int err, struct msg *why)
{
	char **users, first[64] = "";

	if (strcmp(to, "loaded") == 0) {
		if (err == -ENOENT)
			msg_fail(why, -err, "module %s is not installed any more; install it again",
				object);
		else
			msg_fail(why, -err, "module %s could not be loaded: %s; see dmesg", object,
				strerror(-err));
		return;
	}
	if (sysfs_list(&users, 1024, MODULE "/holders", object) > 0) {
		text_copy(first, sizeof(first), users[0]);
		free(users);
	}
	if (*first)
		msg_fail(why, -err, "module %s is in use by module %s; unload that first", object,
			first);
	else if (!err)
		msg_fail(why, 0,
			"module %s was loaded again at once; end what did that (nvidia-smi, "
			"nvidia-persistenced, a display server) and start the guest again",
			object);
	else if (err == -EAGAIN || err == -EBUSY)
		msg_fail(why, -err,
			"module %s is in use; end what uses the GPU, or see unload-modules= in "
			"gpu-handoff.conf(5)",
			object);
	else
		msg_fail(why, -err, "module %s could not be unloaded: %s; see dmesg", object,
			strerror(-err));
}

const struct noun noun_module = {
	.name = "module", .valid = valid, .read = read_state, .move = move, .explain = explain};
