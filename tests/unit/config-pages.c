/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The shipped file and the manual page against the parser; runs in the top directory. */
#include "config-check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "formats/config-setting.h"

#define FILE_PATH "conf/gpu-handoff.conf"
#define PAGE_PATH "conf/gpu-handoff.conf.5.scd"

/* Every setting, and what the manual page says its default is. */
static const struct {
	const char *name, *otherwise;
} settings[] = {
	[SET_ENABLED] = {"enabled", "yes"},
	[SET_BUSY] = {"busy", "refuse"},
	[SET_BUSY_TIMEOUT] = {"busy-timeout", "15"},
	[SET_OPERATION_TIMEOUT] = {"operation-timeout", "30"},
	[SET_SLOT] = {"slot", "whole"},
	[SET_GROUP_ALLOW] = {"group-allow", ""},
	[SET_STOP_UNITS] = {"stop-units", "nvidia-persistenced.service nvidia-powerd.service"},
	[SET_UNLOAD_MODULES] = {"unload-modules", "auto"},
	[SET_SEAT] = {"seat", "keep"},
	[SET_CONSOLE] = {"console", "refuse"},
	[SET_GIVE_BACK] = {"give-back", "host"},
	[SET_TYPE] = {"type", "auto"},
	[SET_PARENT] = {"parent", "auto"},
	[SET_KEEP] = {"keep", "no"},
	[SET_WHEN] = {"when", "guest"},
	[SET_RESERVE] = {"reserve", "guest"},
	[SET_ID] = {"id", NULL},
	[SET_INITRAMFS] = {"initramfs", "auto"},
	[SET_KERNEL_ARGUMENTS] = {"kernel-arguments", "auto"},
	[SET_IGNORE_MSRS] = {"ignore-msrs", "auto"},
};

static char *read_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length;
	char *text;

	assert_true(fd >= 0);
	assert_int_equal(file_slurp(fd, CONFIG_BYTES_MAX, &text, &length), 0);
	close(fd);
	assert_int_equal(strlen(text), length);
	return text;
}

/* Takes the # off the lines that are settings or sections ("#busy = refuse"), in place. */
static unsigned int uncomment(char *text)
{
	unsigned int lines = 0;
	char *out = text;

	for (char *p = text; *p; p++) {
		bool start = p == text || p[-1] == '\n';

		if (start && *p == '#' && (p[1] == '[' || (p[1] >= 'a' && p[1] <= 'z')))
			lines++;
		else
			*out++ = *p;
	}
	*out = '\0';
	return lines;
}

static void test_table_is_whole(void **state)
{
	enum config_setting_id id;

	(void)state;
	assert_int_equal(sizeof(settings) / sizeof(*settings), SETTINGS);
	for (unsigned int i = 0; i < SETTINGS; i++) {
		assert_non_null(config_setting_find(settings[i].name, &id));
		assert_int_equal(id, i);
	}
}

static void same_list(const struct config_list *a, const struct config_list *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++)
		assert_string_equal(a->word[i], b->word[i]);
}

static void same_handoff(const struct config *a, const struct config *b)
{
	struct config_handoff x, y;

	config_handoff(a, "win10", UUID, &x);
	config_handoff(b, "win10", UUID, &y);
	assert_int_equal(x.enabled, y.enabled);
	assert_int_equal(x.busy_wait, y.busy_wait);
	assert_int_equal(x.busy_timeout, y.busy_timeout);
	assert_int_equal(x.operation_timeout, y.operation_timeout);
	assert_int_equal(x.slot_named, y.slot_named);
	same_list(&x.group_allow, &y.group_allow);
	same_list(&x.stop_units, &y.stop_units);
	assert_int_equal(x.unload_never, y.unload_never);
	assert_int_equal(x.seat_release, y.seat_release);
	assert_int_equal(x.console_release, y.console_release);
	assert_int_equal(x.give_back_vfio, y.give_back_vfio);
}

static void same_rest(const struct config *a, const struct config *b)
{
	struct config_vgpu v, w;
	struct config_gpu g, h;
	struct config_boot m, n;

	config_vgpu(a, UUID, &v);
	config_vgpu(b, UUID, &w);
	same_list(&v.types, &w.types);
	assert_string_equal(v.parent, w.parent);
	assert_int_equal(v.keep, w.keep);
	assert_int_equal(v.at_boot, w.at_boot);
	config_gpu(a, "0000:01:00.0", 0x10de, 0x1c8d, &g);
	config_gpu(b, "0000:01:00.0", 0x10de, 0x1c8d, &h);
	assert_int_equal(g.reserve_boot, h.reserve_boot);
	assert_int_equal(g.has_id, h.has_id);
	config_boot(a, &m);
	config_boot(b, &n);
	assert_int_equal(m.initramfs, n.initramfs);
	assert_int_equal(m.kernel_arguments_print, n.kernel_arguments_print);
	assert_int_equal(m.ignore_msrs, n.ignore_msrs);
}

static void test_file(void **state)
{
	char *text = read_all(FILE_PATH);
	struct config *defaults = good(""), *shipped = good(text), *uncommented;
	char line[128];

	(void)state;
	same_handoff(shipped, defaults);
	same_rest(shipped, defaults);
	for (unsigned int i = 0; i < SETTINGS; i++) {
		if (!settings[i].otherwise)
			continue;
		snprintf(line, sizeof(line), "\n#%s =%s%s\n", settings[i].name,
			*settings[i].otherwise ? " " : "", settings[i].otherwise);
		if (!strstr(text, line))
			fail_msg("not in " FILE_PATH ": %s", line + 1);
	}
	/* each setting that has a default, and the section of a GPU */
	assert_int_equal(uncomment(text), SETTINGS - 1 + 1);
	uncommented = good(text);
	same_handoff(uncommented, defaults);
	same_rest(uncommented, defaults);
	config_free(uncommented);
	config_free(shipped);
	config_free(defaults);
	free(text);
}

static void test_page_has_each_setting(void **state)
{
	char *text = read_all(PAGE_PATH), word[64], value[96];

	(void)state;
	for (unsigned int i = 0; i < SETTINGS; i++) {
		const char *at, *end;

		snprintf(word, sizeof(word), "\n*%s* = ", settings[i].name);
		at = strstr(text, word);
		if (!at) {
			fail_msg("not in " PAGE_PATH ": %s", settings[i].name);
			return;
		}
		assert_null(strstr(at + 1, word));
		at = strstr(at, "\nDefault: ");
		assert_non_null(at);
		at += strlen("\nDefault: ");
		end = strchr(at, '\n');
		assert_non_null(end);
		snprintf(value, sizeof(value), "%.*s", (int)(end - at), at);
		if (!settings[i].otherwise)
			assert_string_equal(value, "not checked");
		else
			assert_string_equal(
				value, *settings[i].otherwise ? settings[i].otherwise : "empty");
	}
	free(text);
}

static void test_page_examples(void **state)
{
	char *text = read_all(PAGE_PATH), *at = text, *end;
	unsigned int examples = 0;

	(void)state;
	while ((at = strstr(at, "\n```\n")) != NULL) {
		at += strlen("\n```\n");
		end = strstr(at, "\n```\n");
		assert_non_null(end);
		config_free(good_bytes(at, (size_t)(end - at)));
		examples++;
		at = end + strlen("\n```");
	}
	assert_true(examples >= 5);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_whole),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_page_has_each_setting),
		cmocka_unit_test(test_page_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
