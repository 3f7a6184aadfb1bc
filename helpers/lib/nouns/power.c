/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "formats/address.h"
#include "nouns/noun.h"
#include "nouns/sysfs.h"

/* Documentation/ABI/testing/sysfs-devices-power: "auto" lets the kernel suspend the device */
#define CONTROL "/sys/bus/pci/devices/%s/power/control"

static bool valid(const char *object, const char *state)
{
	char address[ADDRESS_SIZE];

	return address_parse(object, address) &&
	       (strcmp(state, "auto") == 0 || strcmp(state, "on") == 0);
}

static int read_state(const char *object, char state[static STATE_SIZE])
{
	int err = sysfs_read(state, STATE_SIZE, CONTROL, object);

	return err == -ENOENT ? -ENODEV : err;
}

static int move(const char *object, const char *from, const char *to, struct deadline deadline)
{
	(void)from;
	(void)deadline;
	return sysfs_write(to, CONTROL, object);
}

const struct noun noun_power = {.name = "power", .valid = valid, .read = read_state, .move = move};
