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

#include "formats/domain.h"
#include "formats/xml.h"

static struct xml *parse(const char *text)
{
	struct msg why = {""};
	struct xml *xml = NULL;
	int err = xml_parse(text, strlen(text), &xml, &why);

	if (err < 0)
		fail_msg("%s: %s", text, why.text);
	return xml;
}

/* An edit of the element at XPATH, and the whole text that it makes. */
enum edit { APPEND, BEFORE, AFTER, REPLACE, REMOVE, SET, CONTENT };

static void check(enum edit edit, const char *text, const char *xpath, const char *argument,
	const char *value, const char *wanted)
{
	struct xml *xml = parse(text);
	xmlNode *node = strcmp(xpath, ".") ? xml_find(xml, NULL, "%s", xpath) : xml_root(xml);
	struct msg why = {""};
	int err = -1;

	assert_non_null(node);
	switch (edit) {
	case APPEND:
		err = xml_append(xml, node, argument, &why);
		break;
	case BEFORE:
		err = xml_insert_before(xml, node, argument, &why);
		break;
	case AFTER:
		err = xml_insert_after(xml, node, argument, &why);
		break;
	case REPLACE:
		err = xml_replace(xml, node, argument, &why);
		break;
	case REMOVE:
		err = xml_remove(xml, node, &why);
		break;
	case SET:
		err = xml_set(xml, node, argument, value, &why);
		break;
	case CONTENT:
		err = xml_set_content(xml, node, argument, &why);
		break;
	}
	assert_string_equal(why.text, "");
	assert_int_equal(err, 0);
	assert_string_equal(xml_text(xml), wanted);
	xml_free(xml);
}

static const char two[] = "<a x='1'>\n  <b/>\n</a>";

static void test_append(void **state)
{
	(void)state;
	check(APPEND, "<domain>\n  <os/>\n</domain>\n", ".", "<x/>", NULL,
		"<domain>\n  <os/>\n  <x/>\n</domain>\n");
	check(APPEND, "<domain>\n  <os/>\n</domain>\n", "os", two, NULL,
		"<domain>\n  <os>\n    <a x='1'>\n      <b/>\n    </a>\n  </os>\n</domain>\n");
	check(APPEND, "<domain>\n\t<os a=\"1\" ></os>\n</domain>", "os", two, NULL,
		"<domain>\n\t<os a=\"1\" >\n\t\t<a "
		"x='1'>\n\t\t\t<b/>\n\t\t</a>\n\t</os>\n</domain>");
	check(APPEND, "<domain>\r\n    <os  />\r\n</domain>", "os", two, NULL,
		"<domain>\r\n    <os>\r\n        <a x='1'>\r\n            <b/>\r\n        </a>\r\n"
		"    </os>\r\n</domain>");
	check(APPEND, "<domain><os><b/></os></domain>", "os", two, NULL,
		"<domain><os><b/><a x='1'><b/></a></os></domain>");
	/* a comment is something within */
	check(APPEND, "<domain>\n  <os>\n    <b/>\n    <!-- c -->\n  </os>\n</domain>", "os",
		"<x/>", NULL,
		"<domain>\n  <os>\n    <b/>\n    <!-- c -->\n    <x/>\n  </os>\n</domain>");
	check(APPEND, "<?xml version='1.0' encoding='ISO-8859-1'?>\n<domain>\n <a/>\n</domain>",
		".", "<x>\n  <y/>\n</x>", NULL,
		"<?xml version='1.0' encoding='ISO-8859-1'?>\n<domain>\n <a/>\n <x>\n  <y/>\n "
		"</x>\n"
		"</domain>");
}

static void test_insert(void **state)
{
	(void)state;
	check(BEFORE, "<domain>\n  <a/>\n  <b/>\n</domain>", "b", two, NULL,
		"<domain>\n  <a/>\n  <a x='1'>\n    <b/>\n  </a>\n  <b/>\n</domain>");
	check(BEFORE, "<domain><a/><b/></domain>", "b", two, NULL,
		"<domain><a/><a x='1'><b/></a><b/></domain>");
	check(AFTER, "<domain>\n  <a/> <!-- its -->\n  <!-- next -->\n  <b/>\n</domain>", "a",
		"<x/>", NULL,
		"<domain>\n  <a/> <!-- its -->\n  <x/>\n  <!-- next -->\n  <b/>\n</domain>");
	check(AFTER, "<domain>\n  <a>\n    t\n  </a>\n</domain>", "a", two, NULL,
		"<domain>\n  <a>\n    t\n  </a>\n  <a x='1'>\n    <b/>\n  </a>\n</domain>");
	check(REPLACE, "<domain>\n  <a>\n    t\n  </a> <!-- c -->\n</domain>", "a", two, NULL,
		"<domain>\n  <a x='1'>\n    <b/>\n  </a> <!-- c -->\n</domain>");
}

