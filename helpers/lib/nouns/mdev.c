/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/mdev.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "nouns/holders.h"
#include "nouns/kmod.h"
#include "nouns/sysfs.h"

#define MDEV "/sys/bus/mdev/devices/%s"
#define TYPE "/sys/class/mdev_bus/%s/mdev_supported_types/%s"

bool mdev_name(const char *text)
{
	return *text && *text != '.' && *text != '-' && strlen(text) < MDEV_NAME_SIZE &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-") ==
		       strlen(text);
}

long mdev_available(const char *parent, const char *type)
{
	unsigned long long n;
	int err = sysfs_number(&n, TYPE "/available_instances", parent, type);

	return err < 0 ? err : (long)(n < LONG_MAX ? n : LONG_MAX);
}

bool mdev_is_pci(const char *parent, const char *type)
{
	char api[64];

	return sysfs_read(api, sizeof(api), TYPE "/device_api", parent, type) == 0 &&
	       strcmp(api, "vfio-pci") == 0;
}

static bool parse(
	const char *state, char parent[static MDEV_NAME_SIZE], char type[static MDEV_NAME_SIZE])
{
	const char *slash = strchr(state, '/');
	size_t n = slash ? (size_t)(slash - state) : MDEV_NAME_SIZE;

	if (n >= MDEV_NAME_SIZE)
		return false;
	memcpy(parent, state, n);
	parent[n] = '\0';
	return text_copy(type, MDEV_NAME_SIZE, slash + 1) == 0 && mdev_name(parent) &&
	       mdev_name(type);
}

static bool valid(const char *object, const char *state)
{
	char uuid[37], parent[MDEV_NAME_SIZE], type[MDEV_NAME_SIZE];

	return text_uuid(object, uuid) &&
	       (strcmp(state, "absent") == 0 || parse(state, parent, type));
}

int mdev_state(const char *uuid, char state[static STATE_SIZE])
{
	char target[PATH_MAX], path[128], type[MDEV_NAME_SIZE], *slash;
	ssize_t n;

	snprintf(path, sizeof(path), MDEV, uuid);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return errno == ENOENT ? text_copy(state, STATE_SIZE, "absent") : -errno;
	target[n] = '\0';
	/* …/PARENT/UUID */
	slash = strrchr(target, '/');
	if (slash)
		*slash = '\0';
	slash = strrchr(target, '/');
	/* the link to its type is made a moment after the device, and goes a moment before it */
	if (!slash || sysfs_link(type, sizeof(type), MDEV "/mdev_type", uuid) < 0)
		return sysfs_exists(MDEV, uuid) ? -EAGAIN : text_copy(state, STATE_SIZE, "absent");
	if (strlen(slash + 1) >= MDEV_NAME_SIZE)
		return -ENAMETOOLONG;
	snprintf(state, STATE_SIZE, "%s/%s", slash + 1, type);
	return 0;
}

int mdev_nodes(const char *uuid, struct nodes *nodes)
{
	char group[32], path[128];
	int err = sysfs_link(group, sizeof(group), MDEV "/iommu_group", uuid);

	if (err == 0)
		err = nodes_vfio(strtol(group, NULL, 10), nodes);
	if (err < 0)
		return err == -ENOENT ? 0 : err;
	snprintf(path, sizeof(path), MDEV "/vfio-dev", uuid);
	err = nodes_below(path, nodes);
	return err == -ENOENT ? 0 : err;
}

bool mdev_offers(const char *parent, const char *type)
{
	return sysfs_exists(TYPE, parent, type);
}

bool mdev_is_defined(const char *parent, const char *uuid)
{
	return sysfs_exists("/etc/mdevctl.d/%s/%s", parent, uuid);
}

static int create(const char *uuid, const char *to)
{
	char parent[MDEV_NAME_SIZE], type[MDEV_NAME_SIZE];

	if (!parse(to, parent, type))
		return -EINVAL;
	return sysfs_write(uuid, TYPE "/create", parent, type);
}

/* With a user, a write to remove asks QEMU to unplug it and waits for as long as that takes. */
static int remove_unused(const char *uuid, struct deadline deadline)
{
	struct nodes nodes = {0};
	struct holders holders;
	int err = mdev_nodes(uuid, &nodes);

	if (err < 0)
		return err;
	err = holders_scan(&nodes, &holders);
	if (err < 0)
		return err;
	if (holders.count > 0)
		return -EBUSY;
	if (deadline_left(deadline) == 0)
		return -ETIMEDOUT;
	err = sysfs_write("1", MDEV "/remove", uuid);
	/* the kernel deletes the attribute before it looks: gone is gone */
	return err < 0 && !sysfs_exists(MDEV, uuid) ? 0 : err;
}

static int move(const char *object, const char *from, const char *to, struct deadline deadline)
{
	(void)from;
	return strcmp(to, "absent") == 0 ? remove_unused(object, deadline) : create(object, to);
}

static void explain(const char *object, const char *to, int err, struct msg *why)
{
	const char *reason = err ? strerror(-err) : "the kernel reported success";
	const char *advice = "see dmesg";

	if (strcmp(to, "absent") == 0) {
		if (err == -EBUSY)
			reason = "a guest still has it open";
		else if (err == -ENOENT)
			reason = "the kernel has given up on it; it goes with module kvmgt or a "
				 "reboot";
		msg_fail(why, -err, "vGPU %s could not be removed: %s", object, reason);
		return;
	}
	switch (-err) {
	case ENOSPC:
		reason = "the GPU has no room left for one of this type (other vGPUs hold it, or "
			 "it is fragmented)";
		advice = "remove vGPUs, choose a smaller type= in gpu-handoff.conf(5), or reboot";
		break;
	case EUSERS:
		reason = "all instances of this type are in use";
		advice = "stop another guest or choose another type= in gpu-handoff.conf(5)";
		break;
	case EEXIST:
		reason = "somebody else made one with this UUID and another type or parent";
		advice = "remove that, or give this guest's <hostdev> another UUID";
		break;
	case EAGAIN:
		reason = "its driver is not ready for it";
		advice = "start the guest again";
		break;
	case ENODEV:
	case ENOENT:
		reason = "the type or its parent has gone";
		advice = "see gpu-handoff doctor";
		break;
	default:
		break;
	}
	msg_fail(why, -err, "vGPU %s of type %s could not be created: %s; %s", object, to, reason,
		advice);
}

const struct noun noun_mdev = {
	.name = "mdev", .valid = valid, .read = mdev_state, .move = move, .explain = explain};
