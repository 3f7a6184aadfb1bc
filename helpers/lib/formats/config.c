/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/config-section.h"

struct config {
	size_t count;
	struct config_section *section;
};

/* What inih's callbacks share: where we are and what went wrong first. */
struct reader {
	const char *at, *end;
	unsigned int line;
	struct config *config;
	struct msg *why;
	int err;
};

static const struct config_section *section_find(
	const struct config *config, enum config_section_kind kind, const char *key)
{
	for (size_t i = 0; i < config->count; i++)
		if (config->section[i].kind == kind && strcmp(config->section[i].key, key) == 0)
			return &config->section[i];
	return NULL;
}

/* Begins the section that the LENGTH bytes of LINE, checked before, name. */
static int section_begin(struct reader *reader, const char *line, size_t length)
{
	struct config *config = reader->config;
	char text[CONFIG_SECTION_MAX + 1];
	struct config_section section, *grown;
	size_t n = (size_t)((const char *)memchr(line, ']', length) - line) - 1;
	int err;

	memcpy(text, line + 1, n);
	text[n] = '\0';
	err = config_section_parse(text, reader->line, &section, reader->why);
	if (err)
		return err;
	if (section_find(config, section.kind, section.key))
		return msg_fail(reader->why, EINVAL,
			"line %u: a second [%s]; put its settings into the first", reader->line,
			text);
	if ((config->count & (config->count - 1)) == 0) {
		grown = reallocarray(
			config->section, config->count ? 2 * config->count : 1, sizeof(*grown));
		if (!grown)
			return msg_fail(reader->why, ENOMEM, "out of memory");
		config->section = grown;
	}
	config->section[config->count++] = section;
	return 0;
}

/* inih's fgets: hands out one line and knows its number; nothing more once there was an error. */
static char *next_line(char *out, int size, void *argument)
{
	struct reader *reader = argument;
	const char *end;
	size_t length;

	if (reader->err || reader->at == reader->end)
		return NULL;
	end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
	length = (size_t)((end ? end : reader->end) - reader->at);
	reader->line++;
	if (size < 2 || length > (size_t)size - 2)
		reader->err = msg_fail(reader->why, EINVAL,
			"line %u: longer than this system's inih reads; break it", reader->line);
	else if (length > 0 && *reader->at == '[')
		reader->err = section_begin(reader, reader->at, length);
	if (reader->err)
		return NULL;
	memcpy(out, reader->at, length);
	memcpy(out + length, "\n", 2);
	reader->at = end ? end + 1 : reader->end;
	return out;
}

static int set(
	struct reader *reader, struct config_section *section, const char *name, const char *text)
{
	const struct config_setting *setting;
	enum config_setting_id id;
	int err;

	setting = config_setting_find(name, &id);
	if (!setting)
		return msg_fail(reader->why, EINVAL,
			"line %u: unknown setting %s; see gpu-handoff.conf(5)", reader->line, name);
	if (!(setting->sections & section->kind))
		return msg_fail(reader->why, EINVAL,
			"line %u: %s is no setting of [%s]; see gpu-handoff.conf(5)", reader->line,
			name, section->text);
	if (section->value[id].set && !setting->list)
		return msg_fail(reader->why, EINVAL,
			"line %u: %s is set before in this section; keep one", reader->line, name);
	err = config_setting_parse(setting, text, &section->value[id]);
	if (err == -EINVAL)
		return msg_fail(reader->why, EINVAL, "line %u: %s = %s is not right; write %s",
			reader->line, name, text, setting->right);
	return err ? msg_fail(reader->why, -err, "out of memory") : 0;
}

/* Some builds of inih also call this with no name where a section begins. */
static int on_setting(void *argument, const char *section, const char *name, const char *text)
{
	struct reader *reader = argument;
	struct config *config = reader->config;
	struct config_section *last = config->count ? &config->section[config->count - 1] : NULL;

	if (reader->err || !name)
		return !reader->err;
	if (!last)
		reader->err = msg_fail(reader->why, EINVAL,
			"line %u: %s stands before the first section; begin with [handoff]",
			reader->line, name);
	else if (!text || strcmp(section, last->text) != 0)
		reader->err = msg_fail(reader->why, EINVAL,
			"line %u: this system's inih does not understand it", reader->line);
	else
		reader->err = set(reader, last, name, text);
	return !reader->err;
}

int config_parse(const char *text, size_t length, struct config **out, struct msg *why)
{
	struct reader reader = {.at = text, .end = text + length, .why = why};
	int err, at;

	if (length > CONFIG_BYTES_MAX)
		return msg_fail(why, EINVAL, "the file is larger than %d bytes; shorten it",
			CONFIG_BYTES_MAX);
	err = config_text_check(text, length, why);
	if (err)
		return err;
	reader.config = calloc(1, sizeof(*reader.config));
	if (!reader.config)
		return msg_fail(why, ENOMEM, "out of memory");
	at = ini_parse_stream(next_line, &reader, on_setting, &reader);
	if (!reader.err && at < 0)
		reader.err = msg_fail(why, ENOMEM, "out of memory");
	else if (!reader.err && at > 0)
		reader.err = msg_fail(
			why, EINVAL, "line %d: this system's inih does not understand it", at);
	if (reader.err) {
		config_free(reader.config);
		return reader.err;
	}
	*out = reader.config;
	return 0;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->count; i++)
		for (size_t j = 0; j < SETTINGS; j++)
			config_value_free(&config->section[i].value[j]);
	free(config->section);
	free(config);
}

