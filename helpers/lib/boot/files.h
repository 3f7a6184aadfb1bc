/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "boot/generator.h"
#include "boot/wanted.h"

/* The whole files of our own that the host's boot is made from. Each begins with BOOT_FIRST_LINE,
 * and no other file is ever written. */

#define BOOT_FIRST_LINE                                                                            \
	"# Written by gpu-handoff-boot(8), which replaces it: change /etc/gpu-handoff.conf "       \
	"instead."

#define BOOT_MODPROBE	  "/etc/modprobe.d/gpu-handoff.conf"
#define BOOT_MODULES_LOAD "/etc/modules-load.d/gpu-handoff.conf"
/* "ADDRESS VENDOR:DEVICE DRIVER [console]" a line, read in the initramfs before udev's coldplug;
 * without the last word a card that shows the console by then, for equal cards can change places,
 * is left alone */
#define BOOT_OVERRIDES	"/etc/gpu-handoff.overrides"
#define BOOT_DRACUT	"/etc/dracut.conf.d/gpu-handoff.conf"
#define BOOT_MKINITCPIO "/etc/mkinitcpio.conf.d/gpu-handoff.conf"
#define BOOT_BOOSTER	"/etc/booster.yaml"
#define BOOT_GRUB	"/etc/default/grub.d/gpu-handoff.cfg"

enum { BOOT_FILES = 7 };

struct boot_file {
	const char *path;
	char *text; /* NULL: there shall be none */
	bool in_image; /* the initramfs is made from it */
};

/*
 * What each of them shall be, in the order above: with text or without, so that one of another
 * generator than today's is removed. GRUB: kernel arguments go to GRUB's directory. Returns 0
 * (boot_files_free) or -ENOMEM.
 */
int boot_files(const struct wanted *wanted, enum generator generator, bool grub,
	struct boot_file out[static BOOT_FILES]);

void boot_files_free(struct boot_file file[static BOOT_FILES]);
