/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/config-setting.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
enum { UNIT_NAME_MAX = 255, TYPE_NAME_MAX = 127, WORD_SIZE = 256 };

/* Adds WORD to LIST unless it is there. */
static int add_word(struct config_list *list, const char *word)
{
	char **grown, *copy;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->word[i], word) == 0)
			return 0;
	grown = reallocarray(list->word, list->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->word = grown;
	copy = strdup(word);
	if (!copy)
		return -ENOMEM;
	list->word[list->count++] = copy;
	return 0;
}

static bool all_of(const char *text, const char *marks)
{
	for (; *text; text++)
		if (!isascii((unsigned char)*text) ||
			(!isalnum((unsigned char)*text) && !strchr(marks, *text)))
			return false;
	return true;
}

/* systemd.unit(5): a name of one unit, no template and no pattern, that can stop and start again */
static bool unit_name(const char *word)
{
	static const char *const suffixes[] = {".service", ".socket", ".target", ".timer", ".path",
		".mount", ".automount", ".swap"};
	const char *dot = strrchr(word, '.'), *at = strchr(word, '@');

	if (strlen(word) > UNIT_NAME_MAX || !dot || dot == word || *word == '-' || *word == '@' ||
		!all_of(word, ":-_.\\@") || (at && at + 1 == dot))
		return false;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (strcmp(dot, suffixes[i]) == 0)
			return true;
	return false;
}

static int parse_unit(const char *word, struct config_value *value)
{
	return unit_name(word) ? add_word(&value->list, word) : -EINVAL;
}

static int parse_member(const char *word, struct config_value *value)
{
	char canonical[ADDRESS_SIZE];
	unsigned int vendor, device;

	if (address_parse_id(word, &vendor, &device))
		snprintf(canonical, sizeof(canonical), "%04x:%04x", vendor, device);
	else if (!address_parse(word, canonical))
		return -EINVAL;
	return add_word(&value->list, canonical);
}

/* A type is a directory below mdev_supported_types, so its name must not lead elsewhere. */
static int parse_type(const char *word, struct config_value *value)
{
	if (strlen(word) > TYPE_NAME_MAX || !all_of(word, "._-") || *word == '-' ||
		strcmp(word, ".") == 0 || strcmp(word, "..") == 0 || strcmp(word, "auto") == 0)
		return -EINVAL;
	return add_word(&value->list, word);
}

static int parse_words(char *text, struct config_value *value,
	int (*parse)(const char *word, struct config_value *value))
{
	char *rest = NULL;
	int err = 0;

	for (char *word = strtok_r(text, " \t", &rest); word && !err;
		word = strtok_r(NULL, " \t", &rest))
		err = parse(word, value);
	return err;
}

static int parse_units(const struct config_setting *setting, char *text, struct config_value *value)
{
	(void)setting;
	return parse_words(text, value, parse_unit);
}

static int parse_group(const struct config_setting *setting, char *text, struct config_value *value)
{
	(void)setting;
	return parse_words(text, value, parse_member);
}

static int parse_types(const struct config_setting *setting, char *text, struct config_value *value)
{
	bool automatic = strcmp(text, "auto") == 0;

	(void)setting;
	if (!*text || (value->set && (automatic || value->list.count == 0)))
		return -EINVAL;
	return automatic ? 0 : parse_words(text, value, parse_type);
}

static int parse_parent(
	const struct config_setting *setting, char *text, struct config_value *value)
{
	char address[ADDRESS_SIZE];

	(void)setting;
	if (strcmp(text, "auto") == 0)
		return 0;
	return address_parse(text, address) ? add_word(&value->list, address) : -EINVAL;
}

static int parse_id(const struct config_setting *setting, char *text, struct config_value *value)
{
	unsigned int vendor, device;

	(void)setting;
	if (!address_parse_id(text, &vendor, &device))
		return -EINVAL;
	value->number = vendor << 16 | device;
	return 0;
}

static int parse_choice(
	const struct config_setting *setting, char *text, struct config_value *value)
{
	const char *word = setting->right;

	for (unsigned int i = 0; word; i++) {
		const char *end = strstr(word, " or ");
		size_t n = end ? (size_t)(end - word) : strlen(word);

		if (strlen(text) == n && memcmp(text, word, n) == 0) {
			value->number = i;
			return 0;
		}
		word = end ? end + strlen(" or ") : NULL;
	}
	return -EINVAL;
}

