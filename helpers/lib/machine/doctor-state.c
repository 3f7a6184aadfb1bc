/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of our own installation, and of what guests have or have left behind. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handoff/undo.h"
#include "machine/doctor-facts.h"

#define STUCK_REMEDY "close what uses it (see dmesg); if that does not help, reboot"

static bool programs(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const char *const paths[] = {
		SBINDIR "/gpu-handoff-take", SBINDIR "/gpu-handoff-give-back"};
	size_t wrong = 0;

	(void)doctor;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (access(paths[i], X_OK) == 0 || wrong++ < index)
			continue;
		doctor_say(line, DOCTOR_ERROR, "%s cannot be executed", paths[i]);
		return doctor_mend(line, "install gpu-handoff again");
	}
	return wrong == 0 && index == 0 &&
	       doctor_say(line, DOCTOR_OK, "the hook's programs are there");
}

static bool rules(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const char *const places[] = {"/etc/udev/rules.d/", "/run/udev/rules.d/",
		"/usr/local/lib/udev/rules.d/", "/usr/lib/udev/rules.d/", "/lib/udev/rules.d/"};
	char path[96];
	struct stat st;

	(void)doctor;
	if (index > 0)
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), "%s60-gpu-handoff.rules", places[i]);
		if (stat(path, &st) < 0)
			continue;
		/* a link to /dev/null or an empty file switches it off */
		if (S_ISREG(st.st_mode) && st.st_size > 0)
			return doctor_say(line, DOCTOR_OK, "udev's rule is there");
		doctor_say(line, DOCTOR_WARNING, "%s switches udev's rule off", path);
		return doctor_mend(line, "rm %s", path);
	}
	doctor_say(line, DOCTOR_WARNING,
		"udev's rule is missing: reserve=boot and when=boot do not "
		"work");
	return doctor_mend(line, "install gpu-handoff again");
}

static bool timer(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const char unit[] = "gpu-handoff-stale.timer";
	char state[STATE_SIZE];
	int err;

	(void)doctor;
	if (index > 0)
		return false;
	err = doctor_unit(unit, state);
	if (err == 0 && strcmp(state, "active") == 0)
		return doctor_say(line, DOCTOR_OK, "%s runs", unit);
	if (err < 0 && err != -ENODEV)
		return doctor_say(line, DOCTOR_NOTE, "systemd does not say whether %s runs: %s",
			unit, strerror(-err));
	doctor_say(line, DOCTOR_WARNING,
		"%s does not run: what a killed libvirt leaves stays with the guest", unit);
	return doctor_mend(line, "systemctl enable --now %s", unit);
}

static bool unseen(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	if (index > 0 || !doctor->machine->undo_unseen || doctor->root)
		return false;
	doctor_say(line, DOCTOR_NOTE, "what guests have cannot be seen: " UNDO_DIR " is root's");
	return doctor_mend(line, "sudo gpu-handoff doctor");
}

/* Undo files of somebody else would not be obeyed. */
static bool directory(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	if (index > 0 || !doctor->machine->undo_unseen || !doctor->root)
		return false;
	return doctor_repeat(line, DOCTOR_ERROR, doctor->machine->undo_why.text);
}

static bool guests(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine *m = doctor->machine;
	const struct machine_guest *guest;
	const char *name;

	if (m->guests == 0 && !m->undo_unseen)
		return index == 0 && doctor_say(line, DOCTOR_OK, "no guest has anything");
	if (index >= m->guests)
		return false;
	guest = &m->guest[index];
	name = guest->name ? guest->name : guest->uuid;
	switch (guest->state) {
	case MACHINE_RUNNING:
		return doctor_say(line, DOCTOR_OK, "guest %s runs; %zu steps will be undone", name,
			guest->steps);
	case MACHINE_STARTING:
		return doctor_say(line, DOCTOR_NOTE, "guest %s is starting", name);
	case MACHINE_STALE:
		doctor_say(line, DOCTOR_ERROR, "guest %s is over, and %zu steps are not undone",
			name, guest->steps);
		return doctor_mend(line, "gpu-handoff give-back %s", guest->uuid);
	case MACHINE_BY_HAND:
		doctor_say(line, DOCTOR_NOTE,
			"guest %s was given its devices by hand, and does not run", name);
		return doctor_mend(line, "gpu-handoff give-back %s, when it is over", guest->uuid);
	case MACHINE_BROKEN:
		break;
	}
	return doctor_repeat(line, DOCTOR_ERROR, guest->why.text);
}

/* A lock is of an object, and an object may have several steps. */
static bool said_before(const struct machine_guest *guest, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (guest->step[i].stuck &&
			strcmp(guest->step[i].step.object, guest->step[index].step.object) == 0)
			return true;
	return false;
}

static bool stuck(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine *m = doctor->machine;

	for (size_t i = 0; i < m->guests; i++)
		for (size_t j = 0; j < m->guest[i].steps; j++) {
			const struct step *step = &m->guest[i].step[j].step;

			if (!m->guest[i].step[j].stuck || said_before(&m->guest[i], j) ||
				index-- > 0)
				continue;
			doctor_say(line, DOCTOR_ERROR,
				"%s is stuck: the kernel does not return from moving it",
				step->object);
			return doctor_mend(line, STUCK_REMEDY);
		}
	return false;
}

static bool stuck_vgpus(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine *m = doctor->machine;

	for (size_t i = 0; i < m->vgpus; i++) {
		if (!m->vgpu[i].stuck || index-- > 0)
			continue;
		doctor_say(line, DOCTOR_ERROR,
			"vGPU %s is stuck: the kernel does not return from making or removing it",
			m->vgpu[i].uuid);
		return doctor_mend(line, STUCK_REMEDY);
	}
	return false;
}

/* Is it one of the configuration's, which stays for its guest? */
static bool is_wanted(const struct doctor *doctor, const char *vgpu)
{
	const char *uuid;

	for (size_t i = 0; (uuid = config_vgpu_uuid(doctor->config, i)); i++)
		if (strcasecmp(uuid, vgpu) == 0)
			return true;
	return doctor->config_error < 0;
}

/* A vGPU takes room from others as long as it exists. */
static bool idle_vgpus(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine *m = doctor->machine;

	for (size_t i = 0; i < m->vgpus; i++) {
		const struct machine_vgpu *vgpu = &m->vgpu[i];

		if (vgpu->guest || vgpu->by_mdevctl || vgpu->moving || !machine_owners_known(m) ||
			m->holders_error < 0 || m->processes_unseen > 0 ||
			vgpu->holders->count > 0 || is_wanted(doctor, vgpu->uuid) || index-- > 0)
			continue;
		doctor_say(line, DOCTOR_NOTE, "nobody uses vGPU %s (%s)", vgpu->uuid,
			*vgpu->type ? vgpu->type : "of no type");
		return doctor_mend(line, "gpu-handoff vgpu remove %s, if nobody will", vgpu->uuid);
	}
	return false;
}

static const struct doctor_check checks[] = {
	{"programs", programs},
	{"udev-rule", rules},
	{"stale-timer", timer},
	{"undo-unseen", unseen},
	{"undo-directory", directory},
	{"guests", guests},
	{"stuck", stuck},
	{"stuck-vgpus", stuck_vgpus},
	{"idle-vgpus", idle_vgpus},
	{NULL, NULL},
};

const struct doctor_group doctor_state = {"gpu-handoff itself", checks};
