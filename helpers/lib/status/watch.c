/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status/watch.h"

#include <errno.h>
#include <libudev.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/deadline.h"
#include "handoff/undo.h"

enum { MOST_SECONDS = 2, QUIET_MS = 100 };

struct watch {
	struct udev *udev;
	struct udev_monitor *monitor; /* NULL: there is none */
	int files; /* inotify; -1: there is none */
};

static void start_monitor(struct watch *watch)
{
	watch->udev = udev_new();
	watch->monitor = watch->udev ? udev_monitor_new_from_netlink(watch->udev, "udev") : NULL;
	if (watch->monitor && udev_monitor_enable_receiving(watch->monitor) < 0)
		watch->monitor = udev_monitor_unref(watch->monitor);
}

/* The directory comes with the first guest. */
static void watch_files(struct watch *watch)
{
	if (watch->files < 0)
		return;
	inotify_add_watch(watch->files, "/run", IN_CREATE | IN_ONLYDIR);
	inotify_add_watch(watch->files, UNDO_DIR,
		IN_CREATE | IN_DELETE | IN_MODIFY | IN_MOVE | IN_ONLYDIR | IN_DONT_FOLLOW);
}

int watch_start(struct watch **out)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->files = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	start_monitor(watch);
	watch_files(watch);
	*out = watch;
	return 0;
}

void watch_end(struct watch *watch)
{
	if (watch->files >= 0)
		close(watch->files);
	udev_monitor_unref(watch->monitor);
	udev_unref(watch->udev);
	free(watch);
}

static bool is_ours(struct udev_device *device)
{
	static const char *const ours[] = {"pci", "mdev", "drm", "vfio"};
	const char *subsystem = udev_device_get_subsystem(device);

	for (size_t i = 0; subsystem && i < sizeof(ours) / sizeof(*ours); i++)
		if (strcmp(subsystem, ours[i]) == 0)
			return true;
	return false;
}

/* Takes one event of udev's; was it one of ours? */
static bool drain_monitor(struct watch *watch)
{
	struct udev_device *device = udev_monitor_receive_device(watch->monitor);
	bool ours = device && is_ours(device);

	udev_device_unref(device);
	return ours;
}

static bool drain_files(struct watch *watch)
{
	char events[4096];

	while (read(watch->files, events, sizeof(events)) > 0)
		;
	watch_files(watch);
	return true;
}

/* Waits for an event of ours until DEADLINE. */
static bool wait_for_event(struct watch *watch, struct deadline deadline)
{
	struct pollfd p[] = {{.fd = watch->files, .events = POLLIN},
		{.fd = watch->monitor ? udev_monitor_get_fd(watch->monitor) : -1,
			.events = POLLIN}};
	bool ours = false;

	while (!ours && deadline_left(deadline) > 0) {
		if (poll(p, 2, deadline_left(deadline)) < 0 && errno != EINTR)
			return false;
		if (p[0].revents)
			ours |= drain_files(watch);
		if (p[1].revents)
			ours |= drain_monitor(watch);
	}
	return ours;
}

void watch_wait(struct watch *watch)
{
	const struct deadline last = deadline_in(MOST_SECONDS);
	struct deadline quiet;

	if (!wait_for_event(watch, last))
		return;
	do {
		quiet = deadline_in(0);
		quiet.at += QUIET_MS;
		if (quiet.at > last.at)
			return;
	} while (wait_for_event(watch, quiet));
}
