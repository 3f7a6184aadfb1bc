/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain-check.h"

static void test_as_libvirt_writes(void **state)
{
	struct domain *domain = good(
		"<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
		"  <name>win10</name>\n  <uuid>AF5972FB-5530-41A7-0000-FD836204445B</uuid>\n"
		"  <metadata>\n    <x:os xmlns:x='http://x'><hostdev mode='subsystem' type='pci'>"
		"<source><address bus='0x09'/></source></hostdev></x:os>\n"
		"    <devices>" MDEV(
			"00000000-0000-0000-0000-000000000001") "</devices>\n"
								"  </metadata>\n  <devices>\n"
								"    <disk type='file'><source "
								"file='/x'/><address type='drive' "
								"bus='0'/></disk>\n"
								"    <hostdev mode='subsystem' "
								"type='pci' managed='yes'>\n"
								"      <driver name='vfio'/>\n     "
								" <source>\n"
								"        <address domain='0x0000' "
								"bus='0x01' slot='0x00' "
								"function='0x0'/>\n"
								"      </source>\n      <rom "
								"file='/x.rom'/>\n"
								"      <address type='pci' "
								"domain='0x0000' bus='0x06' "
								"slot='0x00' function='0x0'/>\n"
								"    </hostdev>\n"
								"    <hostdev mode='subsystem' "
								"type='mdev' managed='no' "
								"model='vfio-pci' "
								"display='off'>\n"
								"      <source>\n        <address "
								"uuid='" UUID
								"'/>\n      </source>\n"
								"    </hostdev>\n"
								"    <hostdev mode='subsystem' "
								"type='usb'><source><vendor "
								"id='0x1'/>"
								"<address bus='1' "
								"device='2'/></source></hostdev>\n"
								"  </devices>\n  "
								"<qemu:commandline>\n    <qemu:arg "
								"value='x'/>\n"
								"  "
								"</qemu:commandline>\n</domain>\n");

	(void)state;
	assert_string_equal(domain->name, "win10");
	assert_string_equal(domain->uuid, UUID);
	assert_int_equal(domain->hostdevs, 2);
	assert_int_equal(domain->hostdev[0].kind, DOMAIN_PCI);
	assert_string_equal(domain->hostdev[0].address, "0000:01:00.0");
	assert_int_equal(domain->hostdev[1].kind, DOMAIN_MDEV);
	assert_string_equal(domain->hostdev[1].uuid, UUID);
	domain_free(domain);
	domain_free(NULL);
}

static void test_spellings(void **state)
{
	(void)state;
	holds(HEAD "</domain>", "");
	holds("<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- virsh -->\n" DEVICES(""), "");
	holds(DEVICES("<hostdev\n\tmode = \"subsystem\"\n\ttype\n=\n'pci'\n><source\n><address\n"
		      "bus=\"0x1\"\n/></source\n></hostdev\n>"),
		"PCI 0000:01:00.0\n");
	holds(DEVICES("<!-- " PCI("<address bus='1'/>") " -->" PCI(
		      "<!-- <address bus='9'/> --><address bus='2'/>")),
		"PCI 0000:02:00.0\n");
	holds(DEVICES("<![CDATA[" PCI("<address bus='1'/>") "]]>"), "");
	holds(DEVICES("<hostdev type='&#112;ci'><source><address "
		      "bus='&#x31;'/></source></hostdev>"),
		"PCI 0000:01:00.0\n");
	holds(DEVICES("<hostdev type='pci'><source><address bus='1'/></source></hostdev>") "\n\n",
		"PCI 0000:01:00.0\n");
	holds(HEAD "<devices>" PCI("<address bus='1'/>") "</devices><devices>" PCI(
		      "<address bus='2'/>") "</devices></domain>",
		"PCI 0000:01:00.0\nPCI 0000:02:00.0\n");
}

/* Elements that look like ours where libvirt does not look for them. */
static void test_look_alikes(void **state)
{
	(void)state;
	holds(HEAD "<metadata>" PCI("<address bus='1'/>") "<devices>" PCI(
		      "<address bus='1'/>") "</devices></metadata>" PCI("<address bus='1'/>") "</"
											      "doma"
											      "in>",
		"");
	holds(DEVICES("<devices>" PCI("<address bus='1'/>") "</devices>"), "");
	holds(DEVICES("<x:hostdev type='pci'><source><address bus='1'/></source></x:hostdev>"), "");
	holds(DEVICES("<hostdev type='scsi'>" PCI("<address bus='1'/>") "</hostdev>"), "");
	holds(DEVICES("<hostdev type='pci'>" PCI(
		      "<address bus='1'/>") "<x><source><address bus='3'/></source></x><address "
					    "bus='4'/>"
					    "<source><y><address bus='5'/></y><address "
					    "bus='2'/></source></hostdev>"),
		"PCI 0000:02:00.0\n");
	holds(HEAD "<x><name>other</name><uuid>z</uuid></x><Name>z</Name></domain>", "");
}

