/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/log.h"
#include "guest/wish.h"

/*
 * The card that is wished for comes to the address that the guest's table of option ROMs speaks of,
 * so that it gets the ROM that XML, the definition before that, names for whatever card was there.
 * Fills OUT with a line about it, or with "": XML names none, it is the card's by its IDs, or it
 * cannot be read and the card was there already.
 */
void kept_rom(const struct xml *xml, const struct wish_card *card, struct msg *out);
