/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A preset of mkinitcpio (/etc/mkinitcpio.d): assignments of a shell, PRESETS=('default' ...) and
 * for each of them NAME_image="/boot/..." or NAME_uki="/efi/...". Calls FOUND with the path of each
 * image that mkinitcpio -P makes of TEXT; what only a shell could work out is left out.
 */
void preset_images(
	const char *text, void (*found)(const char *path, void *argument), void *argument);

/* Likewise with the path of each configuration that it names, NAME_config="/etc/..." or
 * ALL_config. */
void preset_configs(
	const char *text, void (*found)(const char *path, void *argument), void *argument);
