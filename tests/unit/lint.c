/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest/wish.h"
#include "lint-check.h"

static void test_none(void **state)
{
	(void)state;
	check_text(good, &now, "");
	check_text(good, &fedora, "");
	check_text(good, &unknown, "");
	check_text("<domain/>", &unknown, "");
	check_text("<domain><devices/></domain>", &now, "");
}

static void test_many(void **state)
{
	static struct lint lint;
	struct xml *xml;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_non_null(f);
	fputs("<domain>", f);
	for (int i = 0; i < LINT_FINDINGS_MAX; i++)
		fputs("\n<qemu:override/>", f);
	fputs("</domain>", f);
	assert_int_equal(fclose(f), 0);
	xml = read_xml(text);
	lint_domain(xml, &now, &lint);
	assert_int_equal(lint.findings, LINT_FINDINGS_MAX);
	assert_false(lint.cut);
	assert_int_equal(lint.finding[LINT_FINDINGS_MAX - 1].line, LINT_FINDINGS_MAX + 1);
	assert_int_equal(xml_append(xml, xml_root(xml), "<qemu:override/>", NULL), 0);
	lint_domain(xml, &now, &lint);
	assert_int_equal(lint.findings, LINT_FINDINGS_MAX);
	assert_true(lint.cut);
	xml_free(xml);
	free(text);
}

static void test_recipe(void **state)
{
	static const struct {
		const struct lint_host *host;
		const char *expected;
	} rows[] = {
		{&bookworm, "expected/recipe-9.0.0-7.2.0.lint"},
		{&now, "expected/recipe-11.3.0-10.0.0.lint"},
		{&old, "expected/recipe-5.0.0-4.2.0.lint"},
	};
	char *text = read_data("recipe.xml");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *wanted = read_data(rows[i].expected);

		check_text(text, rows[i].host, wanted);
		free(wanted);
	}
	free(text);
}

/* What we make has none of the traps. */
static void test_applied(void **state)
{
	static const char *const names[] = {"virt-manager-win10.xml", "virt-manager-win10-old.xml",
		"tabs-and-comments.xml", "firmware-efi.xml", "with-commandline.xml", "vnc-only.xml",
		"virsh-minimal.xml"};
	static const struct lint_host *const hosts[] = {&bookworm, &now, &old, &fedora};
	struct wish wish = {.vgpu = true,
		.dgpu = true,
		.card = {.bus = 1,
			.functions = 2,
			.function = {0, 1},
			.vendor = 0x10de,
			.device = 0x1c8d},
		.display = WISH_DISPLAY_ON,
		.width = 1920,
		.height = 1080,
		.rom = "/var/lib/gpu-handoff/a/vgpu.rom",
		.vbios = "/var/lib/gpu-handoff/a/vbios.rom",
		.battery = true,
		.hide = true};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (size_t j = 0; j < sizeof(hosts) / sizeof(*hosts); j++) {
			struct versions versions = {hosts[j]->libvirt, hosts[j]->qemu};
			char *text = read_data(names[i]), listing[16384];
			struct xml *xml = read_xml(text);
			struct msg why = {""};

			assert_int_equal(wish_apply(xml, &wish, &versions, &why), 0);
			list(xml, hosts[j], LINT_NOTE, listing, sizeof(listing));
			assert_string_equal(listing, "");
			xml_free(xml);
			free(text);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_recipe),
		cmocka_unit_test(test_applied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
