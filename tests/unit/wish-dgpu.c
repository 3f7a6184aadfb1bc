/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest/wish.h"

#define AT(bus, slot, function)                                                                    \
	"<address type='pci' domain='0x0000' bus='0x" bus "' slot='0x" slot                        \
	"' function='0x" function "'/>"
#define SHARED(bus, slot)                                                                          \
	"<address type='pci' domain='0x0000' bus='0x" bus "' slot='0x" slot                        \
	"' function='0x0' multifunction='on'/>"
#define PORT(index, within)                                                                        \
	"<controller type='pci' index='" index "' model='pcie-root-port'>" within "</controller>"
#define HOST(function)	"<source><address bus='1' function='" function "'/></source>"
#define HOSTDEV(within) "<hostdev mode='subsystem' type='pci' managed='no'>" within "</hostdev>"
/* as they are inserted */
#define NEW_HOST(function)                                                                         \
	"<source><address domain='0x0000' bus='0x01' slot='0x00' function='0x" function            \
	"'/></source>"
#define NEW(bus) HOSTDEV(NEW_HOST("0") "<rom bar='off'/>" AT(bus, "00", "0"))

/* libvirt 8.0 with QEMU 6.2 has neither overrides nor a -set that works */
static const struct versions without = {8000000, 6002000}, now = {9000000, 7002000},
			     old = {6000000, 5002000};

/* 0000:01:00.0, and .1 if it has sound */
static struct wish card(bool sound)
{
	struct wish wish = {.dgpu = true,
		.card = {.bus = 1, .functions = sound ? 2 : 1, .vendor = 0x10de, .device = 0x1c8d}};

	wish.card.function[1] = 1;
	return wish;
}

static struct xml *parse(const char *devices)
{
	struct msg why = {""};
	struct xml *xml = NULL;
	char *text;

	assert_true(
		asprintf(&text, "<domain type='kvm'><devices>%s</devices></domain>", devices) > 0);
	assert_int_equal(xml_parse(text, strlen(text), &xml, &why), 0);
	free(text);
	return xml;
}

/* What the devices are when the card is there; twice is as once. */
static void check(const struct wish *wish, const char *before, const char *after)
{
	struct xml *xml = parse(before);
	char *wanted;

	assert_true(
		asprintf(&wanted, "<domain type='kvm'><devices>%s</devices></domain>", after) > 0);
	for (int i = 0; i < 2; i++) {
		struct msg why = {""};
		int err = wish_dgpu(xml, wish, &without, &why);

		assert_string_equal(why.text, "");
		assert_int_equal(err, 0);
		assert_string_equal(xml_text(xml), wanted);
	}
	xml_free(xml);
	free(wanted);
}

static void test_placed(void **state)
{
	struct wish wish = card(false);

	(void)state;
	check(&wish, "<disk/>", "<disk/>" PORT("1", AT("00", "01", "0")) NEW("01"));
	/* behind the last of its kind */
	check(&wish, "<video/><hostdev/><memballoon/>",
		"<video/><hostdev/>" NEW("01") "<memballoon/>" PORT("1", AT("00", "01", "0")));
	check(&wish, PORT("1", AT("00", "01", "0")) "<video/>",
		PORT("1", AT("00", "01", "0")) "<video/>" NEW("01"));
	/* the port's address in another notation, and nothing to do */
	check(&wish, PORT("1", "<address type='pci' slot='1'/>") NEW("01"),
		PORT("1", "<address type='pci' slot='1'/>") NEW("01"));
}

static void test_what_is_in_the_way(void **state)
{
	struct wish wish = card(false);

	(void)state;
	/* a picture at 00:01.0; slot 2 is taken by function 7 */
	check(&wish, "<video>" AT("00", "01", "0") "</video><tpm>" AT("00", "02", "7") "</tpm>",
		"<video>" AT("00", "03", "0") "</video>" NEW("01") "<tpm>" AT(
			"00", "02", "7") "</tpm>" PORT("1", AT("00", "01", "0")));
	/* a picture of two functions leaves its other one, and the port says so */
	check(&wish, "<video>" SHARED("00", "01") "</video><sound>" AT("00", "01", "1") "</sound>",
		"<video>" SHARED("00", "02") "</video>" NEW("01") "<sound>" AT(
			"00", "01", "1") "</sound>" PORT("1", SHARED("00", "01")));
	/* a network card behind the port, and one that is empty */
	check(&wish,
		PORT("1", AT("00", "01", "0")) PORT("2", AT("00", "02", "0"))
			PORT("3", AT("00", "03", "0")) "<interface>" AT(
				"01", "00", "0") "</interface><disk>" AT("02", "00", "0") "</disk>",
		PORT("1", AT("00", "01", "0")) PORT("2", AT("00", "02", "0"))
			PORT("3", AT("00", "03", "0")) NEW("01") "<interface>" AT("03", "00",
				"0") "</interface><disk>" AT("02", "00", "0") "</disk>");
	/* another card of two functions, and no port that is empty */
	check(&wish,
		PORT("1", AT("00", "01", "0")) "<hostdev>" SHARED(
			"01", "00") "</hostdev><hostdev>" AT("01", "00", "1") "</hostdev>",
		PORT("1", AT("00", "01", "0")) PORT("2", AT("00", "02", "0")) "<hostdev>" SHARED(
			"02", "00") "</hostdev><hostdev>" AT("02", "00",
			"1") "</hostdev>" NEW("01"));
}

