/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff: `gpu-handoff VERB …` executes gpu-handoff-VERB, which does the one job. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/program.h"
#include "base/text.h"

/* All verbs, as --help lists them. */
static const struct verb {
	const char *name, *job;
} verbs[] = {
	{"status", "show GPUs, vGPUs and the guests that have them"},
	{"doctor", "look for what keeps a guest from its GPU"},
	{"boot", "have the host boot as gpu-handoff.conf wants it"},
	{"take", "give a guest the GPUs that its XML names; --plan only says how"},
	{"give-back", "give the host back what guests had; --plan only says how"},
	{"guest", "edit a guest so that it gets a vGPU, the host's dGPU, or both"},
	{"vgpu", "list, make and remove virtual GPUs"},
	{"vbios", "find, check and extract the option ROMs of cards"},
	{"acpi", "make ACPI tables for a guest: a battery, the ROM of its GPU"},
};

enum { VERBS = sizeof(verbs) / sizeof(*verbs), PATH_SIZE = 128 };

static void print_usage(FILE *out)
{
	fputs("usage: gpu-handoff VERB [ARGUMENT...]\n"
	      "       gpu-handoff help [VERB]\n"
	      "       gpu-handoff --version\n",
		out);
	for (size_t i = 0; i < VERBS; i++)
		fprintf(out, "  %-9s  %s\n", verbs[i].name, verbs[i].job);
	fputs("gpu-handoff VERB --help says more; gpu-handoff(8) is the manual.\n", out);
}

/* Could WORD be a verb: part of a program's name? */
static bool is_word(const char *word)
{
	return strlen(word) < 32 && *word && *word != '-' &&
	       strspn(word, "abcdefghijklmnopqrstuvwxyz-") == strlen(word);
}

/* What WORD may stand for, a verb that it begins or that it is mistyped from; NULL: none. */
static const char *nearest(const char *word)
{
	size_t length = strlen(word), least = 1 + (length + 1) / 3;
	const char *found = NULL;

	for (size_t i = 0; i < VERBS; i++) {
		size_t distance = text_distance(word, verbs[i].name);

		if (length > 1 && strncmp(word, verbs[i].name, length) == 0)
			distance = 0;
		if (distance < least) {
			least = distance;
			found = verbs[i].name;
		}
	}
	return found;
}

static int no_verb(const char *word)
{
	const char *meant = nearest(word);

	if (meant && strcmp(meant, word) == 0) {
		say(LOG_ERR, "there is no " SBINDIR "/gpu-handoff-%s; install gpu-handoff again",
			word);
		return EXIT_REFUSED;
	}
	if (meant)
		say(LOG_ERR, "there is no verb %s; did you mean %s?", word, meant);
	else
		say(LOG_ERR, "there is no verb %s; gpu-handoff --help lists them", word);
	return EXIT_USAGE;
}

/* Executes the program of VERB; ARGV[0] is the verb. Returns only if that fails. */
static int run(const char *verb, char *const argv[])
{
	char path[PATH_SIZE];

	if (!is_word(verb))
		return no_verb(verb);
	snprintf(path, sizeof(path), SBINDIR "/gpu-handoff-%s", verb);
	execv(path, argv);
	if (errno == ENOENT)
		return no_verb(verb);
	say(LOG_ERR, "%s cannot be executed: %s", path, strerror(errno));
	return EXIT_REFUSED;
}

/* Is the page of gpu-handoff(8), or of VERB, installed: plain, or as packages compress it? */
static bool has_page(const char *page)
{
	static const char *const endings[] = {"", ".gz", ".zst", ".xz", ".bz2"};
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		snprintf(path, sizeof(path), MANDIR "/man8/%s.8%s", page, endings[i]);
		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

static int help(char *verb)
{
	char page[64] = "gpu-handoff", option[] = "--help", section[] = "8", man[] = "man";
	char *const manual[] = {man, section, page, NULL};
	char *const told[] = {verb, option, NULL};

	if (verb && !is_word(verb))
		return no_verb(verb);
	if (verb)
		snprintf(page, sizeof(page), "gpu-handoff-%s", verb);
	if (has_page(page))
		execv("/usr/bin/man", manual);
	if (verb)
		return run(verb, told);
	print_usage(stdout);
	return EXIT_DONE;
}

int main(int argc, char *argv[])
{
	log_start("gpu-handoff");
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("gpu-handoff " VERSION);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "help") == 0 && argc > 3) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0)
		return help(argv[2]);
	return run(argv[1], argv + 1);
}
