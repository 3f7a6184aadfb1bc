/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/doctor-console.h"

#include <errno.h>
#include <string.h>

#include "handoff/plan.h"
#include "machine/doctor-facts.h"
#include "nouns/sysfs.h"

#define NVIDIA_DRM "/sys/module/nvidia_drm/parameters/"

/* Would a guest that names the card get the host's console? As a take decides it. */
bool doctor_console(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static struct plan plan;
	const struct machine_gpu *card = doctor_card(doctor, index);
	struct domain_hostdev hostdev = {.kind = DOMAIN_PCI};
	struct domain guest = {.hostdevs = 1, .hostdev = &hostdev};
	struct msg why;

	if (!card)
		return false;
	memcpy(hostdev.address, card->pci.address, sizeof(hostdev.address));
	plan = (struct plan){.guest = &guest, .config = doctor->config, .undo_dir = -1};
	plan.settings = doctor->settings;
	plan.functions = 1;
	plan.function[0] =
		(struct plan_function){.pci = card->pci, .moves = !pci_is_vfio(card->pci.driver)};
	if (plan_console(&plan, &why) < 0)
		return doctor_repeat(line, DOCTOR_WARNING, why.text);
	if (plan.releases_console)
		return doctor_say(line, DOCTOR_OK, "%s shows the host's console, and may go",
			card->pci.address);
	return doctor_say(
		line, DOCTOR_OK, "%s does not show the host's console", card->pci.address);
}

bool doctor_modeset(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	char set[8] = "N", fb[8] = "N";
	int err;

	(void)doctor;
	if (index > 0)
		return false;
	err = sysfs_read(set, sizeof(set), NVIDIA_DRM "modeset");
	if (err == -EACCES)
		return doctor_say(line, DOCTOR_NOTE, "only root may read nvidia_drm.modeset");
	if (err < 0)
		return false;
	(void)sysfs_read(fb, sizeof(fb), NVIDIA_DRM "fbdev");
	if (*set == 'N' || *fb == 'N')
		return doctor_say(line, DOCTOR_OK,
			"nvidia_drm has no console (modeset=%s fbdev=%s)", set, fb);
	doctor_say(line, DOCTOR_WARNING,
		"nvidia_drm may hold the console (modeset=%s fbdev=%s), and then cannot be "
		"unloaded",
		set, fb);
	return doctor_mend(line, "options nvidia_drm fbdev=0 in a file of /etc/modprobe.d");
}
