/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /sys/bus/pci and its drivers: bind, unbind, drivers_probe, new_id, remove_id. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* A name may end in a newline. */
static struct function *named(const char *text)
{
	char *name = text_of("%.*s", (int)strcspn(text, "\n"), text);
	struct function *f = machine_function(name);

	free(name);
	return f && !f->gone ? f : NULL;
}

static int store_bind(struct node *node, const char *text, size_t length)
{
	struct function *f = named(text);

	(void)length;
	if (!f)
		return -ENODEV;
	if (f->locked)
		return STORE_WAITS;
	if (!driver_matches(node->object, f))
		return -ENODEV;
	return driver_probe(node->object, f);
}

static int store_unbind(struct node *node, const char *text, size_t length)
{
	struct function *f = named(text);

	(void)length;
	if (!f || f->driver != node->object)
		return -ENODEV;
	return driver_unbind(f);
}

static int store_probe(struct node *node, const char *text, size_t length)
{
	struct function *f = named(text);

	(void)node;
	(void)length;
	if (!f)
		return -ENODEV;
	if (f->locked)
		return STORE_WAITS;
	driver_probe_any(f);
	return 0;
}

static bool static_match(const struct driver *d, unsigned int vendor, unsigned int device)
{
	for (const struct id *id = d->ids; id; id = id->next)
		if (id->vendor == (int)vendor && (id->device < 0 || id->device == (int)device) &&
			!(d->vfio && !id->dynamic))
			return true;
	return false;
}

static int store_new_id(struct node *node, const char *text, size_t length)
{
	struct driver *d = node->object;
	unsigned int vendor, device;
	struct id *id;

	(void)length;
	if (sscanf(text, "%x %x", &vendor, &device) != 2)
		return -EINVAL;
	if (static_match(d, vendor, device))
		return -EEXIST;
	id = zalloc(sizeof(*id));
	*id = (struct id){(int)vendor, (int)device, -1, true, d->ids};
	d->ids = id;
	for (struct function *f = machine.functions; f; f = f->next)
		if (!f->gone && !f->driver && driver_matches(d, f))
			driver_probe(d, f);
	return 0;
}

static int store_remove_id(struct node *node, const char *text, size_t length)
{
	struct driver *d = node->object;
	unsigned int vendor, device;

	(void)length;
	if (sscanf(text, "%x %x", &vendor, &device) != 2)
		return -EINVAL;
	for (struct id **at = &d->ids; *at; at = &(*at)->next)
		if ((*at)->dynamic && (*at)->vendor == (int)vendor &&
			(*at)->device == (int)device) {
			*at = (*at)->next;
			return 0;
		}
	return -ENODEV;
}

static int store_rescan(struct node *node, const char *text, size_t length)
{
	(void)node;
	(void)length;
	return strtoul(text, NULL, 0) ? 0 : -EINVAL;
}

void bus_start(void)
{
	struct node *bus = tree_mkdirs(tree_sys, "bus/pci");

	tree_mkdirs(bus, "devices");
	tree_mkdirs(bus, "drivers");
	tree_attribute(bus, "drivers_probe", NULL, store_probe, NULL);
	tree_attribute(bus, "rescan", NULL, store_rescan, NULL);
	tree_file(bus, "drivers_autoprobe", 0444, "1\n");
}

void bus_register(struct driver *d)
{
	struct node *drivers = tree_find(tree_sys, "bus/pci/drivers"), *directory;

	directory = d->directory = tree_mkdirs(drivers, d->name);
	tree_attribute(directory, "bind", NULL, store_bind, d);
	tree_attribute(directory, "unbind", NULL, store_unbind, d)->blocks_inside = true;
	tree_attribute(directory, "new_id", NULL, store_new_id, d);
	tree_attribute(directory, "remove_id", NULL, store_remove_id, d);
	if (d->module && d->module->directory) {
		struct node *links = tree_mkdirs(d->module->directory, "drivers");
		char *name = text_of("pci:%s", d->name);

		tree_link(directory, "module", d->module->directory);
		tree_link(links, name, directory);
		free(name);
	}
	for (struct function *f = machine.functions; f; f = f->next)
		if (!f->gone && !f->driver && f->directory && driver_matches(d, f))
			driver_probe(d, f);
}

void bus_unregister(struct driver *d)
{
	for (struct function *f = machine.functions; f; f = f->next)
		if (f->driver == d)
			driver_tear_off(f);
	tree_drop(d->directory);
	d->directory = NULL;
	while (d->ids && d->ids->dynamic)
		d->ids = d->ids->next;
}