static void test_remove(void **state)
{
	(void)state;
	check(REMOVE, "<domain>\n  <a/>\n  <b/>  \n  <c/>\n</domain>", "b", NULL, NULL,
		"<domain>\n  <a/>\n  <c/>\n</domain>");
	check(REMOVE, "<domain>\r\n  <a/>\r\n  <b>\r\n  </b>\r\n</domain>", "b", NULL, NULL,
		"<domain>\r\n  <a/>\r\n</domain>");
	check(REMOVE, "<domain>\n  <a/><b/><c/>\n</domain>", "b", NULL, NULL,
		"<domain>\n  <a/><c/>\n</domain>");
	check(REMOVE, "<domain>\n  <a y=\"1\">\n    <b/>\n  </a>\n</domain>", "a/b", NULL, NULL,
		"<domain>\n  <a y=\"1\"/>\n</domain>");
	check(REMOVE, "<domain>\n  <a>\n    <b/>\n    <!-- c -->\n  </a>\n</domain>", "a/b", NULL,
		NULL, "<domain>\n  <a>\n    <!-- c -->\n  </a>\n</domain>");
}

static void test_set(void **state)
{
	(void)state;
	check(SET, "<domain><a x='1' y = \"2>/\" z='3'/></domain>", "a", "y", "4'&",
		"<domain><a x='1' y = \"4&apos;&amp;\" z='3'/></domain>");
	check(SET, "<domain><a x='1' yy='2'/></domain>", "a", "y", "3",
		"<domain><a x='1' yy='2' y='3'/></domain>");
	check(SET, "<domain><a x=\"1\" ></a></domain>", "a", "y", "3",
		"<domain><a x=\"1\" y=\"3\" ></a></domain>");
	check(SET, "<domain><a/></domain>", "a", "y", "3", "<domain><a y='3'/></domain>");
	check(SET, "<domain><a x='1'\n  y='2'/></domain>", "a", "y", NULL,
		"<domain><a x='1'/></domain>");
	check(SET, "<domain><a x='1'/></domain>", "a", "y", NULL, "<domain><a x='1'/></domain>");
	check(SET, "<domain type='kvm'><a/></domain>", ".", "xmlns:qemu", XML_QEMU,
		"<domain type='kvm' xmlns:qemu='" XML_QEMU "'><a/></domain>");
	check(CONTENT, "<domain><a x='1' /></domain>", "a", "t<", NULL,
		"<domain><a x='1' >t&lt;</a></domain>");
	check(CONTENT, "<domain><a>\n<b/></a></domain>", "a", "t", NULL,
		"<domain><a>t</a></domain>");
}

