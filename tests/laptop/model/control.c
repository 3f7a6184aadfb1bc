/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /sys/kernel/laptop: a read gives the log, a write is commands, one a line. EVENT is a glob over
 * "/sys/devices/..." (where the file really is, not a link to it), probe:DRIVER:ADDRESS,
 * load:MODULE or unload:MODULE; SKIP events pass, then COUNT are hit (without COUNT all).
 *
 * fail EVENT ERRNO [COUNT [SKIP]]   the write, probe, load or unload fails
 * fail-read EVENT ERRNO [COUNT [SKIP]]
 * lie EVENT [COUNT [SKIP]]          the write claims success, nothing happens
 * block EVENT [COUNT [SKIP]]        the write, load or unload does not end until
 * unblock [EVENT]
 * short EVENT BYTES [COUNT [SKIP]]  the write does nothing and takes BYTES only
 * on EVENT COMMAND...               once, after the event
 * vanish ADDRESS                    the function is gone
 * dev PATH MAJOR:MINOR              what `dev` of a device below a function shows, and its node
 * set PATH TEXT                     a file reads TEXT (\n, \xHH) from now on
 * write PATH TEXT                   as if somebody else wrote it
 * refs MODULE N                     its reference count without what the model counts
 * load MODULE, unload MODULE, bind ADDRESS DRIVER, unbind ADDRESS   as if somebody else did it
 * group ADDRESS N                   the function is in IOMMU group N from now on
 * no-iommu                          functions that are not on vfio lose their group
 * rom ADDRESS FILE                  it has an option ROM, the bytes of FILE
 * file PATH FILE                    there is a file PATH below /sys, of the bytes of FILE
 * clear-faults, clear-log
 * hold MAJOR:MINOR                  the writer holds this device until it ends
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "faults.h"
#include "model.h"
#include "writes.h"

static pid_t caller;

static long error_number(const char *name)
{
	for (int i = 1; name && i < 134; i++)
		if (strerrorname_np(i) && !strcmp(strerrorname_np(i), name))
			return i;
	return 0;
}

/* GLOB [NUMBER] [COUNT [SKIP]] */
static int add_fault(enum fault_kind kind, char *arguments)
{
	char *save, *glob = strtok_r(arguments, " ", &save), *word;
	long number = 0;

	if (!glob)
		return -EINVAL;
	if (kind == FAULT_FAIL || kind == FAULT_READ || kind == FAULT_SHORT) {
		word = strtok_r(NULL, " ", &save);
		number = kind == FAULT_SHORT && word ? strtol(word, NULL, 10) : error_number(word);
		if (number <= 0)
			return -EINVAL;
	}
	word = strtok_r(NULL, " ", &save);
	arguments = word ? strtok_r(NULL, " ", &save) : NULL;
	faults_add(kind, glob, number, word ? strtol(word, NULL, 10) : -1,
		arguments ? strtol(arguments, NULL, 10) : 0, NULL);
	return 0;
}

static int run_on(char *arguments)
{
	char *command = strchr(arguments, ' ');

	if (!command)
		return -EINVAL;
	*command++ = '\0';
	faults_add(FAULT_ON, arguments, 0, 1, 0, command);
	return 0;
}

static int run_unblock(char *arguments)
{
	faults_unblock(*arguments ? arguments : "*");
	return 0;
}

static int run_vanish(char *arguments)
{
	struct function *f = machine_function(arguments);

	if (!f || f->gone)
		return -EINVAL;
	function_vanish(f);
	return 0;
}

static int run_dev(char *arguments)
{
	char path[256];
	unsigned int major, minor;

	if (sscanf(arguments, "%255s %u:%u", path, &major, &minor) != 3)
		return -EINVAL;
	for (struct part *p = machine.parts; p; p = p->next) {
		char *name = text_of("%s/%s", p->function ? p->function->address : "", p->path);
		bool this = !strcmp(name, path) || !strcmp(p->path, path);

		free(name);
		if (!this)
			continue;
		part_renumber(p, major, minor);
		return 0;
	}
	return -EINVAL;
}

/* PATH may begin with a function's address or /sys/. */
static struct node *named(const char *path)
{
	char address[32];
	const struct function *f;

	if (sscanf(path, "%31[^/]", address) == 1) {
		f = machine_function(address);
		if (f)
			return tree_find(f->directory, path + strlen(address));
	}
	return tree_find(tree_sys, !strncmp(path, "/sys/", 5) ? path + 5 : path);
}

