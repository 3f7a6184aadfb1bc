/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of libvirt: its daemon and its hooks. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "machine/doctor-facts.h"
#include "machine/hooks.h"

enum { HOOK_DIRECTORIES = 6005000 }; /* libvirt 6.5.0 */

/* libvirt before that runs HOOKS_DIRECTORY/qemu and nothing else. */
static bool has_directories(const struct doctor *doctor)
{
	const unsigned long libvirt = doctor->libvirt.versions.libvirt;

	return libvirt == 0 || libvirt >= HOOK_DIRECTORIES;
}

/* The next after HOOK (NULL: the first) of those that this libvirt looks at. */
static const struct hook *next_hook(const struct doctor *doctor, const struct hook *hook)
{
	const struct hooks *h = &doctor->hooks;

	for (hook = hook ? hook + 1 : h->hook; hook < h->hook + h->count; hook++)
		if (has_directories(doctor) || strcmp(hook->name, "qemu") == 0)
			return hook;
	return NULL;
}

static bool version(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const unsigned long libvirt = doctor->libvirt.versions.libvirt,
			    qemu = doctor->libvirt.versions.qemu;

	if (index > 0)
		return false;
	if (doctor->libvirt.error < 0) {
		doctor_repeat(line, DOCTOR_WARNING, doctor->libvirt.why.text);
		return *line->remedy ||
		       doctor_mend(line, doctor->libvirt.error == -ETIMEDOUT
						 ? "see what its children do (pstree -p)"
						 : "systemctl start libvirtd (or virtqemud)");
	}
	if (!has_directories(doctor))
		return doctor_say(line, DOCTOR_NOTE,
			"libvirt %lu.%lu.%lu runs " HOOKS_DIRECTORY
			"/qemu and no other hook (as of 6.5.0 those in qemu.d, too)",
			libvirt / 1000000, libvirt / 1000 % 1000, libvirt % 1000);
	return doctor_say(line, DOCTOR_OK, "libvirt %lu.%lu.%lu with QEMU %lu.%lu.%lu answers",
		libvirt / 1000000, libvirt / 1000 % 1000, libvirt % 1000, qemu / 1000000,
		qemu / 1000 % 1000, qemu % 1000);
}

static bool directory(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct hooks *h = &doctor->hooks;

	if (index > 0 || !has_directories(doctor))
		return false;
	if (h->no_directory) {
		doctor_say(line, DOCTOR_ERROR, "there is no " HOOKS_DIRECTORY "/qemu.d");
		return doctor_mend(line, "install gpu-handoff again");
	}
	if (h->error < 0) {
		doctor_say(line, DOCTOR_NOTE, HOOKS_DIRECTORY "/qemu.d cannot be read: %s",
			strerror(-h->error));
		return doctor->root || doctor_mend(line, "sudo gpu-handoff doctor");
	}
	if ((h->mode & 0777) == 0755)
		return doctor_say(line, DOCTOR_OK, HOOKS_DIRECTORY "/qemu.d is there");
	doctor_say(line, DOCTOR_WARNING, HOOKS_DIRECTORY "/qemu.d has mode %04o: %s",
		(unsigned int)h->mode,
		h->mode & 022 ? "others may put hooks into it"
			      : "users' own libvirt daemons do not start");
	return doctor_mend(line, "chmod 755 " HOOKS_DIRECTORY "/qemu.d");
}

static const struct hook *find_hook(const struct doctor *doctor, const char *name)
{
	const struct hook *hook = NULL;

	while ((hook = next_hook(doctor, hook)))
		if (strcmp(hook->name, name) == 0)
			break;
	return hook;
}

/* Somebody else's is in the place of the only one that libvirt runs. */
static bool say_only_hook(const struct hook *hook, struct doctor_line *line)
{
	if (hook->calls_ours)
		return doctor_say(line, DOCTOR_OK, "the hook is called by %s", hook->name);
	doctor_say(line, DOCTOR_ERROR, "%s does not call gpu-handoff", hook->name);
	return doctor_mend(
		line, "begin it with " SBINDIR "/gpu-handoff-qemu \"$@\" || exit (it reads stdin)");
}

static bool hook(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const char *name = has_directories(doctor) ? HOOKS_OURS : "qemu";
	const struct hook *ours = find_hook(doctor, name);
	struct stat st;

	if (index > 0 || (has_directories(doctor) &&
				 (doctor->hooks.error < 0 || doctor->hooks.no_directory)))
		return false;
	if (ours && ours->is_ours)
		return doctor_say(line, DOCTOR_OK, "the hook is there (%s)", name);
	if (ours && ours->runs && !has_directories(doctor))
		return say_only_hook(ours, line);
	if (stat(SBINDIR "/gpu-handoff-qemu", &st) < 0) {
		doctor_say(line, DOCTOR_ERROR, "there is no " SBINDIR "/gpu-handoff-qemu");
		return doctor_mend(line, "install gpu-handoff again");
	}
	if (!(st.st_mode & 0111)) {
		doctor_say(line, DOCTOR_ERROR,
			SBINDIR "/gpu-handoff-qemu cannot be executed: libvirt passes over it");
		return doctor_mend(line, "chmod 755 " SBINDIR "/gpu-handoff-qemu");
	}
	doctor_say(line, DOCTOR_ERROR, "%s %s", name,
		!ours		 ? "is missing: libvirt does not call gpu-handoff"
		: ours->dangling ? "leads nowhere: libvirt does not call gpu-handoff"
				 : "is not gpu-handoff-qemu");
	return doctor_mend(line, "ln -s%s " SBINDIR "/gpu-handoff-qemu " HOOKS_DIRECTORY "/%s",
		has_directories(doctor) || ours ? "f" : "", name);
}