static void test_bus_names(void **state)
{
	struct wish wish = card(false);

	(void)state;
	/* the new port takes the name 1, the old one goes on as 3 with what is behind it */
	check(&wish,
		PORT("1", "<target chassis='1' port='0x10'/>" SHARED("00", "02"))
			PORT("2", "<target chassis='7'/>" AT("00", "02", "1")) "<disk>" AT(
				"01", "00", "0") "</disk>",
		PORT("3", "<target chassis='3' port='0x10'/>" SHARED("00", "02")) PORT("2",
			"<target chassis='7'/>" AT("00", "02", "1")) PORT("1", AT("00", "01", "0"))
			NEW("01") "<disk>" AT("03", "00", "0") "</disk>");
	/* the port at 00:01.0 has another name, nobody has 1 */
	check(&wish, PORT("4", AT("00", "01", "0")), PORT("1", AT("00", "01", "0")) NEW("01"));
	/* a bridge on bus 1 is called 2: it may not be on bus 3, so the names stay */
	check(&wish,
		PORT("1", AT("00", "02", "0")) "<controller type='pci' index='2' "
					       "model='pcie-to-pci-bridge'>" AT(
						       "01", "00", "0") "</controller>",
		PORT("1", AT("00", "02", "0")) "<controller type='pci' index='2' "
					       "model='pcie-to-pci-bridge'>" AT(
						       "01", "00", "0") "</controller>" PORT("3",
						       AT("00", "01", "0")) NEW("03"));
}

static void test_functions(void **state)
{
	struct wish wish = card(true);

	(void)state;
	check(&wish,
		PORT("1", AT("00", "01", "0")) HOSTDEV(HOST("0") AT("05", "00", "0"))
			HOSTDEV(HOST("1")),
		PORT("1", AT("00", "01", "0"))
			HOSTDEV(HOST("0") "<rom bar='off'/>" SHARED("01", "00"))
				HOSTDEV(HOST("1") AT("01", "00", "1")));
	check(&wish, PORT("1", AT("00", "01", "0")),
		PORT("1", AT("00", "01", "0"))
			HOSTDEV(NEW_HOST("0") "<rom bar='off'/>" SHARED("01", "00"))
				HOSTDEV(NEW_HOST("1") AT("01", "00", "1")));
	/* a person's own ROM, and another card's function */
	check(&wish,
		PORT("1", AT("00", "01", "0")) HOSTDEV(HOST("0") "<rom file='/x'/>" SHARED(
			"01", "00")) HOSTDEV(HOST("1") AT("01", "00", "1"))
			HOSTDEV("<source><address bus='2'/></source>" AT("03", "00", "0")),
		PORT("1", AT("00", "01", "0")) HOSTDEV(HOST("0") "<rom file='/x'/>" SHARED(
			"01", "00")) HOSTDEV(HOST("1") AT("01", "00", "1"))
			HOSTDEV("<source><address bus='2'/></source>" AT("03", "00", "0")));
}

