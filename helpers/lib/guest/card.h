/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/log.h"
#include "formats/address.h"
#include "guest/wish.h"

/* What a person says about the card that a guest shall get. */
struct card_hint {
	char address[ADDRESS_SIZE]; /* of its GPU; "": find it */
	unsigned int vendor, device; /* not 0: a card of another machine, sysfs is not asked */
	unsigned int functions; /* of such a card: bit N is function N; 0: that of the address */
	unsigned int subvendor, subdevice; /* 0: what sysfs shows */
};

/*
 * The card that HINT means. Without an address: the display controllers of this host but virtual
 * functions and the Intel one of the processor; of several the one that is not the firmware's
 * (boot_vga). The host's only GPU has to be named. Returns 0 and *OUT, or a negative errno with
 * WHY set (OUT untouched): -ENODEV if there is none, -EINVAL if what is named is no GPU, -ENOTUNIQ
 * if it has to be named.
 */
int card_choose(const struct card_hint *hint, struct wish_card *out, struct msg *why);

/*
 * The card that the guest has already, its PCI hostdev that is a GPU. One that this host has not is
 * taken for what HINT says, if it says something. Returns 0 and *OUT, or with WHY set (OUT
 * untouched) -ENOENT if there is none, -ENOTUNIQ if the guest has several of this host's.
 */
int card_of_guest(const struct xml *xml, const struct card_hint *hint, struct wish_card *out,
	struct msg *why);
