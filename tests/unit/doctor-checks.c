/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the doctor that go by versions of libvirt which no test host has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine/doctor-facts.h"

static const char domain[] = "<domain type='kvm' xmlns:qemu='" XML_QEMU "'>\n"
			     "  <name>a</name>\n"
			     "  <os><acpi><table type='raw'>/a</table></acpi></os>\n"
			     "  <sysinfo type='fwcfg'><entry name='opt/a' file='/b'/></sysinfo>\n"
			     "  <devices>\n"
			     "    <hostdev mode='subsystem' type='mdev' ramfb='on'>\n"
			     "      <alias name='ua-vgpu'/>\n"
			     "    </hostdev>\n"
			     "  </devices>\n"
			     "  <qemu:override><qemu:device alias='ua-vgpu'/></qemu:override>\n"
			     "</domain>\n";

static const struct doctor_check *find(const struct doctor_group *group, const char *name)
{
	for (const struct doctor_check *check = group->check; check->name; check++)
		if (strcmp(check->name, name) == 0)
			return check;
	fail_msg("there is no check %s", name);
	return NULL;
}

/* All that the check says with that libvirt, a line each. */
static const char *said(const char *name, const struct doctor_group *group, unsigned long libvirt)
{
	static char text[4096];
	struct doctor doctor = {.libvirt.versions = {.libvirt = libvirt, .qemu = 7002000}};
	const struct doctor_check *check = find(group, name);
	struct doctor_line line;
	struct msg why;
	size_t at = 0;

	assert_int_equal(xml_parse(domain, sizeof(domain) - 1, &doctor.read, &why), 0);
	text[0] = '\0';
	for (size_t i = 0; check->look(&doctor, i, &line); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%d %s; %s\n", line.result,
			line.text, line.remedy);
	xml_free(doctor.read);
	return text;
}

#define UPDATE "; update libvirt, or say it as this one understands it (gpu-handoff guest)\n"
#define TABLE  "3 line 3: libvirt knows <table type='raw'> as of 11.2" UPDATE

static void test_guest_versions(void **state)
{
	(void)state;
	assert_string_equal(said("guest-versions", &doctor_guest, 11002000), "");
	assert_string_equal(said("guest-versions", &doctor_guest, 11001999), TABLE);
	assert_string_equal(said("guest-versions", &doctor_guest, 3008000),
		"3 line 6: libvirt knows ramfb= as of 5.10" UPDATE
		"3 line 7: libvirt knows <alias name='ua-...'> as of 3.9" UPDATE
		"3 line 4: libvirt knows <sysinfo type='fwcfg'> as of 6.5" UPDATE TABLE);
	assert_string_equal(said("guest-versions", &doctor_guest, 0), "");
}

static void test_libvirt(void **state)
{
	(void)state;
	assert_string_equal(said("libvirt", &doctor_libvirt, 6005000),
		"0 libvirt 6.5.0 with QEMU 7.2.0 answers; \n");
	assert_string_equal(said("libvirt", &doctor_libvirt, 6004012),
		"3 libvirt 6.4.12 has no directory for hooks (since 6.5.0); ln -s " SBINDIR
		"/gpu-handoff-qemu /etc/libvirt/hooks/qemu\n");
}

/* Names are unique: JSON's readers go by them. */
static void test_names(void **state)
{
	static const struct doctor_group *const groups[] = {&doctor_iommu, &doctor_gvt,
		&doctor_cards, &doctor_holders, &doctor_libvirt, &doctor_host, &doctor_kernels,
		&doctor_boot, &doctor_state, &doctor_guest};
	const char *names[256];
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		for (const struct doctor_check *check = groups[i]->check; check->name; check++) {
			for (size_t j = 0; j < count; j++)
				assert_string_not_equal(names[j], check->name);
			names[count++] = check->name;
		}
	assert_true(count > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guest_versions),
		cmocka_unit_test(test_libvirt),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
