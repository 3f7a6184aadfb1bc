/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <string.h>

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
