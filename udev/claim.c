/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gpu-handoff-claim: 60-gpu-handoff.rules runs it for every PCI function that appears. It prints
 * what gpu-handoff.conf wants of the function as properties of the device, GPU_HANDOFF_...=value,
 * and does nothing else. What it knows of the event is in its environment (udev(7), IMPORT).
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/program.h"
#include "base/text.h"
#include "handoff/config-file.h"
#include "handoff/reserve.h"
#include "handoff/undo.h"
#include "nouns/pci.h"

static const char usage[] =
	"usage: gpu-handoff-claim\n"
	"udev runs it, with an event in its environment; see gpu-handoff-claim(8).\n";

/* The environment is not that of an event; VALUE may be NULL. */
static int strange(struct msg *why, const char *name, const char *value)
{
	if (!value)
		return msg_fail(why, EINVAL, "%s is not set; only udev runs this", name);
	return msg_fail(why, EINVAL, "%s=%s is not that of a PCI function; nothing is claimed",
		name, value);
}

static bool is_action(const char *text)
{
	static const char *const actions[] = {
		"add", "remove", "change", "move", "online", "offline", "bind", "unbind"};

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strcmp(actions[i], text) == 0)
			return true;
	return false;
}

/* Is NAME one component of a path in sysfs, of LENGTH bytes? */
static bool is_component(const char *name, size_t length)
{
	if (length == 0 || *name == '.')
		return false;
	for (size_t i = 0; i < length; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/')
			return false;
	return true;
}

/* Is PATH "/devices/.../ADDRESS" without detours? */
static bool is_path_of(const char *path, const char *address)
{
	static const char top[] = "/devices/";
	const char *name = path + sizeof(top) - 1;

	if (strlen(path) >= PATH_MAX || strncmp(path, top, sizeof(top) - 1) != 0)
		return false;
	for (;;) {
		size_t length = strcspn(name, "/");

		if (!is_component(name, length))
			return false;
		if (!name[length])
			return strcmp(name, address) == 0;
		name += length + 1;
	}
}

/* Reads the event: ADDRESS and whether the function is new. */
static int read_event(char address[static ADDRESS_SIZE], bool *add, struct msg *why)
{
	const char *action = getenv("ACTION"), *subsystem = getenv("SUBSYSTEM");
	const char *slot = getenv("PCI_SLOT_NAME"), *path = getenv("DEVPATH");
	const char *driver = getenv("DRIVER");

	if (!action || !is_action(action))
		return strange(why, "ACTION", action);
	if (!subsystem || strcmp(subsystem, "pci") != 0)
		return strange(why, "SUBSYSTEM", subsystem);
	/* sysfs has one spelling of an address */
	if (!slot || !address_parse(slot, address) || strcmp(slot, address) != 0)
		return strange(why, "PCI_SLOT_NAME", slot);
	if (!path || !is_path_of(path, address))
		return strange(why, "DEVPATH", path);
	if (driver && (strlen(driver) >= DRIVER_NAME_SIZE || !is_component(driver, strlen(driver))))
		return strange(why, "DRIVER", driver);
	*add = strcmp(action, "add") == 0;
	return 0;
}

/*
 * Prints that property NAME is VALUE. Returns whether that is new: udev hands over what an earlier
 * event of this device said.
 */
static bool tell(const char *name, const char *value)
{
	const char *before = getenv(name);

	printf("%s=%s\n", name, value);
	return !before || strcmp(before, value) != 0;
}

#define LEFT  "GPU_HANDOFF_LEFT" /* why a reserved function stays with the host */
#define BOUND "GPU_HANDOFF_BOUND" /* the driver of the host that has it */

static void tell_other_device(
	const struct config *config, const struct pci_function *f, const char *gpu)
{
	struct config_gpu section;

	config_gpu(config, gpu, f->vendor, f->device, &section);
	if (tell(LEFT, "id") && strcmp(gpu, f->address) == 0)
		say(LOG_WARNING,
			"%s is %04x:%04x, not %04x:%04x as [gpu %s] says: it stays with the host; "
			"addresses have moved, correct gpu-handoff.conf(5)",
			gpu, f->vendor, f->device, section.id_vendor, section.id_device, gpu);
}

static void tell_console(const struct pci_function *f, const char *gpu)
{
	if (tell(LEFT, "console") && strcmp(gpu, f->address) == 0)
		say(LOG_WARNING,
			"%s shows the host's console: it stays with the host; set console=release "
			"in [handoff] of gpu-handoff.conf(5) if it may go",
			gpu);
}

static void tell_reserved(const struct pci_function *f)
{
	char driver[DRIVER_NAME_SIZE * 4];

	text_printable(f->driver, driver, sizeof(driver));
	if (strcmp(driver, "-") != 0) {
		if (tell(BOUND, driver))
			say(LOG_NOTICE,
				"%s is reserved but on driver %s already: it is left there until a "
				"guest needs it; see gpu-handoff boot status",
				f->address, driver);
	} else if (f->group < 0 || f->noiommu) {
		if (tell(LEFT, "iommu"))
			say(LOG_WARNING,
				"%s has no IOMMU, so vfio-pci cannot have it: it stays with the "
				"host; switch VT-d or AMD-Vi on in the firmware, and see "
				"gpu-handoff boot plan",
				f->address);
	} else {
		puts("GPU_HANDOFF_OVERRIDE=vfio-pci");
	}
}

static int claim(const char *address, const struct config *config, struct msg *why)
{
	struct pci_function f;
	char gpu[ADDRESS_SIZE];
	enum reserve wanted;
	int claimed;

	if (!config || !config_reserves(config) || pci_read(address, &f) < 0)
		return 0; /* or gone again */
	wanted = reserve_function(config, &f, gpu);
	if (wanted == RESERVE_NO || pci_is_vfio(f.driver))
		return 0;
	/* a guest has it or is being given it: what happens to it now is ours */
	claimed = undo_names(address, why);
	if (claimed != 0)
		return claimed < 0 ? claimed : 0;
	if (wanted == RESERVE_OTHER_DEVICE)
		tell_other_device(config, &f, gpu);
	else if (wanted == RESERVE_CONSOLE)
		tell_console(&f, gpu);
	else
		tell_reserved(&f);
	return program_flush(why);
}

int main(int argc, char *argv[])
{
	char address[ADDRESS_SIZE];
	struct config *config;
	struct msg why;
	bool add = false;
	int err;

	(void)argv;
	log_start("gpu-handoff-claim");
	if (argc > 1) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	err = read_event(address, &add, &why);
	if (err == 0 && add && (err = config_load_gpus(&config, &why)) == 0) {
		err = claim(address, config, &why);
		config_free(config);
	}
	if (err < 0)
		say(LOG_ERR, "%s", why.text);
	return err < 0 ? EXIT_REFUSED : EXIT_DONE;
}
