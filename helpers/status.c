/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-status: GPUs, vGPUs and guests at a glance; reads and changes nothing. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/program.h"
#include "machine/machine.h"
#include "status/status.h"

static const char usage[] =
	"usage: gpu-handoff-status [--json | --dot]\n"
	"Shows GPUs, their vGPUs and the guests that have them. Changes nothing.\n"
	"  --json  as a JSON object, for programs\n"
	"  --dot   as a graph, for graphviz: gpu-handoff status --dot | dot -Tsvg\n"
	"See gpu-handoff-status(8).\n";

static int show(int format)
{
	struct machine *machine;
	struct msg why;
	int err = machine_read(&machine, &why);

	if (err == 0) {
		if (format == 'j')
			err = status_json(machine, stdout, &why);
		else if (format == 'd')
			status_dot(machine, stdout);
		else
			status_text(machine, stdout);
		machine_free(machine);
	}
	if (err == 0)
		err = program_flush(&why);
	if (err < 0)
		say(LOG_ERR, "%s", why.text);
	return err == 0 ? EXIT_DONE : EXIT_REFUSED;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
		{"dot", no_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	/* written once, so that an error is known by its name */
	static char buffer[1 << 18];
	int option, format = 0;

	program_start("gpu-handoff-status");
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	program_interruptible(true);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (option == '?' || format != 0) {
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
		format = option;
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return show(format);
}
