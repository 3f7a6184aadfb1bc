/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI functions: /sys/devices/pci0000:00/... and what can be read and written there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

static bool sleeps(const struct function *f)
{
	return !strcmp(f->control, "auto") && !f->boot_vga;
}

static void show_override(const struct node *node, FILE *out)
{
	const struct function *f = node->object;

	fprintf(out, "%s\n", f->override ? f->override : "(null)");
}

static int store_override(struct node *node, const char *text, size_t length)
{
	struct function *f = node->object;

	if (f->locked)
		return STORE_WAITS;
	if (length >= 4095)
		return -EINVAL;
	free(f->override);
	f->override =
		*text && *text != '\n' ? text_of("%.*s", (int)strcspn(text, "\n"), text) : NULL;
	return 0;
}

static void show_control(const struct node *node, FILE *out)
{
	fprintf(out, "%s\n", ((struct function *)node->object)->control);
}

static int store_control(struct node *node, const char *text, size_t length)
{
	struct function *f = node->object;
	char word[5];

	(void)length;
	if (f->locked)
		return STORE_WAITS;
	if (strcmp(text, "on") && strcmp(text, "on\n") && strcmp(text, "auto") &&
		strcmp(text, "auto\n"))
		return -EINVAL;
	sscanf(text, "%4s", word);
	strcpy(f->control, word);
	return 0;
}

static void show_status(const struct node *node, FILE *out)
{
	fprintf(out, "%s\n", sleeps(node->object) ? "suspended" : "active");
}

static void show_power_state(const struct node *node, FILE *out)
{
	const struct function *f = node->object;
	const struct node *d3cold = tree_child(f->directory, "d3cold_allowed");

	fprintf(out, "%s\n",
		!sleeps(f)			 ? "D0"
		: d3cold && *d3cold->text == '1' ? "D3cold"
						 : "D3hot");
}

static int store_flag(struct node *node, const char *text, size_t length)
{
	(void)length;
	if (*text != '0' && *text != '1')
		return -EINVAL;
	*node->text = *text;
	return 0;
}

static void show_enable(const struct node *node, FILE *out)
{
	const struct function *f = node->object;

	fprintf(out, "%u\n", (f->driver && !f->driver->vfio) + f->enabled);
}

static int store_enable(struct node *node, const char *text, size_t length)
{
	struct function *f = node->object;

	(void)length;
	if (f->driver)
		return -EBUSY;
	if (*text != '0')
		f->enabled++;
	else if (f->enabled)
		f->enabled--;
	else
		return -EIO;
	return 0;
}

static void print_modalias(const struct function *f, FILE *out)
{
	fprintf(out, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X\n", f->vendor, f->device,
		f->subvendor, f->subdevice, f->class >> 16, f->class >> 8 & 0xff, f->class & 0xff);
}

static void show_modalias(const struct node *node, FILE *out)
{
	print_modalias(node->object, out);
}

static void show_uevent(const struct node *node, FILE *out)
{
	const struct function *f = node->object;

	if (f->driver && !f->locked)
		fprintf(out, "DRIVER=%s\n", f->driver->name);
	fprintf(out, "PCI_CLASS=%X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\nPCI_SLOT_NAME=%s\n",
		f->class, f->vendor, f->device, f->subvendor, f->subdevice, f->address);
	fprintf(out, "MODALIAS=");
	print_modalias(f, out);
}

static int store_uevent(struct node *node, const char *text, size_t length)
{
	static const char *const actions[] = {
		"add", "remove", "change", "move", "online", "offline", "bind", "unbind"};

	(void)node;
	(void)length;
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		size_t end = strlen(actions[i]);

		if (!strncmp(text, actions[i], end) && strchr(" \n", text[end]))
			return 0;
	}
	return -EINVAL;
}

static int store_remove(struct node *node, const char *text, size_t length)
{
	struct function *f = node->object;

	(void)length;
	if (f->locked)
		return STORE_WAITS;
	if (strtoul(text, NULL, 0))
		function_vanish(f);
	return 0;
}

static int store_nothing(struct node *node, const char *text, size_t length)
{
	(void)node;
	(void)length;
	return *text == '1' ? 0 : -EINVAL;
}

/* Are there other functions in its slot? */
static bool has_siblings(const struct function *f)
{
	size_t slot = strlen(f->address) - 1;

	for (const struct function *other = machine.functions; other; other = other->next)
		if (other != f && !strncmp(other->address, f->address, slot))
			return true;
	return false;
}