static void test_ids(void **state)
{
	static const char qemu[] =
		"<domain type='kvm' xmlns:qemu='" XML_QEMU
		"'><devices>" PORT("1", AT("00", "01", "0"))
			HOSTDEV(NEW_HOST("0") "<alias name='ua-dgpu'/><rom bar='off'/>" AT(
				"01", "00", "0")) "</devices>";
	static const char property[] =
		"<qemu:property name='x-pci-%s' type='unsigned' value='%u'/>";
	struct wish wish = card(false);
	struct xml *xml = parse(PORT("1", AT("00", "01", "0")));
	char wanted[4096], one[4][128];
	struct msg why;

	(void)state;
	wish.card.subvendor = 0x17aa;
	wish.card.subdevice = 0x39d1;
	snprintf(one[0], sizeof(one[0]), property, "vendor-id", 4318);
	snprintf(one[1], sizeof(one[1]), property, "device-id", 7309);
	snprintf(one[2], sizeof(one[2]), property, "sub-vendor-id", 6058);
	snprintf(one[3], sizeof(one[3]), property, "sub-device-id", 14801);
	snprintf(wanted, sizeof(wanted),
		"%s<qemu:override><qemu:device alias='ua-dgpu'><qemu:frontend>%s%s%s%s"
		"</qemu:frontend></qemu:device></qemu:override></domain>",
		qemu, one[0], one[1], one[2], one[3]);
	assert_int_equal(wish_dgpu(xml, &wish, &now, &why), 0);
	assert_string_equal(xml_text(xml), wanted);
	xml_free(xml);

	xml = parse(PORT("1", AT("00", "01", "0")));
	wish.card.subvendor = 0;
	wish.card.subdevice = 0;
	snprintf(wanted, sizeof(wanted),
		"%s<qemu:commandline><qemu:arg value='-set'/>"
		"<qemu:arg value='device.ua-dgpu.x-pci-vendor-id=0x10de'/><qemu:arg value='-set'/>"
		"<qemu:arg "
		"value='device.ua-dgpu.x-pci-device-id=0x1c8d'/></qemu:commandline></domain>",
		qemu);
	assert_int_equal(wish_dgpu(xml, &wish, &old, &why), 0);
	assert_string_equal(xml_text(xml), wanted);
	xml_free(xml);

	/* what the card does not show itself cannot be left out */
	xml = parse(PORT("1", AT("00", "01", "0")));
	wish.card.subsystem_given = true;
	assert_int_equal(wish_dgpu(xml, &wish, &without, &why), -ENOTSUP);
	xml_free(xml);
}

static void test_no_room(void **state)
{
	struct wish wish = card(false);
	char devices[8192] = "<video>" AT("00", "01", "0") "</video>";
	struct xml *xml;
	struct msg why;
	size_t at = strlen(devices);

	(void)state;
	for (int slot = 2; slot < 0x1b; slot++)
		at += (size_t)snprintf(devices + at, sizeof(devices) - at,
			"<rng><address type='pci' slot='%d'/></rng>", slot);
	xml = parse(devices);
	assert_int_equal(wish_dgpu(xml, &wish, &now, &why), -ENOSPC);
	assert_string_equal(why.text,
		"bus 0 of the guest has no free slot; remove a device that it does not need");
	xml_free(xml);
}

static void refused(const char *text, int err, const char *wanted)
{
	struct wish wish = card(false);
	struct xml *xml = NULL;
	struct msg why = {""};

	assert_int_equal(xml_parse(text, strlen(text), &xml, &why), 0);
	assert_int_equal(wish_apply(xml, &wish, &now, &why), err);
	assert_string_equal(why.text, wanted);
	xml_free(xml);
}

static void test_refused(void **state)
{
	(void)state;
	refused("<domain type='xen'/>", -ENOTSUP,
		"only guests of QEMU can have a GPU: this one is of type 'xen'");
	refused("<domain type='kvm'><os><type>exe</type></os></domain>", -ENOTSUP,
		"only fully virtualized guests (os type hvm) can have a GPU");
	refused("<domain type='kvm'><os><type arch='aarch64'>hvm</type></os></domain>", -ENOTSUP,
		"only x86_64 guests are known: this one is aarch64");
	refused("<domain type='kvm'><os><type>hvm</type></os></domain>", -EINVAL,
		"the domain has no <devices>; see virsh dumpxml");
	refused("<domain type='kvm'><os><type machine='pc'>hvm</type></os><devices/></domain>",
		-ENOTSUP,
		"a dGPU needs a guest with the machine type q35: this one is pc; make a new guest "
		"with "
		"q35 and UEFI and give it the old disk");
	refused("<domain type='kvm'><os><type machine='q35'>hvm</type></os><devices/></domain>",
		-ENOTSUP,
		"a dGPU needs a guest with UEFI firmware: this one has a BIOS (SeaBIOS); make a "
		"new "
		"guest with UEFI, or move its disk to GPT and set <os firmware='efi'>");
	refused("<domain type='kvm' xmlns:qemu='" XML_QEMU "'><os firmware='efi'>"
		"<type machine='q35'>hvm</type></os><devices/><qemu:commandline><qemu:arg "
		"value='-set'/>"
		"<qemu:arg value='device.hostdev0.ramfb=on'/></qemu:commandline></domain>",
		-EINVAL,
		"the guest has -set device.hostdev0.ramfb=on, which names a device by its number; "
		"run "
		"gpu-handoff guest migrate first");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_placed),
		cmocka_unit_test(test_what_is_in_the_way),
		cmocka_unit_test(test_bus_names),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
