/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a change is to gpu-handoff status --watch: events as udevd sends them, from a test's own. */
#include "tree.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/deadline.h"
#include "status/watch.h"

/* As libudev has it in src/libsystemd/sd-device/device-monitor.c: this and the properties behind.
 */
struct header {
	char prefix[8];
	uint32_t magic, header_size, properties_offset, properties_length;
	uint32_t subsystem_hash, devtype_hash, tag_bloom_high, tag_bloom_low;
};

enum { UDEV_GROUP = 2, MAGIC = 0xfeedcafe };

static void send_event(const char *subsystem)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_groups = UDEV_GROUP};
	struct header header = {.prefix = "libudev", .magic = htonl(MAGIC)};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT), n;
	char properties[256], message[512];

	n = snprintf(properties, sizeof(properties),
		"ACTION=bind%cDEVPATH=/devices/test%cSUBSYSTEM=%s%cSEQNUM=1%c", 0, 0, subsystem, 0,
		0);
	header.header_size = header.properties_offset = sizeof(header);
	header.properties_length = (uint32_t)n;
	memcpy(message, &header, sizeof(header));
	memcpy(message + sizeof(header), properties, (size_t)n);
	must(fd >= 0);
	must(sendto(fd, message, sizeof(header) + (size_t)n, 0, (struct sockaddr *)&to,
		     sizeof(to)) == (ssize_t)sizeof(header) + n);
	close(fd);
}

/* How many milliseconds watch_wait takes. */
static int waited(struct watch *watch)
{
	struct deadline far = deadline_in(60);

	watch_wait(watch);
	return 60000 - deadline_left(far);
}

enum { LATE = 1900 };

static void watch_changes(void *argument)
{
	struct watch *watch;

	(void)argument;
	must(unshare(CLONE_NEWNET) == 0);
	must(mount("none", "/run", "tmpfs", 0, "mode=755") == 0);
	must(watch_start(&watch) == 0);
	must(waited(watch) >= LATE); /* nothing happens */

	send_event("pci");
	must(waited(watch) < LATE);
	send_event("mdev");
	must(waited(watch) < LATE);
	send_event("usb"); /* not ours */
	must(waited(watch) >= LATE);

	must(mkdir("/run/gpu-handoff", 0700) == 0); /* the first guest */
	must(waited(watch) < LATE);
	must(tree_put("/run/gpu-handoff/x.undo", "gpu-handoff 1\n"));
	must(waited(watch) < LATE);
	must(unlink("/run/gpu-handoff/x.undo") == 0);
	must(waited(watch) < LATE);
	watch_end(watch);
}

static void test_changes(void **state)
{
	(void)state;
	in_own_mounts(watch_changes, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
