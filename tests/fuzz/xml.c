/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A domain's XML, and behind a NUL what is done to it: an edit, the number of an element, how many
 * bytes of the rest are the value, these bytes; and so on. */
enum { XML_MAX = 1 << 16, EDITS_MAX = 16 };

enum edit {
	APPEND,
	INSERT_BEFORE,
	INSERT_AFTER,
	REPLACE,
	REMOVE,
	SET,
	SET_NAMED, /* an attribute whose name is the value */
	UNSET,
	SET_CONTENT,
	EDITS
};

static const char elements[] = "descendant-or-self::*";

static const char *const fragments[] = {"<new/>", "<new a='&lt;'>\n  <b>c</b>\n</new>",
	"<new/>\n<newer/>", "<qemu:new/>", "</new>", "text"};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static const char *fragment(const char *value)
{
	return fragments[(unsigned char)*value % (sizeof(fragments) / sizeof(*fragments))];
}

static int run(struct xml *xml, enum edit edit, xmlNode *node, const char *value, struct msg *why)
{
	switch (edit) {
	case APPEND:
		return xml_append(xml, node, fragment(value), why);
	case INSERT_BEFORE:
		return xml_insert_before(xml, node, fragment(value), why);
	case INSERT_AFTER:
		return xml_insert_after(xml, node, fragment(value), why);
	case REPLACE:
		return xml_replace(xml, node, fragment(value), why);
	case REMOVE:
		return xml_remove(xml, node, why);
	case SET:
		return xml_set(xml, node, "type", value, why);
	case SET_NAMED:
		return xml_set(xml, node, value, "1", why);
	case UNSET:
		return xml_set(xml, node, "type", NULL, why);
	default:
		return xml_set_content(xml, node, value, why);
	}
}

/* The text is what is found in it, and can be read again. */
static void check_text(const struct xml *xml)
{
	const char *text = xml_text(xml);
	size_t length = strlen(text), count = xml_count(xml, NULL, elements);
	struct xml *again = NULL;
	struct msg why = {""};

	check(xml_parse(text, length, &again, &why) == 0);
	check(strcmp(xml_text(again), text) == 0 && xml_count(again, NULL, elements) == count);
	for (size_t i = 0; i < count && i < 64; i++) {
		xmlNode *node = xml_at(xml, NULL, elements, i);
		int line = xml_line(xml, node);

		check(node && line >= 1 && (size_t)line <= length);
		check(xml_line(again, xml_at(again, NULL, elements, i)) == line);
		check(xml_number(node, "index", -1) >= -1);
	}
	xml_free(again);
}

/* What the edit was to do is done at element NUMBER. */
static void check_done(
	const struct xml *xml, enum edit edit, size_t number, size_t before, const char *value)
{
	xmlNode *node = xml_at(xml, NULL, elements, number);
	size_t count = xml_count(xml, NULL, elements);
	size_t room = strlen(value) + 1;
	char *content;

	if (edit == APPEND || edit == INSERT_BEFORE || edit == INSERT_AFTER)
		check(count > before || *fragment(value) != '<');
	else if (edit == REMOVE)
		check(count < before);
	else if (edit == SET)
		check(count == before && xml_is(node, "type", value));
	else if (edit == UNSET)
		check(count == before && !xml_get(node, "type"));
	if (edit != SET_CONTENT)
		return;
	content = malloc(room);
	check(content && !xml_next(node, NULL, NULL));
	value += strspn(value, " \t\r\n");
	xml_content(node, content, room);
	check(strncmp(content, value, strlen(content)) == 0);
	check(strspn(value + strlen(content), " \t\r\n") == strlen(value + strlen(content)));
	free(content);
}

static void edit(struct xml *xml, enum edit what, unsigned int number, const char *value)
{
	size_t count = xml_count(xml, NULL, elements), chosen = number % count;
	char *before = strdup(xml_text(xml));
	struct msg why = {""};
	int err;

	check(before && count > 0);
	err = run(xml, what, xml_at(xml, NULL, elements, chosen), value, &why);
	check(err == 0 || err == -EINVAL || err == -E2BIG);
	check((err == 0) == (*why.text == '\0'));
	if (err < 0)
		check(strcmp(xml_text(xml), before) == 0);
	else
		check_done(xml, what, chosen, count, value);
	free(before);
	check_text(xml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, '\0', size);
	size_t length = nul ? (size_t)(nul - data) : size, at = length + 1;
	struct xml *xml = NULL;
	struct msg why = {""};
	int err;

	if (length > XML_MAX)
		return 0;
	err = xml_parse((const char *)data, length, &xml, &why);
	check(err == 0 || err == -EINVAL || err == -E2BIG);
	check((err == 0) == (xml != NULL) && (err == 0) == (*why.text == '\0'));
	if (err < 0)
		return 0;
	check(strlen(xml_text(xml)) == length && memcmp(xml_text(xml), data, length) == 0);
	check_text(xml);
	for (int i = 0; i < EDITS_MAX && at + 3 <= size && strlen(xml_text(xml)) < 2 * XML_MAX;
		i++) {
		size_t take = data[at + 2] < size - at - 3 ? data[at + 2] : size - at - 3;
		char value[256];

		memcpy(value, data + at + 3, take);
		value[take] = '\0';
		edit(xml, data[at] % EDITS, data[at + 1], value);
		at += 3 + take;
	}
	xml_free(xml);
	return 0;
}
