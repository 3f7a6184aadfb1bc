/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lint-check.h"

#define SETS                                                                                       \
	ARG("-set")                                                                                \
	ARG("device.hostdev0.a=1")                                                                 \
	ARG("-set") ARG("device.ua-vgpu.b=2") ARG("-set") ARG("drive.c.d=1")

static void test_set(void **state)
{
	(void)state;
	check(ARG("-S"), SETS,
		"21: error: qemu:commandline: 2 -set of host devices (hostdev0.a): libvirt hands "
		"devices over as JSON, where -set does not find them: 'there is no device "
		"\"hostdev0\" defined'; " MIGRATE);
	check_on(&between, ARG("-S"), ARG("-set") ARG("device.hostdev1.a=1"),
		DROPPED_BETWEEN
		"21: error: qemu:commandline: 1 -set of host devices (hostdev1.a): libvirt hands "
		"devices over as JSON, where -set does not find them: 'there is no device "
		"\"hostdev1\" defined'; remove them (<hostdev> has display= and ramfb= of its "
		"own), or "
		"update libvirt to 8.2 or later and " MIGRATE);
	check_on(&between, ARG("-S"), ARG("-set") ARG("device.video0.vgamem_mb=64"),
		DROPPED_BETWEEN
		"21: error: qemu:commandline: -set device.video0.vgamem_mb: libvirt hands devices "
		"over as JSON, where -set does not find them: 'there is no device \"video0\" "
		"defined'; remove it, or update libvirt to 8.2 or later and give the device an "
		"<alias name='ua-...'/> and write a <qemu:override> for that\n");
	check_on(&old, ARG("-S"), SETS, DROPPED_OLD);
	check(ARG("-S"), ARG("device.hostdev0.a=1"), "");
	check(ARG("-S"), ARG("-set") ARG("device.hostdev0"), "");

	check(ARG("-S"), ARG("-set") ARG("device.hostdev2.a=1"),
		"21: error: qemu:commandline: -set device.hostdev2.a: libvirt hands devices over "
		"as "
		"JSON, where -set does not find them: 'there is no device \"hostdev2\" defined'; "
		"give the device an <alias name='ua-...'/> and write a <qemu:override> for that\n");
	check(ARG("-S"), ARG("-set") ARG("device.video0.vgamem_mb=64"),
		"21: error: qemu:commandline: -set device.video0.vgamem_mb: libvirt hands devices "
		"over "
		"as JSON, where -set does not find them: 'there is no device \"video0\" defined'; "
		"give the device an <alias name='ua-...'/> and write a <qemu:override> for that\n");
	check_on(&old, ARG("-S"), ARG("-set") ARG("device.video0.vgamem_mb=64"), DROPPED_OLD);
	check(ARG("-S"),
		ARG("-device") ARG("vga,id=mine") ARG("-set") ARG("device.mine.vgamem_mb=64"), "");
}

static void test_namespace(void **state)
{
	(void)state;
	check_text("<domain>\n<qemu:commandline/></domain>", &now,
		"2: error: qemu:commandline: is not in the namespace " XML_QEMU
		", so that libvirt drops it silently; " MIGRATE);
#define WRITE                                                                                      \
	"so that libvirt drops it silently; write it with the prefix qemu:, and "                  \
	"xmlns:qemu='" XML_QEMU "' in <domain>\n"
	check_text("<domain>\n\n<override/></domain>", &now,
		"3: error: override: is not in the namespace " XML_QEMU ", " WRITE);
	check_text("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.1'>"
		   "<qemu:commandline/></domain>",
		&now, "1: error: commandline: is not in the namespace " XML_QEMU ", " WRITE);
	check_text("<domain xmlns:b='http://libvirt.org/schemas/domain/bhyve/1.0'>"
		   "<b:commandline/><metadata><commandline/></metadata></domain>",
		&now, "");
	check_text("<domain xmlns:q='" XML_QEMU "'><q:commandline/></domain>", &now, "");
}

