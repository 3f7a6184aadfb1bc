/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "formats/vgpu-type.h"

static void check(const char *text, const char *wanted)
{
	struct vgpu_type type;
	char line[128];

	memset(&type, 0x55, sizeof(type));
	vgpu_type_parse(text, &type);
	snprintf(line, sizeof(line), "%u %u %u %u '%s'", type.low_mb, type.high_mb, type.fence,
		type.weight, type.resolution);
	assert_string_equal(line, wanted);
}

/* What the kernel prints of the types of vgpu.c and kvmgt.c there. */
static void test_of_the_kernel(void **state)
{
	(void)state;
	check("low_gm_size: 64MB\nhigh_gm_size: 384MB\nfence: 4\nresolution: 1024x768\nweight: "
	      "2\n",
		"64 384 4 2 '1024x768'");
	check("low_gm_size: 512MB\nhigh_gm_size: 2048MB\nfence: 4\nresolution: "
	      "1920x1200\nweight: 16",
		"512 2048 4 16 '1920x1200'");
}

static void test_others(void **state)
{
	(void)state;
	check("", "0 0 0 0 ''");
	check("\n\n\n", "0 0 0 0 ''");
	check("virtual tty\n", "0 0 0 0 ''");
	check("num_heads=4, frl_config=60, framebuffer=1024M, max_resolution=4096x2160, "
	      "max_instance=16\n",
		"0 0 0 0 ''");
	check("weight: 8\nlow_gm_size: 1MB", "1 0 0 8 ''");
	check("fence: 4\nfence: x\nfence: 5", "0 0 5 0 ''");
}

static void test_broken(void **state)
{
	(void)state;
	check("low_gm_size: 64\nhigh_gm_size: 64mb\nfence: 4MB\nweight: ", "0 0 0 0 ''");
	check("low_gm_size: MB\nhigh_gm_size: -1MB\nfence: 0x4\nweight: 4 ", "0 0 0 0 ''");
	check(" low_gm_size: 64MB\nhigh_gm_size:64MB\nfence : 4\nweights: 4", "0 0 0 0 ''");
	check("fence: 999999999\nweight: 1000000000", "0 0 999999999 0 ''");
	check("resolution: x1200", "0 0 0 0 ''");
	check("resolution: 1920x", "0 0 0 0 ''");
	check("resolution: 1920", "0 0 0 0 ''");
	check("resolution: 1920x1200x3", "0 0 0 0 ''");
	check("resolution: 1920x\n1200", "0 0 0 0 ''");
	check("resolution: 12345678901x12345678901", "0 0 0 0 '12345678901x12345678901'");
	check("resolution: 123456789012x12345678901", "0 0 0 0 ''");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_the_kernel),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
