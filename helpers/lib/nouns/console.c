/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "nouns/noun.h"
#include "nouns/sysfs.h"

/* Documentation/driver-api/console.rst: bind is 1 while the driver shows the consoles */
#define BIND "/sys/class/vtconsole/%s/bind"

static bool valid(const char *object, const char *state)
{
	return strncmp(object, "vtcon", 5) == 0 && object[5] && strlen(object) < 16 &&
	       strspn(object + 5, "0123456789") == strlen(object + 5) &&
	       (strcmp(state, "bound") == 0 || strcmp(state, "unbound") == 0);
}

static int read_state(const char *object, char state[static STATE_SIZE])
{
	char text[16];
	int err = sysfs_read(text, sizeof(text), BIND, object);

	if (err < 0)
		return err == -ENOENT ? -ENODEV : err;
	return text_copy(state, STATE_SIZE, strcmp(text, "0") == 0 ? "unbound" : "bound");
}

static int move(const char *object, const char *from, const char *to, struct deadline deadline)
{
	(void)from;
	(void)deadline;
	return sysfs_write(strcmp(to, "bound") == 0 ? "1" : "0", BIND, object);
}

const struct noun noun_console = {
	.name = "console", .valid = valid, .read = read_state, .move = move};
