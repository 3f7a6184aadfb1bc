/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-check.h"

#include <stdio.h>
#include <stdlib.h>

#define LONG_43	 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq"
#define BYTES_80 "# 345678901234567890123456789012345678901234567890123456789012345678901234567890"

/* What inih 55 to 59 cut, join or take for something else. */
static void test_lines(void **state)
{
	char line[256];

	(void)state;
	config_free(good("[handoff]\n" BYTES_80 "\n  " BYTES_80 "\n"));
	bad("[handoff]\n#\n" BYTES_80 BYTES_80 BYTES_80 "\nbusy = wait\n",
		"line 3: longer than 190");
	snprintf(line, sizeof(line), "[handoff]\nbusy = wait%*s\n", 180, "");
	bad(line, "line 2: longer than 190");
	bad("[handoff]\nstop-units = a.service\n  b.service\n", "line 3: begins with a blank");
	bad(" [handoff]\n", "line 1: begins with a blank");
	bad("[handoff\nbusy = wait\n", "line 1: the section's name does not end in ]");
	bad("[handoff] busy = wait\n", "line 1: text after ]");
	bad("[handoff] # ours\n", "line 1: text after ]; a comment stands on a line of its own");
	config_free(good("[handoff] \t\n"));
	bad("[handoff]\nbusy: wait\n", "line 2: ':' after the setting's name");
	bad("[gpu 10de:1c8d]\n0000:01:00.0 = boot\n", "line 2: ':' after");
	bad("[handoff]\nbusy\n", "line 2: neither [SECTION] nor SETTING = VALUE");
	bad("[handoff]\n= wait\n", "line 2: no setting before '='");
	bad("[handoff]\nbusy = wait ; please\n", "line 2: text after the value; a comment");
	bad("[handoff]\nbusy = wait\t# please\n", "line 2: text after the value; a comment");
	bad("[handoff]\nbusy = wait;\n", "line 2: busy = wait; is not right; write refuse or wait");
	bad("busy = wait\n", "line 1: busy stands before the first section");
	bad("[guest a ;b]\n", "line 1: ' ;' in a section's name; name the guest by its UUID");
	bad("[guest a]b]\n", "line 1: text after ]");
	bad("[guest x" LONG_43 "]\n", "line 1: a section's name has at most 49 bytes; name the");
	config_free(good("[guest " LONG_43 "]\n"));
}

static void test_bytes(void **state)
{
	static const char nul[] = "[handoff]\nbusy = \0wait\n", lone[] = "[handoff]\rbusy = wait\r";
	char *big = malloc(CONFIG_BYTES_MAX + 1);

	(void)state;
	bad_bytes(nul, sizeof(nul) - 1, "line 2: a NUL byte");
	bad("[handoff]\r\nbusy = wait\r\n", "line 1: a carriage return; save the file with Unix");
	bad(lone, "line 1: a carriage return");
	bad("[handoff]\n\n# caf\xe9\n", "line 3: not UTF-8");
	config_free(good("[guest caf\xc3\xa9]\n# \xe2\x82\xac\n"));
	bad("[guest \x1b[2J]\n", "line 1: the control character 0x1b");
	bad("[handoff]\n# \x7f\n", "line 2: the control character 0x7f");
	bad("\xef\xbb\xbf[handoff]\n", "line 1: begins with a byte order mark");
	assert_non_null(big);
	memset(big, '\n', CONFIG_BYTES_MAX + 1);
	config_free(good_bytes(big, CONFIG_BYTES_MAX));
	bad_bytes(big, CONFIG_BYTES_MAX + 1, "the file is larger than 65536 bytes");
	free(big);
}

static void test_sections(void **state)
{
	static const char *const wrong[] = {"handof", "Handoff", "handoff ", " handoff", "",
		"guest", "guest ", "guest  a", "guest a ", "guest\ta", "vgpu a", "vgpu ", "gpu",
		"gpu 10de", "gpu 01:00.0", "gpu 0000:01:00.8", "boot x", "handoff x",
		"vgpu " UUID "0", "gpu 0000:01:00.0 "};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(text, sizeof(text), "[handoff]\n[%s]\n", wrong[i]);
		bad(text, "line 2: ");
	}
	bad("[handof]\n", "line 1: unknown section [handof]; there are handoff, guest, vgpu, gpu");
	bad("[gpu 01:00.0]\n", "line 1: [gpu 01:00.0] is not right; write [gpu 10de:1c8d] or");
	bad("[handoff]\n[boot]\n[handoff]\n", "line 3: a second [handoff]");
	bad("[guest a]\n[guest a]\n", "line 2: a second [guest a]");
	bad("[vgpu " UUID "]\n[vgpu AF5972fb-5530-41a7-0000-fd836204445b]\n", "line 2: a second");
	bad("[gpu 10de:1c8d]\n[gpu 10DE:1C8D]\n", "line 2: a second [gpu 10DE:1C8D]");
	bad("[gpu 0000:0a:00.0]\n[gpu 0000:0A:00.0]\n", "line 2: a second [gpu");
	config_free(good("[guest a]\n[guest A]\n[guest " UUID "]\n"));
}

static void test_many_sections(void **state)
{
	char *text = malloc(CONFIG_BYTES_MAX), *at = text;
	struct config_handoff handoff;
	struct config *config;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, "[guest g%d]\nbusy-timeout = %d\n", i, i);
	config = good(text);
	config_handoff(config, "g999", NULL, &handoff);
	assert_int_equal(handoff.busy_timeout, 999);
	config_handoff(config, "g1000", NULL, &handoff);
	assert_int_equal(handoff.busy_timeout, 15);
	config_free(config);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_many_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
