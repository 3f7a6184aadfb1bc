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

#include "guest/override.h"
#include "qemu-xml.h"
#include "xml-check.h"

#define PLAIN "<domain>\n  <name>a</name>\n</domain>\n"
#define NAME  "  <name>a</name>\n"

static const struct versions now = {9000000, 7002000}, old = {5000000, 4002000},
			     between = {8001000, 6002000}, json_less = {8001000, 6001000},
			     ancient = {3008000, 2010000};

static void test_versions(void **state)
{
	static const struct {
		const char *text;
		unsigned long version;
	} rows[] = {{"9.0.0", 9000000}, {"11.3.0", 11003000}, {"10.0", 10000000}, {"7", 7000000},
		{"8.2.1", 8002001}, {"999.999.999", 999999999}};
	static const char *const bad[] = {"", "0", "0.9.8", "9.", ".9", "9.0.0.1", "9.0.0-4", "v9",
		"1000", "9.1000", "9. 0", "-9", "9,0", "9.0.0 "};
	struct msg why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned long version = 0;

		assert_int_equal(versions_parse(rows[i].text, &version, &why), 0);
		assert_int_equal(version, rows[i].version);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		unsigned long version = 42;

		assert_int_equal(versions_parse(bad[i], &version, &why), -EINVAL);
		assert_int_equal(version, 42);
	}
	assert_string_equal(
		why.text, "'9.0.0 ' is no version; write it as 9.0.0 (see virsh version)");
}

