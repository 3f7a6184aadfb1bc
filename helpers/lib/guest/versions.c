/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/versions.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#define VERSION_OF(major, minor) ((major)*1000000UL + (minor)*1000UL)

/* Reads one to three digits at *TEXT and moves it behind them. */
static bool read_part(const char **text, unsigned long *out)
{
	unsigned long value = 0;
	int digits = 0;

	while (isdigit((unsigned char)**text)) {
		if (++digits > 3)
			return false;
		value = value * 10 + (unsigned long)(*(*text)++ - '0');
	}
	*out = value;
	return digits > 0;
}

int versions_parse(const char *text, unsigned long *out, struct msg *why)
{
	unsigned long part[3] = {0};
	const char *p = text;
	size_t parts = 0;
	bool good;

	do
		good = read_part(&p, &part[parts++]);
	while (good && parts < 3 && *p == '.' && p++);
	if (!good || *p || part[0] == 0)
		return msg_fail(why, EINVAL,
			"'%.64s' is no version; write it as 9.0.0 (see virsh version)", text);
	*out = VERSION_OF(part[0], part[1]) + part[2];
	return 0;
}

bool versions_ramfb(const struct versions *versions)
{
	return versions->libvirt >= VERSION_OF(5, 10);
}

bool versions_aliases(const struct versions *versions)
{
	return versions->libvirt >= VERSION_OF(3, 9);
}

bool versions_fwcfg(const struct versions *versions)
{
	return versions->libvirt >= VERSION_OF(6, 5);
}

bool versions_override(const struct versions *versions)
{
	return versions->libvirt >= VERSION_OF(8, 2);
}

bool versions_raw_tables(const struct versions *versions)
{
	return versions->libvirt >= VERSION_OF(11, 2);
}

bool versions_set(const struct versions *versions)
{
	return versions->libvirt < VERSION_OF(7, 9) || versions->qemu < VERSION_OF(6, 2);
}
