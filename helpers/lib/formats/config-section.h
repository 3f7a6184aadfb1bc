/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "formats/config-setting.h"
#include "formats/config-text.h"

/* One section of gpu-handoff.conf, unset where the file says nothing. */
struct config_section {
	enum config_section_kind kind;
	char text[CONFIG_SECTION_MAX + 1]; /* as the file has it, without brackets */
	char key[CONFIG_SECTION_MAX + 1]; /* a guest's name, a UUID, an address, an ID; lower case
					   * but for the name; "" where the kind has no name */
	struct config_value value[SETTINGS];
};

/* Reads TEXT, at most CONFIG_SECTION_MAX bytes between the brackets on LINE. 0 or -EINVAL. */
int config_section_parse(
	const char *text, unsigned int line, struct config_section *out, struct msg *why);
