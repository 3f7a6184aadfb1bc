/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/config.h"

#define UUID "af5972fb-5530-41a7-0000-fd836204445b"

static inline struct config *good_bytes(const char *text, size_t length)
{
	struct config *config = NULL;
	struct msg why = {""};
	int err = config_parse(text, length, &config, &why);

	assert_string_equal(why.text, "");
	assert_int_equal(err, 0);
	assert_non_null(config);
	return config;
}

static inline struct config *good(const char *text)
{
	return good_bytes(text, strlen(text));
}

/* Is TEXT refused with a message that begins with WHAT? */
static inline void bad_bytes(const char *text, size_t length, const char *what)
{
	struct config *config = NULL;
	struct msg why = {""};

	assert_int_equal(config_parse(text, length, &config, &why), -EINVAL);
	assert_null(config);
	if (strncmp(why.text, what, strlen(what)) != 0)
		assert_string_equal(why.text, what);
	assert_null(strchr(why.text, '\n'));
}

static inline void bad(const char *text, const char *what)
{
	bad_bytes(text, strlen(text), what);
}
