/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libxml/xpath.h>
#include <stdbool.h>

#include "formats/xml.h"

/* For formats/xml*.c: where an element stands in the text, as offsets of bytes. */
struct xml_span {
	size_t start; /* its < */
	size_t content; /* after the > of its start tag */
	size_t content_end; /* the < of its end tag; as content if it has none */
	size_t end; /* after its last > */
	bool empty; /* <a/> */
};

struct xml {
	char *text;
	size_t length;
	xmlDoc *doc;
	xmlXPathContext *xpath;
	struct xml_span *spans; /* an element's is number _private - 1 */
	size_t count, room;
	size_t read; /* bytes that edits have read again */
};

/* Makes XML of TEXT, which becomes its own (also if this fails). */
int xml_read(struct xml *xml, char *text, size_t length, struct msg *why);
void xml_clear(struct xml *xml);

/* An edit: XML becomes what TEXT says, which is its own (also if this fails: XML is as it was). */
int xml_become(struct xml *xml, char *text, size_t length, struct msg *why);

const struct xml_span *xml_span(const struct xml *xml, const xmlNode *node);