static void test_kinds(void **state)
{
	(void)state;
	holds(DEVICES("<hostdev mode='capabilities' type='misc'><source/></hostdev>"
		      "<hostdev mode='capabilities' type='pci'><source/></hostdev>"
		      "<hostdev type='mdev' model='vfio-ccw'><source><address uuid='" UUID
		      "'/></source></hostdev><hostdev type='mdev'/><hostdev/>"
		      "<hostdev type='scsi_host' model='vfio-pci'><source/></hostdev>"),
		"");
	holds(DEVICES("<interface type='network'><source network='x'/></interface>"
		      "<interface type='hostdev' managed='yes'><mac address='52:54:00:00:00:01'/>"
		      "<source><address type='pci' domain='0x0000' bus='0x0b' slot='0x10' "
		      "function='0x2'/></source></interface>"
		      "<interface type='hostdev'><source><address type='usb' bus='1' device='2'/>"
		      "</source></interface>"),
		"PCI 0000:0b:10.2\n");
	bad(DEVICES("<interface type='hostdev'><source><address bus='1'/></source></interface>"),
		EINVAL, "hostdev interface has no type; write type='pci'");
	holds(DEVICES(PCI("<address bus='1'/>") MDEV(UUID) PCI("<address bus='0x1' function='1'/>")
			      MDEV("AF5972fb-5530-41a7-0000-fd836204445b")
				      PCI("<address bus='01'/>")
					      MDEV("00000000-0000-0000-0000-000000000001")),
		"PCI 0000:01:00.0\nMDEV " UUID "\nPCI 0000:01:00.1\n"
		"MDEV 00000000-0000-0000-0000-000000000001\n");
	bad(DEVICES("<hostdev type='pci'><source/></hostdev>"), EINVAL, "has no source address");
	bad(DEVICES("<hostdev type='pci'/>"), EINVAL, "has no source address");
	bad(DEVICES(PCI("<address bus='1'/><address bus='2'/>")), EINVAL, "two source addresses");
	bad(DEVICES("<hostdev type='pci'><source><address bus='1'/></source><source><address "
		    "bus='2'/></source></hostdev>"),
		EINVAL, "two source addresses; leave one");
	bad(DEVICES(MDEV("af5972fb")), EINVAL, "an mdev has no valid uuid");
	bad(DEVICES("<hostdev type='mdev' model='vfio-pci'><source><address bus='1'/></source>"
		    "</hostdev>"),
		EINVAL, "an mdev has no valid uuid");
}

static void test_numbers(void **state)
{
	static const struct {
		const char *attributes, *address;
	} rows[] = {
		{"", "0000:00:00.0"},
		{"domain='0x0000' bus='0x0d' slot='0x1f' function='0x7'", "0000:0d:1f.7"},
		{"domain='0' bus='13' slot='31' function='7'", "0000:0d:1f.7"},
		{"bus='0x08'", "0000:08:00.0"},
		{"bus='0X0A'", "0000:0a:00.0"},
		{"bus='010'", "0000:08:00.0"},
		{"bus='255' domain='0xffffffff'", "ffffffff:ff:00.0"},
		{"domain='0x10000'", "10000:00:00.0"},
		{"bus='0x0000000001'", "0000:01:00.0"},
		{"bus='08'", NULL},
		{"bus='0d'", NULL},
		{"bus='d'", NULL},
		{"bus='256'", NULL},
		{"slot='32'", NULL},
		{"slot='0x20'", NULL},
		{"function='8'", NULL},
		{"function='-1'", NULL},
		{"function='+1'", NULL},
		{"function=' 1'", NULL},
		{"function='1 '", NULL},
		{"function=''", NULL},
		{"bus='0x'", NULL},
		{"bus='0x0x1'", NULL},
		{"bus='0x-1'", NULL},
		{"bus='0b1'", NULL},
		{"bus='1e0'", NULL},
		{"domain='0x100000000'", NULL},
		{"domain='18446744073709551616'", NULL},
		{"domain='0x1000000000000000000000001'", NULL},
	};
	char xml[512], wanted[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(xml, sizeof(xml), DEVICES(PCI("<address %s/>")), rows[i].attributes);
		if (rows[i].address) {
			snprintf(wanted, sizeof(wanted), "PCI %s\n", rows[i].address);
			holds(xml, wanted);
		} else {
			bad(xml, EINVAL, "of a host device's source address is out of range");
		}
	}
	bad("<domain><name>x</name>\n<devices>\n<hostdev type='pci'><source>\n<address bus='08'/>",
		EINVAL, "line 4 of the domain XML: the bus of a host device's");
}

static void test_name_and_uuid(void **state)
{
	struct domain *domain;

	(void)state;
	domain = good("<domain><name>\n-rf ../&#x61;&amp;<![CDATA[<b>]]>\xc3\xa9 </name></domain>");
	assert_string_equal(domain->name, "\n-rf ../a&<b>\xc3\xa9 ");
	assert_string_equal(domain->uuid, "");
	domain_free(domain);
	domain = good("<domain><uuid>\n  " UUID "\t</uuid><name>x</name></domain>");
	assert_string_equal(domain->uuid, UUID);
	domain_free(domain);
	domain = good("<domain><uuid>&#x61;f<!-- -->5972fb-5530-41a7-0000-<![CDATA[fd836204445b]]>"
		      "</uuid><name>x</name></domain>");
	assert_string_equal(domain->uuid, UUID);
	domain_free(domain);
	bad("<domain><uuid>" UUID "</uuid></domain>", EINVAL, "the domain has no name; add <name>");
	bad("<domain><name/></domain>", EINVAL, "the domain has no name");
	bad(HEAD "<name>x</name></domain>", EINVAL, "a second <name> of the domain");
	bad("<domain><name/><name>x</name></domain>", EINVAL, "a second <name> of the domain");
	bad(HEAD "<uuid>" UUID "</uuid></domain>", EINVAL, "a second <uuid> of the domain");
	bad("<domain><name>x</name><uuid/></domain>", EINVAL, "the domain's uuid is not one");
	bad("<domain><name>x</name><uuid>af5972fb</uuid></domain>", EINVAL, "uuid is not one");
	bad("<domain><name>x</name><uuid>" UUID " 0</uuid></domain>", EINVAL, "uuid is not one");
	bad("<domain><name>a<b/>c</name></domain>", EINVAL, "an element in the domain's name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_libvirt_writes),
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_look_alikes),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_name_and_uuid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
