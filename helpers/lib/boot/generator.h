/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/log.h"
#include "formats/config.h"

/* What makes this host's initramfs images. */
enum generator {
	GENERATOR_NONE, /* there is none, or initramfs=none */
	GENERATOR_INITRAMFS_TOOLS,
	GENERATOR_DRACUT,
	GENERATOR_MKINITCPIO,
	GENERATOR_BOOSTER,
	GENERATOR_RPM_OSTREE, /* dracut's files; rpm-ostree makes the image when it is told to */
};

#define UPDATE_INITRAMFS "/usr/sbin/update-initramfs"
#define MKINITCPIO	 "/usr/bin/mkinitcpio"
#define BOOSTER		 "/usr/bin/booster"
#define BOOSTER_IMAGES	 "/usr/lib/booster/regenerate_images"
#define OSTREE_BOOTED	 "/run/ostree-booted" /* rpm-ostree's hosts make it when they boot */

struct tree;

/* As gpu-handoff.conf(5) and people call it. */
const char *generator_name(enum generator generator);

/* Where dracut is; NULL if it is nowhere. */
const char *generator_dracut(const struct tree *tree);

/*
 * Finds what SETTINGS name, or else what is installed below TREE. Returns 0, or -errno with WHY
 * set: -ENOENT if what is named is not installed, -ENOTUNIQ if several are and none is named.
 */
int generator_find(const struct tree *tree, const struct config_boot *settings, enum generator *out,
	struct msg *why);
