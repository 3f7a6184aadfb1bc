/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /sys/class/vtconsole: the dummy and the frame buffer console. */
#include <errno.h>

#include "model.h"

static unsigned int framebuffers_before;

static void show_bind(const struct node *node, FILE *out)
{
	fprintf(out, "%d\n", machine.console_bound == (node->object == &machine));
}

/* Errors are ignored, as in the kernel: without a frame buffer nothing is bound. */
static int store_bind(struct node *node, const char *text, size_t length)
{
	bool bound = *text != '0';

	(void)length;
	if (*text != '0' && *text != '1')
		return -EINVAL;
	if (node->object != &machine)
		bound = !bound;
	machine.console_bound = bound && framebuffers_before;
	return 0;
}

static void make(const char *name, const char *title, void *object)
{
	struct node *class = tree_mkdirs(tree_sys, "class/vtconsole");
	struct node *d = tree_mkdirs(tree_mkdirs(tree_sys, "devices/virtual/vtconsole"), name);

	tree_attribute(d, "bind", show_bind, store_bind, object);
	tree_file(d, "name", 0444, "%s\n", title);
	tree_link(d, "subsystem", class);
	tree_link(class, name, d);
}

void console_start(void)
{
	make("vtcon0", "(S) dummy device", NULL);
	if (machine.console)
		make(machine.console, "(M) frame buffer device", &machine);
}

/* The console goes with the last frame buffer and comes with the first. */
void console_framebuffers(unsigned int count)
{
	if (framebuffers_before && !count)
		machine.console_bound = false;
	if (!framebuffers_before && count && machine.console)
		machine.console_bound = true;
	framebuffers_before = count;
}
