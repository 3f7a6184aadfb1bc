/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel modules: /sys/module, and what init_module and delete_module do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "faults.h"
#include "model.h"
#include "writes.h"

/* Is NAME one of the words of "A,B"? */
static bool in_list(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += length)
		if ((at == list || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

bool module_live(const char *name)
{
	const struct module *m = machine_module(name);

	return m && m->live;
}

/* Modules of ours that use it, processes that hold its nodes, the console, and what is given. */
unsigned int module_references(const struct module *m)
{
	unsigned int count = m->references;

	for (const struct module *other = machine.modules; other; other = other->next)
		count += other->live && in_list(other->needs, m->name);
	for (const struct part *p = machine.parts; p; p = p->next) {
		const struct driver *d = p->function ? p->function->driver : NULL;
		bool ours = p->module ? !strcmp(p->module, m->name) : d && d->module == m;

		if (ours && part_held(p))
			count += holds_count(makedev(p->major, p->minor));
	}
	for (const struct function *f = machine.functions; f; f = f->next)
		count += f->driver && f->driver->vfio && f->driver->module == m &&
			 vfio_held(f->group);
	if (machine.console_bound && machine.console_pins && !strcmp(machine.console_pins, m->name))
		count++;
	return count;
}

static void show_references(const struct node *node, FILE *out)
{
	fprintf(out, "%u\n", module_references(node->object));
}

static void make_parameters(const struct module *m)
{
	char *copy = text_of("%s", m->parameters), *save;

	for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *colon = strchr(word, ':');

		if (!colon)
			continue;
		*colon = '\0';
		tree_file(tree_mkdirs(m->directory, "parameters"), word, 0400, "%s\n", colon + 1);
	}
	free(copy);
}

/* "NAME=VALUE NAME=VALUE" as init_module is given it; only those that are known. */
static void set_parameters(const struct module *m, const char *text)
{
	struct node *directory = tree_child(m->directory, "parameters");
	char *copy = text_of("%s", text), *save;

	for (char *word = strtok_r(copy, " ", &save); word && directory;
		word = strtok_r(NULL, " ", &save)) {
		char *equals = strchr(word, '=');
		struct node *file;

		if (!equals)
			continue;
		*equals = '\0';
		file = tree_child(directory, word);
		if (!file)
			continue;
		if (strchr("YN", *file->text))
			tree_file(directory, word, 0400, strchr("1Yy", equals[1]) ? "Y\n" : "N\n");
		else
			tree_file(directory, word, 0400, "%s\n", equals + 1);
	}
	free(copy);
}

static void link_holders(const struct module *m, bool present)
{
	for (struct module *other = machine.modules; other; other = other->next) {
		struct node *holders;

		if (!other->directory || !in_list(m->needs, other->name))
			continue;
		holders = tree_child(other->directory, "holders");
		if (!holders)
			continue;
		if (present)
			tree_link(holders, m->name, m->directory);
		else
			tree_drop_name(holders, m->name);
	}
}

/* What only some modules bring with them. */
static void appear(const char *name, bool present)
{
	if (!strcmp(name, "mdev") && present) {
		tree_mkdirs(tree_sys, "bus/mdev/devices");
		tree_mkdirs(tree_sys, "bus/mdev/drivers");
		tree_mkdirs(tree_sys, "class/mdev_bus");
	} else if (!strcmp(name, "mdev")) {
		tree_drop(tree_find(tree_sys, "bus/mdev"));
		tree_drop(tree_find(tree_sys, "class/mdev_bus"));
	} else if (!strcmp(name, "kvmgt") && present) {
		tree_mkdirs(tree_sys, "bus/mdev/drivers/intel_vgpu_mdev");
	} else if (!strcmp(name, "vfio") && present) {
		tree_mkdirs(tree_sys, "class/vfio");
	} else if (!strcmp(name, "vfio")) {
		tree_drop(tree_find(tree_sys, "class/vfio"));
	}
}

static void come(struct module *m, const char *parameters)
{
	m->live = true;
	if (!m->builtin || *m->parameters)
		m->directory = tree_mkdirs(tree_mkdirs(tree_sys, "module"), m->name);
	if (m->directory)
		make_parameters(m);
	if (!m->builtin) {
		set_parameters(m, parameters);
		tree_mkdirs(m->directory, "holders");
		tree_file(m->directory, "initstate", 0444, "live\n");
		tree_attribute(m->directory, "refcnt", show_references, NULL, m);
		tree_file(m->directory, "coresize", 0444, "65536\n");
		link_holders(m, true);
	}
	appear(m->name, true);
	for (struct driver *d = machine.drivers; d; d = d->next)
		if (d->module == m)
			bus_register(d);
	parts_update();
	for (struct function *f = machine.functions; f; f = f->next)
		if (f->directory && !f->gone)
			gvt_update(f);
}

int module_load(const char *name, const char *parameters)
{
	struct module *m = machine_module(name);
	int rc = faults_error("load:%s", name);

	if (rc == -EINPROGRESS) {
		log_add("load %s -> waits\n", name);
		return rc;
	}

	if (!m)
		return -ENOEXEC;
	if (m->live)
		return -EEXIST;
	for (const struct module *other = machine.modules; other; other = other->next)
		if (!other->live && in_list(m->needs, other->name))
			rc = -ENOENT;
	if (!rc && !strcmp(name, "kvmgt")) {
		struct node *enable = tree_find(tree_sys, "module/i915/parameters/enable_gvt");

		if (!enable || *enable->text != 'Y')
			rc = -ENODEV;
	}
	if (!rc)
		come(m, parameters);
	log_add("load %s%s%s -> %s%s\n", name, *parameters ? " " : "", parameters, rc ? "-" : "",
		rc ? strerrorname_np(-rc) : "0");
	faults_after("load:%s", name);
	return rc;
}

static void go(struct module *m)
{
	m->live = false;
	for (struct function *f = machine.functions; f; f = f->next)
		if (!f->gone)
			gvt_update(f);
	if (!strcmp(m->name, "kvmgt"))
		tree_drop(tree_find(tree_sys, "bus/mdev/drivers/intel_vgpu_mdev"));
	for (struct driver *d = machine.drivers; d; d = d->next)
		if (d->module == m && d->directory)
			bus_unregister(d);
	parts_update();
	link_holders(m, false);
	appear(m->name, false);
	tree_drop(m->directory);
	m->directory = NULL;
}

int module_unload(const char *name)
{
	struct module *m = machine_module(name);
	int rc = faults_error("unload:%s", name);

	if (rc == -EINPROGRESS) {
		log_add("unload %s -> waits\n", name);
		return rc;
	}

	if (!m || !m->live || m->builtin)
		rc = -ENOENT;
	else if (!rc && module_references(m))
		rc = -EWOULDBLOCK;
	if (!rc)
		go(m);
	log_add("unload %s -> %s%s\n", name, rc ? "-" : "", rc ? strerrorname_np(-rc) : "0");
	faults_after("unload:%s", name);
	return rc;
}

void modules_start(void)
{
	tree_mkdirs(tree_sys, "module");
	for (struct driver *d = machine.drivers; d; d = d->next)
		if (!d->module)
			bus_register(d);
	for (struct module *m = machine.modules; m; m = m->next)
		if (m->live)
			come(m, "");
}
