/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/wanted.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/wanted-parts.h"

int wanted_note(struct wanted *out, const char *format, ...)
{
	char *line, *longer;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&line, format, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	n = asprintf(&longer, "%s%s\n", out->notes ? out->notes : "", line);
	free(line);
	if (n < 0)
		return -ENOMEM;
	free(out->notes);
	out->notes = longer;
	return 0;
}

int wanted_append(char *list, size_t size, size_t *count, struct msg *why, const char *format, ...)
{
	va_list ap;
	int n;

	if (*count == WANTED_MAX)
		return msg_fail(why, E2BIG,
			"the host's boot would need more than %d lines of one kind; reserve fewer "
			"GPUs in gpu-handoff.conf",
			WANTED_MAX);
	va_start(ap, format);
	n = vsnprintf(list + *count * size, size, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= size)
		return msg_fail(why, E2BIG,
			"a line of the host's boot would have more than %zu bytes; reserve fewer "
			"GPUs in gpu-handoff.conf",
			size - 1);
	++*count;
	return 0;
}

int wanted_make(const struct config *config, const char *root, const char *installed,
	struct wanted *out, struct msg *why)
{
	struct wanted *wanted = calloc(1, sizeof(*wanted));
	struct survey survey = {.config = config, .root = root, .installed = installed};
	int err;

	if (!wanted)
		return msg_fail(why, ENOMEM, "out of memory");
	wanted->reserves = config_reserves(config);
	wanted->vgpus = config_wants_vgpus(config);
	err = kernels_list(root, &survey.kernels, why);
	if (!err)
		err = wanted_cards(&survey, wanted, why);
	if (!err)
		err = wanted_modules(&survey, wanted, why);
	if (!err)
		err = wanted_arguments(&survey, wanted, why);
	if (err == -ENOMEM)
		msg_fail(why, ENOMEM, "out of memory");
	if (err)
		wanted_free(wanted);
	else
		*out = *wanted;
	free(wanted);
	free(survey.function);
	return err;
}

void wanted_free(struct wanted *wanted)
{
	free(wanted->notes);
	wanted->notes = NULL;
}
