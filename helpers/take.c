/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-take: gives a guest the GPUs that its XML names. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"
#include "base/spawn.h"
#include "handoff/clear.h"
#include "handoff/config-file.h"
#include "handoff/plan.h"
#include "handoff/take.h"
#include "nouns/kmod.h"

static const char usage[] =
	"usage: gpu-handoff-take [--plan] [--xml FILE]\n"
	"Gives a guest the GPUs and vGPUs that its domain XML (stdin or FILE) names.\n"
	"  --plan      print the steps and change nothing\n"
	"  --xml FILE  read the XML from FILE\n"
	"  --hook      called by libvirt's hook: the parent process is the guest's daemon\n"
	"See gpu-handoff-take(8).\n";

struct request {
	const struct domain *guest;
	const struct config *config;
	struct config_handoff settings;
	struct undo_owner owner;
};

static int read_guest(const char *file, struct domain **out, struct msg *why)
{
	int fd = file ? open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO, err;
	size_t length;
	char *xml;

	if (fd < 0)
		return msg_fail(why, errno, "%s cannot be opened: %s", file, strerror(errno));
	err = file_slurp(fd, DOMAIN_BYTES_MAX, &xml, &length);
	if (file)
		close(fd);
	if (err == -EFBIG)
		return msg_fail(why, EFBIG, "the domain XML is larger than 16 MiB");
	if (err < 0)
		return msg_fail(why, -err, "the domain XML cannot be read: %s", strerror(-err));
	err = domain_parse(xml, length, out, why);
	free(xml);
	if (err == 0 && !*(*out)->uuid && plan_concerns(*out)) {
		err = msg_fail(why, EINVAL, "the domain XML has no <uuid>; add one (uuidgen)");
		domain_free(*out);
		*out = NULL;
	}
	return err;
}

static int print_plan(const struct request *r, struct msg *why)
{
	static struct plan plan;
	char text[STEP_TEXT_SIZE];
	static struct clear clear;
	int err, dir = undo_dir(false, why);

	plan = (struct plan){.guest = r->guest, .config = r->config, .settings = r->settings};
	plan.undo_dir = dir;
	plan.settings.busy_wait = false;
	if (dir == -EACCES)
		say(LOG_WARNING, "what other guests have is not shown: " UNDO_DIR " is root's");
	else if (dir < 0 && dir != -ENOENT)
		return dir;
	plan.no_vgpus =
		plan_needs_kvmgt(r->guest) && plan_lacks_kvmgt() && kmodule_available("kvmgt") == 0;
	err = plan_make(&plan, why);
	for (size_t i = 0; i < plan.steps && err == 0; i++) {
		step_format(&plan.step[i], text);
		puts(text);
	}
	if (err == 0 && plan.no_vgpus)
		say(LOG_INFO, "the guest's vGPU is not shown: kvmgt is not loaded; a take loads it "
			      "first, modprobe kvmgt shows it here");
	if (err == 0)
		err = program_flush(why);
	return err == 0 ? clear_first(&clear, &plan, why) : err;
}

static int run(void *argument)
{
	const struct request *r = argument;
	struct msg why;

	if (take(r->guest, r->config, &r->settings, &r->owner, &why) == 0)
		return EXIT_DONE;
	say(LOG_ERR, "%s", why.text);
	return EXIT_REFUSED;
}

/* More than all waits of a take together: beyond it something that has no deadline blocks. */
static int run_bounded(struct request *r, struct msg *why)
{
	unsigned int seconds =
		30 + 4 * r->settings.busy_timeout + 8 * r->settings.operation_timeout;
	int result = spawn_job(run, r, deadline_in(seconds));

	if (result >= 0)
		return result;
	msg_fail(why, -result,
		"the hand-off to guest %s %s; see gpu-handoff give-back --plan --all",
		r->guest->name,
		result == -ETIMEDOUT
			? "does not come to an end: a device or a process blocks (see dmesg)"
			: "was killed");
	return result;
}

static int take_or_plan(struct request *r, bool plan, bool hook, struct msg *why)
{
	struct config *config;
	int err = config_load(&config, why);

	if (err < 0)
		return err;
	r->config = config;
	config_handoff(config, r->guest->name, r->guest->uuid, &r->settings);
	if (!r->settings.enabled)
		err = plan ? msg_fail(why, EPERM,
				     "enabled=no in gpu-handoff.conf(5): this guest is left alone")
			   : 0;
	else if (plan)
		err = print_plan(r, why);
	else if (geteuid() != 0)
		err = hook ? 0
			   : msg_fail(
				     why, EPERM, "only root can hand over a GPU; run it with sudo");
	else
		err = run_bounded(r, why);
	config_free(config);
	return err;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"plan", no_argument, NULL, 'p'},
		{"xml", required_argument, NULL, 'x'}, {"hook", no_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct request request = {.owner.by_hand = true};
	pid_t parent = getppid();
	const char *file = NULL;
	struct domain *guest = NULL;
	bool plan = false, hook = false;
	struct msg why;
	int option, err;

	program_start("gpu-handoff-take");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'p')
			plan = true;
		else if (option == 'x')
			file = optarg;
		else if (option == 'k')
			hook = true;
		else {
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_DONE : EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	err = read_guest(file, &guest, &why);
	if (err == 0 && guest) {
		if (hook)
			request.owner = undo_owner_of(parent);
		request.guest = guest;
		if (plan_concerns(guest))
			err = take_or_plan(&request, plan, hook, &why);
		else if (plan)
			say(LOG_INFO, "guest %s names no GPU and no vGPU: nothing to do",
				guest->name);
		domain_free(guest);
	}
	if (err < 0)
		say(LOG_ERR, "%s", why.text);
	return err == 0 ? EXIT_DONE : EXIT_REFUSED;
}
