/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-check.h"

#include <stdio.h>
#include <stdlib.h>

static void check_defaults(const struct config *config)
{
	struct config_handoff handoff;
	struct config_vgpu vgpu;
	struct config_gpu gpu;
	struct config_boot boot;

	config_handoff(config, "win10", UUID, &handoff);
	assert_true(handoff.enabled);
	assert_false(handoff.busy_wait);
	assert_int_equal(handoff.busy_timeout, 15);
	assert_int_equal(handoff.operation_timeout, 30);
	assert_false(handoff.slot_named);
	assert_int_equal(handoff.group_allow.count, 0);
	assert_int_equal(handoff.stop_units.count, 2);
	assert_string_equal(handoff.stop_units.word[0], "nvidia-persistenced.service");
	assert_string_equal(handoff.stop_units.word[1], "nvidia-powerd.service");
	assert_false(handoff.unload_never);
	assert_false(handoff.seat_release);
	assert_false(handoff.console_release);
	assert_false(handoff.give_back_vfio);
	config_vgpu(config, UUID, &vgpu);
	assert_int_equal(vgpu.types.count, 0);
	assert_string_equal(vgpu.parent, "");
	assert_false(vgpu.keep);
	assert_false(vgpu.at_boot);
	config_gpu(config, "0000:01:00.0", 0x10de, 0x1c8d, &gpu);
	assert_false(gpu.reserve_boot);
	assert_false(gpu.has_id);
	config_boot(config, &boot);
	assert_int_equal(boot.initramfs, CONFIG_INITRAMFS_AUTO);
	assert_false(boot.kernel_arguments_print);
	assert_int_equal(boot.ignore_msrs, CONFIG_IGNORE_MSRS_AUTO);
}

static void test_empty(void **state)
{
	static const char *const texts[] = {"", "\n", "# nothing\n", "   ; nothing", "\t\n  \n",
		"[handoff]\n[vgpu]\n[boot]", "[guest win10]\n[guest " UUID "]\n[vgpu " UUID "]\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct config *config = good(texts[i]);
		struct config_handoff handoff;

		check_defaults(config);
		config_handoff(config, NULL, NULL, &handoff);
		assert_true(handoff.stop_units_default);
		config_free(config);
	}
	config_free(NULL);
}

static void test_every_setting(void **state)
{
	struct config *config = good("[handoff]\n"
				     "enabled = no\nbusy=wait\nbusy-timeout = 0\n"
				     "operation-timeout = 3600\nslot = named\n"
				     "group-allow = 0000:02:00.0 10DE:1C8D\tFEDC1234:0A:1f.7\n"
				     "stop-units = a.service b@1.timer\n"
				     "unload-modules = never\nseat = release\n"
				     "console = release\ngive-back = vfio  \n"
				     "[vgpu]\ntype = i915-GVTg_V5_4 nvidia-63\n"
				     "parent = 0000:00:02.0\nkeep = yes\nwhen = boot\n"
				     "[gpu 0000:01:00.0]\nreserve = boot\nid = 10DE:1c8d\n"
				     "[boot]\ninitramfs = none\nkernel-arguments = print\n"
				     "ignore-msrs = no\n");
	struct config_handoff handoff;
	struct config_vgpu vgpu;
	struct config_gpu gpu;
	struct config_boot boot;

	(void)state;
	config_handoff(config, "any", UUID, &handoff);
	assert_false(handoff.enabled);
	assert_true(handoff.busy_wait);
	assert_int_equal(handoff.busy_timeout, 0);
	assert_int_equal(handoff.operation_timeout, 3600);
	assert_true(handoff.slot_named);
	assert_int_equal(handoff.group_allow.count, 3);
	assert_string_equal(handoff.group_allow.word[0], "0000:02:00.0");
	assert_string_equal(handoff.group_allow.word[1], "10de:1c8d");
	assert_string_equal(handoff.group_allow.word[2], "fedc1234:0a:1f.7");
	assert_int_equal(handoff.stop_units.count, 2);
	assert_string_equal(handoff.stop_units.word[1], "b@1.timer");
	assert_false(handoff.stop_units_default);
	assert_true(handoff.unload_never);
	assert_true(handoff.seat_release);
	assert_true(handoff.console_release);
	assert_true(handoff.give_back_vfio);
	config_vgpu(config, UUID, &vgpu);
	assert_int_equal(vgpu.types.count, 2);
	assert_string_equal(vgpu.types.word[0], "i915-GVTg_V5_4");
	assert_string_equal(vgpu.types.word[1], "nvidia-63");
	assert_string_equal(vgpu.parent, "0000:00:02.0");
	assert_true(vgpu.keep);
	assert_true(vgpu.at_boot);
	config_gpu(config, "0000:01:00.0", 1, 2, &gpu);
	assert_true(gpu.reserve_boot);
	assert_true(gpu.has_id);
	assert_int_equal(gpu.id_vendor, 0x10de);
	assert_int_equal(gpu.id_device, 0x1c8d);
	config_boot(config, &boot);
	assert_int_equal(boot.initramfs, CONFIG_INITRAMFS_NONE);
	assert_true(boot.kernel_arguments_print);
	assert_int_equal(boot.ignore_msrs, CONFIG_IGNORE_MSRS_NO);
	config_free(config);
}