static int run_set(char *arguments)
{
	char *value = strchr(arguments, ' '), *to;
	struct node *node;
	unsigned int byte;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	node = named(arguments);
	if (!node)
		return -EINVAL;
	to = arguments;
	for (const char *from = value; *from; from++) {
		if (*from != '\\') {
			*to++ = *from;
		} else if (from[1] == 'x' && sscanf(from + 2, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			from += 3;
		} else {
			*to++ = *++from == 'n' ? '\n' : *from;
		}
	}
	node->show = NULL;
	tree_bytes(node, arguments, (size_t)(to - arguments));
	for (struct function *f = machine.functions; f; f = f->next)
		if (!f->gone)
			gvt_update(f);
	return 0;
}

static int run_write(char *arguments)
{
	char *text = strchr(arguments, ' ');
	struct node *node;
	int rc;

	if (!text)
		return -EINVAL;
	*text++ = '\0';
	node = named(arguments);
	rc = node && node->store ? node->store(node, text, strlen(text)) : -EINVAL;
	return rc == STORE_WAITS ? -EBUSY : rc;
}

static int run_refs(char *arguments)
{
	char name[64];
	unsigned int count;

	if (sscanf(arguments, "%63s %u", name, &count) != 2 || !machine_module(name))
		return -EINVAL;
	machine_module(name)->references = count;
	return 0;
}

static int run_load(char *arguments)
{
	return module_load(arguments, "");
}

static int run_unload(char *arguments)
{
	return module_unload(arguments);
}

static int run_bind(char *arguments)
{
	char address[32], name[64];
	struct driver *d;
	struct function *f;

	if (sscanf(arguments, "%31s %63s", address, name) != 2)
		return -EINVAL;
	d = machine_driver(name);
	f = machine_function(address);
	return d && d->directory && f && !f->gone ? driver_probe(d, f) : -EINVAL;
}

static int run_unbind(char *arguments)
{
	struct function *f = machine_function(arguments);

	if (!f || !f->driver)
		return -EINVAL;
	driver_tear_off(f);
	return 0;
}

static int run_group(char *arguments)
{
	char address[32];
	struct function *f;
	long group;

	if (sscanf(arguments, "%31s %ld", address, &group) != 2)
		return -EINVAL;
	f = machine_function(address);
	if (!f || f->gone || (f->driver && f->driver->vfio))
		return -EINVAL;
	group_leave(f);
	f->group = group;
	group_join(f);
	return 0;
}

static int run_no_iommu(char *arguments)
{
	(void)arguments;
	groups_remove();
	return 0;
}

static int run_clear_faults(char *arguments)
{
	(void)arguments;
	faults_clear();
	return 0;
}

static int run_clear_log(char *arguments)
{
	(void)arguments;
	log_clear();
	return 0;
}

static int run_hold(char *arguments)
{
	unsigned int major, minor;

	if (sscanf(arguments, "%u:%u", &major, &minor) != 2 || !caller)
		return -EINVAL;
	holds_add(caller, makedev(major, minor));
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(char *arguments);
	enum fault_kind fault; /* without RUN */
} commands[] = {
	{"fail", NULL, FAULT_FAIL},
	{"fail-read", NULL, FAULT_READ},
	{"lie", NULL, FAULT_LIE},
	{"block", NULL, FAULT_BLOCK},
	{"unblock", run_unblock, 0},
	{"short", NULL, FAULT_SHORT},
	{"on", run_on, 0},
	{"vanish", run_vanish, 0},
	{"dev", run_dev, 0},
	{"set", run_set, 0},
	{"write", run_write, 0},
	{"refs", run_refs, 0},
	{"load", run_load, 0},
	{"unload", run_unload, 0},
	{"bind", run_bind, 0},
	{"unbind", run_unbind, 0},
	{"group", run_group, 0},
	{"no-iommu", run_no_iommu, 0},
	{"clear-faults", run_clear_faults, 0},
	{"clear-log", run_clear_log, 0},
	{"hold", run_hold, 0},
	{"rom", rom_add, 0},
	{"file", rom_add_file, 0},
};

int control_run(char *line, pid_t pid)
{
	char *arguments = line + strcspn(line, " ");

	caller = pid;
	if (*arguments)
		*arguments++ = '\0';
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(commands[i].name, line))
			return commands[i].run ? commands[i].run(arguments)
					       : add_fault(commands[i].fault, arguments);
	return -EINVAL;
}

static void show_log(const struct node *node, FILE *out)
{
	(void)node;
	log_print(out);
}

/* Written by the file system itself: no fault hits it and no log line tells of it. */
static int store_commands(struct node *node, const char *text, size_t length)
{
	(void)node;
	(void)text;
	(void)length;
	return 0;
}

void control_start(void)
{
	tree_attribute(
		tree_mkdirs(tree_sys, "kernel"), "laptop", show_log, store_commands, &machine);
}