static void make_config(const struct function *f)
{
	unsigned char c[64] = {0};

	c[0] = f->vendor & 0xff, c[1] = f->vendor >> 8 & 0xff;
	c[2] = f->device & 0xff, c[3] = f->device >> 8 & 0xff;
	if (f->physical) /* a virtual function has none of its own */
		memset(c, 0xff, 4);
	c[4] = 7, c[6] = 0x10;
	c[8] = f->revision & 0xff;
	c[9] = f->class & 0xff, c[10] = f->class >> 8 & 0xff, c[11] = f->class >> 16 & 0xff;
	c[14] = (unsigned char)((f->class >> 8 == 0x0604) | (has_siblings(f) ? 0x80 : 0));
	c[0x2c] = f->subvendor & 0xff, c[0x2d] = f->subvendor >> 8 & 0xff;
	c[0x2e] = f->subdevice & 0xff, c[0x2f] = f->subdevice >> 8 & 0xff;
	c[0x34] = 0x60;
	c[0x3c] = f->irq & 0xff, c[0x3d] = 1;
	tree_bytes(tree_file(f->directory, "config", 0644, "%s", ""), (char *)c, sizeof(c));
}

/* BAR 0 of 16 MiB and BAR 2, the aperture of a GPU. */
static void make_resource(const struct function *f)
{
	char text[13 * 57 + 1] = "", *end = text;
	unsigned long long base = 0x6000000000;

	for (const struct function *at = machine.functions; at != f; at = at->next)
		base += 1ULL << 32;
	for (int i = 0; i < 13; i++) {
		unsigned long long size = i == 0 ? 16 << 20 : i == 2 ? f->aperture << 20 : 0;
		unsigned long long start = base + ((unsigned long long)i << 30);

		end += sprintf(end, "0x%016llx 0x%016llx 0x%016llx\n", size ? start : 0,
			size ? start + size - 1 : 0, size ? 0x14220cULL : 0);
	}
	tree_file(f->directory, "resource", 0444, "%s", text);
}

static void make_power(struct function *f)
{
	struct node *power = tree_mkdirs(f->directory, "power");

	tree_attribute(power, "control", show_control, store_control, f);
	tree_attribute(power, "runtime_status", show_status, NULL, f);
	tree_attribute(f->directory, "power_state", show_power_state, NULL, f);
	tree_file(f->directory, "d3cold_allowed", 0644, "1\n")->store = store_flag;
}

static void make_attributes(struct function *f)
{
	struct node *d = f->directory;

	tree_file(d, "vendor", 0444, "0x%04x\n", f->vendor);
	tree_file(d, "device", 0444, "0x%04x\n", f->device);
	tree_file(d, "subsystem_vendor", 0444, "0x%04x\n", f->subvendor);
	tree_file(d, "subsystem_device", 0444, "0x%04x\n", f->subdevice);
	tree_file(d, "class", 0444, "0x%06x\n", f->class);
	tree_file(d, "revision", 0444, "0x%02x\n", f->revision);
	tree_file(d, "irq", 0444, "%u\n", f->irq);
	tree_file(d, "numa_node", 0444, "-1\n");
	if (f->class >> 8 == 0x0300)
		tree_file(d, "boot_vga", 0444, "%d\n", f->boot_vga);
	if (f->reset) {
		char *methods = text_of("%s\n", f->reset);

		for (char *comma = methods; (comma = strchr(comma, ','));)
			*comma = ' ';
		tree_file(d, "reset_method", 0444, "%s", methods);
		tree_attribute(d, "reset", NULL, store_nothing, f);
		free(methods);
	}
	tree_attribute(d, "driver_override", show_override, store_override, f);
	tree_attribute(d, "modalias", show_modalias, NULL, f);
	tree_attribute(d, "uevent", show_uevent, store_uevent, f);
	tree_attribute(d, "enable", show_enable, store_enable, f);
	tree_attribute(d, "remove", NULL, store_remove, f);
	make_config(f);
	make_resource(f);
	make_power(f);
}

unsigned int function_virtual(const struct function *f)
{
	unsigned int count = 0;

	for (const struct function *v = machine.functions; v; v = v->next)
		count += !v->gone && v->physical && !strcmp(v->physical, f->address);
	return count;
}

void functions_start(void)
{
	struct node *bus = tree_find(tree_sys, "bus/pci");
	struct node *root = tree_mkdirs(tree_sys, "devices/pci0000:00");

	for (struct function *f = machine.functions; f; f = f->next) {
		struct function *above = f->above ? machine_function(f->above) : NULL;

		f->directory = tree_mkdirs(above ? above->directory : root, f->address);
		tree_link(tree_child(bus, "devices"), f->address, f->directory);
		tree_link(f->directory, "subsystem", bus);
		make_attributes(f);
		group_join(f);
		if (f->physical)
			tree_link(f->directory, "physfn", machine_function(f->physical)->directory);
		if (function_virtual(f))
			tree_file(f->directory, "sriov_numvfs", 0644, "%u\n", function_virtual(f));
	}
}

void function_vanish(struct function *f)
{
	driver_tear_off(f);
	group_leave(f);
	f->gone = true;
	tree_drop_name(tree_find(tree_sys, "bus/pci/devices"), f->address);
	tree_drop(f->directory);
}