static void test_find(void **state)
{
	static const char text[] = "\xef\xbb\xbf<domain type='kvm' xmlns:q='" XML_QEMU "'>\n"
				   "  <name> a&amp;b </name>\n"
				   "  <devices>\n"
				   "    <hostdev n='0x10' o='010' d='10' e='' f='x'/>\n"
				   "    <!-- <hostdev/> -->\n"
				   "    <hostdev><q:x v='&lt;1'/></hostdev>\n"
				   "    <q:hostdev/>\n"
				   "  </devices>\n"
				   "</domain>\n";
	struct xml *xml = parse(text);
	xmlNode *first = xml_find(xml, NULL, "devices/hostdev"), *devices = first->parent, *second;
	char content[32];

	(void)state;
	assert_int_equal(xml_count(xml, NULL, "devices/hostdev"), 2);
	assert_int_equal(xml_line(xml, first), 4);
	assert_int_equal(xml_number(first, "n", -1), 16);
	assert_int_equal(xml_number(first, "o", -1), 8);
	assert_int_equal(xml_number(first, "d", -1), 10);
	assert_int_equal(xml_number(first, "e", -1), -1);
	assert_int_equal(xml_number(first, "f", -1), -1);
	assert_int_equal(xml_number(first, "g", -1), -1);
	assert_string_equal(xml_get(first, "e"), "");
	assert_null(xml_get(first, "g"));
	second = xml_next(devices, first, "hostdev");
	assert_ptr_equal(second, xml_at(xml, NULL, "devices/hostdev", 1));
	assert_null(xml_next(devices, second, "hostdev"));
	assert_non_null(xml_next(devices, second, NULL));
	assert_string_equal(xml_get(xml_find(xml, second, "qemu:x"), "v"), "<1");
	assert_true(xml_is(xml_root(xml), "type", "kvm"));
	assert_false(xml_is(xml_root(xml), "type", "qemu"));
	assert_string_equal(
		xml_content(xml_find(xml, NULL, "name"), content, sizeof(content)), "a&b");
	assert_null(xml_find(xml, NULL, "%s", "((("));
	assert_null(xml_find(xml, NULL, "count(devices)"));
	assert_null(xml_find(xml, NULL, "none"));
	xml_free(xml);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *why;
		int err;
	} cases[] = {
		{"<domain>", "the XML is not well formed: line 1: ", -EINVAL},
		{"<dom", "the XML is not well formed: line 1: ", -EINVAL},
		{"", "the XML is not well formed: line ", -EINVAL},
		{"<network/>", "the XML is not that of a domain: its root is <network>; ", -EINVAL},
		{"<domain xmlns='urn:x'/>", "the XML is not that of a domain: ", -EINVAL},
		{"<!DOCTYPE domain [<!ENTITY a 'b'>]><domain>&a;</domain>",
			"the XML has a DOCTYPE, which no domain has; ", -EINVAL},
		{"<domain>\xff</domain>", "the XML is not UTF-8 text: byte 8 is 0xff", -EINVAL},
		{"<domain>&a;</domain>", "the XML is not well formed: line 1: ", -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct xml *xml = NULL;
		struct msg why = {""};

		assert_int_equal(
			xml_parse(cases[i].text, strlen(cases[i].text), &xml, &why), cases[i].err);
		assert_null(xml);
		if (strncmp(why.text, cases[i].why, strlen(cases[i].why)) != 0)
			fail_msg("%s: %s", cases[i].text, why.text);
	}
}

static void test_bounds(void **state)
{
	size_t length = DOMAIN_BYTES_MAX + 1, depth = DOMAIN_DEPTH_MAX + 8;
	char *text = malloc(length);
	struct xml *xml = NULL;
	struct msg why;

	(void)state;
	memset(text, ' ', length);
	assert_int_equal(xml_parse(text, length, &xml, &why), -E2BIG);
	memcpy(text, "<domain>", 8);
	for (size_t i = 0; i < depth; i++)
		memcpy(text + 8 + 3 * i, "<a>", 3);
	for (size_t i = 0; i < depth; i++)
		memcpy(text + 8 + 3 * depth + 4 * i, "</a>", 4);
	memcpy(text + 8 + 7 * depth, "</domain>", 9);
	assert_int_equal(xml_parse(text, 17 + 7 * depth, &xml, &why), -EINVAL);
	assert_null(xml);
	free(text);
}

static char *large(const char *end)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	fputs("\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?><domain>\n", stream);
	for (int i = 0; i < 10000; i++)
		fputs("<disk a='\xc3\xa4\xe2\x82\xac'/>\n", stream);
	fputs(end, stream);
	fclose(stream);
	return text;
}

/* Places are counted in bytes, however many they are and whatever the XML declares. */
static void test_large(void **state)
{
	char *before = large("</domain>"), *after = large("<new/>\n</domain>");
	struct xml *xml = parse(before);
	struct msg why = {""};

	(void)state;
	assert_int_equal(xml_append(xml, xml_root(xml), "<new/>", &why), 0);
	assert_string_equal(xml_text(xml), after);
	xml_free(xml);
	free(before);
	free(after);
}

/* An edit that would make nonsense changes nothing, and nodes stay good. */
static void test_failed_edit(void **state)
{
	struct xml *xml = parse("<domain><a/></domain>");
	xmlNode *a = xml_find(xml, NULL, "a");
	struct msg why = {""};

	(void)state;
	assert_int_equal(xml_append(xml, a, "<x>", &why), -EINVAL);
	assert_int_equal(xml_set(xml, a, "y", "\x01", &why), -EINVAL);
	assert_int_equal(xml_set(xml, a, "q:y", "1", &why), 0);
	assert_int_equal(xml_remove(xml, xml_root(xml), &why), -EINVAL);
	assert_string_equal(xml_text(xml), "<domain><a q:y='1'/></domain>");
	xml_free(xml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_insert),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_failed_edit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
