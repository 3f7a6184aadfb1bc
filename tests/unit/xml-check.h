/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "formats/xml.h"

/* For tests that edit a domain; cmocka.h comes first. */

static inline struct xml *read_xml(const char *text)
{
	struct msg why = {""};
	struct xml *xml = NULL;
	int err = xml_parse(text, strlen(text), &xml, &why);

	assert_string_equal(why.text, "");
	assert_int_equal(err, 0);
	return xml;
}

/* The whole text; frees XML. */
static inline void check_xml(struct xml *xml, const char *wanted)
{
	assert_string_equal(xml_text(xml), wanted);
	xml_free(xml);
}

/* A file of tests/data, which the caller frees. */
static inline char *read_data(const char *name)
{
	enum { SIZE = 65536 };
	char path[128], *text = malloc(SIZE);

	assert_non_null(text);
	snprintf(path, sizeof(path), "tests/data/%s", name);
	assert_true(file_read(AT_FDCWD, path, text, SIZE) > 0);
	return text;
}
