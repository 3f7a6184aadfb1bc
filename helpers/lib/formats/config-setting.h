/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "formats/config.h"

/* The sections of gpu-handoff.conf. A setting names those that it may stand in by these bits. */
enum config_section_kind {
	SECTION_HANDOFF = 1 << 0,
	SECTION_GUEST_NAME = 1 << 1,
	SECTION_GUEST_UUID = 1 << 2,
	SECTION_VGPU = 1 << 3,
	SECTION_VGPU_UUID = 1 << 4,
	SECTION_GPU_ID = 1 << 5,
	SECTION_GPU_ADDRESS = 1 << 6,
	SECTION_BOOT = 1 << 7,
};

enum config_setting_id {
	SET_ENABLED,
	SET_BUSY,
	SET_BUSY_TIMEOUT,
	SET_OPERATION_TIMEOUT,
	SET_SLOT,
	SET_GROUP_ALLOW,
	SET_STOP_UNITS,
	SET_UNLOAD_MODULES,
	SET_SEAT,
	SET_CONSOLE,
	SET_GIVE_BACK,
	SET_TYPE,
	SET_PARENT,
	SET_KEEP,
	SET_WHEN,
	SET_RESERVE,
	SET_ID,
	SET_INITRAMFS,
	SET_KERNEL_ARGUMENTS,
	SET_IGNORE_MSRS,
	SETTINGS,
};

/* One setting as one section has it. */
struct config_value {
	bool set;
	unsigned int number; /* a choice's index, seconds, or VENDOR << 16 | DEVICE */
	struct config_list list; /* the words of a list, a parent's address; empty for auto */
};

struct config_setting {
	const char *name;
	unsigned int sections;
	const char *right; /* what a value looks like; for a choice its words, split by " or " */
	bool list; /* may repeat, appending */
	int (*parse)(const struct config_setting *setting, char *text, struct config_value *value);
	unsigned int min, max; /* of a number */
};

/* The setting called NAME, or NULL; its place in the table is its enum config_setting_id. */
const struct config_setting *config_setting_find(const char *name, enum config_setting_id *id);

/*
 * Reads TEXT (which it may cut) into VALUE, after what is there if the setting is a list. Returns
 * 0, -EINVAL if TEXT is not what the setting's `right` says, or -ENOMEM.
 */
int config_setting_parse(
	const struct config_setting *setting, const char *text, struct config_value *value);

void config_value_free(struct config_value *value);
