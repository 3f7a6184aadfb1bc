/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps that bring the plan's functions to vfio-pci. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/spawn.h"
#include "handoff/plan.h"
#include "nouns/kmod.h"
#include "nouns/sysfs.h"
#include "nouns/unit.h"

#define VFIO	 "vfio-pci"
#define NVIDIA	 "nvidia"
#define DISPLAYS "display-manager.service"

enum { VENDOR_NVIDIA = 0x10de };

/* NVIDIA's modules, users first, and the driver whose devices go when the module goes. */
static const struct {
	const char *module, *driver;
} nvidia_modules[] = {
	{"nvidia_drm", NULL},
	{"nvidia_modeset", NULL},
	{"nvidia_uvm", NULL},
	{"nvidia", NVIDIA},
	{"i2c_nvidia_gpu", "nvidia-gpu"},
};

/* Is there a function on DRIVER, and do they all move? */
static bool all_move(const struct plan *plan, const char *driver)
{
	char **names, address[ADDRESS_SIZE];
	int n = sysfs_list(&names, PCI_FUNCTIONS_MAX, "/sys/bus/pci/drivers/%s", driver);
	bool all = true, any = false;

	for (int i = 0; i < n; i++)
		if (address_parse(names[i], address)) {
			const struct plan_function *f = plan_find(plan, address);

			any = true;
			all &= f && f->moves;
		}
	if (n >= 0)
		free(names);
	return any && all;
}

static int check_vfio(bool unloads, struct msg *why)
{
	struct utsname kernel = {0};
	bool here = sysfs_exists("/sys/bus/pci/drivers/" VFIO);
	int err;

	if (here && !unloads)
		return 0;
	uname(&kernel);
	if (!kmodule_tree())
		return msg_fail(why, ENOENT,
			"the running kernel's modules are gone (/lib/modules/%s): the kernel was "
			"updated; reboot",
			kernel.release);
	if (here)
		return 0;
	err = kmodule_available(VFIO);
	if (err == -EPERM)
		return msg_fail(why, EPERM,
			"vfio-pci is switched off in modprobe.d (blacklist or install); find the "
			"line with modprobe -c and remove it");
	if (err < 0)
		return msg_fail(why, -err,
			"kernel %s has no module vfio-pci (%s); install its modules or a kernel "
			"with CONFIG_VFIO_PCI",
			kernel.release, strerror(-err));
	return 0;
}

/* A unit that runs is stopped, under its own name: a display manager's is not display-manager. */
static int add_unit(struct plan *plan, const char *unit, struct msg *why)
{
	char id[OBJECT_SIZE], state[STATE_SIZE];
	int err = unit_show(unit, id, state);

	if (err == -ENODEV)
		return 0;
	if (err < 0)
		return msg_fail(why, -err,
			"systemctl does not say whether %s runs: %s; see systemctl status %s", unit,
			strerror(-err), unit);
	return strcmp(state, "active") == 0
		       ? plan_add(plan, &noun_unit, id, "active", "inactive", why)
		       : 0;
}

static int add_units(struct plan *plan, struct msg *why)
{
	const struct config_list *units = &plan->settings.stop_units;
	bool nvidia = false;
	int err = 0;

	for (size_t i = 0; i < plan->functions; i++)
		nvidia |= plan->function[i].moves && plan->function[i].pci.vendor == VENDOR_NVIDIA;
	/* the default names NVIDIA's services: another vendor's card is none of their business */
	for (size_t i = 0; i < units->count && err == 0; i++)
		if (nvidia || !plan->settings.stop_units_default)
			err = add_unit(plan, units->word[i], why);
	if (err == 0 && plan->releases_console)
		err = add_unit(plan, DISPLAYS, why);
	return err;
}

static int add_seats(struct plan *plan, struct msg *why)
{
	char state[STATE_SIZE];
	int err = 0;

	if (!plan->settings.seat_release)
		return 0;
	for (size_t i = 0; i < plan->functions && err == 0; i++) {
		const struct plan_function *f = &plan->function[i];

		if (f->moves && pci_is_display(&f->pci) &&
			noun_seat.read(f->pci.address, state) == 0 &&
			strcmp(state, "attached") == 0)
			err = plan_add(
				plan, &noun_seat, f->pci.address, "attached", "released", why);
	}
	return err;
}

