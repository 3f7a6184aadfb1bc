/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tree.h"

/* A number as in lspci -n: which PCI functions a driver takes; -1 is any. */
struct id {
	int vendor, device, class; /* class without the programming interface */
	bool dynamic; /* from new_id */
	struct id *next;
};

struct module {
	char *name; /* as in /sys/module, with underscores */
	char *needs; /* modules it links to: "A,B" or "" */
	char *post; /* its soft dependencies "A,B", or NULL */
	char *parameters; /* "NAME:VALUE,..." or "" */
	bool builtin, live;
	bool absent; /* not in the tree of modules */
	unsigned int references; /* always there: what the model does not play */
	struct node *directory; /* /sys/module/NAME while live */
	struct module *next;
};

struct driver {
	char *name;
	struct module *module; /* NULL if built in */
	struct id *ids;
	bool allows; /* lets the device sleep (power/control auto), and forbids it at the end */
	bool vfio; /* vfio-pci's table: matches with an override alone */
	char *waits; /* glob: remove waits while nodes of this name are held; NULL never */
	struct node *directory; /* /sys/bus/pci/drivers/NAME while registered */
	struct driver *next;
};

struct request;

struct function {
	char *address;
	unsigned int vendor, device, subvendor, subdevice, class, revision, irq, aperture;
	char *above; /* address of the bridge it is behind, or NULL */
	char *physical; /* address of its physical function, or NULL */
	char *reset; /* reset_method, or NULL */
	char *gvt; /* generation of its GVT-g types ("V5"), or NULL */
	bool boot_vga, gone;
	long group; /* IOMMU group, -1 none */
	char *override; /* NULL: unset */
	char control[5]; /* power/control */
	unsigned int enabled; /* by writes to enable */
	char *rom; /* what `rom` reads, or NULL */
	size_t rom_length;
	bool rom_enabled;
	struct driver *driver;
	struct request *locked; /* the write that sits in the driver's remove */
	struct node *directory;
	struct function *next;
};

/* What a driver (or module) adds while it is bound: a device below the function, or a node only. */
struct part {
	struct function *function; /* NULL: belongs to the module alone */
	char *driver, *module; /* NULL: any */
	char *path; /* below the function, or "/dev/..." */
	char *subsystem;
	unsigned int major, minor; /* 0:0 none */
	bool real; /* the number in the description still holds */
	struct node *directory, *node; /* while it exists */
	struct part *next;
};

struct unit {
	char *name, *state;
	struct unit *next;
};

extern struct machine {
	struct function *functions;
	struct module *modules;
	struct driver *drivers;
	struct part *parts;
	struct unit *units;
	char *cmdline, *iommu;
	char *console; /* name of the frame buffer console, or NULL */
	bool console_bound;
	char *console_pins; /* module that the bound console holds, or NULL */
} machine;

/* Reads a description (see machine.c); ends the program with a message if it is wrong. */
void machine_read(const char *path);

struct function *machine_function(const char *address);
struct module *machine_module(const char *name);
struct driver *machine_driver(const char *name);
