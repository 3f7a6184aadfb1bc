/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "guest/tables.h"
#include "wish-check.h"

#define XMLNS		      " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
#define DOMAIN(xmlns, within) "<domain type='kvm'" xmlns ">\n" within "</domain>\n"
#define ROM                                                                                        \
	"    <entry name='opt/org.gpu-handoff/vbios' file='/var/lib/gpu-handoff/1/vbios.rom'/>\n"
#define SYSINFO(within) "  <sysinfo type='fwcfg'>\n" within "  </sysinfo>\n"
#define FEATURES	"  <features>\n    <acpi/>\n  </features>\n"
#define TABLE(path)	"      <table type='raw'>" path "</table>\n"
#define ARGUMENTS(option, value)                                                                   \
	"    <qemu:arg value='" option "'/>\n    <qemu:arg value='" value "'/>\n"
#define COMMANDLINE(within) "  <qemu:commandline>\n" within "  </qemu:commandline>\n"

static const struct wish both = {.vbios = "/var/lib/gpu-handoff/1/vbios.rom", .battery = true};
static const struct wish battery = {.battery = true};
static const struct wish vbios = {.vbios = "/var/lib/gpu-handoff/1/vbios.rom"};

static void check(const struct wish *wish, const struct versions *versions, const char *before,
	const char *after)
{
	wish_check_edit(wish_tables, wish, versions, before, after);
}

/* As libvirt 11.2 and later, 6.5 and later, and those before that want it. */
static void test_versions(void **state)
{
	static const char before[] = DOMAIN("", "  <vcpu>1</vcpu>\n"
						"  <os>\n"
						"    <loader/>\n"
						"    <boot dev='hd'/>\n"
						"  </os>\n" FEATURES "  <devices/>\n");

	(void)state;
	check(&both, &trixie, before,
		DOMAIN("", "  <vcpu>1</vcpu>\n" SYSINFO(
				   ROM) "  <os>\n"
					"    <loader/>\n"
					"    <acpi>\n" TABLE(TABLES_VBIOS)
						TABLE(TABLES_BATTERY) "    </acpi>\n"
								      "    <boot dev='hd'/>\n"
								      "  </os>\n" FEATURES
								      "  <devices/>\n"));
	check(&both, &bookworm, before,
		DOMAIN(XMLNS, "  <vcpu>1</vcpu>\n" SYSINFO(
				      ROM) "  <os>\n"
					   "    <loader/>\n"
					   "    <boot dev='hd'/>\n"
					   "  </os>\n" FEATURES "  <devices/>\n" COMMANDLINE(
						   ARGUMENTS("-acpitable", "file=" TABLES_VBIOS)
							   ARGUMENTS("-acpitable",
								   "file=" TABLES_BATTERY))));
	check(&both, &focal, before,
		DOMAIN(XMLNS,
			"  <vcpu>1</vcpu>\n"
			"  <os>\n"
			"    <loader/>\n"
			"    <boot dev='hd'/>\n"
			"  </os>\n" FEATURES "  <devices/>\n" COMMANDLINE(
				ARGUMENTS("-fw_cfg", "name=opt/org.gpu-handoff/vbios,"
						     "file=/var/lib/gpu-handoff/1/vbios.rom")
					ARGUMENTS("-acpitable", "file=" TABLES_VBIOS)
						ARGUMENTS("-acpitable", "file=" TABLES_BATTERY))));
}

static void test_wished_alone(void **state)
{
	static const char before[] = DOMAIN("", "  <vcpu/>\n  <os/>\n" FEATURES);

	(void)state;
	check(&battery, &trixie, before,
		DOMAIN("", "  <vcpu/>\n  <os>\n    <acpi>\n" TABLE(
				   TABLES_BATTERY) "    </acpi>\n  </os>\n" FEATURES));
	check(&vbios, &trixie, before,
		DOMAIN("", "  <vcpu/>\n" SYSINFO(ROM) "  <os>\n    <acpi>\n" TABLE(
				   TABLES_VBIOS) "    </acpi>\n  </os>\n" FEATURES));
	check(&(struct wish){.hide = true}, &trixie, DOMAIN("", "  <os/>\n"),
		DOMAIN("", "  <os/>\n"));
}

