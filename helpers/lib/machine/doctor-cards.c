/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the GPUs that could go to a guest: how they are wired, what is beside them. */
#include <stdio.h>
#include <string.h>

#include "handoff/reserve.h"
#include "machine/doctor-console.h"
#include "machine/doctor-facts.h"
#include "nouns/sysfs.h"

#define DEVICE "/sys/bus/pci/devices/%s/"

static bool wiring(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine *m = doctor->machine;
	const char *name = machine_wiring_name(m->wiring);

	if (index > 0)
		return false;
	switch (m->wiring) {
	case MACHINE_MUXLESS:
	case MACHINE_MUXED:
		return doctor_say(line, DOCTOR_OK, "%s: %s", name, m->wiring_evidence);
	case MACHINE_NO_IGPU:
		return doctor_say(line, m->gpus > 1 ? DOCTOR_NOTE : DOCTOR_WARNING, "%s: %s%s",
			name, m->wiring_evidence,
			m->gpus > 1 ? "" : "; a guest would get the host's only GPU");
	case MACHINE_NO_DGPU:
	case MACHINE_NO_GPU:
		break;
	}
	return doctor_say(line, DOCTOR_NOTE, "%s: %s", name, m->wiring_evidence);
}

/* On which driver it is, and whether that can be given back. */
static bool driver(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *card = doctor_card(doctor, index);
	const struct pci_function *f;

	if (!card)
		return false;
	f = &card->pci;
	if (strcmp(f->driver, "-") != 0)
		return doctor_say(line, DOCTOR_OK, "%s [%04x:%04x] is on %s", f->address, f->vendor,
			f->device, f->driver);
	doctor_say(line, DOCTOR_WARNING, "%s [%04x:%04x] is on no driver", f->address, f->vendor,
		f->device);
	if (*card->override && strcmp(card->override, "-") != 0)
		return doctor_mend(line, "its override lets only %s have it: modprobe %s",
			card->override, card->override);
	return doctor_mend(
		line, "load its driver; echo %s >/sys/bus/pci/drivers_probe", f->address);
}

/* What can be a running guest's is not to be undone. */
static bool say_unknown(
	const struct doctor *doctor, const struct machine_gpu *card, struct doctor_line *line)
{
	doctor_say(line, DOCTOR_NOTE, "%s has the driver override %s, which may be a guest's",
		card->pci.address, card->override);
	return doctor_mend(line, doctor->root ? "see what is said of gpu-handoff itself below"
					      : "sudo gpu-handoff doctor");
}

/* An override that no guest's undo file knows: driverctl's, or somebody's echo. */
static bool override(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	for (size_t i = 0;; i++) {
		const struct machine_gpu *card = doctor_card(doctor, i);
		char display[ADDRESS_SIZE];

		if (!card)
			return false;
		if (!*card->override || strcmp(card->override, "-") == 0 || card->guest ||
			index-- > 0)
			continue;
		if (strcmp(card->override, "?") == 0)
			return doctor_say(line, DOCTOR_NOTE,
				"what override %s has cannot be read: a move of it hangs",
				card->pci.address);
		if (reserve_function(doctor->config, &card->pci, display) == RESERVE_BOOT)
			return doctor_say(line, DOCTOR_OK, "%s has the override %s",
				card->pci.address, card->override);
		if (!machine_owners_known(doctor->machine))
			return say_unknown(doctor, card, line);
		doctor_say(line, DOCTOR_WARNING,
			"%s has the driver override %s, which is not gpu-handoff's",
			card->pci.address, card->override);
		if (sysfs_exists("/etc/driverctl.d/pci-%s", card->pci.address))
			return doctor_mend(line, "driverctl unset-override %s", card->pci.address);
		return doctor_mend(
			line, "echo >/sys/bus/pci/devices/%s/driver_override", card->pci.address);
	}
}

/* Two equal cards: whatever goes by vendor and device hits both. */
static bool twins(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *a, *b;

	for (size_t i = 0; (a = doctor_card(doctor, i)); i++)
		for (size_t j = i + 1; (b = doctor_card(doctor, j)); j++) {
			if (a->pci.vendor != b->pci.vendor || a->pci.device != b->pci.device ||
				index-- > 0)
				continue;
			doctor_say(line, DOCTOR_NOTE,
				"%s and %s are both [%04x:%04x]: ids= of vfio-pci would take both",
				a->pci.address, b->pci.address, a->pci.vendor, a->pci.device);
			return doctor_mend(line,
				"name them by address, [gpu %s], in gpu-handoff.conf(5)",
				b->pci.address);
		}
	return false;
}

