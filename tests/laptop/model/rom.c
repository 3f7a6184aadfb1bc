/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `rom` of a function (pci_read_rom and pci_write_rom of the kernel), and files of debugfs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

enum { BYTES_MAX = 32 << 20 };

static void show_rom(const struct node *node, FILE *out)
{
	const struct function *f = node->object;

	fwrite(f->rom, 1, f->rom_length, out);
}

/* One that sleeps, or does not answer to its addresses, shows ff and so no ROM. */
static int check_rom(const struct node *node)
{
	const struct function *f = node->object;

	if (!f->rom_enabled)
		return -EINVAL;
	return strcmp(f->control, "on") != 0 || !(f->driver || f->enabled) ? -EIO : 0;
}

static int store_rom(struct node *node, const char *text, size_t length)
{
	((struct function *)node->object)->rom_enabled = !(*text == '0' && length == 2);
	return 0;
}

/* The bytes of a file outside the model, or NULL. */
static char *load(const char *path, size_t *length)
{
	FILE *file = fopen(path, "re");
	char *bytes;

	if (!file)
		return NULL;
	bytes = zalloc(BYTES_MAX);
	*length = fread(bytes, 1, BYTES_MAX, file);
	fclose(file);
	return bytes;
}

int rom_add(char *arguments)
{
	char *path = strchr(arguments, ' ');
	struct function *f;
	struct node *node;

	if (!path)
		return -EINVAL;
	*path++ = '\0';
	f = machine_function(arguments);
	if (!f || f->gone)
		return -EINVAL;
	free(f->rom);
	f->rom = load(path, &f->rom_length);
	if (!f->rom)
		return -ENOENT;
	if (!tree_child(f->directory, "rom")) {
		node = tree_attribute(f->directory, "rom", show_rom, store_rom, f);
		node->check = check_rom;
	}
	return 0;
}

int rom_add_file(char *arguments)
{
	char *path = strchr(arguments, ' '), *name, *bytes;
	size_t length = 0;

	if (!path)
		return -EINVAL;
	*path++ = '\0';
	name = strrchr(arguments, '/');
	bytes = name ? load(path, &length) : NULL;
	if (!bytes)
		return -EINVAL;
	*name++ = '\0';
	tree_bytes(
		tree_file(tree_mkdirs(tree_sys, arguments), name, 0444, "%s", ""), bytes, length);
	free(bytes);
	return 0;
}
