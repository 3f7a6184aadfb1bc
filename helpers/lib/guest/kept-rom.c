/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/kept-rom.h"

#include <limits.h>
#include <stdio.h>

#include "formats/address.h"
#include "formats/ssdt.h"
#include "guest/fwcfg.h"
#include "guest/rom-file.h"

void kept_rom(const struct xml *xml, const struct wish_card *card, struct msg *out)
{
	static const struct rom_wish any;
	char path[PATH_MAX], address[ADDRESS_SIZE];
	struct rom_file rom;
	bool same;

	*out->text = '\0';
	if (!fwcfg_file(xml, SSDT_FW_CFG, path, sizeof(path)))
		return;
	snprintf(address, sizeof(address), "%04x:%02x:%02x.%x", card->domain & 0xffff,
		card->bus & 0xff, card->slot & 0x1f, card->function[0] & 7);
	if (card->vendor == 0 || rom_file_read(path, &any, &rom, NULL) < 0) {
		if (!wish_find_function(xml, card, card->function[0]))
			msg_fail(out, 0,
				"the option ROM %s that the guest has goes to %s now; if it is "
				"another card's, name this one's with --vbios",
				path, address);
		return;
	}
	same = rom.vendor == card->vendor && rom.device == card->device;
	rom_file_free(&rom);
	if (!same)
		msg_fail(out, 0,
			"the option ROM %s that the guest has is of %04x:%04x and goes to %s "
			"(%04x:%04x) now; name that card's with --vbios",
			path, rom.vendor, rom.device, address, card->vendor, card->device);
}
