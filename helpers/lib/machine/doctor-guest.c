/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of one guest: could it have its GPUs now, and does its definition hold traps. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/spawn.h"
#include "base/text.h"
#include "guest/versions.h"
#include "handoff/clear.h"
#include "handoff/plan.h"
#include "handoff/undo.h"
#include "machine/doctor-facts.h"
#include "nouns/kmod.h"

enum { PLAN_SECONDS = 20 };

static bool found(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	size_t gpus = 0, vgpus = 0;

	if (index > 0 || !doctor->asked)
		return false;
	if (!doctor->guest)
		return doctor_repeat(line, DOCTOR_ERROR, doctor->guest_why.text);
	for (size_t i = 0; i < doctor->guest->hostdevs; i++) {
		gpus += doctor->guest->hostdev[i].kind == DOMAIN_PCI;
		vgpus += doctor->guest->hostdev[i].kind == DOMAIN_MDEV;
	}
	if (!*doctor->guest->uuid) {
		doctor_say(line, DOCTOR_ERROR, "guest %s has no <uuid>", doctor->guest->name);
		return doctor_mend(line, "add one (uuidgen)");
	}
	if (!plan_concerns(doctor->guest))
		return doctor_say(line, DOCTOR_NOTE,
			"guest %s names no GPU and no vGPU of this host", doctor->guest->name);
	return doctor_say(line, DOCTOR_OK, "guest %s names %zu PCI function%s and %zu vGPU%s",
		doctor->guest->name, gpus, gpus == 1 ? "" : "s", vgpus, vgpus == 1 ? "" : "s");
}

static bool enabled(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	if (index > 0 || !doctor->guest || doctor->settings.enabled)
		return false;
	doctor_say(line, DOCTOR_WARNING, "enabled=no: it is left alone when it starts");
	return doctor_mend(line, "see enabled= in gpu-handoff.conf(5)");
}

/* What a child finds out: to read what belongs to a device whose move hangs does not return. */
struct dry_run {
	const struct doctor *doctor;
	struct plan plan;
	struct clear clear;
	size_t steps;
	bool kvmgt; /* its vGPUs are left out: kvmgt would be loaded first */
	struct msg why;
};

static int dry_run(void *argument)
{
	struct dry_run *dry = argument;
	const struct doctor *doctor = dry->doctor;
	struct plan *plan = &dry->plan;
	int err;

	*plan = (struct plan){.guest = doctor->guest,
		.config = doctor->config,
		.settings = doctor->settings,
		.undo_dir = undo_dir(false, &dry->why)};
	plan->settings.busy_wait = false;
	if (plan->undo_dir < 0 && plan->undo_dir != -ENOENT && plan->undo_dir != -EACCES)
		return plan->undo_dir;
	plan->no_vgpus = dry->kvmgt = plan_needs_kvmgt(plan->guest) && plan_lacks_kvmgt() &&
				      kmodule_available("kvmgt") == 0;
	err = plan_make(plan, &dry->why);
	dry->steps = plan->steps;
	return err == 0 ? clear_first(&dry->clear, plan, &dry->why) : err;
}

/* Is all known that could be in its way? */
static bool all_seen(const struct machine *machine)
{
	return !machine->undo_unseen && machine->processes_unseen == 0 &&
	       machine->holders_error == 0;
}

static bool say_dry_run(const struct dry_run *dry, int err, struct doctor_line *line)
{
	const bool seen = all_seen(dry->doctor->machine);

	if (err == -ETIMEDOUT)
		return doctor_say(line, DOCTOR_ERROR,
			"whether it could start cannot be found out: a device does not answer");
	if (err == -EACCES)
		return doctor_repeat(line, DOCTOR_NOTE, dry->why.text);
	if (err < 0)
		return doctor_repeat(
			line, DOCTOR_ERROR, *dry->why.text ? dry->why.text : strerror(-err));
	doctor_say(line, seen ? DOCTOR_OK : DOCTOR_NOTE,
		"it could have its devices now, in %zu steps%s%s", dry->steps,
		dry->kvmgt ? " and some for its vGPUs" : "",
		seen ? "" : ", if nothing is in the way that cannot be seen from here");
	return doctor_mend(line, !seen && !dry->doctor->root
					 ? "sudo gpu-handoff doctor"
					 : "gpu-handoff take --plan shows them");
}

