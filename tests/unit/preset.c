/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "formats/preset.h"

static void collect(const char *path, void *argument)
{
	char *out = argument;

	strcat(out, path);
	strcat(out, "\n");
}

static void check(const char *text, const char *paths)
{
	char out[1024] = "";

	preset_images(text, collect, out);
	assert_string_equal(out, paths);
}

/* As Arch's package of a kernel brings it. */
static void test_of_arch(void **state)
{
	(void)state;
	check("# mkinitcpio preset file for the 'linux' package\n"
	      "#ALL_config=\"/etc/mkinitcpio.conf\"\n"
	      "ALL_kver=\"/boot/vmlinuz-linux\"\n"
	      "PRESETS=('default' 'fallback')\n"
	      "#default_config=\"/etc/mkinitcpio.conf\"\n"
	      "default_image=\"/boot/initramfs-linux.img\"\n"
	      "#default_uki=\"/efi/EFI/Linux/arch-linux.efi\"\n"
	      "fallback_image=\"/boot/initramfs-linux-fallback.img\"\n"
	      "fallback_options=\"-S autodetect\"\n",
		"/boot/initramfs-linux.img\n/boot/initramfs-linux-fallback.img\n");
	check("PRESETS=('default')\n"
	      "default_uki=\"/efi/EFI/Linux/arch-linux.efi\"\n"
	      "fallback_image=\"/boot/initramfs-linux-fallback.img\"",
		"/efi/EFI/Linux/arch-linux.efi\n");
}

static void check_configs(const char *text, const char *paths)
{
	char out[1024] = "";

	preset_configs(text, collect, out);
	assert_string_equal(out, paths);
}

static void test_configs(void **state)
{
	(void)state;
	check_configs("#ALL_config=\"/etc/mkinitcpio.conf\"\nPRESETS=('default')\n"
		      "default_image=/boot/a\n",
		"");
	check_configs("ALL_config=\"/etc/mkinitcpio.conf\"\nPRESETS=('default')\n",
		"/etc/mkinitcpio.conf\n");
	check_configs("PRESETS=(a b)\na_config='/etc/a'\nc_config=/etc/c\nb_config=/etc/b # \n"
		      "ALL_config=\na_configs=/etc/x\n_config=/etc/y\nALL_image=/boot/z",
		"/etc/a\n/etc/b\n");
	check("PRESETS=(a)\nALL_image=/boot/z\na_config=/etc/a\n", "");
}

static void test_forms(void **state)
{
	(void)state;
	check("", "");
	check("default_image=/boot/a.img\n", "");
	check("PRESETS=(default second)\nsecond_image=/boot/b # comment\ndefault_image='/boot/a'",
		"/boot/b\n/boot/a\n");
	check("PRESETS=(a)\nPRESETS=(b)\na_image=/a\n b_image=/b\n", "/b\n");
	check("PRESETS=(a)\n_image=/x\na_image=\"/boot/${name}.img\"\na_uki=relative\na_image", "");
	check("PRESETS=(a)\na_images=/x\nab_image=/x\na_image=/boot/x'y\n", "/boot/x\n");
	check("PRESETS=(\na)\na_image=/x\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_arch),
		cmocka_unit_test(test_configs),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
