/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tables that are the same for every guest, as they are installed (formats/ssdt.h writes them).
 * AppArmor lets QEMU read there. */
#define TABLES_BATTERY TABLEDIR "/battery.aml"
#define TABLES_VBIOS   TABLEDIR "/vbios.aml"
