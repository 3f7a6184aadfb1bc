/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/generator.h"

#include <errno.h>
#include <stddef.h>

#include "boot/tree.h"

static const char *const names[] = {
	[GENERATOR_NONE] = "none",
	[GENERATOR_INITRAMFS_TOOLS] = "initramfs-tools",
	[GENERATOR_DRACUT] = "dracut",
	[GENERATOR_MKINITCPIO] = "mkinitcpio",
	[GENERATOR_BOOSTER] = "booster",
	[GENERATOR_RPM_OSTREE] = "rpm-ostree",
};

const char *generator_name(enum generator generator)
{
	return names[generator];
}

const char *generator_dracut(const struct tree *tree)
{
	if (tree_exists(tree, "/usr/bin/dracut"))
		return "/usr/bin/dracut";
	return tree_exists(tree, "/usr/sbin/dracut") ? "/usr/sbin/dracut" : NULL;
}

/* dracut's package may bring an update-initramfs of its own, beside a mkinitramfs that stayed. */
static bool has_initramfs_tools(const struct tree *tree)
{
	if (!tree_exists(tree, "/usr/sbin/mkinitramfs") || !tree_exists(tree, UPDATE_INITRAMFS))
		return false;
	return tree_contains(tree, UPDATE_INITRAMFS, "mkinitramfs") ||
	       !tree_contains(tree, UPDATE_INITRAMFS, "dracut");
}

static bool is_there(const struct tree *tree, enum generator generator)
{
	switch (generator) {
	case GENERATOR_NONE:
		return true;
	case GENERATOR_INITRAMFS_TOOLS:
		return has_initramfs_tools(tree);
	case GENERATOR_DRACUT:
		return generator_dracut(tree) != NULL;
	case GENERATOR_MKINITCPIO:
		return tree_exists(tree, MKINITCPIO);
	case GENERATOR_BOOSTER:
		return tree_exists(tree, BOOSTER);
	case GENERATOR_RPM_OSTREE:
		return tree_exists(tree, OSTREE_BOOTED);
	}
	return false;
}

static int find_named(
	const struct tree *tree, enum generator named, enum generator *out, struct msg *why)
{
	if (!is_there(tree, named))
		return msg_fail(why, ENOENT,
			"initramfs=%s in gpu-handoff.conf(5), but %s is not installed%s%s; install "
			"it or change the setting",
			names[named], names[named], *tree->root ? " below " : "", tree->root);
	*out = named;
	return 0;
}

static int find_installed(const struct tree *tree, enum generator *out, struct msg *why)
{
	static const enum generator order[] = {
		GENERATOR_DRACUT, GENERATOR_MKINITCPIO, GENERATOR_BOOSTER};
	enum generator found = GENERATOR_NONE;

	if (is_there(tree, GENERATOR_INITRAMFS_TOOLS)) {
		*out = GENERATOR_INITRAMFS_TOOLS;
		return 0;
	}
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if (!is_there(tree, order[i]))
			continue;
		if (found != GENERATOR_NONE)
			return msg_fail(why, ENOTUNIQ,
				"both %s and %s are installed%s%s; say which of them makes the "
				"initramfs: initramfs= in [boot] of gpu-handoff.conf(5)",
				names[found], names[order[i]], *tree->root ? " below " : "",
				tree->root);
		found = order[i];
	}
	*out = found;
	return 0;
}

int generator_find(const struct tree *tree, const struct config_boot *settings, enum generator *out,
	struct msg *why)
{
	static const enum generator named[] = {
		[CONFIG_INITRAMFS_TOOLS] = GENERATOR_INITRAMFS_TOOLS,
		[CONFIG_INITRAMFS_DRACUT] = GENERATOR_DRACUT,
		[CONFIG_INITRAMFS_MKINITCPIO] = GENERATOR_MKINITCPIO,
		[CONFIG_INITRAMFS_BOOSTER] = GENERATOR_BOOSTER,
		[CONFIG_INITRAMFS_NONE] = GENERATOR_NONE,
	};

	if (settings->initramfs != CONFIG_INITRAMFS_NONE && is_there(tree, GENERATOR_RPM_OSTREE)) {
		*out = GENERATOR_RPM_OSTREE;
		return 0;
	}
	if (settings->initramfs == CONFIG_INITRAMFS_AUTO)
		return find_installed(tree, out, why);
	return find_named(tree, named[settings->initramfs], out, why);
}
