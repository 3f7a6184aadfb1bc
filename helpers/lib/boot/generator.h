/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/log.h"
#include "formats/config.h"

/* What makes this host's initramfs images. */
enum generator {
	GENERATOR_NONE, /* there is none, or initramfs=none */
	GENERATOR_INITRAMFS_TOOLS,
	GENERATOR_DRACUT,
	GENERATOR_MKINITCPIO,
	GENERATOR_BOOSTER,
	GENERATOR_RPM_OSTREE, /* dracut's files; rpm-ostree makes the image when it is told to */
};
