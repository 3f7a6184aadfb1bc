/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest/wish.h"

/* Overrides, and tables as arguments; raw tables too; none of these. */
static const struct versions bookworm = {9000000, 7002000}, trixie = {11003000, 10000000},
			     focal = {6000000, 4002000};

typedef int wish_part(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why);

static struct xml *wish_parse(const char *text)
{
	struct msg why = {""};
	struct xml *xml = NULL;
	int err = xml_parse(text, strlen(text), &xml, &why);

	assert_string_equal(why.text, "");
	assert_int_equal(err, 0);
	return xml;
}

/* PART makes AFTER of BEFORE, and nothing else of that. */
static inline void wish_check_edit(wish_part *part, const struct wish *wish,
	const struct versions *versions, const char *before, const char *after)
{
	struct xml *xml = wish_parse(before);

	for (int i = 0; i < 2; i++) {
		struct msg why = {""};
		int err = part(xml, wish, versions, &why);

		assert_string_equal(why.text, "");
		assert_int_equal(err, 0);
		assert_string_equal(xml_text(xml), after);
	}
	xml_free(xml);
}

static inline void wish_check_refused(wish_part *part, const struct wish *wish,
	const struct versions *versions, const char *before, int wanted, const char *reason)
{
	struct xml *xml = wish_parse(before);
	struct msg why = {""};
	int err = part(xml, wish, versions, &why);

	assert_string_equal(why.text, reason);
	assert_int_equal(err, wanted);
	xml_free(xml);
}
