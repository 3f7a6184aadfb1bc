/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/xml-parse.h"

enum { EXPRESSION_MAX = 512 };

static xmlXPathObject *evaluate(const struct xml *xml, xmlNode *from, const char *expression)
{
	xmlXPathObject *found;

	if (xmlXPathSetContextNode(from ? from : xml_root(xml), xml->xpath) < 0)
		return NULL;
	found = xmlXPathEval((const xmlChar *)expression, xml->xpath);
	if (found && (found->type != XPATH_NODESET || !found->nodesetval)) {
		xmlXPathFreeObject(found);
		return NULL;
	}
	return found;
}

/* Elements only. Returns how many there are; OUT is the one at INDEX. */
static size_t select_element(
	const struct xml *xml, xmlNode *from, const char *expression, size_t index, xmlNode **out)
{
	xmlXPathObject *found = evaluate(xml, from, expression);
	size_t count = 0;

	*out = NULL;
	for (int i = 0; found && i < found->nodesetval->nodeNr; i++) {
		xmlNode *node = found->nodesetval->nodeTab[i];

		if (node->type == XML_ELEMENT_NODE && count++ == index)
			*out = node;
	}
	xmlXPathFreeObject(found);
	return count;
}

xmlNode *xml_find(const struct xml *xml, xmlNode *from, const char *format, ...)
{
	char expression[EXPRESSION_MAX];
	xmlNode *node = NULL;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(expression, sizeof(expression), format, arguments);
	va_end(arguments);
	if (n > 0 && (size_t)n < sizeof(expression))
		select_element(xml, from, expression, 0, &node);
	return node;
}

size_t xml_count(const struct xml *xml, xmlNode *from, const char *xpath)
{
	xmlNode *node;

	return select_element(xml, from, xpath, 0, &node);
}

xmlNode *xml_at(const struct xml *xml, xmlNode *from, const char *xpath, size_t index)
{
	xmlNode *node;

	select_element(xml, from, xpath, index, &node);
	return node;
}

xmlNode *xml_next(xmlNode *parent, xmlNode *node, const char *name)
{
	for (node = node ? node->next : parent->children; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE &&
			(!name || (!node->ns && strcmp((const char *)node->name, name) == 0)))
			return node;
	return NULL;
}

const char *xml_get(xmlNode *node, const char *attribute)
{
	const xmlAttr *found = node ? xmlHasNsProp(node, (const xmlChar *)attribute, NULL) : NULL;

	if (!found)
		return NULL;
	return found->children && found->children->content ? (const char *)found->children->content
							   : "";
}

int xml_is(xmlNode *node, const char *attribute, const char *value)
{
	const char *is = xml_get(node, attribute);

	return is && strcmp(is, value) == 0;
}

long xml_number(xmlNode *node, const char *attribute, long fallback)
{
	const char *text = xml_get(node, attribute);
	char *end;
	long value;

	if (!text || !isdigit((unsigned char)*text))
		return fallback;
	errno = 0;
	value = strtol(text, &end, 0);
	return errno || *end ? fallback : value;
}

const char *xml_content(xmlNode *node, char *out, size_t size)
{
	xmlChar *all = xmlNodeGetContent(node);
	const char *text = all ? (const char *)all : "";
	size_t length;

	text += strspn(text, " \t\r\n");
	length = strlen(text);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	snprintf(out, size, "%.*s", (int)length, text);
	xmlFree(all);
	return out;
}

int xml_line(const struct xml *xml, xmlNode *node)
{
	const char *end = xml->text + xml_span(xml, node)->start;
	int line = 1;

	for (const char *at = xml->text; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		line++;
	return line;
}