/* A setting's value in the most special of the sections that may set it, which comes last. */
struct layers {
	const struct config_section *section[3];
};

static const struct config_value *value_of(const struct layers *layers, enum config_setting_id id)
{
	static const struct config_value unset;
	const struct config_value *value = &unset;

	for (size_t i = 0; i < 3; i++)
		if (layers->section[i] && layers->section[i]->value[id].set)
			value = &layers->section[i]->value[id];
	return value;
}

static unsigned int number_of(
	const struct layers *layers, enum config_setting_id id, unsigned int otherwise)
{
	const struct config_value *value = value_of(layers, id);

	return value->set ? value->number : otherwise;
}

void config_handoff(const struct config *config, const char *guest_name, const char *guest_uuid,
	struct config_handoff *out)
{
	static char persistenced[] = "nvidia-persistenced.service";
	static char powerd[] = "nvidia-powerd.service";
	static char *units[] = {persistenced, powerd};
	const struct layers layers = {{section_find(config, SECTION_HANDOFF, ""),
		guest_name ? section_find(config, SECTION_GUEST_NAME, guest_name) : NULL,
		guest_uuid ? section_find(config, SECTION_GUEST_UUID, guest_uuid) : NULL}};
	const struct config_value *stop_units = value_of(&layers, SET_STOP_UNITS);

	*out = (struct config_handoff){
		.enabled = number_of(&layers, SET_ENABLED, 1),
		.busy_wait = number_of(&layers, SET_BUSY, 0),
		.busy_timeout = number_of(&layers, SET_BUSY_TIMEOUT, 15),
		.operation_timeout = number_of(&layers, SET_OPERATION_TIMEOUT, 30),
		.slot_named = number_of(&layers, SET_SLOT, 0),
		.group_allow = value_of(&layers, SET_GROUP_ALLOW)->list,
		.stop_units = stop_units->set ? stop_units->list
					      : (struct config_list){.count = 2, .word = units},
		.stop_units_default = !stop_units->set,
		.unload_never = number_of(&layers, SET_UNLOAD_MODULES, 0),
		.seat_release = number_of(&layers, SET_SEAT, 0),
		.console_release = number_of(&layers, SET_CONSOLE, 0),
		.give_back_vfio = number_of(&layers, SET_GIVE_BACK, 0),
	};
}

void config_vgpu(const struct config *config, const char *uuid, struct config_vgpu *out)
{
	const struct layers layers = {{section_find(config, SECTION_VGPU, ""),
		section_find(config, SECTION_VGPU_UUID, uuid)}};
	const struct config_list *parent = &value_of(&layers, SET_PARENT)->list;

	*out = (struct config_vgpu){
		.types = value_of(&layers, SET_TYPE)->list,
		.keep = number_of(&layers, SET_KEEP, 0),
		.at_boot = number_of(&layers, SET_WHEN, 0),
	};
	if (parent->count > 0)
		text_copy(out->parent, sizeof(out->parent), parent->word[0]);
}

void config_gpu(const struct config *config, const char *address, unsigned int vendor,
	unsigned int device, struct config_gpu *out)
{
	char id[sizeof("ffff:ffff")];
	struct layers layers;
	const struct config_value *own;

	snprintf(id, sizeof(id), "%04x:%04x", vendor & 0xffff, device & 0xffff);
	layers = (struct layers){{section_find(config, SECTION_GPU_ID, id),
		section_find(config, SECTION_GPU_ADDRESS, address)}};
	own = value_of(&layers, SET_ID);
	*out = (struct config_gpu){
		.reserve_boot = number_of(&layers, SET_RESERVE, 0),
		.has_id = own->set,
		.id_vendor = own->number >> 16,
		.id_device = own->number & 0xffff,
	};
}

void config_boot(const struct config *config, struct config_boot *out)
{
	const struct layers layers = {{section_find(config, SECTION_BOOT, "")}};

	*out = (struct config_boot){
		.initramfs = number_of(&layers, SET_INITRAMFS, CONFIG_INITRAMFS_AUTO),
		.kernel_arguments_print = number_of(&layers, SET_KERNEL_ARGUMENTS, 0),
		.ignore_msrs = number_of(&layers, SET_IGNORE_MSRS, CONFIG_IGNORE_MSRS_AUTO),
	};
}

bool config_reserves(const struct config *config)
{
	return config_reserved(config, 0) != NULL;
}

bool config_wants_vgpus(const struct config *config)
{
	const struct config_section *general = section_find(config, SECTION_VGPU, "");

	for (size_t id = 0; general && id < SETTINGS; id++)
		if (general->value[id].set)
			return true;
	return config_vgpu_uuid(config, 0) != NULL;
}

const char *config_vgpu_uuid(const struct config *config, size_t index)
{
	for (size_t i = 0; i < config->count; i++)
		if (config->section[i].kind == SECTION_VGPU_UUID && index-- == 0)
			return config->section[i].key;
	return NULL;
}

const char *config_reserved(const struct config *config, size_t index)
{
	for (size_t i = 0; i < config->count; i++) {
		const struct config_section *s = &config->section[i];

		if ((s->kind == SECTION_GPU_ID || s->kind == SECTION_GPU_ADDRESS) &&
			s->value[SET_RESERVE].set && s->value[SET_RESERVE].number == 1 &&
			index-- == 0)
			return s->key;
	}
	return NULL;
}
