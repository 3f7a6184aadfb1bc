/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/text.h"
#include "formats/address.h"
#include "nouns/noun.h"
#include "nouns/sysfs.h"

/*
 * A compositor closes a card when udev says that it went. Writing an action to a device's uevent
 * file (Documentation/ABI/testing/sysfs-uevent) makes the kernel send that event; udev then drops
 * the device from its database, /run/udev/data/cMAJOR:MINOR, and that is how the state is read.
 */
#define DRM  "/sys/bus/pci/devices/%s/drm"
#define UDEV "/run/udev/data"

enum { CARDS_MAX = 64, NAMES_MAX = 256, LOOK_AGAIN_MS = 200 };

static bool valid(const char *object, const char *state)
{
	char address[ADDRESS_SIZE];

	return address_parse(object, address) &&
	       (strcmp(state, "attached") == 0 || strcmp(state, "released") == 0);
}

static bool is_card(const char *name)
{
	return strncmp(name, "card", 4) == 0 && name[4] &&
	       strspn(name + 4, "0123456789") == strlen(name + 4);
}

static bool known_to_udev(const char *address, const char *card)
{
	char number[32];

	return sysfs_read(number, sizeof(number), DRM "/%s/dev", address, card) == 0 &&
	       sysfs_exists(UDEV "/c%s", number);
}

/* A function without a card has no seat: no driver, or one without a picture. */
static int read_state(const char *object, char state[static STATE_SIZE])
{
	char **names;
	bool any = false, attached = false;
	int n = sysfs_list(&names, NAMES_MAX, DRM, object);

	if (n < 0)
		return n == -ENOENT ? -ENODEV : n;
	for (int i = 0; i < n; i++)
		if (is_card(names[i])) {
			any = true;
			attached |= known_to_udev(object, names[i]);
		}
	free(names);
	if (!any)
		return -ENODEV;
	return text_copy(state, STATE_SIZE, attached ? "attached" : "released");
}

static int send(const char *object, const char *action)
{
	char **names;
	int n = sysfs_list(&names, NAMES_MAX, DRM, object), first = n < 0 ? n : 0;

	if (n == -ENOENT)
		return 0;
	for (int i = 0; i < n; i++) {
		int err = is_card(names[i])
				  ? sysfs_write(action, DRM "/%s/uevent", object, names[i])
				  : 0;

		if (!first)
			first = err;
	}
	if (n >= 0)
		free(names);
	return first;
}

/* udev works through its events when it gets to it: wait until its database agrees. */
static int wait_for(const char *object, const char *to, struct deadline deadline)
{
	struct pollfd p = {.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .events = POLLIN};
	char state[STATE_SIZE], events[4096];
	int err;

	if (p.fd >= 0)
		inotify_add_watch(p.fd, UDEV, IN_CREATE | IN_DELETE | IN_MOVED_TO);
	while ((err = read_state(object, state)) == 0 && strcmp(state, to) != 0) {
		int left = deadline_left(deadline);

		if (left == 0) {
			err = -ETIMEDOUT;
			break;
		}
		poll(&p, 1, left < LOOK_AGAIN_MS ? left : LOOK_AGAIN_MS);
		while (p.fd >= 0 && read(p.fd, events, sizeof(events)) > 0)
			;
	}
	if (p.fd >= 0)
		close(p.fd);
	return err;
}

static int move(const char *object, const char *from, const char *to, struct deadline deadline)
{
	int err = send(object, strcmp(to, "released") == 0 ? "remove" : "add");

	(void)from;
	return err < 0 ? err : wait_for(object, to, deadline);
}

const struct noun noun_seat = {.name = "seat", .valid = valid, .read = read_state, .move = move};
