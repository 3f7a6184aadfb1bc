/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/lint.h"
#include "guest/migrate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { XML_MAX = 1 << 15 };

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool is_battery(const char *path)
{
	return strstr(path, "ssdt");
}

static bool is_gpu(const char *address)
{
	return address[strlen(address) - 1] == '0';
}

static unsigned int vendor(const char *address)
{
	return address[strlen(address) - 3] == '0' ? 0x10de : 0;
}

/* In the order of lines, and each says what and what to do. */
static void look(const struct xml *xml, const struct versions *versions)
{
	static struct lint lint;
	struct lint_host host = {versions->libvirt, versions->qemu, true, true, is_gpu, vendor};

	lint_domain(xml, &host, &lint);
	check(lint.findings <= LINT_FINDINGS_MAX);
	for (size_t i = 0; i < lint.findings; i++) {
		const struct lint_finding *finding = &lint.finding[i];

		check(finding->line >= (i ? lint.finding[i - 1].line : 1));
		check(*finding->place && *finding->text && *finding->remedy);
	}
}

/* Twice is as once, and a -set of a hostdev that is there is left only where it works. */
static void run(const char *text, size_t length, const struct versions *versions)
{
	struct migrate_host host = {*versions, {"/usr/share/a.fd", "/usr/share/b.fd"}, is_battery};
	struct xml *xml = NULL;
	struct msg why = {""};
	char *once;
	int err;

	check(xml_parse(text, length, &xml, &why) == 0);
	err = migrate(xml, &host, &why);
	check(err == 0 || err == -EINVAL || err == -ENOTSUP || err == -E2BIG);
	check((err == 0) == (*why.text == '\0'));
	look(xml, versions);
	if (err == 0) {
		once = strdup(xml_text(xml));
		check(once && migrate(xml, &host, &why) == 0);
		check(strcmp(xml_text(xml), once) == 0);
		free(once);
	}
	xml_free(xml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct versions versions[] = {
		{5000000, 4002000}, {8001000, 6002000}, {9000000, 7002000}, {11003000, 10000000}};
	const char *text = (const char *)data;
	struct xml *xml = NULL;

	if (size > XML_MAX || xml_parse(text, size, &xml, NULL) < 0)
		return 0;
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		look(xml, &versions[i]);
		run(text, size, &versions[i]);
	}
	xml_free(xml);
	return 0;
}