static const struct machine_guest *state_of(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->machine->guests; i++)
		if (strcmp(doctor->machine->guest[i].uuid, doctor->guest->uuid) == 0)
			return &doctor->machine->guest[i];
	return NULL;
}

/* What its own undo file already says of a start; a take looks there first, too. */
static bool say_state(const struct machine_guest *state, struct doctor_line *line)
{
	if (state->state == MACHINE_RUNNING)
		return doctor_say(line, DOCTOR_OK, "it runs, with its devices");
	if (state->state == MACHINE_STARTING)
		return doctor_say(line, DOCTOR_OK, "it is starting");
	for (size_t i = 0; i < state->steps; i++) {
		if (!state->step[i].moving)
			continue;
		if (!state->step[i].stuck) {
			doctor_say(line, DOCTOR_NOTE, "%s is being moved just now",
				state->step[i].step.object);
			return doctor_mend(line, "ask again");
		}
		doctor_say(line, DOCTOR_ERROR,
			"it cannot start: %s is stuck since an earlier start of it",
			state->step[i].step.object);
		return doctor_mend(line, "see what is said of gpu-handoff itself above");
	}
	return false;
}

/* The plan that a start of the guest would make now, and who would be in its way. */
static bool plan(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_guest *state;
	struct dry_run *dry;
	int err;

	if (index > 0 || !doctor->guest || !*doctor->guest->uuid || doctor->config_error < 0 ||
		!plan_concerns(doctor->guest))
		return false;
	state = state_of(doctor);
	if (state && say_state(state, line))
		return true;
	dry = mmap(NULL, sizeof(*dry), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (dry == MAP_FAILED)
		return doctor_say(line, DOCTOR_NOTE, "no memory for its plan");
	dry->doctor = doctor;
	err = spawn_call(dry_run, dry, -1, deadline_in(PLAN_SECONDS));
	say_dry_run(dry, err, line);
	munmap(dry, sizeof(*dry));
	return true;
}

/* What it says in words that libvirt has not always known; what it does not know it drops, or
 * refuses the guest. */
static bool versions(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const struct {
		const char *xpath, *name, *since;
		bool (*known)(const struct versions *versions);
	} words[] = {
		{"devices/hostdev[@ramfb]", "ramfb=", "5.10", versions_ramfb},
		{"devices/hostdev/alias", "<alias name='ua-...'>", "3.9", versions_aliases},
		{"sysinfo[@type='fwcfg']", "<sysinfo type='fwcfg'>", "6.5", versions_fwcfg},
		{"os/acpi/table[@type='raw']", "<table type='raw'>", "11.2", versions_raw_tables},
	};
	const struct versions *have = &doctor->libvirt.versions;

	for (size_t i = 0; doctor->read && i < sizeof(words) / sizeof(*words); i++) {
		xmlNode *node = xml_find(doctor->read, NULL, "%s", words[i].xpath);

		if (!node || have->libvirt == 0 || words[i].known(have) || index-- > 0)
			continue;
		doctor_say(line, DOCTOR_ERROR, "line %d: libvirt knows %s as of %s",
			xml_line(doctor->read, node), words[i].name, words[i].since);
		return doctor_mend(line, "update libvirt, or say it as this one understands it "
					 "(gpu-handoff guest)");
	}
	return false;
}

static bool definition(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const enum doctor_result results[] = {[LINT_NOTE] = DOCTOR_NOTE,
		[LINT_WARNING] = DOCTOR_WARNING,
		[LINT_ERROR] = DOCTOR_ERROR};
	const struct lint_finding *finding = &doctor->lint.finding[index];

	if (!doctor->read)
		return index == 0 && doctor->guest &&
		       doctor_repeat(line, DOCTOR_ERROR, doctor->guest_why.text);
	if (doctor->lint.findings == 0 && index == 0)
		return doctor_say(line, DOCTOR_OK, "its definition has no known trap");
	if (index >= doctor->lint.findings)
		return index == doctor->lint.findings && doctor->lint.cut &&
		       doctor_say(line, DOCTOR_NOTE, "its definition has more traps than these");
	doctor_say(line, results[finding->severity], "line %d, %s: %s", finding->line,
		finding->place, finding->text);
	return doctor_mend(line, "%s", finding->remedy);
}

static const struct doctor_check checks[] = {
	{"guest", found},
	{"guest-enabled", enabled},
	{"guest-plan", plan},
	{"guest-versions", versions},
	{"guest-definition", definition},
	{NULL, NULL},
};

const struct doctor_group doctor_guest = {"The guest", checks};
