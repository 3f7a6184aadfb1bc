/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-vgpu: mediated devices at boot. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "handoff/boot-vgpus.h"
#include "handoff/config-file.h"

static const char usage[] =
	"usage: gpu-handoff-vgpu create --boot PARENT\n"
	"Makes vGPUs (mediated devices).\n"
	"  --boot PARENT  on that GPU, all that the configuration wants at boot (when=boot)\n"
	"See gpu-handoff-vgpu(8).\n";

static int create(const char *parent)
{
	struct config *config = NULL;
	struct msg why;
	int failed;

	if (geteuid() != 0)
		failed = msg_fail(&why, EPERM, "only root can make a vGPU; run it with sudo");
	else
		failed = config_load(&config, &why);
	if (failed == 0) {
		failed = boot_vgpus(parent, config, &why);
		config_free(config);
	}
	if (failed < 0)
		say(LOG_ERR, "%s", why.text);
	return failed == 0 ? EXIT_DONE : EXIT_REFUSED;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"boot", required_argument, NULL, 'b'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *parent = NULL;
	int option;

	program_start("gpu-handoff-vgpu");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'b') {
			parent = optarg;
		} else if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		} else {
			parent = NULL;
			break;
		}
	}
	if (parent && optind + 1 == argc && strcmp(argv[optind], "create") == 0)
		return create(parent);
	fputs(usage, stderr);
	return EXIT_USAGE;
}
