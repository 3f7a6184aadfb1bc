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
static const char *said_of(const char *name, const struct doctor_group *group,
	unsigned long libvirt, const struct hooks *hooks)
{
	static char text[4096];
	static struct doctor doctor;
	const struct doctor_check *check = find(group, name);
	struct doctor_line line;
	struct msg why;
	size_t at = 0;

	doctor = (struct doctor){.libvirt.versions = {.libvirt = libvirt, .qemu = 7002000}};
	if (hooks)
		doctor.hooks = *hooks;
	assert_int_equal(xml_parse(domain, sizeof(domain) - 1, &doctor.read, &why), 0);
	text[0] = '\0';
	for (size_t i = 0; check->look(&doctor, i, &line); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%d %s; %s\n", line.result,
			line.text, line.remedy);
	xml_free(doctor.read);
	return text;
}

static const char *said(const char *name, const struct doctor_group *group, unsigned long libvirt)
{
	return said_of(name, group, libvirt, NULL);
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
		"1 libvirt 6.4.12 runs /etc/libvirt/hooks/qemu and no other hook (as of 6.5.0 "
		"those in qemu.d, too); \n");
}

/* All that is said of these hooks with that libvirt. */
static void check_hooks(const struct hooks *hooks, unsigned long libvirt, const char *wanted)
{
	static const char *const names[] = {
		"hook-directory", "hook", "hook-leftovers", "hook-others"};
	char text[4096] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t at = strlen(text);

		snprintf(text + at, sizeof(text) - at, "%s",
			said_of(names[i], &doctor_libvirt, libvirt, hooks));
	}
	assert_string_equal(text, wanted);
}

#define THERE                                                                                      \
	"0 /etc/libvirt/hooks/qemu.d is there; \n"                                                 \
	"0 the hook is there (qemu.d/50-gpu-handoff); \n"
#define ONCE_MORE "runs qemu, too, which is gpu-handoff once more; "

/* What one line advises no other warns of: before 6.5 libvirt runs the file qemu alone. */
static void test_hooks(void **state)
{
#define OURS                                                                                       \
	{                                                                                          \
		.name = HOOKS_OURS, .runs = true, .is_ours = true                                  \
	}
	static const struct hooks
		installed = {.mode = 0755, .count = 1, .hook = {OURS}},
		linked = {.mode = 0755,
			.count = 3,
			.hook = {{.name = "qemu", .runs = true, .is_ours = true}, OURS,
				{.name = "qemu.d/a~", .runs = true, .calls_libvirt = true}}},
		called = {.mode = 0755,
			.count = 2,
			.hook = {{.name = "qemu", .runs = true, .calls_ours = true}, OURS}},
		taken = {.mode = 0755, .count = 2, .hook = {{.name = "qemu", .runs = true}, OURS}},
		none = {.no_directory = true,
			.count = 1,
			.hook = {{.name = "qemu", .runs = true, .is_ours = true}}};
#define OTHERS                                                                                     \
	"2 libvirt runs qemu.d/a~, too, whatever it is called; rm "                                \
	"/etc/libvirt/hooks/qemu.d/a~\n"                                                           \
	"2 qemu.d/a~ calls virsh: libvirt would wait for itself for ever; do that without "        \
	"libvirt, it forbids it in hooks\n"
	(void)state;
	check_hooks(&installed, 6005000, THERE);
	check_hooks(&taken, 6005000, THERE);
	check_hooks(&linked, 6005000,
		THERE "2 libvirt " ONCE_MORE "rm /etc/libvirt/hooks/qemu\n" OTHERS);
	check_hooks(&linked, 0,
		THERE "2 libvirt as of 6.5 " ONCE_MORE "rm /etc/libvirt/hooks/qemu\n" OTHERS);
	check_hooks(
		&called, 6005000, THERE "2 libvirt " ONCE_MORE "take gpu-handoff-qemu out of it\n");
	check_hooks(&linked, 6004000, "0 the hook is there (qemu); \n");
	check_hooks(&none, 6004000, "0 the hook is there (qemu); \n");
	check_hooks(&called, 6004000, "0 the hook is called by qemu; \n");
	check_hooks(&taken, 6004000,
		"3 qemu does not call gpu-handoff; begin it with " SBINDIR
		"/gpu-handoff-qemu \"$@\" || exit (it reads stdin)\n");
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
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
