/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine's description: one line a thing, words parted by blanks, # begins a comment.
 *
 * include FILE            another description beside this one
 * cmdline TEXT...         /proc/cmdline
 * function ADDRESS VENDOR:DEVICE CLASS [sub=VENDOR:DEVICE] [rev=HEX] [irq=N] [on=BRIDGE]
 *         [group=N] [control=auto] [boot_vga] [aperture=MB] [gvt=V5]
 *         [reset=METHOD,...] [physfn=ADDRESS]
 * module NAME [live] [builtin] [needs=A,B] [refs=N] [parm=NAME:VALUE,...] [post=A,B]
 * driver NAME MODULE [id=VENDOR:DEVICE[:CLASS]]... [allows] [vfio] [waits=GLOB]
 *                         MODULE is - for a built-in driver; * is any ID
 * part ADDRESS DRIVER PATH SUBSYSTEM [MAJOR:MINOR] [module=NAME]
 *                         what DRIVER (with MODULE) adds below the function; a PATH in /dev is a
 *                         node without a device; ADDRESS and DRIVER - if MODULE alone makes it
 * console NAME bound|unbound [pins=MODULE]
 * iommu NAME              in /sys/class/iommu, as dmar0
 * unit NAME STATE
 */
#include "machine.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

struct machine machine;

enum { WORDS_MAX = 32 };

struct line {
	const char *path;
	unsigned int number;
	size_t count;
	char *word[WORDS_MAX];
};

/* Appends to a list whose links are `next`. */
#define append(list, item)                                                                         \
	do {                                                                                       \
		__typeof__(item) *end = &(list);                                                   \
		while (*end)                                                                       \
			end = &(*end)->next;                                                       \
		*end = (item);                                                                     \
	} while (0)

static void __attribute__((noreturn)) wrong(const struct line *line, const char *what)
{
	errx(125, "%s:%u: %s", line->path, line->number, what);
}

static char *word(const struct line *line, size_t i)
{
	if (i >= line->count)
		wrong(line, "a word is missing");
	return line->word[i];
}

/* The value of NAME=VALUE, "" for the bare NAME, NULL without it. */
static char *option(const struct line *line, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 2; i < line->count; i++)
		if (!strncmp(line->word[i], name, length)) {
			if (line->word[i][length] == '=')
				return line->word[i] + length + 1;
			if (!line->word[i][length])
				return line->word[i] + length;
		}
	return NULL;
}

static char *keep(const char *text)
{
	return text ? text_of("%s", text) : NULL;
}

static unsigned long number(const char *text, int base, unsigned long otherwise)
{
	return text ? strtoul(text, NULL, base) : otherwise;
}

static void read_function(const struct line *line)
{
	struct function *f = zalloc(sizeof(*f));
	const char *sub = option(line, "sub"), *control = option(line, "control");

	f->address = keep(word(line, 1));
	if (sscanf(word(line, 2), "%x:%x", &f->vendor, &f->device) != 2)
		wrong(line, "VENDOR:DEVICE expected");
	f->class = number(word(line, 3), 16, 0);
	if (sub && sscanf(sub, "%x:%x", &f->subvendor, &f->subdevice) != 2)
		wrong(line, "sub=VENDOR:DEVICE expected");
	f->revision = number(option(line, "rev"), 16, 0);
	f->irq = number(option(line, "irq"), 10, 0);
	f->aperture = number(option(line, "aperture"), 10, 0);
	f->group = option(line, "group") ? strtol(option(line, "group"), NULL, 10) : -1;
	f->above = keep(option(line, "on"));
	f->physical = keep(option(line, "physfn"));
	f->reset = keep(option(line, "reset"));
	f->gvt = keep(option(line, "gvt"));
	f->boot_vga = option(line, "boot_vga");
	strcpy(f->control, control && !strcmp(control, "auto") ? "auto" : "on");
	append(machine.functions, f);
}

static void read_module(const struct line *line)
{
	struct module *m = zalloc(sizeof(*m));

	m->name = keep(word(line, 1));
	m->needs = keep(option(line, "needs") ? option(line, "needs") : "");
	m->parameters = keep(option(line, "parm") ? option(line, "parm") : "");
	m->post = keep(option(line, "post"));
	m->builtin = option(line, "builtin");
	m->live = option(line, "live") || m->builtin;
	m->references = number(option(line, "refs"), 10, 0);
	append(machine.modules, m);
}