static void test_what_versions_know(void **state)
{
	static const struct {
		struct versions versions;
		const char *knows; /* aliases ramfb fwcfg override raw set */
	} rows[] = {
		{{3008999, 2000000}, "-----s"},
		{{3009000, 2000000}, "a----s"},
		{{5009999, 4002000}, "a----s"},
		{{5010000, 4002000}, "ar---s"},
		{{6004000, 5002000}, "ar---s"},
		{{6005000, 5002000}, "arf--s"},
		{{7008999, 6002000}, "arf--s"},
		{{7009000, 6001999}, "arf--s"},
		{{7009000, 6002000}, "arf---"},
		{{8001999, 6002000}, "arf---"},
		{{8002000, 6002000}, "arfo--"},
		{{8002000, 6001000}, "arfo-s"},
		{{11001000, 9002000}, "arfo--"},
		{{11002000, 9002000}, "arfot-"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct versions *v = &rows[i].versions;
		char knows[] = "------";

		knows[0] = versions_aliases(v) ? 'a' : '-';
		knows[1] = versions_ramfb(v) ? 'r' : '-';
		knows[2] = versions_fwcfg(v) ? 'f' : '-';
		knows[3] = versions_override(v) ? 'o' : '-';
		knows[4] = versions_raw_tables(v) ? 't' : '-';
		knows[5] = versions_set(v) ? 's' : '-';
		assert_string_equal(knows, rows[i].knows);
	}
}

/* Sets a property of ua-dgpu twice; the second time nothing changes. */
static void set(const char *before, const char *property, enum override_type type,
	const char *value, const struct versions *versions, const char *after)
{
	struct xml *xml = read_xml(before);

	for (int i = 0; i < 2; i++) {
		struct msg why = {""};
		int err = override_set(xml, "ua-dgpu", property, type, value, versions, &why);

		assert_string_equal(why.text, "");
		assert_int_equal(err, 0);
		assert_string_equal(xml_text(xml), after);
	}
	xml_free(xml);
}

static void test_override(void **state)
{
	(void)state;
	set(PLAIN, "x-pci-vendor-id", OVERRIDE_UNSIGNED, "0x10de", &now,
		ROOT NAME OVERRIDE(
			DEVICE("ua-dgpu", PROPERTY("x-pci-vendor-id", "unsigned", "4318"))) END);
	set(PLAIN, "a", OVERRIDE_BOOL, "on", &now,
		ROOT NAME OVERRIDE(DEVICE("ua-dgpu", PROPERTY("a", "bool", "true"))) END);
	set(PLAIN, "a", OVERRIDE_SIGNED, "-0x10", &now,
		ROOT NAME OVERRIDE(DEVICE("ua-dgpu", PROPERTY("a", "signed", "-16"))) END);
	set(PLAIN, "a", OVERRIDE_STRING, "/a & 'b'", &now,
		ROOT NAME OVERRIDE(
			DEVICE("ua-dgpu", PROPERTY("a", "string", "/a &amp; &apos;b&apos;"))) END);
	/* beside what is there */
	set(ROOT NAME OVERRIDE(DEVICE("ua-dgpu", PROPERTY("a", "bool", "true"))) END, "b",
		OVERRIDE_UNSIGNED, "7", &now,
		ROOT NAME OVERRIDE(DEVICE("ua-dgpu",
			PROPERTY("a", "bool", "true") PROPERTY("b", "unsigned", "7"))) END);
	set(ROOT NAME OVERRIDE(DEVICE("ua-vgpu", PROPERTY("b", "unsigned", "8"))) END, "b",
		OVERRIDE_UNSIGNED, "7", &now,
		ROOT NAME OVERRIDE(DEVICE("ua-vgpu", PROPERTY("b", "unsigned", "8"))
				DEVICE("ua-dgpu", PROPERTY("b", "unsigned", "7"))) END);
	/* in its place */
	set(ROOT NAME OVERRIDE(DEVICE(
		    "ua-dgpu", PROPERTY("b", "string", "8") PROPERTY("c", "bool", "true"))) END,
		"b", OVERRIDE_UNSIGNED, "7", &now,
		ROOT NAME OVERRIDE(DEVICE("ua-dgpu",
			PROPERTY("b", "unsigned", "7") PROPERTY("c", "bool", "true"))) END);
	set("<domain xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\"><qemu:override>"
	    "<qemu:device alias=\"ua-dgpu\"><qemu:frontend><qemu:property name=\"b\" "
	    "type=\"remove\"/></qemu:frontend></qemu:device></qemu:override></domain>",
		"b", OVERRIDE_STRING, "c", &now,
		"<domain xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\"><qemu:override>"
		"<qemu:device alias=\"ua-dgpu\"><qemu:frontend><qemu:property name=\"b\" "
		"type=\"string\" value=\"c\"/></qemu:frontend></qemu:device></qemu:override>"
		"</domain>");
}

#define OTHER "<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'"

/* libvirt goes by the namespace, not by the prefix. */
static void test_other_prefix(void **state)
{
	(void)state;
	set(OTHER "><q:override><q:device alias='ua-dgpu'><q:frontend><q:property name='b' "
		  "type='bool' value='true'/></q:frontend></q:device></q:override></domain>",
		"b", OVERRIDE_BOOL, "off", &now,
		OTHER "><q:override><q:device alias='ua-dgpu'><q:frontend><q:property name='b' "
		      "type='bool' value='false'/></q:frontend></q:device></q:override></domain>");
	set(OTHER "><name>a</name></domain>", "b", OVERRIDE_BOOL, "off", &now,
		OTHER " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>a</name>"
		      "<qemu:override><qemu:device alias='ua-dgpu'><qemu:frontend>"
		      "<qemu:property name='b' type='bool' value='false'/></qemu:frontend>"
		      "</qemu:device></qemu:override></domain>");
}

/* An override drops what -set says of the same property, and nothing else. */
static void test_override_instead_of_set(void **state)
{
	(void)state;
	set(ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.b=0x8")) END, "b", OVERRIDE_UNSIGNED,
		"8", &now,
		ROOT NAME OVERRIDE(DEVICE("ua-dgpu", PROPERTY("b", "unsigned", "8"))) END);
	set(ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.b=8") ARG("-set")
			    ARG("device.ua-dgpu.bb=8") ARG("-set") ARG("device.ua-dgpu.b=9")) END,
		"b", OVERRIDE_UNSIGNED, "8", &now,
		ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.bb=8"))
			OVERRIDE(DEVICE("ua-dgpu", PROPERTY("b", "unsigned", "8"))) END);
}

