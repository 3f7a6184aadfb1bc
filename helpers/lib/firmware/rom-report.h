/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "firmware/search.h"
#include "formats/rom-choice.h"

/* What a person is told of option ROMs that were found: on stdout, warnings with say(). */

/* Each image of each chain, and where that ends. Returns whether all of them are whole. */
bool rom_report_list(const struct rom *rom);

/* A line for each whole chain that matches. */
void rom_report_candidates(const struct rom *rom, const struct rom_wish *wish);

/* What may be wrong with the one that was chosen. */
void rom_report_doubts(const struct rom_chain *chain, const struct rom_wish *wish);

/* What could not be looked into. */
void rom_report_notes(const struct firmware *firmware);
