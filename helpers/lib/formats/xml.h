/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libxml/tree.h>
#include <stddef.h>

#include "base/log.h"

/*
 * A domain's XML that is edited as text: libxml2 reads it and says what stands where, an edit
 * replaces some bytes and reads the result again. So everything that an edit does not name stays
 * byte for byte: quotes, comments, order, white space.
 *
 * After an edit that returned 0 all nodes that were found before are gone; find them again. An
 * edit that failed left the text and the nodes as they were. Text is UTF-8.
 */
struct xml;

/* The namespace of libvirt's QEMU elements; XPath expressions call it `qemu`. */
#define XML_QEMU "http://libvirt.org/schemas/domain/qemu/1.0"

/*
 * Reads TEXT, of which it keeps a copy. Returns 0 and *OUT (free with xml_free), or a negative
 * errno with WHY set (OUT untouched): -EINVAL for text that is not well formed or not UTF-8, has a
 * DOCTYPE or a root other than <domain>; -E2BIG for more than DOMAIN_BYTES_MAX bytes, more than
 * DOMAIN_DEPTH_MAX levels (formats/domain.h); -ENOMEM.
 */
int xml_parse(const char *text, size_t length, struct xml **out, struct msg *why);
void xml_free(struct xml *xml);

/* The text as it is now, terminated; good until the next edit. */
const char *xml_text(const struct xml *xml);

/* The element <domain>. */
xmlNode *xml_root(const struct xml *xml);

/*
 * The first element that the XPath expression FORMAT selects, in document order, seen from FROM
 * (NULL: <domain>, so "devices/hostdev"); NULL if there is none. An expression that is too long or
 * wrong is none too. Values that come from outside must not be made part of an expression.
 */
xmlNode *xml_find(const struct xml *xml, xmlNode *from, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* How many elements it selects, and the one at INDEX (from 0) of these. */
size_t xml_count(const struct xml *xml, xmlNode *from, const char *xpath);
xmlNode *xml_at(const struct xml *xml, xmlNode *from, const char *xpath, size_t index);

/* The next child element NAME (NULL: any) of PARENT after NODE (NULL: the first). For walks. */
xmlNode *xml_next(xmlNode *parent, xmlNode *node, const char *name);

/* An attribute's value, good until the next edit; NULL: it is not there. PREFIXED names ("qemu:x")
 * do not exist among what libvirt reads. */
const char *xml_get(xmlNode *node, const char *attribute);
/* Is the attribute there and VALUE? */
int xml_is(xmlNode *node, const char *attribute, const char *value);
/* An attribute that is a number as libvirt reads one (0x.. hex, 0.. octal, else decimal), FALLBACK
 * if it is missing or none. */
long xml_number(xmlNode *node, const char *attribute, long fallback);
/* The text within an element without the white space around it, cut at SIZE: OUT. */
const char *xml_content(xmlNode *node, char *out, size_t size);
/* The line of the text, from 1, that the element begins in. */
int xml_line(const struct xml *xml, xmlNode *node);

/*
 * Edits. FRAGMENT is well-formed XML of one or more elements, lines separated by \n and indented by
 * two blanks a level from column 0; it is indented as its neighbours are. Values are escaped here.
 * All return 0, or with WHY set -ENOMEM, -EINVAL (the result would not be well formed), -E2BIG (too
 * long, or so long and so many edits that it would take minutes).
 */

/* FRAGMENT becomes the last child of PARENT, or the one before BEFORE (a child of PARENT), or the
 * one after AFTER. */
int xml_append(struct xml *xml, xmlNode *parent, const char *fragment, struct msg *why);
int xml_insert_before(struct xml *xml, xmlNode *before, const char *fragment, struct msg *why);
int xml_insert_after(struct xml *xml, xmlNode *after, const char *fragment, struct msg *why);
/* FRAGMENT takes the place of NODE. */
int xml_replace(struct xml *xml, xmlNode *node, const char *fragment, struct msg *why);
/* NODE and the line it stands in go; a parent without anything left becomes <parent/>. */
int xml_remove(struct xml *xml, xmlNode *node, struct msg *why);
/* The attribute gets VALUE where it stands, or is added as the last one; NULL removes it. The name
 * may be an xmlns: declaration. */
int xml_set(
	struct xml *xml, xmlNode *node, const char *attribute, const char *value, struct msg *why);
/* All that is within NODE becomes the text VALUE. */
int xml_set_content(struct xml *xml, xmlNode *node, const char *value, struct msg *why);

/*
 * VALUE as it stands within an attribute of a fragment (single quotes) or in text: & < > ' "
 * escaped. Returns 0 and *OUT, which the caller frees, or -ENOMEM.
 */
int xml_escape(const char *value, char **out);