static void test_generators(void **state)
{
	static const char *const words[] = {
		[CONFIG_INITRAMFS_AUTO] = "auto",
		[CONFIG_INITRAMFS_TOOLS] = "initramfs-tools",
		[CONFIG_INITRAMFS_DRACUT] = "dracut",
		[CONFIG_INITRAMFS_MKINITCPIO] = "mkinitcpio",
		[CONFIG_INITRAMFS_BOOSTER] = "booster",
		[CONFIG_INITRAMFS_NONE] = "none",
	};
	char text[64];

	(void)state;
	for (int i = CONFIG_INITRAMFS_AUTO; i <= CONFIG_INITRAMFS_NONE; i++) {
		struct config *config;
		struct config_boot boot;

		snprintf(text, sizeof(text), "[boot]\ninitramfs = %s\n", words[i]);
		config = good(text);
		config_boot(config, &boot);
		assert_int_equal(boot.initramfs, i);
		config_free(config);
	}
}

static void test_layers(void **state)
{
	/* the order in the file does not matter */
	struct config *config = good("[guest AF5972FB-5530-41A7-0000-FD836204445B]\nslot = named\n"
				     "stop-units =\n"
				     "[guest win 10 #2]\nbusy-timeout = 3\nslot = whole\n"
				     "stop-units = c.service\n"
				     "[handoff]\nbusy-timeout = 2\nbusy = wait\n"
				     "stop-units = a.service\nstop-units = b.service a.service\n");
	struct config_handoff handoff;

	(void)state;
	config_handoff(config, "other", "00000000-0000-0000-0000-000000000000", &handoff);
	assert_int_equal(handoff.busy_timeout, 2);
	assert_int_equal(handoff.stop_units.count, 2);
	assert_string_equal(handoff.stop_units.word[1], "b.service");
	config_handoff(config, "win 10 #2", "", &handoff);
	assert_true(handoff.busy_wait);
	assert_int_equal(handoff.busy_timeout, 3);
	assert_false(handoff.slot_named);
	assert_int_equal(handoff.stop_units.count, 1);
	assert_string_equal(handoff.stop_units.word[0], "c.service");
	config_handoff(config, "win 10 #2", UUID, &handoff);
	assert_int_equal(handoff.busy_timeout, 3);
	assert_true(handoff.slot_named);
	assert_int_equal(handoff.stop_units.count, 0);
	assert_false(handoff.stop_units_default);
	/* a UUID in a section's name is no guest's name */
	config_handoff(config, UUID, "", &handoff);
	assert_false(handoff.slot_named);
	config_free(config);
}

static void test_vgpu_and_gpu_layers(void **state)
{
	struct config *config = good("[vgpu]\ntype = a b\nparent = 0000:00:02.0\nkeep = yes\n"
				     "[vgpu " UUID "]\ntype = auto\nparent = auto\n"
				     "[gpu 10DE:1C8D]\nreserve = boot\n"
				     "[gpu 0000:0A:00.0]\nreserve = guest\n"
				     "[gpu 0000:02:00.0]\nid = 1002:ffff\n");
	struct config_vgpu vgpu;
	struct config_gpu gpu;

	(void)state;
	config_vgpu(config, "00000000-0000-0000-0000-000000000000", &vgpu);
	assert_int_equal(vgpu.types.count, 2);
	assert_string_equal(vgpu.parent, "0000:00:02.0");
	config_vgpu(config, UUID, &vgpu);
	assert_int_equal(vgpu.types.count, 0);
	assert_string_equal(vgpu.parent, "");
	assert_true(vgpu.keep);
	config_gpu(config, "0000:01:00.0", 0x10de, 0x1c8d, &gpu);
	assert_true(gpu.reserve_boot);
	assert_false(gpu.has_id);
	config_gpu(config, "0000:0a:00.0", 0x10de, 0x1c8d, &gpu);
	assert_false(gpu.reserve_boot);
	config_gpu(config, "0000:02:00.0", 0x10de, 0x1c8d, &gpu);
	assert_true(gpu.reserve_boot);
	assert_int_equal(gpu.id_vendor, 0x1002);
	assert_int_equal(gpu.id_device, 0xffff);
	config_free(config);
}

