/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the config wants before any guest starts. */
#include "config-check.h"

#include <stdio.h>

#define OTHER_UUID "2b6976dd-8620-49de-8d8d-ae9ba47a50db"

static void test_nothing(void **state)
{
	static const char *const texts[] = {"", "[handoff]\nconsole = release\n", "[vgpu]\n",
		"[gpu 10de:1c8d]\n", "[gpu 10de:1c8d]\nreserve = guest\n",
		"[gpu 0000:01:00.0]\nid = 10de:1c8d\n", "[boot]\nignore-msrs = yes\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct config *config = good(texts[i]);

		assert_false(config_reserves(config));
		assert_null(config_reserved(config, 0));
		assert_null(config_reserved(config, 1));
		assert_false(config_wants_vgpus(config));
		assert_null(config_vgpu_uuid(config, 0));
		config_free(config);
	}
}

static void test_reserved(void **state)
{
	struct config *config = good("[gpu 10DE:1C8D]\nreserve = boot\n"
				     "[gpu 1002:73bf]\nreserve = guest\n"
				     "[handoff]\n[vgpu " UUID "]\n"
				     "[gpu 0000:0A:00.0]\nreserve = boot\nid = 10de:1c8d\n"
				     "[gpu 0000:0b:00.0]\nreserve = guest\n"
				     "[gpu 10000:01:00.0]\nreserve = boot\n");

	(void)state;
	assert_true(config_reserves(config));
	assert_string_equal(config_reserved(config, 0), "10de:1c8d");
	assert_string_equal(config_reserved(config, 1), "0000:0a:00.0");
	assert_string_equal(config_reserved(config, 2), "10000:01:00.0");
	assert_null(config_reserved(config, 3));
	assert_null(config_reserved(config, 4));
	config_free(config);
}

static void test_any_setting_wants_vgpus(void **state)
{
	static const char *const settings[] = {"type = auto", "parent = auto",
		"parent = 0000:00:02.0", "keep = no", "when = guest", "when = boot"};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		struct config *config;

		snprintf(text, sizeof(text), "[vgpu]\n%s\n", settings[i]);
		config = good(text);
		assert_true(config_wants_vgpus(config));
		assert_null(config_vgpu_uuid(config, 0));
		assert_false(config_reserves(config));
		config_free(config);
	}
}

static void test_vgpu_sections(void **state)
{
	struct config *config = good("[vgpu AF5972FB-5530-41A7-0000-FD836204445B]\n"
				     "[gpu 10de:1c8d]\n[vgpu]\n"
				     "[vgpu " OTHER_UUID "]\nwhen = boot\n");

	(void)state;
	assert_true(config_wants_vgpus(config));
	assert_string_equal(config_vgpu_uuid(config, 0), UUID);
	assert_string_equal(config_vgpu_uuid(config, 1), OTHER_UUID);
	assert_null(config_vgpu_uuid(config, 2));
	assert_null(config_vgpu_uuid(config, 3));
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_any_setting_wants_vgpus),
		cmocka_unit_test(test_vgpu_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
