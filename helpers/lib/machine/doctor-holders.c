/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of who uses the GPUs now: a card that somebody holds does not move. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/doctor-facts.h"
#include "nouns/block.h"
#include "nouns/sysfs.h"

enum { HOLDERS_SHOWN = 12, VENDOR_NVIDIA = 0x10de };

/* The unit of stop-units that the process belongs to, or NULL. */
static const char *unit_of(const struct doctor *doctor, const struct holder *holder)
{
	const struct config_list *units = &doctor->settings.stop_units;

	for (size_t i = 0; i < units->count; i++)
		if (holder_in_unit(holder, units->word[i]))
			return units->word[i];
	return NULL;
}

static bool say_holder(const struct doctor *doctor, const struct machine_gpu *card,
	const struct holder *h, struct doctor_line *line)
{
	const char *unit = unit_of(doctor, h);

	if (pci_is_vfio(card->pci.driver))
		return doctor_say(line, DOCTOR_NOTE,
			"%s (pid %d) has %s by %s: it is a guest's until that ends", h->command,
			(int)h->pid, card->pci.address, h->path);
	if (unit)
		return doctor_say(line, DOCTOR_OK, "%s holds %s of %s; a start stops it", unit,
			h->path, card->pci.address);
	if (h->node.notify)
		return doctor_say(line, DOCTOR_OK, "%s (pid %d) holds %s of %s, and will let go",
			h->command, (int)h->pid, h->path, card->pci.address);
	if (h->node.drm && doctor->settings.seat_release)
		return doctor_say(line, DOCTOR_OK,
			"%s (pid %d) holds %s of %s; seat=release makes it let go", h->command,
			(int)h->pid, h->path, card->pci.address);
	doctor_say(line, DOCTOR_WARNING, "%s (pid %d) holds %s of %s", h->command, (int)h->pid,
		h->path, card->pci.address);
	return doctor_mend(line, h->node.drm
					 ? "close it, or see seat= and busy= in gpu-handoff.conf(5)"
					 : "close it, or see busy= in gpu-handoff.conf(5)");
}

/* The lines of one card: its guest, or its holders, or that it has none. */
static bool say_card(const struct doctor *doctor, const struct machine_gpu *card, size_t index,
	struct doctor_line *line)
{
	const struct holders *holders = card->holders;
	size_t count = holders->count;

	if (card->guest)
		return index == 0 && doctor_say(line, DOCTOR_NOTE, "guest %s has %s", card->guest,
					     card->pci.address);
	if (count == 0)
		return index == 0 &&
		       doctor_say(line, DOCTOR_OK, "nobody holds %s%s", card->pci.address,
			       doctor->machine->processes_unseen ? ", as far as that can be seen"
								 : "");
	if (index < count && index < HOLDERS_SHOWN)
		return say_holder(doctor, card, &holders->holder[index], line);
	if (index == HOLDERS_SHOWN && count > HOLDERS_SHOWN)
		return doctor_say(line, DOCTOR_WARNING, "%zu more hold a node of %s",
			count - HOLDERS_SHOWN + holders->omitted, card->pci.address);
	return false;
}

static bool holders(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *card;

	for (size_t i = 0; (card = doctor_card(doctor, i)); i++) {
		size_t lines = 0;

		while (say_card(doctor, card, lines, line))
			if (lines++ == index)
				return true;
		index -= lines;
	}
	return false;
}

static bool unseen(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	if (index > 0)
		return false;
	if (doctor->machine->holders_error < 0)
		return doctor_say(line, DOCTOR_NOTE, "who holds what cannot be seen: %s",
			strerror(-doctor->machine->holders_error));
	if (doctor->machine->processes_unseen == 0)
		return false;
	doctor_say(line, DOCTOR_NOTE, "what %zu processes hold cannot be seen",
		doctor->machine->processes_unseen);
	return doctor_mend(line, doctor->root ? "see that /proc is not mounted with hidepid="
					      : "sudo gpu-handoff doctor");
}

static bool has_nvidia(const struct doctor *doctor)
{
	const struct machine_gpu *card;

	for (size_t i = 0; (card = doctor_card(doctor, i)); i++)
		if (card->pci.vendor == VENDOR_NVIDIA)
			return true;
	return false;
}

static bool is_stopped(const struct doctor *doctor, const char *unit)
{
	const struct config_list *units = &doctor->settings.stop_units;

	for (size_t i = 0; i < units->count; i++)
		if (strcmp(units->word[i], unit) == 0)
			return true;
	return false;
}

/* Daemons of NVIDIA's driver that keep every GPU open, or open it again. */
static bool daemons(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const char *const units[] = {"nvidia-persistenced.service", "nvidia-powerd.service"};
	char state[STATE_SIZE];
	const char *unit;
	int err;

	if (index >= sizeof(units) / sizeof(*units) || !has_nvidia(doctor))
		return false;
	unit = units[index];
	err = doctor_unit(unit, state);
	if (err == -ENODEV)
		return doctor_say(line, DOCTOR_OK, "there is no %s", unit);
	if (err < 0)
		return doctor_say(line, DOCTOR_NOTE, "systemd does not say whether %s runs: %s",
			unit, strerror(-err));
	if (strcmp(state, "active") != 0)
		return doctor_say(line, DOCTOR_OK, "%s does not run", unit);
	if (is_stopped(doctor, unit))
		return doctor_say(
			line, DOCTOR_OK, "%s runs; a guest's start stops it meanwhile", unit);
	doctor_say(line, DOCTOR_WARNING, "%s runs and keeps every NVIDIA GPU open", unit);
	return doctor_mend(line, "name it in stop-units= of gpu-handoff.conf(5)");
}

/* Programs that move GPUs, too. */
static bool rivals(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const char *const units[] = {"supergfxd.service", "optimus-manager.service",
		"bumblebeed.service", "com.system76.PowerDaemon.service"};
	char state[STATE_SIZE];

	(void)doctor;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (doctor_unit(units[i], state) < 0 || strcmp(state, "active") != 0 || index-- > 0)
			continue;
		doctor_say(line, DOCTOR_WARNING, "%s runs, which also switches GPUs", units[i]);
		return doctor_mend(line, "let it leave the guest's GPU alone, or disable it");
	}
	return false;
}

/* A disk on the card's own USB function. */
static bool disks(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *card;
	char path[64];
	struct msg why;

	for (size_t i = 0; (card = doctor_card(doctor, i)); i++)
		for (size_t j = 0; j < card->functions; j++) {
			const struct pci_function *f = &card->function[j].pci;

			snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", f->address);
			if (block_in_use(path, &why) != -EBUSY || index-- > 0)
				continue;
			return doctor_repeat(line, DOCTOR_WARNING, why.text);
		}
	return false;
}

static const struct doctor_check checks[] = {
	{"holders", holders},
	{"holders-unseen", unseen},
	{"nvidia-daemons", daemons},
	{"rivals", rivals},
	{"disks", disks},
	{NULL, NULL},
};

const struct doctor_group doctor_holders = {"Who uses them now", checks};