/* A hook that runs and has been there since before that moment. */
static bool any_hook_at(const struct doctor *doctor, long long moment)
{
	const struct hook *hook = NULL;

	while ((hook = next_hook(doctor, hook)))
		if (hook->runs && hook->since <= moment)
			break;
	return hook;
}

/* The daemon looks for hooks when it starts or is reloaded, and calls none if it found none. */
static bool hook_known(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	struct libvirt_daemon daemon;
	long long reloaded;
	char unit[32];
	int err;

	if (index > 0 || !any_hook_at(doctor, LLONG_MAX))
		return false;
	hooks_daemon(&daemon);
	if (daemon.pid == 0)
		return doctor_say(line, DOCTOR_OK,
			"no libvirt daemon runs: one that starts will see the hook");
	if (any_hook_at(doctor, daemon.since))
		return doctor_say(line, DOCTOR_OK, "%s was started when there was a hook already",
			daemon.command);
	snprintf(unit, sizeof(unit), "%s.service", daemon.command);
	err = doctor_reloaded(unit, daemon.pid, &reloaded);
	if (err == 0 && any_hook_at(doctor, reloaded))
		return doctor_say(line, DOCTOR_OK, "%s was reloaded when there was a hook already",
			daemon.command);
	doctor_say(line, DOCTOR_WARNING,
		err == 0 || err == -ENOENT
			? "%s (pid %d) is older than the hook, and systemd knows of no reload "
			  "since: it may call none"
			: "%s (pid %d) is older than the hook: it may call none if it was not "
			  "reloaded since, which systemd does not tell",
		daemon.command, (int)daemon.pid);
	return doctor_mend(line, "systemctl reload %s, once", daemon.command);
}

/* What package managers and editors leave, and what is hidden. */
static bool is_copy(const char *name)
{
	static const char *const marks[] = {
		".dpkg-", ".rpm", ".pacnew", ".pacsave", ".bak", ".orig", ".old"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strstr(name, marks[i]))
			return true;
	return *name == '.' || name[strlen(name) - 1] == '~';
}

static bool leftovers(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct hook *hook = NULL;

	while (has_directories(doctor) && (hook = next_hook(doctor, hook))) {
		const char *name = strrchr(hook->name, '/');
		bool second =
			(hook->is_ours || hook->calls_ours) && strcmp(hook->name, HOOKS_OURS) != 0;

		if (!hook->runs || (!second && !is_copy(name ? name + 1 : hook->name)) ||
			index-- > 0)
			continue;
		doctor_say(line, DOCTOR_WARNING, "libvirt%s runs %s, too, %s",
			!name && doctor->libvirt.versions.libvirt == 0 ? " as of 6.5" : "",
			hook->name,
			second ? "which is gpu-handoff once more" : "whatever it is called");
		return hook->calls_ours
			       ? doctor_mend(line, "take gpu-handoff-qemu out of it")
			       : doctor_mend(line, "rm " HOOKS_DIRECTORY "/%s", hook->name);
	}
	return false;
}

/* What other hooks do that hurts. */
static bool say_other(const struct hook *hook, struct doctor_line *line)
{
	if (hook->no_program) {
		doctor_say(line, DOCTOR_ERROR,
			"%s cannot be run (no #! and no program): no guest starts", hook->name);
		return doctor_mend(line, "chmod -x " HOOKS_DIRECTORY "/%s", hook->name);
	}
	if (hook->calls_libvirt) {
		doctor_say(line, DOCTOR_WARNING,
			"%s calls virsh: libvirt would wait for itself for ever", hook->name);
		return doctor_mend(line, "do that without libvirt, it forbids it in hooks");
	}
	if (hook->moves_devices) {
		doctor_say(line, DOCTOR_WARNING, "%s moves devices, too", hook->name);
		return doctor_mend(line, "leave the GPU to one of the two");
	}
	if (hook->unreadable)
		return doctor_say(line, DOCTOR_NOTE, "what %s does cannot be seen", hook->name);
	if (hook->dangling && strcmp(hook->name, HOOKS_OURS) != 0) {
		doctor_say(line, DOCTOR_NOTE, "%s leads nowhere", hook->name);
		return doctor_mend(line, "rm " HOOKS_DIRECTORY "/%s", hook->name);
	}
	return false;
}

static bool others(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct hook *hook = NULL;
	size_t said = 0;

	while ((hook = next_hook(doctor, hook)))
		if (say_other(hook, line) && said++ == index)
			return true;
	if (doctor->hooks.cut && said == index)
		return doctor_say(line, DOCTOR_NOTE, "there are more than %d hooks", HOOKS_MAX);
	return false;
}

static const struct doctor_check checks[] = {
	{"libvirt", version},
	{"hook-directory", directory},
	{"hook", hook},
	{"hook-known", hook_known},
	{"hook-leftovers", leftovers},
	{"hook-others", others},
	{NULL, NULL},
};

const struct doctor_group doctor_libvirt = {"libvirt", checks};
