/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/xml-parse.h"

int xml_escape(const char *value, char **out)
{
	static const struct {
		char byte;
		const char *reference;
	} references[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\'', "&apos;"},
		{'"', "&quot;"}, {'\t', "&#9;"}, {'\n', "&#10;"}, {'\r', "&#13;"}};
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return -ENOMEM;
	for (; *value; value++) {
		size_t i = 0;

		while (i < sizeof(references) / sizeof(*references) && references[i].byte != *value)
			i++;
		if (i < sizeof(references) / sizeof(*references))
			fputs(references[i].reference, stream);
		else
			fputc(*value, stream);
	}
	if (fclose(stream) != 0) {
		free(text);
		return -ENOMEM;
	}
	*out = text;
	return 0;
}

/* Bytes FROM to TO become BEFORE, VALUE escaped, AFTER. */
static int put(struct xml *xml, size_t from, size_t to, const char *before, const char *value,
	const char *after, struct msg *why)
{
	char *escaped = NULL, *text = NULL;
	int n = -1;

	if (xml_escape(value, &escaped) == 0)
		n = asprintf(&text, "%.*s%s%s%s%s", (int)from, xml->text, before, escaped, after,
			xml->text + to);
	free(escaped);
	if (n < 0)
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	return xml_become(xml, text, (size_t)n, why);
}

/* An attribute as it stands in a start tag that is known to be well formed. */
struct attribute {
	size_t before; /* the white space before it */
	size_t value; /* after the opening quote */
	size_t end; /* the closing quote */
};

/* Returns whether it is there; if not, OUT->before is where it can be added. QUOTE: what the last
 * one is quoted with. */
static bool find_attribute(const struct xml *xml, const struct xml_span *span, const char *name,
	struct attribute *out, char *quote)
{
	const char *text = xml->text;
	size_t at = span->start + 1;

	at += strcspn(text + at, " \t\r\n/>");
	for (;;) {
		size_t start = at + strspn(text + at, " \t\r\n"), length;

		*out = (struct attribute){.before = at};
		if (strchr("/>", text[start]))
			return false;
		length = strcspn(text + start, " \t\r\n=");
		at = start + length;
		at += strspn(text + at, " \t\r\n=");
		*quote = text[at];
		out->value = at + 1;
		out->end = out->value +
			   (size_t)(strchr(text + out->value, *quote) - (text + out->value));
		if (strlen(name) == length && strncmp(text + start, name, length) == 0)
			return true;
		at = out->end + 1;
	}
}

int xml_set(
	struct xml *xml, xmlNode *node, const char *attribute, const char *value, struct msg *why)
{
	const struct xml_span *span = xml_span(xml, node);
	struct attribute found;
	char quote = '\'', *before, after[2];
	bool there = find_attribute(xml, span, attribute, &found, &quote);
	int err;

	if (there)
		return value ? put(xml, found.value, found.end, "", value, "", why)
			     : put(xml, found.before, found.end + 1, "", "", "", why);
	if (!value)
		return 0;
	if (asprintf(&before, " %s=%c", attribute, quote) < 0)
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	after[0] = quote;
	after[1] = '\0';
	err = put(xml, found.before, found.before, before, value, after, why);
	free(before);
	return err;
}

int xml_set_content(struct xml *xml, xmlNode *node, const char *value, struct msg *why)
{
	const struct xml_span *span = xml_span(xml, node);
	const char *name = xml->text + span->start + 1;
	char *after;
	int err;

	if (!span->empty)
		return put(xml, span->content, span->content_end, "", value, "", why);
	if (asprintf(&after, "</%.*s>", (int)strcspn(name, " \t\r\n/>"), name) < 0)
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	err = put(xml, span->content - 2, span->end, ">", value, after, why);
	free(after);
	return err;
}
