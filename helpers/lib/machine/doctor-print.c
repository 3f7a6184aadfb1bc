/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/doctor-print.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

enum { LINES_MAX = 4096, INDENT = 11 };

static const struct doctor_group *const groups[] = {&doctor_iommu, &doctor_gvt, &doctor_cards,
	&doctor_holders, &doctor_libvirt, &doctor_host, &doctor_kernels, &doctor_boot,
	&doctor_state, &doctor_guest};

enum { GROUPS = sizeof(groups) / sizeof(*groups) };

static const struct {
	const char *name, *colour;
} results[] = {
	[DOCTOR_OK] = {"ok", "\033[32m"},
	[DOCTOR_NOTE] = {"note", "\033[36m"},
	[DOCTOR_WARNING] = {"warning", "\033[33m"},
	[DOCTOR_ERROR] = {"error", "\033[1;31m"},
};

/* Prints TEXT behind COLUMN, breaking it between words where it passes COLUMNS. */
static void print_words(const char *text, unsigned int columns)
{
	size_t column = INDENT;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column > INDENT && columns > 0 && column + 1 + length > columns) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print_line(const struct doctor_line *line, unsigned int columns, bool colour)
{
	char text[sizeof(line->text) + sizeof(line->remedy) + 2];
	const char *name = results[line->result].name;

	printf("  %s%s%s%*s", colour ? results[line->result].colour : "", name,
		colour ? "\033[0m" : "", INDENT - 2 - (int)strlen(name), "");
	snprintf(text, sizeof(text), "%s%s%s", line->text, *line->remedy ? "; " : "", line->remedy);
	print_words(text, columns);
}

int doctor_print(const struct doctor *doctor, unsigned int columns, bool colour)
{
	struct doctor_line line;
	int errors = 0;

	for (size_t i = 0; i < GROUPS; i++) {
		bool titled = false;

		for (const struct doctor_check *check = groups[i]->check; check->name; check++)
			for (size_t n = 0; n < LINES_MAX && check->look(doctor, n, &line); n++) {
				if (!titled)
					printf("%s%s%s%s\n", i ? "\n" : "", colour ? "\033[1m" : "",
						groups[i]->title, colour ? "\033[0m" : "");
				titled = true;
				print_line(&line, columns, colour);
				errors += line.result == DOCTOR_ERROR;
			}
	}
	return errors;
}

static int add_string(struct json_object *object, const char *name, const char *text)
{
	struct json_object *value = json_object_new_string(text);

	return value ? json_object_object_add(object, name, value) : -1;
}

static int add_line(struct json_object *list, const struct doctor_group *group,
	const struct doctor_check *check, const struct doctor_line *line)
{
	struct json_object *object = json_object_new_object();

	if (!object || json_object_array_add(list, object) < 0)
		return -ENOMEM;
	if (add_string(object, "group", group->title) < 0 ||
		add_string(object, "check", check->name) < 0 ||
		add_string(object, "result", results[line->result].name) < 0 ||
		add_string(object, "text", line->text) < 0 ||
		add_string(object, "remedy", line->remedy) < 0)
		return -ENOMEM;
	return line->result == DOCTOR_ERROR;
}

static int add_all(struct json_object *list, const struct doctor *doctor)
{
	struct doctor_line line;
	int errors = 0;

	for (size_t i = 0; i < GROUPS; i++)
		for (const struct doctor_check *check = groups[i]->check; check->name; check++)
			for (size_t n = 0; n < LINES_MAX && check->look(doctor, n, &line); n++) {
				int err = add_line(list, groups[i], check, &line);

				if (err < 0)
					return err;
				errors += err;
			}
	return errors;
}

int doctor_print_json(const struct doctor *doctor, struct msg *why)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array(),
			   *version = json_object_new_int(1);
	const char *text = NULL;
	int errors = -ENOMEM;

	if (root && list && version) {
		json_object_object_add(root, "version", version);
		json_object_object_add(root, "lines", list);
		errors = add_all(list, doctor);
	}
	if (errors >= 0)
		text = json_object_to_json_string_ext(
			root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		puts(text);
	else
		errors = msg_fail(why, ENOMEM, "out of memory");
	json_object_put(root);
	return errors;
}
