/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/domain.h"

#include <errno.h>
#include <expat.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/domain-address.h"

/* Where the elements that count stand: /domain/devices/hostdev/source/address */
enum { AT_DOMAIN = 1, AT_FIELD, AT_DEVICE, AT_SOURCE, AT_ADDRESS };

enum { UUID_TEXT_MAX = 256 };

struct parse {
	XML_Parser xml;
	struct domain *domain;
	struct msg *why;
	int err;
	unsigned int depth, attributes;
	char name[DOMAIN_NAME_MAX + 1], uuid[UUID_TEXT_MAX + 1]; /* their text so far */
	size_t name_length, uuid_length;
	bool has_name, has_uuid;
	bool in_name, in_uuid, in_devices, in_device, in_source;
	bool is_interface; /* the open device is an <interface>, else a <hostdev> */
	bool has_address;
	struct domain_hostdev device; /* the open device */
};

/* The first failure stays; expat may call a handler or two after it is told to stop. */

static void __attribute__((format(printf, 3, 4)))
refuse(struct parse *parse, int error, const char *format, ...)
{
	char text[256];
	va_list ap;

	if (parse->err)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	parse->err = msg_fail(parse->why, error, "line %lu of the domain XML: %s",
		(unsigned long)XML_GetCurrentLineNumber(parse->xml), text);
	XML_StopParser(parse->xml, XML_FALSE);
}

static bool attribute_is(const char **attributes, const char *name, const char *value)
{
	const char *text = domain_attribute(attributes, name);

	return text && strcmp(text, value) == 0;
}

static void start_device(struct parse *parse, const char *name, const char **attributes)
{
	const char *mode = domain_attribute(attributes, "mode");

	parse->is_interface = strcmp(name, "interface") == 0;
	parse->has_address = false;
	memset(&parse->device, 0, sizeof(parse->device));
	if (parse->is_interface) {
		parse->in_device = attribute_is(attributes, "type", "hostdev");
	} else if (strcmp(name, "hostdev") == 0 && (!mode || strcmp(mode, "subsystem") == 0)) {
		bool mdev = attribute_is(attributes, "type", "mdev") &&
			    attribute_is(attributes, "model", "vfio-pci");

		parse->in_device = mdev || attribute_is(attributes, "type", "pci");
		parse->device.kind = mdev ? DOMAIN_MDEV : DOMAIN_PCI;
	}
}

static void start_address(struct parse *parse, const char **attributes)
{
	const char *wrong = NULL;

	if (parse->has_address) {
		refuse(parse, EINVAL, "a host device has two source addresses; leave one");
		return;
	}
	parse->has_address = true;
	if (parse->device.kind == DOMAIN_MDEV) {
		const char *uuid = domain_attribute(attributes, "uuid");

		if (!uuid || !text_uuid(uuid, parse->device.uuid))
			refuse(parse, EINVAL,
				"the source address of an mdev has no valid uuid; write "
				"uuid='xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'");
		return;
	}
	if (parse->is_interface && !domain_attribute(attributes, "type"))
		refuse(parse, EINVAL,
			"the source address of a hostdev interface has no type; write type='pci'");
	else if (parse->is_interface && !attribute_is(attributes, "type", "pci"))
		parse->in_device = false;
	else
		wrong = domain_address(attributes, parse->device.address);
	if (wrong)
		refuse(parse, EINVAL,
			"the %s of a host device's source address is out of range; write hex with "
			"0x",
			wrong);
}

static void start_field(struct parse *parse, const char *name)
{
	parse->in_name = strcmp(name, "name") == 0;
	parse->in_uuid = strcmp(name, "uuid") == 0;
	parse->in_devices = strcmp(name, "devices") == 0;
	if ((parse->in_name && parse->has_name) || (parse->in_uuid && parse->has_uuid))
		refuse(parse, EINVAL, "a second <%s> of the domain; leave one", name);
	parse->has_name |= parse->in_name;
	parse->has_uuid |= parse->in_uuid;
}

static void XMLCALL on_start(void *argument, const char *name, const char **attributes)
{
	struct parse *parse = argument;

	if (parse->err)
		return;
	for (size_t i = 0; attributes[i]; i += 2)
		parse->attributes++;
	if (++parse->depth > DOMAIN_DEPTH_MAX)
		refuse(parse, E2BIG, "elements nest deeper than %d; flatten them",
			DOMAIN_DEPTH_MAX);
	else if (parse->attributes > DOMAIN_ATTRIBUTES_MAX)
		refuse(parse, E2BIG, "more than %d attributes; give what virsh dumpxml prints",
			DOMAIN_ATTRIBUTES_MAX);
	else if (parse->in_name || parse->in_uuid)
		refuse(parse, EINVAL, "an element in the domain's name or uuid; leave text alone");
	else if (parse->depth == AT_DOMAIN && strcmp(name, "domain") != 0)
		refuse(parse, EINVAL,
			"the root element is not <domain>; give what virsh dumpxml prints");
	else if (parse->depth == AT_FIELD)
		start_field(parse, name);
	else if (parse->depth == AT_DEVICE && parse->in_devices)
		start_device(parse, name, attributes);
	else if (parse->depth == AT_SOURCE && parse->in_device)
		parse->in_source = strcmp(name, "source") == 0;
	else if (parse->depth == AT_ADDRESS && parse->in_source && strcmp(name, "address") == 0)
		start_address(parse, attributes);
}

