/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/config.h"

#define UUID "af5972fb-5530-41a7-0000-fd836204445b"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_words(const struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		check(*list->word[i] && *list->word[i] != '-' &&
			!strpbrk(list->word[i], "/ \t\r\n"));
}

/* Whatever is accepted keeps the promises of config.h. */
static void look_up(const struct config *config)
{
	char address[ADDRESS_SIZE];
	struct config_handoff handoff;
	struct config_vgpu vgpu;
	struct config_gpu gpu;
	struct config_boot boot;

	config_handoff(config, "win10", UUID, &handoff);
	check(handoff.busy_timeout <= 3600);
	check(handoff.operation_timeout >= 1 && handoff.operation_timeout <= 3600);
	check_words(&handoff.group_allow);
	check_words(&handoff.stop_units);
	config_vgpu(config, UUID, &vgpu);
	check_words(&vgpu.types);
	check(!*vgpu.parent || address_parse(vgpu.parent, address));
	config_gpu(config, "0000:01:00.0", 0x10de, 0x1c8d, &gpu);
	check(gpu.id_vendor <= 0xffff && gpu.id_device <= 0xffff);
	config_boot(config, &boot);
	check(boot.initramfs <= CONFIG_INITRAMFS_NONE);
	check(boot.ignore_msrs <= CONFIG_IGNORE_MSRS_NO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	struct msg why = {""};
	int err = config_parse(size > 0 ? (const char *)data : "", size, &config, &why);

	check(err == 0 || err == -EINVAL);
	check((err == 0) == (config != NULL) && (err == 0) == (*why.text == '\0'));
	check(!strchr(why.text, '\n'));
	if (config)
		look_up(config);
	config_free(config);
	return 0;
}
