/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/xml-parse.h"

static const char blanks[] = " \t\r\n";

/* Bytes FROM to TO of the text become MIDDLE. */
static int splice(struct xml *xml, size_t from, size_t to, const char *middle, struct msg *why)
{
	size_t add = strlen(middle), length = xml->length - (to - from) + add;
	char *text = malloc(length + 1);

	if (!text)
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	memcpy(text, xml->text, from);
	memcpy(text + from, middle, add);
	memcpy(text + from + add, xml->text + to, xml->length - to);
	text[length] = '\0';
	return xml_become(xml, text, length, why);
}

/* Splices what a stream was filled with; TEXT is freed. */
static int splice_stream(
	struct xml *xml, size_t from, size_t to, FILE *stream, char **text, struct msg *why)
{
	int err = fclose(stream) == 0 && *text
			  ? splice(xml, from, to, *text, why)
			  : msg_fail(why, ENOMEM, "not enough memory for the domain's XML");

	free(*text);
	return err;
}

static FILE *open_text(char **text, struct msg *why)
{
	static size_t unused;
	FILE *stream = open_memstream(text, &unused);

	if (!stream)
		msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	return stream;
}

/* The white space that the line of AT begins with. Does it reach to AT? */
static bool indentation(const struct xml *xml, size_t at, const char **indent, int *length)
{
	size_t line = at;

	while (line > 0 && xml->text[line - 1] != '\n')
		line--;
	*indent = xml->text + line;
	*length = (int)strspn(*indent, " \t");
	if (line + (size_t)*length > at)
		*length = (int)(at - line);
	return line + (size_t)*length == at && (line > 0 || at == 0);
}

static const char *line_end(const struct xml *xml)
{
	const char *newline = strchr(xml->text, '\n');

	return newline && newline > xml->text && newline[-1] == '\r' ? "\r\n" : "\n";
}

/* What one level is indented by: as much as the domain's first child. */
static void unit(const struct xml *xml, const char **out, int *length)
{
	xmlNode *child = xml_next(xml_root(xml), NULL, NULL);

	if (!child || !indentation(xml, xml_span(xml, child)->start, out, length) || *length == 0) {
		*out = "  ";
		*length = 2;
	}
}

/* How a fragment is laid out where it goes. */
struct layout {
	const char *indent; /* of its first line */
	int indent_length;
	bool deeper; /* by one level more */
	bool flat; /* all in one line, as what is around it */
};

static void print_indent(
	const struct xml *xml, FILE *stream, const struct layout *layout, size_t levels)
{
	const char *one;
	int length;

	unit(xml, &one, &length);
	fprintf(stream, "%.*s", layout->indent_length, layout->indent);
	for (size_t i = levels + (layout->deeper ? 1 : 0); i > 0; i--)
		fprintf(stream, "%.*s", length, one);
}

/* Every line but the first is preceded by a line end; LEADING: that one too. */
static void print_fragment(const struct xml *xml, FILE *stream, const char *fragment,
	const struct layout *layout, bool leading)
{
	for (const char *line = fragment; *line;
		line += strcspn(line, "\n"), line += *line == '\n') {
		size_t skip = strspn(line, " ");

		if (!layout->flat && (leading || line != fragment)) {
			fputs(line_end(xml), stream);
			print_indent(xml, stream, layout, skip / 2);
		}
		fprintf(stream, "%.*s", (int)strcspn(line + skip, "\n"), line + skip);
	}
}

/* The children of NODE stand in lines of their own, or would if there were any. */
static void child_layout(const struct xml *xml, xmlNode *node, struct layout *out)
{
	xmlNode *child = xml_next(node, NULL, NULL);

	*out = (struct layout){.indent = ""};
	if (child) {
		out->flat = !indentation(
			xml, xml_span(xml, child)->start, &out->indent, &out->indent_length);
	} else {
		indentation(xml, xml_span(xml, node)->start, &out->indent, &out->indent_length);
		out->deeper = true;
	}
}

/* <a/> or <a> </a> gets something within. */
static int fill_empty(struct xml *xml, xmlNode *parent, const char *fragment, struct msg *why)
{
	const struct xml_span *span = xml_span(xml, parent);
	size_t from = span->content, to = span->content_end;
	struct layout layout, own;
	char *text = NULL;
	FILE *stream = open_text(&text, why);

	if (!stream)
		return -ENOMEM;
	child_layout(xml, parent, &layout);
	own = layout;
	own.deeper = false;
	if (span->empty) {
		from -= 2;
		while (strchr(blanks, xml->text[from - 1]))
			from--;
		fputc('>', stream);
	}
	print_fragment(xml, stream, fragment, &layout, true);
	fputs(line_end(xml), stream);
	print_indent(xml, stream, &own, 0);
	if (span->empty) {
		const char *name = xml->text + span->start + 1;

		fprintf(stream, "</%.*s>", (int)strcspn(name, " \t\r\n/>"), name);
		to = span->end;
	}
	return splice_stream(xml, from, to, stream, &text, why);
}

