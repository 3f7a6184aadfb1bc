/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-vgpu: mediated devices by hand and at boot. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/program.h"
#include "base/text.h"
#include "handoff/boot-vgpus.h"
#include "handoff/config-file.h"
#include "handoff/vgpu.h"
#include "machine/machine.h"
#include "machine/vgpu-list.h"
#include "status/status.h"

static const char usage[] =
	"usage: gpu-handoff-vgpu list [--json]\n"
	"       gpu-handoff-vgpu create [--parent PARENT] (TYPE | auto) [UUID]\n"
	"       gpu-handoff-vgpu create --boot PARENT\n"
	"       gpu-handoff-vgpu remove UUID...\n"
	"Lists, makes and removes vGPUs (mediated devices).\n"
	"  list             print what types GPUs offer, the vGPUs and whose they are\n"
	"  create           make one of TYPE, or of the type that has the fewest free\n"
	"                   instances, and print its UUID\n"
	"  remove           remove those; nobody may be using them\n"
	"  --json           print it as a JSON object, for programs\n"
	"  --parent PARENT  on that GPU only\n"
	"  --boot PARENT    on that GPU, all that gpu-handoff.conf wants at boot\n"
	"See gpu-handoff-vgpu(8).\n";

struct request {
	const char *boot, *parent;
	bool json;
	char **words; /* after the verb */
	int count;
};

static int tell(int err, const struct msg *why)
{
	if (err < 0)
		say(LOG_ERR, "%s", why->text);
	return err == 0 ? EXIT_DONE : EXIT_REFUSED;
}

static int wrong_usage(void)
{
	fputs(usage, stderr);
	return EXIT_USAGE;
}

static int check_root(struct msg *why)
{
	return geteuid() == 0 ? 0
			      : msg_fail(why, EPERM,
					"only root can make or remove a vGPU; run it with sudo");
}

/* By hand the config only tells how long to wait: without a good one, the defaults do. */
static int read_settings(struct config_handoff *settings, struct msg *why)
{
	struct config *config = NULL;
	int err = check_root(why);

	if (err == 0 && config_load(&config, NULL) < 0)
		err = config_parse("", 0, &config, why);
	if (err < 0)
		return err;
	config_handoff(config, NULL, NULL, settings);
	/* the lists, which nobody here wants, go with it */
	settings->stop_units.count = settings->group_allow.count = 0;
	config_free(config);
	return 0;
}

/* A UUID of random bits: version 4 of RFC 9562. */
static int random_uuid(char out[static 37], struct msg *why)
{
	uint8_t b[16];

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return msg_fail(why, EIO, "there are no random numbers; give a UUID");
	b[6] = (uint8_t)(0x40 | (b[6] & 0x0f));
	b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		b[13], b[14], b[15]);
	return 0;
}

static int list_json(const struct machine *machine, struct msg *why)
{
	int err = status_vgpus_json(machine, stdout, why);

	return err < 0 ? err : program_flush(why);
}

static int list(const struct request *r)
{
	struct machine *machine;
	struct msg why;
	int err;

	if (r->count > 0 || r->boot || r->parent)
		return wrong_usage();
	err = machine_read(&machine, &why);
	if (err == 0) {
		err = r->json ? list_json(machine, &why) : vgpu_list(machine, &why);
		machine_free(machine);
	}
	return tell(err, &why);
}

static int create_at_boot(const struct request *r)
{
	struct config *config = NULL;
	struct msg why;
	int err = check_root(&why);

	if (err == 0)
		err = config_load(&config, &why);
	if (err == 0) {
		err = boot_vgpus(r->boot, config, &why);
		config_free(config);
	}
	if (err > 0)
		return EXIT_REFUSED;
	return tell(err, &why);
}

static int create(const struct request *r)
{
	struct config_handoff settings;
	struct msg why;
	char uuid[37];
	int err;

	if (r->boot)
		return r->count == 0 && !r->parent ? create_at_boot(r) : wrong_usage();
	if (r->count < 1 || r->count > 2)
		return wrong_usage();
	if (r->count == 2 && !text_uuid(r->words[1], uuid)) {
		say(LOG_ERR, "%s is not a UUID; uuidgen makes one", r->words[1]);
		return EXIT_USAGE;
	}
	err = read_settings(&settings, &why);
	if (err == 0 && r->count == 1)
		err = random_uuid(uuid, &why);
	if (err == 0)
		err = vgpu_create(r->parent, r->words[0], uuid, &settings, &why);
	if (err == 0) {
		puts(uuid);
		err = program_flush(&why);
	}
	return tell(err, &why);
}

static int remove_all(const struct request *r)
{
	struct config_handoff settings;
	int result = EXIT_DONE;
	struct msg why;
	char uuid[37];

	if (r->count == 0 || r->boot || r->parent)
		return wrong_usage();
	for (int i = 0; i < r->count; i++)
		if (!text_uuid(r->words[i], uuid)) {
			say(LOG_ERR, "%s is not a UUID; gpu-handoff vgpu list shows them",
				r->words[i]);
			return EXIT_USAGE;
		}
	if (read_settings(&settings, &why) < 0)
		return tell(-EPERM, &why);
	for (int i = 0; i < r->count; i++) {
		text_uuid(r->words[i], uuid);
		if (tell(vgpu_remove(uuid, &settings, &why), &why) != EXIT_DONE)
			result = EXIT_REFUSED;
	}
	return result;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"boot", required_argument, NULL, 'b'},
		{"parent", required_argument, NULL, 'p'}, {"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	static const struct {
		const char *name;
		int (*run)(const struct request *r);
	} verbs[] = {{"list", list}, {"create", create}, {"remove", remove_all}};
	struct request r = {.boot = NULL};
	int option;

	program_start("gpu-handoff-vgpu");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (option == 'b')
			r.boot = optarg;
		else if (option == 'p')
			r.parent = optarg;
		else if (option == 'j')
			r.json = true;
		else
			return wrong_usage();
	}
	if (optind == argc)
		return wrong_usage();
	r.words = argv + optind + 1;
	r.count = argc - optind - 1;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(argv[optind], verbs[i].name) == 0 && (!r.json || verbs[i].run == list))
			return verbs[i].run(&r);
	return wrong_usage();
}