/* The other functions of the slot: they go along, or hold the group back. */
static bool siblings(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *card = doctor_card(doctor, index);
	char list[256] = "";
	size_t at = 0;

	if (!card)
		return false;
	for (size_t i = 0; i < card->functions && at < sizeof(list); i++) {
		const struct pci_function *f = &card->function[i].pci;

		if (strcmp(f->address, card->pci.address) == 0)
			continue;
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s (%s)", at ? ", " : "",
			f->address, strcmp(f->driver, "-") == 0 ? "no driver" : f->driver);
	}
	if (at == 0)
		return doctor_say(line, DOCTOR_OK, "%s is alone in its slot", card->pci.address);
	if (!doctor->settings.slot_named)
		return doctor_say(
			line, DOCTOR_OK, "along with %s goes %s", card->pci.address, list);
	doctor_say(line, DOCTOR_WARNING, "slot=named: %s stays with the host when %s goes", list,
		card->pci.address);
	return doctor_mend(line, "set slot=whole in gpu-handoff.conf(5), or name it in the guest");
}

/* The IDs that a laptop's driver compares (R9). */
static bool subsystem(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *card = doctor_card(doctor, index);

	if (!card)
		return false;
	if (card->subvendor || card->subdevice)
		return doctor_say(line, DOCTOR_OK, "%s has the subsystem %04x:%04x",
			card->pci.address, card->subvendor, card->subdevice);
	doctor_say(line, DOCTOR_WARNING, "%s shows no subsystem: NVIDIA's driver may refuse it",
		card->pci.address);
	return doctor_mend(line,
		"gpu-handoff guest apply --dgpu=%s --subsystem VENDOR:DEVICE GUEST",
		card->pci.address);
}

/* A card of a MUXless laptop has its ROM in the laptop's firmware (R10). */
static bool rom(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *card = doctor_card(doctor, index);

	if (!card)
		return false;
	if (sysfs_exists(DEVICE "rom", card->pci.address))
		return doctor_say(
			line, DOCTOR_OK, "%s has an option ROM of its own", card->pci.address);
	doctor_say(line, DOCTOR_NOTE, "%s has no option ROM of its own", card->pci.address);
	return doctor_mend(line, "gpu-handoff vbios extract finds it in the firmware's update");
}

/* Awake, asleep, or away. */
static bool power(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *card = doctor_card(doctor, index);

	if (!card)
		return false;
	if (strcmp(card->power, "error") != 0)
		return doctor_say(line, DOCTOR_OK, "%s is %s%s%s", card->pci.address,
			*card->power ? card->power : "awake", *card->power_state ? ", " : "",
			card->power_state);
	doctor_say(line, DOCTOR_ERROR, "%s cannot wake up (runtime_status is error)",
		card->pci.address);
	return doctor_mend(line, "see dmesg; a reboot brings it back");
}

/* Linux has reset_method as of 5.15; `reset` is there, then as before, only for what can be. */
static bool reset(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *card = doctor_card(doctor, index);
	char methods[128];

	if (!card)
		return false;
	if (sysfs_read(methods, sizeof(methods), DEVICE "reset_method", card->pci.address) == 0 &&
		*methods)
		return doctor_say(
			line, DOCTOR_OK, "%s can be reset (%s)", card->pci.address, methods);
	if (!sysfs_exists(DEVICE "reset_method", card->pci.address) &&
		sysfs_exists(DEVICE "reset", card->pci.address))
		return doctor_say(line, DOCTOR_OK, "%s can be reset", card->pci.address);
	return doctor_say(line, DOCTOR_NOTE,
		"%s cannot be reset alone: unless its whole bus is, a guest gets it as the one "
		"before has left it",
		card->pci.address);
}

static bool sriov(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	for (size_t i = 0;; i++) {
		const struct machine_gpu *card = doctor_card(doctor, i);
		unsigned long long count;

		if (!card)
			return false;
		if (strcmp(card->override, "?") == 0 || /* the kernel would let us wait, too */
			sysfs_number(&count, DEVICE "sriov_numvfs", card->pci.address) < 0 ||
			count == 0 || index-- > 0)
			continue;
		doctor_say(line, DOCTOR_WARNING,
			"%s has %llu virtual functions: it cannot go whole", card->pci.address,
			count);
		return doctor_mend(line,
			"give a guest one of them, or echo 0 >" DEVICE "sriov_numvfs",
			card->pci.address);
	}
}

static const struct doctor_check checks[] = {
	{"wiring", wiring},
	{"card-driver", driver},
	{"card-override", override},
	{"card-twins", twins},
	{"card-siblings", siblings},
	{"card-subsystem", subsystem},
	{"card-rom", rom},
	{"card-console", doctor_console},
	{"nvidia-modeset", doctor_modeset},
	{"card-power", power},
	{"card-reset", reset},
	{"card-sriov", sriov},
	{NULL, NULL},
};

const struct doctor_group doctor_cards = {"GPUs that can go to a guest", checks};