int xml_append(struct xml *xml, xmlNode *parent, const char *fragment, struct msg *why)
{
	const struct xml_span *span = xml_span(xml, parent);
	size_t at = span->content_end;
	struct layout layout;
	char *text = NULL;
	FILE *stream;

	while (at > span->content && strchr(blanks, xml->text[at - 1]))
		at--;
	if (at == span->content)
		return fill_empty(xml, parent, fragment, why);
	stream = open_text(&text, why);
	if (!stream)
		return -ENOMEM;
	child_layout(xml, parent, &layout);
	print_fragment(xml, stream, fragment, &layout, true);
	return splice_stream(xml, at, at, stream, &text, why);
}

/* The layout of a neighbour. */
static struct layout beside(const struct xml *xml, const xmlNode *node)
{
	struct layout layout = {.indent = ""};

	layout.flat = !indentation(
		xml, xml_span(xml, node)->start, &layout.indent, &layout.indent_length);
	return layout;
}

int xml_insert_before(struct xml *xml, xmlNode *before, const char *fragment, struct msg *why)
{
	size_t at = xml_span(xml, before)->start;
	struct layout layout = beside(xml, before);
	char *text = NULL;
	FILE *stream = open_text(&text, why);

	if (!stream)
		return -ENOMEM;
	print_fragment(xml, stream, fragment, &layout, false);
	if (!layout.flat) {
		fputs(line_end(xml), stream);
		print_indent(xml, stream, &layout, 0);
	}
	return splice_stream(xml, at, at, stream, &text, why);
}

/* Comments behind an element in its line belong to it. */
static size_t end_of_line(const struct xml *xml, size_t at)
{
	size_t end = at;

	for (;;) {
		const char *close;

		end += strspn(xml->text + end, " \t");
		if (strncmp(xml->text + end, "<!--", 4) != 0)
			break;
		close = strstr(xml->text + end, "-->");
		if (!close || memchr(xml->text + end, '\n', (size_t)(close - xml->text) - end))
			return at;
		at = end = (size_t)(close - xml->text) + 3;
	}
	return at;
}

int xml_insert_after(struct xml *xml, xmlNode *after, const char *fragment, struct msg *why)
{
	size_t at = end_of_line(xml, xml_span(xml, after)->end);
	struct layout layout = beside(xml, after);
	char *text = NULL;
	FILE *stream = open_text(&text, why);

	if (!stream)
		return -ENOMEM;
	print_fragment(xml, stream, fragment, &layout, true);
	return splice_stream(xml, at, at, stream, &text, why);
}

int xml_replace(struct xml *xml, xmlNode *node, const char *fragment, struct msg *why)
{
	const struct xml_span *span = xml_span(xml, node);
	struct layout layout = beside(xml, node);
	char *text = NULL;
	FILE *stream = open_text(&text, why);

	if (!stream)
		return -ENOMEM;
	print_fragment(xml, stream, fragment, &layout, false);
	return splice_stream(xml, span->start, span->end, stream, &text, why);
}

/* Is there nothing but NODE and white space in its parent? */
static bool alone(const struct xml *xml, const xmlNode *node)
{
	const struct xml_span *span = xml_span(xml, node), *parent = xml_span(xml, node->parent);

	return parent->content + strspn(xml->text + parent->content, blanks) == span->start &&
	       span->end + strspn(xml->text + span->end, blanks) == parent->content_end;
}

int xml_remove(struct xml *xml, xmlNode *node, struct msg *why)
{
	const struct xml_span *span = xml_span(xml, node);
	size_t from = span->start, to = span->end + strspn(xml->text + span->end, " \t");
	const char *indent;
	int length;

	if (node == xml_root(xml))
		return msg_fail(why, EINVAL, "a domain cannot be without its root element");
	if (alone(xml, node)) {
		const struct xml_span *parent = xml_span(xml, node->parent);

		return splice(xml, parent->content - 1, parent->end, "/>", why);
	}
	if (!indentation(xml, from, &indent, &length) || !strchr("\r\n", xml->text[to]))
		return splice(xml, span->start, span->end, "", why);
	from = (size_t)(indent - xml->text);
	if (from > 0)
		from--;
	if (from > 0 && xml->text[from - 1] == '\r')
		from--;
	return splice(xml, from, to, "", why);
}
