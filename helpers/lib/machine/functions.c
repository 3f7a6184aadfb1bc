/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine/parts.h"
#include "nouns/sysfs.h"

int machine_functions(struct machine *machine)
{
	char **names;
	int n = sysfs_list(&names, PCI_FUNCTIONS_MAX, "/sys/bus/pci/devices");

	if (n < 0)
		return n;
	machine->function = malloc((size_t)(n ? n : 1) * sizeof(*machine->function));
	for (int i = 0; machine->function && i < n; i++)
		if (pci_read(names[i], &machine->function[machine->functions]) == 0)
			machine->functions++;
	free(names);
	return machine->function ? 0 : -ENOMEM;
}

static int by_address(const void *key, const void *function)
{
	return strcmp(key, ((const struct pci_function *)function)->address);
}

const struct pci_function *machine_function_at(const struct machine *machine, const char *address)
{
	return bsearch(address, machine->function, machine->functions, sizeof(*machine->function),
		by_address);
}
