/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/log.h"
#include "formats/config.h"

#define CONFIG_FILE "/etc/gpu-handoff.conf"

/*
 * Reads CONFIG_FILE; one that is missing is an empty one. Returns 0 and *OUT (config_free), or
 * -errno with WHY set: -EPERM for anything but a regular file of root that only root may write,
 * -EINVAL for its text.
 */
int config_load(struct config **out, struct msg *why);

/* The same for the installation below ROOT, "" for the running one. */
int config_load_below(const char *root, struct config **out, struct msg *why);

/*
 * The same for what asks only about GPUs: a text without any [gpu ...] section is not looked at any
 * further, and *OUT is NULL.
 */
int config_load_gpus(struct config **out, struct msg *why);
