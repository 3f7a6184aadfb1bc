/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "machine/doctor.h"

/* Checks of the group doctor_cards: who shows the host's console, of each card and of nvidia_drm.
 */
bool doctor_console(const struct doctor *doctor, size_t index, struct doctor_line *line);
bool doctor_modeset(const struct doctor *doctor, size_t index, struct doctor_line *line);
