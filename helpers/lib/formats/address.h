/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* "DDDD:BB:SS.F" in lower case hex, as sysfs names a PCI function; the domain has 4 to 8 digits
 * (VMD bridges make domains above ffff) */
enum { ADDRESS_SIZE = sizeof("ffffffff:ff:1f.7") };

/* Is TEXT such an address (either case)? Writes it as sysfs spells it to OUT if so. */
bool address_parse(const char *text, char out[static ADDRESS_SIZE]);

/* Are the two functions of one slot? Both must come from address_parse or sysfs. */
bool address_same_slot(const char *a, const char *b);

/* Is TEXT "vvvv:dddd", a PCI vendor and device ID in hex (either case)? */
bool address_parse_id(const char *text, unsigned int *vendor, unsigned int *device);
