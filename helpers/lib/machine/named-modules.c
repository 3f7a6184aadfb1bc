/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/named-modules.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "nouns/kmodules.h"
#include "nouns/sysfs.h"

enum { FILES_MAX = 256, BYTES_MAX = 64 << 10 };

static const char *const names[] = {
	"vfio_pci", "vfio", "vfio_iommu_type1", "vfio_virqfd", "vfio_mdev", "mdev", "kvmgt"};

static const struct place {
	const char *path;
	bool in_image, is_directory; /* of files *.conf */
} places[] = {
	{"/etc/mkinitcpio.conf", true, false},
	{"/etc/mkinitcpio.conf.d", true, true},
	{"/etc/dracut.conf", true, false},
	{"/etc/dracut.conf.d", true, true},
	{"/etc/initramfs-tools/modules", false, false}, /* which passes over what is not there */
	{"/etc/modules", false, false},
	{"/etc/modules-load.d", false, true},
};

struct search {
	struct kmodules *modules;
	size_t left; /* findings to pass over */
	struct named_module *out;
};

static char same(char c)
{
	return c == '-' ? '_' : c;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Does LINE, up to its end, have the word NAME, spelled with - or _, before any comment? */
static bool line_names(const char *line, const char *name)
{
	const size_t length = strlen(name);

	for (const char *at = line; *at && *at != '\n' && *at != '#'; at++) {
		size_t n = 0;

		if (at > line && is_word(at[-1]))
			continue;
		while (n < length && same(at[n]) == name[n])
			n++;
		if (n == length && !is_word(at[n]))
			return true;
	}
	return false;
}

static bool text_names(const char *text, const char *name)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line_names(line, name))
			return true;
	}
	return false;
}

static bool search_file(struct search *search, const char *path, bool in_image)
{
	static char text[BYTES_MAX + 1];

	if (file_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!text_names(text, names[i]) ||
			kmodules_find(search->modules, names[i]) != KMODULE_ABSENT ||
			search->left-- > 0)
			continue;
		*search->out = (struct named_module){.name = names[i], .in_image = in_image};
		snprintf(search->out->path, sizeof(search->out->path), "%s", path);
		return true;
	}
	return false;
}

static bool search_place(struct search *search, const struct place *place)
{
	char **files, path[300];
	bool found = false;
	int n;

	if (!place->is_directory)
		return search_file(search, place->path, place->in_image);
	n = sysfs_list(&files, FILES_MAX, "%s", place->path);
	for (int i = 0; i < n && !found; i++) {
		const char *end = strrchr(files[i], '.');

		snprintf(path, sizeof(path), "%s/%s", place->path, files[i]);
		found = end && strcmp(end, ".conf") == 0 &&
			search_file(search, path, place->in_image);
	}
	if (n >= 0)
		free(files);
	return found;
}

bool named_module_absent(const char *kernel, size_t index, struct named_module *out)
{
	struct search search = {.left = index, .out = out};
	bool found = false;
	struct msg why;

	if (kmodules_open("", kernel, &search.modules, &why) < 0)
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !found; i++)
		found = search_place(&search, &places[i]);
	kmodules_close(search.modules);
	return found;
}
