/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Whatever is accepted keeps the promises of domain.h. */
static void look_at(const struct domain *domain)
{
	char uuid[37], address[ADDRESS_SIZE];

	check(*domain->name && strlen(domain->name) <= DOMAIN_NAME_MAX);
	check(!*domain->uuid || (text_uuid(domain->uuid, uuid) && !strcmp(domain->uuid, uuid)));
	check(domain->hostdevs <= DOMAIN_HOSTDEVS_MAX);
	for (size_t i = 0; i < domain->hostdevs; i++) {
		const struct domain_hostdev *device = &domain->hostdev[i];

		if (device->kind == DOMAIN_PCI)
			check(address_parse(device->address, address) &&
				!strcmp(device->address, address) && !*device->uuid);
		else
			check(text_uuid(device->uuid, uuid) && !strcmp(device->uuid, uuid) &&
				!*device->address);
		for (size_t j = 0; j < i; j++)
			check(strcmp(domain->hostdev[j].address, device->address) != 0 ||
				strcmp(domain->hostdev[j].uuid, device->uuid) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct domain *domain = NULL;
	struct msg why = {""};
	int err = domain_parse((const char *)data, size, &domain, &why);

	check(err == 0 || err == -EINVAL || err == -E2BIG);
	check((err == 0) == (domain != NULL) && (err == 0) == (*why.text == '\0'));
	check(!strchr(why.text, '\n'));
	if (domain)
		look_at(domain);
	domain_free(domain);
	return 0;
}