static int add_modules(struct plan *plan, struct msg *why)
{
	char state[STATE_SIZE];
	int err = 0;

	if (plan->settings.unload_never || !plan->all_nvidia)
		return 0;
	for (size_t i = 0; i < sizeof(nvidia_modules) / sizeof(*nvidia_modules) && err == 0; i++) {
		const char *module = nvidia_modules[i].module;

		if (nvidia_modules[i].driver && !all_move(plan, nvidia_modules[i].driver))
			continue;
		if (noun_module.read(module, state) == 0 && strcmp(state, "loaded") == 0)
			err = plan_add(plan, &noun_module, module, "loaded", "unloaded", why);
	}
	return err;
}

/* Does an earlier step of the plan take DRIVER away? */
static bool loses_driver(const struct plan *plan, const char *driver)
{
	for (size_t i = 0; i < sizeof(nvidia_modules) / sizeof(*nvidia_modules); i++) {
		if (!nvidia_modules[i].driver || strcmp(nvidia_modules[i].driver, driver) != 0)
			continue;
		for (size_t j = 0; j < plan->steps; j++)
			if (plan->step[j].noun == &noun_module &&
				strcmp(plan->step[j].object, nvidia_modules[i].module) == 0)
				return true;
	}
	return false;
}

static int add_power(struct plan *plan, const struct pci_function *f, struct msg *why)
{
	char state[STATE_SIZE];

	if (noun_power.read(f->address, state) < 0 || strcmp(state, "auto") != 0)
		return 0;
	return plan_add(plan, &noun_power, f->address, "auto", "on", why);
}

static int read_drivers(void *argument)
{
	const struct plan *plan = argument;
	char state[STATE_SIZE];
	int err = 0;

	for (size_t i = 0; i < plan->functions && err == 0; i++)
		if (plan->function[i].moves)
			err = noun_driver.read(plan->function[i].pci.address, state);
	return err;
}

/* The override of a device that somebody else's unbind hangs in cannot be read: a child tries
 * first. */
static int check_drivers(struct plan *plan, struct msg *why)
{
	int err = spawn_call(read_drivers, plan, -1, deadline_in(plan->settings.operation_timeout));

	if (err != -ETIMEDOUT)
		return 0; /* who reads it again says what is wrong */
	return msg_fail(why, ETIMEDOUT,
		"%s or another function of its slot is locked in the kernel, as when another "
		"program unbound it in use; close what uses it, else reboot",
		plan->function[0].pci.address);
}

static int add_driver(struct plan *plan, const struct pci_function *f, struct msg *why)
{
	char state[STATE_SIZE];
	int err = noun_driver.read(f->address, state);

	if (err < 0)
		return msg_fail(why, -err, "%s cannot be read: %s", f->address, strerror(-err));
	err = plan_add(plan, &noun_driver, f->address, state, VFIO "/" VFIO, why);
	if (err == 0)
		plan->step[plan->steps - 1].unbound = loses_driver(plan, f->driver);
	return err;
}

int plan_moves(struct plan *plan, struct msg *why)
{
	size_t moving = 0;
	int err;

	for (size_t i = 0; i < plan->functions; i++)
		moving += plan->function[i].moves;
	if (moving == 0)
		return 0;
	plan->all_nvidia = all_move(plan, NVIDIA);
	err = add_units(plan, why);
	if (err == 0)
		err = add_seats(plan, why);
	if (err == 0)
		err = plan_release_console(plan, why);
	if (err == 0)
		err = add_modules(plan, why);
	if (err == 0)
		err = check_vfio(
			plan->steps > 0 && plan->step[plan->steps - 1].noun == &noun_module, why);
	if (err == 0)
		err = check_drivers(plan, why);
	for (size_t i = 0; i < plan->functions && err == 0; i++)
		if (plan->function[i].moves)
			err = add_power(plan, &plan->function[i].pci, why);
	for (size_t i = 0; i < plan->functions && err == 0; i++)
		if (plan->function[i].moves)
			err = add_driver(plan, &plan->function[i].pci, why);
	return err;
}
