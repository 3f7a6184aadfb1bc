/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-give-back: gives the host back what guests had, by their undo files. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"
#include "base/spawn.h"
#include "base/text.h"
#include "formats/address.h"
#include "formats/domain.h"
#include "handoff/config-file.h"
#include "handoff/give-back.h"
#include "handoff/gone.h"
#include "handoff/turns.h"
#include "handoff/undo.h"

static const char usage[] =
	"usage: gpu-handoff-give-back [--plan] [--when-free] (GUEST... | --all | --stale)\n"
	"       gpu-handoff-give-back --gone ADDRESS\n"
	"Gives the host back the GPUs that guests had. GUEST is a UUID or a name.\n"
	"  --all        of every guest that does not run\n"
	"  --stale      of every guest that ended without saying so\n"
	"  --plan       print the steps and change nothing\n"
	"  --when-free  wait until the guests have ended\n"
	"  --gone ADDRESS  drop what is recorded of a PCI function that was unplugged\n"
	"  --hook NAME  called by libvirt's hook: the guest's XML is on stdin\n"
	"See gpu-handoff-give-back(8).\n";

enum { SECONDS = 600 };

struct request {
	enum give_back_scope scope;
	bool plan, when_free, hook;
	char gone[ADDRESS_SIZE]; /* "": no --gone */
	struct undo_owner daemon; /* that called the hook */
	char uuid[37];
	const char *name;
	struct config *config;
};

static int run(void *argument)
{
	const struct request *r = argument;
	struct msg why;
	int left;

	if (*r->gone)
		left = gone(r->gone, r->config, &why);
	else
		left = give_back(
			r->scope, r->uuid, r->name, r->hook ? &r->daemon : NULL, r->config, &why);
	if (left < 0)
		say(LOG_ERR, "%s", why.text);
	else if (left > 0)
		say(LOG_ERR,
			"%d steps remain in /run/gpu-handoff; they are tried again every minute",
			left);
	return left == 0 ? EXIT_DONE : EXIT_REFUSED;
}

/* More than all waits together; beyond it something that has no deadline blocks. */
static unsigned int bound(const struct request *r)
{
	struct config_handoff settings = {.operation_timeout = 0};

	if (r->config)
		config_handoff(r->config, r->name ? r->name : "", r->uuid, &settings);
	return SECONDS + 8 * settings.operation_timeout;
}

/* run in a child; or -errno with WHY set */
static int run_bounded(struct request *r, struct msg *why)
{
	int result = spawn_job(run, r, deadline_in(bound(r)));

	if (result == -ETIMEDOUT)
		msg_fail(why, ETIMEDOUT,
			"giving back does not come to an end: a device or a process blocks; see "
			"dmesg");
	else if (result == -EINTR)
		msg_fail(why, EINTR,
			"giving back was killed; gpu-handoff give-back --plan --all shows what is "
			"left, give-back GUEST goes on");
	else if (result < 0)
		msg_fail(why, -result, "no process can be made for giving back: %s",
			strerror(-result));
	return result;
}

/* Gives back what each guest had as soon as it has ended, until nothing is left. */
static int run_in_turn(const struct request *all, struct msg *why)
{
	static struct turns turns;
	struct request r = *all;
	struct msg reason;
	int result;

	r.scope = GIVE_BACK_ONE;
	for (;;) {
		program_interruptible(true);
		result = turns_next(&turns, r.uuid, why);
		program_interruptible(false);
		if (result <= 0)
			return result;
		if (run_bounded(&r, &reason) < 0)
			say(LOG_ERR, "%s", reason.text);
	}
}

static int handle(struct request *r)
{
	struct msg why;
	int result = 0;

	if (r->plan) {
		result = give_back_plan(r->scope, r->uuid, r->name, &why);
	} else if (geteuid() != 0) {
		if (r->hook)
			return EXIT_DONE;
		result = msg_fail(&why, EPERM, "only root can give a GPU back; run it with sudo");
	} else if (r->when_free && r->scope == GIVE_BACK_ALL) {
		result = run_in_turn(r, &why);
	} else {
		if (r->when_free) {
			program_interruptible(true);
			result = give_back_wait(r->scope, r->uuid, r->name, &why);
			program_interruptible(false);
		}
		if (result == 0)
			result = run_bounded(r, &why);
		if (result >= 0)
			return result;
	}
	if (result < 0)
		say(LOG_ERR, "%s", why.text);
	return result < 0 ? EXIT_REFUSED : EXIT_DONE;
}

/* libvirt's release: the UUID is in the XML on stdin; a bad XML leaves the name. */
static void identify(struct request *r)
{
	struct domain *guest;
	size_t length;
	char *xml;

	if (file_slurp(STDIN_FILENO, DOMAIN_BYTES_MAX, &xml, &length) < 0)
		return;
	if (domain_parse(xml, length, &guest, NULL) == 0) {
		memcpy(r->uuid, guest->uuid, sizeof(r->uuid));
		domain_free(guest);
	}
	free(xml);
}

static int wrong_usage(void)
{
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"all", no_argument, NULL, 'a'},
		{"stale", no_argument, NULL, 's'}, {"plan", no_argument, NULL, 'p'},
		{"when-free", no_argument, NULL, 'w'}, {"hook", required_argument, NULL, 'k'},
		{"gone", required_argument, NULL, 'g'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	struct request r = {.scope = GIVE_BACK_ONE};
	pid_t parent = getppid();
	int option, result = EXIT_DONE;

	program_start("gpu-handoff-give-back");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'a' || option == 's') {
			if (r.scope != GIVE_BACK_ONE)
				return wrong_usage();
			r.scope = option == 'a' ? GIVE_BACK_ALL : GIVE_BACK_STALE;
		} else if (option == 'p') {
			r.plan = true;
		} else if (option == 'w') {
			r.when_free = true;
		} else if (option == 'k') {
			r.hook = true;
			r.name = optarg;
		} else if (option == 'g' && address_parse(optarg, r.gone)) {
			continue;
		} else if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		} else {
			return wrong_usage();
		}
	}
	if (*r.gone && (r.scope != GIVE_BACK_ONE || r.hook || r.plan || r.when_free))
		return wrong_usage();
	if ((optind < argc) == (r.scope != GIVE_BACK_ONE || r.hook || *r.gone))
		return wrong_usage();
	/* the config only tells how long to wait: without a good one, the defaults do */
	if (config_load(&r.config, NULL) < 0)
		r.config = NULL;
	if (r.hook) {
		r.daemon = undo_owner_of(parent);
		identify(&r);
	}
	if (optind >= argc)
		result = handle(&r);
	for (int i = optind; i < argc; i++) {
		int one;

		*r.uuid = '\0';
		r.name = argv[i];
		if (text_uuid(argv[i], r.uuid))
			r.name = NULL;
		one = handle(&r);
		result = one > result ? one : result;
	}
	config_free(r.config);
	return result;
}
