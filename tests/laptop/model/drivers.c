/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which driver takes a function, and what binding and unbinding do. */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "faults.h"
#include "model.h"
#include "writes.h"

bool driver_matches(const struct driver *d, const struct function *f)
{
	if (f->override)
		return !strcmp(f->override, d->name);
	for (const struct id *id = d->ids; id; id = id->next) {
		if (d->vfio && !id->dynamic)
			continue;
		if ((id->vendor < 0 || id->vendor == (int)f->vendor) &&
			(id->device < 0 || id->device == (int)f->device) &&
			(id->class < 0 || id->class == (int)(f->class >> 8)))
			return true;
	}
	return false;
}

static bool is_bridge(const struct function *f)
{
	return f->class >> 8 == 0x0604;
}

static bool unsafe_mode(void)
{
	const struct node *mode =
		tree_find(tree_sys, "module/vfio/parameters/enable_unsafe_noiommu_mode");

	return mode && *mode->text == 'Y';
}

/* What the driver's probe says. */
static int probe_error(const struct driver *d, const struct function *f)
{
	int rc = faults_error("probe:%s:%s", d->name, f->address);

	if (rc)
		return rc;
	if (d->vfio && ((f->group < 0 && !unsafe_mode()) || is_bridge(f)))
		return -EINVAL;
	if (d->vfio && function_virtual(f))
		return -EBUSY;
	/* a group that a guest owns takes no host driver */
	if (!d->vfio && f->group >= 0 && !is_bridge(f) && vfio_held(f->group))
		return -EBUSY;
	return 0;
}

int driver_probe(struct driver *d, struct function *f)
{
	int rc;

	if (f->driver)
		return -EBUSY;
	rc = probe_error(d, f);
	if (rc)
		return rc;
	f->driver = d;
	tree_link(f->directory, "driver", d->directory);
	tree_link(d->directory, f->address, f->directory);
	if (d->allows)
		strcpy(f->control, "auto");
	if (d->vfio && f->group < 0)
		group_make_unsafe(f);
	if (d->vfio)
		vfio_enter(f->group);
	parts_update();
	gvt_update(f);
	return 0;
}

void driver_probe_any(struct function *f)
{
	for (struct driver *d = machine.drivers; d && !f->driver; d = d->next)
		if (d->directory && driver_matches(d, f) && !driver_probe(d, f))
			return;
}

/* Does somebody hold what the driver's remove waits for? */
static bool held(const struct function *f)
{
	const struct driver *d = f->driver;

	if (!d->waits)
		return false;
	if (d->vfio)
		return vfio_held(f->group);
	for (const struct part *p = machine.parts; p; p = p->next) {
		const char *name = strrchr(p->path, '/');

		if (p->function == f && part_held(p) &&
			!fnmatch(d->waits, name ? name + 1 : p->path, 0))
			return true;
	}
	return false;
}

/* The driver link goes before the driver's remove is called. */
static void unlink_driver(struct function *f)
{
	tree_drop_name(f->directory, "driver");
	tree_drop_name(f->driver->directory, f->address);
}

void driver_tear_off(struct function *f)
{
	struct driver *d = f->driver;

	if (!d)
		return;
	unlink_driver(f);
	f->driver = NULL;
	f->locked = NULL;
	if (d->allows)
		strcpy(f->control, "on");
	if (d->vfio)
		vfio_leave(f->group);
	if (group_is_unsafe(f))
		group_leave(f);
	parts_update();
	gvt_update(f);
}

int driver_unbind(struct function *f)
{
	if (f->locked && f->locked != writes_current)
		return STORE_WAITS;
	if (writes_blocked() || held(f)) {
		unlink_driver(f);
		f->locked = writes_current;
		return STORE_WAITS;
	}
	driver_tear_off(f);
	return 0;
}
