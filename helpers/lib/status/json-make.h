/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"

/*
 * What makes a JSON object piece by piece. Once memory runs out nothing of it is used, so no call
 * needs a look of its own: an OBJECT or array may be NULL, and takes over what is put into it.
 */
struct json_make {
	bool failed;
};

struct json_object *json_make_object(struct json_make *make);
struct json_object *json_make_array(struct json_make *make);

/* VALUE may be NULL: null. */
void json_put(struct json_make *make, struct json_object *object, const char *key,
	struct json_object *value);
void json_append(struct json_make *make, struct json_object *array, struct json_object *value);

void json_put_bool(struct json_make *make, struct json_object *object, const char *key, bool value);

/* Null if it is negative: not known, or none. */
void json_put_number(
	struct json_make *make, struct json_object *object, const char *key, int64_t value);

/* TEXT as it is, null if it is NULL; bytes of it that are not UTF-8 become \xNN. */
void json_put_exactly(
	struct json_make *make, struct json_object *object, const char *key, const char *text);

/* The same, but null as well if it is "" or "-": all of them mean that there is none. */
void json_put_text(
	struct json_make *make, struct json_object *object, const char *key, const char *text);

/* As that many hexadecimal digits. */
void json_put_hex(struct json_make *make, struct json_object *object, const char *key, int digits,
	unsigned int value);

/*
 * Writes OBJECT and frees it. What a terminal would act on or not show (text_shown) stands there as
 * \uNNNN (RFC 8259, 7). Returns 0, or -ENOMEM with WHY set and nothing written.
 */
int json_make_write(struct json_make *make, struct json_object *object, FILE *out, struct msg *why);
