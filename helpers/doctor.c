/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-doctor: every prerequisite, one line each, and the command that mends it. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/program.h"
#include "machine/doctor-print.h"
#include "status/page.h"

static const char usage[] =
	"usage: gpu-handoff-doctor [--json] [DOMAIN]\n"
	"       gpu-handoff-doctor [--json] --xml FILE\n"
	"Looks at all that a hand-off needs, and at known traps; changes nothing.\n"
	"  DOMAIN      look at this guest of libvirt's, too: its plan, its definition\n"
	"  --xml FILE  look at the guest whose domain XML is in FILE\n"
	"  --json      print it as JSON\n"
	"Each line is ok, note, warning or error; behind the semicolon is what mends it.\n"
	"See gpu-handoff-doctor(8).\n";

enum { COLUMNS_MIN = 40, COLUMNS_USUAL = 80 };

/* Of the terminal; 0: stdout is none. */
static unsigned int columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < COLUMNS_MIN)
		return COLUMNS_USUAL;
	return size.ws_col;
}

static int run(const char *domain, const char *file, bool json, struct msg *why)
{
	struct doctor *doctor;
	int errors = doctor_read(&doctor, domain, file, why);

	if (errors < 0)
		return errors;
	errors = json ? doctor_print_json(doctor, why)
		      : doctor_print(doctor, columns(), page_colours(stdout));
	doctor_free(doctor);
	if (errors >= 0 && program_flush(why) < 0)
		return -EIO;
	return errors;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
		{"xml", required_argument, NULL, 'x'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	const char *file = NULL;
	bool json = false;
	struct msg why;
	int option, errors;

	program_start("gpu-handoff-doctor");
	program_interruptible(true); /* nothing is begun here */
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'j') {
			json = true;
		} else if (option == 'x') {
			file = optarg;
		} else {
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_DONE : EXIT_USAGE;
		}
	}
	if (argc - optind > (file ? 0 : 1)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	errors = run(argv[optind], file, json, &why);
	if (errors < 0)
		say(LOG_ERR, "%s", why.text);
	return errors == 0 ? EXIT_DONE : EXIT_REFUSED;
}
