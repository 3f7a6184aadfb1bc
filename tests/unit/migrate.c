/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/diff.h"
#include "guest/migrate.h"
#include "qemu-xml.h"
#include "xml-check.h"

#define SET(what)	 ARG("-set") ARG("device." what)
#define DEVICES(devices) "  <devices>\n" devices "  </devices>\n"
#define OS(within)	 "  <os>\n    <type machine='q35'>hvm</type>\n" within "  </os>\n"
#define BATTERY		 TABLEDIR "/battery.aml"

/* a <hostdev>; THEN what follows its source */
#define HOSTDEV(attributes, then)                                                                  \
	"    <hostdev " attributes ">\n      <source/>\n" then "    </hostdev>\n"
#define MDEV		 "mode='subsystem' type='mdev' model='vfio-pci'"
#define PCI		 "mode='subsystem' type='pci' managed='no'"
#define ALIAS(name)	 "      <alias name='" name "'/>\n"
#define WITH(alias_name) ALIAS(alias_name)

static bool is_battery(const char *path)
{
	return strcmp(path, "/ssdt1.dat") == 0;
}

static struct migrate_host host(unsigned long libvirt, unsigned long qemu)
{
	return (struct migrate_host){.versions = {libvirt, qemu},
		.loader = {"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
		.is_battery = is_battery};
}

/* Done twice it is as once. */
static void check_on(const struct migrate_host *on, const char *before, const char *after)
{
	struct xml *xml = read_xml(before);

	for (int i = 0; i < 2; i++) {
		struct msg why = {""};
		int err = migrate(xml, on, &why);

		assert_string_equal(why.text, "");
		assert_int_equal(err, 0);
		assert_string_equal(xml_text(xml), after);
	}
	xml_free(xml);
}

static void check(const char *before, const char *after)
{
	struct migrate_host on = host(9000000, 7002000);

	check_on(&on, before, after);
}

static void test_types(void **state)
{
	static const struct {
		const char *value, *type, *becomes;
	} rows[] = {
		{"0x10DE", "unsigned", "4318"},
		{"1920", "unsigned", "1920"},
		{"010", "unsigned", "8"},
		{"-5", "signed", "-5"},
		{"-0x5", "signed", "-5"},
		{"on", "bool", "true"},
		{"yes", "bool", "true"},
		{"off", "bool", "false"},
		{"false", "bool", "false"},
		{"", "string", ""},
		{"4G", "string", "4G"},
		{"0x", "string", "0x"},
		{"10de", "string", "10de"},
		{"a=b", "string", "a=b"},
		{"99999999999999999999", "string", "99999999999999999999"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *before, *after;

		assert_true(asprintf(&before,
				    ROOT DEVICES(HOSTDEV(PCI, ""))
					    ARGS(ARG("-set") ARG("device.hostdev0.x=%s")) END,
				    rows[i].value) > 0);
		assert_true(asprintf(&after,
				    ROOT DEVICES(HOSTDEV(PCI, WITH("ua-dgpu"))) OVERRIDE(
					    DEVICE("ua-dgpu", PROPERTY("x", "%s", "%s"))) END,
				    rows[i].type, rows[i].becomes) > 0);
		check(before, after);
		free(before);
		free(after);
	}
}

static void test_vgpu(void **state)
{
	(void)state;
	check(ROOT DEVICES(HOSTDEV(MDEV " display='on'", "")) ARGS(
		      SET("hostdev0.ramfb=on") SET("hostdev0.driver=vfio-pci-nohotplug")) END,
		ROOT DEVICES(HOSTDEV(MDEV " display='on' ramfb='on'", WITH("ua-vgpu"))) END);
	/* the display comes first wherever it stands */
	check(ROOT DEVICES(HOSTDEV(MDEV, ""))
			ARGS(SET("hostdev0.ramfb=on") ARG("-S") SET("hostdev0.display=on")) END,
		ROOT DEVICES(HOSTDEV(MDEV " display='on' ramfb='on'", WITH("ua-vgpu")))
			ARGS(ARG("-S")) END);
	/* QEMU refuses ramfb without a display */
	check(ROOT DEVICES(HOSTDEV(MDEV " display='off'", "")) ARGS(SET("hostdev0.ramfb=on")) END,
		ROOT DEVICES(HOSTDEV(MDEV " display='off'", WITH("ua-vgpu"))) END);
	check(ROOT DEVICES(HOSTDEV(MDEV, "")) ARGS(SET("hostdev0.romfile=1")
			      SET("hostdev0.xres=1920") SET("hostdev0.x-igd-opregion=on")) END,
		ROOT DEVICES(HOSTDEV(MDEV, WITH("ua-vgpu"))) OVERRIDE(DEVICE("ua-vgpu",
			PROPERTY("romfile", "string", "1") PROPERTY("xres", "unsigned", "1920")
				PROPERTY("x-igd-opregion", "bool", "true"))) END);
	/* of a card they are properties like others */
	check(ROOT DEVICES(HOSTDEV(PCI, "")) ARGS(SET("hostdev0.ramfb=on")) END,
		ROOT DEVICES(HOSTDEV(PCI, WITH("ua-dgpu")))
			OVERRIDE(DEVICE("ua-dgpu", PROPERTY("ramfb", "bool", "true"))) END);
}

/* libvirt counts the hostdevs that have no user alias. */
static void test_numbers(void **state)
{
	(void)state;
	check(ROOT DEVICES(HOSTDEV(MDEV, "") HOSTDEV("type='usb'", "") HOSTDEV(PCI, "") HOSTDEV(PCI,
		      "")) ARGS(SET("hostdev3.a=1") SET("hostdev2.a=2") SET("hostdev1.a=3")) END,
		ROOT DEVICES(HOSTDEV(MDEV, "") HOSTDEV("type='usb'", WITH("ua-hostdev"))
				HOSTDEV(PCI, WITH("ua-dgpu")) HOSTDEV(PCI, WITH("ua-dgpu2")))
			OVERRIDE(DEVICE("ua-dgpu2", PROPERTY("a", "unsigned", "1"))
					DEVICE("ua-dgpu", PROPERTY("a", "unsigned", "2")) DEVICE(
						"ua-hostdev", PROPERTY("a", "unsigned", "3"))) END);
	check(ROOT DEVICES(HOSTDEV(MDEV, WITH("ua-a")) HOSTDEV(PCI, "") HOSTDEV(PCI, WITH("ua-b"))
			      HOSTDEV(PCI, "")) ARGS(SET("hostdev1.a=1")) END,
		ROOT DEVICES(HOSTDEV(MDEV, WITH("ua-a")) HOSTDEV(PCI, "") HOSTDEV(PCI, WITH("ua-b"))
				HOSTDEV(PCI, WITH("ua-dgpu")))
			OVERRIDE(DEVICE("ua-dgpu", PROPERTY("a", "unsigned", "1"))) END);
	/* an override that goes by the number goes with its device */
	check(ROOT DEVICES(HOSTDEV(MDEV, "") HOSTDEV(PCI, "")) ARGS(SET("hostdev0.a=1"))
			OVERRIDE(DEVICE("hostdev1", PROPERTY("b", "unsigned", "2"))) END,
		ROOT DEVICES(HOSTDEV(MDEV, WITH("ua-vgpu")) HOSTDEV(PCI, WITH("ua-dgpu")))
			OVERRIDE(DEVICE("ua-dgpu", PROPERTY("b", "unsigned", "2"))
					DEVICE("ua-vgpu", PROPERTY("a", "unsigned", "1"))) END);
	/* the last one wins, as with QEMU */
	check(ROOT DEVICES(HOSTDEV(PCI, "")) ARGS(SET("hostdev0.a=1") SET("hostdev0.a=2")) END,
		ROOT DEVICES(HOSTDEV(PCI, WITH("ua-dgpu")))
			OVERRIDE(DEVICE("ua-dgpu", PROPERTY("a", "unsigned", "2"))) END);
	check(ROOT DEVICES(HOSTDEV(PCI, WITH("ua-mine"))) ARGS(SET("ua-mine.a=1")) END,
		ROOT DEVICES(HOSTDEV(PCI, WITH("ua-mine")))
			OVERRIDE(DEVICE("ua-mine", PROPERTY("a", "unsigned", "1"))) END);
}

static void same(const char *text)
{
	check(text, text);
}

static void test_what_is_not_known_stays(void **state)
{
	(void)state;
	same("<domain>\n" DEVICES(HOSTDEV(PCI, "")) END);
	same(ROOT DEVICES(HOSTDEV(PCI, "")) ARGS(SET("hostdev1.a=1")) END);
	same(ROOT DEVICES(HOSTDEV(PCI, "")) ARGS(SET("video0.a=1")) END);
	same(ROOT DEVICES(HOSTDEV(PCI, "")) ARGS(SET("ua-dgpu.a=1")) END);
	same(ROOT DEVICES(HOSTDEV(PCI, "")) ARGS(SET("hostdev0.a")) END);
	same(ROOT DEVICES(HOSTDEV(PCI, "")) ARGS(ARG("device.hostdev0.a=1") ARG("-set")) END);
	same(ROOT DEVICES(HOSTDEV(PCI, ""))
			OVERRIDE(DEVICE("hostdev0", PROPERTY("a", "unsigned", "010"))) END);
	same(ROOT OS("    <loader>/usr/share/edk2/x64/OVMF_CODE.fd</loader>\n") END);
	same(ROOT ARGS("    <qemu:env name='MESA_LOADER_DRIVER_OVERRIDE' value='iris'/>\n") END);
	same(ROOT ARGS("    <!-- later -->\n") END);
}

static void test_overrides(void **state)
{
	(void)state;
	check(ROOT OVERRIDE(DEVICE("ua-a",
		      PROPERTY("a", "unsigned", "0x10de") PROPERTY("b", "signed", "-0x10")
			      PROPERTY("c", "bool", "on") PROPERTY("d", "string", "0x1"))) END,
		ROOT OVERRIDE(DEVICE("ua-a",
			PROPERTY("a", "unsigned", "4318") PROPERTY("b", "signed", "-16")
				PROPERTY("c", "bool", "true") PROPERTY("d", "string", "0x1"))) END);
	check(ROOT "  <name>a</name>\n" OVERRIDE("    <qemu:device alias='ua-a'/>\n") END,
		ROOT "  <name>a</name>\n" END);
	check("<domain>\n" ARGS(ARG("-S")) END,
		"<domain xmlns:qemu='" XML_QEMU "'>\n" ARGS(ARG("-S")) END);
}

#define LOADER(path) "    <loader readonly='yes' type='pflash'>" path "</loader>\n"

static void test_loader(void **state)
{
	struct migrate_host none = host(9000000, 7002000);
	static const char old[] = ROOT OS(LOADER("/opt/edk2/a.fd")) END;

	(void)state;
	check(ROOT OS(LOADER("/home/me/Build/OvmfX64/OVMF_CODE.fd") "    <nvram "
								    "template=\"/home/me/"
								    "VARS.fd\">/n/v.fd</nvram>\n")
			END,
		ROOT OS(LOADER("/usr/share/OVMF/OVMF_CODE.fd") "    <nvram "
							       "template=\"/usr/share/OVMF/"
							       "OVMF_VARS.fd\">/n/v.fd</nvram>"
							       "\n") END);
	check(old, ROOT OS(LOADER("/usr/share/OVMF/OVMF_CODE.fd")) END);
	none.loader = (struct migrate_loader){NULL, NULL};
	check_on(&none, old, old);
}

static void test_environment(void **state)
{
	(void)state;
	check(ROOT ARGS("    <qemu:env name='MESA_LOADER_DRIVER_OVERRIDE' value='i965'/>\n"
			"    <qemu:env name='A' value='i965'/>\n") END,
		ROOT ARGS("    <qemu:env name='A' value='i965'/>\n") END);
	check(ROOT "  <name>a</name>\n" ARGS(
		      "    <qemu:env name='MESA_LOADER_DRIVER_OVERRIDE' value='i965'/>\n") END,
		ROOT "  <name>a</name>\n" END);
}

#define TABLE(type, path) "      <table type='" type "'>" path "</table>\n"
#define ACPI(tables)	  "    <acpi>\n" tables "    </acpi>\n"

static void test_tables(void **state)
{
	struct migrate_host now = host(11002000, 9002000);

	(void)state;
	check(ROOT OS("") ARGS(ARG("-acpitable") ARG("file=/ssdt1.dat")) END,
		ROOT OS("") ARGS(ARG("-acpitable") ARG("file=" BATTERY)) END);
	check(ROOT OS(ACPI(TABLE("slic", "/ssdt1.dat"))) END,
		ROOT OS("") ARGS(ARG("-acpitable") ARG("file=" BATTERY)) "</domain>\n");
	check_on(&now,
		ROOT OS("") ARGS(ARG("-acpitable") ARG("file=/ssdt1.dat") ARG("-acpitable")
				ARG("file=/a &amp; b") ARG("-acpitable") ARG("file=" BATTERY)) END,
		ROOT OS(ACPI(TABLE("raw", "/a &amp; b") TABLE("raw", BATTERY))) END);
	check_on(&now, ROOT OS(ACPI(TABLE("slic", "/ssdt1.dat") TABLE("slic", "/oem"))) END,
		ROOT OS(ACPI(TABLE("slic", "/oem") TABLE("raw", BATTERY))) END);
	/* several files, options, no absolute path: as they are */
#define LEFT(value) ROOT OS("") ARGS(ARG("-acpitable") ARG(value)) END
	check_on(&now, LEFT("file=/a:/b"), LEFT("file=/a:/b"));
	check_on(&now, LEFT("sig=SSDT,data=/a"), LEFT("sig=SSDT,data=/a"));
	check_on(&now, LEFT("file=/a,sig=SSDT"), LEFT("file=/a,sig=SSDT"));
	check_on(&now, LEFT("file=a"), LEFT("file=a"));
}

static void refuse(const struct migrate_host *on, const char *text, int err, const char *message)
{
	struct xml *xml = read_xml(text);
	struct msg why = {""};

	assert_int_equal(migrate(xml, on, &why), err);
	assert_string_equal(why.text, message);
	check_xml(xml, text);
}

static void test_refused(void **state)
{
	struct migrate_host between = host(8001000, 6002000), now = host(9000000, 7002000);

	(void)state;
	refuse(&between, ROOT DEVICES(HOSTDEV(PCI, "")) ARGS(SET("hostdev0.a=1")) END, -ENOTSUP,
		"with QEMU 6.2 and later, libvirt 8.1.0 has nothing in the place of -set "
		"device.hostdevN; update libvirt to 8.2 or later");
	refuse(&now,
		ROOT DEVICES("    <interface type='hostdev'/>\n" HOSTDEV(PCI, ""))
			ARGS(SET("hostdev0.a=1")) END,
		-EINVAL,
		"whom -set device.hostdevN means is not certain, as libvirt counts the guest's "
		"<interface type='hostdev'> too; write <qemu:override> by hand, or make it a "
		"<hostdev>");
}

/* The recipe's own domain, on hosts of today and of its time. */
static void test_recipe(void **state)
{
	static const struct {
		unsigned long libvirt, qemu;
		const char *expected;
	} rows[] = {
		{9000000, 7002000, "expected/recipe-9.0.0-7.2.0.diff"},
		{11003000, 10000000, "expected/recipe-11.3.0-10.0.0.diff"},
		{5000000, 4002000, "expected/recipe-5.0.0-4.2.0.diff"},
	};
	char *before = read_data("recipe.xml");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct migrate_host on = host(rows[i].libvirt, rows[i].qemu);
		char *wanted = read_data(rows[i].expected), *diff;
		struct xml *xml = read_xml(before);
		struct msg why = {""};

		assert_int_equal(migrate(xml, &on, &why), 0);
		assert_int_equal(diff_unified("recipe.xml", before, xml_text(xml), &diff), 0);
		assert_string_equal(diff, wanted);
		free(diff);
		free(wanted);
		xml_free(xml);
	}
	free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_vgpu),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_what_is_not_known_stays),
		cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_loader),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_recipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
