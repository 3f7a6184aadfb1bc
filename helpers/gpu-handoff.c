/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff: `gpu-handoff VERB …` executes gpu-handoff-VERB, which does the one job. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/program.h"

static const char usage[] =
	"usage: gpu-handoff VERB [ARGUMENT...]\n"
	"       gpu-handoff --version\n"
	"  acpi       make ACPI tables for a guest: a battery, the ROM of its GPU\n"
	"  take       give a guest the GPUs that its XML names; --plan only says how\n"
	"  boot       have the host boot as gpu-handoff.conf wants it\n"
	"  give-back  give the host back what guests had; --plan only says how\n"
	"  doctor     look for what keeps a guest from its GPU, and for traps\n"
	"  status     show GPUs, vGPUs and the guests that have them\n"
	"  vbios      find, check and extract the option ROMs of cards\n"
	"  vgpu       list, make and remove virtual GPUs\n"
	"gpu-handoff VERB --help says more; gpu-handoff(8) is the manual.\n";

int main(int argc, char *argv[])
{
	char path[128];

	log_start("gpu-handoff");
	if (argc < 2) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("gpu-handoff " VERSION);
		return EXIT_DONE;
	}
	if (strlen(argv[1]) < 32 && *argv[1] != '-' &&
		strspn(argv[1], "abcdefghijklmnopqrstuvwxyz-") == strlen(argv[1])) {
		snprintf(path, sizeof(path), SBINDIR "/gpu-handoff-%s", argv[1]);
		execv(path, argv + 1);
		if (errno != ENOENT) {
			say(LOG_ERR, "%s cannot be executed: %s", path, strerror(errno));
			return EXIT_REFUSED;
		}
	}
	say(LOG_ERR, "there is no verb %s; gpu-handoff --help lists them", argv[1]);
	return EXIT_USAGE;
}
