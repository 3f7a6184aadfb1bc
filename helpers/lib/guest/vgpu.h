/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "formats/xml.h"
#include "guest/wish.h"

/*
 * The element of the vGPU that WISH is about: the one with its UUID, else the only one. Returns 0
 * and *OUT (NULL: the guest has none, or one with another UUID), or -EINVAL with WHY set, which
 * lists them, if the guest has several and the wish names none of them.
 */
int vgpu_find(const struct xml *xml, const struct wish *wish, xmlNode **out, struct msg *why);