static int parse_seconds(
	const struct config_setting *setting, char *text, struct config_value *value)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long n;

	if (digits == 0 || digits > 4 || text[digits])
		return -EINVAL;
	n = strtoul(text, NULL, 10);
	if (n < setting->min || n > setting->max)
		return -EINVAL;
	value->number = (unsigned int)n;
	return 0;
}

#define IN_HANDOFF (SECTION_HANDOFF | SECTION_GUEST_NAME | SECTION_GUEST_UUID)
#define IN_VGPU	   (SECTION_VGPU | SECTION_VGPU_UUID)
#define IN_GPU	   (SECTION_GPU_ID | SECTION_GPU_ADDRESS)
#define CHOICE(setting, where, words)                                                              \
	{                                                                                          \
		.name = setting, .sections = where, .right = words, .parse = parse_choice          \
	}

/* The order of a choice's words is what config.c reads from its number. */
static const struct config_setting table[SETTINGS] = {
	[SET_ENABLED] = CHOICE("enabled", IN_HANDOFF, "no or yes"),
	[SET_BUSY] = CHOICE("busy", IN_HANDOFF, "refuse or wait"),
	[SET_BUSY_TIMEOUT] = {"busy-timeout", IN_HANDOFF, "0 to 3600 (seconds)", false,
		parse_seconds, 0, 3600},
	[SET_OPERATION_TIMEOUT] = {"operation-timeout", IN_HANDOFF, "1 to 3600 (seconds)", false,
		parse_seconds, 1, 3600},
	[SET_SLOT] = CHOICE("slot", IN_HANDOFF, "whole or named"),
	[SET_GROUP_ALLOW] = {"group-allow", IN_HANDOFF,
		"PCI addresses (0000:02:00.0) or vendor:device (10de:1c8d), split by blanks", true,
		parse_group, 0, 0},
	[SET_STOP_UNITS] = {"stop-units", IN_HANDOFF,
		"full names of systemd units (nvidia-persistenced.service), split by blanks", true,
		parse_units, 0, 0},
	[SET_UNLOAD_MODULES] = CHOICE("unload-modules", IN_HANDOFF, "auto or never"),
	[SET_SEAT] = CHOICE("seat", IN_HANDOFF, "keep or release"),
	[SET_CONSOLE] = CHOICE("console", IN_HANDOFF, "refuse or release"),
	[SET_GIVE_BACK] = CHOICE("give-back", IN_HANDOFF, "host or vfio"),
	[SET_TYPE] = {"type", IN_VGPU,
		"auto alone, or names of types (i915-GVTg_V5_4), split by blanks", true,
		parse_types, 0, 0},
	[SET_PARENT] = {"parent", IN_VGPU, "auto or a PCI address (0000:00:02.0)", false,
		parse_parent, 0, 0},
	[SET_KEEP] = CHOICE("keep", IN_VGPU, "no or yes"),
	[SET_WHEN] = CHOICE("when", IN_VGPU, "guest or boot"),
	[SET_RESERVE] = CHOICE("reserve", IN_GPU, "guest or boot"),
	[SET_ID] = {"id", SECTION_GPU_ADDRESS, "vendor:device (10de:1c8d)", false, parse_id, 0, 0},
	[SET_INITRAMFS] = CHOICE("initramfs", SECTION_BOOT,
		"auto or initramfs-tools or dracut or mkinitcpio or booster or none"),
	[SET_KERNEL_ARGUMENTS] = CHOICE("kernel-arguments", SECTION_BOOT, "auto or print"),
	[SET_IGNORE_MSRS] = CHOICE("ignore-msrs", SECTION_BOOT, "auto or yes or no"),
};

const struct config_setting *config_setting_find(const char *name, enum config_setting_id *id)
{
	for (unsigned int i = 0; i < SETTINGS; i++)
		if (strcmp(table[i].name, name) == 0) {
			*id = (enum config_setting_id)i;
			return &table[i];
		}
	return NULL;
}

int config_setting_parse(
	const struct config_setting *setting, const char *text, struct config_value *value)
{
	char copy[WORD_SIZE];
	int err;

	if (text_copy(copy, sizeof(copy), text) < 0)
		return -EINVAL;
	err = setting->parse(setting, copy, value);
	if (!err)
		value->set = true;
	return err;
}

void config_value_free(struct config_value *value)
{
	for (size_t i = 0; i < value->list.count; i++)
		free(value->list.word[i]);
	free(value->list.word);
}
