/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-status: GPUs, vGPUs and guests at a glance; reads and changes nothing. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "machine/machine.h"
#include "status/page.h"
#include "status/status.h"
#include "status/watch.h"

static const char usage[] =
	"usage: gpu-handoff-status [--json | --dot] [--watch]\n"
	"Shows GPUs, their vGPUs and the guests that have them. Changes nothing.\n"
	"  --json   as a JSON object, for programs\n"
	"  --dot    as a graph, for graphviz: gpu-handoff status --dot | dot -Tsvg\n"
	"  --watch  again whenever it changes, until you stop it\n"
	"See gpu-handoff-status(8).\n";

static int write_machine(const struct machine *machine, int format, FILE *out, struct msg *why)
{
	if (format == 'j')
		return status_json(machine, out, why);
	if (format == 'd')
		status_dot(machine, out);
	else
		status_text(machine, out, page_colours(stdout));
	return 0;
}

/* The machine as it is now, as a text of its own in *OUT. */
static int look(int format, char **out, struct msg *why)
{
	struct machine *machine;
	char *text = NULL;
	size_t length;
	FILE *file;
	int err = machine_read(&machine, why);

	if (err < 0)
		return err;
	file = open_memstream(&text, &length);
	if (file)
		err = write_machine(machine, format, file, why);
	machine_free(machine);
	if (!file || ((fclose(file) != 0 || !text) && err == 0))
		err = msg_fail(why, ENOMEM, "not enough memory");
	if (err == 0)
		*out = text;
	else
		free(text);
	return err;
}

static int print(const char *text, const char *before, struct msg *why)
{
	fputs(before, stdout);
	fputs(text, stdout);
	return program_flush(why);
}

/* Is what stdout leads to still there? */
static bool is_read(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO};

	return poll(&p, 1, 0) <= 0 || !(p.revents & (POLLERR | POLLHUP));
}

/* Prints it whenever it is not what it was; on a terminal in place of that. */
static int follow(int format, struct msg *why)
{
	const bool terminal = isatty(STDOUT_FILENO) == 1;
	char *text = NULL, *shown = NULL;
	struct watch *watch;
	int err = watch_start(&watch);

	if (err < 0)
		return msg_fail(why, -err, "not enough memory");
	while (is_read() && (err = look(format, &text, why)) == 0) {
		/* ECMA-48: cursor to the corner, erase from there */
		if (!shown || strcmp(text, shown) != 0)
			err = print(text, terminal ? "\033[H\033[2J" : shown ? "\n" : "", why);
		free(shown);
		shown = text;
		if (err < 0)
			break;
		watch_wait(watch);
	}
	free(shown);
	watch_end(watch);
	return err;
}

static int show(int format, bool watching)
{
	struct msg why;
	char *text;
	int err;

	if (watching) {
		err = follow(format, &why);
	} else {
		err = look(format, &text, &why);
		if (err == 0) {
			err = print(text, "", &why);
			free(text);
		}
	}
	if (err < 0)
		say(LOG_ERR, "%s", why.text);
	return err == 0 ? EXIT_DONE : EXIT_REFUSED;
}

static int wrong_usage(void)
{
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
		{"dot", no_argument, NULL, 'd'}, {"watch", no_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	/* written once, so that an error is known by its name */
	static char buffer[1 << 18];
	int option, format = 0;
	bool watching = false;

	program_start("gpu-handoff-status");
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	program_interruptible(true);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (option == 'w')
			watching = true;
		else if (option != '?' && format == 0)
			format = option;
		else
			return wrong_usage();
	}
	return optind < argc ? wrong_usage() : show(format, watching);
}
