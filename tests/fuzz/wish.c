/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/xml.h"
#include "guest/wish.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A domain's XML, and behind a NUL pairs of bytes: what is wished for, and for whom. */
enum { XML_MAX = 1 << 15, WISHES_MAX = 4 };

enum { VGPU = 1, DGPU = 2, ROM = 4, VBIOS = 8, BATTERY = 16, HIDE = 32, SIZE = 64, UUID = 128 };

static const struct versions versions[] = {{9000000, 7002000}, {11003000, 10000000},
	{6000000, 5002000}, {5000000, 4000000}, {8000000, 6002000}};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static struct wish read_wish(unsigned int what, unsigned int display)
{
	struct wish wish = {.vgpu = what & VGPU,
		.dgpu = what & DGPU,
		.card = {.bus = 1,
			.functions = 2,
			.function = {0, 1},
			.vendor = 0x10de,
			.device = 0x1c8d},
		.display = display % 3,
		.rom = what & ROM ? "/usr/share/qemu/vgpu.rom" : NULL,
		.vbios = what & VBIOS ? "/var/lib/gpu-handoff/1/vbios.rom" : NULL,
		.battery = what & BATTERY,
		.hide = what & HIDE};

	if (what & SIZE)
		wish.width = 1920, wish.height = 1080;
	if (what & UUID)
		memcpy(wish.vgpu_uuid, "af5972fb-5530-41a7-0000-fd836204445b", 37);
	return wish;
}

/* Done twice it changes nothing. Returns whether it was done. */
static bool apply(struct xml *xml, const struct wish *wish, const struct versions *whom)
{
	struct msg why = {""};
	int err = wish_apply(xml, wish, whom, &why);
	struct xml *again = NULL;
	char *text;

	check(err == 0 || err == -EINVAL || err == -ENOTSUP || err == -ENOSPC || err == -E2BIG);
	check((err == 0) == (*why.text == '\0'));
	if (err < 0)
		return false;
	text = strdup(xml_text(xml));
	check(text && xml_parse(text, strlen(text), &again, &why) == 0);
	check(wish_apply(again, wish, whom, &why) == 0);
	check(strcmp(xml_text(again), text) == 0);
	check(!wish->vgpu || wish_find_vgpu(xml));
	xml_free(again);
	free(text);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, '\0', size);
	size_t length = nul ? (size_t)(nul - data) : size, at = length + 1;
	struct xml *xml = NULL;
	struct msg why = {""};

	if (length > XML_MAX || xml_parse((const char *)data, length, &xml, &why) < 0)
		return 0;
	for (int i = 0; i < WISHES_MAX && at + 2 <= size; i++, at += 2) {
		struct wish wish = read_wish(data[at], data[at + 1] >> 4);
		size_t whom = (data[at + 1] & 15) % (sizeof(versions) / sizeof(*versions));

		if (!apply(xml, &wish, &versions[whom]))
			break;
	}
	xml_free(xml);
	return 0;
}
