/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain-check.h"

static void test_malformed(void **state)
{
	static const char nul[] = "<domain><name>a\0b</name></domain>";
	static const char laughs[] =
		"<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
		"<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><domain><name>&c;</name></domain>";
	const char *whole = DEVICES(PCI("<address bus='1'/>"));

	(void)state;
	bad("", EINVAL, "no element found; give what virsh dumpxml prints");
	bad_bytes(nul, sizeof(nul) - 1, EINVAL, "not well-formed");
	bad(laughs, EINVAL, "a DOCTYPE, which a domain has not; remove it");
	bad("<!DOCTYPE domain SYSTEM 'file:///etc/passwd'><domain/>", EINVAL, "a DOCTYPE");
	bad("<domain><name>&x;</name></domain>", EINVAL, "undefined entity");
	bad("<domstatus>" HEAD "</domain></domstatus>", EINVAL, "the root element is not <domain>");
	bad(HEAD "</domain><domain/>", EINVAL, "junk after document element");
	bad("<?xml version='1.0' encoding='ISO-8859-1'?><domain><name>caf\xe9</name></domain>",
		EINVAL, "not well-formed");
	bad("<domain><name>caf\xe9</name></domain>", EINVAL, "not well-formed");
	bad("<domain><name>x</name><a b='1' b='2'/></domain>", EINVAL, "duplicate attribute");
	bad("not xml at all", EINVAL, "line 1 of the domain XML: ");
	for (size_t n = 0; n < strlen(whole); n++)
		bad_bytes(whole, n, EINVAL, "line 1 of the domain XML: ");
	holds(whole, "PCI 0000:01:00.0\n");
}

/* Text of COUNT times PART between BEFORE and AFTER, to be freed */
static char *repeat(const char *before, const char *part, size_t count, const char *after)
{
	size_t length = strlen(part);
	char *text = malloc(strlen(before) + length * count + strlen(after) + 1), *at = text;

	assert_non_null(text);
	at = stpcpy(at, before);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, part);
	strcpy(at, after);
	return text;
}

static void test_depth_and_name_limits(void **state)
{
	char *xml, *open = repeat("", "<a>", DOMAIN_DEPTH_MAX - 1, "");
	struct domain *domain;

	(void)state;
	xml = repeat("<domain><name>x</name>", "<a>", 10000, "");
	bad(xml, E2BIG, "elements nest deeper than 256");
	free(xml);
	xml = repeat("<domain><name>x</name>", "<a>", DOMAIN_DEPTH_MAX, "");
	bad(xml, E2BIG, "elements nest deeper than 256");
	free(xml);
	xml = repeat(open, "</a>", DOMAIN_DEPTH_MAX - 1, "");
	free(open);
	open = repeat("<domain><name>x</name>", xml, 1, "</domain>");
	holds(open, "");
	free(open);
	free(xml);
	xml = repeat("<domain><name>", "n", DOMAIN_NAME_MAX, "</name></domain>");
	domain = good(xml);
	assert_int_equal(strlen(domain->name), DOMAIN_NAME_MAX);
	domain_free(domain);
	free(xml);
	xml = repeat("<domain><name>", "&#x6e;", DOMAIN_NAME_MAX + 1, "</name></domain>");
	bad(xml, E2BIG, "the domain's name is longer than 8192 bytes");
	free(xml);
	xml = repeat("<domain><name>x</name><uuid>", " ", 300, UUID "</uuid></domain>");
	bad(xml, EINVAL, "the domain's uuid is too long");
	free(xml);
}

static void test_hostdevs(void **state)
{
	char *xml, many[DOMAIN_HOSTDEVS_MAX * 100 + 128], *at = many;
	struct domain *domain;

	(void)state;
	xml = repeat(HEAD "<devices>", PCI("<address bus='1'/>"), 1000, "</devices></domain>");
	holds(xml, "PCI 0000:01:00.0\n");
	free(xml);
	for (unsigned int i = 0; i < DOMAIN_HOSTDEVS_MAX; i++)
		at += sprintf(at, PCI("<address bus='%u'/>"), i);
	xml = repeat(HEAD "<devices>", many, 1, "</devices></domain>");
	domain = good(xml);
	assert_int_equal(domain->hostdevs, DOMAIN_HOSTDEVS_MAX);
	assert_string_equal(domain->hostdev[255].address, "0000:ff:00.0");
	domain_free(domain);
	free(xml);
	xml = repeat(HEAD "<devices>", many, 1, MDEV(UUID) "</devices></domain>");
	bad(xml, E2BIG, "more than 256 host devices");
	free(xml);
}

static void test_size(void **state)
{
	const size_t room = DOMAIN_BYTES_MAX - strlen(HEAD "</domain>");
	char *xml, tail[16];

	(void)state;
	snprintf(tail, sizeof(tail), "%*s</domain>", (int)(room % 4), "");
	xml = repeat(HEAD, "<a/>", room / 4, tail);
	assert_int_equal(strlen(xml), DOMAIN_BYTES_MAX);
	holds(xml, "");
	free(xml);
	snprintf(tail, sizeof(tail), "%*s</domain>", (int)(room % 4 + 1), "");
	xml = repeat(HEAD, "<a/>", room / 4, tail);
	bad(xml, E2BIG, "larger than 16 MiB");
	free(xml);
}

static void test_stretch_and_attributes(void **state)
{
	const size_t room = DOMAIN_STRETCH_MAX - strlen("<a b=''/>");
	char *xml, *names = repeat("", " ", 16 * 130000, ""), *at = names;

	(void)state;
	xml = repeat("<domain><name>x</name><a b='", "c", room, "'/></domain>");
	holds(xml, "");
	free(xml);
	xml = repeat("<domain><name>x</name><a b='", "c", room + 1, "'/></domain>");
	bad(xml, E2BIG, "a tag or text of more than 4 MiB; give what virsh dumpxml prints");
	free(xml);
	xml = repeat("<domain><name>x</name><a b='", "c", DOMAIN_STRETCH_MAX, "");
	bad(xml, E2BIG, "a tag or text of more than 4 MiB");
	free(xml);
	xml = repeat("<domain><name>x</name>", "<a b='1'/>", DOMAIN_ATTRIBUTES_MAX, "</domain>");
	holds(xml, "");
	free(xml);
	xml = repeat(
		"<domain><name>x</name>", "<a b='1'/>", DOMAIN_ATTRIBUTES_MAX + 1, "</domain>");
	bad(xml, E2BIG, "more than 100000 attributes");
	free(xml);
	for (int i = 0; i <= DOMAIN_ATTRIBUTES_MAX; i++)
		at += sprintf(at, "a%d='1' ", i);
	xml = repeat("<domain><name>x</name><a ", names, 1, "/></domain>");
	bad(xml, E2BIG, "more than 100000 attributes");
	free(xml);
	free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_depth_and_name_limits),
		cmocka_unit_test(test_hostdevs),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_stretch_and_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
