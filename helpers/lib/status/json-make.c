/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status/json-make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static struct json_object *check(struct json_make *make, struct json_object *made)
{
	make->failed |= !made;
	return made;
}

struct json_object *json_make_object(struct json_make *make)
{
	return check(make, json_object_new_object());
}

struct json_object *json_make_array(struct json_make *make)
{
	return check(make, json_object_new_array());
}

void json_put(struct json_make *make, struct json_object *object, const char *key,
	struct json_object *value)
{
	if (!object || json_object_object_add(object, key, value) < 0) {
		make->failed = true;
		json_object_put(value);
	}
}

void json_append(struct json_make *make, struct json_object *array, struct json_object *value)
{
	if (!array || json_object_array_add(array, value) < 0) {
		make->failed = true;
		json_object_put(value);
	}
}

void json_put_bool(struct json_make *make, struct json_object *object, const char *key, bool value)
{
	json_put(make, object, key, check(make, json_object_new_boolean(value)));
}

void json_put_number(
	struct json_make *make, struct json_object *object, const char *key, int64_t value)
{
	json_put(make, object, key, value < 0 ? NULL : check(make, json_object_new_int64(value)));
}

void json_put_exactly(
	struct json_make *make, struct json_object *object, const char *key, const char *text)
{
	size_t left = text ? strlen(text) : 0, at = 0, n;
	char *valid;

	if (!text) {
		json_put(make, object, key, NULL);
		return;
	}
	valid = malloc(4 * left + 1);
	if (!valid) {
		make->failed = true;
		return;
	}
	for (; left > 0; text += n, left -= n) {
		n = text_utf8(text, left);
		if (n > 0) {
			memcpy(valid + at, text, n);
			at += n;
		} else {
			n = 1;
			at += (size_t)snprintf(valid + at, 5, "\\x%02x", (unsigned char)*text);
		}
	}
	json_put(make, object, key, check(make, json_object_new_string_len(valid, (int)at)));
	free(valid);
}

void json_put_text(
	struct json_make *make, struct json_object *object, const char *key, const char *text)
{
	bool none = !text || !*text || strcmp(text, "-") == 0;

	json_put_exactly(make, object, key, none ? NULL : text);
}

void json_put_hex(struct json_make *make, struct json_object *object, const char *key, int digits,
	unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*x", digits, value);
	json_put_exactly(make, object, key, text);
}

/* Above U+FFFF as a pair of surrogates. */
static void write_escape(uint32_t character, FILE *out)
{
	if (character > 0xffff)
		fprintf(out, "\\u%04x\\u%04x", 0xd800 + ((character - 0x10000) >> 10),
			0xdc00 + (character & 0x3ff));
	else
		fprintf(out, "\\u%04x", character);
}

/* TEXT is JSON: what has to be escaped in it can only be in its strings. */
static void write_shown(const char *text, FILE *out)
{
	size_t left = strlen(text), n;

	for (; left > 0; text += n, left -= n) {
		uint32_t character;

		n = text_character(text, left, &character);
		if (*text == '\n' || text_shown(character))
			fwrite(text, 1, n, out);
		else
			write_escape(character, out);
	}
	fputc('\n', out);
}

int json_make_write(struct json_make *make, struct json_object *object, FILE *out, struct msg *why)
{
	const char *text = make->failed
				   ? NULL
				   : json_object_to_json_string_ext(object,
					     JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						     JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text)
		write_shown(text, out);
	json_object_put(object);
	return text ? 0 : msg_fail(why, ENOMEM, "not enough memory");
}
