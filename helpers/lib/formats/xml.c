/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/xml.h"

#include <errno.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xpathInternals.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/domain.h"
#include "formats/xml-parse.h"

/* What the parser's callbacks have to say. */
struct reading {
	struct xml *xml;
	bool doctype;
	bool strange; /* no memory, or offsets that only what is not well formed has */
};

static struct xml_span *new_span(struct xml *xml)
{
	if (xml->count == xml->room) {
		size_t room = xml->room ? 2 * xml->room : 256;
		struct xml_span *spans = reallocarray(xml->spans, room, sizeof(*spans));

		if (!spans)
			return NULL;
		xml->spans = spans;
		xml->room = room;
	}
	return &xml->spans[xml->count++];
}

const struct xml_span *xml_span(const struct xml *xml, const xmlNode *node)
{
	return &xml->spans[(uintptr_t)node->_private - 1];
}

/* The parser stands before the > or /> of a start tag, in which no other < can be. */
static void read_start_tag(struct reading *r, xmlParserCtxt *parser, xmlNode *node)
{
	struct xml *xml = r->xml;
	long at = xmlByteConsumed(parser);
	struct xml_span *span = NULL;
	size_t start = at < 0 ? 0 : (size_t)at;

	if (at > 0 && start < xml->length && strchr("/>", xml->text[start]))
		span = new_span(xml);
	if (!span || !node) {
		r->strange = true;
		return;
	}
	span->empty = xml->text[start] == '/';
	span->content = span->content_end = span->end = start + (span->empty ? 2 : 1);
	while (start > 0 && xml->text[start] != '<')
		start--;
	span->start = start;
	node->_private = (void *)(uintptr_t)xml->count;
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix,
	const xmlChar *uri, int namespaces, const xmlChar **namespace, int attributes,
	int defaulted, const xmlChar **attribute)
{
	xmlParserCtxt *parser = context;
	struct reading *r = parser->_private;
	xmlNode *parent = parser->node;

	xmlSAX2StartElementNs(context, name, prefix, uri, namespaces, namespace, attributes,
		defaulted, attribute);
	read_start_tag(r, parser, parser->node == parent ? NULL : parser->node);
}

/* The parser stands after the element's last >. */
static void end_element(
	void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	xmlParserCtxt *parser = context;
	struct reading *r = parser->_private;
	long at = xmlByteConsumed(parser);

	if (parser->node && parser->node->_private && at > 0 && (size_t)at <= r->xml->length &&
		r->xml->text[at - 1] == '>') {
		struct xml_span *span = &r->xml->spans[(uintptr_t)parser->node->_private - 1];

		span->end = (size_t)at;
		if (!span->empty)
			for (span->content_end = span->end - 1;
				r->xml->text[span->content_end] != '<';)
				span->content_end--;
	} else {
		r->strange = true;
	}
	xmlSAX2EndElementNs(context, name, prefix, uri);
}

static void doctype(
	void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxt *parser = context;
	struct reading *r = parser->_private;

	(void)name;
	(void)external;
	(void)system;
	r->doctype = true;
	xmlStopParser(parser);
}

static int parse(struct reading *r, xmlParserCtxt *parser, struct msg *why)
{
	struct xml *xml = r->xml;
	const xmlError *error;

	parser->_private = r;
	parser->sax->startElementNs = start_element;
	parser->sax->endElementNs = end_element;
	parser->sax->internalSubset = doctype;
	/* with a decoder, even of UTF-8, xmlByteConsumed miscounts after 32 KB */
	xml->doc = xmlCtxtReadMemory(parser, xml->text, (int)xml->length, NULL, NULL,
		XML_PARSE_IGNORE_ENC | XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (r->doctype)
		return msg_fail(
			why, EINVAL, "the XML has a DOCTYPE, which no domain has; remove that");
	error = xmlCtxtGetLastError(parser);
	if (!xml->doc)
		return msg_fail(why, EINVAL, "the XML is not well formed: line %d: %.*s",
			error ? error->line : 0,
			error && error->message ? (int)strcspn(error->message, "\n") : 0,
			error && error->message ? error->message : "");
	return r->strange ? msg_fail(why, ENOMEM, "not enough memory for the domain's XML") : 0;
}

static int check_root(const struct xml *xml, struct msg *why)
{
	const xmlNode *root = xmlDocGetRootElement(xml->doc);

	if (!root || root->ns || strcmp((const char *)root->name, "domain") != 0)
		return msg_fail(why, EINVAL,
			"the XML is not that of a domain: its root is <%s>; see virsh dumpxml",
			root ? (const char *)root->name : "");
	return 0;
}

static int check_bytes(const char *text, size_t length, struct msg *why)
{
	if (length > DOMAIN_BYTES_MAX)
		return msg_fail(why, E2BIG, "the XML has more than %d MiB", DOMAIN_BYTES_MAX >> 20);
	for (size_t i = 0, n; i < length; i += n) {
		n = text_utf8(text + i, length - i);
		if (n == 0 || text[i] == '\0')
			return msg_fail(why, EINVAL,
				"the XML is not UTF-8 text: byte %zu is 0x%02x", i,
				(unsigned char)text[i]);
	}
	return 0;
}

/* The library is silent: an expression that is wrong is the caller's to notice. */
static void ignore(void *context, xmlError *error)
{
	(void)context;
	(void)error;
}

static int open_xpath(struct xml *xml, struct msg *why)
{
	xml->xpath = xmlXPathNewContext(xml->doc);
	if (!xml->xpath || xmlXPathRegisterNs(xml->xpath, (const xmlChar *)"qemu",
				   (const xmlChar *)XML_QEMU) < 0)
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	xml->xpath->error = (xmlStructuredErrorFunc)ignore;
	return 0;
}

int xml_read(struct xml *xml, char *text, size_t length, struct msg *why)
{
	struct reading r = {.xml = xml};
	xmlParserCtxt *parser = NULL;
	int err;

	*xml = (struct xml){.text = text, .length = length};
	err = check_bytes(text, length, why);
	if (err == 0) {
		parser = xmlNewParserCtxt();
		err = parser ? parse(&r, parser, why)
			     : msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
		xmlFreeParserCtxt(parser);
	}
	if (err == 0)
		err = check_root(xml, why);
	if (err == 0)
		err = open_xpath(xml, why);
	if (err < 0)
		xml_clear(xml);
	return err;
}

void xml_clear(struct xml *xml)
{
	xmlXPathFreeContext(xml->xpath);
	xmlFreeDoc(xml->doc);
	free(xml->spans);
	free(xml->text);
	*xml = (struct xml){0};
}

int xml_parse(const char *text, size_t length, struct xml **out, struct msg *why)
{
	struct xml *xml = malloc(sizeof(*xml));
	char *copy = xml ? malloc(length + 1) : NULL;
	int err;

	if (!copy) {
		free(xml);
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	err = xml_read(xml, copy, length, why);
	if (err < 0) {
		free(xml);
		return err;
	}
	*out = xml;
	return 0;
}

void xml_free(struct xml *xml)
{
	if (xml)
		xml_clear(xml);
	free(xml);
}

const char *xml_text(const struct xml *xml)
{
	return xml->text;
}

xmlNode *xml_root(const struct xml *xml)
{
	return xmlDocGetRootElement(xml->doc);
}
