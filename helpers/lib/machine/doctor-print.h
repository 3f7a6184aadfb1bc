/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/log.h"
#include "machine/doctor-facts.h"

/*
 * Runs all checks on DOCTOR and prints what they say on stdout: for a person, group by group, in
 * COLUMNS columns (0: one line each, however long) and with COLOUR; or as JSON. Returns how many
 * errors were found, or -ENOMEM with WHY set.
 */
int doctor_print(const struct doctor *doctor, unsigned int columns, bool colour);
int doctor_print_json(const struct doctor *doctor, struct msg *why);