static void add_device(struct parse *parse)
{
	struct domain *domain = parse->domain;
	struct domain_hostdev *grown;

	for (size_t i = 0; i < domain->hostdevs; i++)
		if (strcmp(domain->hostdev[i].address, parse->device.address) == 0 &&
			strcmp(domain->hostdev[i].uuid, parse->device.uuid) == 0)
			return;
	if (domain->hostdevs == DOMAIN_HOSTDEVS_MAX) {
		refuse(parse, E2BIG, "more than %d host devices; remove some", DOMAIN_HOSTDEVS_MAX);
		return;
	}
	grown = reallocarray(domain->hostdev, domain->hostdevs + 1, sizeof(*grown));
	if (!grown) {
		refuse(parse, ENOMEM, "out of memory");
		return;
	}
	domain->hostdev = grown;
	domain->hostdev[domain->hostdevs++] = parse->device;
}

static void end_uuid(struct parse *parse)
{
	static const char blanks[] = " \t\r\n";
	char *text = parse->uuid + strspn(parse->uuid, blanks);
	size_t length = strlen(text);

	while (length > 0 && strchr(blanks, text[length - 1]))
		text[--length] = '\0';
	if (!text_uuid(text, parse->domain->uuid))
		refuse(parse, EINVAL,
			"the domain's uuid is not one; write xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

static void XMLCALL on_end(void *argument, const char *name)
{
	struct parse *parse = argument;

	(void)name;
	if (parse->err)
		return;
	if (parse->depth == AT_FIELD) {
		if (parse->in_uuid)
			end_uuid(parse);
		parse->in_name = parse->in_uuid = parse->in_devices = false;
	} else if (parse->depth == AT_DEVICE && parse->in_device) {
		if (parse->has_address)
			add_device(parse);
		else
			refuse(parse, EINVAL, "a host device has no source address; add one");
		parse->in_device = false;
	} else if (parse->depth == AT_SOURCE) {
		parse->in_source = false;
	}
	parse->depth--;
}

static void XMLCALL on_text(void *argument, const char *text, int length)
{
	struct parse *parse = argument;
	size_t n = (size_t)length;

	if (parse->err || !(parse->in_name || parse->in_uuid))
		return;
	if (parse->in_name && n > DOMAIN_NAME_MAX - parse->name_length) {
		refuse(parse, E2BIG, "the domain's name is longer than %d bytes; shorten it",
			DOMAIN_NAME_MAX);
	} else if (parse->in_name) {
		memcpy(parse->name + parse->name_length, text, n);
		parse->name_length += n;
	} else if (n > UUID_TEXT_MAX - parse->uuid_length) {
		refuse(parse, EINVAL, "the domain's uuid is too long; write 36 characters");
	} else {
		memcpy(parse->uuid + parse->uuid_length, text, n);
		parse->uuid_length += n;
	}
}

static void XMLCALL on_doctype(
	void *argument, const char *name, const char *system, const char *public, int subset)
{
	(void)name, (void)system, (void)public, (void)subset;
	refuse(argument, EINVAL, "a DOCTYPE, which a domain has not; remove it");
}

static int parse_all(struct parse *parse, const char *xml, size_t length)
{
	enum XML_Status status;

	XML_SetUserData(parse->xml, parse);
	XML_SetElementHandler(parse->xml, on_start, on_end);
	XML_SetCharacterDataHandler(parse->xml, on_text);
	XML_SetStartDoctypeDeclHandler(parse->xml, on_doctype);
	status = XML_Parse(parse->xml, xml, (int)length, XML_TRUE);
	if (status != XML_STATUS_OK && XML_GetErrorCode(parse->xml) == XML_ERROR_NO_MEMORY)
		refuse(parse, ENOMEM, "out of memory");
	else if (status != XML_STATUS_OK)
		refuse(parse, EINVAL, "%s; give what virsh dumpxml prints",
			XML_ErrorString(XML_GetErrorCode(parse->xml)));
	else if (parse->name_length == 0)
		refuse(parse, EINVAL, "the domain has no name; add <name>");
	if (parse->err)
		return parse->err;
	parse->domain->name = strdup(parse->name);
	return parse->domain->name ? 0 : msg_fail(parse->why, ENOMEM, "out of memory");
}

/* expat reads a tag whole before anybody is asked, and keeps every attribute name it has seen. */
static bool has_long_stretch(const char *xml, size_t length)
{
	const char *end = xml + length, *next;

	for (const char *at = xml; at < end; at = next) {
		next = memchr(at + 1, '<', (size_t)(end - at) - 1);
		if (!next)
			next = end;
		if (next - at > DOMAIN_STRETCH_MAX)
			return true;
	}
	return false;
}

int domain_parse(const char *xml, size_t length, struct domain **out, struct msg *why)
{
	struct parse parse = {.why = why};
	int err;

	if (length > DOMAIN_BYTES_MAX)
		return msg_fail(why, E2BIG,
			"the domain XML is larger than %d MiB; give what virsh dumpxml prints",
			DOMAIN_BYTES_MAX >> 20);
	if (has_long_stretch(xml, length))
		return msg_fail(why, E2BIG,
			"the domain XML has a tag or text of more than %d MiB; give what virsh "
			"dumpxml prints",
			DOMAIN_STRETCH_MAX >> 20);
	parse.xml = XML_ParserCreate("UTF-8");
	parse.domain = calloc(1, sizeof(*parse.domain));
	if (parse.xml && parse.domain)
		err = parse_all(&parse, xml, length);
	else
		err = msg_fail(why, ENOMEM, "out of memory");
	if (parse.xml)
		XML_ParserFree(parse.xml);
	if (err)
		domain_free(parse.domain);
	else
		*out = parse.domain;
	return err;
}

void domain_free(struct domain *domain)
{
	if (!domain)
		return;
	free(domain->name);
	free(domain->hostdev);
	free(domain);
}
