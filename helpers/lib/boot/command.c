/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/spawn.h"

enum { SECONDS = 30 * 60 };

int command_make(struct command *out, const char *path, ...)
{
	size_t count = 0;
	va_list ap;

	*out = (struct command){.word = {NULL}};
	va_start(ap, path);
	for (const char *word = path; word && count < COMMAND_WORDS;
		word = va_arg(ap, const char *)) {
		out->word[count] = strdup(word);
		if (!out->word[count++]) {
			va_end(ap);
			command_free(out);
			return -ENOMEM;
		}
	}
	va_end(ap);
	return 0;
}

void command_free(struct command *command)
{
	for (size_t i = 0; i < COMMAND_WORDS; i++)
		free(command->word[i]);
	*command = (struct command){.word = {NULL}};
}

void command_print(const struct command *command, FILE *out)
{
	for (size_t i = 0; command->word[i]; i++) {
		const char *quote = strpbrk(command->word[i], " $\"") ? "'" : "";

		fprintf(out, "%s%s%s%s", i ? " " : "", quote, command->word[i], quote);
	}
}

static int run(
	const struct command *command, const char *part, int lock, bool signals, struct msg *why)
{
	const char *path = command->word[0];
	int result;

	fflush(stdout);
	result = spawn_show(
		(const char *const *)command->word, part, lock, signals, deadline_in(SECONDS));
	switch (result) {
	case 0:
		return 0;
	case -ETIMEDOUT:
		return msg_fail(why, ETIMEDOUT, "%s did not end in %d minutes and was ended", path,
			SECONDS / 60);
	case -ECANCELED:
		return msg_fail(why, ECANCELED, "%s was ended by a signal to this program", path);
	case -EINTR:
		return msg_fail(why, EINTR, "%s was killed by a signal", path);
	}
	if (result < 0)
		return msg_fail(why, -result, "%s cannot be run: %s", path, strerror(-result));
	return msg_fail(why, EIO, "%s failed with exit status %d", path, result);
}

int command_run(const struct command *command, const char *part, int lock, struct msg *why)
{
	return run(command, part, lock, true, why);
}

int command_take_back(const struct command *command, int lock, struct msg *why)
{
	return run(command, NULL, lock, false, why);
}
