/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/spawn.h"
#include "boot/files.h"
#include "boot/tree.h"

#define GRUB_DIRECTORY "/etc/default/grub.d"
/* as grub-mkconfig, which has /etc in a variable, names it where it reads it */
#define GRUB_READS     "default/grub.d"
#define UPDATE_GRUB    "/usr/sbin/update-grub"
#define GRUB_MKCONFIG  "/usr/sbin/grub-mkconfig"
#define GRUB_CONFIG    "/boot/grub/grub.cfg"
#define GRUB2_CONFIG   "/boot/grub2/grub.cfg" /* as SUSE and Fedora call it */
#define GRUB_SETTINGS  "/etc/default/grub"
#define KERNEL_INSTALL "/etc/kernel/cmdline"

enum { GRUBBY_SECONDS = 60, TEXT = 1 << 16 };

static const char *grubby(const struct tree *tree)
{
	if (tree_exists(tree, "/usr/sbin/grubby"))
		return "/usr/sbin/grubby";
	return tree_exists(tree, "/usr/bin/grubby") ? "/usr/bin/grubby" : NULL;
}

enum arguments_way arguments_way(
	const struct tree *tree, const struct config_boot *settings, enum generator generator)
{
	if (settings->kernel_arguments_print)
		return ARGUMENTS_PRINT;
	if (generator == GENERATOR_RPM_OSTREE || tree_exists(tree, OSTREE_BOOTED))
		return ARGUMENTS_RPM_OSTREE;
	if (tree_contains(tree, GRUB_MKCONFIG, GRUB_READS) ||
		(tree_exists(tree, UPDATE_GRUB) && tree_exists(tree, GRUB_DIRECTORY)))
		return ARGUMENTS_GRUB;
	return grubby(tree) ? ARGUMENTS_GRUBBY : ARGUMENTS_BY_HAND;
}

int arguments_installed(const struct state *state, const char *grub, char **out)
{
	const char *line = grub ? strstr(grub, "\nGRUB_CMDLINE_LINUX") : NULL;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return -ENOMEM;
	for (size_t i = 0; i < state->arguments; i++)
		fprintf(stream, "%s\n", state->argument[i]);
	/* NAME="$NAME WORD WORD" */
	line = line ? strchr(line, ' ') : NULL;
	while (line && *line == ' ') {
		size_t word = strcspn(++line, " \"\n");

		fprintf(stream, "%.*s\n", (int)word, line);
		line += word;
	}
	if (fclose(stream) != 0 || !text) {
		free(text);
		return -ENOMEM;
	}
	*out = text;
	return 0;
}

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p++)
		if ((p == text || strchr(" \t\n\"'=", p[-1])) && strchr(" \t\n\"'", p[length]))
			return true;
	return false;
}

static bool file_has_word(const struct tree *tree, const char *path, const char *word)
{
	char *text;
	bool found;

	if (tree_read(tree, path, &text, NULL) < 0)
		return false;
	found = has_word(text, word);
	free(text);
	return found;
}

static bool in_state(const struct state *state, const char *argument)
{
	for (size_t i = 0; i < state->arguments; i++)
		if (strcmp(state->argument[i], argument) == 0)
			return true;
	return false;
}

static bool is_wanted(const struct wanted *wanted, const char *argument)
{
	for (size_t i = 0; i < wanted->arguments; i++)
		if (strcmp(wanted->argument[i], argument) == 0)
			return true;
	return false;
}

/* What grubby says of the default kernel; "" if it says nothing. */
static char *ask_grubby(const struct tree *tree)
{
	const char *const argv[] = {grubby(tree), "--info=DEFAULT", NULL};
	char *text = calloc(1, TEXT);

	if (text && argv[0] && tree->running &&
		spawn_run(argv, text, TEXT, deadline_in(GRUBBY_SECONDS)) != 0)
		*text = '\0';
	return text;
}

void arguments_compare(const struct tree *tree, const struct wanted *wanted,
	const struct state *state, struct arguments *out)
{
	char *entry = NULL;

	out->missing = out->extra = 0;
	if (out->way == ARGUMENTS_GRUBBY && wanted->arguments > 0)
		entry = ask_grubby(tree);
	for (size_t i = 0; i < wanted->arguments && out->way != ARGUMENTS_GRUB; i++) {
		const char *word = wanted->argument[i];

		if (!in_state(state, word) && !file_has_word(tree, "/proc/cmdline", word) &&
			!file_has_word(tree, KERNEL_INSTALL, word) &&
			!(entry && has_word(entry, word)))
			out->miss[out->missing++] = word;
	}
	free(entry);
	for (size_t i = 0; i < state->arguments; i++)
		if (!is_wanted(wanted, state->argument[i]))
			out->more[out->extra++] = state->argument[i];
}

int arguments_grub(const struct tree *tree, struct command *out)
{
	*out = (struct command){.word = {NULL}};
	if (tree_exists(tree, UPDATE_GRUB))
		return command_make(out, UPDATE_GRUB, NULL);
	if (tree_exists(tree, GRUB_MKCONFIG))
		return command_make(out, GRUB_MKCONFIG, "-o", GRUB_CONFIG, NULL);
	return 0;
}

const char *arguments_grub_file(const struct tree *tree)
{
	return tree_exists(tree, GRUB_CONFIG) ? GRUB_CONFIG : NULL;
}

int arguments_grubby(const struct tree *tree, const char *name, const char *const argument[],
	size_t count, struct command *out)
{
	char *option = NULL;
	size_t length;
	FILE *stream = open_memstream(&option, &length);
	int err = -ENOMEM;

	if (!stream)
		return err;
	fprintf(stream, "%s=", name);
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s%s", i ? " " : "", argument[i]);
	if (fclose(stream) == 0 && option)
		err = command_make(out, grubby(tree), "--update-kernel=ALL", option, NULL);
	free(option);
	return err;
}

const char *arguments_place(const struct tree *tree)
{
	if (tree_exists(tree, KERNEL_INSTALL))
		return KERNEL_INSTALL ", and run kernel-install for each kernel";
	if (tree_exists(tree, "/boot/loader/entries"))
		return "the options line of each file in /boot/loader/entries";
	if (tree_exists(tree, "/efi/loader/entries"))
		return "the options line of each file in /efi/loader/entries";
	if (tree_exists(tree, GRUB_SETTINGS) && tree_exists(tree, GRUB_CONFIG))
		return "GRUB_CMDLINE_LINUX_DEFAULT in " GRUB_SETTINGS
		       ", and run grub-mkconfig -o " GRUB_CONFIG;
	if (tree_exists(tree, GRUB_SETTINGS) && tree_exists(tree, GRUB2_CONFIG))
		return "GRUB_CMDLINE_LINUX_DEFAULT in " GRUB_SETTINGS
		       ", and run grub2-mkconfig -o " GRUB2_CONFIG;
	return "the kernel command line in your boot loader's configuration";
}
