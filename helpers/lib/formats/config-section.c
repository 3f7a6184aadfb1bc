/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/config-section.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { GUEST_NAME_MAX = CONFIG_SECTION_MAX - (sizeof("guest ") - 1) };

static int section_guest(const char *name, struct config_section *out)
{
	if (text_uuid(name, out->key)) {
		out->kind = SECTION_GUEST_UUID;
		return 0;
	}
	out->kind = SECTION_GUEST_NAME;
	if (strlen(name) > GUEST_NAME_MAX || *name == ' ' || !*name ||
		name[strlen(name) - 1] == ' ')
		return -EINVAL;
	return text_copy(out->key, sizeof(out->key), name) < 0 ? -EINVAL : 0;
}

static int section_vgpu(const char *name, struct config_section *out)
{
	out->kind = SECTION_VGPU_UUID;
	return text_uuid(name, out->key) ? 0 : -EINVAL;
}

static int section_gpu(const char *name, struct config_section *out)
{
	unsigned int vendor, device;

	if (address_parse_id(name, &vendor, &device)) {
		out->kind = SECTION_GPU_ID;
		snprintf(out->key, sizeof(out->key), "%04x:%04x", vendor, device);
		return 0;
	}
	out->kind = SECTION_GPU_ADDRESS;
	return address_parse(name, out->key) ? 0 : -EINVAL;
}

static const struct {
	const char *word;
	unsigned int alone; /* the kind of [WORD], 0 if it needs a name */
	int (*named)(const char *name, struct config_section *out); /* [WORD NAME] */
	const char *right;
} sections[] = {
	{"handoff", SECTION_HANDOFF, NULL, "[handoff]"},
	{"guest", 0, section_guest,
		"[guest NAME] with at most 43 bytes and no blank at either end, or [guest UUID]"},
	{"vgpu", SECTION_VGPU, section_vgpu, "[vgpu] or [vgpu UUID]"},
	{"gpu", 0, section_gpu, "[gpu 10de:1c8d] or [gpu 0000:01:00.0]"},
	{"boot", SECTION_BOOT, NULL, "[boot]"},
};

int config_section_parse(
	const char *text, unsigned int line, struct config_section *out, struct msg *why)
{
	size_t word = strcspn(text, " ");

	memset(out, 0, sizeof(*out));
	if (text_copy(out->text, sizeof(out->text), text) < 0)
		return msg_fail(why, EINVAL,
			"line %u: the name of the section is too long; shorten it", line);
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		if (strlen(sections[i].word) != word || memcmp(sections[i].word, text, word) != 0)
			continue;
		out->kind = sections[i].alone;
		if (text[word] ? sections[i].named && !sections[i].named(text + word + 1, out)
			       : sections[i].alone != 0)
			return 0;
		return msg_fail(why, EINVAL, "line %u: [%s] is not right; write %s", line, text,
			sections[i].right);
	}
	return msg_fail(why, EINVAL,
		"line %u: unknown section [%s]; there are handoff, guest, vgpu, gpu and boot", line,
		text);
}