static void test_settings(void **state)
{
	(void)state;
	bad("[handoff]\nbussy = wait\n", "line 2: unknown setting bussy; see gpu-handoff.conf(5)");
	bad("[handoff]\nBusy = wait\n", "line 2: unknown setting Busy");
	bad("[handoff]\nbusy-timeout[] = 3\n", "line 2: unknown setting busy-timeout[]");
	bad("[vgpu]\nbusy = wait\n", "line 2: busy is no setting of [vgpu]");
	bad("[handoff]\nkeep = yes\n", "line 2: keep is no setting of [handoff]");
	bad("[gpu 10de:1c8d]\nid = 10de:1c8d\n", "line 2: id is no setting of [gpu 10de:1c8d]");
	bad("[boot]\nreserve = boot\n", "line 2: reserve is no setting of [boot]");
	bad("[handoff]\nbusy = wait\n\nbusy = wait\n",
		"line 4: busy is set before in this section");
	bad("[vgpu]\nparent = auto\nparent = auto\n", "line 3: parent is set before");
	bad("[handoff]\nbusy =\n", "line 2: busy =  is not right; write refuse or wait");
	bad("[handoff]\nbusy = Wait\n", "line 2: busy = Wait is not right");
	bad("[handoff]\nbusy = refuse or wait\n", "line 2: busy = refuse or wait is not right");
	bad("[handoff]\nenabled = true\n", "line 2: enabled = true is not right; write no or yes");
	/* the first error is the one that counts */
	bad("[handoff]\nbusy = 1\nbusy = 2\n[x]\n", "line 2: busy = 1");
	/* a bad line anywhere, even below, rejects before any setting */
	bad("[handoff]\nbusy = 1\n[x\n", "line 3: the section's name");
}

static void test_numbers(void **state)
{
	static const char *const wrong[] = {
		"", "-1", "+1", "0x10", "3601", "15s", "1 5", "1.5", "99999", "4294967297", "ten"};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(text, sizeof(text), "[handoff]\nbusy-timeout = %s\n", wrong[i]);
		bad(text, "line 2: busy-timeout = ");
	}
	bad("[handoff]\noperation-timeout = 0\n",
		"line 2: operation-timeout = 0 is not right; write 1 to 3600 (seconds)");
}

static void each_bad(const char *section, const char *setting, const char *const *words)
{
	char text[256], what[64];

	snprintf(what, sizeof(what), "line 2: %s = ", setting);
	for (; *words; words++) {
		snprintf(text, sizeof(text), "[%s]\n%s = %s\n", section, setting, *words);
		bad(text, what);
	}
}

static void test_words(void **state)
{
	static const char *const units[] = {"x", "x.servic", ".service", "-x.service", "-.mount",
		"../x.service", "/x.service", "a.service,b.service", "x@.service", "@x.service",
		"*.service", "x.service --now", "x.device", "x.scope", "caf\xc3\xa9.service", "x.",
		NULL};
	static const char *const types[] = {"", ".", "..", "../x", "a/b", "-a", "auto a", "a auto",
		"a,b", "a\\b", "\xc3\xa9", "auto auto", NULL};
	static const char *const members[] = {
		"01:00.0", "10de", "0000:01:00.*", "10de:1c8d:", "0000:01:20.0", "all", NULL};
	static const char *const parents[] = {
		"", "00:02.0", "AUTO", "0000:00:02.0 0000:00:03.0", NULL};
	static const char *const ids[] = {"", "10de", "10de:1c8d 10de:1c8d", "0x10de:0x1c8d", NULL};
	char text[192] = "[vgpu]\ntype = ";

	(void)state;
	each_bad("handoff", "stop-units", units);
	each_bad("vgpu", "type", types);
	each_bad("handoff", "group-allow", members);
	each_bad("vgpu", "parent", parents);
	each_bad("gpu 0000:01:00.0", "id", ids);
	bad("[vgpu]\ntype = auto\ntype = a\n", "line 3: type = a is not right; write auto alone");
	bad("[vgpu]\ntype = a\ntype = auto\n", "line 3: type = auto is not right");
	config_free(good("[handoff]\nstop-units = a:b-c_d.e\\x2d@f.socket\nstop-units =\n"));
	config_free(good("[handoff]\ngroup-allow =\n"));
	memset(text + strlen(text), 'a', 128);
	bad(text, "line 2: type = aaa");
	text[strlen(text) - 1] = '\0';
	config_free(good(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_every_setting),
		cmocka_unit_test(test_generators),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_vgpu_and_gpu_layers),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
