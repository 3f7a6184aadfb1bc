/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "formats/address.h"

/* The value of attribute NAME in expat's list of names and values, or NULL. */
const char *domain_attribute(const char **attributes, const char *name);

/*
 * Reads the domain, bus, slot and function of an <address>, each 0 if it is missing, as libvirt
 * reads numbers. Returns NULL, or the name of the attribute that is out of range (OUT untouched).
 */
const char *domain_address(const char **attributes, char out[static ADDRESS_SIZE]);
