/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host shows its console on stays with it unless the config says otherwise. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "handoff/plan.h"
#include "nouns/sysfs.h"

enum { CONSOLES_MAX = 64 };

static const struct noun *const console = &noun_console;

/* Is NAME a vtconsole that shows the virtual terminals in a frame buffer now? */
static bool is_framebuffer_console(const char *name)
{
	char text[64], state[STATE_SIZE];

	return sysfs_read(text, sizeof(text), "/sys/class/vtconsole/%s/name", name) == 0 &&
	       strstr(text, "frame buffer") && console->read(name, state) == 0 &&
	       strcmp(state, "bound") == 0;
}

static bool framebuffer_console_bound(void)
{
	bool bound = false;
	char **names;
	int n = sysfs_list(&names, CONSOLES_MAX, "/sys/class/vtconsole");

	for (int i = 0; i < n; i++)
		bound |= is_framebuffer_console(names[i]);
	if (n >= 0)
		free(names);
	return bound;
}

/* fbcon takes the first frame buffer unless somebody maps another (Documentation/fb/fbcon.rst). */
static bool has_first_framebuffer(const struct pci_function *f)
{
	char **names, device[256];
	long lowest = -1;
	int n = sysfs_list(&names, 256, "/sys/class/graphics");

	for (int i = 0; i < n; i++) {
		long number = strtol(names[i] + 2, NULL, 10);

		if (strncmp(names[i], "fb", 2) == 0 && names[i][2] >= '0' && names[i][2] <= '9' &&
			(lowest < 0 || number < lowest))
			lowest = number;
	}
	if (n >= 0)
		free(names);
	return lowest >= 0 &&
	       sysfs_link(device, sizeof(device), "/sys/class/graphics/fb%ld/device", lowest) ==
		       0 &&
	       strcmp(device, f->address) == 0;
}

/* A display of the host that stays: no function of the plan, and not on vfio already. */
static bool display_remains(const struct plan *plan)
{
	char **names;
	bool remains = false;
	struct pci_function f;
	int n = sysfs_list(&names, PCI_FUNCTIONS_MAX, "/sys/bus/pci/devices");

	for (int i = 0; i < n && !remains; i++) {
		unsigned long long class;

		remains = sysfs_number(&class, "/sys/bus/pci/devices/%s/class", names[i]) == 0 &&
			  class >> 16 == 0x03 && !plan_find(plan, names[i]) &&
			  pci_read(names[i], &f) == 0 && !pci_is_vfio(f.driver);
	}
	if (n >= 0)
		free(names);
	return remains;
}

static int check(const struct plan *plan, const struct pci_function *f, bool remains, bool bound,
	struct msg *why)
{
	const char *evidence = f->boot_vga ? "boot_vga is 1"
			       : bound && has_first_framebuffer(f)
				       ? "its frame buffer is the console's"
			       : !remains ? "no other display would remain"
					  : NULL;

	if (!evidence || plan->settings.console_release)
		return evidence ? 1 : 0;
	if (!plan_names(plan, f->address))
		return msg_fail(why, EBUSY,
			"%s shows the host's console (%s) and would go along with its slot; set "
			"slot=named in "
			"gpu-handoff.conf(5) to give the guest only what it names",
			f->address, evidence);
	return msg_fail(why, EBUSY,
		"%s shows the host's console (%s); set console=release in gpu-handoff.conf(5) to "
		"give it to the guest all the same",
		f->address, evidence);
}

int plan_console(struct plan *plan, struct msg *why)
{
	bool any = false, remains, bound;
	int result;

	for (size_t i = 0; i < plan->functions; i++)
		any |= plan->function[i].moves && pci_is_display(&plan->function[i].pci);
	if (!any)
		return 0;
	remains = display_remains(plan);
	bound = framebuffer_console_bound();
	for (size_t i = 0; i < plan->functions; i++) {
		const struct plan_function *f = &plan->function[i];

		if (!f->moves || !pci_is_display(&f->pci))
			continue;
		result = check(plan, &f->pci, remains, bound, why);
		if (result < 0)
			return result;
		plan->releases_console |= result > 0;
	}
	return 0;
}

int plan_release_console(struct plan *plan, struct msg *why)
{
	char **names;
	int n, err = 0;

	if (!plan->releases_console)
		return 0;
	n = sysfs_list(&names, CONSOLES_MAX, "/sys/class/vtconsole");
	for (int i = 0; i < n && err == 0; i++)
		if (is_framebuffer_console(names[i]))
			err = plan_add(plan, console, names[i], "bound", "unbound", why);
	if (n >= 0)
		free(names);
	return err;
}