static int any_or_hex(const char *text)
{
	return *text == '*' ? -1 : (int)strtoul(text, NULL, 16);
}

static void read_driver(const struct line *line)
{
	struct driver *d = zalloc(sizeof(*d));
	const char *module = word(line, 2);

	d->name = keep(word(line, 1));
	d->module = strcmp(module, "-") ? machine_module(module) : NULL;
	if (!d->module && strcmp(module, "-"))
		wrong(line, "no such module above");
	for (size_t i = 3; i < line->count; i++) {
		char part[3][8] = {"*", "*", "*"};
		struct id *id;

		if (strncmp(line->word[i], "id=", 3))
			continue;
		if (sscanf(line->word[i], "id=%7[^:]:%7[^:]:%7s", part[0], part[1], part[2]) < 2)
			wrong(line, "id=VENDOR:DEVICE expected");
		id = zalloc(sizeof(*id));
		id->vendor = any_or_hex(part[0]);
		id->device = any_or_hex(part[1]);
		id->class = any_or_hex(part[2]);
		append(d->ids, id);
	}
	d->allows = option(line, "allows");
	d->vfio = option(line, "vfio");
	d->waits = keep(option(line, "waits"));
	append(machine.drivers, d);
}

static void read_part(const struct line *line)
{
	struct part *p = zalloc(sizeof(*p));

	if (strcmp(word(line, 1), "-")) {
		p->function = machine_function(line->word[1]);
		if (!p->function)
			wrong(line, "no such function above");
		p->driver = keep(word(line, 2));
	}
	p->path = keep(word(line, 3));
	p->subsystem = keep(word(line, 4));
	p->module = keep(option(line, "module"));
	p->real = true;
	if (line->count > 5)
		sscanf(line->word[5], "%u:%u", &p->major, &p->minor);
	append(machine.parts, p);
}

static void read_line(struct line *line)
{
	const char *kind = line->word[0];

	if (!strcmp(kind, "include")) {
		const char *slash = strrchr(line->path, '/');
		char *path = text_of("%.*s%s", slash ? (int)(slash + 1 - line->path) : 0,
			line->path, word(line, 1));

		machine_read(path);
		free(path);
	} else if (!strcmp(kind, "function")) {
		read_function(line);
	} else if (!strcmp(kind, "module")) {
		read_module(line);
	} else if (!strcmp(kind, "driver")) {
		read_driver(line);
	} else if (!strcmp(kind, "part")) {
		read_part(line);
	} else if (!strcmp(kind, "console")) {
		machine.console = keep(word(line, 1));
		machine.console_bound = !strcmp(word(line, 2), "bound");
		machine.console_pins = keep(option(line, "pins"));
	} else if (!strcmp(kind, "iommu")) {
		machine.iommu = keep(word(line, 1));
	} else if (!strcmp(kind, "unit")) {
		struct unit *u = zalloc(sizeof(*u));

		u->name = keep(word(line, 1));
		u->state = keep(word(line, 2));
		append(machine.units, u);
	} else {
		wrong(line, "not a kind of line");
	}
}

void machine_read(const char *path)
{
	struct line line = {.path = path};
	char *text = NULL, *save;
	size_t size = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		err(125, "%s", path);
	while (getline(&text, &size, file) > 0) {
		line.number++;
		text[strcspn(text, "#\n")] = '\0';
		if (!strncmp(text, "cmdline ", 8)) {
			machine.cmdline = keep(text + 8);
			continue;
		}
		line.count = 0;
		for (char *w = strtok_r(text, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
			if (line.count == WORDS_MAX)
				wrong(&line, "too many words");
			line.word[line.count++] = w;
		}
		if (line.count)
			read_line(&line);
	}
	free(text);
	fclose(file);
}

#define find(list, field, value)                                                                   \
	__typeof__(list) at;                                                                       \
	for (at = (list); at; at = at->next)                                                       \
		if (!strcmp(at->field, value))                                                     \
			break;                                                                     \
	return at

struct function *machine_function(const char *address)
{
	find(machine.functions, address, address);
}

struct module *machine_module(const char *name)
{
	find(machine.modules, name, name);
}

struct driver *machine_driver(const char *name)
{
	find(machine.drivers, name, name);
}