static void test_set(void **state)
{
	(void)state;
	set(PLAIN, "x-pci-vendor-id", OVERRIDE_UNSIGNED, "0x10de", &old,
		ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.x-pci-vendor-id=0x10de")) END);
	set(PLAIN, "b", OVERRIDE_BOOL, "true", &json_less,
		ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.b=on")) END);
	/* the same in other words */
	set(ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.b=4318")) END, "b", OVERRIDE_UNSIGNED,
		"0x10de", &old, ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.b=4318")) END);
	set(ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.b=yes")) END, "b", OVERRIDE_BOOL, "on",
		&old, ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.b=yes")) END);
	set(ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.b=no")) END, "b", OVERRIDE_BOOL, "on",
		&old, ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.b=on")) END);
	/* before <qemu:env>, behind other arguments */
	set(ROOT "  <qemu:commandline>\n    <qemu:env name='A' value='b'/>\n"
		 "  </qemu:commandline>\n" END,
		"b", OVERRIDE_BOOL, "on", &old,
		ROOT "  <qemu:commandline>\n" ARG("-set")
			ARG("device.ua-dgpu.b=on") "    <qemu:env name='A' value='b'/>\n  "
						   "</qemu:commandline>\n" END);
	set(ROOT "  <qemu:commandline>\n" ARG("-S") "    <qemu:env name='A' value='b'/>\n"
						    "  </qemu:commandline>\n" END,
		"b", OVERRIDE_BOOL, "on", &old,
		ROOT "  <qemu:commandline>\n" ARG("-S") ARG("-set")
			ARG("device.ua-dgpu.b=on") "    <qemu:env name='A' value='b'/>\n  "
						   "</qemu:commandline>\n" END);
}

static void refuse(const char *text, enum override_type type, const char *value,
	const struct versions *versions, int err, const char *message)
{
	struct xml *xml = read_xml(text);
	struct msg why = {""};

	assert_int_equal(override_set(xml, "ua-dgpu", "b", type, value, versions, &why), err);
	assert_string_equal(why.text, message);
	check_xml(xml, text);
}

static void test_refused(void **state)
{
	(void)state;
	refuse(PLAIN, OVERRIDE_UNSIGNED, "7", &between, -ENOTSUP,
		"libvirt 8.1.0 with QEMU 6.2.0 cannot set a device's b; update libvirt to 8.2 or "
		"later, which knows <qemu:override>");
	refuse(PLAIN, OVERRIDE_UNSIGNED, "7", &ancient, -ENOTSUP,
		"libvirt 3.8.0 with QEMU 2.10.0 cannot set a device's b; update libvirt to 8.2 or "
		"later, which knows <qemu:override>");
	refuse(PLAIN, OVERRIDE_UNSIGNED, "10de", &now, -EINVAL,
		"'10de' is no value of the type unsigned");
	refuse(PLAIN, OVERRIDE_UNSIGNED, "-1", &now, -EINVAL,
		"'-1' is no value of the type unsigned");
	refuse(PLAIN, OVERRIDE_UNSIGNED, "", &old, -EINVAL, "'' is no value of the type unsigned");
	refuse(PLAIN, OVERRIDE_UNSIGNED, "0x10000000000000000", &old, -EINVAL,
		"'0x10000000000000000' is no value of the type unsigned");
	refuse(PLAIN, OVERRIDE_BOOL, "1", &now, -EINVAL, "'1' is no value of the type bool");
	refuse("<domain xmlns:qemu='urn:b'/>", OVERRIDE_BOOL, "on", &now, -EINVAL,
		"<domain> binds the prefix qemu to 'urn:b', which libvirt does not know; write "
		"xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'");
}

static void unset(const char *before, const char *after)
{
	struct xml *xml = read_xml(before);
	struct msg why = {""};

	assert_int_equal(override_unset(xml, "ua-dgpu", "b", &why), 0);
	assert_string_equal(why.text, "");
	check_xml(xml, after);
}

static void test_unset(void **state)
{
	(void)state;
	unset(ROOT NAME OVERRIDE(DEVICE("ua-dgpu", PROPERTY("b", "bool", "true"))) END,
		ROOT NAME END);
	unset(ROOT NAME OVERRIDE(DEVICE("ua-dgpu", PROPERTY("b", "bool", "true"))
			      DEVICE("ua-vgpu", PROPERTY("b", "bool", "true"))) END,
		ROOT NAME OVERRIDE(DEVICE("ua-vgpu", PROPERTY("b", "bool", "true"))) END);
	unset(ROOT NAME OVERRIDE(DEVICE(
		      "ua-dgpu", PROPERTY("b", "bool", "true") PROPERTY("c", "bool", "true"))) END,
		ROOT NAME OVERRIDE(DEVICE("ua-dgpu", PROPERTY("c", "bool", "true"))) END);
	unset(ROOT NAME ARGS(ARG("-set") ARG("device.ua-dgpu.b=1"))
			OVERRIDE(DEVICE("ua-dgpu", PROPERTY("b", "bool", "true"))) END,
		ROOT NAME END);
	unset(ROOT NAME ARGS(ARG("-S") ARG("-set") ARG("device.ua-dgpu.b=1")) END,
		ROOT NAME ARGS(ARG("-S")) END);
	/* nothing of ours: not even what is empty */
	unset(ROOT NAME OVERRIDE("") END, ROOT NAME OVERRIDE("") END);
	unset(PLAIN, PLAIN);
}

static void test_clean(void **state)
{
	struct xml *xml = read_xml(ROOT NAME "  <qemu:override>\n    <qemu:device alias='a'/>\n"
					     "    <!-- none -->\n  </qemu:override>\n"
					     "  <qemu:override/>\n" END);
	struct msg why = {""};

	(void)state;
	assert_int_equal(override_clean(xml, &why), 0);
	check_xml(xml, ROOT NAME END);
}

#define HOSTDEV(within) "<domain><devices><hostdev>" within "</hostdev></devices></domain>"

static void alias(const char *before, const char *name, const char *after, const char *wanted)
{
	struct xml *xml = read_xml(before);
	struct msg why = {""};
	char out[ALIAS_SIZE];

	assert_int_equal(
		override_alias(xml, xml_find(xml, NULL, "devices/hostdev"), name, out, &why), 0);
	assert_string_equal(why.text, "");
	assert_string_equal(out, wanted);
	check_xml(xml, after);
}

static void test_alias(void **state)
{
	(void)state;
	alias(HOSTDEV("<source/>"), "ua-a", HOSTDEV("<source/><alias name='ua-a'/>"), "ua-a");
	alias(HOSTDEV("<source><address/></source><rom bar='off'/><address/>"), "ua-a",
		HOSTDEV("<source><address/></source><alias name='ua-a'/><rom bar='off'/>"
			"<address/>"),
		"ua-a");
	alias(HOSTDEV("<address/><rom/>"), "ua-a", HOSTDEV("<alias name='ua-a'/><address/><rom/>"),
		"ua-a");
	alias(HOSTDEV("<alias name='ua-mine'/>"), "ua-a", HOSTDEV("<alias name='ua-mine'/>"),
		"ua-mine");
	alias(HOSTDEV("<alias name=\"hostdev0\"/>"), "ua-a", HOSTDEV("<alias name=\"ua-a\"/>"),
		"ua-a");
	alias(HOSTDEV("<source/></hostdev><disk><alias name='ua-a'/></disk><disk><alias "
		      "name='ua-a2'/></disk>"
		      "<hostdev>"),
		"ua-a",
		HOSTDEV("<source/><alias name='ua-a3'/></hostdev><disk><alias "
			"name='ua-a'/></disk><disk>"
			"<alias name='ua-a2'/></disk><hostdev>"),
		"ua-a3");
}

#define TEN "0123456789"

static void test_alias_too_long(void **state)
{
	static const char before[] = HOSTDEV("<alias name='ua-" TEN TEN TEN TEN TEN TEN "1'/>");
	struct xml *xml = read_xml(before);
	struct msg why = {""};
	char out[ALIAS_SIZE] = "as it was";

	(void)state;
	assert_int_equal(
		override_alias(xml, xml_find(xml, NULL, "devices/hostdev"), "ua-a", out, &why),
		-EINVAL);
	assert_string_equal(out, "as it was");
	assert_string_equal(why.text, "the alias 'ua-" TEN TEN TEN TEN TEN TEN
				      "1...' is too long; write one of less than 64 bytes");
	check_xml(xml, before);
}

static void test_commandline(void **state)
{
	static const char with[] = ROOT NAME ARGS(ARG("-S") ARG("-S") ARG("--acpitable")
			ARG("file=/a") ARG("-b") ARG("a=1") ARG("file=/b") ARG("-acpitable")) END;
	struct xml *xml = read_xml(with);
	struct msg why = {""};

	(void)state;
	assert_null(commandline_find(xml, "-acpitable", "file=/"));
	assert_null(commandline_find(xml, "-acpitable", "file=/b"));
	assert_null(commandline_find(xml, "-a", "file=/a"));
	assert_ptr_equal(commandline_find(xml, "-acpitable", "file=/a"),
		commandline_find_prefix(xml, "-acpitable", "file="));
	assert_int_equal(commandline_add(xml, "-acpitable", "file=/a", &why), 0);
	assert_string_equal(xml_text(xml), with);
	assert_int_equal(
		commandline_remove(xml, commandline_find(xml, "-acpitable", "file=/a"), &why), 0);
	assert_int_equal(commandline_remove(xml, commandline_find(xml, "-b", "a=1"), &why), 0);
	assert_string_equal(xml_text(xml),
		ROOT NAME ARGS(ARG("-S") ARG("-S") ARG("file=/b") ARG("-acpitable")) END);
	/* the first one follows nothing */
	assert_int_equal(
		commandline_remove(xml, xml_find(xml, NULL, "qemu:commandline/qemu:arg"), &why),
		-EINVAL);
	xml_free(xml);

	xml = read_xml("<domain/>");
	assert_int_equal(commandline_add(xml, "-a", "<&>", &why), 0);
	check_xml(xml, ROOT ARGS(ARG("-a") ARG("&lt;&amp;&gt;")) "</domain>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_what_versions_know),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_other_prefix),
		cmocka_unit_test(test_override_instead_of_set),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unset),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_alias_too_long),
		cmocka_unit_test(test_commandline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