/* ACPI tables need ACPI. */
static void test_acpi(void **state)
{
	(void)state;
	check(&battery, &trixie, DOMAIN("", "  <os/>\n  <devices/>\n"),
		DOMAIN("", "  <os>\n    <acpi>\n" TABLE(
				   TABLES_BATTERY) "    </acpi>\n  </os>\n" FEATURES
						   "  <devices/>\n"));
	check(&battery, &trixie, DOMAIN("", "  <os/>\n  <features>\n    <apic/>\n  </features>\n"),
		DOMAIN("",
			"  <os>\n    <acpi>\n" TABLE(TABLES_BATTERY) "    </acpi>\n  </os>\n"
								     "  <features>\n    <acpi/>\n"
								     "    <apic/>\n"
								     "  </features>\n"));
}

/* Tables of others stay; one that is there in either form is not given twice. */
static void test_there(void **state)
{
	static const char argument[] = DOMAIN(XMLNS,
		"  <os/>\n" FEATURES COMMANDLINE(
			ARGUMENTS("-acpitable", "file=" TABLES_BATTERY) ARGUMENTS("-msg", "x")));
	static const char table[] =
		DOMAIN("", "  <os>\n    <acpi>\n      <table type='raw'>\n" TABLES_BATTERY
			   "\n</table>\n    </acpi>\n  </os>\n" FEATURES);

	(void)state;
	check(&battery, &trixie, argument, argument);
	check(&battery, &bookworm, table, table);
	check(&battery, &trixie,
		DOMAIN("", "  <os>\n    <acpi>\n      <table type='slic'>/slic.bin</table>\n"
			   "    </acpi>\n  </os>\n" FEATURES),
		DOMAIN("", "  <os>\n    <acpi>\n      <table type='slic'>/slic.bin</table>\n" TABLE(
				   TABLES_BATTERY) "    </acpi>\n  </os>\n" FEATURES));
}

static void test_other_rom(void **state)
{
	static const char after[] = DOMAIN(XMLNS,
		SYSINFO("    <entry name='opt/a'>b</entry>\n" ROM) "  <os/>\n" FEATURES COMMANDLINE(
			ARGUMENTS("-acpitable", "file=" TABLES_VBIOS)));

	(void)state;
	check(&vbios, &bookworm,
		DOMAIN(XMLNS, SYSINFO("    <entry name='opt/a'>b</entry>\n"
				      "    <entry name='opt/org.gpu-handoff/vbios' "
				      "file='/old.rom'/>\n") "  <os/>\n" FEATURES
				      COMMANDLINE(ARGUMENTS("-acpitable", "file=" TABLES_VBIOS))),
		after);
	check(&vbios, &bookworm,
		DOMAIN(XMLNS, SYSINFO("    <entry name='opt/a'>b</entry>\n"
				      "    <entry name='opt/org.gpu-handoff/vbios'>text</entry>\n") "  <os/>\n" FEATURES
				      COMMANDLINE(ARGUMENTS("-acpitable", "file=" TABLES_VBIOS))),
		after);
	/* an argument of before the update of libvirt */
	check(&vbios, &bookworm,
		DOMAIN(XMLNS,
			SYSINFO("    <entry name='opt/a'>b</entry>\n") "  <os/>\n" FEATURES
				COMMANDLINE(ARGUMENTS(
					"-fw_cfg", "name=opt/org.gpu-handoff/vbios,file=/old.rom")
						ARGUMENTS("-acpitable", "file=" TABLES_VBIOS))),
		after);
	check(&vbios, &focal,
		DOMAIN(XMLNS, FEATURES COMMANDLINE(ARGUMENTS(
				      "-fw_cfg", "name=opt/org.gpu-handoff/vbios,file=/old.rom")
					      ARGUMENTS("-acpitable", "file=" TABLES_VBIOS))),
		DOMAIN(XMLNS, FEATURES COMMANDLINE(
				      ARGUMENTS("-fw_cfg", "name=opt/org.gpu-handoff/vbios,"
							   "file=/var/lib/gpu-handoff/1/vbios.rom")
					      ARGUMENTS("-acpitable", "file=" TABLES_VBIOS))));
}

static void test_refused(void **state)
{
	static const char *const paths[] = {
		"a.rom", "", "/a,b", "/a&b", "/a<b", "/a>b", "/a'b", "/a\"b", "/a\nb", "/a\177b"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const struct wish wish = {.vbios = paths[i]};
		struct msg why;

		msg_fail(&why, EINVAL,
			"'%s' cannot be given to a guest; use an absolute path without , & < > ' "
			"\" and control characters",
			paths[i]);
		wish_check_refused(wish_tables, &wish, &bookworm, DOMAIN("", "  <os/>\n" FEATURES),
			-EINVAL, why.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_wished_alone),
		cmocka_unit_test(test_acpi),
		cmocka_unit_test(test_there),
		cmocka_unit_test(test_other_rom),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
