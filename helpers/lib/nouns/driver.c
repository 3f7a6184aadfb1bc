/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "formats/address.h"
#include "nouns/kmod.h"
#include "nouns/noun.h"
#include "nouns/pci.h"
#include "nouns/sysfs.h"

/* Documentation/ABI/testing/sysfs-bus-pci: driver_override, drivers_probe, unbind */
#define DEVICE "/sys/bus/pci/devices/%s"
#define DRIVER "/sys/bus/pci/drivers/%s"

/* A state is DRIVER/OVERRIDE, either of them "-" for none. */
struct binding {
	char driver[DRIVER_NAME_SIZE], override[DRIVER_NAME_SIZE];
};

static bool name_is_valid(const char *name)
{
	if (!*name || *name == '.')
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || *name == '/')
			return false;
	return true;
}

static bool parse(const char *state, struct binding *out)
{
	const char *slash = strchr(state, '/');
	size_t n = slash ? (size_t)(slash - state) : 0;

	if (!slash || n >= sizeof(out->driver))
		return false;
	memcpy(out->driver, state, n);
	out->driver[n] = '\0';
	return text_copy(out->override, sizeof(out->override), slash + 1) == 0 &&
	       name_is_valid(out->driver) && name_is_valid(out->override);
}

static bool valid(const char *object, const char *state)
{
	char address[ADDRESS_SIZE];
	struct binding b;

	return address_parse(object, address) && parse(state, &b);
}

static int read_driver(const char *object, char driver[static DRIVER_NAME_SIZE])
{
	int err = sysfs_link(driver, DRIVER_NAME_SIZE, DEVICE "/driver", object);

	if (err != -ENOENT)
		return err;
	if (!sysfs_exists(DEVICE, object))
		return -ENODEV;
	return text_copy(driver, DRIVER_NAME_SIZE, "-");
}

static int read_state(const char *object, char state[static STATE_SIZE])
{
	struct binding b;
	int err = read_driver(object, b.driver);

	if (err == 0)
		err = pci_override(object, b.override);
	if (err < 0)
		return err;
	snprintf(state, STATE_SIZE, "%s/%s", b.driver, b.override);
	return 0;
}

static bool one_of(const char *text, const char *a, const char *b, const char *c)
{
	return strcmp(text, a) == 0 || strcmp(text, b) == 0 || (c && strcmp(text, c) == 0);
}

static bool between(const char *state, const char *from, const char *to)
{
	struct binding s, f, t;

	if (!parse(state, &s) || !parse(from, &f) || !parse(to, &t))
		return false;
	return one_of(s.driver, f.driver, t.driver, "-") &&
	       (one_of(s.override, f.override, t.override, "-") ||
		       one_of(s.override, f.driver, t.driver, NULL));
}

static int set_override(const char *object, const char *name)
{
	/* a lone newline clears it; a write of nothing would be no write */
	return sysfs_write(strcmp(name, "-") == 0 ? "\n" : name, DEVICE "/driver_override", object);
}

static int unbind(const char *object, const char *driver)
{
	int err = sysfs_write(object, DRIVER "/unbind", driver);

	return err == -ENODEV || err == -ENOENT ? 0 : err; /* somebody was quicker */
}

/* A driver that is not there yet comes with a module of its name or, if there is none, with the
 * device's own. */
static int load(const char *object, const char *driver)
{
	char modalias[256];
	int err;

	if (sysfs_exists(DRIVER, driver))
		return 0;
	err = kmodule_load(driver);
	if (sysfs_exists(DRIVER, driver))
		return 0;
	if (err == -ENOENT &&
		sysfs_read(modalias, sizeof(modalias), DEVICE "/modalias", object) == 0)
		err = kmodule_load(modalias);
	if (sysfs_exists(DRIVER, driver))
		return 0;
	return err < 0 ? err : -ENOENT;
}

/* Brings OBJECT from driver NOW to driver TARGET, which its override already names. */
static int rebind(const char *object, const char *now, const char *target, struct deadline deadline)
{
	int err;

	if (strcmp(now, "-") != 0 && (err = unbind(object, now)) < 0)
		return err;
	if (deadline_left(deadline) == 0)
		return -ETIMEDOUT;
	if (strcmp(target, "-") == 0)
		return 0;
	if ((err = load(object, target)) < 0)
		return err;
	if (deadline_left(deadline) == 0)
		return -ETIMEDOUT;
	/* loading it may have bound the device; probing a bound device does nothing, and the
	 * kernel reports success whatever came of it: read believes only the link */
	return sysfs_write(object, "/sys/bus/pci/drivers_probe");
}

/*
 * While the device changes hands its override names the driver it shall get, so that no other
 * driver, loaded by anybody in between, can take it. What the override is in the end is written
 * whether or not the driver came: a device may be without a driver but not fenced in.
 */
static int move(const char *object, const char *from, const char *to, struct deadline deadline)
{
	char now[DRIVER_NAME_SIZE];
	struct binding t;
	int err, last;

	(void)from;
	if (!parse(to, &t))
		return -EINVAL;
	err = read_driver(object, now);
	if (err < 0)
		return err;
	if (strcmp(now, t.driver) != 0) {
		const char *fence = strcmp(t.driver, "-") == 0 ? t.override : t.driver;

		err = set_override(object, fence);
		if (err < 0)
			return err;
		err = rebind(object, now, t.driver, deadline);
		if (err == -ETIMEDOUT || strcmp(fence, t.override) == 0)
			return err;
	}
	last = set_override(object, t.override);
	return err < 0 ? err : last;
}

static void explain(const char *object, const char *to, int err, struct msg *why)
{
	char now[DRIVER_NAME_SIZE];
	struct binding t;

	if (!parse(to, &t) || read_driver(object, now) < 0)
		msg_fail(why, -err, "%s: %s; see dmesg", object, strerror(-err));
	else if (strcmp(now, "-") == 0 && err == -ENOENT)
		msg_fail(why, -err, "%s is on no driver: there is no driver %s; install or load it",
			object, t.driver);
	else if (strcmp(now, t.driver) == 0)
		msg_fail(why, -err, "%s: its driver override could not be written: %s", object,
			strerror(-err));
	else
		msg_fail(why, -err, "%s did not go to driver %s (%s%s; it is %s%s); see dmesg",
			object, t.driver, err ? strerror(-err) : "the kernel reported success", "",
			strcmp(now, "-") == 0 ? "on no driver" : "still on ",
			strcmp(now, "-") == 0 ? "" : now);
}

const struct noun noun_driver = {.name = "driver",
	.valid = valid,
	.read = read_state,
	.between = between,
	.move = move,
	.explain = explain};
