/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in /proc: driver/nvidia, devices, modules, cmdline. */
#include <stdio.h>
#include <string.h>

#include "model.h"

void nvidia_update(const struct part *p, bool present)
{
	struct node *gpus = tree_mkdirs(tree_proc, "driver/nvidia/gpus"), *d;
	unsigned int minor;

	if (!p->function || sscanf(p->path, "/dev/nvidia%u", &minor) != 1)
		return;
	if (!present) {
		tree_drop_name(gpus, p->function->address);
		return;
	}
	d = tree_mkdirs(gpus, p->function->address);
	tree_file(d, "information", 0444,
		"Model: \t\t NVIDIA GPU\nIRQ:   \t\t %u\nBus Type: \t PCIe\n"
		"Bus Location: \t %s\nDevice Minor: \t %u\nGPU Excluded:\t No\n",
		p->function->irq, p->function->address, minor);
}

static void show_devices(const struct node *node, FILE *out)
{
	(void)node;
	fprintf(out, "Character devices:\n  1 mem\n  5 /dev/tty\n 10 misc\n 13 input\n"
		     " 29 fb\n 89 i2c\n116 alsa\n189 usb_device\n");
	if (module_live("nvidia"))
		fprintf(out, "195 nvidia\n234 nvidia-caps\n");
	fprintf(out, "226 drm\n");
	if (module_live("nvidia_uvm"))
		fprintf(out, "235 nvidia-uvm\n");
	if (module_live("vfio"))
		fprintf(out, "243 vfio\n");
	fprintf(out, "\nBlock devices:\n  7 loop\n  8 sd\n254 virtblk\n259 blkext\n");
}

static void show_modules(const struct node *node, FILE *out)
{
	(void)node;
	for (const struct module *m = machine.modules; m; m = m->next) {
		const char *parted = "";

		if (!m->live || m->builtin)
			continue;
		fprintf(out, "%s 65536 %u ", m->name, module_references(m));
		for (const struct node *h = tree_child(m->directory, "holders")->first; h;
			h = h->next, parted = ",")
			fprintf(out, "%s%s", parted, h->name);
		fprintf(out, "%s Live 0x0000000000000000\n", *parted ? "," : "-");
	}
}

void proc_start(void)
{
	tree_mkdirs(tree_proc, "driver");
	tree_attribute(tree_proc, "devices", show_devices, NULL, NULL);
	tree_attribute(tree_proc, "modules", show_modules, NULL, NULL);
	tree_file(tree_proc, "cmdline", 0444, "%s\n", machine.cmdline ? machine.cmdline : "");
}