static void test_override(void **state)
{
	(void)state;
#define VALUE(type, value) "<qemu:property name='x' type='" type "' value='" value "'/>"
#define REFUSED(count, value)                                                                      \
	"20: error: qemu:override: " count " values that libvirt refuses (x='" value               \
	"'): numbers are in decimal there, and booleans true or false; " MIGRATE
	check(PROPERTIES, VALUE("unsigned", "0x10de") VALUE("bool", "on"), REFUSED("2", "0x10de"));
	check(PROPERTIES, VALUE("signed", "-0x1"), REFUSED("1", "-0x1"));
	check(PROPERTIES, VALUE("unsigned", "-1"), REFUSED("1", "-1"));
	check(PROPERTIES, VALUE("unsigned", ""), REFUSED("1", ""));
	check(PROPERTIES, VALUE("bool", "yes"), REFUSED("1", "yes"));
	check(PROPERTIES,
		VALUE("signed", "-10") VALUE("bool", "false")
			VALUE("string", "0x1") "<qemu:property name='y' type='remove'/>",
		"");

	check_text("<domain xmlns:qemu='" XML_QEMU "'><qemu:override/></domain>", &now,
		"1: note: qemu:override: is empty, which crashes libvirt 8.4; " MIGRATE);
	check_text("<domain xmlns:qemu='" XML_QEMU "'><qemu:override> </qemu:override></domain>",
		&unknown, "1: error: qemu:override: is empty, which crashes libvirt 8.4; " MIGRATE);

#define NOBODY(alias)                                                                              \
	"20: warning: qemu:override: is for '" alias                                               \
	"', and no device is called so: libvirt ignores it; write the alias that the device has\n"
	check("alias='ua-vgpu'><qemu:frontend>" PROPERTIES,
		"alias='ua-gone'><qemu:frontend>" VALUE("unsigned", "1"), NOBODY("ua-gone"));
	check("alias='ua-vgpu'><qemu:frontend>" PROPERTIES,
		"alias='hostdev2'><qemu:frontend>" VALUE("unsigned", "1"), NOBODY("hostdev2"));
	check("alias='ua-vgpu'><qemu:frontend>" PROPERTIES,
		"alias='hostdev1'><qemu:frontend>" VALUE("unsigned", "1"), "");
	check("alias='ua-vgpu'><qemu:frontend>" PROPERTIES,
		"alias='net0'><qemu:frontend>" VALUE("unsigned", "1"), "");
}

/* What stands in one is of no account then. */
static void test_override_dropped(void **state)
{
	static const struct lint_host last = {8001000, 6001000, GPUS},
				      first = {8002000, 6002000, GPUS};

	(void)state;
	check_on(&between, ARG("-S"), "", DROPPED_BETWEEN);
	check_on(&last, ARG("-S"), "", DROPPED_OLD);
	check_on(&first, ARG("-S"), "", "");
	check_on(&old, PROPERTIES, VALUE("unsigned", "0x10de"), DROPPED("1") OLD);
	check_text("<domain xmlns:qemu='" XML_QEMU "'><qemu:override/></domain>", &old, "");
	check_on(&old, "alias='ua-vgpu'><qemu:frontend>" PROPERTIES,
		"alias='ua-gone'><qemu:frontend>" VALUE("bool", "on"), DROPPED("1") OLD);
}

/* It refuses a guest with a -set that nothing can take the place of, whatever else there is. */
static void test_migrate_refuses(void **state)
{
#define I965 "<qemu:env name='MESA_LOADER_DRIVER_OVERRIDE' value='i965'/>"
#define MESA                                                                                       \
	"21: warning: qemu:commandline: MESA_LOADER_DRIVER_OVERRIDE=i965: Mesa has no such "       \
	"driver "                                                                                  \
	"since 22.0, and QEMU no OpenGL without it; "
	(void)state;
	check_on(&between, ARG("-S"), I965, DROPPED_BETWEEN MESA MIGRATE);
	check_on(&between, ARG("-S"), ARG("-set") ARG("device.ua-vgpu.a=1") I965,
		DROPPED_BETWEEN
		"21: error: qemu:commandline: 1 -set of host devices (ua-vgpu.a): libvirt hands "
		"devices over as JSON, where -set does not find them: 'there is no device "
		"\"ua-vgpu\" defined'; remove them (<hostdev> has display= and ramfb= of its own), "
		"or update libvirt to 8.2 or later and " MIGRATE MESA
		"remove the -set of host devices, then " MIGRATE);
	check_on(&old, ARG("-S"), ARG("-set") ARG("device.ua-vgpu.a=1") I965,
		DROPPED_OLD MESA MIGRATE);
}

static void test_environment(void **state)
{
	(void)state;
#define ENV(value) "<qemu:env name='MESA_LOADER_DRIVER_OVERRIDE' value='" value "'/>"
	check(ARG("-S"), ENV("i965"),
		"21: warning: qemu:commandline: MESA_LOADER_DRIVER_OVERRIDE=i965: Mesa has no such "
		"driver since 22.0, and QEMU no OpenGL without it; " MIGRATE);
	check(ARG("-S"), ENV("iris"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_override_dropped),
		cmocka_unit_test(test_migrate_refuses),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
